"""The weekly stream of work: planned ahead in meetings, made from what the client sends, approved, and sent out."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from tenure.records.deliverable import Deliverable
from tenure.simulation.office import Case, Office

MADE_WITHIN = timedelta(days=4)
MATERIAL_BEFORE = 9  # days before a thing goes out
FULL_BACKLOG = 5.0  # weeks; nobody plans further ahead
NOTED = 0.4  # the share of things whose figure somebody looks up
OWES_FOR = 10  # days for which somebody may still send what is late


def maker(office: Office, case: Case) -> str:
    """Who makes things: the first who serves the account beside the one who carries it, and may deliver."""
    doers = office.doors.doers("deliverable.deliver")
    others = [key for role, key in case.carriers.items() if role in doers and role != office.plan.main_role]
    return others[0] if others else office.carrier(case)


def is_of_stream(office: Office, piece: Deliverable) -> bool:
    return office.scene.stream is not None and piece.type == office.scene.stream.deliverable


def next_planned(case: Case, type_: str) -> Deliverable | None:
    """What is planned of a kind with states and waits for its material, the one that is due first."""
    waiting = [each for each in case.deliverables.values() if each.type == type_ and each.means == "planned"]
    return min(waiting, key=lambda each: (each.material_on or date.max, each.pk), default=None)


def owed(case: Case, day: date) -> tuple[int, int]:
    """For how many things the client's material is due on a day, and for how many it is a little late."""
    waiting = [each for each in case.deliverables.values() if each.means == "planned" and each.material_on]
    late = [(day - each.material_on).days for each in waiting if each.material_on]
    return late.count(0), sum(0 < each <= OWES_FOR for each in late)


def plan_ahead(office: Office, case: Case, meeting_type: str, meeting: str) -> None:
    """Plan the next things of the stream, as people do in a meeting, and give new days to what the client owes.

    They go out at the rhythm that was agreed. The stream begins with the first meeting that is for planning it.
    """
    stream = office.scene.stream
    kind = office.model.meetings.get(meeting_type)
    if stream is None or not (case.streams or (kind and kind.plans and kind.plans.deliverable == stream.deliverable)):
        return
    if not case.streams:
        case.streams = True
        office.do(office.carrier(case), "pace.set", case, type=stream.deliverable, per_week=stream.per_week)
    waiting = [each for each in case.deliverables.values() if each.type == stream.deliverable]
    last = max((each.due_on for each in waiting if each.due_on), default=office.day)
    step = 7 / stream.per_week
    last = _put_off(office, case, waiting, max(last, office.day), step)
    room = max(
        0,
        round(FULL_BACKLOG * stream.per_week)
        - sum(each.due_on is None or each.due_on > office.day for each in waiting),
    )
    chance = office.draw("ahead", case.client.key, office.day)
    number = min(room, chance.whole(2, 4) if case.life.mood > 0.45 else chance.whole(1, 3))
    if number == 0:
        return
    days = [last + timedelta(days=round(step * (each + 1))) for each in range(number)]
    first = office.day + timedelta(days=2)
    planned = [
        {
            "title": office.say("deliverables", case, stream.deliverable),
            "due_on": due,
            "material_on": max(first, due - timedelta(days=MATERIAL_BEFORE)),
            "format": chance.one(tuple(office.model.deliverables[stream.deliverable].formats) or ("",)),
        }
        for due in days
    ]
    made = office.do(
        office.carrier(case),
        "deliverable.plan_several",
        case,
        type=stream.deliverable,
        planned=planned,
        meeting=meeting,
    )
    case.deliverables.update({each.pk: each for each in made or ()})


def _put_off(office: Office, case: Case, waiting: list[Deliverable], last: date, step: float) -> date:
    """Give what the client should have sent already a new day, after all that is planned; returns the last one."""
    for piece in sorted(waiting, key=lambda each: each.pk):
        if piece.means == "planned" and piece.material_on and piece.material_on < office.day:
            last += timedelta(days=round(step))
            moved = office.do(
                office.carrier(case),
                "deliverable.reschedule",
                case,
                piece,
                material_on=max(office.day + timedelta(days=2), last - timedelta(days=MATERIAL_BEFORE)),
                due_on=last,
            )
            case.deliverables[piece.pk] = moved or piece
    return last


def take_material(office: Office, case: Case) -> None:
    """The client sent something: it is for what is due first, and goes to whoever makes it."""
    stream = office.scene.stream
    piece = next_planned(case, stream.deliverable) if stream else None
    if piece is None or stream is None:
        return
    received = office.model.deliverables[stream.deliverable].first("received")
    if received and not _step(office, case, office.carrier(case), "deliverable.move", piece.pk, to=received):
        return
    who = maker(office, case)
    due = office.ready_by(who, office.now, office.now + MADE_WITHIN, "piece", piece.pk, office.now)
    office.remember(who, due, partial(_make, office, case, piece.pk))


def _step(office: Office, case: Case, who: str, name: str, pk: str, **arguments: object) -> bool:
    """One act on a thing of the stream; whether it went through."""
    piece = case.deliverables.get(pk)
    if piece is None or not case.is_active:
        return False
    found = office.do(who, name, case, piece, **arguments)
    if found is not None:
        case.deliverables[pk] = found
    return found is not None


def _make(office: Office, case: Case, pk: str) -> None:
    """Make it and hand it to the client, who says what they think of it some hours later, or not at all."""
    who = maker(office, case)
    if not _step(office, case, who, "deliverable.hand_over", pk, maker=office.person(who)):
        return
    link = f"https://files.example/{case.client.key}/{pk[-6:]}"
    if not _step(office, case, who, "deliverable.hand_back", pk, url=link):
        return
    chance = office.draw("review", pk, office.now)
    answers = 0.1 if case.life.is_silent(office.day) else 0.9
    by_client = chance.happens(answers)
    wait = timedelta(hours=chance.between(3, 40)) if by_client else timedelta(days=chance.whole(3, 6))
    changes = by_client and chance.happens(0.02 + 0.16 * (1 - case.life.mood))
    act = _ask_for_changes if changes else partial(_approve, by_client=by_client)
    office.remember(office.carrier(case), office.now + wait, partial(act, office, case, pk))


def _approve(office: Office, case: Case, pk: str, *, by_client: bool) -> None:
    """The client approves; or, where they did not answer, whoever carries the account logs that they said so."""
    piece = case.deliverables.get(pk)
    if piece is None or not case.is_active or piece.means != "review":
        return
    if by_client:
        case.deliverables[pk] = (
            office.doors.do_as_client(case.client, "deliverable.approve", piece, office.day) or piece
        )
    else:
        _step(office, case, office.carrier(case), "deliverable.approve", pk)
    due = office.local(max(piece.due_on or office.day, office.day), office.now.time())
    office.remember(maker(office, case), due, partial(send_out, office, case, pk))


def _ask_for_changes(office: Office, case: Case, pk: str) -> None:
    piece = case.deliverables.get(pk)
    if piece is None or not case.is_active or piece.means != "review":
        return
    text = office.say("feedback", case)
    asked = office.doors.do_as_client(case.client, "deliverable.ask_changes", piece, office.day, text=text)
    if asked is not None:
        case.deliverables[pk] = asked
        who = maker(office, case)
        office.remember(who, office.now + timedelta(hours=20), partial(_make, office, case, pk))


def through_review(office: Office, case: Case, piece: Deliverable) -> bool:
    """Take a thing that is wanted soon through its states in one go; whether it may go out."""
    who, pk = maker(office, case), piece.pk
    kind = office.model.deliverables[piece.type]
    for name, means, to in (
        ("deliverable.move", ("idea", "planned"), kind.first("received")),
        ("deliverable.hand_over", ("idea", "planned", "received"), kind.first("making")),
        ("deliverable.hand_back", ("making",), kind.first("review")),
        ("deliverable.approve", ("review",), kind.first("review")),
    ):
        if not to or case.deliverables[pk].means not in means:
            continue
        more = {"to": to} if name == "deliverable.move" else {}
        by = office.carrier(case) if name == "deliverable.approve" else who
        if not _step(office, case, by, name, pk, **more):
            return False
    return True


def send_out(office: Office, case: Case, pk: str) -> None:
    """Say that a thing went out, and where it is to be seen."""
    piece = case.deliverables.get(pk)
    if piece is None or not case.is_active or (is_of_stream(office, piece) and piece.means == "making"):
        return
    link = f"https://files.example/{case.client.key}/{pk[-6:]}"
    if not _step(office, case, maker(office, case), "deliverable.deliver", pk, url=link):
        return
    case.deliverables.pop(pk, None)
    case.life.cared(0.04)
    chance, kind = office.draw("result", pk), office.model.deliverables.get(piece.type)
    if kind and kind.results and chance.happens(NOTED):
        at = office.now + timedelta(days=chance.whole(5, 9))
        office.remember(office.carrier(case), at, partial(_note_result, office, case, piece, kind.results[0]))


def _note_result(office: Office, case: Case, piece: Deliverable, metric: str) -> None:
    """Somebody looks up what one thing did."""
    if case.is_active:
        seen = office.draw("seen", piece.pk).whole(40, 900)
        value = max(1, round(seen * case.life.level))
        office.do(office.carrier(case), "result.add", case, piece, metric=metric, value=value)

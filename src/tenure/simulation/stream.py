"""The weekly stream of work: planned ahead in meetings, made from what the client sends, approved, and sent out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial

from tenure.records.deliverable import Deliverable
from tenure.simulation import visits, watched
from tenure.simulation.office import Case, Office

MADE_WITHIN = timedelta(days=4)
MATERIAL_BEFORE = 9  # days before a thing goes out
FIRST_OUT = 6  # days after it was planned, at the soonest
NEXT_MEETING = 2  # weeks until things are planned again, as a rule
UPLOADED = 0.3  # the share of material that comes through the portal and not by mail
IDEAS = 0.35  # the share of meetings that end with an idea for later
NOTED = 0.15  # the share of things whose figure somebody looks up
STEPS = ("idea", "planned", "received", "making", "review", "ready", "done")  # what states mean, in their order
OWES_FOR = 10  # days for which somebody may still send what is late


def maker(office: Office, case: Case) -> str:
    """Who makes things: the first who serves the account beside the one who carries it, and may deliver."""
    doers = office.doors.doers("deliverable.deliver")
    others = [key for role, key in case.carriers.items() if role in doers and role != office.plan.main_role]
    return others[0] if others else office.carrier(case)


def is_of_stream(office: Office, piece: Deliverable) -> bool:
    return office.scene.stream is not None and piece.type == office.scene.stream.deliverable


def rhythm(office: Office) -> float:
    """How many things of the stream go out to a client in a week."""
    stream = office.scene.stream
    if stream is None:
        return 0.0
    usual = office.model.deliverables[stream.deliverable].per_week
    return stream.per_week or (float(usual) if usual else 1.0)


def next_planned(case: Case, type_: str) -> Deliverable | None:
    """What is planned of a kind with states and waits for its material, the one that is due first."""
    waiting = [each for each in case.deliverables.values() if each.type == type_ and each.means == "planned"]
    return min(waiting, key=lambda each: (each.material_on or date.max, each.pk), default=None)


def owed(case: Case, day: date) -> tuple[int, int]:
    """For how many things the client's material is due on a day, and for how many it is a little late."""
    waiting = [each for each in case.deliverables.values() if each.means == "planned" and each.material_on]
    late = [(day - each.material_on).days for each in waiting if each.material_on]
    return late.count(0), sum(0 < each <= OWES_FOR for each in late)


# Planning.


def plan_ahead(office: Office, case: Case, meeting_type: str, meeting: str) -> None:
    """Plan the next things of the stream in a meeting that is for it, and give new days to what the client owes.

    They go out at the rhythm that was agreed. The stream begins with the first such meeting.
    """
    stream, kind = office.scene.stream, office.model.meetings.get(meeting_type)
    plans = kind.plans if kind else None
    if stream is None or plans is None or plans.deliverable != stream.deliverable:
        return
    if case.client.exactly("plan_runs_dry", office.day):
        return
    if not case.streams:
        case.streams = True
        pace = rhythm(office)
        office.do(office.carrier(case), "pace.set", case, type=stream.deliverable, per_week=pace)
    last = _put_off(office, case, max(_last(office, case), office.day))
    ahead = office.model.deliverables[stream.deliverable].weeks_ahead or 2
    room = round(float(ahead + NEXT_MEETING) * rhythm(office)) - len(_ahead(office, case))
    if room > plans.at_least // 2:
        least = plans.at_least if case.life.mood > 0.45 else max(1, plans.at_least // 2)  # no energy for more
        most = plans.at_most if case.life.mood > 0.45 else plans.at_least
        _plan(office, case, max(least, min(room, most)), last, meeting)
    if office.draw("idea", meeting).happens(IDEAS):
        _note_idea(office, case)


def plan_more(office: Office, case: Case) -> None:
    """Plan as many as the meetings that are for it plan at least, between them."""
    stream = office.scene.stream
    numbers = [kind.plans.at_least for kind in office.model.meetings.values() if kind.plans]
    if stream is not None and numbers:
        _plan(office, case, min(numbers), max(_last(office, case), office.day))


def _pieces(office: Office, case: Case) -> list[Deliverable]:
    """What is open of the stream, in the order in which it goes out; what has no day comes last."""
    own = [each for each in case.deliverables.values() if is_of_stream(office, each)]
    return sorted(own, key=lambda each: (each.due_on or date.max, each.pk))


def _ahead(office: Office, case: Case) -> list[Deliverable]:
    return [each for each in _pieces(office, case) if each.due_on and each.due_on > office.day]


def _last(office: Office, case: Case) -> date:
    return max((each.due_on for each in _pieces(office, case) if each.due_on), default=office.day)


def _days(office: Office, after: date, number: int) -> list[date]:
    """The days on which the next so many things go out, after the last one."""
    first, step = max(after, office.day + timedelta(days=FIRST_OUT)), 7 / rhythm(office)
    return [first + timedelta(days=round(step * (each + 1))) for each in range(number)]


def _filmed_on(office: Office, due: date) -> date:
    """The day on which the client's material for a thing is due."""
    return min(due, max(office.day + timedelta(days=2), due - timedelta(days=MATERIAL_BEFORE)))


def _plan(office: Office, case: Case, number: int, last: date, meeting: str | None = None) -> None:
    """Plan so many things after the last one, each with its days and who answers for it; ideas of before come first."""
    assert office.scene.stream is not None
    type_, days = office.scene.stream.deliverable, _days(office, last, number)
    ideas = [each for each in _pieces(office, case) if each.means == "idea"][:number]
    for idea, due in zip(ideas, days, strict=False):
        _take_up(office, case, idea, due)
    chance = office.draw("ahead", case.client.key, office.day)
    owner = office.person(maker(office, case))
    planned = [
        {
            "title": office.say("deliverables", case, type_),
            "due_on": due,
            "material_on": _filmed_on(office, due),
            "format": chance.one(tuple(office.model.deliverables[type_].formats) or ("",)),
            "owner": owner,
        }
        for due in days[len(ideas) :]
    ]
    if planned:
        made = office.do(
            office.carrier(case), "deliverable.plan_several", case, type=type_, planned=planned, meeting=meeting
        )
        case.deliverables.update({each.pk: each for each in made or ()})


def _note_idea(office: Office, case: Case) -> None:
    """Keep something that came up for another time, where the kind has a state for that."""
    assert office.scene.stream is not None
    type_ = office.scene.stream.deliverable
    state = office.model.deliverables[type_].first("idea")
    if state:
        title = office.say("deliverables", case, type_)
        made = office.do(office.carrier(case), "deliverable.plan", case, type=type_, title=title, state=state)
        if made is not None:
            case.deliverables[made.pk] = made


def _take_up(office: Office, case: Case, idea: Deliverable, due: date) -> None:
    """Make an idea a planned thing with its days."""
    who, state = office.carrier(case), office.model.deliverables[idea.type].first("planned")
    days = {"material_on": _filmed_on(office, due), "due_on": due}
    if _step(office, case, who, "deliverable.reschedule", idea.pk, **days) and state:
        _step(office, case, who, "deliverable.move", idea.pk, to=state)


def _put_off(office: Office, case: Case, last: date) -> date:
    """Give what the client should have sent already a new day, after all that is planned; returns the last one."""
    late = [
        piece
        for piece in _pieces(office, case)
        if piece.means == "planned" and piece.material_on and piece.material_on < office.day
    ]
    for piece, due in zip(late, _days(office, last, len(late)), strict=True):
        last = due
        days = {"material_on": _filmed_on(office, due), "due_on": due}
        _step(office, case, office.carrier(case), "deliverable.reschedule", piece.pk, **days)
    return last


def set_plan(office: Office, case: Case, count: int, first: date) -> None:
    """Bring what is planned to so many things, of which the first goes out on a day and the others after it."""
    who, pieces = office.carrier(case), [each for each in _pieces(office, case) if each.means != "idea"]
    for piece in pieces[count:]:
        if _step(office, case, who, "deliverable.cancel", piece.pk, reason="not_needed"):
            case.deliverables.pop(piece.pk, None)
    _spread(office, case, pieces[:count], first)
    if len(pieces) < count:
        _plan(office, case, count - len(pieces), max(_last(office, case), first - timedelta(days=1)))


def ask_later(office: Office, case: Case, day: date) -> None:
    """Ask nothing of the client before a day: what is planned waits for its material until then."""
    waiting = [each for each in _pieces(office, case) if each.means == "planned"]
    for number, piece in enumerate(waiting):
        on = day + timedelta(days=round(number * 7 / rhythm(office)))
        days = {"material_on": on, "due_on": on + timedelta(days=MATERIAL_BEFORE)}
        _step(office, case, office.carrier(case), "deliverable.reschedule", piece.pk, **days)


def _spread(office: Office, case: Case, pieces: Sequence[Deliverable], first: date) -> None:
    for number, piece in enumerate(pieces):
        due = first + timedelta(days=round(number * 7 / rhythm(office)))
        days = {"due_on": due} | ({"material_on": _filmed_on(office, due)} if piece.means == "planned" else {})
        _step(office, case, office.carrier(case), "deliverable.reschedule", piece.pk, **days)


# Making.


def take_material(office: Office, case: Case) -> None:
    """The client sent something: it is for what is due first, and goes to whoever makes it."""
    stream = office.scene.stream
    piece = next_planned(case, stream.deliverable) if stream else None
    if piece is None or stream is None:
        return
    received = office.model.deliverables[stream.deliverable].first("received")
    if received and office.draw("uploads", piece.pk).happens(UPLOADED) and visits.hand_in(office, case, piece):
        piece.refresh_from_db()
    elif received and not _step(office, case, office.carrier(case), "deliverable.move", piece.pk, to=received):
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
    who, piece = maker(office, case), case.deliverables.get(pk)
    if piece is None or piece.means not in ("received", "making"):
        return  # somebody wanted it sooner
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
    act = _ask_for_changes if changes else partial(approve, by_client=by_client)
    office.remember(office.carrier(case), office.now + wait, partial(act, office, case, pk))


def approve(office: Office, case: Case, pk: str, *, by_client: bool) -> None:
    """The client approves; or, where they did not answer, whoever carries the account logs that they said so."""
    piece = case.deliverables.get(pk)
    if piece is None or not case.is_active or piece.means != "review":
        return
    if by_client:
        case.deliverables[pk] = visits.act(office, case, "deliverable.approve", piece) or piece
    else:
        _step(office, case, office.carrier(case), "deliverable.approve", pk)
    _send_when_due(office, case, piece)


def _send_when_due(office: Office, case: Case, piece: Deliverable) -> None:
    due = office.local(max(piece.due_on or office.day, office.day), office.now.astimezone(office.zone).time())
    office.remember(maker(office, case), due, partial(send_out, office, case, piece.pk))


def _ask_for_changes(office: Office, case: Case, pk: str) -> None:
    piece = case.deliverables.get(pk)
    if piece is None or not case.is_active or piece.means != "review":
        return
    text = office.say("feedback", case)
    asked = visits.act(office, case, "deliverable.ask_changes", piece, text=text)
    if asked is not None:
        case.deliverables[pk] = asked
        who = maker(office, case)
        office.remember(who, office.now + timedelta(hours=20), partial(_make, office, case, pk))


def through_review(office: Office, case: Case, piece: Deliverable, until: str = "ready") -> bool:
    """Take a thing that is wanted soon through its states in one go, up to what one means; whether it got there."""
    who, pk = maker(office, case), piece.pk
    kind = office.model.deliverables[piece.type]
    for name, means, to in (
        ("deliverable.move", ("idea", "planned"), kind.first("received")),
        ("deliverable.hand_over", ("idea", "planned", "received"), kind.first("making")),
        ("deliverable.hand_back", ("making",), kind.first("review")),
        ("deliverable.approve", ("review",), kind.first("review")),
    ):
        now = case.deliverables[pk].means
        if STEPS.index(now) >= STEPS.index(until):
            break
        if not to or now not in means:
            continue
        more = {"to": to} if name == "deliverable.move" else {}
        by = office.carrier(case) if name == "deliverable.approve" else who
        if not _step(office, case, by, name, pk, **more):
            return False
    return True


def furthest(case: Case, type_: str) -> Deliverable | None:
    """What is the nearest of a kind with states to going out."""
    open_ = [each for each in case.deliverables.values() if each.type == type_ and each.means in STEPS]
    ahead = max((STEPS.index(each.means) for each in open_), default=-1)
    first = [each for each in open_ if STEPS.index(each.means) == ahead]
    return min(first, key=lambda each: (each.due_on or date.max, each.pk), default=None)


def send_out(office: Office, case: Case, pk: str) -> None:
    """Say that a thing went out, and where it is to be seen."""
    piece = case.deliverables.get(pk)
    if piece is None or not case.is_active or (is_of_stream(office, piece) and piece.means == "making"):
        return
    later = watched.delivery_of(case, piece.type, office)
    if later is not None:
        office.appoint(later, partial(send_out, office, case, pk))
        return
    if piece.means == "ready" and piece.due_on and piece.due_on > office.day:
        _send_when_due(office, case, piece)  # it was given another day
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

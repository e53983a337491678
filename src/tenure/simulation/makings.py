"""What is made for clients: planned, delivered by whoever makes it, accepted or not; and the weekly stream of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from tenure.records.deliverable import Deliverable
from tenure.simulation.office import Case, Office

MADE_WITHIN = timedelta(days=4)
FULL_BACKLOG = 5.0  # weeks; nobody plans further ahead


def plan(office: Office, case: Case, type_: str, due: datetime | None = None) -> Deliverable | None:
    """Plan a thing to be made; whoever makes such things owns it."""
    maker = _maker(office, case)
    made: Deliverable | None = office.do(
        office.carrier(case),
        "deliverable.plan",
        case,
        type=type_,
        title=office.say("deliverables", case, type_),
        due_on=due.date() if due else None,
        owner=office.person(maker),
    )
    if made is not None:
        case.deliverables[made.pk] = made
    return made


def _maker(office: Office, case: Case) -> str:
    """Who makes things: the first who serves the account beside the one who carries it, and may deliver."""
    doers = office.doors.doers("deliverable.deliver")
    others = [key for role, key in case.carriers.items() if role in doers and role != office.plan.main_role]
    return others[0] if others else office.carrier(case)


def make(office: Office, case: Case, type_: str, start: datetime, due: datetime) -> None:
    """Plan a thing now and have it delivered when its maker gets to it."""
    piece = plan(office, case, type_, due)
    if piece is not None:
        maker = _maker(office, case)
        office.remember(maker, office.ready_by(maker, start, due, piece.pk), partial(deliver, office, case, piece))


def deliver(office: Office, case: Case, piece: Deliverable) -> None:
    """Say that a thing went to the client; some clients say that they like it."""
    if not case.is_active or piece.pk not in case.deliverables:
        return
    chance = office.draw("deliver", piece.pk)
    link = f"https://files.example/{case.client.key}/{piece.pk[-6:]}"
    if office.do(_maker(office, case), "deliverable.deliver", case, piece, url=link) is None:
        return
    case.deliverables.pop(piece.pk, None)
    case.life.cared(0.04)
    stream = office.scene.stream
    first = stream is None or piece.type != stream.deliverable
    if stream is not None and piece.type == stream.deliverable:
        case.life.heard["delivered"] = case.life.heard.get("delivered", 0) + 1
        case.streams = True
    if chance.happens(0.25 + (0.55 if first else 0.1) * case.life.mood):
        at = office.now + timedelta(hours=chance.between(4, 60))
        office.remember(office.carrier(case), at, partial(_accept, office, case, piece))


def _accept(office: Office, case: Case, piece: Deliverable) -> None:
    if case.is_active:
        office.doors.do_as_client(case.client, "deliverable.accept", piece, office.day)


def take_material(office: Office, case: Case) -> None:
    """The client sent something: the oldest planned piece of the stream is made from it."""
    stream = office.scene.stream
    if stream is None or not case.streams:
        return
    waiting = [piece for piece in case.deliverables.values() if piece.type == stream.deliverable]
    piece = min(waiting, key=lambda each: (each.planned_at, each.pk), default=None) or plan(
        office, case, stream.deliverable
    )
    if piece is not None:
        maker = _maker(office, case)
        due = office.ready_by(maker, office.now, office.now + MADE_WITHIN, "piece", piece.pk, office.now)
        office.remember(maker, due, partial(deliver, office, case, piece))


def plan_ahead(office: Office, case: Case) -> None:
    """Plan the next pieces of the stream, as people do in a meeting: more where the client is with us."""
    stream = office.scene.stream
    if stream is None or not case.streams:
        return
    chance = office.draw("ahead", case.client.key, office.day)
    waiting = sum(piece.type == stream.deliverable for piece in case.deliverables.values())
    fewest, most = (2, 4) if case.life.mood > 0.45 else (1, 3)
    number = min(chance.whole(fewest, most), max(0, round(FULL_BACKLOG * stream.per_week) - waiting))
    for each in range(number):
        plan(office, case, stream.deliverable, office.now + timedelta(days=7 * (waiting + each + 1) / stream.per_week))
    planned = (waiting + number) / stream.per_week
    case.life.backlog_weeks = min(FULL_BACKLOG, max(case.life.backlog_weeks, planned))

"""What is made for clients: planned, delivered by whoever makes it, accepted or not."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from tenure.records.deliverable import Deliverable
from tenure.simulation import stream, visits, watched
from tenure.simulation.office import Case, Office


def plan(office: Office, case: Case, type_: str, due: datetime | None = None) -> Deliverable | None:
    """Plan a thing to be made; whoever makes such things owns it."""
    made: Deliverable | None = office.do(
        office.carrier(case),
        "deliverable.plan",
        case,
        type=type_,
        title=office.say("deliverables", case, type_),
        due_on=due.date() if due else None,
        owner=office.person(stream.maker(office, case)),
    )
    if made is not None:
        case.deliverables[made.pk] = made
    return made


def make(office: Office, case: Case, type_: str, start: datetime, due: datetime) -> None:
    """Plan a thing now, unless one of the stream is under way, and have it delivered when its maker gets to it."""
    piece = stream.furthest(case, type_) or plan(office, case, type_, due)
    at = watched.delivery_of(case, type_, office)
    if piece is not None and at is not None:
        office.appoint(at, partial(deliver, office, case, piece.pk))
    elif piece is not None:
        maker = stream.maker(office, case)
        office.remember(maker, office.ready_by(maker, start, due, piece.pk), partial(deliver, office, case, piece.pk))


def deliver(office: Office, case: Case, pk: str) -> None:
    """Say that a thing went to the client, through every state that it has; some clients say that they like it."""
    piece = case.deliverables.get(pk)
    if not case.is_active or piece is None:
        return
    if piece.state and not stream.through_review(office, case, piece):
        return
    stream.send_out(office, case, pk)
    if pk in case.deliverables or stream.is_of_stream(office, piece):
        return
    chance = office.draw("deliver", pk)
    if chance.happens(0.25 + 0.55 * case.life.mood):
        at = office.now + timedelta(hours=chance.between(4, 60))
        office.remember(office.carrier(case), at, partial(_accept, office, case, piece))


def _accept(office: Office, case: Case, piece: Deliverable) -> None:
    if case.is_active:
        visits.act(office, case, "deliverable.accept", piece)

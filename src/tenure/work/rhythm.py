"""When to meet a client next: in the slot that they prefer, in time for the rhythm that was promised."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tenure.base import clock
from tenure.base.calendar import always
from tenure.base.duration import parse
from tenure.blueprint.model import Commitment, Model
from tenure.records.account import Account
from tenure.records.meeting import Meeting
from tenure.records.slots import moments
from tenure.work.commitments import Opening
from tenure.work.promises import predicate

NOTICE = timedelta(hours=12)  # nobody is asked to a meeting sooner than this
HELD = "meeting.held"


@dataclass(frozen=True)
class Proposal:
    """A meeting that could be put into the calendar: its kind, where a rhythm asks for one, and its time."""

    type: str
    starts_at: datetime | None


def rhythms(model: Model, type: str = "") -> Iterator[tuple[str, str, Commitment]]:
    """The rules that a kind of meeting keeps up, each with the kind: those of one kind, or of every kind."""
    for rule, promise in model.commitments.items():
        if promise.kind != "cadence":
            continue
        for kind in [type] if type else model.meetings:
            row = {"kind": HELD, "data.type": kind}
            if any(each.on == HELD and (not each.where or predicate(each.where)(row)) for each in promise.met_by):
                yield rule, kind, promise
                break


def propose(account: Account, model: Model, type: str = "") -> Proposal:
    """The next meeting: the last of the client's slots by which its rhythm is kept, else the first that comes.

    Without a kind it is the one whose rhythm is due first. Without a slot no time is proposed.
    """
    found = {rule: (kind, promise) for rule, kind, promise in rhythms(model, type)}
    openings = Opening.objects.filter(account_id=account.pk, rule__in=found, status__in=Opening.OPEN)
    due = openings.exclude(due_at=None).order_by("due_at").first()
    kind, promise = found[due.rule] if due else (type, None)
    if not account.preferred_slot:
        return Proposal(kind, None)
    after, until = clock.now() + NOTICE, due.due_at if due else None
    booked = Meeting.objects.filter(account=account, status=Meeting.Status.SCHEDULED, starts_at__gte=clock.now())
    last = booked.filter(type=kind).order_by("-starts_at").first() if kind else None
    if last is not None:
        after = max(after, last.starts_at)
        until = _next(promise, last.starts_at, model) if promise else None
    return Proposal(kind, _choose(account, model, after, until))


def _next(promise: Commitment, start: datetime, model: Model) -> datetime | None:
    return always(model.company.zone).add(start, parse(promise.every)) if promise.every else None


def _choose(account: Account, model: Model, after: datetime, until: datetime | None) -> datetime:
    """The last of the slots between two moments, else the first after the one."""
    slots = moments(account.preferred_slot or {}, account.zone_in(model), after)
    chosen = next(slots)
    for slot in slots:
        if until is None or slot > until:
            break
        chosen = slot
    return chosen

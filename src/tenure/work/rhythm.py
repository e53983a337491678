"""When to meet a client next: in time for the rhythm that was promised, in the slot that they like, in their zone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from tenure.base import clock
from tenure.base.calendar import always, zone_of
from tenure.base.duration import Duration, parse
from tenure.blueprint.model import Commitment, Model
from tenure.blueprint.schema.promises import Trigger
from tenure.identity.hours import calendar_of_company
from tenure.records.account import Account
from tenure.records.checks import WEEKDAYS
from tenure.records.meeting import Meeting
from tenure.records.slots import moments
from tenure.work.commitments import Opening
from tenure.work.promises import predicate

NOTICE = timedelta(hours=12)  # nobody is asked to a meeting sooner than this
HELD = "meeting.held"
TRIED = 8  # weeks that are looked at for a day on which the company works


@dataclass(frozen=True)
class Slot:
    """A time to meet. It is the client's own where they named one, else that at which one met before."""

    type: str
    starts_at: datetime
    zone: str
    is_preferred: bool


def every(type: str, model: Model) -> Duration | None:
    """How often meetings of a kind are promised: by the first cadence that holding one of them meets."""
    found = _cadence(type, model)
    return parse(found[1].every) if found and found[1].every else None


def following(type: str, model: Model) -> str:
    """The kind of meeting that follows one: the same where it recurs, else the one whose rhythm it begins, or none."""
    if every(type, model):
        return type
    for _, terms in _cadences(model):
        if terms.opens and _tells_of_holding((terms.opens,), type):
            return next((key for key in model.meetings if _tells_of_holding(terms.met_by, key)), "")
    return ""


def due_first(account: Account, model: Model) -> str:
    """The kind of meeting whose rhythm is due first for an account; none where no rhythm runs."""
    kinds = {
        rule: kind
        for rule, terms in _cadences(model)
        for kind in model.meetings
        if _tells_of_holding(terms.met_by, kind)
    }
    rule = _open(account, kinds).values_list("rule", flat=True).first()
    return kinds[rule] if rule else ""


def next_slot(account: Account, type: str, model: Model) -> Slot | None:
    """The time to propose for the next meeting of a kind; None where nothing is known of when the client likes to meet.

    It is the last of their slots by which the promised rhythm is kept, on a day on which the company works; where there
    is none such, or no rhythm, the first that comes.
    """
    rows = Meeting.objects.filter(account=account, type=type).exclude(status=Meeting.Status.CANCELLED) if type else None
    held = rows.filter(status=Meeting.Status.HELD).order_by("-starts_at").first() if rows is not None else None
    liked = account.preferred_slot or (_as_held(held, account, model) if held else None)
    if liked is None:
        return None
    zone = liked.get("zone") or account.zone_in(model)
    booked = rows.filter(status=Meeting.Status.SCHEDULED, starts_at__gte=clock.now()) if rows is not None else None
    last = (booked.order_by("-starts_at").first() if booked is not None else None) or held
    after, until = _window(account, type, last.starts_at if last else None, zone, model)
    chosen = _choose(liked, zone, after, until, model)
    return Slot(type, chosen, zone, bool(account.preferred_slot))


def _as_held(meeting: Meeting, account: Account, model: Model) -> dict[str, str]:
    """The slot at which one met last time."""
    zone = meeting.zone or account.zone_in(model)
    met = meeting.starts_at.astimezone(zone_of(zone))
    return {"weekday": WEEKDAYS[met.weekday()], "time": f"{met:%H:%M}", "zone": zone}


def _window(
    account: Account, type: str, last: datetime | None, zone: str, model: Model
) -> tuple[datetime, datetime | None]:
    """Between which moments the next meeting of a kind belongs, where the last one was or is to be."""
    soonest, found = clock.now() + NOTICE, _cadence(type, model)
    if found is None or not found[1].every:
        return max(soonest, last) if last else soonest, None
    days, rhythm = always(zone), parse(found[1].every)
    opening = _open(account, [found[0]]).first()
    until: datetime | None = opening.due_at if opening else None
    if last is None:
        return soonest, until
    if until is None:
        until = days.add(last, rhythm)
    # What is held or booked in a period has met it, whether or not the pipeline has come to it yet.
    period = days.add(last, rhythm) - last
    while last > until - period:
        until = days.add(until, rhythm)
    return max(soonest, last + period / 2), until  # no sooner than half a rhythm after the last


def _choose(liked: dict[str, str], zone: str, after: datetime, until: datetime | None, model: Model) -> datetime:
    slots, works = moments(liked, zone, after), calendar_of_company(model).is_working_day
    first = chosen = None
    for number, slot in enumerate(slots):
        is_in_time = until is not None and slot <= until
        if works(slot.astimezone(zone_of(zone)).date()):
            first = first or slot
            chosen = slot if is_in_time else chosen
        if first and not is_in_time:
            break
        if number >= TRIED and not is_in_time:
            return first or slot
    return chosen or first or next(slots)


def _open(account: Account, rules: Sequence[str] | dict[str, str]) -> QuerySet[Opening]:
    rows = Opening.objects.filter(account_id=account.pk, rule__in=list(rules), status__in=Opening.OPEN)
    return rows.exclude(due_at=None).order_by("due_at")


def _cadences(model: Model) -> Iterator[tuple[str, Commitment]]:
    return ((rule, terms) for rule, terms in model.commitments.items() if terms.kind == "cadence" and terms.every)


def _cadence(type: str, model: Model) -> tuple[str, Commitment] | None:
    return next((pair for pair in _cadences(model) if type and _tells_of_holding(pair[1].met_by, type)), None)


def _tells_of_holding(triggers: Sequence[Trigger], type: str) -> bool:
    row = {"kind": HELD, "data.type": type}
    return any(each.on == HELD and (each.where is None or predicate(each.where)(row) is True) for each in triggers)

"""When to meet a client next: the rhythm that was promised, in the slot that they like, in their own zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from tenure.base import clock, duration
from tenure.base.calendar import always, at_local, zone_of
from tenure.base.duration import Duration
from tenure.blueprint.model import Model
from tenure.blueprint.schema.promises import Trigger
from tenure.identity.hours import calendar_of_company
from tenure.records.account import Account
from tenure.records.checks import WEEKDAYS
from tenure.records.meeting import Meeting
from tenure.work.promises import predicate

SOONEST = timedelta(hours=2)  # nobody is asked to meet sooner
WEEK = timedelta(days=7)
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
    for terms in model.commitments.values():
        if terms.kind == "cadence" and terms.every and _tells_of_holding(terms.met_by, type):
            return duration.parse(terms.every)
    return None


def following(type: str, model: Model) -> str:
    """The kind of meeting that follows one: the same where it recurs, else the one whose rhythm it begins, or none."""
    if every(type, model):
        return type
    for terms in model.commitments.values():
        if terms.kind == "cadence" and terms.opens and _tells_of_holding((terms.opens,), type):
            return next((key for key in model.meetings if _tells_of_holding(terms.met_by, key)), "")
    return ""


def _tells_of_holding(triggers: Sequence[Trigger], type: str) -> bool:
    row = {"kind": "meeting.held", "data.type": type}
    return any(
        each.on == "meeting.held" and (each.where is None or predicate(each.where)(row) is True) for each in triggers
    )


def next_slot(account: Account, type: str, model: Model) -> Slot | None:
    """The time to propose for the next meeting of a kind; None where nothing is known of when the client likes to meet.

    It lies on the day of the slot that is nearest to where the rhythm ends after the last meeting; a day on which the
    company does not work is passed over by a week.
    """
    rhythm = every(type, model)
    rows = Meeting.objects.filter(account=account, type=type)
    last = rows.filter(status=Meeting.Status.HELD).order_by("-starts_at").first()
    liked = account.preferred_slot
    if rhythm is None or not (liked or last):
        return None
    zone = (liked or {}).get("zone") or (last.zone if last and not liked else "") or account.zone_in(model)
    now = clock.now()
    if liked:
        weekday, at = WEEKDAYS.index(liked["weekday"]), time.fromisoformat(liked["time"])
    else:
        assert last is not None
        met = last.starts_at.astimezone(zone_of(zone))
        weekday, at = met.weekday(), met.time()
    aim = always(zone).add(max(last.starts_at, now - WEEK) if last else now, rhythm).astimezone(zone_of(zone)).date()
    day = aim + timedelta(days=(weekday - aim.weekday() + 3) % 7 - 3)
    works = calendar_of_company(model).is_working_day
    days = [day + WEEK * n for n in range(TRIED)]
    ahead = [each for each in days if at_local(zone, each, at) >= now + SOONEST]
    chosen = next((each for each in ahead if works(each)), ahead[0])
    return Slot(type, at_local(zone, chosen, at), zone, bool(liked))

"""The slot in which a client likes to meet: set by us or by the client, and the moments that it stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from tenure.base.errors import Refused
from tenure.facts.contract import declare
from tenure.identity.actor import Actor
from tenure.identity.operations import operation, record
from tenure.records.account import Account
from tenure.records.checks import WEEKDAYS, Slot, check_slot

FIELD_OF = {"unknown_weekday": "weekday", "no_time": "time"}
declare("account.slot_set", "Preferred slot set", internal=False, weekday="text", time="text", zone="text")


@operation("account.set_slot", label="Say when they like to meet")
def set_slot(account: Account, *, weekday: str, time: str, zone: str = "", actor: Actor) -> Account:
    """Keep the weekday and time of day at which a client likes to meet, in a zone, else in theirs."""
    try:
        slot = check_slot(Slot(weekday=weekday, time=time, zone=zone or account.zone_in(actor.model)))
    except Refused as refusal:
        raise Refused(refusal.code, refusal.message, field=FIELD_OF.get(refusal.code, "zone")) from None
    if account.preferred_slot != slot:
        account.preferred_slot = slot
        account.save(update_fields=["preferred_slot"])
        record("account.slot_set", account, weekday=slot["weekday"], time=slot["time"], zone=slot["zone"])
    return account


def moments(slot: Mapping[str, str], zone: str, after: datetime) -> Iterator[datetime]:
    """The moments of a slot after a moment, week by week, at its own time of day when clocks change; `zone` where
    the slot names none."""
    place = ZoneInfo(slot.get("zone") or zone)
    first = after.astimezone(place).date()
    day = first + timedelta(days=(WEEKDAYS.index(slot["weekday"]) - first.weekday()) % 7)
    while True:
        moment = datetime.combine(day, time.fromisoformat(slot["time"]), place)
        if moment > after:
            yield moment
        day += timedelta(days=7)

"""Whose working hours count: the company's, a pod's, a person's or a client's, from the blueprint's calendars."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from zoneinfo import ZoneInfo

from tenure.base import clock
from tenure.base.calendar import WorkCalendar, parse_hours
from tenure.base.errors import Refused
from tenure.blueprint.model import Calendar, Model
from tenure.identity.people import Membership, Person, Pod, current


@lru_cache(maxsize=256)
def work_calendar(calendar: Calendar, zone: str) -> WorkCalendar:
    """A calendar of the blueprint as arithmetic can use it; its own zone wins over the one given."""
    hours = {str(day): spans for day, spans in calendar.hours.items()}
    return WorkCalendar(calendar.zone or zone, parse_hours(hours), frozenset(calendar.holidays))


def calendar_of_company(model: Model) -> WorkCalendar:
    return work_calendar(_calendar(model, model.company.calendar), model.company.zone)


def calendar_of(person: Person, model: Model, memberships: Sequence[Membership] | None = None) -> WorkCalendar:
    """A person's own calendar and zone, else their pod's, else the company's; `memberships` spare a query."""
    return calendar_in(*hours_of(person, model, memberships), model)


def hours_of(person: Person, model: Model, memberships: Sequence[Membership] | None = None) -> tuple[str, str]:
    """The zone and the calendar in which a person works: their own, else their pod's; empty where neither says."""
    if person.zone and person.calendar:
        return person.zone, person.calendar
    if memberships is None:
        day = clock.today(model.company.zone)
        memberships = list(person.memberships.filter(current(day)).select_related("pod"))
    held = [each for each in memberships if each.pod]
    latest = max(held, key=lambda each: each.from_day, default=None)
    return hours_for(latest.pod if latest else None, person.zone, person.calendar)


def hours_for(pod: Pod | None, zone: str, calendar: str) -> tuple[str, str]:
    """The zone and the calendar in which a client counts: their own, else those of the pod that serves them."""
    return zone or (pod.zone if pod else ""), calendar or (pod.calendar if pod else "")


def hours_words(zone: str, calendar: str, model: Model) -> str:
    """Hours in words: the calendar's label and the zone, such as ``Monday to Friday, nine to five, Paris time``."""
    key = calendar or model.company.calendar
    found = model.calendars.get(key)
    place = (zone or model.company.zone).rpartition("/")[2].replace("_", " ")
    return ", ".join(each for each in (found.label if found else "", f"{place} time") if each)


def calendar_in(zone: str, calendar: str, model: Model) -> WorkCalendar:
    """A calendar by its key, read in a zone; where one is not named, the company's."""
    return work_calendar(_calendar(model, calendar or model.company.calendar), zone or model.company.zone)


@lru_cache(maxsize=1024)
def _is_zone(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ValueError, LookupError, OSError):
        return False
    return True


def check_zone(zone: str, field: str = "zone") -> str:
    """An IANA zone, or none."""
    if zone and not _is_zone(zone):
        raise Refused("unknown_zone", f"There is no zone “{zone}”; write it as Europe/Paris.", field=field)
    return zone


def check_calendar(calendar: str, model: Model) -> str:
    """A calendar of the blueprint, or none."""
    if calendar and calendar not in model.calendars:
        raise Refused("unknown_calendar", f"The blueprint has no calendar “{calendar}”.", field="calendar")
    return calendar


def _calendar(model: Model, key: str) -> Calendar:
    if key in model.calendars:
        return model.calendars[key]
    if model.calendars:
        return next(iter(model.calendars.values()))
    day = ("09:00-17:00",)
    return Calendar(hours={"mon": day, "tue": day, "wed": day, "thu": day, "fri": day})

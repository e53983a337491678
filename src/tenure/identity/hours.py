"""Whose working hours count: the company's, a person's, a pod's or a client's, from the blueprint's calendars."""

from __future__ import annotations

from functools import lru_cache

from tenure.base.calendar import WorkCalendar, parse_hours
from tenure.blueprint.model import Calendar, Model
from tenure.identity.people import Person


@lru_cache(maxsize=256)
def work_calendar(calendar: Calendar, zone: str) -> WorkCalendar:
    """A calendar of the blueprint as arithmetic can use it; its own zone wins over the one given."""
    hours = {str(day): spans for day, spans in calendar.hours.items()}
    return WorkCalendar(calendar.zone or zone, parse_hours(hours), frozenset(calendar.holidays))


def calendar_of_company(model: Model) -> WorkCalendar:
    return work_calendar(_calendar(model, model.company.calendar), model.company.zone)


def calendar_of(person: Person, model: Model) -> WorkCalendar:
    """A person's own calendar and zone, else the company's."""
    return work_calendar(_calendar(model, person.calendar or model.company.calendar), person.zone or model.company.zone)


def calendar_in(zone: str, model: Model, key: str = "") -> WorkCalendar:
    """A calendar by its key, read in a client's zone."""
    return work_calendar(_calendar(model, key or model.company.calendar), zone or model.company.zone)


def _calendar(model: Model, key: str) -> Calendar:
    if key in model.calendars:
        return model.calendars[key]
    if model.calendars:
        return next(iter(model.calendars.values()))
    day = ("09:00-17:00",)
    return Calendar(hours={"mon": day, "tue": day, "wed": day, "thu": day, "fri": day})

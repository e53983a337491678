"""When a company's day is over for the pipeline: nights run at four in the morning, when late facts have come in."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tenure.identity.actor import company_zone
from tenure.identity.people import Company
from tenure.pipeline.cursors import Run

NIGHT_AT = time(4)


def day_due(now: datetime, zone: str | None = None) -> date:
    """The last company day whose night is due at a moment: yesterday from four in the morning, else the day before."""
    local = now.astimezone(ZoneInfo(zone or company_zone()))
    return local.date() - timedelta(days=1 if local.time() >= NIGHT_AT else 2)


def nights_due(now: datetime, zone: str | None = None) -> list[date]:
    """The company days whose night has not been finished, oldest first; none from before the home was made."""
    zone = zone or company_zone()
    due = day_due(now, zone)
    nights = Run.objects.filter(is_night=True, status=Run.Status.DONE).order_by("-day")
    last = nights.values_list("day", flat=True).first()
    if last is not None:
        first = last + timedelta(days=1)
    else:
        begun = Company.objects.values_list("initialised_at", flat=True).first()
        if begun is None:
            return []
        first = begun.astimezone(ZoneInfo(zone)).date()
    return [first + timedelta(days=step) for step in range((due - first).days + 1)]

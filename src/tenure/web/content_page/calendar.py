"""The calendar of work: the days on which material is due and on which things go out, by week or by month."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.http import QueryDict

from tenure.identity.actor import Actor
from tenure.records.deliverable import Deliverable
from tenure.records.lookup import list_records
from tenure.web.content_page.board import narrowed
from tenure.web.content_page.shown import Shown, shown

WEEK = timedelta(days=7)
MOST = 600
IN_A_DAY = 6
NEXT_DAYS = 7  # so many days with something are listed under the month on a phone


@dataclass(frozen=True)
class Entry:
    """One thing on one day: its material, or the thing itself."""

    shown: Shown
    is_material: bool

    @property
    def is_done(self) -> bool:
        """Whether what the day is for has happened."""
        row = self.shown.row
        return row.received_on is not None if self.is_material else not row.is_open


@dataclass
class DayShown:
    day: date
    is_today: bool
    is_outside: bool  # of the month that is shown
    entries: list[Entry] = field(default_factory=list)

    @property
    def first(self) -> list[Entry]:
        return self.entries[:IN_A_DAY]

    @property
    def open(self) -> int:
        """How much of it has still to happen."""
        return sum(not each.is_done for each in self.entries)

    @property
    def more(self) -> list[Entry]:
        return self.entries[IN_A_DAY:]


def span_of(given: QueryDict, today: date) -> tuple[date, date, bool]:
    """The first and the last day that are asked for, and whether they are a month's, in whole weeks from Monday."""
    try:
        asked = date.fromisoformat(given.get("from", ""))
    except ValueError:
        asked = today
    by_month = given.get("by") != "week"
    first = asked.replace(day=1) if by_month else asked
    last = first.replace(day=monthrange(first.year, first.month)[1]) if by_month else first
    monday = first - timedelta(days=first.weekday())
    sunday = last + timedelta(days=6 - last.weekday())
    return monday, sunday, by_month


def calendar(given: QueryDict, actor: Actor) -> dict[str, Any]:
    """The days of a week or a month with what falls on each. One query."""
    first, last, by_month = span_of(given, actor.day)
    middle = first + (last - first) / 2
    within = Q(material_on__range=(first, last)) | Q(due_on__range=(first, last))
    rows = narrowed(list_records(Deliverable, actor), given, actor).filter(within)
    rows = rows.exclude(status=Deliverable.Status.CANCELLED).exclude(state="").order_by("due_on", "pk")
    entries: dict[date, list[Entry]] = defaultdict(list)
    for each in shown(rows[:MOST], actor):
        for day, is_material in ((each.row.material_on, True), (each.row.due_on, False)):
            if day is not None and first <= day <= last:
                entries[day].append(Entry(each, is_material))
    days = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        outside = by_month and day.month != middle.month
        days.append(DayShown(day, day == actor.day, outside, entries.get(day, [])))
    begins = next((number for number, each in enumerate(days) if each.is_today), 0)
    step = timedelta(days=16) if by_month else WEEK
    return {
        "days": days,
        "next_days": [each for each in days[begins:] if each.entries][:NEXT_DAYS] if by_month else [],
        "by_month": by_month,
        "title": f"{middle:%B} {middle.year}" if by_month else f"{first.day} {first:%b} to {last.day} {last:%b}",
        "earlier": (middle - timedelta(days=31) if by_month else first - step).isoformat(),
        "later": (middle + timedelta(days=31) if by_month else first + step).isoformat(),
        "at": given.get("from", ""),
        "is_empty": not entries,
    }

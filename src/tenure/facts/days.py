"""The company's day: where a moment falls in the zone that the company counts in."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


def company_day(moment: datetime, zone: str) -> date:
    """The day on which an aware moment falls in `zone`, an IANA name such as ``America/New_York``."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} says no zone; moments are aware")
    return moment.astimezone(ZoneInfo(zone)).date()


@lru_cache(maxsize=4096)
def day_ends(day: date, zone: str) -> datetime:
    """The moment, in UTC, at which the company's day is over: 23, 24 or 25 hours after it began.

    Where a zone skips or repeats midnight itself, the first moment of the following day counts.
    """
    start = datetime.combine(day + DAY, time(), ZoneInfo(zone))
    return start.astimezone(UTC)


def day_starts(day: date, zone: str) -> datetime:
    """The moment, in UTC, at which the company's day begins."""
    return day_ends(day - DAY, zone)


def spans(days: set[date]) -> list[tuple[date, date]]:
    """The same days as the fewest spans of first and last day, in order."""
    found: list[tuple[date, date]] = []
    for day in sorted(days):
        if found and day - found[-1][1] == DAY:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found

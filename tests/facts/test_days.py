"""The company's days: when they end, also where clocks change, and spans of them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tenure.facts.days import company_day, day_ends, day_starts, spans


@pytest.mark.parametrize(
    ("zone", "day", "ends", "hours"),
    [
        ("UTC", date(2026, 3, 8), datetime(2026, 3, 9, tzinfo=UTC), 24),
        ("America/New_York", date(2026, 3, 8), datetime(2026, 3, 9, 4, tzinfo=UTC), 23),
        ("America/New_York", date(2026, 11, 1), datetime(2026, 11, 2, 5, tzinfo=UTC), 25),
        ("Australia/Sydney", date(2026, 4, 5), datetime(2026, 4, 5, 14, tzinfo=UTC), 25),
        ("Australia/Sydney", date(2026, 10, 4), datetime(2026, 10, 4, 13, tzinfo=UTC), 23),
        ("Asia/Kolkata", date(2026, 1, 1), datetime(2026, 1, 1, 18, 30, tzinfo=UTC), 24),
        # In Beirut clocks go forward at midnight: 29 March 2026 begins at 01:00, when it is 22:00 UTC on the 28th.
        ("Asia/Beirut", date(2026, 3, 28), datetime(2026, 3, 28, 22, tzinfo=UTC), 24),
        ("Asia/Beirut", date(2026, 3, 29), datetime(2026, 3, 29, 21, tzinfo=UTC), 23),
    ],
)
def test_a_day_ends_when_the_next_begins(zone: str, day: date, ends: datetime, hours: int) -> None:
    assert day_ends(day, zone) == ends
    assert day_ends(day, zone) - day_starts(day, zone) == timedelta(hours=hours)
    assert company_day(ends - timedelta(microseconds=1), zone) == day
    assert company_day(ends, zone) == day + timedelta(days=1)


def test_a_moment_without_a_zone_falls_on_no_day() -> None:
    with pytest.raises(ValueError, match="says no zone"):
        company_day(datetime(2026, 3, 8, 12), "UTC")


def test_days_as_the_fewest_spans() -> None:
    days = {date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 3)}
    assert spans(days) == [(date(2026, 2, 27), date(2026, 3, 1)), (date(2026, 3, 3), date(2026, 3, 3))]
    assert spans(set()) == []

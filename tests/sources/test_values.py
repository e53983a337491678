"""From a cell to a typed value, by what the mapping says of its column."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.sources.mapping.model import Column
from tenure.sources.rows.formats import read_moment, reader_of
from tenure.sources.rows.values import Misfit, converter, later

NEW_YORK = "America/New_York"


def value(cell: Any, **column: Any) -> Any:
    return converter(Column.model_validate(column), column.pop("zone", NEW_YORK))(cell)


@pytest.mark.parametrize(
    ("cell", "column", "expected"),
    [
        ("16-10-2024", {"type": "day", "format": "DD-MM-YYYY"}, date(2024, 10, 16)),
        ("2024-10-16", {"type": "day", "format": "DD-MM-YYYY"}, date(2024, 10, 16)),
        ("10/16/24", {"type": "day", "format": "MM/DD/YY"}, date(2024, 10, 16)),
        ("16 Oct 2024", {"type": "day", "format": "DD MMM YYYY"}, date(2024, 10, 16)),
        ("October 16, 2024", {"type": "day", "format": "MMMM DD, YYYY"}, date(2024, 10, 16)),
        (date(2024, 10, 16), {"type": "day", "format": "DD-MM-YYYY"}, date(2024, 10, 16)),
        (" 1,234.50 ", {"type": "number"}, Decimal("1234.50")),
        ("1.234,50", {"type": "number", "decimal": "comma"}, Decimal("1234.50")),
        ("1 234,5", {"type": "number", "decimal": "comma"}, Decimal("1234.5")),
        ("$12", {"type": "number"}, Decimal(12)),
        ("-0.5", {"type": "number"}, Decimal("-0.5")),
        ("7.0", {"type": "integer"}, 7),
        (7, {"type": "integer"}, 7),
        ("TRUE", {"type": "boolean"}, True),
        ("no", {"type": "boolean"}, False),
        (False, {"type": "boolean"}, False),
        ("Pro", {"values": {"Pro": "pro"}}, "pro"),
        ("PRO", {"values": {"Pro": "pro"}}, "pro"),
        ("Else", {"values": {"Pro": "pro"}, "otherwise": "other"}, "other"),
        ("", {}, None),
        ("NULL", {"empty": ["", "NULL"]}, None),
        ("", {"type": "boolean", "default": False}, False),
        ("  padded ", {}, "padded"),
        (12, {}, "12"),
    ],
)
def test_a_cell_becomes_a_value(cell: Any, column: dict[str, Any], expected: Any) -> None:
    found = value(cell, **column)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("cell", "column", "code"),
    [
        ("31-02-2024", {"type": "day", "format": "DD-MM-YYYY"}, "not_a_day"),
        ("2024/10/16", {"type": "day", "format": "DD-MM-YYYY"}, "not_a_day"),
        ("16-10-2024 09:00", {"type": "day", "format": "DD-MM-YYYY HH:mm"}, "not_a_day"),
        ("tomorrow", {"type": "moment"}, "not_a_moment"),
        ("1,23,4", {"type": "number"}, "not_a_number"),
        ("1.234", {"type": "integer"}, "not_whole"),
        ("nan", {"type": "number"}, "not_a_number"),
        ("1e999", {"type": "number"}, "not_a_number"),
        ("-", {"type": "number"}, "not_a_number"),
        (True, {"type": "number"}, "not_a_number"),
        ("maybe", {"type": "boolean"}, "not_a_boolean"),
        ("Gold", {"values": {"Pro": "pro"}}, "unknown_value"),
        ("", {"required": True}, "missing"),
        ("-1", {"type": "integer", "least": 0}, "too_small"),
        ("9", {"type": "integer", "most": 5}, "too_large"),
        ("a\x00b", {}, "control_character"),
    ],
)
def test_a_cell_that_does_not_fit_says_why(cell: Any, column: dict[str, Any], code: str) -> None:
    with pytest.raises(Misfit) as misfit:
        value(cell, **column)
    assert misfit.value.code == code


@pytest.mark.parametrize(
    ("cell", "column", "expected"),
    [
        # New York is five hours behind UTC in January and four in July.
        ("05-01-2026 09:00", {"format": "DD-MM-YYYY HH:mm"}, datetime(2026, 1, 5, 14, tzinfo=UTC)),
        ("05-07-2026 09:00", {"format": "DD-MM-YYYY HH:mm"}, datetime(2026, 7, 5, 13, tzinfo=UTC)),
        ("05-01-2026 09:00 PM", {"format": "DD-MM-YYYY hh:mm A"}, datetime(2026, 1, 6, 2, tzinfo=UTC)),
        ("05-01-2026 12:30 AM", {"format": "DD-MM-YYYY hh:mm A"}, datetime(2026, 1, 5, 5, 30, tzinfo=UTC)),
        ("2026-01-05T09:00:00Z", {}, datetime(2026, 1, 5, 9, tzinfo=UTC)),
        ("2026-01-05 09:00:00+02:00", {}, datetime(2026, 1, 5, 7, tzinfo=UTC)),
        ("1767603600", {"format": "unix"}, datetime(2026, 1, 5, 9, tzinfo=UTC)),
        ("1767603600000", {"format": "unix_ms"}, datetime(2026, 1, 5, 9, tzinfo=UTC)),
        (date(2026, 1, 5), {}, datetime(2026, 1, 5, 5, tzinfo=UTC)),
    ],
)
def test_a_moment_without_a_zone_is_meant_in_the_files_zone(
    cell: Any, column: dict[str, Any], expected: datetime
) -> None:
    assert value(cell, type="moment", **column) == expected


@pytest.mark.parametrize("pattern", ["DD-MM", "YYYY YYYY-MM-DD", "hello", "YYYY-MM-DD-DD"])
def test_a_format_that_says_no_day_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="format"):
        reader_of(pattern)


@given(st.dates(min_value=date(1, 1, 1)), st.sampled_from(["DD-MM-YYYY", "YYYY-MM-DD", "MM/DD/YYYY", "DD.MM.YYYY"]))
def test_a_day_comes_back_as_it_was_written(day: date, pattern: str) -> None:
    text = pattern.replace("DD", f"{day.day:02}").replace("MM", f"{day.month:02}").replace("YYYY", f"{day.year:04}")
    assert read_moment(text, pattern).date() == day


def test_a_moment_later_counts_real_hours_across_a_clock_change() -> None:
    # On 8 March 2026 New York loses the hour from two to three: midnight is 05:00 UTC, three hours later 08:00.
    zone = ZoneInfo(NEW_YORK)
    assert later(date(2026, 3, 8), 180, "minutes", zone) == datetime(2026, 3, 8, 8, tzinfo=UTC)
    assert later(None, 1, "hours", zone) is None
    with pytest.raises(Misfit):
        later(date(2026, 3, 8), 10**9, "days", zone)

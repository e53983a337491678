"""Rows on their way in: what they leave unsaid is filled, what does not fit is refused with its column."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from tenure.facts.lake import Lake
from tenure.facts.rows import LakeError

from .conftest import START, event


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colour": "red"}, "events has no column colour; it has account_id, user_id"),
        ({"account_id": None}, "1 rows have no account_id"),
        ({"key": None, "name": None}, "have no name"),
        ({"happened_at": datetime(2026, 3, 1)}, "happened_at: 2026-03-01T00:00:00 says no zone"),
        ({"happened_at": "2026-03-01"}, "happened_at: '2026-03-01' is no moment"),
        ({"day": datetime(2026, 3, 1, tzinfo=UTC)}, "day: .* is no day"),
        ({"count": "many"}, "count: 'many' is no number"),
        ({"name": 7}, "name: 7 is no text"),
        ({"retracted": 1}, "retracted: 1 is neither true nor false"),
    ],
)
def test_what_does_not_fit_is_refused(lake: Lake, change: dict[str, Any], message: str) -> None:
    with pytest.raises(LakeError, match=message):
        lake.append("events", [event("k") | change], batch="b")
    assert lake.has_batch("events", "b") is False


def test_a_whole_number_is_no_truth_and_no_fraction(lake: Lake) -> None:
    for wrong in (True, 1.5):
        row = {"id": wrong, "kind": "note.logged", "happened_at": START, "known_at": START, "recorded_at": START}
        with pytest.raises(LakeError, match="is no whole number"):
            lake.append("ledger", [row], batch="b")


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        # New York: 8 March 2026 has 23 hours and ends at 04:00 UTC; 1 November has 25 and ends at 05:00 UTC.
        (datetime(2026, 3, 8, 4, 59, tzinfo=UTC), date(2026, 3, 7)),
        (datetime(2026, 3, 8, 5, 0, tzinfo=UTC), date(2026, 3, 8)),
        (datetime(2026, 3, 9, 3, 59, tzinfo=UTC), date(2026, 3, 8)),
        (datetime(2026, 3, 9, 4, 0, tzinfo=UTC), date(2026, 3, 9)),
        (datetime(2026, 11, 2, 4, 59, tzinfo=UTC), date(2026, 11, 1)),
        (datetime(2026, 11, 2, 5, 0, tzinfo=UTC), date(2026, 11, 2)),
        (datetime(2026, 11, 2, 6, 30, tzinfo=timezone(timedelta(hours=2))), date(2026, 11, 1)),
    ],
)
def test_days_that_rows_leave_out_are_the_companys(open_lake: Callable[..., Lake], moment: datetime, day: date) -> None:
    lake = open_lake(zone="America/New_York")
    known = moment + timedelta(days=30)
    row = event("k") | {"happened_at": moment, "known_at": known, "recorded_at": moment}
    lake.append("events", [row], batch="b")
    stored = lake.execute(lake.read("events", columns=["day", "known_day", "happened_at"])).to_pylist()[0]
    assert stored["day"] == day
    assert stored["known_day"] == known.astimezone(ZoneInfo("America/New_York")).date()
    assert stored["happened_at"] == moment


def test_defaults_and_json(lake: Lake) -> None:
    lake.append(
        "events",
        [event("k", count=None, properties={"b": Decimal("1.5"), "a": date(2026, 3, 1), "name": "Zürich"})],
        batch="b",
    )
    row = lake.execute(lake.read("events")).to_pylist()[0]
    assert (row["count"], row["seconds"], row["errors"]) == (1.0, 0.0, 0.0)
    assert json.loads(row["properties"]) == {"a": "2026-03-01", "b": 1.5, "name": "Zürich"}


def test_the_same_coverage_said_twice_is_one_row(lake: Lake) -> None:
    span = {"source": "app", "relation": "events", "from_day": date(2026, 3, 1), "through_day": date(2026, 3, 9)}
    times = {"known_at": START, "recorded_at": START}
    later = {"known_at": START + timedelta(days=1), "recorded_at": START + timedelta(days=1)}
    lake.append("coverage", [span | times], batch="one")
    lake.append("coverage", [span | later, span | later | {"account_id": "ann"}], batch="two")
    assert lake.execute(lake.read("coverage")).num_rows == 2


def test_arrow_tables_are_taken_as_they_are(lake: Lake) -> None:
    moment = pa.array([START], pa.timestamp("ms", tz="UTC"))
    columns = {"account_id": ["ann"], "name": ["used"], "source": ["app"], "key": ["k"], "count": pa.array([3])}
    rows = pa.table(columns | {"happened_at": moment, "known_at": moment, "recorded_at": moment})
    lake.append("events", rows, batch="b")
    stored = lake.execute(lake.read("events")).to_pylist()[0]
    assert (stored["count"], stored["day"], stored["happened_at"]) == (3.0, date(2026, 3, 1), START)

    naive = rows.drop_columns("known_at").append_column(
        "known_at", pa.array([datetime(2026, 3, 1)], pa.timestamp("us"))
    )
    with pytest.raises(LakeError, match="known_at says no zone"):
        lake.append("events", naive, batch="c")
    with pytest.raises(LakeError, match="no column colour"):
        lake.append("events", rows.append_column("colour", pa.array(["red"])), batch="d")


def test_a_lake_keeps_its_zone(open_lake: Callable[..., Lake]) -> None:
    open_lake(zone="Europe/Berlin")
    assert open_lake(zone=None).zone == "Europe/Berlin"
    with pytest.raises(LakeError, match="counts days in Europe/Berlin, not in UTC"):
        open_lake(zone="UTC")

"""Reading: each key once, nothing that was taken back, nothing that was known later than asked."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import permutations

import pytest

from tenure.base import clock
from tenure.facts.lake import Lake
from tenure.facts.rows import LakeError

from .conftest import START, event, keys

pytestmark = pytest.mark.requirement("P-03")
DAY = timedelta(days=1)


def test_an_empty_table_reads_as_an_empty_relation_with_its_columns(lake: Lake) -> None:
    for table in ("events", "points", "ledger", "coverage", "events_daily", "measures", "scores", "batches"):
        rows = lake.execute(lake.read(table))
        assert rows.num_rows == 0
        assert set(rows.column_names) <= set(lake.files(table).schema.names)
        counted = lake.read(table)
        assert lake.execute(counted.aggregate(rows=counted.count())).to_pylist() == [{"rows": 0}]


def test_rows_of_some_days_and_some_columns(lake: Lake) -> None:
    lake.append("events", [event(f"k{day}", day) for day in range(40)], batch="b")
    assert keys(lake, days=(date(2026, 3, 30), date(2026, 4, 1))) == ["k29", "k30", "k31"]
    rows = lake.execute(lake.read("events", days=(date(2026, 3, 5), date(2026, 3, 5)), columns=["day", "count"]))
    assert rows.to_pylist() == [{"day": date(2026, 3, 5), "count": 1.0}]


def test_only_files_that_may_hold_the_days_are_read(lake: Lake) -> None:
    for day in (0, 10, 40):
        lake.append("events", [event(f"k{day}", day)], batch=f"b{day}")
    assert len(lake.files("events").paths) == 3
    assert len(lake.files("events", days=(date(2026, 3, 1), date(2026, 3, 2))).paths) == 1
    assert len(lake.files("events", days=(date(2026, 3, 2), date(2026, 3, 3))).paths) == 0


def test_the_first_that_was_written_down_counts(lake: Lake) -> None:
    first, second = event("k", count=1.0), event("k", count=2.0, known_at=START - DAY, recorded_at=START + DAY)
    lake.append("events", [second], batch="arrives first")
    lake.append("events", [first], batch="was written first")
    rows = lake.execute(lake.read("events")).to_pylist()
    assert [row["count"] for row in rows] == [1.0]
    # It keeps the place even where one looks from before it was known, so that values never change hands.
    assert keys(lake, known_through=START - DAY / 2) == []


def test_a_key_is_taken_back_from_when_that_was_known(lake: Lake) -> None:
    lake.append("events", [event("a"), event("b")], batch="b")
    with clock.use(clock.SetClock(START + 5 * DAY)):
        assert lake.retract("events", ["a"], batch="undo") is True
        assert lake.retract("events", ["a"], batch="undo") is False
    assert keys(lake) == ["b"]
    assert keys(lake, known_through=START + 4 * DAY) == ["a", "b"]
    assert keys(lake, known_through=START + 5 * DAY) == ["b"]


def test_a_retraction_lies_on_the_day_of_what_it_takes_back(lake: Lake) -> None:
    lake.append("events", [event("a")], batch="b")
    with clock.use(clock.SetClock(START + 60 * DAY)):
        lake.retract("events", ["a"], batch="undo")
    assert keys(lake, days=(date(2026, 3, 1), date(2026, 3, 1))) == []


def test_with_hindsight_it_was_never_known_but_written_down_it_was(lake: Lake) -> None:
    lake.append("events", [event("a", known_at=START - 20 * DAY)], batch="b")
    with clock.use(clock.SetClock(START + 5 * DAY)):
        lake.retract("events", ["a"], batch="undo", hindsight=True)
    assert keys(lake, known_through=START - 10 * DAY) == []
    assert keys(lake, known_through=START - 10 * DAY, recorded_through=START) == ["a"]


def test_what_was_taken_back_can_be_delivered_again(lake: Lake) -> None:
    lake.append("events", [event("a", count=1.0)], batch="wrong")
    with clock.use(clock.SetClock(START)):  # a clock that stands still
        lake.retract("events", ["a"], batch="undo")
    assert keys(lake) == []
    lake.append("events", [event("a", count=3.0, known_at=START + DAY, recorded_at=START + DAY)], batch="right")
    assert [row["count"] for row in lake.execute(lake.read("events")).to_pylist()] == [3.0]
    assert keys(lake, known_through=START + DAY / 2) == []


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_order_of_arrival_does_not_matter(open_lake: Callable[..., Lake], order: tuple[int, ...]) -> None:
    told = [
        event("a", count=1.0),
        event("a", count=9.0, recorded_at=START + 1 * DAY),
        event("a", retracted=True, known_at=START + 2 * DAY, recorded_at=START + 2 * DAY),
        event("a", count=4.0, known_at=START + 3 * DAY, recorded_at=START + 3 * DAY),
    ]
    lake = open_lake()
    for index in order:
        lake.append("events", [told[index]], batch=str(index))
    counts = [
        [row["count"] for row in lake.execute(lake.read("events", known_through=START + days * DAY)).to_pylist()]
        for days in (0, 1, 2, 3)
    ]
    assert counts == [[1.0], [1.0], [], [4.0]]


def test_the_ledger_is_read_once_per_entry_and_as_known(lake: Lake) -> None:
    fact = {"id": 7, "kind": "note.logged", "account_id": "ann", "subject": "note", "subject_id": "n"}
    times = {"happened_at": START, "known_at": START + DAY, "recorded_at": START + DAY}
    lake.append("ledger", [fact | times], batch="1-7")
    lake.append("ledger", [fact | times, fact | times | {"id": 8}], batch="7-8")
    assert sorted(lake.execute(lake.read("ledger", columns=["id"]))["id"].to_pylist()) == [7, 8]
    assert lake.execute(lake.read("ledger", known_through=START)).num_rows == 0


def test_entries_of_the_ledger_are_not_taken_back_by_key(lake: Lake) -> None:
    with pytest.raises(LakeError, match="the ledger retracts by an entry"):
        lake.retract("ledger", ["7"], batch="undo")


def test_an_unknown_table_is_named_with_those_that_exist(lake: Lake) -> None:
    with pytest.raises(LakeError, match="no table 'event'; it has batches, coverage, events"):
        lake.read("event")

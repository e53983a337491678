"""Upkeep: many small files become few, old snapshots and what only they held go, and nothing that is read changes."""

import os
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tenure.facts.lake import Lake
from tenure.facts.rollups import filled, refresh
from tenure.facts.upkeep import maintain
from tests.forks import Forks, forks_of

from .conftest import START, event, keys

NOW = timedelta(0)
pytestmark = pytest.mark.slow
forks = forks_of("tests.facts.killed")


def _data_files(folder: Path) -> int:
    return sum(1 for path in folder.rglob("*.parquet") if "/events/" in path.as_posix())


def _fill(lake: Lake, days: int, first: int = 0) -> list[str]:
    names = [f"k{number:03d}" for number in range(first, first + days)]
    for number, name in enumerate(names, start=first):
        lake.append("events", [event(name, number % 60)], batch=name)
    return names


def test_small_files_of_a_month_become_one_and_the_rows_stay(lake: Lake, tmp_path: Path) -> None:
    names = _fill(lake, 20)
    refresh(lake)
    before = lake.execute(lake.read("events").order_by("key")).to_pylist()
    assert len(lake.planned("events")) == 20

    done = {each.table: each for each in maintain(lake, keep=NOW)}

    assert done["events"].merged == 20
    assert len(lake.planned("events")) == 1
    assert lake.execute(lake.read("events").order_by("key")).to_pylist() == before
    assert keys(lake) == names
    # What was replaced is on disk until the next upkeep, for those who still read it.
    assert _data_files(tmp_path) == 21
    maintain(lake, keep=NOW)
    assert _data_files(tmp_path) == 1
    assert keys(lake) == names


def test_a_reader_of_an_older_snapshot_is_not_disturbed_while_it_is_kept(open_lake: Callable[..., Lake]) -> None:
    writer, reader = open_lake(), open_lake()
    names = _fill(writer, 12)
    refresh(writer)
    rows = reader.read("events", columns=["key"])
    maintain(writer, keep=timedelta(hours=1))
    maintain(writer, keep=timedelta(hours=1))
    assert len(writer.planned("events")) == 1
    assert sorted(reader.execute(rows)["key"].to_pylist()) == names


def test_rows_arrive_and_are_taken_back_after_upkeep_as_before(lake: Lake) -> None:
    names = _fill(lake, 12)
    refresh(lake)
    maintain(lake, keep=NOW)
    lake.append(
        "events", [event("late", 3), event("k003", 3, count=7.0, recorded_at=START + timedelta(days=50))], batch="late"
    )
    lake.retract("events", ["k005"], batch="undo")
    refresh(lake)
    maintain(lake, keep=NOW, small_files=1)
    expected = sorted({*names, "late"} - {"k005"})
    assert keys(lake) == expected
    assert keys(lake, known_through=START + timedelta(days=90)) == sorted([*names, "late"])
    counts = {row["key"]: row["count"] for row in lake.execute(lake.read("events")).to_pylist()}
    assert counts["k003"] == 1.0


def test_rollups_are_the_same_after_upkeep_and_superseded_ones_are_gone(lake: Lake) -> None:
    for number in range(12):
        lake.append("events", [event(f"k{number}", number % 2)], batch=str(number))
        refresh(lake)
    stored = lake.execute(lake.read("events_daily"))
    # Twelve refreshes of one day each: day 0 was computed six times, and so was day 1.
    assert stored.num_rows == 12
    maintain(lake, keep=NOW)
    kept = lake.execute(lake.read("events_daily")).to_pylist()
    assert sorted((row["day"], row["rows"]) for row in kept) == [(date(2026, 3, 1), 6), (date(2026, 3, 2), 6)]
    assert filled(lake) > 0
    assert refresh(lake).days == 0


def test_snapshots_that_the_rollups_have_not_seen_stay(lake: Lake) -> None:
    _fill(lake, 5)
    maintain(lake, keep=NOW)
    assert len(lake.current("events").metadata.snapshots) == 5
    refresh(lake)
    maintain(lake, keep=NOW)
    assert len(lake.current("events").metadata.snapshots) == 1


def test_a_snapshot_stays_as_long_as_it_was_asked_to_from_when_it_was_superseded(lake: Lake) -> None:
    lake.append("points", [_point("a")], batch="a")
    time.sleep(0.3)
    lake.append("points", [_point("b")], batch="b")
    # The first is 0.3 s old, and was the present one a moment ago.
    maintain(lake, keep=timedelta(seconds=0.25), tables=["points"])
    assert len(lake.current("points").metadata.snapshots) == 2
    maintain(lake, keep=NOW, tables=["points"])
    assert len(lake.current("points").metadata.snapshots) == 1


def _point(key: str) -> dict[str, object]:
    times = {"happened_at": START, "known_at": START, "recorded_at": START}
    return {"account_id": "ann", "metric": "leads", "value": 1, "source": "app", "key": key} | times


def test_by_day_each_day_is_its_own_partition(open_lake: Callable[..., Lake]) -> None:
    lake = open_lake(grain="day")
    for number in range(12):
        lake.append("events", [event(f"k{number}", number % 2), event(f"l{number}", 2)], batch=str(number))
    refresh(lake)
    maintain(lake, keep=NOW, small_files=8)
    # Six small files on each of the first two days stay; the twelve of the third become one.
    assert sorted(str(file.first) for file in lake.planned("events")).count("2026-03-03") == 1
    assert len(lake.planned("events")) == 13
    assert len(keys(lake)) == 24


def test_files_that_a_killed_writer_left_go_after_a_while(lake: Lake, tmp_path: Path) -> None:
    _fill(lake, 2)
    folder = next(path for path in tmp_path.rglob("*.parquet") if "/events/" in path.as_posix()).parent
    orphan, young = folder / "left-behind.parquet", folder / "being-written.parquet"
    for path in (orphan, young):
        path.write_bytes(b"half a file")
    long_ago = (datetime.now(UTC) - timedelta(days=2)).timestamp()
    os.utime(orphan, (long_ago, long_ago))
    maintain(lake)
    assert (orphan.exists(), young.exists()) == (False, True)
    assert keys(lake) == ["k000", "k001"]


def _killed(forks: Forks, tmp_path: Path, do: str, fault: str) -> None:
    ended = forks.do(tmp_path, do, fault=fault)
    assert ended.was_killed, ended.errors


@pytest.mark.requirement("P-09")
def test_a_kill_between_writing_files_and_the_commit_leaves_nothing_to_see(
    forks: Forks, lake: Lake, tmp_path: Path
) -> None:
    _fill(lake, 2)
    written = _data_files(tmp_path)
    _killed(forks, tmp_path, "append", "lake.written")
    assert _data_files(tmp_path) == written + 1
    assert keys(lake) == ["k000", "k001"]
    assert lake.has_batch("events", "new") is False
    assert lake.append("events", [event("new")], batch="new") is True
    assert keys(lake) == ["k000", "k001", "new"]


@pytest.mark.requirement("P-09")
def test_a_kill_just_after_the_commit_has_stored_the_batch(forks: Forks, lake: Lake, tmp_path: Path) -> None:
    _killed(forks, tmp_path, "append", "lake.committed")
    assert lake.append("events", [event("new")], batch="new") is False
    assert keys(lake) == ["new"]


@pytest.mark.requirement("P-09")
@pytest.mark.parametrize("fault", ["lake.written", "lake.committed"])
def test_a_refresh_that_was_killed_is_done_again(forks: Forks, lake: Lake, tmp_path: Path, fault: str) -> None:
    _fill(lake, 3)
    _killed(forks, tmp_path, "refresh", fault)
    refresh(lake)
    rows = lake.execute(lake.read("events_daily")).to_pylist()
    assert sorted((row["day"], row["rows"]) for row in rows) == [(date(2026, 3, day), 1) for day in (1, 2, 3)]


@pytest.mark.requirement("P-09")
def test_upkeep_that_was_killed_forgets_no_batch(forks: Forks, lake: Lake, tmp_path: Path) -> None:
    names = _fill(lake, 12)
    refresh(lake)
    _killed(forks, tmp_path, "maintain", "lake.remembered")
    maintain(lake, keep=NOW)
    assert keys(lake) == names
    assert [lake.append("events", [event(name)], batch=name) for name in names] == [False] * 12

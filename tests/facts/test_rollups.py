"""Daily rollups: kept as events arrive, they say what a full count says, and only touched days are counted again."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenure.base import clock
from tenure.facts import rollups
from tenure.facts.engine import Engine
from tenure.facts.lake import Lake
from tenure.facts.rollups import refresh
from tenure.facts.tables import EVENTS
from tenure.facts.upkeep import maintain

from .conftest import START, event

pytestmark = pytest.mark.requirement("P-03")
DAY = timedelta(days=1)


def rolled(lake: Lake, known_day: date = date.max) -> list[dict[str, Any]]:
    """Usage as the stored rollups have it, as it was known at the end of a day."""
    stored = lake.engine.relation("events_daily", lake.files("events_daily"))
    return _sorted(lake.execute(rollups.known_by(stored, known_day)).to_pylist())


def counted(lake: Lake, known_day: date = date.max) -> list[dict[str, Any]]:
    """The same from all raw events, in plain Python: each key's stretches of standing, one after the other."""
    stored = lake.engine.execute(lake.engine.relation("events", lake.files("events"))).to_pylist()
    sums: dict[tuple[Any, ...], list[float]] = {}
    for key in {(row["key"], row["day"]) for row in stored}:
        said = sorted(
            (row for row in stored if (row["key"], row["day"]) == key),
            key=lambda row: (row["recorded_at"], not row["retracted"]),
        )
        standing: dict[str, Any] | None = None
        for row in said:
            if row["retracted"] != (standing is not None):
                continue
            one = standing if row["retracted"] else row
            assert one is not None
            if row["known_day"] <= known_day:
                sign = -1 if row["retracted"] else 1
                what = (one["account_id"], one["user_id"], one["name"], one["day"])
                total = sums.setdefault(what, [0, 0.0, 0.0, 0.0])
                for at, name in enumerate(("one", "count", "seconds", "errors")):
                    total[at] += sign * (1 if name == "one" else one[name])
            standing = None if row["retracted"] else row
    names = ("account_id", "user_id", "name", "day", "rows", "count", "seconds", "errors")
    return _sorted([dict(zip(names, (*what, *total), strict=True)) for what, total in sums.items() if total[0] > 0])


def _sorted(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: [str(row[name]) for name in ("account_id", "user_id", "name", "day")])


@pytest.fixture(scope="module")
def lakes(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Callable[[], Lake]:
    opened = []

    def make() -> Lake:
        home = tmp_path_factory.mktemp("lake")
        lake = Lake.open(f"sqlite:///{home / 'c.sqlite3'}", home / "files", zone="UTC", engine=engine)
        opened.append(lake)
        return lake

    yield make
    for lake in opened:
        lake._catalog.close()


@st.composite
def deliveries(draw: st.DrawFn) -> list[list[dict[str, Any]]]:
    """Batches of events: some late, some said twice, some taken back, some said again, in any order."""
    rows = []
    for number in range(draw(st.integers(2, 14))):
        key, day = draw(st.integers(0, 5)), draw(st.integers(0, 3))
        known = START + DAY * (day + draw(st.sampled_from([0, 0, 1, 4])))
        rows.append(
            event(
                f"{key}",
                day,
                account_id=f"a{key % 2}",
                user_id=draw(st.sampled_from(["u1", "u2", None])),
                count=float(draw(st.integers(0, 3))),
                known_at=known,
                recorded_at=known + timedelta(seconds=number),
                retracted=draw(st.sampled_from([False, False, True])),
            )
        )
    cuts = sorted(draw(st.sets(st.integers(1, len(rows)), max_size=3)) | {len(rows)})
    shuffled = draw(st.permutations(rows))
    return [shuffled[first:last] for first, last in zip([0, *cuts], cuts, strict=False)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(batches=deliveries())
def test_kept_as_they_arrive_they_say_what_a_full_count_says(
    lakes: Callable[[], Lake], batches: list[list[dict[str, Any]]]
) -> None:
    lake, whole = lakes(), lakes()
    for number, rows in enumerate(batches):
        lake.append("events", rows, batch=str(number))
        refresh(lake)
        whole.append("events", rows, batch=str(number))
    refresh(whole)

    for known_day in (date(2026, 3, 1), date(2026, 3, 3), date(2026, 3, 6), date.max):
        assert rolled(lake, known_day) == rolled(whole, known_day) == counted(lake, known_day)


def test_only_days_with_new_rows_are_counted_again(lake: Lake) -> None:
    lake.append("events", [event(f"k{day}", day) for day in range(10)], batch="first")
    assert refresh(lake) == rollups.Refreshed(days=10, rows=10)
    assert refresh(lake) == rollups.Refreshed(days=0, rows=0)
    lake.append("events", [event("late", 3), event("today", 10)], batch="second")
    # One row each: on the fourth day the same user used the same feature twice.
    assert refresh(lake) == rollups.Refreshed(days=2, rows=2)
    assert [(row["day"], row["rows"]) for row in rolled(lake) if row["rows"] > 1] == [(date(2026, 3, 4), 2)]


def test_several_batches_are_caught_up_with_at_once(lake: Lake) -> None:
    for number in range(5):
        lake.append("events", [event(f"k{number}", number)], batch=str(number))
    assert refresh(lake).days == 5
    assert refresh(lake).days == 0


def test_what_is_taken_back_leaves_the_day_it_was_known(lake: Lake) -> None:
    lake.append("events", [event("a", count=2.0), event("b", count=3.0)], batch="b")
    refresh(lake)
    with clock.use(clock.SetClock(START + 5 * DAY)):
        lake.retract("events", ["a"], batch="undo")
    assert refresh(lake).days == 1
    assert [row["count"] for row in rolled(lake, date(2026, 3, 5))] == [5.0]
    assert [row["count"] for row in rolled(lake, date(2026, 3, 6))] == [3.0]


def test_a_lake_whose_commits_are_no_longer_told_is_counted_whole(lake: Lake) -> None:
    lake.append("events", [event("a")], batch="a")
    refresh(lake)
    lake.append("events", [event("b", 1)], batch="b")
    lake.append("events", [event("c", 2)], batch="c")
    # Another program expired the snapshot in between, and with it which days it touched.
    table = lake.current("events")
    middle = sorted(table.metadata.snapshots, key=lambda each: each.sequence_number or 0)[1]
    table.maintenance.expire_snapshots().by_id(middle.snapshot_id).commit()
    assert refresh(lake).days == 3
    assert rolled(lake) == counted(lake)
    assert len(rolled(lake)) == 3


def test_upkeep_changes_no_event_and_costs_no_recount(lake: Lake) -> None:
    for number in range(10):
        lake.append("events", [event(f"k{number}", number)], batch=str(number))
    refresh(lake)
    maintain(lake, keep=timedelta(0))
    assert refresh(lake) == rollups.Refreshed(days=0, rows=0)
    lake.append("events", [event("new", 3)], batch="new")
    assert refresh(lake).days == 1
    assert rolled(lake) == counted(lake)


def test_no_row_of_a_day_is_lost_where_features_and_users_are_many(lake: Lake) -> None:
    rows = [event(f"{user}/{name}", user_id=user, name=name, seconds=30.0) for user in "abc" for name in "xyz"]
    lake.append("events", rows, batch="b")
    refresh(lake)
    found = rolled(lake)
    assert len(found) == 9
    assert sum(row["seconds"] for row in found) == 270.0
    assert set(EVENTS.columns) >= set(found[0]) - {"rows"}

"""A batch is stored once, however often it is delivered, by whomever, and however long ago it was."""

from collections.abc import Callable
from datetime import timedelta

import pyiceberg.table as iceberg
import pytest

from tenure.facts.lake import Lake
from tenure.facts.rollups import refresh
from tenure.facts.upkeep import maintain

from .conftest import event, keys

pytestmark = pytest.mark.requirement("P-06", "P-09")


def test_the_second_delivery_stores_nothing(lake: Lake) -> None:
    assert lake.append("events", [event("a"), event("b")], batch="monday") is True
    assert lake.append("events", [event("a"), event("b")], batch="monday") is False
    # The name decides, not the rows: what it names was stored.
    assert lake.append("events", [event("c")], batch="monday") is False
    assert keys(lake) == ["a", "b"]
    assert (lake.has_batch("events", "monday"), lake.has_batch("events", "tuesday")) == (True, False)


def test_each_table_has_its_own_batches(lake: Lake) -> None:
    point = {name: value for name, value in event("p").items() if name not in ("user_id", "name")}
    assert lake.append("events", [event("a")], batch="monday") is True
    assert lake.append("points", [point | {"metric": "leads", "value": 1}], batch="monday") is True


def test_a_table_is_described_once_for_each_change_and_not_for_each_snapshot(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Putting a description together copies every snapshot, so that a commit must not do so at each look at it."""
    described = []
    put_together = iceberg.update_table_metadata
    monkeypatch.setattr(
        iceberg, "update_table_metadata", lambda *given: described.append(given) or put_together(*given)
    )
    for number in range(3):
        lake.append("events", [event(f"e{number}")], batch=f"day {number}")
    assert len(described) <= 3 * 3  # the table as it was, with its properties, with its rows
    assert keys(lake) == ["e0", "e1", "e2"]
    assert len(lake.current("events").metadata.snapshots) == 3


def test_a_batch_without_rows_leaves_no_trace(lake: Lake) -> None:
    assert lake.append("events", [], batch="monday") is True
    assert lake.has_batch("events", "monday") is False
    assert lake.append("events", [event("a")], batch="monday") is True


def test_another_process_sees_what_was_stored(open_lake: Callable[..., Lake]) -> None:
    one, other = open_lake(), open_lake()
    assert keys(other) == []
    one.append("events", [event("a")], batch="monday")
    assert keys(other) == ["a"]
    assert other.append("events", [event("a")], batch="monday") is False


def test_who_loses_a_race_looks_again_before_storing(open_lake: Callable[..., Lake], monkeypatch) -> None:
    one, other = open_lake(), open_lake()
    commit, raced = Lake.commit, []

    def interrupted(self: Lake, *args: object, **named: object) -> None:
        # Between this writer's look and its commit, the other stores a batch.
        if not raced:
            raced.append(True)
            batch = "monday" if contested else "tuesday"
            assert other.append("events", [event("b")], batch=batch) is True
        commit(self, *args, **named)

    monkeypatch.setattr(Lake, "commit", interrupted)
    contested = True
    assert one.append("events", [event("b")], batch="monday") is False
    assert keys(one) == ["b"]
    raced.clear()
    contested = False
    assert one.append("events", [event("c")], batch="wednesday") is True
    assert other.has_batch("events", "tuesday")


def test_batches_are_remembered_when_their_snapshots_have_expired(open_lake: Callable[..., Lake]) -> None:
    lake = open_lake()
    for number in range(4):
        lake.append("events", [event(f"k{number}", number)], batch=f"batch {number}")
    refresh(lake)
    maintain(lake, keep=timedelta(0))
    assert len(lake.current("events").metadata.snapshots) == 1

    again = open_lake()
    for number in range(4):
        assert again.append("events", [event(f"k{number}", number)], batch=f"batch {number}") is False
    assert again.append("events", [event("k4", 4)], batch="batch 4") is True
    assert keys(again) == ["k0", "k1", "k2", "k3", "k4"]

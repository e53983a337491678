"""A lake that an older version made gets the columns it lacks; one that a newer version made is left alone."""

from collections.abc import Callable

import pytest
from pyiceberg.types import StringType

from tenure.facts.lake import Lake
from tenure.facts.rows import LakeError
from tenure.facts.upkeep import maintain

from .conftest import event, keys


def test_a_column_that_is_missing_is_added_and_older_rows_lack_it(open_lake: Callable[..., Lake]) -> None:
    old = open_lake()
    # As a version before properties would have left it: the column has no number among the first ones.
    with old.current("events").update_schema(allow_incompatible_changes=True) as update:
        update.delete_column("properties")
    new = open_lake()
    new.append("events", [event("a", properties={"plan": "pro"})], batch="a")
    rows = new.execute(new.read("events", columns=["key", "properties", "count"])).to_pylist()
    assert rows == [{"key": "a", "properties": '{"plan": "pro"}', "count": 1.0}]


def test_rows_from_before_are_read_and_tidied_with_the_others(open_lake: Callable[..., Lake]) -> None:
    lake = open_lake()
    for number in range(3):
        lake.append("points", [_point(f"k{number}")], batch=str(number))
    with lake.current("points").update_schema(allow_incompatible_changes=True) as update:
        update.delete_column("source")
    again = open_lake()
    again.append("points", [_point("k3")], batch="3")
    expected = [("k0", None), ("k1", None), ("k2", None), ("k3", "app")]
    for _ in range(2):
        rows = again.execute(again.read("points").order_by("key")).to_pylist()
        assert [(row["key"], row["source"]) for row in rows] == expected
        maintain(again, small_files=1, tables=["points"])
    assert len(again.planned("points")) == 1


def test_points_from_before_attribution_are_read_without_one(open_lake: Callable[..., Lake]) -> None:
    lake = open_lake()
    with lake.current("points").update_schema(allow_incompatible_changes=True) as update:
        update.delete_column("attribution")
    again = open_lake()
    again.append("points", [_point("k0"), _point("k1") | {"attribution": "map"}], batch="0")
    rows = again.execute(again.read("points").order_by("key")).to_pylist()
    assert [(row["key"], row["attribution"]) for row in rows] == [("k0", None), ("k1", "map")]


def _point(key: str) -> dict[str, object]:
    row = {name: value for name, value in event(key).items() if name not in ("user_id", "name")}
    return row | {"metric": "leads", "value": 1.0}


def test_a_lake_of_a_newer_version_is_not_opened(open_lake: Callable[..., Lake]) -> None:
    lake = open_lake()
    lake.append("events", [event("a")], batch="a")
    with lake.current("events").update_schema() as update:
        update.add_column("mood", StringType())
    with pytest.raises(LakeError, match="events has columns that this version does not know"):
        open_lake()
    assert keys(lake) == ["a"]

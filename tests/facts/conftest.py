"""Lakes in a folder of their own, and rows to put into them."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tenure.facts.engine import Engine
from tenure.facts.lake import Lake

Rows = list[dict[str, Any]]
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    with Engine(timeout_seconds=60) as engine:
        yield engine


@pytest.fixture
def open_lake(tmp_path: Path, engine: Engine) -> Iterator[Callable[..., Lake]]:
    """Opens the lake of this test, again and again; each is a handle as another process would have it."""
    opened: list[Lake] = []

    def open_one(**options: Any) -> Lake:
        url = f"sqlite:///{tmp_path / 'lake' / 'catalog.sqlite3'}"
        lake = Lake.open(url, tmp_path / "lake" / "files", **{"zone": "UTC", "engine": engine, **options})
        opened.append(lake)
        return lake

    yield open_one
    for lake in opened:
        lake._catalog.close()


@pytest.fixture
def lake(open_lake: Callable[..., Lake]) -> Lake:
    return open_lake()


def event(key: str, day: int = 0, **other: Any) -> dict[str, Any]:
    """An event of the first account, `day` days after 1 March 2026 at noon, known and written down at once."""
    moment = START + timedelta(days=day)
    times = {"happened_at": moment, "known_at": moment, "recorded_at": moment}
    return {"account_id": "ann", "user_id": "u1", "name": "used", "source": "app", "key": key} | times | other


def keys(lake: Lake, **seen: Any) -> list[str]:
    """The keys of the events that stand, in order."""
    return sorted(row["key"] for row in lake.execute(lake.read("events", columns=["key"], **seen)).to_pylist())

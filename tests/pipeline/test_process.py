"""The process of the pipeline: one at a time, ended by a signal in good order, followed at once where it was killed."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.forks import Forks

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
PATIENCE = 120.0  # seconds; a busy machine takes its time to load the rooms


@pytest.fixture
def home(forks: Forks, tmp_path: Path) -> Path:
    """A home with five accounts, in which nobody has run a pipeline yet."""
    made = forks.do(tmp_path, "make")
    assert made.code == 0, made.errors
    return tmp_path


def environment(home: Path) -> dict[str, str]:
    given = {**os.environ, "TENURE_HOME": str(home), "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    given |= {"TENURE_DATABASE_URL": "sqlite://", "TENURE_LOG": "INFO"}
    given.pop("TENURE_LAKE_URL", None)
    return given


@contextmanager
def working(home: Path) -> Iterator[subprocess.Popen[str]]:
    """`tenure work` in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tenure.cli", "work"],
        cwd=ROOT,
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def ask(home: Path, question: str) -> list[Any]:
    with closing(sqlite3.connect(home / "tenure.sqlite3", timeout=20)) as connection:
        return list(connection.execute(question))


def until(true: Callable[[], object], what: str) -> None:
    ends = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < ends, f"{what} did not come about"
        time.sleep(0.1)


def holder(home: Path) -> str:
    rows = ask(home, "SELECT holder FROM pipeline_lease")
    return str(rows[0][0]) if rows else ""


def stands(home: Path) -> bool:
    return ask(home, "SELECT count(*) FROM work_standing") == [(5,)]


@pytest.mark.requirement("P-02")
def test_it_works_until_told_to_stop_and_gives_the_lease_back(home: Path) -> None:
    with working(home) as process:
        until(lambda: stands(home), "the standing of accounts")
        assert holder(home)
        with working(home) as second:
            assert second.wait(PATIENCE) == 1
            assert second.stdout is not None
            assert "runs the pipeline" in second.stdout.read()
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
        assert process.stdout is not None
        assert "the pipeline has stopped" in process.stdout.read()
    assert holder(home) == ""


@pytest.mark.requirement("P-02")
def test_one_that_was_killed_is_followed_at_once(home: Path) -> None:
    with working(home) as first:
        until(lambda: stands(home), "the standing of accounts")
        killed = holder(home)
        first.kill()
        first.wait()
    assert holder(home) == killed, "nobody could give the lease back"
    begun = time.monotonic()
    with working(home) as second:
        until(lambda: holder(home) != killed, "another holder")
        assert time.monotonic() - begun < PATIENCE
        second.send_signal(signal.SIGTERM)
        assert second.wait(PATIENCE) == 0

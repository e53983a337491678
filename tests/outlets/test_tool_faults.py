"""Kill -9 around a call to a tool: it is made once; twice only where the recipe cannot look for what is there."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.outlets.desk import Desk, running

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def run(home: Path, what: str, desk: Desk, fault: str = "") -> subprocess.CompletedProcess[str]:
    given = {**os.environ, "TENURE_HOME": str(home), "TENURE_FAULT": fault, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    given |= {"TENURE_DATABASE_URL": "sqlite://", "TENURE_PRIVATE_HOSTS": "127.0.0.0/8", "DESK": desk.address}
    command = [sys.executable, "-m", "tests.outlets.tools_scenario", what]
    return subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True)


def told(home: Path) -> tuple[Any, ...]:
    with closing(sqlite3.connect(home / "tenure.sqlite3")) as connection:
        (row,) = connection.execute("SELECT status, doubts FROM sources_call")
        (done,) = connection.execute("SELECT count(*) FROM identity_ledgerentry WHERE kind = 'tool_call.done'")
        (links,) = connection.execute("SELECT count(*) FROM records_link")
    return (*row, done[0], links[0])


# How the home is made, where the process is killed; folders there are then, and in the end; doubts in the end.
KILLS = {
    "before it is made": ("make", "tool_call.marked", 0, 1, 1),
    "made, and not noted: it is found": ("make", "tool_call.made", 1, 1, 1),
    "made, and nobody can look": ("make_without_lookup", "tool_call.made", 1, 2, 1),
    "noted": ("make", "tool_call.noted", 1, 1, 0),
}


@pytest.mark.requirement("R-12", "P-02")
@pytest.mark.parametrize("case", KILLS)
def test_killed_while_a_tool_is_asked_it_makes_nothing_twice_that_can_be_found(case: str, tmp_path: Path) -> None:
    made, point, before, after, doubts = KILLS[case]
    with running() as desk:
        done = run(tmp_path, made, desk)
        assert done.returncode == 0, done.stderr
        killed = run(tmp_path, "send", desk, point)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        assert len(desk.folders) == before
        for _ in range(2):
            again = run(tmp_path, "send", desk)
            assert again.returncode == 0, again.stderr
        assert len(desk.folders) == after
    assert told(tmp_path) == ("done", doubts, 1, 1)

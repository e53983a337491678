"""Kill -9 around a call to a tool: it is made once; twice only where the recipe cannot look for what is there."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.forks import Ended, Forks, forks_of
from tests.outlets.desk import Desk, running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
forks = forks_of("tests.outlets.tools_scenario")


@pytest.fixture(scope="module")
def migrated_home(forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with its tables alone: where the desk is, each test says."""
    home = tmp_path_factory.mktemp("migrated") / "home"
    ended = forks.do(home, "migrate")
    assert ended.code == 0, ended.errors
    return home


def run(forks: Forks, home: Path, what: str, desk: Desk, fault: str = "") -> Ended:
    return forks.do(home, what, fault=fault, TENURE_PRIVATE_HOSTS="127.0.0.0/8", DESK=desk.address)


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
def test_killed_while_a_tool_is_asked_it_makes_nothing_twice_that_can_be_found(
    case: str, forks: Forks, migrated_home: Path, tmp_path: Path
) -> None:
    made, point, before, after, doubts = KILLS[case]
    home = shutil.copytree(migrated_home, tmp_path / "home")
    with running() as desk:
        done = run(forks, home, made, desk)
        assert done.code == 0, done.errors
        killed = run(forks, home, "send", desk, point)
        assert killed.was_killed, killed.errors
        assert len(desk.folders) == before
        for _ in range(2):
            again = run(forks, home, "send", desk)
            assert again.code == 0, again.errors
        assert len(desk.folders) == after
    assert told(home) == ("done", doubts, 1, 1)

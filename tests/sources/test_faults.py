"""Killed at any named boundary, an import, an undoing and the event intake end as they do without the kill."""

import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.forks import Forks, forks_of

pytestmark = [pytest.mark.slow, pytest.mark.requirement("P-09")]
forks = forks_of("tests.sources.fault_acts")


def state(forks: Forks, home: Path, *acts: str) -> dict[str, Any]:
    """How things stand in a home once these acts are done."""
    found: dict[str, Any] = forks.do(home, *acts, "state").answer()
    return found


@pytest.fixture(scope="module")
def made(forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with its tables and its company; a test works in a copy."""
    home = tmp_path_factory.mktemp("made") / "home"
    ended = forks.do(home, "make")
    assert ended.code == 0, ended.errors
    return home


WORKS = {
    "imported": ("import",),
    "corrected": ("import", "correct"),
    "undone": ("import", "undo"),
    "taken": ("intake",),
}


@pytest.fixture(scope="module")
def wanted(forks: Forks, made: Path) -> dict[str, dict[str, Any]]:
    """How things stand after each work that nobody kills."""
    return {name: state(forks, shutil.copytree(made, made.parent / name), *acts) for name, acts in WORKS.items()}


def test_the_runs_without_a_kill_do_what_they_should(wanted: dict[str, dict[str, Any]]) -> None:
    # 20 accounts; 60 tickets, three of them of an unknown account; 300 usage rows, ten of them with a key seen before.
    [[status, counts]] = wanted["imported"]["imports"]
    assert (status, counts["accounts"]["made"], counts["tickets"]["made"]) == ("done", 20, 57)
    assert (counts["tickets"]["quarantined"], counts["usage"]["made"], counts["usage"]["quarantined"]) == (3, 290, 10)
    assert len(wanted["imported"]["events"]) == 290
    assert wanted["undone"]["events"] == wanted["undone"]["links"] == wanted["undone"]["facts"] == []
    assert sorted(row[2] for row in wanted["corrected"]["rows"]).count("corrected") == 1
    assert len(wanted["taken"]["events"]) == 40
    assert all(each["waiting"] == 0 for each in wanted.values())


IMPORT = ("import.chunk", "import.chunk:4", "import.chunked", "import.chunked:5", "import.finishing", "import.finished")
CORRECT = ("import.correct", "import.corrected")
UNDO = ("import.undo", "import.undo:3", "import.undone_chunk:2", "import.undo_lake:2", "import.undo_finishing")
INTAKE = ("intake.spooling", "intake.spooled", "intake.taking:2", "intake.taken:2")
LAKE = ("parcels.bound", "lake.written", "lake.committed", "parcels.delivered", "parcels.stored")


@pytest.mark.parametrize(
    ("work", "fault"),
    [
        *(("imported", fault) for fault in (*IMPORT, "parcels.bound", "lake.committed")),
        *(("corrected", fault) for fault in CORRECT),
        *(("undone", fault) for fault in UNDO),
        *(("taken", fault) for fault in (*INTAKE, *LAKE)),
    ],
)
def test_what_was_killed_goes_on(
    forks: Forks, made: Path, wanted: dict[str, dict[str, Any]], tmp_path: Path, work: str, fault: str
) -> None:
    home = shutil.copytree(made, tmp_path / "home")
    ended = forks.do(home, *WORKS[work], fault=fault)
    assert ended.was_killed, f"{fault} was never passed: {ended.errors[-3000:]}"
    assert state(forks, home, WORKS[work][-1]) == wanted[work]


@pytest.mark.parametrize(("work", "kills"), [("imported", 12), ("undone", 8), ("taken", 8)])
def test_what_was_killed_at_random_goes_on(
    forks: Forks, made: Path, wanted: dict[str, dict[str, Any]], tmp_path: Path, work: str, kills: int
) -> None:
    home = shutil.copytree(made, tmp_path / "home")
    *before, act = WORKS[work]
    if before:
        state(forks, home, *before)
    chance = random.Random(2026)
    lives = [forks.do(home, act, after=chance.uniform(0.05, 0.8)) for _ in range(kills)]
    assert any(each.was_killed for each in lives)
    assert state(forks, home, act) == wanted[work]

"""Killed at any named boundary, an import, an undoing and the event intake end as they do without the kill."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.requirement("P-09")]


def driven(home: Path, *acts: str, fault: str = "") -> subprocess.CompletedProcess[str]:
    """The driver doing acts in a home, killed at a fault point where one is named."""
    strange = ("TENURE_", "DJANGO_", "PYTEST", "COV")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(strange)}
    environment |= {
        "TENURE_HOME": str(home),
        "TENURE_LOG": "ERROR",
        "DJANGO_SETTINGS_MODULE": "tenure.settings",
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        "TENURE_FAULT": fault,
    }
    command = [sys.executable, "-W", "ignore", "-m", "tests.sources.fault_driver", str(home), *acts]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600, check=False)


def state(home: Path, *acts: str) -> dict[str, Any]:
    """How things stand in a home once these acts are done."""
    ended = driven(home, *acts, "state")
    assert ended.returncode == 0, ended.stderr[-2000:]
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with its tables and its company; a test works in a copy."""
    home = tmp_path_factory.mktemp("made") / "home"
    ended = driven(home, "make")
    assert ended.returncode == 0, ended.stderr[-2000:]
    return home


WORKS = {
    "imported": ("import",),
    "corrected": ("import", "correct"),
    "undone": ("import", "undo"),
    "taken": ("intake",),
}


@pytest.fixture(scope="module")
def wanted(made: Path) -> dict[str, dict[str, Any]]:
    """How things stand after each work that nobody kills."""
    return {name: state(shutil.copytree(made, made.parent / name), *acts) for name, acts in WORKS.items()}


def test_the_runs_without_a_kill_do_what_they_should(wanted: dict[str, dict[str, Any]]) -> None:
    # 60 accounts; 150 tickets, three of them of an unknown account; 600 usage rows, ten of them with a key seen before.
    [[status, counts]] = wanted["imported"]["imports"]
    assert (status, counts["accounts"]["made"], counts["tickets"]["made"]) == ("done", 60, 147)
    assert (counts["tickets"]["quarantined"], counts["usage"]["made"], counts["usage"]["quarantined"]) == (3, 590, 10)
    assert len(wanted["imported"]["events"]) == 590
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
    made: Path, wanted: dict[str, dict[str, Any]], tmp_path: Path, work: str, fault: str
) -> None:
    home = shutil.copytree(made, tmp_path / "home")
    killed = driven(home, *WORKS[work], fault=fault)
    assert killed.returncode == -signal.SIGKILL, f"{fault} was never passed: {killed.stderr[-2000:]}"
    assert state(home, WORKS[work][-1]) == wanted[work]

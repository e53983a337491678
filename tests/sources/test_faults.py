"""Killed at any named boundary, an import, an undoing and the event intake end as they do without the kill."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.requirement("P-09")]


class Driver:
    """The process that does acts in homes, each in a process of its own that may be killed."""

    def __init__(self, home: Path) -> None:
        strange = ("TENURE_", "DJANGO_", "PYTEST", "COV")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(strange)}
        environment |= {
            "TENURE_HOME": str(home),
            "TENURE_LOG": "ERROR",
            "DJANGO_SETTINGS_MODULE": "tenure.settings",
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        }
        command = [sys.executable, "-W", "ignore", "-m", "tests.sources.fault_driver"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def do(self, home: Path, *acts: str, fault: str = "", after: float | None = None) -> tuple[int, str]:
        """The exit code of a process that did these acts, and what it said; `after` so many seconds it is killed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"home": str(home), "acts": acts, "fault": fault, "after": after}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return answer["code"], answer["said"]

    def state(self, home: Path, *acts: str) -> dict[str, Any]:
        """How things stand in a home once these acts are done."""
        code, said = self.do(home, *acts, "state")
        assert code == 0, said[-3000:]
        found: dict[str, Any] = json.loads(said)
        return found

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    started = Driver(tmp_path_factory.mktemp("driver"))
    yield started
    started.close()


@pytest.fixture(scope="module")
def made(driver: Driver, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with its tables and its company; a test works in a copy."""
    home = tmp_path_factory.mktemp("made") / "home"
    home.mkdir()
    code, said = driver.do(home, "make")
    assert code == 0, said
    return home


WORKS = {
    "imported": ("import",),
    "corrected": ("import", "correct"),
    "undone": ("import", "undo"),
    "taken": ("intake",),
}


@pytest.fixture(scope="module")
def wanted(driver: Driver, made: Path) -> dict[str, dict[str, Any]]:
    """How things stand after each work that nobody kills."""
    return {name: driver.state(shutil.copytree(made, made.parent / name), *acts) for name, acts in WORKS.items()}


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
    driver: Driver, made: Path, wanted: dict[str, dict[str, Any]], tmp_path: Path, work: str, fault: str
) -> None:
    home = shutil.copytree(made, tmp_path / "home")
    code, said = driver.do(home, *WORKS[work], fault=fault)
    assert code == -signal.SIGKILL, f"{fault} was never passed: {said[-3000:]}"
    assert driver.state(home, WORKS[work][-1]) == wanted[work]


@pytest.mark.parametrize(("work", "kills"), [("imported", 12), ("undone", 8), ("taken", 8)])
def test_what_was_killed_at_random_goes_on(
    driver: Driver, made: Path, wanted: dict[str, dict[str, Any]], tmp_path: Path, work: str, kills: int
) -> None:
    home = shutil.copytree(made, tmp_path / "home")
    *before, act = WORKS[work]
    if before:
        driver.state(home, *before)
    chance = random.Random(2026)
    codes = [driver.do(home, act, after=chance.uniform(0.05, 0.8))[0] for _ in range(kills)]
    assert -signal.SIGKILL in codes
    assert driver.state(home, act) == wanted[work]

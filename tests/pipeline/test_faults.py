"""Kill -9 at every boundary at which something is written, and at random: the end is that of a life without kills."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.scenario_points import CHAINS

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


COMMAND = [sys.executable, "-m", "tests.pipeline.scenario"]


def environment(home: Path, fault: str = "") -> dict[str, str]:
    given = {**os.environ, "TENURE_HOME": str(home), "TENURE_FAULT": fault, "TENURE_LOG": "WARNING"}
    given |= {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "TENURE_DATABASE_URL": "sqlite://"}
    given.pop("TENURE_LAKE_URL", None)
    return given


def run(home: Path, what: str, fault: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, what], cwd=ROOT, env=environment(home, fault), capture_output=True, text=True)


def compare(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """Part by part, so that a difference says where it lies."""
    for part, value in expected.items():
        assert found[part] == value, part


def told(home: Path) -> dict[str, Any]:
    found = run(home, "tell")
    assert found.returncode == 0, found.stderr
    return dict(json.loads(found.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that was made and has not lived yet; it has no lake, whose files know where they lie."""
    home = tmp_path_factory.mktemp("made")
    found = run(home, "make")
    assert found.returncode == 0, found.stderr
    return home


@pytest.fixture(scope="module")
def unkilled(made: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("unkilled") / "home"
    shutil.copytree(made, home)
    found = run(home, "live")
    assert found.returncode == 0, found.stderr
    return told(home)


def test_the_life_is_worth_comparing(unkilled: dict[str, Any]) -> None:
    kinds = {json.loads(fact)[0] for fact in unkilled["facts"]}
    assert {
        "commitment.missed",
        "commitment.met",
        "score.banded",
        "signal.fired",
        "signal.resolved",
        "play.started",
    } <= kinds
    assert {"task.done", "play.ended"} <= kinds
    assert len(unkilled["runs"]) == 4
    assert unkilled["exported once"] is True
    assert unkilled["aside"] == 0


@pytest.mark.requirement("P-02", "P-06")
@pytest.mark.parametrize("chain", CHAINS, ids=["round and night", "lake and plays", "every commit"])
def test_killed_at_each_point_and_started_again_it_ends_the_same(
    chain: tuple[str, ...], made: Path, unkilled: dict[str, Any], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(made, home)
    for point in chain:
        killed = run(home, "live", point)
        assert killed.returncode == -signal.SIGKILL, f"{point} was never passed: {killed.stderr[-2000:]}"
    again = run(home, "live")
    assert again.returncode == 0, again.stderr
    compare(told(home), unkilled)


@pytest.mark.requirement("P-02", "P-06")
def test_killed_twenty_times_at_random_it_ends_the_same(made: Path, unkilled: dict[str, Any], tmp_path: Path) -> None:
    chance, kills = random.Random(20), 0
    for life in range(20):  # a life that gets to its end before it was killed often enough is followed by another
        home = shutil.copytree(made, tmp_path / str(life))
        while kills < 20 and _is_killed(home, chance.uniform(0, 0.6)):
            kills += 1
        assert run(home, "live").returncode == 0
        compare(told(home), unkilled)
        if kills == 20:
            return
    pytest.fail(f"twenty lives were killed only {kills} times")


def _is_killed(home: Path, after: float) -> bool:
    """Whether a process that lives on in a home was still at it when it was killed."""
    process = subprocess.Popen(
        [*COMMAND, "live"], cwd=ROOT, env=environment(home), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    time.sleep(after)
    ended = process.poll()
    process.kill()
    process.wait()
    process.stdout.close()
    assert ended in (None, 0)
    return ended is None

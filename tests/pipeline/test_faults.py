"""Kill -9 at every boundary at which something is written, and at random: the end is that of a life without kills."""

import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.forks import Forks
from tests.pipeline.scenario_points import CHAINS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def compare(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """Part by part, so that a difference says where it lies."""
    for part, value in expected.items():
        assert found[part] == value, part


def live(forks: Forks, home: Path) -> None:
    ended = forks.do(home, "live")
    assert ended.code == 0, ended.errors


def told(forks: Forks, home: Path) -> dict[str, Any]:
    return dict(forks.do(home, "tell").answer())


@pytest.fixture(scope="module")
def made(forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that was made and has not lived yet; it has no lake, whose files know where they lie."""
    home = tmp_path_factory.mktemp("made")
    ended = forks.do(home, "make")
    assert ended.code == 0, ended.errors
    return home


@pytest.fixture(scope="module")
def unkilled(forks: Forks, made: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("unkilled") / "home"
    shutil.copytree(made, home)
    live(forks, home)
    return told(forks, home)


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
    chain: tuple[str, ...], forks: Forks, made: Path, unkilled: dict[str, Any], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(made, home)
    for point in chain:
        ended = forks.do(home, "live", fault=point)
        assert ended.was_killed, f"{point} was never passed: {ended.errors[-2000:]}"
    live(forks, home)
    compare(told(forks, home), unkilled)


@pytest.mark.requirement("P-02", "P-06")
def test_killed_twenty_times_at_random_it_ends_the_same(
    forks: Forks, made: Path, unkilled: dict[str, Any], tmp_path: Path
) -> None:
    chance, kills = random.Random(20), 0
    for life in range(20):  # a life that gets to its end before it was killed often enough is followed by another
        home = shutil.copytree(made, tmp_path / str(life))
        while kills < 20 and _is_killed(forks, home, chance.uniform(0, 0.6)):
            kills += 1
        live(forks, home)
        compare(told(forks, home), unkilled)
        if kills == 20:
            return
    pytest.fail(f"twenty lives were killed only {kills} times")


def _is_killed(forks: Forks, home: Path, after: float) -> bool:
    """Whether a process that lives on in a home was still at it when it was killed."""
    ended = forks.do(home, "live", after=after)
    assert ended.was_killed or ended.code == 0, ended.errors
    return ended.was_killed

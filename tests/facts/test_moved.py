"""A lake whose folder was moved or copied reads and writes its own files, and leaves those alone that it came from."""

import shutil
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from tenure.facts.engine import Engine
from tenure.facts.lake import Lake
from tenure.facts.rollups import refresh
from tenure.facts.upkeep import maintain

from .conftest import event, keys

pytestmark = pytest.mark.requirement("P-03")


def opened(home: Path, engine: Engine) -> Lake:
    return Lake.open(f"sqlite:///{quote(str(home / 'catalog.sqlite3'))}", home / "files", zone="UTC", engine=engine)


def files_of(home: Path) -> dict[str, float]:
    return {path.as_posix(): path.stat().st_mtime for path in (home / "files").rglob("*") if path.is_file()}


@pytest.fixture
def first(tmp_path: Path, engine: Engine) -> Path:
    """A home with a lake of three batches. Its name has what addresses write in another way."""
    home = tmp_path / "the first, 100 %20 of #1 [it]"
    lake = opened(home, engine)
    for number in range(3):
        lake.append("events", [event(f"k{number}", number)], batch=f"b{number}")
    lake._catalog.close()
    return home


def test_a_copy_goes_on_by_itself(first: Path, tmp_path: Path, engine: Engine) -> None:
    shutil.copytree(first, tmp_path / "second")
    before = files_of(first)
    copy = opened(tmp_path / "second", engine)
    assert keys(copy) == ["k0", "k1", "k2"]
    assert not copy.append("events", [event("k1", 1)], batch="b1"), "it knows what it has"
    assert copy.append("events", [event("k3", 3)], batch="b3")
    assert keys(copy) == ["k0", "k1", "k2", "k3"]
    assert {path.removeprefix("file://") for path in copy.files("events").paths} <= set(files_of(tmp_path / "second"))
    # What it came from is as it was, and does not see what the copy wrote.
    assert files_of(first) == before
    assert keys(opened(first, engine)) == ["k0", "k1", "k2"]


def test_what_was_moved_lives_on_is_kept_up_and_can_be_moved_again(first: Path, tmp_path: Path, engine: Engine) -> None:
    first.rename(tmp_path / "second")
    lake = opened(tmp_path / "second", engine)
    for number in range(3, 12):
        lake.append("events", [event(f"k{number}", number)], batch=f"b{number}")
    told = sorted(f"k{number}" for number in range(12))
    refresh(lake)
    for _ in range(2):  # first what is small is merged, then what was merged goes
        maintain(lake, keep=timedelta(0), orphaned_for=timedelta(0))
    assert keys(lake) == told
    assert len([path for path in files_of(tmp_path / "second") if "/events/" in path and path.endswith("parquet")]) == 1
    lake._catalog.close()
    (tmp_path / "second").rename(tmp_path / "third")
    again = opened(tmp_path / "third", engine)
    again.append("points", [], batch="nothing")
    assert keys(again) == told
    assert not first.exists()
    assert not (tmp_path / "second").exists(), "nothing is written where it was before"


def test_a_setting_that_names_an_empty_folder_is_no_move(first: Path, tmp_path: Path, engine: Engine) -> None:
    lake = Lake.open(
        f"sqlite:///{quote(str(first / 'catalog.sqlite3'))}", tmp_path / "elsewhere", zone="UTC", engine=engine
    )
    assert keys(lake) == ["k0", "k1", "k2"]

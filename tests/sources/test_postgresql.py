"""Imports and the inbox on a real PostgreSQL: the same tests."""

from pathlib import Path

import pytest

from tests.identity.test_postgresql import postgresql, run_on

__all__ = ["postgresql"]
pytestmark = pytest.mark.slow


@pytest.mark.requirement("P-06", "P-09")
def test_imports_behave_as_on_sqlite(postgresql: str, tmp_path: Path) -> None:
    names = ("import_run", "correcting", "undo", "spool", "quality", "personal")
    done = run_on(postgresql, tmp_path, *(f"tests/sources/test_{name}.py" for name in names))
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
    assert "skipped" not in done.stdout

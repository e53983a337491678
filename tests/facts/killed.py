"""What the tests of upkeep kill: a batch is appended, rollups are refreshed, a lake is kept up."""

import os
from datetime import timedelta
from pathlib import Path

from tenure.facts.lake import Lake
from tenure.facts.rollups import refresh
from tenure.facts.upkeep import maintain
from tests.facts.conftest import event


def _lake() -> Lake:
    folder = Path(os.environ["TENURE_HOME"]) / "lake"
    return Lake.open(f"sqlite:///{folder / 'catalog.sqlite3'}", folder / "files", zone="UTC")


ACTS = {
    "append": lambda: _lake().append("events", [event("new")], batch="new"),
    "refresh": lambda: refresh(_lake()),
    "maintain": lambda: maintain(_lake(), keep=timedelta(0)),
}

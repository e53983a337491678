"""The home's lake, opened for the pipeline that writes it or for a page that only looks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings

from tenure.facts.engine import Engine
from tenure.facts.lake import Lake
from tenure.identity.actor import company_zone
from tenure.work.standing import Standing

MANY = 2000  # accounts
MEMORY = os.environ.get("TENURE_LAKE_MEMORY", "2GB")  # what the pipeline's engine may use; a page's has 512 MB


def warehouse() -> Path | str:
    """Where the lake's files lie: ``TENURE_WAREHOUSE``, else beside a SQLite catalog, else in the home."""
    given = os.environ.get("TENURE_WAREHOUSE")
    if given and not settings.PRACTICE:
        return given
    parts = urlsplit(settings.LAKE_URL)
    if parts.scheme == "sqlite":
        return Path(unquote(parts.path[1:])).parent / "warehouse"
    return Path(settings.HOME) / "lake" / "warehouse"


def open_lake(*, writes: bool = True) -> Lake:
    """The home's lake. The pipeline's engine has memory, threads and no time limit; a page's has little of each."""
    engine = Engine(memory=MEMORY, threads=_threads(), timeout_seconds=None) if writes else Engine()
    return Lake.open(settings.LAKE_URL, warehouse(), zone=company_zone(), engine=engine)


def _threads() -> int:
    """Below some thousand accounts, handing work to a second thread costs more than it saves."""
    few = Standing.objects.count() < MANY
    return 1 if few else min(4, os.cpu_count() or 1)


@contextmanager
def lake(*, writes: bool = True) -> Iterator[Lake]:
    """The home's lake, closed at the end of the block."""
    opened = open_lake(writes=writes)
    try:
        yield opened
    finally:
        opened.close()

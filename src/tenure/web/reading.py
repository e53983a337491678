"""The lake as a page reads it: opened once per process, with little memory, one thread and two seconds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from django.conf import settings

from tenure.base.errors import Refused
from tenure.facts.engine import TimedOut
from tenure.facts.lake import Lake
from tenure.pipeline.lake import open_lake


@lru_cache(maxsize=4)
def _opened(url: str) -> Lake:
    return open_lake(writes=False)


@contextmanager
def lake() -> Iterator[Lake]:
    """The lake for the length of a block. Raises Refused where an answer takes longer than a page may wait."""
    try:
        yield _opened(settings.LAKE_URL)
    except TimedOut as slow:
        raise Refused(
            "too_slow", "This takes longer to read than a page may wait. The command line has the time."
        ) from slow

"""The clock that tests of this room move, and the processes that live in homes of their own."""

from collections.abc import Iterator

import pytest

from tests.days import days
from tests.forks import Forks

__all__ = ["days"]


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    """Processes that live the week of `tests.pipeline.life`."""
    started = Forks("tests.pipeline.life")
    yield started
    started.close()

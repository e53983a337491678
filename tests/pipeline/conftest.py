"""The clock that tests of this room move, and the processes that live in homes of their own."""

from tests.days import days
from tests.forks import forks_of

__all__ = ["days"]

forks = forks_of("tests.pipeline.life", scope="session")

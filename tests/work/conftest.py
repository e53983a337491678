"""The clock that tests of this room move."""

from tests.days import days

__all__ = ["days"]

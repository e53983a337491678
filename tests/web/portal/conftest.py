"""A clock that a test moves."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tenure.base import clock
from tenure.base.clock import SetClock


@pytest.fixture
def set_clock() -> Iterator[Callable[[], SetClock]]:
    """Stop time where it is; the test moves it on."""
    with ExitStack() as stack:

        def stopped() -> SetClock:
            made = SetClock(clock.now())
            stack.enter_context(clock.use(made))
            return made

        yield stopped

"""A clock that a test moves, and the pipeline that follows it from fact to fact and from tick to tick."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from tenure.base import clock
from tenure.identity.actor import Actor
from tenure.pipeline.readers import pump
from tenure.pipeline.stations import READERS
from tenure.pipeline.ticks import tick
from tests.cast import at


class Days:
    """A clock that the test moves, and the pipeline that follows it."""

    def __init__(self, hands: clock.SetClock) -> None:
        self.hands = hands

    def run(self) -> None:
        actor = Actor.machine("pipeline")
        while sum([pump(reader, actor) for reader in READERS]) or tick(actor):
            pass

    def until(self, moment: datetime) -> None:
        self.hands.set(moment)
        self.run()

    def later(self, **span: float) -> None:
        self.until(self.hands.now() + timedelta(**span))


@pytest.fixture
def days(db: None) -> Iterator[Days]:
    # A Monday, nine in the morning in New York.
    with clock.use(clock.SetClock(at("2026-03-02 14:00"))) as hands:
        assert isinstance(hands, clock.SetClock)
        yield Days(hands)

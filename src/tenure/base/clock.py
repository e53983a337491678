"""The one source of time. Everything asks `now()` and `today()`; a simulation or a test sets another clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Anything that can say what time it is, in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SetClock:
    """A clock that stands still until it is told otherwise; it never runs backwards."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment.astimezone(UTC)

    def now(self) -> datetime:
        return self._moment

    def set(self, moment: datetime) -> None:
        if moment < self._moment:
            raise ValueError(f"time runs forward: {moment.isoformat()} lies before {self._moment.isoformat()}")
        self._moment = moment.astimezone(UTC)

    def advance(self, step: timedelta) -> None:
        self.set(self._moment + step)


_clock: ContextVar[Clock] = ContextVar("tenure_clock", default=SystemClock())  # noqa: B039 - stateless


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _clock.get().now()


def today(zone: str) -> date:
    """The day that it is in `zone`, an IANA name such as ``America/New_York``."""
    return now().astimezone(ZoneInfo(zone)).date()


@contextmanager
def use(clock: Clock) -> Iterator[Clock]:
    """Run the block under another clock."""
    token = _clock.set(clock)
    try:
        yield clock
    finally:
        _clock.reset(token)

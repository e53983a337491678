"""What runs across openings: the terms that bind them, the grid of a cadence, and meetings that are planned."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tenure.base.duration import Duration, DurationError
from tenure.facts.contract import Json
from tenure.watch.clock import Timer, timer_from_json
from tenure.watch.terms import Terms


@dataclass(frozen=True, slots=True)
class Bound:
    """Which terms bind an opening: those in force when it opened, unless it was told to run under others."""

    epochs: tuple[tuple[datetime | None, Terms], ...]
    told: Mapping[str, Terms] = field(default_factory=dict)

    def at(self, moment: datetime) -> Terms:
        found = self.epochs[0][1]
        for since, terms in self.epochs:
            if since is not None and since <= moment:
                found = terms
        return found

    def of(self, opening: str, opened_at: datetime) -> Terms:
        return self.told.get(opening) or self.at(opened_at)


@dataclass(slots=True)
class Series:
    """A cadence on its way: a fixed grid of periods, moved only by pauses.

    Attributes
    ----------
    begun_at : when its first period began.
    anchor, steps : the grid is counted from the anchor, so that the last of a month stays the last.
    name : what the ids of its periods begin with.
    """

    fact: int
    name: str
    subject: str
    value: str | None
    terms: Terms
    begun_at: datetime
    anchor: datetime
    grid: Timer
    steps: int = 1
    number: int = 1

    @property
    def running(self) -> str:
        """The id of the period that runs."""
        return f"{self.name}/{self.number}"

    def pause(self, at: datetime) -> None:
        self.grid.pause(at, self.terms.every or self.terms.length, self.terms.calendar)

    def resume(self, at: datetime) -> None:
        """Run on from where a pause has put the grid."""
        if self.grid.paused_at is None:
            return
        self.grid.resume(at, self.terms.every or self.terms.length, self.terms.calendar)
        if self.grid.end is not None:
            self.anchor, self.steps = self.grid.end, 0

    def period(self, start: datetime) -> Timer:
        """The time of the period that starts now. Counted from the anchor while the length can be multiplied."""
        every, calendar = self.terms.every or self.terms.length, self.terms.calendar
        try:
            end = calendar.add(self.anchor, Duration(every.amount * self.steps, every.unit))
        except DurationError:  # such as the second "same business day" in a row
            self.anchor, self.steps = start, 1
            end = calendar.add(start, every)
        return Timer.run(start, every, calendar, end)

    def to_json(self) -> dict[str, Json]:
        return {
            "fact": self.fact,
            "name": self.name,
            "subject": self.subject,
            "value": self.value,
            "terms": self.terms.digest,
            "begun_at": self.begun_at.isoformat(),
            "anchor": self.anchor.isoformat(),
            "grid": self.grid.to_json(),
            "steps": self.steps,
            "number": self.number,
        }


def series_from_json(data: Mapping[str, Json], terms: Mapping[str, Terms]) -> Series:
    """Read what `Series.to_json` wrote."""
    named = {name: data[name] for name in ("fact", "name", "subject", "value", "steps", "number")}
    begun_at, anchor = (datetime.fromisoformat(data[name]) for name in ("begun_at", "anchor"))
    grid = timer_from_json(data["grid"])
    return Series(terms=terms[data["terms"]], begun_at=begun_at, anchor=anchor, grid=grid, **named)


@dataclass(slots=True)
class Plan:
    """A meeting that is planned: the time for which it is owed, and the time at which it is to be held now."""

    owed: datetime
    at: datetime
    value: str | None = None
    cause: str | None = None
    whose: str | None = None

    def to_json(self) -> list[Json]:
        return [self.owed.isoformat(), self.at.isoformat(), self.value, self.cause, self.whose]


def plan_from_json(data: list[Json]) -> Plan:
    """Read what `Plan.to_json` wrote."""
    owed, at, *rest = data
    return Plan(datetime.fromisoformat(owed), datetime.fromisoformat(at), *rest)

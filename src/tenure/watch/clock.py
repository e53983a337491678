"""One running opening of a promise: its time, its pauses, what has been counted toward it, and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tenure.base.calendar import WorkCalendar
from tenure.base.duration import Duration
from tenure.facts.contract import Json
from tenure.watch.terms import Terms


@dataclass(slots=True)
class Timer:
    """A length of time that runs from a start, stands still while it is paused, and ends.

    Attributes
    ----------
    end : when it runs out; None while it stands still.
    rest : what was left when it was paused, in the kind of time that it counts; None where all of it was.
    whole : the length in the kind of time that it counts, once it is known.
    """

    end: datetime | None
    paused_at: datetime | None = None
    rest: timedelta | None = None
    whole: timedelta | None = None

    @classmethod
    def run(cls, start: datetime, length: Duration, calendar: WorkCalendar, end: datetime | None = None) -> "Timer":
        end = end or calendar.add(start, length)
        return cls(end, whole=calendar.counted(start, end, length))

    @classmethod
    def held(cls, start: datetime) -> "Timer":
        """A timer that is paused before it has begun."""
        return cls(None, paused_at=start)

    def pause(self, at: datetime, length: Duration, calendar: WorkCalendar) -> None:
        """Stand still from `at`; one that is paused or has run out does not notice."""
        if self.end is not None and at < self.end:
            self.rest = calendar.counted(at, self.end, length)
            self.end, self.paused_at = None, at

    def resume(self, at: datetime, length: Duration, calendar: WorkCalendar) -> None:
        """Run on from `at` with what was left."""
        if self.paused_at is None:
            return
        if self.rest is None:
            self.end = calendar.add(at, length)
            self.whole = calendar.counted(at, self.end, length)
        else:
            self.end = calendar.after_counted(at, self.rest, length)
        self.paused_at = self.rest = None

    def to_json(self) -> dict[str, Json]:
        return {
            "end": _text(self.end),
            "paused_at": _text(self.paused_at),
            "rest": _seconds(self.rest),
            "whole": _seconds(self.whole),
        }


def timer_from_json(data: Mapping[str, Json]) -> Timer:
    return Timer(_moment(data["end"]), _moment(data["paused_at"]), _delta(data["rest"]), _delta(data["whole"]))


@dataclass(slots=True)
class Clock:
    """An opening while the history runs past it: a clock's, or one period of a cadence.

    Attributes
    ----------
    id : the rule, the opening fact and, for a period, its number from 1: ``reply/4711``, ``sync/12/3``.
    fact : the id of the opening fact; 0 where a tick began the cadence.
    grace : until when a meeting that was moved may be held, past the end of the timer.
    hits : facts counted toward it, with their moments.
    status : open, met, cancelled, or what a person judged.
    """

    id: str
    fact: int
    opened_at: datetime
    terms: Terms
    subject: str
    value: str | None
    timer: Timer
    number: int = 0
    grace: datetime | None = None
    hits: list[tuple[int, datetime]] = field(default_factory=list)
    status: str = "open"
    at: datetime | None = None
    cause: str | None = None
    whose: str | None = None
    resumed_at: datetime | None = None

    @property
    def due(self) -> datetime | None:
        """Until when a fact meets it, that moment included; None while it is paused."""
        if self.timer.end is None or self.grace is None:
            return self.timer.end
        return max(self.timer.end, self.grace)

    @property
    def warn_at(self) -> datetime | None:
        due, terms = self.due, self.terms
        if due is None:
            return None
        if terms.warn.is_share:
            left = (self.timer.whole or timedelta(0)) * (100 - terms.warn.amount) / 100
            warn = terms.calendar.before_counted(due, left, terms.length)
        else:
            warn = terms.calendar.subtract(due, terms.warn)
        return max(self.opened_at, warn)

    def is_live(self, at: datetime) -> bool:
        """Whether a fact that happened at the moment can still meet it."""
        due = self.due
        return self.status == "open" and self.opened_at <= at and (due is None or at <= due)

    def hit(self, fact: int, at: datetime) -> None:
        self.hits.append((fact, at))
        if len(self.hits) >= self.terms.count:
            self.close("met", at)

    def close(self, status: str, at: datetime, cause: str | None = None) -> None:
        self.status, self.at = status, at
        self.cause = cause or self.cause

    def pause(self, at: datetime) -> None:
        if self.is_live(at):
            self.timer.pause(at, self.terms.length, self.terms.calendar)

    def resume(self, at: datetime) -> None:
        if self.status == "open" and self.timer.paused_at is not None:
            self.timer.resume(at, self.terms.length, self.terms.calendar)
            self.resumed_at = at

    def extend(self, until: datetime) -> None:
        """Wait for a meeting that was moved past due, for as long again as the promise gave at most."""
        if self.timer.end is not None:
            until = min(until, self.terms.calendar.add(self.timer.end, self.terms.length))
            self.grace = max(until, self.grace or until)

    def copy(self) -> "Clock":
        return replace(self, timer=replace(self.timer), hits=list(self.hits))

    def to_json(self) -> dict[str, Json]:
        return {
            "id": self.id,
            "fact": self.fact,
            "opened_at": _text(self.opened_at),
            "terms": self.terms.digest,
            "subject": self.subject,
            "value": self.value,
            "timer": self.timer.to_json(),
            "number": self.number,
            "grace": _text(self.grace),
            "hits": [[fact, _text(at)] for fact, at in self.hits],
            "status": self.status,
            "at": _text(self.at),
            "cause": self.cause,
            "whose": self.whose,
            "resumed_at": _text(self.resumed_at),
        }


def clock_from_json(data: Mapping[str, Json], terms: Mapping[str, Terms]) -> Clock:
    return Clock(
        id=data["id"],
        fact=data["fact"],
        opened_at=datetime.fromisoformat(data["opened_at"]),
        terms=terms[data["terms"]],
        subject=data["subject"],
        value=data["value"],
        timer=timer_from_json(data["timer"]),
        number=data["number"],
        grace=_moment(data["grace"]),
        hits=[(fact, datetime.fromisoformat(at)) for fact, at in data["hits"]],
        status=data["status"],
        at=_moment(data["at"]),
        cause=data["cause"],
        whose=data["whose"],
        resumed_at=_moment(data["resumed_at"]),
    )


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()


def _delta(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)

"""The terms of a promise, compiled from the blueprint: what opens, meets and ends it, and how its time is counted."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from tenure.base import duration
from tenure.base.calendar import WorkCalendar
from tenure.base.duration import Duration, DurationError
from tenure.blueprint.model import Commitment, Trigger
from tenure.facts.contract import Fact, Json

Predicate = Callable[[Mapping[str, Any]], bool | None]
Compile = Callable[[str], Predicate]
Kind = Literal["clock", "cadence"]

# What people say about a running promise; `data.rule` names it and `data.opening`, where given, one opening of it.
ACTS = {
    "commitment.paused": "pause",
    "commitment.resumed": "resume",
    "commitment.explained": "explain",
    "commitment.judged": "judge",
}
# The account's own life, by which a cadence begins where it names no opening, and always ends.
LIFE = {"account.created": "begin", "account.reopened": "begin", "account.closed": "end"}

# What may happen to a planned thing before the fact that meets: `meeting.rescheduled` where `meeting.held` meets.
AROUND = ("scheduled", "rescheduled", "cancelled", "missed")

# How long a settled opening is kept at hand, so that late facts and corrections restate its verdict by themselves.
KEEP = timedelta(days=35)


class TermsError(ValueError):
    """Terms that promise nothing: what is missing or cannot be, in words for who writes the blueprint."""


class FactView(Mapping[str, Any]):
    """A fact as an expression sees it: ``kind``, ``subject_id``, ``actor``, ``data.type``, ``account.tier``.

    A name that the fact does not carry is unknown (None), never an error.
    """

    def __init__(self, fact: Fact, account: Mapping[str, Any] | None = None) -> None:
        self._fact = fact
        self._account = account or {}

    def __getitem__(self, name: str) -> Any:
        whole, _, path = name.partition(".")
        if not path:
            return getattr(self._fact, whole, None) if whole in _NAMES else None
        found: Any = self._fact.data if whole == "data" else self._account if whole == "account" else None
        if isinstance(found, Mapping) and path in found:
            return found[path]
        for step in path.split("."):
            found = found.get(step) if isinstance(found, Mapping) else None
        return found

    def __iter__(self) -> Iterator[str]:
        yield from _NAMES
        yield from (f"data.{name}" for name in self._fact.data)
        yield from (f"account.{name}" for name in self._account)

    def __len__(self) -> int:
        return len(_NAMES) + len(self._fact.data) + len(self._account)


_NAMES = ("kind", "subject", "subject_id", "actor", "happened_at", "known_at")


@dataclass(frozen=True, slots=True)
class Awaited:
    """A fact that is waited for: its kind, and the expression that narrows it, compiled."""

    on: str
    where: str | None = None
    test: Predicate | None = field(default=None, compare=False, repr=False)

    def holds(self, view: Mapping[str, Any]) -> bool:
        """Whether the narrowing expression is true; unknown is not true. The kind is looked at by the caller."""
        return self.test is None or self.test(view) is True


@dataclass(frozen=True, slots=True)
class Terms:
    """A promise as the fold reads it. Two are equal when their digests are.

    Attributes
    ----------
    key : the commitment's key in the blueprint.
    opens, met_by, cancelled_by : the facts that open an opening, meet it and call it off.
    match : ``account``, ``subject``, ``all`` or the name of a data field.
    within : a clock's time; for a cadence the time inside each period, where it is shorter than the period.
    every : a cadence's period.
    warn : a length before due, or a share of the whole.
    settle : how long after due a fact may still arrive before a miss is said.
    calendar : the hours in which business time is counted, and the zone of days.
    applies : whether the promise holds only for some accounts; a tick says whether it does.
    since : the moment from which the promise is made; what happened earlier opens nothing.
    keep : how long settled openings stay open to late facts and corrections.
    in_force_from : when the blueprint began to say so, where it said otherwise before; no part of the digest.
    digest : identifies the terms; the same definition and calendar have the same one.
    """

    key: str
    kind: Kind
    opens: Awaited | None
    met_by: tuple[Awaited, ...]
    cancelled_by: tuple[Awaited, ...]
    match: str
    count: int
    within: Duration | None
    every: Duration | None
    warn: Duration
    settle: Duration
    calendar: WorkCalendar
    applies: bool
    owner: str
    source: str | None
    since: datetime | None
    keep: timedelta
    in_force_from: datetime | None = None
    digest: str = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Terms) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    @property
    def length(self) -> Duration:
        """The time that an opening has."""
        found = self.within or self.every
        if found is None:
            raise TermsError(f"{self.key} names no time")
        return found

    @property
    def listens_to(self) -> frozenset[str]:
        """Every kind of fact that can matter to the promise, corrections and retractions of such facts aside."""
        named = {each.on for each in (*self.met_by, *self.cancelled_by)} | ({self.opens.on} if self.opens else set())
        nouns = {each.on.partition(".")[0] for each in self.met_by}
        around = {f"{noun}.{verb}" for noun in nouns for verb in AROUND}
        return frozenset(named | around | set(ACTS) | (set(LIFE) if self.kind == "cadence" else set()))

    def retired(self, at: datetime | None = None) -> "Terms":
        """The promise as no longer made from a moment on: what runs goes on to its verdict, and nothing opens."""
        return _sealed(replace(self, kind="clock", opens=None, within=self.length, every=None, in_force_from=at))

    def to_json(self) -> dict[str, Json]:
        """The terms as JSON, to be kept under their digest; `terms_from_json` reads them back."""
        return {**_plain(self), "digest": self.digest}


def terms_from(
    key: str,
    commitment: Commitment,
    *,
    calendar: WorkCalendar,
    predicate: Compile,
    since: datetime | None = None,
    in_force_from: datetime | None = None,
    keep: timedelta = KEEP,
) -> Terms:
    """Compile a commitment of the blueprint.

    `calendar` is that of the hours which `whose_hours(commitment)` names; `predicate` compiles an expression over a
    fact. Where `hours` is not ``always``, plain hours and days of `within` and `warn` are business hours and days.
    Raises TermsError where a clock has no `within`, a cadence no `every`, or a time is zero or a share.
    """
    counted = commitment.hours != "always"
    within = _length(key, "within", commitment.within, counted=counted)
    every = _length(key, "every", commitment.every, counted=False)
    if commitment.kind == "clock" and (within is None or commitment.opens is None):
        raise TermsError(f"{key} is a clock, so it needs `opens` and `within`")
    if commitment.kind == "cadence" and every is None:
        raise TermsError(f"{key} is a cadence, so it needs `every`")
    warn = duration.parse(commitment.warn)
    settle = duration.parse(commitment.settle)
    if settle.is_share:
        raise TermsError(f"{key} settles for a share of a time; write a time such as 2 hours")
    return _sealed(
        Terms(
            key=key,
            kind=commitment.kind,
            opens=_awaited(commitment.opens, predicate) if commitment.opens else None,
            met_by=tuple(_awaited(each, predicate) for each in commitment.met_by),
            cancelled_by=tuple(_awaited(each, predicate) for each in commitment.cancelled_by),
            match=commitment.match,
            count=commitment.count,
            within=within,
            every=every if commitment.kind == "cadence" else None,
            warn=_business(warn) if counted else warn,
            settle=settle,
            calendar=calendar,
            applies=commitment.applies is not None,
            owner=commitment.owner,
            source=commitment.source,
            since=since,
            keep=keep,
            in_force_from=in_force_from,
        )
    )


def whose_hours(commitment: Commitment) -> Literal["always", "company", "owner", "account"]:
    """In whose hours a commitment counts: as it says; the company's where it only says that it counts business time."""
    texts = [each for each in (commitment.within, commitment.every, commitment.warn, commitment.settle) if each]
    if commitment.hours == "always" and any(duration.parse(text).is_business for text in texts):
        return "company"
    return commitment.hours


def terms_from_json(data: Mapping[str, Json], *, predicate: Compile) -> Terms:
    """Read terms that `Terms.to_json` wrote."""

    def awaited(pair: list[str | None] | None) -> Awaited | None:
        if pair is None:
            return None
        on, where = pair
        return Awaited(str(on), where, predicate(where) if where else None)

    def length(text: str | None) -> Duration | None:
        return duration.parse(text) if text else None

    hours = data["calendar"]["hours"]
    calendar = WorkCalendar(
        data["calendar"]["zone"],
        {int(day): tuple((time.fromisoformat(a), time.fromisoformat(b)) for a, b in spans) for day, spans in hours},
        frozenset(date.fromisoformat(day) for day in data["calendar"]["holidays"]),
    )
    return Terms(
        key=data["key"],
        kind=data["kind"],
        opens=awaited(data["opens"]),
        met_by=tuple(each for pair in data["met_by"] if (each := awaited(pair))),
        cancelled_by=tuple(each for pair in data["cancelled_by"] if (each := awaited(pair))),
        match=data["match"],
        count=data["count"],
        within=length(data["within"]),
        every=length(data["every"]),
        warn=duration.parse(data["warn"]),
        settle=duration.parse(data["settle"]),
        calendar=calendar,
        applies=data["applies"],
        owner=data["owner"],
        source=data["source"],
        since=datetime.fromisoformat(data["since"]) if data["since"] else None,
        keep=timedelta(seconds=data["keep"]),
        digest=data["digest"],
    )


def _plain(terms: Terms) -> dict[str, Json]:
    calendar = terms.calendar
    return {
        "key": terms.key,
        "kind": terms.kind,
        "opens": [terms.opens.on, terms.opens.where] if terms.opens else None,
        "met_by": [[each.on, each.where] for each in terms.met_by],
        "cancelled_by": [[each.on, each.where] for each in terms.cancelled_by],
        "match": terms.match,
        "count": terms.count,
        "within": str(terms.within) if terms.within else None,
        "every": str(terms.every) if terms.every else None,
        "warn": str(terms.warn),
        "settle": str(terms.settle),
        "calendar": {
            "zone": calendar.zone,
            "hours": [
                [day, [[opens.isoformat(), closes.isoformat()] for opens, closes in spans]]
                for day, spans in sorted(calendar.hours.items())
            ],
            "holidays": sorted(day.isoformat() for day in calendar.holidays),
        },
        "applies": terms.applies,
        "owner": terms.owner,
        "source": terms.source,
        "since": terms.since.isoformat() if terms.since else None,
        "keep": terms.keep.total_seconds(),
    }


def _sealed(terms: Terms) -> Terms:
    text = json.dumps(_plain(terms), sort_keys=True, separators=(",", ":"))
    return replace(terms, digest=hashlib.sha256(text.encode()).hexdigest()[:16])


def _awaited(trigger: Trigger, predicate: Compile) -> Awaited:
    return Awaited(trigger.on, trigger.where, predicate(trigger.where) if trigger.where else None)


def _length(key: str, name: str, text: str | None, *, counted: bool) -> Duration | None:
    if text is None:
        return None
    length = duration.parse(text)
    if length.is_share or not length.amount:
        raise TermsError(f"{key} has {name}: {text}, which is no time to keep a promise in")
    return _business(length) if counted else length


def _business(length: Duration) -> Duration:
    """Plain minutes, hours and days, counted in working hours; weeks and months stay what they are."""
    try:
        return duration.parse(f"{length.amount} business {length.unit}") if length.unit != "percent" else length
    except DurationError:
        return length

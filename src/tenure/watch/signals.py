"""The fold that watches a condition: readings in, transitions out; pending, firing and resolved as in monitoring. Pure.

A state belongs to one rule and one account, so there is never more than one open signal of a rule on an account.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from tenure.base import duration
from tenure.base.calendar import ALWAYS, WorkCalendar
from tenure.base.duration import Duration
from tenure.blueprint.model import Signal
from tenure.facts.contract import Json

Status = Literal["inactive", "pending", "firing", "resolved"]
Kind = Literal["pending", "lapsed", "fired", "resolved", "snoozed", "woke", "acknowledged"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A signal as the fold reads it.

    Attributes
    ----------
    holds_for : how long the condition must hold before it fires. severity : red, yellow or green.
    calendar : the zone of days, and the hours of business time.
    inhibited_by : keys of the signals beside which this one keeps quiet.
    """

    key: str
    holds_for: Duration
    severity: str
    calendar: WorkCalendar = ALWAYS
    inhibited_by: tuple[str, ...] = ()


def rule_from(key: str, signal: Signal, *, calendar: WorkCalendar = ALWAYS) -> Rule:
    """Compile a signal of the blueprint, its condition aside. Raises DurationError where `for` is a share."""
    holds_for = duration.parse(signal.for_)
    if holds_for.is_share:
        raise duration.DurationError(f"{key} holds for {signal.for_}; write a time such as 2 days")
    return Rule(key, holds_for, signal.severity, calendar, signal.inhibited_by)


@dataclass(frozen=True, slots=True)
class Reading:
    """Whether the condition held at a moment; None where nobody knows."""

    at: datetime
    value: bool | None


@dataclass(frozen=True, slots=True)
class Snooze:
    """A person wants no more of it until a moment, and says why. One that ends when it begins ends the one before."""

    at: datetime
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """A person has seen it and takes it on."""

    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Wake:
    """That it is now so late; a snooze that has run out ends by it."""

    at: datetime


Event = Reading | Snooze | Acknowledge | Wake


@dataclass(frozen=True, slots=True)
class State:
    """Where a rule stands on an account.

    Attributes
    ----------
    episode : how often it has fired; the open signal is ``rule/episode``.
    read_at, last : the latest reading. since : when the condition began to hold.
    gap_from : the last moment at which it was known to hold, where it is unknown since.
    gaps : stretches between `since` and now in which it was unknown; they do not count toward `for`.
    fired_at, resolved_at : of the latest episode. unknown_since : it fires, and nobody knows whether it still should.
    snoozed_at : when the latest snooze of the episode was asked for; an earlier one comes too late.
    """

    status: Status = "inactive"
    episode: int = 0
    read_at: datetime | None = None
    last: bool | None = None
    since: datetime | None = None
    gap_from: datetime | None = None
    gaps: tuple[tuple[datetime, datetime], ...] = ()
    fired_at: datetime | None = None
    resolved_at: datetime | None = None
    unknown_since: datetime | None = None
    snoozed_at: datetime | None = None
    snoozed_until: datetime | None = None
    snooze_reason: str | None = None
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None

    def is_quiet(self, now: datetime) -> bool:
        """Whether it fires without being shown, because somebody snoozed it."""
        return self.status == "firing" and self.snoozed_until is not None and now < self.snoozed_until


@dataclass(frozen=True, slots=True)
class Transition:
    """Something that happened to a signal, to be told.

    Attributes
    ----------
    signal : ``rule/episode``; a pending one names the episode that it would become.
    since : when the condition began to hold. reason, until : of a snooze. actor : who acknowledged.
    """

    kind: Kind
    rule: str
    signal: str
    at: datetime
    severity: str
    since: datetime | None = None
    until: datetime | None = None
    reason: str | None = None
    actor: str | None = None


def advance(state: State, event: Event, rule: Rule) -> tuple[State, tuple[Transition, ...]]:
    """Take one event in; give the new state and what happened, in order of time.

    A reading at or before the latest one is passed over, whatever it says: a day delivered twice, or late, changes
    nothing. So is a snooze or an acknowledgement of something that does not fire. The very same state comes back then.
    """
    match event:
        case Reading(at, value):
            if state.read_at is not None and at <= state.read_at:
                return state, ()
            woken, told = _woken(state, at, rule)
            read, more = _read(woken, at.astimezone(UTC), value, rule)
            return replace(read, read_at=at.astimezone(UTC), last=value), told + more
        case Snooze():
            return _snoozed(state, event, rule)
        case Acknowledge(at, actor):
            if state.status != "firing" or state.acknowledged_by is not None or at < (state.fired_at or at):
                return state, ()
            return replace(state, acknowledged_by=actor, acknowledged_at=at), (
                _told("acknowledged", state, rule, at, actor=actor),
            )
        case Wake(at):
            return _woken(state, at, rule)


def next_tick(state: State) -> datetime | None:
    """When a snooze runs out; a condition is looked at by readings alone."""
    return state.snoozed_until if state.status == "firing" else None


def inhibitors(firing: Collection[str], rule: Rule) -> tuple[str, ...]:
    """Which of the signals that fire on the account keep this one quiet."""
    return tuple(key for key in rule.inhibited_by if key in firing and key != rule.key)


def inhibited(firing: Collection[str], rule: Rule) -> bool:
    """Whether a signal that fires on the same account keeps this one quiet. It fires all the same, and is not shown."""
    return bool(inhibitors(firing, rule))


def _read(state: State, at: datetime, value: bool | None, rule: Rule) -> tuple[State, tuple[Transition, ...]]:
    if value is None:
        return _unknown(state, at), ()
    if value:
        return _held(state, at, rule)
    if state.status == "firing":
        resolved = _rested(replace(state, status="resolved", resolved_at=at))
        return resolved, (_told("resolved", state, rule, at),)
    if state.status == "pending":
        rested = _rested(replace(state, status="resolved" if state.episode else "inactive"))
        return rested, (_told("lapsed", state, rule, at),)
    return state, ()


def _unknown(state: State, at: datetime) -> State:
    """Unknown neither brings a signal on nor takes it away."""
    if state.status == "pending" and state.gap_from is None:
        return replace(state, gap_from=state.read_at)
    if state.status == "firing" and state.unknown_since is None:
        return replace(state, unknown_since=at)
    return state


def _held(state: State, at: datetime, rule: Rule) -> tuple[State, tuple[Transition, ...]]:
    if state.status == "firing":
        return replace(state, unknown_since=None), ()
    told: tuple[Transition, ...] = ()
    if state.status != "pending":
        state = replace(state, status="pending", since=at)
        told = (_told("pending", state, rule, at),)
    elif state.gap_from is not None:
        state = replace(state, gaps=(*state.gaps, (state.gap_from, at)), gap_from=None)
    fires_at = _fires_at(state, rule)
    if fires_at is None or at < fires_at:
        return state, told
    fired = replace(state, status="firing", episode=state.episode + 1, fired_at=at, resolved_at=None, gaps=())
    if not rule.holds_for.amount:
        told = ()  # it never was pending
    return fired, (*told, _told("fired", fired, rule, at))


def _fires_at(state: State, rule: Rule) -> datetime | None:
    """When the condition will have held for long enough: the stretches in which it was unknown put it off."""
    if state.since is None:
        return None
    calendar, length = rule.calendar, rule.holds_for
    fires_at = calendar.add(state.since, length) if length.amount else state.since
    for begin, end in state.gaps:
        fires_at = calendar.after_counted(end, calendar.counted(begin, fires_at, length), length)
    return fires_at


def _snoozed(state: State, event: Snooze, rule: Rule) -> tuple[State, tuple[Transition, ...]]:
    at, until = event.at.astimezone(UTC), event.until.astimezone(UTC)
    if state.status != "firing" or at < (state.fired_at or at):
        return state, ()
    if state.snoozed_at is not None and at <= state.snoozed_at:
        return state, ()
    after = replace(state, snoozed_at=at)
    if until <= max(at, state.read_at or at):  # asked to end now, or told when it was over already
        if state.snoozed_until is None:
            return state, ()
        return _woken(replace(after, snoozed_until=min(at, state.snoozed_until)), at, rule)
    after = replace(after, snoozed_until=until, snooze_reason=event.reason)
    return after, (_told("snoozed", state, rule, at, until=until, reason=event.reason),)


def _woken(state: State, at: datetime, rule: Rule) -> tuple[State, tuple[Transition, ...]]:
    """A snooze that has run out by `at` ends at its own moment, however late that is noticed."""
    until = state.snoozed_until
    if until is None or at < until:
        return state, ()
    after = replace(state, snoozed_until=None, snooze_reason=None)
    return after, ((_told("woke", state, rule, until),) if state.status == "firing" else ())


def _rested(state: State) -> State:
    return replace(
        state,
        since=None,
        gap_from=None,
        gaps=(),
        unknown_since=None,
        snoozed_at=None,
        snoozed_until=None,
        snooze_reason=None,
        acknowledged_by=None,
        acknowledged_at=None,
    )


def _told(
    kind: Kind,
    state: State,
    rule: Rule,
    at: datetime,
    *,
    until: datetime | None = None,
    reason: str | None = None,
    actor: str | None = None,
) -> Transition:
    episode = state.episode + 1 if kind in ("pending", "lapsed") else state.episode
    return Transition(
        kind, rule.key, f"{rule.key}/{episode}", at.astimezone(UTC), rule.severity, state.since, until, reason, actor
    )


_MOMENTS = (
    "read_at",
    "since",
    "gap_from",
    "fired_at",
    "resolved_at",
    "unknown_since",
    "snoozed_at",
    "snoozed_until",
    "acknowledged_at",
)


def to_json(state: State) -> dict[str, Json]:
    """The state as JSON."""
    plain = asdict(state)
    for name in _MOMENTS:
        plain[name] = plain[name].isoformat() if plain[name] else None
    plain["gaps"] = [[begin.isoformat(), end.isoformat()] for begin, end in state.gaps]
    return plain


def from_json(data: Mapping[str, Json]) -> State:
    """Read what `to_json` wrote."""
    fields = dict(data)
    for name in _MOMENTS:
        fields[name] = datetime.fromisoformat(fields[name]) if fields[name] else None
    fields["gaps"] = tuple((datetime.fromisoformat(begin), datetime.fromisoformat(end)) for begin, end in data["gaps"])
    return State(**fields)

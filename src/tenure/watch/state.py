"""What is kept of a promise between facts: its openings as last said, and all that is needed to say them anew."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from tenure.facts.contract import Json
from tenure.watch.course import Course, course_from_json
from tenure.watch.marks import Mark, mark_from_json
from tenure.watch.terms import Terms

Kind = Literal["opened", "warned", "paused", "resumed", "met", "missed", "cancelled", "restated"]


@dataclass(frozen=True, slots=True)
class Tick:
    """That it is `moment` now.

    Attributes
    ----------
    read_through : per source, up to when it has been read.
    applies : whether the promise holds for the account now; None where nobody knows, which changes nothing.
    """

    moment: datetime
    read_through: Mapping[str, datetime] = field(default_factory=dict)
    applies: bool | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """One time that the promise was made, and what has come of it, as it was last said.

    Attributes
    ----------
    id : ``rule/fact`` for a clock, ``rule/fact/number`` for a period of a cadence; at most 130 characters.
    due_at : until when a fact meets it, that moment included; None while it is paused.
    status : open, met, missed or cancelled. at : when that came about: met_at, due_at, or when it was called off.
    facts : ids of the facts counted toward it, out of `count` that are needed.
    cause, whose : of a miss or a cancellation; whose is ``us`` or ``client``.
    terms : the digest of the terms under which it runs.
    has_verdict : whether a verdict was ever said of it; every later one is a restatement.
    """

    id: str
    fact: int
    subject: str
    opened_at: datetime
    due_at: datetime | None
    warn_at: datetime | None
    status: str
    at: datetime | None
    cause: str | None
    whose: str | None
    facts: tuple[int, ...]
    count: int
    paused_at: datetime | None
    resumed_at: datetime | None
    terms: str
    has_verdict: bool = False
    warned_for: datetime | None = None
    _json: dict[str, Json] | None = field(default=None, init=False, compare=False, repr=False)

    @property
    def is_open(self) -> bool:
        return self.status == "open"

    def to_json(self) -> dict[str, Json]:
        """The opening as JSON, made once: what changes is another opening."""
        if self._json is None:
            plain: dict[str, Json] = {name: getattr(self, name) for name in _PLAIN}
            plain |= {name: _text(getattr(self, name)) for name in _MOMENTS}
            made = {name: value for name, value in plain.items() if value is not None} | {"facts": list(self.facts)}
            object.__setattr__(self, "_json", made)
        return self._json or {}


@dataclass(frozen=True, slots=True)
class Outcome:
    """Something new to say about an opening.

    Attributes
    ----------
    kind : opened, warned, paused, resumed, met, missed, cancelled, or restated: an earlier word on it no longer holds.
    happened_at : when it came about: a miss at due, a met opening when its fact happened. known_at : when it was said.
    verdict : open, met, missed or cancelled, as things stand now.
    opened_at : None where the opening was settled too long ago to be remembered.
    facts : ids of the facts counted toward it.
    """

    kind: Kind
    rule: str
    account: str
    opening: str
    subject: str
    happened_at: datetime
    known_at: datetime
    opened_at: datetime | None
    due_at: datetime | None
    verdict: str
    cause: str | None
    whose: str | None
    facts: tuple[int, ...]
    terms: str

    @property
    def is_echo(self) -> bool:
        """Whether it only repeats what a person said in the ledger, so that it must not be written there again."""
        return self.kind in ("paused", "resumed")

    @property
    def data(self) -> dict[str, Json]:
        """What the ledger's ``commitment.<kind>`` carries."""
        return {
            "rule": self.rule,
            "opening": self.opening,
            "opened_at": _text(self.opened_at),
            "due_at": _text(self.due_at),
            "verdict": self.verdict,
            "cause": self.cause,
            "whose": self.whose,
        }


@dataclass(frozen=True, slots=True)
class Near:
    """The course as it stood a little while ago, when all that had opened before was settled and said."""

    at: datetime
    course: Course


@dataclass(frozen=True, slots=True)
class State:
    """What is kept of one promise to one account.

    Attributes
    ----------
    moment : the latest tick that changed something. known_at : the latest moment at which anything was learnt.
    marks : the facts that still matter, as they arrived. base : what the forgotten ones had come to.
    openings : every opening that is open, or was settled lately enough to be restated.
    epochs : the terms in force, each from a moment on. told : openings that run under other terms than those.
    applied : when the promise began and ceased to apply. folded_through : facts up to this id that are not among the
    marks were weighed long ago.
    wake : when time alone will change something. awaited : the earliest due that waits for a source to be read.
    near : a short cut that is not kept in JSON.
    """

    rule: str
    account: str
    moment: datetime | None = None
    known_at: datetime | None = None
    read_through: Mapping[str, datetime] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()
    base: Course | None = None
    openings: Mapping[str, Opening] = field(default_factory=dict)
    epochs: tuple[tuple[datetime | None, Terms], ...] = ()
    told: Mapping[str, Terms] = field(default_factory=dict)
    applied: tuple[tuple[datetime, bool], ...] = ()
    folded_through: int = 0
    wake: datetime | None = None
    awaited: datetime | None = None
    near: Near | None = field(default=None, compare=False, repr=False)

    @property
    def open(self) -> tuple[Opening, ...]:
        """The openings that run, the one that is due first first and the paused ones last."""
        running = [each for each in self.openings.values() if each.is_open]
        return tuple(sorted(running, key=lambda each: (each.due_at is None, each.due_at or each.opened_at, each.id)))

    def terms(self) -> dict[str, Terms]:
        """Every set of terms under which something runs or may yet open, by digest."""
        found = {each.digest: each for _, each in self.epochs} | {each.digest: each for each in self.told.values()}
        if self.base is not None:
            held = [each.terms for each in self.base.live] + [each.terms for each in self.base.series.values()]
            found |= {each.digest: each for each in held}
        return found


def to_json(state: State) -> dict[str, Json]:
    """The state as JSON. Terms stand in it by digest; keep `Terms.to_json` of `state.terms()` beside all states."""
    return {
        "rule": state.rule,
        "account": state.account,
        "moment": _text(state.moment),
        "known_at": _text(state.known_at),
        "read_through": {source: through.isoformat() for source, through in state.read_through.items()},
        "marks": [each.to_json() for each in state.marks],
        "base": state.base.to_json() if state.base else None,
        "openings": [each.to_json() for each in state.openings.values()],
        "epochs": [[_text(since), terms.digest] for since, terms in state.epochs],
        "told": {opening: terms.digest for opening, terms in state.told.items()},
        "applied": [[moment.isoformat(), applies] for moment, applies in state.applied],
        "folded_through": state.folded_through,
        "wake": _text(state.wake),
        "awaited": _text(state.awaited),
    }


def from_json(data: Mapping[str, Json], terms_of: Callable[[str], Terms]) -> State:
    """Read what `to_json` wrote; `terms_of` finds terms by their digest."""
    rule, account = data["rule"], data["account"]
    base = data["base"]
    held = [each["terms"] for each in (*base["live"], *base["series"].values())] if base else []
    return State(
        rule=rule,
        account=account,
        moment=_moment(data["moment"]),
        known_at=_moment(data["known_at"]),
        read_through={source: datetime.fromisoformat(text) for source, text in data["read_through"].items()},
        marks=tuple(mark_from_json(each) for each in data["marks"]),
        base=course_from_json(rule, account, base, {digest: terms_of(digest) for digest in held}) if base else None,
        openings={each["id"]: _opening_from_json(each) for each in data["openings"]},
        epochs=tuple((_moment(since), terms_of(digest)) for since, digest in data["epochs"]),
        told={opening: terms_of(digest) for opening, digest in data["told"].items()},
        applied=tuple((datetime.fromisoformat(moment), applies) for moment, applies in data["applied"]),
        folded_through=data["folded_through"],
        wake=_moment(data["wake"]),
        awaited=_moment(data["awaited"]),
    )


_MOMENTS = ("opened_at", "due_at", "warn_at", "at", "paused_at", "resumed_at", "warned_for")
_PLAIN = ("id", "fact", "subject", "status", "cause", "whose", "count", "terms", "has_verdict")


def _opening_from_json(data: Mapping[str, Json]) -> Opening:
    fields: dict[str, Json] = {name: data.get(name) for name in _PLAIN}
    fields |= {name: _moment(data.get(name)) for name in _MOMENTS}
    return Opening(**fields, facts=tuple(data["facts"]))


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None

"""Running the folds over a ledger from its beginning: for `plan`, for views as of a day, and for tests. Pure."""

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tenure.facts.contract import Fact
from tenure.watch import signals
from tenure.watch.commitments import Outcome, State, Terms, Tick, advance, next_tick, start

READ_THROUGH = "source.read_through"  # {source, through}: the fact by which a source says how far it has been read

TermsOf = Callable[[str], Iterable[Terms]]  # an account's id to the terms that hold for it
Applies = Callable[[str, str, datetime], bool | None]  # a rule's key, an account's id, a moment
FieldsOf = Callable[[str, datetime], Mapping[str, Any]]  # an account's id, a moment: its fields


@dataclass(slots=True)
class Replayed:
    """What a replay came to: a state per (rule, account) to which anything happened, and all that was said."""

    states: dict[tuple[str, str], State] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)

    def verdicts(self, known_through: datetime | None = None) -> dict[str, Outcome]:
        """The latest word on each opening, as it was known at a moment."""
        return latest(self.outcomes, known_through)


def latest(outcomes: Iterable[Outcome], known_through: datetime | None = None) -> dict[str, Outcome]:
    """The last outcome said of each opening at or before `known_through`; of all, where None."""
    found: dict[str, Outcome] = {}
    for each in sorted(outcomes, key=lambda each: each.known_at):
        if known_through is None or each.known_at <= known_through:
            found[each.opening] = each
    return found


def replay(
    facts: Iterable[Fact],
    terms: Sequence[Terms] | TermsOf,
    *,
    through: datetime,
    ticks: Iterable[datetime] = (),
    applies: Applies | None = None,
    fields_of: FieldsOf | None = None,
) -> Replayed:
    """Run promises over a ledger as it came to be known, for one account or many.

    Parameters
    ----------
    facts : in any order; they are taken in by (known_at, id), those known after `through` left out.
    terms : the promises, the same for every account or by account.
    through : the moment up to which time goes on; everything is woken at its own time and at the end.
    ticks : further moments at which every running state is looked at, such as the nights.
    applies : whether a promise that holds for some accounts only holds for this one at a moment; asked at every tick.
    fields_of : an account's fields as known at a moment, for expressions that read ``account.tier``.
    """
    run = _Run(terms if callable(terms) else lambda _: terms, applies, fields_of)
    nights = sorted(each for each in ticks if each <= through)
    known = sorted((each for each in facts if each.known_at <= through), key=lambda each: (each.known_at, each.id))
    night = 0
    for fact in known:
        while night < len(nights) and nights[night] < fact.known_at:
            run.look(nights[night])
            night += 1
        run.wake_before(fact.known_at)
        run.take(fact)
    for moment in [*nights[night:], through]:
        run.look(moment)
    return run.replayed


class _Run:
    """One replay on its way: the states, and a heap of the moments at which they ask to be woken."""

    def __init__(self, terms_of: TermsOf, applies: Applies | None, fields_of: FieldsOf | None) -> None:
        self.replayed = Replayed()
        self._terms_of = terms_of
        self._applies = applies
        self._fields_of = fields_of
        self._terms: dict[str, dict[str, Terms]] = {}
        self._read: dict[str, datetime] = {}
        self._wakes: list[tuple[datetime, str, str]] = []

    def take(self, fact: Fact) -> None:
        if fact.kind == READ_THROUGH:
            self._hear(fact)
        if fact.account is None or fact.id <= 0:
            return
        fields = self._fields_of(fact.account, fact.known_at) if self._fields_of else None
        mends = fact.corrects is not None or fact.retracts is not None
        for rule, terms in self._of(fact.account).items():
            if mends or fact.kind in terms.listens_to:
                if terms.applies and (rule, fact.account) not in self.replayed.states:
                    self._tick(rule, fact.account, fact.known_at)
                self._advance(rule, fact.account, fact, terms, fields)

    def wake_before(self, moment: datetime) -> None:
        """Wake every state that asks for it before the moment, each at its own time."""
        while self._wakes and self._wakes[0][0] < moment:
            wake, rule, account = heapq.heappop(self._wakes)
            if next_tick(self.replayed.states[rule, account]) == wake:
                self._tick(rule, account, wake)

    def look(self, moment: datetime) -> None:
        """Wake what asks for it up to the moment, then look at every running state."""
        self.wake_before(moment)
        for account in list(self._terms):
            for rule in self._of(account):
                self._tick(rule, account, moment)

    def _of(self, account: str) -> dict[str, Terms]:
        if account not in self._terms:
            self._terms[account] = {each.key: each for each in self._terms_of(account)}
        return self._terms[account]

    def _hear(self, fact: Fact) -> None:
        source, through = str(fact.data.get("source")), fact.data.get("through")
        if through is None:
            return
        moment = datetime.fromisoformat(through) if isinstance(through, str) else through
        self._read[source] = max(moment, self._read.get(source, moment))
        for (rule, account), state in list(self.replayed.states.items()):
            if state.awaited is not None:
                self._tick(rule, account, fact.known_at)

    def _tick(self, rule: str, account: str, moment: datetime) -> None:
        terms = self._of(account)[rule]
        applies = self._applies(rule, account, moment) if self._applies else None
        self._advance(rule, account, Tick(moment, self._read, applies), terms, None)

    def _advance(
        self, rule: str, account: str, event: Fact | Tick, terms: Terms, fields: Mapping[str, Any] | None
    ) -> None:
        states = self.replayed.states
        before = states.get((rule, account)) or start(rule, account)
        after, outcomes = advance(before, event, terms, account=fields)
        if after is before:
            return
        states[rule, account] = after
        self.replayed.outcomes += outcomes
        wake = next_tick(after)
        if wake is not None and wake != next_tick(before):
            heapq.heappush(self._wakes, (wake, rule, account))


def replay_signal(
    events: Iterable[signals.Event], rule: signals.Rule, state: signals.State | None = None
) -> tuple[signals.State, tuple[signals.Transition, ...]]:
    """Run one signal of one account over its readings and what people did about it, in order of time."""
    state = state or signals.State()
    told: list[signals.Transition] = []
    for event in sorted(events, key=lambda each: each.at):
        state, transitions = signals.advance(state, event, rule)
        told += transitions
    return state, tuple(told)

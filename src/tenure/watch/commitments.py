"""The fold that keeps promises: facts and ticks in, verdicts out. Pure; `work` stores its state.

A state belongs to one commitment of the blueprint and one account. It notes the facts that matter (`marks`), lets them
go by in the order in which they happened (`Course`), and says what is new against what it has said before. So a fact
that arrives late, twice or out of order leads to the verdict that it would have led to in time, and a verdict that
changes is restated while both stay.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tenure.facts.contract import Fact
from tenure.watch.marks import SAYS, mark_of
from tenure.watch.state import Kind, Opening, Outcome, State, Tick, from_json, to_json
from tenure.watch.terms import KEEP, Compile, Terms, TermsError, terms_from, terms_from_json, whose_hours
from tenure.watch.verdicts import derived, folded, said


def start(rule: str, account: str) -> State:
    """A promise of which nothing is known yet."""
    return State(rule, account)


def next_tick(state: State) -> datetime | None:
    """When the state must be woken by a tick; None where only a fact, or a source being read, changes anything."""
    return state.wake


def advance(
    state: State, event: Fact | Tick, terms: Terms, *, account: Mapping[str, Any] | None = None
) -> tuple[State, tuple[Outcome, ...]]:
    """Take one fact or tick in; give the new state and what there is to say, in order of time.

    `terms` are those in force now; openings since their `in_force_from` are under them. `account` holds the account's
    fields, for expressions that read ``account.tier``. The very same state comes back where nothing changed. A first
    miss is said by a tick only, so a state is woken at `next_tick`; ticks may be late. Raises ValueError for a fact of
    another account or outside the ledger.
    """
    known = (event.moment if isinstance(event, Tick) else event.known_at).astimezone(UTC)
    known = max(known, state.known_at or known)
    bound = _under(state, terms, known)
    if isinstance(event, Tick):
        changed = _ticked(bound, event)
    else:
        changed = _noted(bound, event, account)
    if changed is bound and (bound is state or not state.epochs):
        return state, ()
    after, outcomes = said(replace(changed, known_at=known), None if isinstance(event, Tick) else event)
    return (folded(after) if isinstance(event, Tick) else after), outcomes


def retermed(state: State, terms: Terms, only: Iterable[str] | None = None) -> State:
    """Put what runs under `terms`: all open openings, or those with the ids of `only`.

    What was counted toward them stays counted; narrower or wider expressions hold for facts from now on. The next tick,
    which is due at once, says what has moved.
    """
    wanted = set(state.openings if only is None else only)
    running = [each for each in state.open if each.id in wanted]
    if not running:
        return state
    known = state.terms()
    marks = state.marks
    for old in {each.terms for each in running} - {terms.digest}:
        marks = tuple(mark.under(terms, known[old]) for mark in marks)
    told = {**state.told, **{each.id: terms for each in running}}
    return replace(state, marks=marks, told=told, wake=state.known_at, near=None)


@dataclass(frozen=True, slots=True)
class Move:
    """What other terms would do to an opening that runs."""

    opening: str
    subject: str
    opened_at: datetime
    due_before: datetime | None
    due_after: datetime | None
    status_after: str


def what_would_move(
    state: State, old_terms: Terms | None, new_terms: Terms, *, now: datetime | None = None
) -> tuple[Move, ...]:
    """What runs under `old_terms` (any, where None) and would be due at another time, or settled, under new ones."""
    running = [each for each in state.open if old_terms is None or each.terms == old_terms.digest]
    if not running:
        return ()
    trial = retermed(state, new_terms, [each.id for each in running])
    after = derived(replace(trial, moment=now or state.known_at)).openings
    moves = []
    for each in running:
        then = after.get(each.id)
        if then is None or (then.due_at, then.status) != (each.due_at, each.status):
            due, status = (then.due_at, then.status) if then else (None, "cancelled")
            moves.append(Move(each.id, each.subject, each.opened_at, each.due_at, due, status))
    return tuple(moves)


def _under(state: State, terms: Terms, known: datetime) -> State:
    """The state with the terms now in force; what opened before they were keeps those that it opened under.

    Terms that are told late do not reach back behind what has been weighed already.
    """
    if not state.epochs:
        return replace(state, epochs=((None, terms),))
    latest, present = state.epochs[-1]
    if present == terms:
        return state
    since = terms.in_force_from or known
    weighed = [each.at for each in state.marks] + [each.opened_at for each in state.openings.values()]
    behind = min(known, max(weighed, default=since) + timedelta(microseconds=1))
    return replace(state, epochs=(*state.epochs, (max(since, behind, latest or since), terms)))


def _ticked(state: State, tick: Tick) -> State:
    """The state with time moved on; the very same one where that changes nothing."""
    moment = tick.moment.astimezone(UTC)
    terms = state.epochs[-1][1]
    turned = (
        tick.applies is not None
        and (terms.applies or (terms.kind == "cadence" and terms.opens is None))
        and (not state.applied or (state.applied[-1][1] != tick.applies and state.applied[-1][0] <= moment))
    )
    woken = state.wake is not None and state.wake <= moment
    sources = {each.source for each in state.terms().values() if each.source}
    read = {source: through.astimezone(UTC) for source, through in tick.read_through.items() if source in sources}
    heard = state.awaited is not None and any(
        through >= state.awaited and through > state.read_through.get(source, _NEVER)
        for source, through in read.items()
    )
    if not (turned or woken or heard):
        return state
    latest = {source: max(through, state.read_through.get(source, _NEVER)) for source, through in read.items()}
    return replace(
        state,
        moment=max(moment, state.moment or moment),
        read_through={**state.read_through, **latest},
        applied=(*state.applied, (moment, tick.applies is True)) if turned else state.applied,
    )


def _noted(state: State, fact: Fact, account: Mapping[str, Any] | None) -> State:
    """The state with the fact among its marks; the very same one where it plays no part or is known already."""
    if fact.account != state.account:
        raise ValueError(f"fact {fact.id} is of account {fact.account}, not of {state.account}")
    if fact.id <= 0:
        raise ValueError(f"a promise reads the ledger only, and {fact.kind} is not in it")
    noted = {each.id for each in state.marks}
    if fact.id in noted or fact.id <= state.folded_through:
        return state
    named = {each for each in (fact.corrects, fact.retracts) if each is not None}
    if any(each <= state.folded_through and each not in noted for each in named):
        return state  # what it corrects was weighed and forgotten; a person's judgement can still restate it
    mark = mark_of(fact, state.terms().values(), account)
    if mark is None:
        return state
    mends = mark.corrects is not None or mark.retracts is not None or mark.act in SAYS
    is_new = state.near is not None and mark.at >= state.near.at and not mends
    return replace(state, marks=(*state.marks, mark), near=state.near if is_new else None)


_NEVER = datetime.min.replace(tzinfo=UTC)

__all__ = [
    "KEEP",
    "Compile",
    "Kind",
    "Move",
    "Opening",
    "Outcome",
    "State",
    "Terms",
    "TermsError",
    "Tick",
    "advance",
    "from_json",
    "next_tick",
    "retermed",
    "start",
    "terms_from",
    "terms_from_json",
    "to_json",
    "what_would_move",
    "whose_hours",
]

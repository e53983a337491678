"""From what is known of a promise to what is said of it: verdicts, what is new in them, and what can be forgotten."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from tenure.facts.contract import Fact
from tenure.watch.clock import Clock
from tenure.watch.course import VERDICTS, Course
from tenure.watch.marks import SAYS, Mark, order, standing
from tenure.watch.series import Bound
from tenure.watch.state import Kind, Near, Opening, Outcome, State

WITHDRAWN = "withdrawn"  # the cause of an opening whose opening fact was taken back, or turned out to be another
_SLACK = timedelta(days=7)  # forgetting is done by the week, not by the fact
_MANY = 24  # marks and openings; a course that has run over as many is worth keeping at hand
_RANK = {kind: at for at, kind in enumerate(Kind.__args__)}  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Derived:
    """What stands now.

    Attributes
    ----------
    openings : those that may have changed. scope : the ids of those said before that should be among them.
    wake : when time alone will change something. awaited : the earliest due that waits for a source.
    run : how many marks and openings went by.
    """

    openings: Mapping[str, Opening]
    scope: frozenset[str]
    run: int
    wake: datetime | None
    awaited: datetime | None


def derived(state: State) -> Derived:
    """Let the marks go by, from the base or from nearer, and give every opening its verdict as of now."""
    near = state.near
    marks = _timeline(state, near.at if near else None)
    bound = Bound(state.epochs, state.told)
    course = _course(state)
    scope = frozenset(state.openings)
    if near is not None:
        scope = frozenset(course.clocks) | {key for key, each in state.openings.items() if each.opened_at >= near.at}
    course.run(marks, bound, state.moment)
    judged = _judgements(marks, course)
    openings: dict[str, Opening] = {}
    wakes: list[datetime] = []
    awaited: list[datetime] = []
    for clock in course.clocks.values():
        if not clock.hits and state.known_at is not None and clock.opened_at > state.known_at:
            wakes.append(clock.opened_at)  # it is known already, and has not begun
            continue
        opening = openings[clock.id] = _opening(clock, state, judged.get(clock.id))
        if not opening.is_open or opening.due_at is None:
            continue
        misses_at = clock.terms.calendar.add(opening.due_at, clock.terms.settle)
        warned_for = state.openings[clock.id].warned_for if clock.id in state.openings else None
        if opening.warn_at is not None and warned_for != opening.due_at:
            wakes.append(opening.warn_at)
        wakes.append(misses_at)
        if state.moment is not None and misses_at <= state.moment:
            awaited.append(opening.due_at)
    wakes += [each.grid.end for each in course.series.values() if each.grid.end is not None]
    later = [each for each in wakes if state.moment is None or each > state.moment]
    run = len(marks) + len(course.clocks)
    return Derived(openings, scope, run, min(later, default=None), min(awaited, default=None))


def said(state: State, fact: Fact | None) -> tuple[State, tuple[Outcome, ...]]:
    """Derive anew and compare with what was said: the state that says it now, and the difference as outcomes."""
    now = derived(state)
    outcomes: list[Outcome] = []
    openings = dict(state.openings)
    for id_, opening in now.openings.items():
        openings[id_] = _compare(state, state.openings.get(id_), opening, outcomes)
    for id_ in now.scope:
        if id_ not in now.openings:
            before = openings[id_]
            gone = replace(before, status="cancelled", at=before.opened_at, cause=WITHDRAWN, whose=None, facts=())
            openings[id_] = _compare(state, before, gone, outcomes)
    if fact is not None:
        outcomes += _about_forgotten(state, fact, openings)
    outcomes.sort(key=lambda each: (each.happened_at, _RANK[each.kind], each.opening))
    after = replace(state, openings=openings, wake=now.wake, awaited=now.awaited)
    return (_nearer(after) if now.run >= _MANY else after), tuple(outcomes)


def folded(state: State) -> State:
    """Forget what was settled longer than `keep` ago: its marks become part of the base, its openings go.

    Nothing is forgotten that an open opening might need, nor a fact that was written down lately.
    """
    if state.moment is None:
        return state
    keep = max(each.keep for _, each in state.epochs)
    horizon = state.moment - keep
    if not _has_old(state, horizon - _SLACK):
        return state
    state = replace(state, near=None)
    limit = min([horizon, *(each.opened_at for each in state.openings.values() if each.is_open)])
    limit = min([limit, *(each.at for each in state.marks if each.recorded_at >= horizon)])
    limit, old = _old_marks(state, limit)
    timeline = [each for each in _timeline(state) if each.at < limit and (each.id in old or not each.id)]
    bound = Bound(state.epochs, state.told)
    course = _course(state).run(timeline, bound, None)
    course.roll(limit, bound, inclusive=False)
    course.plans = {key: each for key, each in course.plans.items() if max(each.owed, each.at) >= limit - keep}
    base = course.settled(limit)
    kept = {each.id for each in base.live}
    openings = {
        id_: each
        for id_, each in state.openings.items()
        if each.is_open or (id_ in kept if id_ in course.clocks else each.opened_at >= limit)
    }
    old -= {each.id for each in state.marks if each.act in SAYS and each.says("opening") in openings}
    first = max((at for at, (since, _) in enumerate(state.epochs) if since is None or since <= limit), default=0)
    return replace(
        state,
        marks=tuple(each for each in state.marks if each.id not in old),
        base=base,
        openings=openings,
        epochs=state.epochs[first:],
        told={id_: terms for id_, terms in state.told.items() if id_ in openings},
        applied=tuple(each for each in state.applied if each[0] >= limit),
        folded_through=max([state.folded_through, *old]),
    )


def _old_marks(state: State, limit: datetime) -> tuple[datetime, set[int]]:
    """The ids of marks before `limit`, which is moved back so far that none of them mends one that stays."""
    while True:
        old = {each.id for each in state.marks if each.at < limit}
        stays = {each.id for each in state.marks} - old
        mending = [
            each.at for each in state.marks if each.id in old and (each.corrects in stays or each.retracts in stays)
        ]
        if not mending:
            return limit, old
        limit = min(mending)


def _has_old(state: State, before: datetime) -> bool:
    settled = (each for each in state.openings.values() if not each.is_open)
    ended = (max(each.opened_at, each.due_at or each.opened_at, each.at or each.opened_at) for each in settled)
    return any(each < before for each in ended) or any(each.recorded_at < before for each in state.marks)


def _nearer(state: State) -> State:
    """Keep the course at hand as it stood when the oldest opening that still runs began.

    Not past the latest tick: what begins and ends after it has not been said yet.
    """
    if state.moment is None:
        return state
    limit = min([state.moment, *(each.opened_at for each in state.openings.values() if each.is_open)])
    begin = state.near.at if state.near else None
    if begin is not None and limit <= begin:
        return state
    marks = [each for each in _timeline(state, begin) if each.at < limit and (begin is None or each.at >= begin)]
    bound = Bound(state.epochs, state.told)
    course = _course(state).run(marks, bound, None)
    course.roll(limit, bound, inclusive=False)
    return replace(state, near=Near(limit, course.settled(limit)))


def _course(state: State) -> Course:
    known = state.near.course if state.near else state.base
    course = known.copy() if known is not None else Course(state.rule, state.account)
    if course.applies is None and state.applied:
        course.applies = state.applied[0][1]  # what was so when first asked is taken to have been so before
    return course


def _timeline(state: State, since: datetime | None = None) -> list[Mark]:
    """Marks that count and what ticks said, in order of time."""
    marks = standing(state.marks, since)
    told = [
        Mark(0, 0, at, at, "", True, (), "apply" if applies else "cease")
        for at, applies in state.applied
        if since is None or at >= since
    ]
    return sorted([*told, *marks], key=order) if told else marks


def _judgements(marks: list[Mark], course: Course) -> dict[str, Mark]:
    """The latest judgement per opening; explanations and judgements leave their cause with the clock."""
    judged: dict[str, Mark] = {}
    for mark in marks:
        if mark.act not in SAYS:
            continue
        opening = mark.says("opening") or ""
        clock = course.clocks.get(opening)
        if clock is None:
            continue
        if mark.act == "judge" and mark.says("verdict") in VERDICTS:
            judged[opening] = mark
        clock.cause = mark.says("cause") or clock.cause
        clock.whose = mark.says("whose") or clock.whose
    return judged


def _opening(clock: Clock, state: State, judged: Mark | None) -> Opening:
    due, status, at = clock.due, clock.status, clock.at
    if judged is not None:
        status = judged.says("verdict") or status
        at = due if status == "missed" and due is not None else judged.at
    elif status == "open" and _is_missed(clock, state):
        status, at = "missed", due
    is_unkept = status in ("missed", "cancelled")
    return Opening(
        id=clock.id,
        fact=clock.fact,
        subject=clock.subject,
        opened_at=clock.opened_at,
        due_at=due,
        warn_at=clock.warn_at if status == "open" else None,
        status=status,
        at=at,
        cause=clock.cause if is_unkept else None,
        whose=clock.whose if is_unkept else None,
        facts=tuple(fact for fact, _ in clock.hits),
        count=clock.terms.count,
        paused_at=clock.timer.paused_at if status == "open" else None,
        resumed_at=clock.resumed_at,
        terms=clock.terms.digest,
    )


def _is_missed(clock: Clock, state: State) -> bool:
    """Whether due and settling have passed, and the source, where one is named, has been read up to due.

    A first miss waits for a tick, so that facts which come in a batch are all heard. A verdict that falls needs no tick
    to be followed by a miss: that the time has passed is known from the fact that overturned it.
    """
    due, terms, now = clock.due, clock.terms, state.moment
    before = state.openings.get(clock.id)
    if before is not None and before.has_verdict and state.known_at is not None:
        now = max(now or state.known_at, state.known_at)
    if due is None or now is None or now < terms.calendar.add(due, terms.settle):
        return False
    return terms.source is None or state.read_through.get(terms.source, _NEVER) >= due


def _compare(state: State, before: Opening | None, after: Opening, outcomes: list[Outcome]) -> Opening:
    """Append what is new about one opening, and give it back with what has been said of it."""

    def say(kind: Kind, happened_at: datetime) -> None:
        outcomes.append(_outcome(state, kind, after, happened_at))

    if before is None:
        say("opened", after.opened_at)
    else:
        after = replace(after, has_verdict=before.has_verdict, warned_for=before.warned_for)
    if after.is_open:
        after = _compare_running(state, before, after, outcomes)
    elif before is None or _settled(before) != _settled(after):
        kind: Kind = "restated" if after.has_verdict else after.status  # type: ignore[assignment]
        after = replace(after, has_verdict=True)
        say(kind, after.at or after.opened_at)
    return after


def _compare_running(state: State, before: Opening | None, after: Opening, outcomes: list[Outcome]) -> Opening:
    def say(kind: Kind, happened_at: datetime) -> None:
        outcomes.append(_outcome(state, kind, after, happened_at))

    was_paused = before.paused_at if before is not None and before.is_open else None
    if before is not None and not before.is_open:
        say("restated", after.opened_at)
    elif after.paused_at is not None and was_paused is None:
        say("paused", after.paused_at)
    elif after.paused_at is None and was_paused is not None:
        say("resumed", after.resumed_at or was_paused)
    elif before is not None and before.due_at != after.due_at:
        say("restated", after.opened_at)
    if state.moment is None or after.warn_at is None or after.due_at is None or after.warned_for == after.due_at:
        return after
    if after.warn_at <= state.moment < after.due_at:
        say("warned", after.warn_at)
        return replace(after, warned_for=after.due_at)
    return after


def _settled(opening: Opening) -> tuple[object, ...]:
    return opening.status, opening.at, opening.due_at, opening.cause, opening.whose, opening.facts


def _about_forgotten(state: State, fact: Fact, openings: Mapping[str, Opening]) -> list[Outcome]:
    """A person's word on an opening that was forgotten: it is restated as they say, a miss where they only explain."""
    mark = next((each for each in state.marks if each.id == fact.id), None)
    if mark is None or mark.act not in SAYS or state.base is None:
        return []
    opening = mark.says("opening") or ""
    opener = opening.split("/")[1] if opening.startswith(f"{state.rule}/") else ""
    if not opener or opening in openings or (opener.isdecimal() and int(opener) > state.folded_through):
        return []
    verdict = mark.says("verdict") if mark.says("verdict") in VERDICTS else None
    if mark.act == "judge" and verdict is None:
        return []
    known = state.known_at or mark.at
    return [
        Outcome("restated", state.rule, state.account, opening, "", mark.at, known, None, None, verdict or "missed",
                mark.says("cause"), mark.says("whose"), (), "")
    ]  # fmt: skip


def _outcome(state: State, kind: Kind, opening: Opening, happened_at: datetime) -> Outcome:
    return Outcome(
        kind=kind,
        rule=state.rule,
        account=state.account,
        opening=opening.id,
        subject=opening.subject,
        happened_at=happened_at,
        known_at=state.known_at or happened_at,
        opened_at=opening.opened_at,
        due_at=opening.due_at,
        verdict=opening.status,
        cause=opening.cause,
        whose=opening.whose,
        facts=opening.facts,
        terms=opening.terms,
    )


_NEVER = datetime.min.replace(tzinfo=UTC)

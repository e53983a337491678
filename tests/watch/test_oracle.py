"""An oracle that walks hour by hour, and shares no code with the fold, agrees with it on every verdict.

Histories are made up of openings, answers, cancellations, pauses, moved meetings, judgements, corrections and
retractions, on whole hours. They are told on time, and again shuffled, twice, and up to a week late.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.facts.contract import Fact
from tenure.watch.commitments import Opening, Outcome, State, Terms, Tick, advance, next_tick, start
from tests.watch.story import MONDAY, OFFICE, terms

HOUR = timedelta(hours=1)
OPEN, MEET, CANCEL, CLOSED = "message.received", "message.sent", "message.settled", "account.closed"
PAUSE, RESUME, JUDGE, MOVE = "commitment.paused", "commitment.resumed", "commitment.judged", "message.rescheduled"


@dataclass(frozen=True)
class Promise:
    """A rule in the oracle's words: lengths are hours."""

    length: int
    business: bool = False
    match: str = "account"
    count: int = 1
    recurs: bool = False
    meets: str = MEET

    def terms(self, keep: timedelta) -> Terms:
        unit = "business hours" if self.business else "hours"
        length = {"every" if self.recurs else "within": f"{self.length} {unit}"}
        return terms(
            "rule",
            kind="cadence" if self.recurs else "clock",
            opens={"on": OPEN},
            met_by=[{"on": self.meets}],
            cancelled_by=[{"on": CANCEL}, {"on": CLOSED}],
            match=self.match,
            count=self.count,
            calendar=OFFICE,
            keep=keep,
            **length,
        )


@dataclass(frozen=True)
class Told:
    """A fact in the oracle's words: hours since Monday midnight."""

    id: int
    kind: str
    hour: int
    subject: str
    opening: str | None = None
    verdict: str | None = None
    to_hour: int | None = None
    whose: str | None = None
    corrects: int | None = None
    retracts: int | None = None

    def fact(self, delay: int = 0) -> Fact:
        happened = MONDAY + self.hour * HOUR
        data: dict[str, Any] = {"rule": "rule", "opening": self.opening, "verdict": self.verdict, "whose": self.whose}
        if self.to_hour is not None:
            data["starts_at"] = (MONDAY + self.to_hour * HOUR).isoformat()
        noun = self.kind.partition(".")[0]
        known = happened + delay * HOUR
        return Fact(
            self.id,
            self.kind,
            "acme",
            noun,
            self.subject,
            None,
            happened,
            known,
            known,
            data,
            self.corrects,
            self.retracts,
        )


@dataclass
class Running:
    """An opening in the oracle's walk: hours left, counted down."""

    id: str
    fact: int
    number: int
    subject: str
    opened: int
    left: int
    paused: bool = False
    due: int | None = None
    grace: int = -1
    status: str = "open"
    at: int | None = None
    hits: list[int] = field(default_factory=list)

    @property
    def end(self) -> int | None:
        return None if self.due is None else max(self.due, self.grace)


@dataclass
class Grid:
    """A cadence in the oracle's walk: hours left of the period that runs."""

    fact: int
    subject: str
    begun: int
    number: int
    left: int
    paused: bool = False


class Oracle:
    """Walks through the hours with the facts that stand in the end."""

    def __init__(self, promise: Promise, told: list[Told], end: int, keep: int = 24_000) -> None:
        self.keep = keep
        self.promise = promise
        self.clocks: list[Running] = []
        self.grids: dict[str, Grid] = {}
        self.paused = False
        self.plans: dict[str, tuple[int, int]] = {}
        standing = self.standing(told)
        for hour in range(end + 1):
            for grid in self.grids.values():
                if grid.left == 0:
                    grid.number += 1
                    grid.left, grid.paused = promise.length, self.paused
                    self.open(grid.fact, grid.number, grid.subject, hour)
            for each, root in standing:
                if each.hour == hour:
                    self.hear(each, root)
            for clock in self.clocks:
                if clock.status == "open" and clock.end is not None and clock.end <= hour:
                    clock.status, clock.at = "missed", clock.end
            if not promise.business or (hour // 24 % 7 < 5 and 9 <= hour % 24 < 17):
                self.count_down(hour)
        for each, _ in standing:
            for clock in self.clocks:
                if each.kind == JUDGE and clock.id == each.opening and each.verdict:
                    clock.status, clock.at = each.verdict, each.hour

    def standing(self, told: list[Told]) -> list[tuple[Told, int]]:
        """What stands in the end, each with the id of the first of its corrections, in the order of things."""
        by_id = {each.id: each for each in told}
        left = []
        for each in told:
            if each.retracts is None and not any(each.id in (other.corrects, other.retracts) for other in told):
                root = each
                while root.corrects is not None:
                    root = by_id[root.corrects]
                first = 0 if each.kind == OPEN and self.promise.meets != OPEN else 1 if each.kind == OPEN else 2
                left.append((each.hour, first, root.id, each))
        return [(each, root) for _, _, root, each in sorted(left, key=lambda item: item[:3])]

    def open(self, fact: int, number: int, subject: str, hour: int) -> None:
        name = f"rule/{fact}/{number}" if self.promise.recurs else f"rule/{fact}"
        clock = Running(name, fact, number, subject, hour, self.promise.length, self.paused)
        self.clocks.append(clock)
        for key, (owed, now) in self.plans.items():
            if self.promise.match != "subject" or key == subject:
                self.wait(clock, owed, now)

    def hear(self, told: Told, root: int) -> None:
        if told.kind == self.promise.meets:
            self.meet(told, root)
        if told.kind == MOVE and told.to_hour is not None:
            self.move(told)
        if told.kind in (CANCEL, CLOSED):
            self.cancel(told)
        if told.kind == OPEN:
            key = told.subject if self.promise.match == "subject" else ""
            if not self.promise.recurs:
                self.open(root, 0, told.subject, told.hour)
            elif key not in self.grids:
                self.grids[key] = Grid(root, told.subject, told.hour, 1, self.promise.length, self.paused)
                self.open(root, 1, told.subject, told.hour)
        if told.kind in (PAUSE, RESUME):
            self.toggle(told)
        if told.kind == JUDGE and told.verdict:
            for clock in self.live():
                if clock.id == told.opening and clock.opened <= told.hour:
                    clock.status, clock.at = told.verdict, told.hour
        for grid in self.grids.values():  # the pause of one period ends with it
            if not self.paused and f"rule/{grid.fact}/{grid.number}" not in [each.id for each in self.live()]:
                grid.paused = False

    def live(self) -> list[Running]:
        return [each for each in self.clocks if each.status == "open"]

    def about(self, told: Told) -> list[Running]:
        return [each for each in self.live() if self.promise.match != "subject" or each.subject == told.subject]

    def meet(self, told: Told, root: int) -> None:
        found = [each for each in self.about(told) if each.fact != root]
        if not found:
            return
        best = [each for each in found if each.subject == told.subject] or found
        chosen = min(best, key=lambda each: (each.opened, each.fact, each.number))
        everyone = self.promise.match == "all" and not self.promise.recurs
        for each in found if everyone else [chosen]:
            each.hits.append(root)
            if len(each.hits) == self.promise.count:
                each.status, each.at = "met", told.hour
        self.plans.pop(told.subject, None)

    def cancel(self, told: Told) -> None:
        found, grids = self.about(told), list(self.grids)
        if told.kind == CANCEL:
            if self.promise.match == "subject":
                grids = [key for key in grids if key == told.subject]
            found = [each for each in found if each.subject == told.subject] or found
            own = [key for key in grids if self.grids[key].subject == told.subject]
            grids = own or grids
        else:
            found = self.live()
        for grid in [self.grids.pop(key) for key in grids]:
            periods = [each for each in self.live() if each.number and each.fact == grid.fact]
            for each in periods:
                if each.opened == told.hour > grid.begun:
                    self.clocks.remove(each)  # it would have begun just now
                else:
                    each.status, each.at = "cancelled", told.hour
        for each in found:
            each.status, each.at = "cancelled", told.hour

    def toggle(self, told: Told) -> None:
        pauses = told.kind == PAUSE
        if told.opening is None:
            self.paused = pauses
        for each in self.live():
            if told.opening in (None, each.id) and each.left:
                each.paused = pauses
        for grid in self.grids.values():
            if told.opening in (None, f"rule/{grid.fact}/{grid.number}"):
                grid.paused = pauses

    def move(self, told: Told) -> None:
        assert told.to_hour is not None
        owed, at = self.plans.get(told.subject, (told.hour, told.hour))
        owed = told.hour if max(owed, at) < told.hour - self.keep else owed
        owed = told.to_hour if told.whose == "us" else owed
        self.plans[told.subject] = (owed, told.to_hour)
        for each in sorted(self.about(told), key=lambda each: (each.opened, each.fact, each.number)):
            if self.wait(each, owed, told.to_hour):
                break

    def wait(self, clock: Running, owed: int, now: int) -> bool:
        """Without pauses and in elapsed hours, due is known from the opening on."""
        due = clock.opened + self.promise.length
        end = max(due, clock.grace)
        if not clock.opened <= owed <= end or now <= end:
            return False
        clock.grace = max(clock.grace, min((now // 24 + 1) * 24, due + self.promise.length))
        return True

    def count_down(self, hour: int) -> None:
        for clock in self.clocks:
            if not clock.paused and clock.left:
                clock.left -= 1
                if not clock.left:
                    clock.due = hour + 1
        for grid in self.grids.values():
            if not grid.paused:
                grid.left -= 1

    def verdicts(self) -> dict[str, tuple[str, int | None, tuple[int, ...]]]:
        return {each.id: (each.status, each.at, tuple(each.hits)) for each in self.clocks}


PROMISES = st.builds(
    Promise,
    length=st.one_of(st.integers(1, 60), st.sampled_from([12, 24, 36, 48])),
    business=st.booleans(),
    match=st.sampled_from(["account", "account", "subject", "all"]),
    count=st.sampled_from([1, 1, 1, 2, 3]),
    recurs=st.booleans(),
    meets=st.sampled_from([MEET, MEET, MEET, OPEN]),
)
LAST = 300  # hours in which things happen
END = 600
HOURS = st.one_of(st.integers(0, LAST), st.integers(0, LAST // 12).map(lambda each: each * 12))  # many at one moment


@st.composite
def histories(draw: st.DrawFn) -> tuple[Promise, list[Told]]:
    promise = draw(PROMISES)
    moves = draw(st.booleans())
    if promise.recurs:
        promise = replace(promise, length=promise.length + 24)
    if moves:
        promise = replace(promise, business=False)
    kinds = [OPEN, OPEN, OPEN, MEET, MEET, MEET, CANCEL, *([MOVE, MOVE] if moves else [PAUSE, RESUME, PAUSE, RESUME])]
    subjects = st.sampled_from(["one", "two", "three"])
    told: list[Told] = []
    for id_ in range(1, draw(st.integers(1, 30)) + 1):
        kind = draw(st.sampled_from([*kinds, JUDGE] if id_ % 4 else [*kinds, "mend", "mend", CLOSED]))
        hour = draw(HOURS)
        if kind == "mend":
            told += [mend(draw, id_, told, hour)] if told else []
            continue
        opening = f"rule/{draw(st.integers(1, 6))}" + (f"/{draw(st.integers(1, 4))}" if promise.recurs else "")
        each = Told(id_, kind, hour, "acme" if kind == CLOSED else draw(subjects))
        if kind in (PAUSE, RESUME) and draw(st.integers(0, 2)) == 0:
            each = replace(each, opening=opening)
        elif kind == JUDGE:
            each = replace(each, opening=opening, verdict=draw(st.sampled_from(["met", "cancelled", "nonsense"])))
            each = replace(each, verdict=None) if each.verdict == "nonsense" else each
        elif kind == MOVE:
            each = replace(
                each, to_hour=hour + draw(st.integers(1, 120)), whose=draw(st.sampled_from(["us", "client"]))
            )
        told.append(each)
    return promise, told


def mend(draw: st.DrawFn, id_: int, told: list[Told], hour: int) -> Told:
    """A correction of an earlier fact, or its retraction."""
    target = draw(st.sampled_from(told))
    if draw(st.booleans()):
        return replace(target, id=id_, corrects=None, retracts=target.id)
    kind = draw(st.sampled_from([target.kind, OPEN, MEET])) if target.kind in (OPEN, MEET) else target.kind
    return replace(target, id=id_, kind=kind, hour=hour, corrects=target.id, retracts=None)


def run(terms: Terms, events: list[tuple[int, Fact]]) -> tuple[State, dict[str, Outcome]]:
    """Tell facts at the hours at which they become known, waking the state when it asks for it; then let time pass."""
    state = start("rule", "acme")
    last: dict[str, Outcome] = {}

    def take(event: Fact | Tick) -> None:
        nonlocal state
        state, outcomes = advance(state, event, terms)
        last.update({each.opening: each for each in outcomes})

    def wake(until: datetime) -> None:
        while (moment := next_tick(state)) is not None and moment <= until:
            take(Tick(max(moment, state.known_at or moment)))

    for hour, fact in events:
        wake(MONDAY + hour * HOUR)
        take(fact)
    wake(MONDAY + END * HOUR)
    take(Tick(MONDAY + END * HOUR))
    return state, last


def tell(promise: Promise, events: list[tuple[int, Fact]]) -> State:
    state, last = run(promise.terms(timedelta(days=1000)), events)
    said = {id_: (each.verdict, each.cause, each.whose) for id_, each in last.items()}
    assert said == {id_: (each.status, *blame(each)) for id_, each in state.openings.items()}
    return state


def blame(opening: Opening) -> tuple[str | None, str | None]:
    return opening.cause, opening.whose


def said(promise: Promise, events: list[tuple[int, Fact]], keep: timedelta) -> dict[str, str]:
    """The last word on each opening, those aside that turned out never to have been."""
    _, last = run(promise.terms(keep), events)
    return {id_: each.verdict for id_, each in last.items() if each.cause != "withdrawn"}


def found(state: State) -> dict[str, tuple[str, int | None, tuple[int, ...]]]:
    return {
        each.id: (each.status, None if each.at is None else (each.at - MONDAY) // HOUR, each.facts)
        for each in state.openings.values()
        if each.cause != "withdrawn"
    }


@pytest.mark.requirement("P-13")
@settings(max_examples=300, deadline=None)
@given(histories())
def test_the_oracle_agrees_when_all_is_told_on_time(history: tuple[Promise, list[Told]]) -> None:
    promise, told = history
    events = sorted(((each.hour, each.fact()) for each in told), key=lambda event: (event[0], event[1].id))
    assert found(tell(promise, events)) == Oracle(promise, told, END).verdicts()


@pytest.mark.requirement("P-13")
@settings(max_examples=300, deadline=None)
@given(histories(), st.data())
def test_the_oracle_agrees_when_all_is_told_late_twice_and_shuffled(
    history: tuple[Promise, list[Told]], data: st.DataObject
) -> None:
    promise, told = history
    late = [(each, data.draw(st.integers(0, 7 * 24))) for each in [*told, *told]]
    order = data.draw(st.permutations(range(len(late))))
    events = [(each.hour + delay, each.fact(delay)) for each, delay in (late[at] for at in order)]
    expected = Oracle(promise, told, END).verdicts()
    assert found(tell(promise, sorted(events, key=lambda event: event[0]))) == expected
    assert found(tell(promise, [(LAST + 170, fact) for _, fact in events])) == expected


@settings(max_examples=200, deadline=None)
@given(histories(), st.data())
def test_the_oracle_agrees_when_what_is_older_than_the_latest_fact_is_forgotten(
    history: tuple[Promise, list[Told]], data: st.DataObject
) -> None:
    promise, told = history
    told = [each for each in told if each.corrects is None and each.retracts is None and each.kind != JUDGE]
    # Ids in the order in which things become known, as in a ledger.
    late = [(each.hour + data.draw(st.integers(0, 7 * 24)), each) for each in told]
    known = [(hour, replace(each, id=at + 1)) for at, (hour, each) in enumerate(sorted(late, key=lambda item: item[0]))]
    events = [(hour, each.fact(hour - each.hour)) for hour, each in known]
    oracle = Oracle(promise, [each for _, each in known], END, keep=8 * 24)
    assert said(promise, events, keep=timedelta(days=8)) == {
        id_: status for id_, (status, *_) in oracle.verdicts().items()
    }


def test_the_made_up_histories_hold_what_matters() -> None:
    """They do hold misses, pauses, corrections and the rest, so that agreeing means something."""
    seen: Counter[str] = Counter()

    @settings(max_examples=600, deadline=None, derandomize=True)
    @given(histories())
    def count(history: tuple[Promise, list[Told]]) -> None:
        promise, told = history
        oracle = Oracle(promise, told, END)
        seen.update(status for status, *_ in oracle.verdicts().values())
        seen.update(each.kind for each in told)
        seen["corrected"] += sum(each.corrects is not None for each in told)
        seen["retracted"] += sum(each.retracts is not None for each in told)
        seen["graced"] += sum(each.grace > (each.due or 0) for each in oracle.clocks)

    count()
    rare = {
        name: seen[name] for name in ("met", "missed", "cancelled", PAUSE, JUDGE, "corrected", "retracted", "graced")
    }
    assert min(rare.values()) >= 20, rare

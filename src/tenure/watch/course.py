"""The course of one promise on one account: its openings, as the facts that matter to it go by in order of time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeVar

from tenure.facts.contract import Json
from tenure.watch.clock import Clock, Timer, clock_from_json
from tenure.watch.marks import CANCELS, DROPS, EXCUSES, MEETS, MOVES, OPENS, PLANS, Mark
from tenure.watch.series import Bound, Plan, Series, plan_from_json, series_from_json
from tenure.watch.terms import Terms

VERDICTS = ("met", "missed", "cancelled")


@dataclass(slots=True)
class Course:
    """What a promise has come to at a moment: the openings that are live, the cadences that run, what stands still.

    It is run over marks in order of time. `clocks` holds every opening met on the way, by id.
    """

    rule: str
    account: str
    live: list[Clock] = field(default_factory=list)
    series: dict[str, Series] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)
    waiting: dict[str, tuple[int, str, str | None, int]] = field(default_factory=dict)  # opened while it did not apply
    is_paused: bool = False
    is_closed: bool = False  # the account is
    applies: bool | None = None
    clocks: dict[str, Clock] = field(default_factory=dict, compare=False)

    def copy(self) -> "Course":
        live = [each.copy() for each in self.live]
        return replace(
            self,
            live=live,
            series={key: replace(each, grid=replace(each.grid)) for key, each in self.series.items()},
            plans={key: replace(each) for key, each in self.plans.items()},
            waiting=dict(self.waiting),
            clocks={each.id: each for each in live},
        )

    def run(self, marks: Iterable[Mark], bound: Bound, until: datetime | None) -> "Course":
        """Let the marks go by, then time up to `until`."""
        for mark in marks:
            self.take(mark, bound)
        if until is not None:
            self.roll(until, bound, inclusive=True)
        return self

    def take(self, mark: Mark, bound: Bound) -> None:
        """Let one mark go by. It meets what is open before it opens anything, and never meets its own opening."""
        letters = mark.letters
        self.roll(mark.at, bound, inclusive=True)
        self.live = [each for each in self.live if each.status == "open" and (each.due is None or each.due >= mark.at)]
        match mark.act:
            case "pause" | "resume":
                self._toggle(mark)
            case "judge":
                self._judge(mark)
            case "apply" | "cease":
                self._apply(mark, bound)
            case "begin" | "end":
                self._live_on(mark, bound)
        met = self._meet(mark) if MEETS in letters else []
        if PLANS in letters or DROPS in letters:
            self._plan(mark, letters, bound)
        if EXCUSES in letters:
            self._excuse(mark)
        if CANCELS in letters:
            self._cancel(mark, met)
        self._run_on(mark.at)
        if OPENS in letters:
            self._open(mark, bound)

    def roll(self, until: datetime, bound: Bound, *, inclusive: bool) -> None:
        """Begin every period that starts before `until`, or at it where `inclusive`."""
        for key, series in list(self.series.items()):
            while (start := series.grid.end) is not None and (start < until or (inclusive and start == until)):
                terms = bound.at(start)
                if terms.kind != "cadence":
                    del self.series[key]
                    break
                series.number += 1
                series.steps += 1
                self._period(series, start, bound)

    # Openings.

    def _open(self, mark: Mark, bound: Bound) -> None:
        terms = bound.at(mark.at)
        part = mark.part(terms)
        if part is None or OPENS not in part.letters:
            return
        if terms.kind == "cadence":
            self._begin(_key(terms, mark.subject, part.value), mark.root, mark.subject, part.value, mark.at, bound)
        elif not (terms.since and mark.at < terms.since) and not (terms.applies and self.applies is not True):
            name = f"{self.rule}/{mark.root}"
            self._add(Clock(name, mark.root, mark.at, terms, mark.subject, part.value, _NOT_YET), bound)

    def _add(self, clock: Clock, bound: Bound, end: datetime | None = None) -> None:
        clock.terms = terms = bound.of(clock.id, clock.opened_at)
        if self.is_paused:
            clock.timer = Timer.held(clock.opened_at)
        else:
            clock.timer = Timer.run(clock.opened_at, terms.length, terms.calendar, end)
        self.live.append(clock)
        self.clocks[clock.id] = clock
        for subject, plan in self.plans.items():
            if _is_about(subject, plan.value, clock):
                self._move(clock, plan)

    def _begin(
        self, key: str, fact: int, subject: str, value: str | None, at: datetime, bound: Bound, number: int = 1
    ) -> None:
        """Begin a cadence, unless it runs already; one that does not apply begins when it does."""
        terms = bound.at(at)
        if key in self.series or terms.kind != "cadence":
            return
        if (terms.applies and self.applies is not True) or (terms.opens is None and self.applies is False):
            self.waiting.setdefault(key, (fact, subject, value, number))
            return
        start = max(at, terms.since) if terms.since else at
        name = f"{self.rule}/{fact}" if fact else f"{self.rule}/{self.account}.{start.astimezone(UTC):%Y%m%dT%H%M%S}"
        series = Series(fact, name, subject, value, terms, start, start, _NOT_YET, number=number)
        self.series[key] = series
        self._period(series, start, bound)

    def _period(self, series: Series, start: datetime, bound: Bound) -> None:
        opening = series.running
        terms = bound.of(opening, start)
        if terms != series.terms or terms.every is None:
            series.terms, series.anchor, series.steps = terms, start, 1
        if self.is_paused:
            series.grid = Timer.held(start)
            series.anchor, series.steps = start, 1
        else:
            series.grid = series.period(start)
        clock = Clock(opening, series.fact, start, terms, series.subject, series.value, _NOT_YET, series.number)
        self._add(clock, bound, None if terms.within else series.grid.end)

    # What facts do.

    def _meet(self, mark: Mark) -> list[Clock]:
        found = self._candidates(mark, MEETS)
        if not found:
            return []
        first = min(found, key=lambda each: (each.subject != mark.subject, *_age(each)))
        chosen = found if first.terms.match == "all" and not first.number else [first]
        for each in chosen:
            each.hit(mark.root, mark.at)
        self.plans.pop(mark.subject, None)
        return chosen

    def _cancel(self, mark: Mark, met: Sequence[Clock]) -> None:
        cause = mark.says("cause")
        live = [each for each in self.live if each.is_live(mark.at) and each not in met]
        for each in _called_off(mark, live):
            each.close("cancelled", mark.at, cause)
        series = list(self.series.values())
        ended = _called_off(mark, series)
        for key in [key for key, each in self.series.items() if each in ended]:
            self._end(key, mark.at)

    def _excuse(self, mark: Mark) -> None:
        for each in sorted(self._candidates(mark, EXCUSES), key=_age)[:1]:
            each.cause, each.whose = mark.says("cause"), mark.says("whose")

    def _plan(self, mark: Mark, letters: str, bound: Bound) -> None:
        """Note when a meeting is to be held. One that is moved stays owed for the time for which it was planned.

        A plan whose time is longer past than settled openings are kept is no plan any more.
        """
        starts_at = mark.says("starts_at")
        if DROPS in letters:
            self.plans.pop(mark.subject, None)
        if PLANS not in letters or starts_at is None:
            return
        at = _aware(starts_at, mark.at)
        if at is None:
            return
        before = self.plans.get(mark.subject)
        if before is not None and max(before.owed, before.at) < mark.at - bound.at(mark.at).keep:
            before = None
        is_grace = MOVES in letters and mark.says("whose") != "us"
        owed = (before.owed if before else mark.at) if is_grace else at
        value = next((part.value for part in mark.parts if PLANS in part.letters), None)
        plan = self.plans[mark.subject] = Plan(owed, at, value, mark.says("cause"), mark.says("whose"))
        for each in sorted(self._candidates(mark, MOVES), key=_age):
            if self._move(each, plan):
                break

    def _move(self, clock: Clock, plan: Plan) -> bool:
        """Give an opening until the end of the day to which the meeting that it was owed has been moved."""
        due = clock.due
        if due is None or not clock.opened_at <= plan.owed <= due or plan.at <= due:
            return False
        clock.extend(clock.terms.calendar.day_end(plan.at))
        if clock.cause is None:
            clock.cause, clock.whose = plan.cause, plan.whose
        return True

    def _candidates(self, mark: Mark, letter: str) -> list[Clock]:
        return [
            each for each in self.live if each.is_live(mark.at) and _plays(mark, letter, each) and _agrees(mark, each)
        ]

    # What people and the account's life do.

    def _toggle(self, mark: Mark) -> None:
        opening = mark.says("opening")
        if opening is None:
            self.is_paused = mark.act == "pause"
        for each in self.live:
            if opening in (None, each.id):
                each.pause(mark.at) if mark.act == "pause" else each.resume(mark.at)
        for series in self.series.values():
            if opening in (None, series.running):
                if mark.act == "resume":
                    series.resume(mark.at)
                elif opening is None or self._is_open(opening):
                    series.pause(mark.at)

    def _run_on(self, at: datetime) -> None:
        """End a pause with the period that alone was paused: nobody can resume what has ended."""
        for series in self.series.values():
            if not self.is_paused and series.grid.paused_at is not None and not self._is_open(series.running):
                series.resume(at)

    def _is_open(self, opening: str) -> bool:
        return any(each.id == opening and each.status == "open" for each in self.live)

    def _judge(self, mark: Mark) -> None:
        clock = self.clocks.get(mark.says("opening") or "")
        verdict = mark.says("verdict")
        if clock and verdict in VERDICTS and clock.is_live(mark.at):
            clock.close(verdict, mark.at, mark.says("cause"))

    def _apply(self, mark: Mark, bound: Bound) -> None:
        self.applies = mark.act == "apply"
        if not self.applies:
            for key, series in list(self.series.items()):
                if series.terms.applies or series.terms.opens is None:
                    if series.fact:
                        self.waiting[key] = (series.fact, series.subject, series.value, series.number + 1)
                    self._end(key, mark.at, "no longer applies")
            return
        waiting, self.waiting = self.waiting, {}
        for key, (fact, subject, value, number) in waiting.items():
            self._begin(key, fact, subject, value, mark.at, bound, number)
        terms = bound.at(mark.at)
        if terms.kind == "cadence" and terms.opens is None and not self.is_closed:
            self._begin("", 0, self.account, None, mark.at, bound)

    def _live_on(self, mark: Mark, bound: Bound) -> None:
        self.is_closed = mark.act == "end"
        if self.is_closed:
            self.waiting.clear()
            for key in list(self.series):
                self._end(key, mark.at, mark.says("cause") or "account closed")
        elif bound.at(mark.at).opens is None:
            self._begin("", mark.root, mark.subject, None, mark.at, bound)

    def _end(self, key: str, at: datetime, cause: str | None = None) -> None:
        """End a cadence: periods that are live are called off, and one that begins later, or just now, never was."""
        series = self.series.pop(key)
        for clock in [each for each in self.live if each.number and each.id.startswith(f"{series.name}/")]:
            if clock.opened_at > at or (clock.opened_at == at and at > series.begun_at):
                self.live.remove(clock)
                del self.clocks[clock.id]
            elif clock.is_live(at):
                clock.close("cancelled", at, cause)

    # Kept between runs.

    def settled(self, limit: datetime) -> "Course":
        """The course without the openings that nothing at or after `limit` can meet."""
        live = [each for each in self.live if each.status == "open" and (each.due is None or each.due >= limit)]
        return replace(self, live=live, clocks={})

    def to_json(self) -> dict[str, Json]:
        return {
            "live": [each.to_json() for each in self.live],
            "series": {key: each.to_json() for key, each in self.series.items()},
            "plans": {key: each.to_json() for key, each in self.plans.items()},
            "waiting": {key: list(each) for key, each in self.waiting.items()},
            "is_paused": self.is_paused,
            "is_closed": self.is_closed,
            "applies": self.applies,
        }


def course_from_json(rule: str, account: str, data: Mapping[str, Json], terms: Mapping[str, Terms]) -> Course:
    """Read what `Course.to_json` wrote."""
    return Course(
        rule,
        account,
        live=[clock_from_json(each, terms) for each in data["live"]],
        series={key: series_from_json(each, terms) for key, each in data["series"].items()},
        plans={key: plan_from_json(each) for key, each in data["plans"].items()},
        waiting={key: (each[0], each[1], each[2], each[3]) for key, each in data["waiting"].items()},
        is_paused=data["is_paused"],
        is_closed=data["is_closed"],
        applies=data["applies"],
    )


_NOT_YET = Timer(None)
_Held = TypeVar("_Held", Clock, Series)


def _key(terms: Terms, subject: str, value: str | None) -> str:
    """What a cadence runs once per: the account, the subject, or the value of the field."""
    if terms.match in ("account", "all"):
        return ""
    return subject if terms.match == "subject" or value is None else value


def _plays(mark: Mark, letter: str, held: Clock | Series) -> bool:
    part = mark.part(held.terms)
    return part is not None and letter in part.letters


def _agrees(mark: Mark, held: Clock | Series) -> bool:
    part = mark.part(held.terms)
    return _is_about(mark.subject, part.value if part else None, held)


def _is_about(subject: str, value: str | None, held: Clock | Series) -> bool:
    """Whether a fact is about the same thing: by the account, the subject, or the field that the terms name.

    A field may also name the opening's subject, as `answers` names the message that is answered; a fact without the
    field is taken by its own subject.
    """
    if held.terms.match in ("account", "all"):
        return True
    if held.terms.match == "subject":
        return subject == held.subject
    return (value or subject) in (held.value, held.subject)


def _called_off(mark: Mark, held: Sequence[_Held]) -> list[_Held]:
    """What a cancelling fact ends: everything where it is about the account itself, else what it agrees with, and of
    that only what has its own subject where there is such.
    """
    played = [each for each in held if _plays(mark, CANCELS, each)]
    if mark.about_account:
        return played
    agreed = [each for each in played if _agrees(mark, each)]
    return [each for each in agreed if each.subject == mark.subject] or agreed


def _age(clock: Clock) -> tuple[datetime, int, int]:
    return clock.opened_at, clock.fact, clock.number


def _aware(text: str, like: datetime) -> datetime | None:
    """A moment that a fact carries; None where it is none, which plans nothing."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=like.tzinfo)

"""KPIs: one figure over the verdicts of a promise or over the accounts of a book, and the rows that recompute it.

A figure is made of its rows and of nothing else: `value_of(kpi, rows)` gives it again. What is still open is counted as
what it is: past its time it is no success, and in a mean time it counts as unfinished for as long as it has run. What
is unknown is counted and never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Literal, cast

from tenure.base.calendar import always
from tenure.base.duration import parse
from tenure.blueprint.model import Kpi
from tenure.facts.days import company_day, day_ends, day_starts

State = Literal[
    "kept", "late", "missed", "overdue", "waiting", "paused", "cancelled", "true", "false", "known", "unknown"
]
COUNTED: frozenset[State] = frozenset({"kept", "late", "missed", "overdue", "true", "false", "known"})
OPEN: frozenset[State] = frozenset({"missed", "overdue"})  # nobody has done yet what was promised
DAY = timedelta(days=1)
HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of company days, first and last included, and the moments at which it begins and is over."""

    first: date
    last: date
    begins: datetime
    ends: datetime

    @classmethod
    def of(cls, first: date, last: date, zone: str) -> Period:
        return cls(first, last, day_starts(first, zone), day_ends(last, zone))


def trailing(day: date, over: str, zone: str) -> Period:
    """The days up to `day`, that day included, over which a KPI takes its verdicts, such as ``90 days``."""
    ends = day_ends(day, zone)
    begins = always(zone).subtract(ends, parse(over))
    return Period(company_day(begins, zone), day, begins, ends)


def month(day: date, zone: str) -> Period:
    """The calendar month in which `day` lies."""
    return _months(day, date(day.year, day.month, 1), 1, zone)


def quarter(day: date, zone: str, starts: int = 1) -> Period:
    """The quarter in which `day` lies, of a fiscal year that begins with the month `starts`."""
    back = (day.month - starts) % 3
    return _months(day, _shifted(date(day.year, day.month, 1), -back), 3, zone)


def _months(day: date, first: date, many: int, zone: str) -> Period:
    return Period.of(first, _shifted(first, many) - DAY, zone)


def _shifted(first: date, months: int) -> date:
    years, at = divmod(first.month - 1 + months, 12)
    return date(first.year + years, at + 1, 1)


@dataclass(frozen=True, slots=True)
class Case:
    """One time that a promise was made, as it was told by some moment.

    Attributes
    ----------
    id : the opening. person : whose credit it is: whoever acted when it was judged, else whose it is.
    due_at : None while it is paused before it had begun.
    status : running, paused, met, missed or cancelled.
    done_at : when what was promised was done, in time or late; None while it is not.
    """

    id: str
    rule: str
    account: str
    person: str | None
    opened_at: datetime
    due_at: datetime | None
    status: str
    done_at: datetime | None = None
    cause: str = ""
    whose: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a KPI's measure gave for one account on a day: a figure, true or false, or None for unknown."""

    account: str
    person: str | None
    value: Decimal | bool | None


@dataclass(frozen=True, slots=True)
class Row:
    """One line behind a figure. `figure` is what it puts in: days, a measure's value, 1 or 0; None where nothing."""

    account: str
    person: str | None
    state: State
    figure: Decimal | None = None
    opening: str = ""
    opened_at: datetime | None = None
    due_at: datetime | None = None
    done_at: datetime | None = None
    cause: str = ""
    whose: str = ""

    @property
    def counts(self) -> bool:
        return self.state in COUNTED


@dataclass(frozen=True, slots=True)
class Result:
    """A KPI's figure over a period and a scope, with the rows that it is made of.

    Attributes
    ----------
    value : rounded to two decimals before it is held against the target; None where it cannot be said.
    at_least : the true figure is this or more, because the longest of its times is still running.
    count : rows that the value is made of. unknown : accounts of which it cannot be said.
    finished, finished_mean : of a time, how many came to their end, and the mean of those alone.
    open, oldest_open : of a time, how many still run past their due time, and for how many days the oldest has.
    waiting, paused, cancelled : openings that count neither way.
    """

    key: str
    value: Decimal | None
    at_least: bool
    target: Decimal | None
    better: Literal["up", "down"]
    unit: str
    rows: tuple[Row, ...]

    def number(self, *states: State) -> int:
        return sum(row.state in states for row in self.rows)

    @property
    def count(self) -> int:
        return sum(row.counts for row in self.rows)

    @property
    def unknown(self) -> int:
        return self.number("unknown")

    @property
    def open(self) -> int:
        return self.number(*OPEN)

    @property
    def oldest_open(self) -> Decimal | None:
        return max((row.figure for row in self.rows if row.state in OPEN and row.figure is not None), default=None)

    @property
    def finished(self) -> int:
        return self.number("kept", "late")

    @property
    def finished_mean(self) -> Decimal | None:
        times = [row.figure for row in self.rows if row.state in ("kept", "late") and row.figure is not None]
        return rounded(sum(times, Decimal(0)) / len(times)) if times else None

    @property
    def is_met(self) -> bool | None:
        """Whether the target is reached; None without either, or where the truth may lie beyond it."""
        return met(self.value, self.target, self.better, at_least=self.at_least)


def met(value: Decimal | None, target: Decimal | None, better: str, *, at_least: bool = False) -> bool | None:
    """Whether a value reaches its target. A lower bound reaches what lies below it, and fails what must not be more."""
    if value is None or target is None:
        return None
    reached = value >= target if better == "up" else value <= target
    return None if at_least and reached != (better == "up") else reached


def rounded(value: Decimal) -> Decimal:
    return value.quantize(HUNDREDTH, ROUND_HALF_UP)


def of_verdicts(key: str, kpi: Kpi, cases: Iterable[Case], period: Period, moment: datetime) -> Result:
    """A KPI over the promises that fell due within a period, as of a moment.

    A promise belongs to the period in which it is due, whatever became of it, so that the quick ones are not counted
    before the slow ones. Those that run and are not due, are paused or were called off are listed and do not count.
    """
    rows = []
    for case in cases:
        state = _state(case, moment)
        if _belongs(case, state, period):
            rows.append(_row(kpi, case, state, moment))
    rows.sort(key=lambda row: (row.due_at or period.ends, row.opening))
    return _result(key, kpi, rows)


def _belongs(case: Case, state: State, period: Period) -> bool:
    if case.opened_at >= period.ends:
        return False
    if state in ("waiting", "paused"):
        return True
    return case.due_at is not None and period.begins <= case.due_at < period.ends


def _state(case: Case, moment: datetime) -> State:
    match case.status:
        case "met":
            return "kept" if case.due_at is not None and case.due_at < moment else "waiting"
        case "missed":
            return "late" if case.done_at is not None else "missed"
        case "cancelled" | "paused":
            return cast(State, case.status)
        case _:
            return "overdue" if case.due_at is not None and case.due_at < moment else "waiting"


def _row(kpi: Kpi, case: Case, state: State, moment: datetime) -> Row:
    figure = None
    if state in COUNTED:
        is_share = kpi.of == "share"
        figure = Decimal(state == "kept") if is_share else days_between(case.opened_at, case.done_at or moment)
    return Row(
        case.account, case.person, state, figure, case.id, case.opened_at, case.due_at, case.done_at, case.cause,
        case.whose,
    )  # fmt: skip


def days_between(start: datetime, end: datetime) -> Decimal:
    """The days from one moment to another, to a ten-thousandth: what the rows of a mean time are counted in."""
    seconds = Decimal((end - start).total_seconds())
    return (seconds / 86400).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def of_accounts(key: str, kpi: Kpi, readings: Iterable[Reading]) -> Result:
    """A KPI over the accounts of a book on one day: those for which its `where` holds, or may hold."""
    rows = [Row(each.account, each.person, _known(each.value), _figure(each.value)) for each in readings]
    return _result(key, kpi, sorted(rows, key=lambda row: row.account))


def _known(value: Decimal | bool | None) -> State:
    if value is None:
        return "unknown"
    return "known" if not isinstance(value, bool) else "true" if value else "false"


def _figure(value: Decimal | bool | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _result(key: str, kpi: Kpi, rows: Sequence[Row]) -> Result:
    value, at_least = value_of(kpi, rows)
    return Result(key, value, at_least, kpi.target, kpi.better, kpi.unit, tuple(rows))


def value_of(kpi: Kpi, rows: Sequence[Row]) -> tuple[Decimal | None, bool]:
    """The figure that rows make, and whether it is only a lower bound; None where no row counts.

    A share is the per cent of ones, a sum adds, mean and median are those of the figures. Of the times of a promise
    they are the product-limit estimates of Kaplan and Meier (1958), in which what still runs is unfinished rather than
    absent; where everything has finished they are the ordinary mean and median.
    """
    counted = [row for row in rows if row.counts and row.figure is not None]
    if not counted:
        nothing = kpi.of == "sum" and not any(row.state == "unknown" for row in rows)
        return (Decimal(0) if nothing else None), False
    figures = sorted(cast(Decimal, row.figure) for row in counted)
    if kpi.of == "sum":
        return rounded(sum(figures, Decimal(0))), False
    if kpi.of == "share":
        return rounded(100 * sum(figures, Decimal(0)) / len(figures)), False
    if kpi.commitment is not None:
        times = [(cast(Decimal, row.figure), row.state not in OPEN) for row in counted]
        return lasting_mean(times) if kpi.of == "mean" else (lasting_median(times), False)
    if kpi.of == "mean":
        return rounded(sum(figures, Decimal(0)) / len(figures)), False
    half = len(figures) // 2
    middle = figures[half] if len(figures) % 2 else (figures[half - 1] + figures[half]) / 2
    return rounded(middle), False


Times = Sequence[tuple[Decimal, bool]]  # how long something has run, and whether it came to its end then


def lasting(times: Times) -> list[tuple[Decimal, Fraction]]:
    """The share that still runs after each time at which something ended: the product-limit estimate.

    Where something ended and something else was last seen at the same time, the one last seen outlasted the end.
    """
    left, share = len(times), Fraction(1)
    curve = []
    for time in sorted({time for time, _ in times}):
        ended = sum(each == time and finished for each, finished in times)
        if ended:
            share *= Fraction(left - ended, left)
            curve.append((time, share))
        left -= sum(each == time for each, _ in times)
    return curve


def lasting_mean(times: Times) -> tuple[Decimal, bool]:
    """The mean time: the area under the product-limit curve up to the longest time seen.

    The second value is true where the longest one still runs: then the curve goes on, and the mean is at least this.
    """
    longest = max(time for time, _ in times)
    area, before, share = Fraction(0), Fraction(0), Fraction(1)
    for time, after in lasting(times):
        area += share * (Fraction(time) - before)
        before, share = Fraction(time), after
    area += share * (Fraction(longest) - before)
    runs = any(not finished for time, finished in times if time == longest)
    return rounded(Decimal(area.numerator) / Decimal(area.denominator)), runs


def lasting_median(times: Times) -> Decimal | None:
    """The time after which half have ended; None while more than half still run.

    Where exactly half have ended it lies midway to the next end, as the median of an even number does.
    """
    curve = lasting(times)
    for index, (time, share) in enumerate(curve):
        if share == Fraction(1, 2) and index + 1 < len(curve):
            return rounded((time + curve[index + 1][0]) / 2)
        if share <= Fraction(1, 2):
            return rounded(time)
    return None


def reached(value: Decimal | None, target: Decimal | None, better: str, *, at_least: bool = False) -> Decimal | None:
    """The share of a target that a value reaches, 0 to 1: value over target, or target over value where less is better.

    A target of nothing is reached by nothing and by nothing else.
    """
    if value is None or target is None or met(value, target, better, at_least=at_least) is None:
        return None
    if met(value, target, better):
        return Decimal(1)
    share = value / target if better == "up" else target / value
    return min(max(share, Decimal(0)), Decimal(1)).quantize(Decimal("0.0001"), ROUND_HALF_UP)

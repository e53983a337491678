"""KPIs: what each kind comes to, worked out by hand, and that its rows make it again."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.blueprint.model import Kpi
from tenure.measures.kpis import (
    Case,
    Period,
    Reading,
    Result,
    lasting,
    lasting_mean,
    lasting_median,
    met,
    month,
    of_accounts,
    of_verdicts,
    quarter,
    reached,
    trailing,
    value_of,
)
from tests.cast import at

MARCH = Period.of(date(2026, 3, 1), date(2026, 3, 31), "UTC")
OVER = at("2026-04-01 00:00")  # the moment at which March is over


def kpi(**given: Any) -> Kpi:
    return Kpi.model_validate({"label": "It", "kind": "lead", "why": "So"} | given)


def case(number: int, opened: str, due: str | None, status: str = "met", done: str | None = None, **more: Any) -> Case:
    """A promise of 2026, told in months and days: ``case(1, "03-01", "03-03")``."""

    def moment(text: str | None) -> datetime | None:
        return None if text is None else at(f"2026-{text} 12:00")

    begun = moment(opened)
    assert begun is not None
    finished = moment(done) if done else (moment(due) if status == "met" else None)
    return Case(f"o{number}", "it", more.pop("account", "acme"), more.pop("person", None), begun, moment(due), status,
                finished, **more)  # fmt: skip


def judged(definition: Kpi, cases: Sequence[Case]) -> Result:
    return of_verdicts("it", definition, cases, MARCH, OVER)


SHARE = kpi(commitment="it", of="share", target=95, unit="%")
MEAN = kpi(commitment="it", of="mean", target=21, better="down", unit="days")
MEDIAN = kpi(commitment="it", of="median", target=21, better="down", unit="days")


class TestShare:
    @pytest.mark.requirement("R-02")
    def test_kept_of_those_that_fell_due(self) -> None:
        # Three fell due in March, two of them were kept: 100 * 2 / 3 = 66.67.
        found = judged(
            SHARE, [case(1, "03-01", "03-03"), case(2, "03-02", "03-04"), case(3, "03-03", "03-05", "missed")]
        )
        assert (found.value, found.count, found.is_met) == (Decimal("66.67"), 3, False)

    @pytest.mark.requirement("R-02")
    def test_what_runs_past_its_time_is_a_miss_to_be(self) -> None:
        # One kept, one that nobody has judged though its day has passed: 1 of 2.
        found = judged(SHARE, [case(1, "03-01", "03-03"), case(2, "03-02", "03-04", "running")])
        assert (found.value, found.number("overdue")) == (Decimal("50.00"), 1)

    def test_what_is_not_due_is_paused_or_called_off_counts_neither_way(self) -> None:
        rows = [
            case(1, "03-01", "03-03"),
            case(2, "03-30", "04-02", "running"),
            case(3, "03-01", "03-03", "paused"),
            case(4, "03-01", "03-03", "cancelled"),
            case(5, "02-01", "02-03", "missed"),  # fell due before March
            case(6, "03-31", "04-03", "met", done="03-31"),  # kept early: it counts when it would have been due
        ]
        found = judged(SHARE, rows)
        assert (found.value, found.count) == (Decimal("100.00"), 1)
        assert [found.number(state) for state in ("waiting", "paused", "cancelled")] == [2, 1, 1]

    def test_nothing_due_is_unknown_and_never_zero(self) -> None:
        found = judged(SHARE, [case(1, "03-30", "04-02", "running")])
        assert (found.value, found.is_met, found.count) == (None, None, 0)


class TestMeanTime:
    @pytest.mark.requirement("R-02")
    def test_it_is_the_ordinary_mean_where_all_have_finished(self) -> None:
        # 4, 10 and 16 days: 30 / 3.
        rows = [
            case(1, "03-01", "03-22", done="03-05"),
            case(2, "03-01", "03-22", done="03-11"),
            case(3, "03-01", "03-22", done="03-17"),
        ]
        found = judged(MEAN, rows)
        assert (found.value, found.at_least, found.finished_mean, found.is_met) == (Decimal("10.00"), False, 10, True)

    @pytest.mark.requirement("R-02")
    def test_a_late_finish_counts_with_all_its_days(self) -> None:
        # One after 10 days, one missed after 21 and done after 30: 40 / 2.
        rows = [case(1, "03-01", "03-22", done="03-11"), case(2, "03-01", "03-22", "missed", done="03-31")]
        found = judged(MEAN, rows)
        assert (found.value, found.number("late"), found.open) == (Decimal("20.00"), 1, 0)

    @pytest.mark.requirement("R-02")
    def test_those_still_open_are_unfinished_and_not_absent(self) -> None:
        # Done after 4 and 10 days; a third, opened on 1 March at noon, still runs as March ends: after 30.5 days.
        # All run to 4, two thirds from there to 10, one third to 30.5: 4 + 6 * 2/3 + 20.5 / 3 = 14.83, and it goes on.
        rows = [
            case(1, "03-01", "03-22", done="03-05"),
            case(2, "03-01", "03-22", done="03-11"),
            case(3, "03-01", "03-22", "missed"),
        ]
        found = judged(MEAN, rows)
        assert (found.value, found.at_least) == (Decimal("14.83"), True)
        assert (found.finished, found.finished_mean, found.open) == (2, Decimal("7.00"), 1)
        assert found.oldest_open == Decimal("30.5000")
        # At least 14.83 days may yet be more than 21: nobody can say that the target is met.
        assert found.is_met is None

    def test_a_lower_bound_beyond_the_target_has_failed_already(self) -> None:
        found = judged(MEAN, [case(1, "03-01", "03-22", "missed")])
        assert (found.value, found.at_least, found.is_met) == (Decimal("30.50"), True, False)


class TestMedianTime:
    def test_the_middle_one_of_three(self) -> None:
        rows = [case(n, "03-01", "03-22", done=f"03-{day:02}") for n, day in ((1, 3), (2, 9), (3, 20))]
        assert judged(MEDIAN, rows).value == Decimal("8.00")

    def test_midway_between_the_middle_two_of_four(self) -> None:
        # After 2, 6, 8 and 20 days: midway between 6 and 8.
        rows = [case(n, "03-01", "03-25", done=f"03-{day:02}") for n, day in ((1, 3), (2, 7), (3, 9), (4, 21))]
        assert judged(MEDIAN, rows).value == Decimal("7.00")

    def test_unknown_while_more_than_half_still_run(self) -> None:
        rows = [case(1, "03-01", "03-22", done="03-03"), *(case(n, "03-01", "03-22", "missed") for n in (2, 3))]
        found = judged(MEDIAN, rows)
        assert (found.value, found.is_met, found.open) == (None, None, 2)


def read(definition: Kpi, *values: Decimal | bool | int | None) -> Result:
    rows = [Reading(f"a{n}", None, Decimal(v) if isinstance(v, int) and not isinstance(v, bool) else v)
            for n, v in enumerate(values)]  # fmt: skip
    return of_accounts("it", definition, rows)


class TestAccounts:
    @pytest.mark.requirement("R-06")
    def test_a_mean_says_of_how_many(self) -> None:
        # 4.5, 3 and 4 over three, and one that nobody knows: 11.5 / 3 = 3.83.
        found = read(kpi(measure="score", of="mean", target=4), Decimal("4.5"), 3, 4, None)
        assert (found.value, found.count, found.unknown, found.is_met) == (Decimal("3.83"), 3, 1, False)

    def test_a_share_leaves_out_what_is_unknown(self) -> None:
        found = read(kpi(measure="score > 3", of="share"), True, True, False, None)
        assert (found.value, found.count, found.unknown, found.is_met) == (Decimal("66.67"), 3, 1, None)

    def test_a_sum_of_a_condition_counts_and_none_is_zero(self) -> None:
        red = kpi(measure="score < 3", of="sum", target=0, better="down")
        assert (read(red, True, False, True).value, read(red, True, False, True).is_met) == (Decimal("2.00"), False)
        assert (read(red, False).value, read(red, False).is_met) == (Decimal("0.00"), True)
        assert (read(red).value, read(red, None).value) == (Decimal(0), None)

    def test_a_median(self) -> None:
        middling = kpi(measure="score", of="median")
        assert (read(middling, 1, 9, 4).value, read(middling, 1, 9, 4, 6).value) == (Decimal("4.00"), Decimal("5.00"))


def test_periods_are_whole_company_days() -> None:
    zone = "America/New_York"
    assert (month(date(2026, 2, 10), zone).first, month(date(2026, 2, 10), zone).last) == (
        date(2026, 2, 1),
        date(2026, 2, 28),
    )
    # A fiscal year from February: May to July is its second quarter.
    found = quarter(date(2026, 7, 31), zone, 2)
    assert (found.first, found.last) == (date(2026, 5, 1), date(2026, 7, 31))
    # New York is four hours behind in summer.
    assert (found.begins, found.ends) == (at("2026-05-01 04:00"), at("2026-08-01 04:00"))
    assert quarter(date(2026, 1, 5), zone, 2).first == date(2025, 11, 1)
    ninety = trailing(date(2026, 3, 31), "90 days", "UTC")
    assert (ninety.first, ninety.last, ninety.ends) == (date(2026, 1, 1), date(2026, 3, 31), OVER)
    assert trailing(date(2026, 3, 31), "12 months", "UTC").first == date(2025, 4, 1)


@pytest.mark.parametrize(
    ("value", "target", "better", "at_least", "expected"),
    [
        ("95", "95", "up", False, True),
        ("94.99", "95", "up", False, False),
        ("21", "21", "down", False, True),
        ("21.01", "21", "down", False, False),
        ("14", "21", "down", True, None),
        ("25", "21", "down", True, False),
        ("96", "95", "up", True, True),
        ("90", "95", "up", True, None),
        (None, "95", "up", False, None),
        ("95", None, "up", False, None),
    ],
)
def test_a_target(value: str | None, target: str | None, better: str, at_least: bool, expected: bool | None) -> None:
    found = met(Decimal(value) if value else None, Decimal(target) if target else None, better, at_least=at_least)
    assert found is expected


@pytest.mark.requirement("R-14")
@pytest.mark.parametrize(
    ("value", "target", "better", "expected"),
    [
        ("76", "95", "up", "0.8"),  # 76 / 95
        ("99", "95", "up", "1"),
        ("28", "21", "down", "0.75"),  # 21 / 28
        ("14", "21", "down", "1"),
        ("0", "0", "down", "1"),
        ("2", "0", "down", "0"),
        (None, "95", "up", None),
    ],
)
def test_how_much_of_a_target_is_reached(value: str | None, target: str, better: str, expected: str | None) -> None:
    found = reached(Decimal(value) if value else None, Decimal(target), better)
    assert found == (Decimal(expected) if expected else None)


DAYS = st.integers(min_value=0, max_value=60)
CASES = st.lists(
    st.tuples(
        DAYS, st.integers(1, 30), st.sampled_from(("met", "missed", "late", "running", "paused", "cancelled")), DAYS
    ),
    max_size=25,
)


def built(drawn: list[tuple[int, int, str, int]]) -> list[Case]:
    start = at("2026-02-10 09:00")
    found = []
    for number, (opened, within, status, took) in enumerate(drawn):
        begun = start + timedelta(days=opened)
        due = begun + timedelta(days=within)
        done = None
        if status == "met":
            done = begun + timedelta(days=min(took, within))
        if status == "late":
            done = due + timedelta(hours=1 + took)
        found.append(
            Case(f"o{number}", "it", f"a{number % 4}", None, begun, due, "missed" if status == "late" else status, done)
        )
    return found


@pytest.mark.requirement("P-03")
@given(CASES, st.sampled_from(("share", "mean", "median")))
def test_the_rows_make_the_figure_again(drawn: list[tuple[int, int, str, int]], of: str) -> None:
    """An oracle that knows the rows alone: kept of those due; a mean and a median by summing over every day's end."""
    definition = kpi(commitment="it", of=of)
    found = judged(definition, built(drawn))
    assert value_of(definition, found.rows) == (found.value, found.at_least)
    counted = [row for row in found.rows if row.state in ("kept", "late", "missed", "overdue")]
    assert found.count == len(counted)
    if not counted:
        assert found.value is None
        return
    if of == "share":
        expected = Fraction(100 * sum(row.state == "kept" for row in counted), len(counted))
        assert found.value == two_places(expected)
        return
    times = [(Fraction(row.figure or 0), row.state in ("kept", "late")) for row in counted]
    if of == "mean":
        assert found.value == two_places(redistributed_mean(times))
    elif all(finished for _, finished in times):
        assert found.value == two_places(Fraction(median(time for time, _ in times)))


def two_places(value: Fraction) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal("0.01"), ROUND_HALF_UP)


def redistributed_mean(times: list[tuple[Fraction, bool]]) -> Fraction:
    """The same estimate by another way (Efron 1967): what was last seen gives its weight to all that lasted longer.

    An end stands before a last sight of the same time; the weight of the longest one stays with it.
    """
    ordered = sorted(times, key=lambda each: (each[0], not each[1]))
    weights = [Fraction(1, len(ordered))] * len(ordered)
    for index, (_, finished) in enumerate(ordered):
        rest = len(ordered) - index - 1
        if not finished and rest:
            for other in range(index + 1, len(ordered)):
                weights[other] += weights[index] / rest
            weights[index] = Fraction(0)
    return sum((weight * time for weight, (time, _) in zip(weights, ordered, strict=True)), Fraction(0))


def test_the_curve_of_the_textbook() -> None:
    # Ends at 1, 3 and 5, last sights at 2 and 4. Left: 5, 4, 3, 2, 1. Shares: 4/5; 4/5 * 2/3 = 8/15; 8/15 * 0 = 0.
    times = [(Decimal(n), n % 2 == 1) for n in range(1, 6)]
    assert lasting(times) == [(Decimal(1), Fraction(4, 5)), (Decimal(3), Fraction(8, 15)), (Decimal(5), Fraction(0))]
    # 1 + 2 * 4/5 + 2 * 8/15 = 3.67
    assert lasting_mean(times) == (Decimal("3.67"), False)
    assert lasting_median(times) == Decimal("5.00")

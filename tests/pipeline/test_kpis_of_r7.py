"""Every KPI of R7 Creative on a tiny life: what counts, and what it comes to, worked out by hand."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tenure.blueprint.loader import load
from tenure.blueprint.model import Model
from tenure.measures.kpis import Case, Result
from tenure.pipeline.as_of import Cut
from tenure.pipeline.cursors import Run
from tenure.pipeline.kpis import Material
from tenure.work.scopes import Scope
from tests.cast import at

pytestmark = pytest.mark.requirement("R-13")
FOLDER = Path(__file__).parents[2] / "blueprints" / "r7-creative"
DAY = date(2026, 3, 31)
ENDS = at("2026-04-01 04:00")  # midnight in Ashland
COMPANY = Scope("company", "", "All")
ANN = Scope("person", "ann", "Ann", frozenset({"ann"}))


@cache
def model() -> Model:
    return load(FOLDER)


def material(values: dict[str, dict[str, Any]] | None = None, cases: list[Case] | None = None) -> Material:
    """A closed day. Accounts a, b, c are in Ann's book, the others in Bea's."""
    held = values or {}
    by_rule: dict[str, list[Case]] = {}
    for case in cases or ():
        by_rule.setdefault(case.rule, []).append(case)
    carriers = {account: "ann" if account in "abc" else "bea" for account in held}
    night = Cut(DAY, "America/New_York", ENDS, ENDS + timedelta(hours=4), Run(id="night"), model())
    return Material(night, by_rule, {k: {"day": DAY} | v for k, v in held.items()}, carriers, {})


def of(key: str, column: str, *values: Any, **fields: Any) -> Result:
    """A KPI over accounts a, b, c, d … that run, each with its value of one measure."""
    common = {"status": "active", "stage": "running", "client_age_days": 60, "contract_age_days": 60} | fields
    return material({"abcdefgh"[n]: common | {column: value} for n, value in enumerate(values)}).result(key, COMPANY)


def promise(
    rule: str, number: int, opened: datetime, due: datetime, done: datetime | None, person: str = "ann"
) -> Case:
    late = done is None or done > due
    status = "missed" if late else "met"
    return Case(f"{rule}{number}", rule, f"a{number}", person, opened, due, status, done)


NOON = at("2026-03-10 16:00")
HOUR, ONE_DAY = timedelta(hours=1), timedelta(days=1)
D = Decimal


# Over promises: numerator, denominator, value.
@pytest.mark.parametrize(
    ("key", "rule", "within"),
    [
        ("tfr1_on_time", "tfr1", 2 * ONE_DAY),
        ("tfr2_on_time", "tfr2", 14 * ONE_DAY),
        ("home_run", "home_run", 20 * ONE_DAY),
        ("syncs_held", "sync", 14 * ONE_DAY),
        ("replies_in_time", "replies", 24 * HOUR),
        ("yellow_acted_on", "yellow_acted_on", 5 * ONE_DAY),
    ],
)
@pytest.mark.requirement("R-02", "R-03", "R-04", "R-06", "R-09")
def test_shares_of_promises_kept(key: str, rule: str, within: timedelta) -> None:
    # Three of four kept in time: 100 × 3 / 4 = 75. The fourth was done an hour late and is not kept.
    cases = [promise(rule, n, NOON, NOON + within, NOON + within - HOUR) for n in range(3)]
    cases.append(promise(rule, 3, NOON, NOON + within, NOON + within + HOUR, "bea"))
    found = material(cases=cases)
    company, ann = found.result(key, COMPANY), found.result(key, ANN)
    assert (company.number("kept"), company.count, company.value) == (3, 4, D("75.00"))
    # To Ann's credit are the first three alone: 100 × 3 / 3.
    assert (ann.number("kept"), ann.count, ann.value) == (3, 3, D("100.00"))


@pytest.mark.requirement("R-02")
def test_days_from_contract_to_content() -> None:
    # After 12, 18 and 27 days: (12 + 18 + 27) / 3 = 57 / 3 = 19; the last was late, and counts with all its days.
    opened = at("2026-02-20 16:00")
    cases = [
        promise("contract_to_content", n, opened, opened + 21 * ONE_DAY, opened + days * ONE_DAY)
        for n, days in enumerate((12, 18, 27))
    ]
    found = material(cases=cases).result("days_to_first_content", COMPANY)
    assert (found.number("late"), found.count, found.value, found.is_met) == (1, 3, D("19.00"), True)


# Over accounts: the values of one measure, how many count, and what they come to.
@pytest.mark.parametrize(
    ("key", "column", "values", "count", "value"),
    [
        # (4.33 + 3 + 5) / 3 = 12.33 / 3 = 4.11; one is not rated yet.
        ("rvs_average", "score", (D("4.33"), D(3), D(5), None), 3, "4.11"),
        # 2.67 is under 3; 3 itself is yellow.
        ("red_now", "score", (D("2.67"), D(3), D(4)), 3, "1.00"),
        # All four are active.
        ("clients", "client_days", (60, 60, 60, 60), 4, "4.00"),
        # Four of five items, and none of two: (100 × 0.8 + 0) / 2.
        ("checklist_completion", "checklist_completion_rate", (D("0.8"), D(0)), 2, "40.00"),
        # All of one client's answers and half of another's: (100 + 50) / 2.
        ("review_satisfaction", "meeting_csat", (D(100), D(50), None), 2, "75.00"),
        # (95 + 100 + 60) / 3 = 85.
        ("sync_attendance", "attendance_sync", (D("0.95"), D(1), D("0.6")), 3, "85.00"),
        # 3 weeks are three weeks; 2.67 are not: 100 × 2 / 3.
        ("buffer_kept", "work_planned_weeks", (D(3), D("2.67"), D(4)), 3, "66.67"),
        # 6 of 8 come to 75 %, 1 of 3 to 33.3 %: (75 + 33.3) / 2 = 54.15.
        ("submission", "material_submitted_rate", (D("0.75"), D(1) / D(3)), 2, "54.15"),
        # 12 in four weeks are 3 a week, 9 are 2.25: 5.25 / 2 = 2.625, rounded up.
        ("pieces_per_week", "work_finished", (D(12), D(9)), 2, "2.63"),
        # Up, down, and as before: 100 × 1 / 3.
        ("engagement_rising", "metric_engagement_rate_change", (D("0.1"), D("-0.1"), D(0)), 3, "33.33"),
        ("profile_views_rising", "metric_profile_views_change", (D("0.1"), D("0.2"), D("-0.1")), 3, "66.67"),
        # 20 + 14 + 0.
        ("inquiries", "metric_inquiries", (D(20), D(14), D(0)), 3, "34.00"),
        # (3 + 5 + 1) / 3.
        ("reviews", "metric_reviews", (D(3), D(5), D(1)), 3, "3.00"),
    ],
)
@pytest.mark.requirement("R-05", "R-06", "R-07", "R-08", "R-11")
def test_figures_of_accounts(key: str, column: str, values: tuple[Any, ...], count: int, value: str) -> None:
    found = of(key, column, *values)
    assert (found.count, found.value) == (count, D(value))


@pytest.mark.requirement("R-06")
def test_red_for_too_long_begins_after_the_fourteenth_day() -> None:
    # 15 days are more than two weeks, 14 are not; 20 days in yellow are no red.
    days = [("a", D("2.5"), 15), ("b", D("2.5"), 14), ("c", D("3.5"), 20)]
    held = {name: {"status": "active", "score": score, "score_days_in_band": n} for name, score, n in days}
    found = material(held).result("red_too_long", COMPANY)
    assert (found.number("true"), found.count, found.value) == (1, 3, D("1.00"))


@pytest.mark.requirement("R-11")
def test_retention_is_of_those_who_began_90_days_to_15_months_ago() -> None:
    # b left on day 60 and is lost; c left on day 100 and was kept; d began a month ago and e two years ago: 2 of 3.
    held = {
        "a": {"status": "active", "client_age_days": 200, "client_days": 200},
        "b": {"status": "closed", "client_age_days": 200, "client_days": 60},
        "c": {"status": "closed", "client_age_days": 200, "client_days": 100},
        "d": {"status": "active", "client_age_days": 30, "client_days": 30},
        "e": {"status": "active", "client_age_days": 730, "client_days": 730},
    }
    found = material(held).result("retained_after_90", COMPANY)
    assert (found.number("true"), found.count, found.value) == (2, 3, D("66.67"))


@pytest.mark.requirement("R-07")
def test_improving_are_those_of_whom_one_figure_rises() -> None:
    # a: inquiries alone rise. b: all fall. c: one is unknown, the others fall, so nobody knows. 100 × 1 / 2.
    changes = {"a": ("-0.1", "-0.1", "0.2"), "b": ("-0.1", "0", "-0.2"), "c": ("-0.1", "-0.1", None)}
    names = ("metric_views_change", "metric_interactions_change", "metric_inquiries_change")
    held = {
        account: {"status": "active", "contract_age_days": 60}
        | {name: None if value is None else D(value) for name, value in zip(names, three, strict=True)}
        for account, three in changes.items()
    }
    found = material(held).result("improving", COMPANY)
    assert (found.number("true"), found.count, found.unknown, found.value) == (1, 2, 1, D("50.00"))


@pytest.mark.requirement("R-11")
def test_advocacy_adds_what_three_kinds_came_to_in_a_year() -> None:
    # a gave two testimonials and a review, b a referral: 2 + 1 + 1.
    names = ("testimonials_given/365", "referrals_given/365", "reviews_given/365")
    held = {
        "a": dict(zip(names, (D(2), D(0), D(1)), strict=True)),
        "b": dict(zip(names, (D(0), D(1), D(0)), strict=True)),
    }
    found = material(held).result("advocacy", COMPANY)
    assert (found.count, found.value) == (2, D("4.00"))


def test_every_kpi_is_here() -> None:
    text = Path(__file__).read_text()
    assert [key for key in model().kpis if f'"{key}"' not in text] == []

"""Where a goal stands by its metric's points: by rule, by window, unknown where points are missing."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tenure.blueprint.model import Metric
from tenure.measures.progress import Point, Reading, by_attribution, expected, read
from tenure.measures.trial import trial

pytestmark = pytest.mark.requirement("R-03", "P-09")

WAYS: tuple[Any, ...] = ("sum", "mean", "max", "last")
METRICS = {way: Metric(label=way, aggregate=way, goal_days=7) for way in WAYS}


def points(values: dict[int, float]) -> list[Point]:
    """Points by day of March 2026."""
    return [Point(date(2026, 3, day), value, "feed") for day, value in values.items()]


# A week that ends on the 29th begins on the 23rd: 2 + 4 + 9 = 15, their mean 5, the greatest 9, the last 4.
WEEK = {16: 100.0, 23: 2.0, 27: 9.0, 29: 4.0}


@pytest.mark.parametrize(("way", "value"), [("sum", 15.0), ("mean", 5.0), ("max", 9.0), ("last", 4.0)])
def test_it_is_read_back_from_the_newest_point_as_the_metric_says(way: str, value: float) -> None:
    found = read(points(WEEK), METRICS[way], date(2026, 3, 31))
    assert (found.value, found.first, found.through) == (value, date(2026, 3, 23), date(2026, 3, 29))
    assert (found.points, found.sources, found.why) == (3, {"feed": 3}, "")


def test_without_points_it_is_unknown_and_says_since_when() -> None:
    assert read([], METRICS["sum"], date(2026, 3, 31)).why == "No point yet."
    old = read(points({20: 5.0}), METRICS["mean"], date(2026, 3, 27))
    assert (old.value, old.why) == (None, "No point since 2026-03-20.")
    assert read(points({20: 5.0}), METRICS["mean"], date(2026, 3, 26)).value == 5.0


def test_a_sum_is_known_once_its_days_are_lived_in_full() -> None:
    found = read(points({26: 1.0, 29: 4.0}), METRICS["sum"], date(2026, 3, 29))
    assert found.value is None
    assert found.why == "The points begin on 2026-03-26, less than 7 days before 2026-03-29."
    assert read(points({23: 1.0, 29: 4.0}), METRICS["sum"], date(2026, 3, 29)).value == 5.0


def test_it_is_kept_as_it_was_read() -> None:
    found = read(points(WEEK), METRICS["sum"], date(2026, 3, 31))
    assert Reading.of(found.stored()) == found
    assert (found.rule, Reading.of({})) == ("sum of 7 days", None)


def test_the_measure_of_goals_on_track_reads_the_same_points() -> None:
    """Set on 11 March and due on 20 April, 20 of 40 days are gone on the 31st: half the way is on track."""
    for way, value in (("sum", 15), ("mean", 5), ("max", 9), ("last", 4)):
        told = [f"03-{day} point metric={way} value={each}" for day, each in WEEK.items()]
        for target, share in ((2 * value, 1.0), (2 * value + 1, 0.0)):
            goal = f"03-11 goal.set baseline=0 target={target} current=0 metric={way} due_on=2026-04-20"
            assert trial("goals_on_track_rate", goal, *told, metrics=METRICS) == share, (way, target)
    goal = "03-11 goal.set baseline=0 target=10 current=10 metric=sum due_on=2026-04-20"
    assert trial("goals_on_track_rate", goal, metrics=METRICS) is None, "what was typed does not stand for points"
    short = [f"03-{day} point metric=sum value=9" for day in (27, 29)]
    assert trial("goals_on_track_rate", goal, *short, metrics=METRICS) is None, "two days are no week"


def test_the_pace_is_a_straight_line_from_day_to_day() -> None:
    begun, due = date(2026, 3, 1), date(2026, 3, 31)
    assert expected(Decimal(10), Decimal(40), begun, due, date(2026, 3, 11)) == Decimal(20)  # 10 of 30 days
    assert expected(Decimal(10), Decimal(40), begun, due, date(2026, 4, 1)) is None
    assert expected(None, Decimal(40), begun, due, date(2026, 3, 11)) is None


def test_what_brought_it_is_told_the_most_first_and_the_unknown_last() -> None:
    day = date(2026, 3, 1)
    told = [Point(day, 3.0), Point(day, 2.0, "f", "paper"), Point(day, 7.0, "f", "map"), Point(day, 1.0, "f", "paper")]
    assert list(by_attribution(told).items()) == [("map", 7.0), ("paper", 3.0), ("", 3.0)]

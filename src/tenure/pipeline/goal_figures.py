"""Where the figures of goals stand: read from points by every night and look, and again for an earlier day.

What was read stands on the goal and is no fact: it follows from the points, which say when they were known. So an
earlier day is read again from what was known then, and the ledger is not filled with a line per goal and night.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta

from tenure.blueprint.model import Metric, Model
from tenure.facts.lake import Lake
from tenure.identity.actor import Actor
from tenure.identity.operations import batch
from tenure.measures.progress import LOOKS_BACK, Point, Reading, read
from tenure.pipeline import figures
from tenure.pipeline.as_of import Cut
from tenure.records.goal import Goal

AT_ONCE = 200  # accounts in a transaction
UNKNOWN_METRIC = "The blueprint has no such metric any more."


def keep_readings(lake: Lake, model: Model, day: date, guard: Callable[[], None]) -> int:
    """Read every open goal with a metric as of a day; returns how many stand elsewhere than before."""
    open_ones = Goal.objects.filter(status=Goal.Status.OPEN).exclude(metric="")
    accounts = list(open_ones.order_by("account_id").values_list("account_id", flat=True).distinct())
    changed = 0
    for start in range(0, len(accounts), AT_ONCE):
        some = list(open_ones.filter(account_id__in=accounts[start : start + AT_ONCE]).order_by("pk"))
        found = readings(lake, model, some, day)
        moved = [goal for goal in some if goal.reading != found[goal.pk].stored()]
        for goal in moved:
            goal.reading = found[goal.pk].stored()
        with batch(Actor.machine("pipeline")):
            guard()
            Goal.objects.bulk_update(moved, ["reading"], batch_size=100)
        changed += len(moved)
    return changed


def readings(lake: Lake, model: Model, goals: Sequence[Goal], day: date, at: Cut | None = None) -> dict[str, Reading]:
    """The figures of some goals on a day, by goal; one read of the lake."""
    metrics = {goal.metric: model.metrics[goal.metric] for goal in goals if goal.metric in model.metrics}
    first = day - timedelta(days=LOOKS_BACK * max((each.goal_days for each in metrics.values()), default=1))
    found = figures.points_of(lake, sorted({goal.account_id for goal in goals}), metrics, first, day, at)
    return {
        goal.pk: _read(found.get((goal.account_id, goal.metric), []), metrics.get(goal.metric), day) for goal in goals
    }


def _read(points: Sequence[Point], metric: Metric | None, day: date) -> Reading:
    return Reading(day, "sum", 0, why=UNKNOWN_METRIC) if metric is None else read(points, metric, day)


def as_of(lake: Lake, model: Model, goals: Iterable[Goal], at: Cut) -> list[Goal]:
    """Goals of an earlier day with their figures as they were read then. Copies, not stored."""
    rows = list(goals)
    following = [goal for goal in rows if goal.follows_points]
    found = readings(lake, model, following, at.day, at) if following else {}
    for goal in rows:
        goal.reading = found[goal.pk].stored() if goal.pk in found else {}
    return rows


def history(
    lake: Lake, metric: Metric, goal: Goal, last: date, at: Cut | None = None, *, weeks: int = 26
) -> tuple[list[tuple[date, float | None]], list[Point]]:
    """How a goal's figure would have been read at the end of each week since it was set, oldest first, and its points.

    It begins two weeks before it was set, so that one sees from where it came.
    """
    begun = max(goal.set_at.date() - timedelta(days=14), last - timedelta(days=7 * weeks))
    days = [last - timedelta(days=back) for back in range((last - begun).days // 7 * 7, -1, -7)]
    since = begun - timedelta(days=LOOKS_BACK * metric.goal_days)
    found = figures.points_of(lake, [goal.account_id], [goal.metric], since, last, at)
    points = found.get((goal.account_id, goal.metric), [])
    return [(day, read(points, metric, day).value) for day in days], points

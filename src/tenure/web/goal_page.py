"""One outcome with what shows where it stands: the rule, the chart towards its target, the points behind it.

The account's side and the portal show the same figures; what is ours alone, such as the pace, the portal leaves out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from tenure.base.errors import Refused
from tenure.blueprint.model import Metric, Model
from tenure.measures.progress import Point, Reading, attributed
from tenure.outlets import charts
from tenure.outlets.charts import Frame
from tenure.outlets.words import brought as in_words
from tenure.pipeline.as_of import Cut
from tenure.pipeline.figures import ENTERED, brought
from tenure.pipeline.goal_figures import history, readings
from tenure.records.goal import Goal
from tenure.web import wording
from tenure.web.reading import lake

SIZE = (760, 220)
PHONE = (360, 180)


@dataclass(frozen=True)
class Row:
    """A point that the figure was read from."""

    day: date
    value: str
    source: str
    attribution: str


@dataclass(frozen=True)
class Evidence:
    """What shows where an outcome stands: the reading, its chart, its points, and what brought them."""

    reading: Reading | None = None
    value: str = ""
    svg: SafeString = SafeString("")
    small: SafeString = SafeString("")
    weeks: Sequence[tuple[date, str]] = ()
    rows: Sequence[Row] = ()
    brought: str = ""
    refused: str = ""


def evidence(goal: Goal, model: Model, day: date, at: Cut | None = None) -> Evidence:
    """Read a goal's figure from its points as of a day: two reads of the lake. Nothing for a goal without a metric."""
    metric = model.metrics.get(goal.metric)
    if metric is None:
        return Evidence()
    last = min(day, goal.judged_at.date()) if goal.judged_at else day
    try:
        with lake() as opened:
            read = readings(opened, model, [goal], last, at)[goal.pk]
            weekly, points = history(opened, metric, goal, last, at)
    except Refused as slow:
        return Evidence(refused=str(slow))
    first, through = read.first or last - timedelta(days=metric.goal_days - 1), read.through or last
    mine = [point for point in points if first <= point.day <= through]
    return Evidence(
        reading=read,
        value=wording.number(read.value) if read.value is not None else "",
        svg=_chart(goal, metric, weekly, SIZE),
        small=_chart(goal, metric, weekly, PHONE),
        weeks=[(on, "unknown" if value is None else wording.number(value)) for on, value in reversed(weekly)],
        rows=[_row(point, metric) for point in reversed(mine)],
        brought=in_words(brought(points, metric, first, through)),
    )


def _row(point: Point, metric: Metric) -> Row:
    source = "entered by hand" if point.source == ENTERED else point.source
    return Row(point.day, wording.number(point.value), source, attributed(metric, point.attribution))


def _chart(
    goal: Goal, metric: Metric, weekly: Sequence[tuple[date, float | None]], size: tuple[int, int]
) -> SafeString:
    """The figure week by week with the line that it is to reach; nothing where it was never known."""
    known = [(on, value) for on, value in weekly if value is not None]
    if not known:
        return SafeString("")
    target = (float(goal.target), f"target {wording.number(goal.target)}") if goal.target is not None else None
    frame = Frame(weekly[0][0], weekly[-1][0], target=target, width=size[0], height=size[1])
    (begun, before), (newest, now) = known[0], known[-1]
    label = f"{metric.label}: {wording.number(before)} on {begun.day} {begun:%b}, "
    label += f"{wording.number(now)} on {newest.day} {newest:%b}"
    label += f"; target {wording.number(goal.target)}" if goal.target is not None else ""
    drawn = charts.line(weekly, frame, label=label, ending=wording.number(now))
    return mark_safe(drawn)  # noqa: S308 - made by our own drawing, which escapes every word in it


def context(goal: Goal, model: Model, day: date, at: Cut | None = None) -> dict[str, Any]:
    """What both pages show of one outcome."""
    metric = model.metrics.get(goal.metric)
    shown = evidence(goal, model, day, at)
    now = wording.number(goal.current) if not goal.follows_points and goal.current is not None else shown.value
    pace = goal.pace(day)
    return {
        "goal": goal,
        "account": goal.account,
        "metric": metric,
        "unit": goal.unit or (metric.unit if metric else ""),
        "shown": shown,
        "baseline": wording.number(goal.baseline),
        "now": now or "unknown",
        "target": wording.number(goal.target),
        "pace": wording.number(round(pace, 2)) if pace is not None else "",
        "has_attribution": any(row.attribution != "unattributed" for row in shown.rows),
    }

"""A client's figures over time: the metrics that the blueprint shows to clients, week by week, as charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.safestring import SafeString, mark_safe

from tenure.base.errors import Refused
from tenure.blueprint.model import Metric
from tenure.measures.progress import Point
from tenure.outlets import charts
from tenure.outlets import words as words_of
from tenure.outlets.charts import Frame
from tenure.pipeline.figures import Dated, brought, by_week, points_of
from tenure.web import wording
from tenure.web.portal.seen import Portal
from tenure.web.reading import lake

WEEKS = 26
LEAST_WEEKS = 4
SIZE = (430, 170)
SPANS = {"sum": "a week", "mean": "mean of a week", "max": "most in a week"}


@dataclass(frozen=True)
class Figure:
    """One metric: what it says, its last four weeks against the four before, its chart and its figures."""

    title: str
    span: str
    newest: date
    lately: str
    before: str
    brought: str  # what brought it in the last four weeks, where points say so
    svg: SafeString
    rows: Sequence[tuple[date, str]]


@dataclass(frozen=True)
class Results:
    """The charts, up to when they reach, and what to say where they cannot be drawn now."""

    figures: Sequence[Figure] = ()
    newest: date | None = None
    refused: str = ""


def results(portal: Portal) -> Results:
    """Whole weeks up to yesterday, as many as there is something to show of, at most half a year."""
    metrics = {name: each for name, each in portal.actor.model.metrics.items() if each.client_visible}
    today = portal.actor.day
    first = today - timedelta(days=7 * WEEKS - 1)
    try:
        with lake() as opened:
            told = points_of(opened, [portal.account.pk], metrics, first, today, None)
    except Refused as slow:
        return Results(refused=str(slow))
    found = {metric: points for (_, metric), points in told.items()}
    days = [point.day for each in found.values() for point in each]
    if not days:
        return Results()
    last = max(today - timedelta(days=1), max(days))
    lived = max(LEAST_WEEKS, -(-((last - min(days)).days + 1) // 7))
    begins = last - timedelta(days=7 * min(WEEKS, lived) - 1)
    figures = [_figure(metrics[name], found[name], begins, last) for name in metrics if name in found]
    return Results(figures, max(days))


def _figure(metric: Metric, points: Sequence[Point], first: date, last: date) -> Figure:
    weekly = by_week([(each.day, each.value) for each in points], metric, first, last)
    words = {day: wording.number(round(value, 2)) for day, value in weekly if value is not None}
    unit = "" if metric.unit.lower() in metric.label.lower() else metric.unit
    began, newest = min(words), max(words)
    label = f"{metric.label}: {words[began]} in the week to {began.day} {began:%b}"
    if newest > began:
        label += f", {words[newest]} in the week to {newest.day} {newest:%b}"
    draw = charts.columns if metric.aggregate == "sum" else charts.line
    frame = Frame(first, last, width=SIZE[0], height=SIZE[1])
    svg = draw(weekly, frame, label=label, ending=words[newest])
    span = ", ".join(word for word in (unit, SPANS.get(metric.aggregate, "")) if word)
    return Figure(
        title=metric.label,
        span=span,
        newest=newest,
        lately=_four_weeks(weekly[-4:], metric),
        before=_four_weeks(weekly[-8:-4], metric) if len(weekly) >= 8 else "",
        brought=words_of.brought(brought(points, metric, last - timedelta(days=27), last)),
        svg=mark_safe(svg),  # noqa: S308 - made by our own drawing, which escapes every word in it
        rows=[(day, words.get(day, "unknown")) for day, _ in reversed(weekly)],
    )


def _four_weeks(weekly: Sequence[Dated], metric: Metric) -> str:
    """Four weeks in one figure; empty where nothing is known of them."""
    known = [value for _, value in weekly if value is not None]
    if not known:
        return ""
    if metric.aggregate == "sum":
        return wording.number(round(sum(known), 2))
    if metric.aggregate == "max":
        return wording.number(round(max(known), 2))
    return wording.number(round(sum(known) / len(known) if metric.aggregate == "mean" else known[-1], 2))

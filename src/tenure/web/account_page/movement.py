"""How an account moves: its health over time and the figures that its client sees too, week by week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.safestring import SafeString, mark_safe

from tenure.base.errors import Refused
from tenure.blueprint.model import Metric, Model, Scorecard
from tenure.identity.actor import Actor
from tenure.measures.progress import Point
from tenure.outlets import charts
from tenure.outlets import words as words_of
from tenure.outlets.charts import Band, Change, Frame
from tenure.pipeline.as_of import Cut
from tenure.pipeline.figures import Dated, Rules, brought, by_week, changed_rules, points_of, scores
from tenure.records.account import Account
from tenure.web import wording
from tenure.web.portfolio import primary_card
from tenure.web.portfolio_rows import scale_of
from tenure.web.reading import lake

WEEKS = (13, 26, 52)
LEAST_WEEKS = 4  # younger accounts are drawn on as many, so that two points are no whole story
PHONE = (360, 150)
SPANS = {"sum": " a week", "mean": ", mean of a week", "max": ", most in a week"}


@dataclass(frozen=True)
class Sizes:
    """How large the charts of a page are drawn, so that their words are as large as the page's."""

    health: tuple[int, int]
    metric: tuple[int, int]


BESIDE = Sizes((860, 180), (280, 124))  # in the main column of an account
ALONE = Sizes((1200, 240), (384, 160))


@dataclass(frozen=True)
class Drawn:
    """A chart as a page shows it: title, its newest day, the drawing for a screen and for a phone, its figures."""

    title: str
    newest: date
    svg: SafeString
    small: SafeString = SafeString("")
    rows: Sequence[tuple[date, str]] = ()
    brought: str = ""  # what brought it of late, where its points say so


@dataclass(frozen=True)
class Seen:
    """The days that all charts of a page share, and the versions that changed figures on them."""

    first: date
    last: date
    rules: Sequence[Rules]


@dataclass(frozen=True)
class Movement:
    """The charts of an account, and what to say where there are none."""

    health: Drawn | None = None
    metrics: Sequence[Drawn] = ()
    weeks: int = 26
    refused: str = ""
    rules: Sequence[Rules] = ()


def movement(
    account: Account, actor: Actor, *, weeks: int = 26, at: Cut | None = None, sizes: Sizes = BESIDE
) -> Movement:
    """Health and the client-visible metrics over the last weeks, or over the weeks before an earlier day.

    Two reads of the lake; the drawings are kept by their content.
    """
    model, today = (at.model, at.day) if at else (actor.model, actor.day)
    card = primary_card(model)
    key = next((name for name, each in model.scorecards.items() if each is card), "")
    metrics = {name: each for name, each in model.metrics.items() if each.client_visible}
    first = today - timedelta(days=7 * weeks - 1)
    try:
        with lake() as opened:
            told = scores(opened, account, model, key, first, today, at) if card else []
            told_points = points_of(opened, [account.pk], metrics, first, today, at)
    except Refused as slow:
        return Movement(weeks=weeks, refused=str(slow))
    found = {metric: each for (_, metric), each in told_points.items()}
    known = [day for day, value in told if value is not None] + [p.day for each in found.values() for p in each]
    if not known:
        return Movement(weeks=weeks)
    last = today if at else max(today - timedelta(days=1), *known)
    seen = _seen(min(known), last, weeks, key)
    drawn = [_metric(name, each, found[name], seen, sizes) for name, each in metrics.items() if name in found]
    shown = [(day, value) for day, value in told if day >= seen.first]
    health = _health(card, model, shown, seen, sizes) if card and any(value is not None for _, value in shown) else None
    return Movement(health, drawn, weeks, rules=seen.rules)


def _seen(earliest: date, last: date, weeks: int, card: str) -> Seen:
    """Whole weeks that end on the last day: as many as there is something to show of."""
    lived = max(LEAST_WEEKS, -(-((last - earliest).days + 1) // 7))
    first = last - timedelta(days=7 * min(weeks, lived) - 1)
    return Seen(first, last, changed_rules(first, last, card))


def _health(card: Scorecard, model: Model, shown: Sequence[Dated], seen: Seen, sizes: Sizes) -> Drawn:
    scale = scale_of(model)
    low, high = float(scale.low), float(scale.high)
    starts = [float(start) for _, start in scale.bands]
    bands = tuple(
        Band(tone, start, end)
        for (tone, _), start, end in zip(scale.bands, starts, [*starts[1:], high], strict=True)
        if tone in ("green", "yellow", "red")
    )
    ticks = tuple(low + (high - low) / 4 * n for n in range(5))
    changes = tuple(Change(each.day, _flag(each)) for each in seen.rules if each.changes_scores)
    words = {day: wording.number(value, card.decimals) for day, value in shown if value is not None}
    label, ending = _said(card.label, words, changes), words[max(words)]
    wide, small = (
        charts.line(
            shown,
            Frame(seen.first, seen.last, low, high, ticks, bands, None, changes, width, height),
            label=label,
            ending=ending,
        )
        for width, height in (sizes.health, PHONE)
    )
    rows = [(day, words.get(day, "unknown")) for day, _ in reversed(shown)]
    return Drawn(card.label, max(words), _safe(wide), _safe(small), rows)


def _metric(key: str, metric: Metric, points: Sequence[Point], seen: Seen, sizes: Sizes) -> Drawn:
    weekly = by_week([(each.day, each.value) for each in points], metric, seen.first, seen.last)
    changes = tuple(Change(each.day, _flag(each)) for each in seen.rules if key in each.metrics)
    words = {day: wording.number(round(value, 2)) for day, value in weekly if value is not None}
    title = metric.label + SPANS.get(metric.aggregate, "")
    draw = charts.columns if metric.aggregate == "sum" else charts.line
    frame = Frame(seen.first, seen.last, changes=changes, width=sizes.metric[0], height=sizes.metric[1])
    svg = draw(weekly, frame, label=_said(title, words, changes), ending=words[max(words)])
    rows = [(day, words.get(day, "unknown")) for day, _ in reversed(weekly)]
    unit = "" if metric.unit.lower() in metric.label.lower() else f", {metric.unit}"
    split = brought(points, metric, seen.last - timedelta(days=27), seen.last)
    said = f"Four weeks: {words_of.brought(split)}" if split else ""
    return Drawn(title + unit, max(words), _safe(svg), rows=rows, brought=said)


def _flag(rules: Rules) -> str:
    return f"version {rules.version}, {rules.day.day} {rules.day:%b}"


def _said(title: str, words: dict[date, str], changes: Sequence[Change]) -> str:
    """A chart's content in a sentence: where it began, where it stands, when its rules changed."""
    first, last = min(words), max(words)
    began = f"{words[first]} on {first.day} {first:%b}"
    said = f"{title}: {began}" + (f", {words[last]} on {last.day} {last:%b}" if last > first else "")
    return said + (f"; rules changed with {wording.listed(each.words for each in changes)}" if changes else "")


def _safe(svg: str) -> SafeString:
    return mark_safe(svg)  # noqa: S308 - made by our own drawing, which escapes every word in it

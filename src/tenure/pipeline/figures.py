"""The figures behind an account's movement: its scores, its points by week, and when the rules behind them changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from tenure.blueprint.diff import diff
from tenure.blueprint.model import Metric, Model
from tenure.facts.lake import Lake
from tenure.identity import blueprints
from tenure.identity.actor import company_zone
from tenure.identity.blueprints import BlueprintVersion
from tenure.measures.editions import bands_on
from tenure.measures.progress import Point, attributed, by_attribution, gathered
from tenure.measures.series import points_told
from tenure.pipeline import as_of
from tenure.pipeline.as_of import Cut
from tenure.records.account import Account
from tenure.records.point import MetricPoint

ENTERED = "entered"  # the source of what people entered
MOST_CHANGES = 8  # versions that are compared; a chart with more flags says nothing
RESCORED = {"changes scores", "moves bands", "changes measures"}

Dated = tuple[date, float | None]


@dataclass(frozen=True)
class Rules:
    """A blueprint version that replaced the one before: its day, and what of the figures it changed."""

    before: int
    version: int
    day: date
    changes_scores: bool
    metrics: frozenset[str]


def scores(
    lake: Lake, account: Account, model: Model, card: str, first: date, last: date, at: Cut | None
) -> list[Dated]:
    """The account's scores on one card, a day each, oldest first; unknown is None, a day without a night is absent."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    found = bands_on(lake, days, card, accounts=[account.pk], known_through=at.known if at else None)
    return [
        (day, None if score is None else round(float(score), model.scorecards[card].decimals))
        for (_, day), (score, _) in sorted(found.items(), key=lambda pair: pair[0][1])
    ]


def points(
    lake: Lake, account: Account, metrics: Collection[str], first: date, last: date, at: Cut | None
) -> dict[str, list[tuple[date, float]]]:
    """The points of some metrics by day: those that sources brought, and those that people entered."""
    found = points_of(lake, [account.pk], metrics, first, last, at)
    return {metric: [(each.day, each.value) for each in rows] for (_, metric), rows in found.items()}


def points_of(
    lake: Lake, accounts: Sequence[str], metrics: Collection[str], first: date, last: date, at: Cut | None
) -> dict[tuple[str, str], list[Point]]:
    """The points of some accounts by account and metric, in their order, each with its source and attribution."""
    found: dict[tuple[str, str], list[Point]] = defaultdict(list)
    if not metrics or not accounts:
        return found
    for row in points_told(lake, accounts, metrics, first, last, known_through=at.known if at else None):
        point = Point(row["day"], row["value"], row["source"] or "", row["attribution"] or "")
        found[row["account_id"], row["metric"]].append(point)
    for account, metric, point in _entered(accounts, at):
        if metric in metrics and first <= point.day <= last:
            found[account, metric].append(point)
    return {key: sorted(each, key=lambda point: point.day) for key, each in found.items()}


def _entered(accounts: Sequence[str], at: Cut | None) -> Iterable[tuple[str, str, Point]]:
    """What people entered, under the source ``entered``."""
    if at is None:
        for row in MetricPoint.objects.filter(account_id__in=accounts).order_by("day", "pk"):
            yield row.account_id, row.metric, Point(row.day, float(row.value), ENTERED, row.attribution)
        return
    for entry in as_of.latest(at, ("point",), accounts).values():
        if entry.kind == "point.entered":
            data = entry.data
            said = Point(date.fromisoformat(data["day"]), float(data["value"]), ENTERED, data.get("attribution") or "")
            yield str(entry.account_id), data["metric"], said


def by_week(known: Sequence[tuple[date, float]], metric: Metric, first: date, last: date) -> list[Dated]:
    """Points gathered into whole weeks that end on `last`, each week by its last day; a week without a point is None.

    The blueprint says whether points are summed, averaged, or the last or the greatest counts.
    """
    weeks: dict[date, list[float]] = defaultdict(list)
    for day, value in known:
        if first <= day <= last:
            weeks[last - timedelta(days=(last - day).days // 7 * 7)].append(value)
    count = -(-((last - first).days + 1) // 7)
    ends = [last - timedelta(days=7 * n) for n in range(count - 1, -1, -1)]
    return [(end, gathered(weeks[end], metric.aggregate) if end in weeks else None) for end in ends]


def brought(points: Sequence[Point], metric: Metric, first: date, last: date) -> list[tuple[str, float]]:
    """What brought how much of what is counted, in the blueprint's words; nothing where no point says so."""
    split = by_attribution([each for each in points if first <= each.day <= last])
    if metric.aggregate != "sum" or not any(split):
        return []
    return [(attributed(metric, key), value) for key, value in split.items()]


def changed_rules(first: date, last: date, card: str) -> list[Rules]:
    """The versions that came into force on these days and changed scores or metrics, oldest first."""
    zone = ZoneInfo(company_zone())
    versions = list(BlueprintVersion.objects.order_by("-id").values_list("id", "applied_at")[: MOST_CHANGES + 1])
    found = []
    for (version, applied_at), (before, _) in pairwise(versions):
        day = applied_at.astimezone(zone).date()
        if first <= day <= last:
            found.append(_rules(before, version, day, card))
    return [each for each in reversed(found) if each.changes_scores or each.metrics]


def _rules(before: int, version: int, day: date, card: str) -> Rules:
    changes = diff(blueprints.at(before), blueprints.at(version))
    metrics = frozenset(each.key for each in changes if each.section == "metrics" and each.risks)
    scored = any(
        RESCORED & set(each.risks) and (each.section != "scorecards" or each.key in (card, "")) for each in changes
    )
    return Rules(before, version, day, scored, metrics)

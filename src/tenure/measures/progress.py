"""Where the figure of a goal stands: its metric's points of so many days, and where it should be by the day.

A goal reads its metric back from the newest point, so that a source which is some days behind does not make a figure
smaller. A sum is known once its days are lived in full; without a point in so many days nothing is known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tenure.blueprint.model import Metric

LOOKS_BACK = 3  # times the days of a goal: how far a point may lie that says that its days are lived in full
WORDS = {"sum": "sum", "mean": "mean", "last": "last value", "max": "greatest value"}


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a metric: its company day, its value, who brought it, and what brought the thing that it counts."""

    day: date
    value: float
    source: str = ""
    attribution: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A figure as it was read on a day: from `first` through `through`, of so many points, or why it is unknown.

    Attributes
    ----------
    aggregate, days : the rule, as the metric had it then.
    sources : how many of the points each source brought.
    """

    day: date
    aggregate: str
    days: int
    value: float | None = None
    first: date | None = None
    through: date | None = None
    points: int = 0
    sources: Mapping[str, int] = field(default_factory=dict)
    why: str = ""

    @property
    def rule(self) -> str:
        """How it is read: ``sum of 28 days``."""
        if self.aggregate == "last":
            return f"last value of {self.days} days"
        return f"{WORDS[self.aggregate]} of {self.days} days"

    def stored(self) -> dict[str, Any]:
        """As JSON keeps it."""
        days = ("day", "first", "through")
        return {name: str(value) if name in days and value else value for name, value in asdict(self).items()}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Reading | None:
        """A kept one; None where none was made yet."""
        if not kept:
            return None
        days = {name: date.fromisoformat(kept[name]) for name in ("day", "first", "through") if kept.get(name)}
        return cls(**{**kept, **days})


def read(points: Sequence[Point], metric: Metric, day: date) -> Reading:
    """The figure on a day, over points that may reach further back and lie in any order."""
    days, aggregate = metric.goal_days, metric.aggregate
    known = sorted((each for each in points if each.day <= day), key=lambda each: each.day)
    if not known or (day - known[-1].day).days >= days:
        since = f"since {known[-1].day.isoformat()}" if known else "yet"
        return Reading(day, aggregate, days, why=f"No point {since}.")
    through = known[-1].day
    first = through - timedelta(days=days - 1)
    mine = [each for each in known if each.day >= first]
    reach = day - timedelta(days=LOOKS_BACK * days - 1)
    if aggregate == "sum" and not any(reach <= each.day <= first for each in known):
        why = f"The points begin on {known[0].day.isoformat()}, less than {days} days before {through.isoformat()}."
        return Reading(day, aggregate, days, None, first, through, len(mine), _sources(mine), why)
    value = gathered([each.value for each in mine], aggregate)
    return Reading(day, aggregate, days, round(value, 4), first, through, len(mine), _sources(mine))


def _sources(points: Sequence[Point]) -> dict[str, int]:
    return dict(sorted(Counter(each.source for each in points).items()))


def gathered(values: Sequence[float], aggregate: str) -> float:
    """One figure of several points in their order, as the blueprint gathers the metric."""
    match aggregate:
        case "sum":
            return sum(values)
        case "mean":
            return sum(values) / len(values)
        case "max":
            return max(values)
        case _:
            return values[-1]


def by_attribution(points: Sequence[Point]) -> dict[str, float]:
    """What each thing brought of what is counted, the most first; what nobody knows of stands last, under ``""``."""
    found: dict[str, float] = {}
    for each in points:
        found[each.attribution] = found.get(each.attribution, 0.0) + each.value
    return dict(sorted(found.items(), key=lambda pair: (not pair[0], -pair[1], pair[0])))


def attributed(metric: Metric, key: str) -> str:
    """What brought a thing, in the blueprint's words."""
    return metric.attribution.get(key) or key.replace("_", " ") or "unattributed"


def expected(
    baseline: Decimal | None, target: Decimal | None, set_on: date, due_on: date | None, day: date
) -> Decimal | None:
    """Where a figure should stand on a day: on a straight line from when it was set to when it is due.

    None where an end is unknown, and outside of that time.
    """
    if due_on is None or baseline is None or target is None:
        return None
    whole, gone = (due_on - set_on).days, (day - set_on).days
    if whole <= 0 or not 0 <= gone <= whole:
        return None
    return baseline + (target - baseline) * Decimal(gone) / Decimal(whole)

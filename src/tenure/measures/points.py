"""Measures of metrics: the blueprint's own series of points, stored in the lake or entered by people.

The examples ask `tenure.measures.trial.trial` on 31 March 2026, with a metric ``leads`` that is summed.
"""

import ibis
import ibis.expr.types as ir

from tenure.blueprint.expressions import Column
from tenure.blueprint.model import Metric
from tenure.measures.registry import WINDOW, Derived, Measure, Window, share_change
from tenure.measures.relations import ENTERED, SERIES, on_days, relation


@relation("points", kinds=ENTERED, source="points", must_be_live=True)
def points(span: int) -> ir.Table:
    """Points on the days in question."""
    return on_days(SERIES, span)


@relation("last_points", kinds=ENTERED, source="points", must_be_live=True)
def last_points(span: int) -> ir.Table:
    """The latest point of each metric on the days in question."""
    order = ["fact_day", "happened_at", "key", "value"]
    later = SERIES.fact_day.lead().over(ibis.window(group_by=["account_id", "metric"], order_by=order))
    rows = on_days(SERIES.mutate(next_day=later), span)
    return rows.filter(rows.next_day.isnull() | (rows.next_day > rows.day))


def metric(name: str, key: str, definition: Metric) -> Measure:
    """A metric over the window: what ``metric_<key>`` means. The blueprint says whether it is summed, averaged, or the
    last or the greatest counts.

    Per account and day, over the window's days; in the metric's unit. Null where there are no points; a sum without
    points is 0 where coverage says that the metric's source was live throughout. Source: the blueprint's metric.

    >>> trial("metric_leads", "03-10 point metric=leads value=3", "03-11 point.entered metric=leads value=4")
    7.0
    """

    def aggregate(points: ir.Table, window: Window) -> ir.Value:
        value = points["value"]
        mine = window.both(points.metric == key)
        match definition.aggregate:
            case "sum":
                return value.sum(where=mine)
            case "mean":
                return value.mean(where=mine)
            case "max" | "last":
                return value.max(where=mine)

    aggregate.__doc__ = f"{definition.label}. {definition.about}".strip()
    empty = 0.0 if definition.aggregate == "sum" else None
    return Measure(
        name,
        over="last_points" if definition.aggregate == "last" else "points",
        function=aggregate,
        unit=definition.unit,
        window=WINDOW,
        empty=empty,
        better=definition.better,
        live="found",
        source=f"points.{key}",
        variant=definition.aggregate,
    )


def metric_change(name: str, key: str, definition: Metric) -> Derived:
    """The change of a metric against the window before, as a share of it: what ``metric_<key>_change`` means.

    Per account and day, over the window's days and as many before; a share. Null where it was nothing before, and
    where either is unknown. Source: ours.

    >>> trial("metric_leads_change", "02-20 point metric=leads value=4", "03-20 point metric=leads value=5")
    0.25
    """

    def needs(days: int) -> dict[str, Column]:
        return {"now": Column(f"metric_{key}", days), "before": Column(f"metric_{key}", days, days)}

    def change(now: ir.NumericValue, before: ir.NumericValue) -> ir.Value:
        return share_change(now, before)

    change.__doc__ = f"The change of {definition.label} against the window before."
    return Derived(name, needs, change, "share", WINDOW, definition.better)

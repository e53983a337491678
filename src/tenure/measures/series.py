"""The points of some accounts themselves, as the lake has them, for charts and for outcomes that follow a metric."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from tenure.facts.lake import Lake
from tenure.facts.reading import standing
from tenure.facts.tables import POINTS
from tenure.measures.catalogue import Sight, circumstances
from tenure.measures.relations import WANTED, cut

ASKED = ibis.table({"metric": "string"}, name="asked")
COLUMNS = ["account_id", "metric", "day", "value", "source", "attribution"]
SPAN = ibis.table({"first": "date", "last": "date"}, name="span")


def points_told(
    lake: Lake,
    accounts: Collection[str],
    metrics: Collection[str],
    first: date,
    last: date,
    *,
    known_through: datetime | None = None,
) -> list[dict[str, Any]]:
    """The points that sources brought of some metrics, from `first` to `last`, in the order in which they happened.

    Each with ``account_id``, ``metric``, ``day``, ``value`` in the metric's unit, ``source`` and ``attribution``; as
    known at a moment, or all that stand. The query is compiled once, whatever is asked of it.
    """
    tables = {
        **circumstances(Sight(lake.zone, known_through), accounts),
        "points": lake.files("points", days=(first, last)),
        "asked": pa.table({"metric": pa.array(sorted(metrics), pa.string())}),
        "span": pa.table({"first": pa.array([first], pa.date32()), "last": pa.array([last], pa.date32())}),
    }
    rows = lake.engine.run(lake.engine.prepared("points told", _told), tables)
    told: list[dict[str, Any]] = rows.select(COLUMNS).to_pylist()
    return told


def _told() -> ir.Table:
    rows = standing(POINTS, POINTS.relation(), cut())
    rows = rows.filter(rows.day.between(SPAN["first"].as_scalar(), SPAN["last"].as_scalar()))
    rows = rows.semi_join(WANTED, "account_id").semi_join(ASKED, "metric")
    return rows.select(*COLUMNS, "happened_at", "key").order_by("happened_at", "key")

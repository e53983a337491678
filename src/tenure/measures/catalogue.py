"""The catalogue of measures, taken: columns over accounts and days, computed from the lake alone.

>>> from tenure.measures.catalogue import vocabulary
>>> {"active_users", "meetings_held", "issues_open", "amount"} <= set(vocabulary())
True
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TypeAlias

import ibis.expr.types as ir
import pyarrow as pa

from tenure.blueprint.expressions import Column
from tenure.blueprint.model import Metric
from tenure.facts import rollups
from tenure.facts.days import DAY, day_ends
from tenure.facts.engine import Engine, Source
from tenure.facts.lake import Lake
from tenure.measures import panel as panels
from tenure.measures import relations
from tenure.measures.request import ACCOUNT_FIELDS, Request, UnknownMeasure, columns_of, definition, vocabulary

Build: TypeAlias = Callable[[], ir.Table]

__all__ = [
    "ACCOUNT_FIELDS",
    "Sight",
    "UnknownMeasure",
    "columns_of",
    "compute",
    "definition",
    "take",
    "vocabulary",
]

FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
_DAYS_AT_ONCE = 92  # rows grow with days times window; a quarter at a time keeps within an engine's memory


@dataclass(frozen=True)
class Sight:
    """From where a computation looks.

    Attributes
    ----------
    zone : the zone in which days end.
    known_through : what was known later is left out; None for all that is known.
    recorded_through : what was written down later is left out; None for all.
    known_day : the known-day through which stored rollups answer; None where usage is counted from raw events.
    card : the primary scorecard, which `score` and `score_days_in_band` speak of; None for whichever was banded last.
    """

    zone: str
    known_through: datetime | None = None
    recorded_through: datetime | None = None
    known_day: date | None = None
    card: str | None = None


def compute(
    lake: Lake,
    *,
    days: Collection[date],
    columns: Iterable[Column],
    known_through: datetime | None = None,
    recorded_through: datetime | None = None,
    zone: str | None = None,
    metrics: Mapping[str, Metric] | None = None,
    custom: Mapping[str, str] | None = None,
    card: str | None = None,
    accounts: Collection[str] | None = None,
) -> pa.Table:
    """Measures of all accounts on the given days, as they were known at a moment.

    Many days cost little more than one: ask for them together.

    Parameters
    ----------
    columns : measures with window and days back, and fields of accounts.
    known_through : as known at this moment; all that is known where it is None.
    recorded_through : as written down at this moment; for making an edition again exactly.
    metrics, custom, card : the blueprint's metrics, its own account fields with their types, its primary scorecard.
    accounts : only these; all that exist where it is None.

    Returns
    -------
    A row per account and day on which the account existed, ordered by both: ``account_id``, ``day``, ``status``, then a
    column per `Column.key`. Measures are float64, and null where they are unknown.

    Raises UnknownMeasure for a name that is neither a measure nor a field.
    """
    request = Request.of(columns, metrics or {}, custom or {})
    if not days:
        return panels.result(request).schema().to_pyarrow().empty_table()
    known_day = None if recorded_through else rollups.known_day_of(lake, known_through)
    sight = Sight(zone or lake.zone, known_through, recorded_through, known_day, card)
    return pa.concat_tables(
        take(lake.engine, _tables(lake, request, chunk, sight), request, chunk, sight, accounts)
        for chunk in _chunks(sorted(set(days)))
    )


def take(
    engine: Engine,
    tables: Mapping[str, Source],
    request: Request,
    days: Sequence[date],
    sight: Sight,
    accounts: Collection[str] | None = None,
) -> pa.Table:
    """The same over tables that are given: ``ledger``, ``coverage``, ``points``, and ``events_daily`` or ``events``."""
    narrowed = accounts is not None
    with engine.session({**tables, **_circumstances(request, days, sight, accounts)}) as session:
        for name, told_apart_by, build in _steps(request, sight, narrowed):
            session.keep(name, engine.prepared((name, *told_apart_by), build))
        rows = session.rows(engine.prepared(("result", request.signature), lambda: panels.result(request)))
    return rows.sort_by([("day", "ascending"), ("account_id", "ascending")])


def _steps(request: Request, sight: Sight, narrowed: bool) -> Iterator[tuple[str, tuple[Hashable, ...], Build]]:
    """What is computed in turn: the name by which later steps find it, what its query is told apart by, the query."""
    kinds = tuple(sorted({*panels.ACCOUNT, *request.kinds}))
    fields, sources = tuple(request.fields.items()), request.sources
    yield "facts", (kinds, narrowed), partial(relations.facts, kinds, narrowed)
    yield "population", fields, partial(panels.population, request.fields)
    if {"usage", "last_usage"} & set(request.bases):
        rolled = sight.known_day is not None
        yield "usage", (rolled, narrowed), partial(relations.usage, rolled, narrowed)
    for name, bases in request.bases.items():
        yield f"of {name}", tuple(base.identity for base in bases), partial(panels.taken, name, bases)
    if sources:
        yield "live", (sources, fields), partial(panels.live, sources, panels.kept_population(request))
        yield "spoken", (sources, fields), partial(panels.spoken_of, sources, panels.kept_population(request))
    yield "panel", (request.signature,), partial(panels.panel, request)


def _tables(lake: Lake, request: Request, days: Sequence[date], sight: Sight) -> dict[str, Source]:
    """The files that may hold what the days need. Facts are read whole: one of long ago may be taken back today."""
    tables: dict[str, Source] = {"ledger": lake.files("ledger")}
    if request.sources:
        tables["coverage"] = lake.files("coverage")
    first = days[0] - timedelta(days=max(request.agos))
    if "usage" in request.bases or "last_usage" in request.bases:
        # The last usage of an account may lie any time back.
        since = date.min if "last_usage" in request.bases else first - DAY * request.span("usage")
        usage = "events" if sight.known_day is None else "events_daily"
        tables[usage] = lake.files(usage, days=(since, days[-1]))
    if "points" in request.bases:
        tables["points"] = lake.files("points", days=(first - DAY * request.span("points"), days[-1]))
    return tables


def _circumstances(
    request: Request, days: Sequence[date], sight: Sight, accounts: Collection[str] | None
) -> dict[str, Source]:
    """The days in question, how far one sees, and for whom, as tables."""
    asked = set(days)
    on = sorted({day - timedelta(days=ago) for day in asked for ago in request.agos})
    moment = pa.timestamp("us", tz="UTC")
    bound: dict[str, Source] = {
        "days": pa.table(
            {
                "day": pa.array(on, pa.date32()),
                "ends_at": pa.array([day_ends(day, sight.zone) for day in on], moment),
                "asked": pa.array([day in asked for day in on], pa.bool_()),
            }
        ),
        "cut": pa.table(
            {
                "known_through": pa.array([sight.known_through or FOREVER], moment),
                "recorded_through": pa.array([sight.recorded_through or FOREVER], moment),
                "known_day": pa.array([sight.known_day], pa.date32()),
                "card": pa.array([sight.card], pa.string()),
            }
        ),
        "sources": pa.table(_listened_to(request.sources), pa.schema({"source": pa.string(), "relation": pa.string()})),
    }
    if accounts is not None:
        bound["wanted"] = pa.table({"account_id": pa.array(sorted(set(accounts)), pa.string())})
    return bound


def _listened_to(sources: Sequence[str]) -> dict[str, list[str]]:
    """What coverage may call each source: ``points.leads`` is also live where ``points`` is."""
    pairs = sorted({(source, name) for source in sources for name in (source, source.partition(".")[0])})
    return {"source": [source for source, _ in pairs], "relation": [name for _, name in pairs]}


def _chunks(days: Sequence[date]) -> Iterator[Sequence[date]]:
    for start in range(0, len(days), _DAYS_AT_ONCE):
        yield days[start : start + _DAYS_AT_ONCE]

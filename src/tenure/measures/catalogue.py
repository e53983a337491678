"""The catalogue of measures, taken: columns over accounts and days, computed from the lake alone.

>>> from tenure.measures.catalogue import vocabulary
>>> {"active_users", "meetings_held", "issues_open", "amount"} <= set(vocabulary())
True
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import chain
from typing import TypeAlias

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from tenure.blueprint.expressions import Column
from tenure.blueprint.model import Metric
from tenure.facts import rollups
from tenure.facts.days import DAY, day_ends
from tenure.facts.engine import Engine, Session, Source
from tenure.facts.lake import Lake
from tenure.measures import panel as panels
from tenure.measures import relations
from tenure.measures.coverage import Spans, spans
from tenure.measures.progress import LOOKS_BACK
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
KEYS = ("account_id", "day")
USAGE = frozenset({"usage", "last_usage"})
POINTS = frozenset({"points", "last_points"})
GOALS = "goals"  # those with a metric stand where its points say
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
    with engine.session({**tables, **circumstances(sight, accounts), "read_as": _read_as(request)}) as session:
        taking = _Taking(engine, session, request, sight, accounts is not None)
        taking.prepare()
        rows = taking.panel(days)
        session.bind("panel", rows)
        rows = session.rows(engine.prepared(("result", request.signature), partial(panels.result, request)))
    return rows.sort_by([("day", "ascending"), ("account_id", "ascending")])


class _Taking:
    """One computation, query by query. Each query is compiled once per engine, whatever days and moments it is for."""

    def __init__(self, engine: Engine, session: Session, request: Request, sight: Sight, narrowed: bool) -> None:
        self._engine = engine
        self._session = session
        self._request = request
        self._sight = sight
        self._narrowed = narrowed

    def prepare(self) -> None:
        """Keep what all relations are built from: facts that stand, usage per day, and what sources were live."""
        kinds = tuple(sorted({*panels.ACCOUNT, *self._request.kinds}))
        self._keep("seen", kinds, build=partial(relations.seen, kinds))
        self._keep("facts", kinds, self._narrowed, build=partial(relations.facts, kinds, self._narrowed))
        if self._request.relations & USAGE:
            rolled = self._sight.known_day is not None
            self._keep("usage", rolled, self._narrowed, build=partial(relations.usage, rolled, self._narrowed))
        if self._request.relations & {*POINTS, GOALS}:
            self._keep("series", self._narrowed, build=partial(relations.series, self._narrowed))
        self._spans = Spans(self._rows("spans", build=spans))

    def panel(self, days: Sequence[date]) -> pa.Table:
        """The values on the days, with those of so many days before beside them."""
        on = {ago: [day - timedelta(days=ago) for day in days] for ago in self._request.bases}
        self._bind_days(chain.from_iterable(on.values()))
        fields = tuple(self._request.fields.items())
        everyone = self._rows("population", fields, build=partial(panels.population, self._request.fields))
        taken = {name: self._take(name, on) for name in sorted(self._request.relations)}
        whole = self._values(everyone, taken, on[0], 0)
        for ago in on:
            if ago:
                before = self._values(everyone, taken, on[ago], ago)
                later = pc.add(before["day"].cast(pa.int32()), pa.scalar(ago, pa.int32())).cast(pa.date32())
                before = before.set_column(before.column_names.index("day"), "day", later)
                names = [name if name in KEYS else panels.called(name, ago) for name in before.column_names]
                whole = _beside(whole, before.rename_columns(names))
        return whole

    def _take(self, name: str, on: Mapping[int, Sequence[date]]) -> pa.Table:
        """What a relation gives on all days on which something is asked of it."""
        bases = self._request.taken_from(name)
        self._bind_days(day for ago, at in self._request.bases.items() if name in at for day in on[ago])
        told_apart_by = (name, *(base.identity for base in bases))
        rows = self._rows("taken", *told_apart_by, build=partial(panels.taken, name, bases))
        return rows.append_column(f"has {name}", pa.array([True] * rows.num_rows, pa.bool_()))

    def _values(self, everyone: pa.Table, taken: Mapping[str, pa.Table], days: Sequence[date], ago: int) -> pa.Table:
        found = everyone.filter(pc.is_in(everyone["day"], pa.array(days, pa.date32())))
        found = self._spans.beside(found, self._request.sources(ago))
        for name in self._request.bases[ago]:
            found = _beside(found, taken[name])
        self._session.bind("found", found)
        return self._rows("values", ago, self._request.signature, build=partial(panels.values, self._request, ago))

    def _bind_days(self, days: Iterable[date]) -> None:
        on = sorted(set(days))
        ends = pa.array([day_ends(day, self._sight.zone) for day in on], pa.timestamp("us", tz="UTC"))
        self._session.bind("days", pa.table({"day": pa.array(on, pa.date32()), "ends_at": ends}))

    def _keep(self, name: str, *told_apart_by: Hashable, build: Build) -> None:
        self._session.keep(name, self._engine.prepared((name, *told_apart_by), build))

    def _rows(self, name: str, *told_apart_by: Hashable, build: Build) -> pa.Table:
        return self._session.rows(self._engine.prepared((name, *told_apart_by), build))


def _beside(rows: pa.Table, others: pa.Table) -> pa.Table:
    """Rows with the columns of others for the same account and day; null where there are none."""
    at = pc.index_in(_key(rows), value_set=_key(others))
    for name in others.column_names:
        if name not in KEYS:
            rows = rows.append_column(name, others[name].take(at))
    return rows


def _key(rows: pa.Table) -> pa.Array:
    keys = pc.binary_join_element_wise(rows["account_id"], rows["day"].cast(pa.string()), "/")
    return keys.combine_chunks()


def _tables(lake: Lake, request: Request, days: Sequence[date], sight: Sight) -> dict[str, Source]:
    """The files that may hold what the days need. Facts are read whole: one of long ago may be taken back today."""
    tables: dict[str, Source] = {"ledger": lake.files("ledger"), "coverage": lake.files("coverage")}
    if request.relations & USAGE:
        # The last usage of an account may lie any time back.
        since = date.min if "last_usage" in request.relations else days[0] - DAY * request.reach("usage")
        usage = "events" if sight.known_day is None else "events_daily"
        tables[usage] = lake.files(usage, days=(since, days[-1]))
    if request.relations & {*POINTS, GOALS}:
        reach = request.reach(*POINTS, GOALS)
        if GOALS in request.relations:
            longest = max((each.goal_days for each in request.metrics.values()), default=0)
            reach = max(reach, request.reach(GOALS) + LOOKS_BACK * longest)
        tables["points"] = lake.files("points", days=(days[0] - DAY * reach, days[-1]))
    return tables


def circumstances(sight: Sight, accounts: Collection[str] | None) -> dict[str, Source]:
    """How far one sees, and for whom, as tables."""
    moment = pa.timestamp("us", tz="UTC")
    bound: dict[str, Source] = {
        "cut": pa.table(
            {
                "known_through": pa.array([sight.known_through or FOREVER], moment),
                "recorded_through": pa.array([sight.recorded_through or FOREVER], moment),
                "known_day": pa.array([sight.known_day], pa.date32()),
                "card": pa.array([sight.card], pa.string()),
            }
        )
    }
    if accounts is not None:
        bound["wanted"] = pa.table({"account_id": pa.array(sorted(set(accounts)), pa.string())})
    return bound


def _read_as(request: Request) -> pa.Table:
    """How goals read the blueprint's metrics."""
    rows = [(key, each.aggregate, each.goal_days) for key, each in sorted(request.metrics.items())]
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    types = (pa.string(), pa.string(), pa.int64())
    made = [pa.array(column, type_) for column, type_ in zip(columns, types, strict=True)]
    return pa.table(dict(zip(("metric", "gathers", "days"), made, strict=True)))


def _chunks(days: Sequence[date]) -> Iterator[Sequence[date]]:
    for start in range(0, len(days), _DAYS_AT_ONCE):
        yield days[start : start + _DAYS_AT_ONCE]

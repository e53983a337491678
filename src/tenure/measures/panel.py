"""The panel: every account on every day that it existed, with a column per measure, and unknown where that is so."""

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir
from ibis import _

from tenure.blueprint.expressions import Column
from tenure.measures.registry import Derived, Measure, Window
from tenure.measures.relations import DAYS, RELATIONS, coverage, noun
from tenure.measures.request import ACCOUNT_FIELDS, Base, Request, arguments, base_of, definition, source_of

ACCOUNT = ("account.created", "account.changed", "account.closed", "account.reopened", "account.churned")
_COLUMN = {"text": "string", "boolean": "boolean", "number": "float64", "integer": "float64", "day": "date"}
SOURCES = ibis.table({"source": "string", "relation": "string"}, name="sources")


def population(fields: Mapping[str, str]) -> ir.Table:
    """Accounts on the days in question, from the day they were created; closed ones stay, with their status."""

    def with_creation(rows: ir.Table) -> ir.Table:
        created = ibis.ifelse(rows.kind == "account.created", rows.fact_day, ibis.null("date"))
        closed = ibis.ifelse(rows.kind == "account.closed", "closed", "active")
        return rows.mutate(
            created_day=created.min().over(ibis.window(group_by="account_id")),
            status=ibis.coalesce(rows.status, closed),
        )

    paths = {name: f"custom.{name}" for name in fields if name not in ACCOUNT_FIELDS}
    rows = noun(ACCOUNT, None, fields, paths=paths, per=("account_id",), also=with_creation)
    rows = rows.filter(rows.created_day <= rows.day)
    return rows.select("account_id", "day", "created_day", *fields)


def kept_population(request: Request) -> ir.Table:
    """What `population` gave, as the queries after it find it."""
    fields = {name: _COLUMN[kind] for name, kind in request.fields.items()}
    return ibis.table({"account_id": "string", "day": "date", "created_day": "date", **fields}, name="population")


def taken(name: str, bases: Sequence[Base]) -> ir.Table:
    """All measures of one relation, in one pass over it. The relation is built for the longest of their windows."""
    rows = RELATIONS[name].build(max(base.days for base in bases))
    values = {base.key: base.measure.function(rows, Window(rows, base.days)).cast("float64") for base in bases}
    return rows.group_by("account_id", "day").aggregate(**values)


def live(sources: Sequence[str], accounts: ir.Table) -> ir.Table:
    """Per account and day, the day since which each source has been live without a gap.

    Coverage of all accounts and of one account count together; spans that touch are one.
    """
    spans = coverage().join(SOURCES, "relation")
    everywhere = _merged(spans.filter(spans.account_id.isnull()), "source")
    one_by_one = spans.filter(spans.account_id.notnull())
    merged = _merged(_for_each(everywhere, one_by_one, accounts), "source", "account_id")
    joined = merged.join(DAYS, [merged.from_day <= DAYS.day, merged.through_day >= DAYS.day])
    since = {f"since {source}": joined.from_day.min(where=joined.source == source) for source in sources}
    return joined.group_by("account_id", "day").aggregate(**since)


def spoken_of(sources: Sequence[str], accounts: ir.Table) -> ir.Table:
    """Per account, whether coverage speaks of each source at all."""
    spans = coverage().join(SOURCES, "relation")
    rows = _for_each(spans.filter(spans.account_id.isnull()), spans.filter(spans.account_id.notnull()), accounts)
    spoken = {f"spoken {source}": (rows.source == source).any() for source in sources}
    return rows.group_by("account_id").aggregate(**spoken)


def _for_each(everywhere: ir.Table, one_by_one: ir.Table, accounts: ir.Table) -> ir.Table:
    """Spans of all accounts, said of each, and those that are said of one."""
    names = ("source", "account_id", "from_day", "through_day")
    said = everywhere.select("source", "from_day", "through_day").cross_join(accounts.select("account_id").distinct())
    return said.select(*names).union(one_by_one.select(*names))


def _merged(spans: ir.Table, *by: str) -> ir.Table:
    """Spans that overlap or touch, as one."""
    spans = spans.select(*by, "from_day", "through_day").distinct()
    order = ["from_day", "through_day"]
    before = ibis.window(group_by=by, order_by=order, rows=(None, -1))
    reach = spans.through_day.max().over(before)
    apart = reach.isnull() | (spans.from_day.delta(reach, unit="day") > 1)
    marked = spans.mutate(apart=apart.cast("int64"))
    numbered = marked.mutate(island=marked.apart.sum().over(ibis.cumulative_window(group_by=by, order_by=order)))
    grouped = numbered.group_by(*by, "island").aggregate(from_day=_.from_day.min(), through_day=_.through_day.max())
    return grouped.drop("island")


def panel(request: Request) -> ir.Table:
    """Accounts and days with each measure's value: what was found, zero where nothing happened, null where unknown."""
    rows = kept_population(request)
    on_day = {"account_id": "string", "day": "date"}
    for name, bases in request.bases.items():
        table = ibis.table({**on_day, **{base.key: "float64" for base in bases}}, name=f"of {name}")
        rows = _beside(rows, table.mutate(ibis.literal(True).name(f"has {name}")), ["account_id", "day"])
    if request.sources:
        since = {f"since {source}": "date" for source in request.sources}
        rows = _beside(rows, ibis.table({**on_day, **since}, name="live"), ["account_id", "day"])
        spoken = {f"spoken {source}": "boolean" for source in request.sources}
        rows = _beside(rows, ibis.table({"account_id": "string", **spoken}, name="spoken"), ["account_id"])
    values = {base.key: _valued(base, rows, f"has {name}") for name, bases in request.bases.items() for base in bases}
    return rows.select("account_id", "day", *request.fields, **values)


def _beside(rows: ir.Table, table: ir.Table, keys: list[str]) -> ir.Table:
    table = table.rename({f"{key} beside": key for key in keys})
    joined = rows.left_join(table, [rows[key] == table[f"{key} beside"] for key in keys])
    return joined.drop(*(f"{key} beside" for key in keys))


def _valued(base: Base, rows: ir.Table, has: str) -> ir.Value:
    measure, found = base.measure, rows[base.key]
    nothing = ibis.null("float64") if measure.empty is None else ibis.literal(measure.empty)
    value = ibis.ifelse(rows[has].fill_null(False), found, nothing)
    if measure.live == "found" and measure.empty is None:
        return value
    known = _was_live(measure, base, rows)
    if measure.live == "found":
        return ibis.coalesce(found, ibis.ifelse(known, nothing, ibis.null("float64")))
    return ibis.ifelse(known, value, ibis.null("float64"))


def _was_live(measure: Measure, base: Base, rows: ir.Table) -> ir.BooleanValue:
    """Whether the source was live on all days that the value speaks of, from the account's creation on."""
    source = source_of(measure)
    if source is None:
        return ibis.literal(True)
    since = rows[f"since {source}"]
    reaches = rows.day.delta(since, unit="day") >= (rows[base.key] if measure.live == "since" else base.days - 1)
    ok = (reaches | (since <= rows.created_day)).fill_null(False)
    if RELATIONS[measure.over].must_be_live:
        return ok
    return ok | ~rows[f"spoken {source}"].fill_null(False)


def result(request: Request) -> ir.Table:
    """The columns that were asked for, on the days that were asked for."""
    fields = {name: _COLUMN[kind] for name, kind in request.fields.items()}
    values = {base.key: "float64" for bases in request.bases.values() for base in bases}
    panel = ibis.table({"account_id": "string", "day": "date", **fields, **values}, name="panel")
    base = panel.semi_join(DAYS.filter(DAYS.asked), "day")
    for ago in request.agos:
        if ago:
            earlier = panel.rename(
                {f"{name}@{ago}": name for name in panel.columns if name not in ("account_id", "day")}
            )
            earlier = earlier.mutate(day=(earlier.day + ibis.interval(days=ago)).cast("date"))
            base = _beside(base, earlier, ["account_id", "day"])
    columns = {column.key: _column(request, base, column) for column in request.columns if column.key != "status"}
    return base.select("account_id", "day", "status", **columns)


def _column(request: Request, base: ir.Table, column: Column) -> ir.Value:
    at = f"@{column.ago}" if column.ago else ""
    if column.name in request.fields:
        return base[f"{column.name}{at}"]
    found = definition(column.name, request.metrics)
    if isinstance(found, Derived):
        values = {name: _column(request, base, need) for name, need in arguments(found, column).items()}
        return found.function(**values).cast("float64")
    return base[f"{base_of(found, column).key}{at}"]

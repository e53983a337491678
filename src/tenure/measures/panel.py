"""The panel: every account on every day that it existed, with a column per measure, and unknown where that is so."""

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

from tenure.blueprint.expressions import Column
from tenure.measures.registry import Derived, Measure, Window
from tenure.measures.relations import RELATIONS, noun
from tenure.measures.request import ACCOUNT_FIELDS, Base, Request, arguments, base_of, definition, source_of

ACCOUNT = ("account.created", "account.changed", "account.closed", "account.reopened", "account.churned")
_COLUMN = {"text": "string", "boolean": "boolean", "number": "float64", "integer": "float64", "day": "date"}


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


def taken(name: str, bases: Sequence[Base]) -> ir.Table:
    """All measures of one relation, in one pass over it. The relation is built for the longest of their windows."""
    rows = RELATIONS[name].build(max(base.days for base in bases))
    values = {base.key: base.measure.function(rows, Window(rows, base.days)).cast("float64") for base in bases}
    return rows.group_by("account_id", "day").aggregate(**values)


def values(request: Request, ago: int) -> ir.Table:
    """What was found, zero where nothing happened, null where it is unknown.

    Over ``found``: the population with what each relation gave beside it, whether it gave anything, and since when
    each source has been live.
    """
    at = request.bases[ago]
    columns = {"account_id": "string", "day": "date", "created_day": "date", **_typed(request.fields)}
    for name, bases in at.items():
        columns |= {base.key: "float64" for base in bases} | {f"has {name}": "boolean"}
    for source in request.sources(ago):
        columns |= {f"since {source}": "date", f"spoken {source}": "boolean"}
    rows = ibis.table(columns, name="found")
    valued = {base.key: _valued(base, rows, rows[f"has {name}"]) for name, bases in at.items() for base in bases}
    return rows.select("account_id", "day", *request.fields, **valued)


def _valued(base: Base, rows: ir.Table, was_found: ir.BooleanValue) -> ir.Value:
    measure, found = base.measure, rows[base.key]
    nothing = ibis.null("float64") if measure.empty is None else ibis.literal(measure.empty)
    value = ibis.ifelse(was_found.fill_null(False), found, nothing)
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
    """The columns that were asked for, over ``panel``: the values of each day with those of days before beside them."""
    columns = {"account_id": "string", "day": "date"}
    for ago, at in request.bases.items():
        values = {base.key: "float64" for bases in at.values() for base in bases}
        columns |= {called(name, ago): type_ for name, type_ in (_typed(request.fields) | values).items()}
    rows = ibis.table(columns, name="panel")
    asked = {column.key: _column(request, rows, column) for column in request.columns if column.key != "status"}
    return rows.select("account_id", "day", "status", **asked)


def called(name: str, ago: int) -> str:
    """What a column of so many days before is called beside those of the day."""
    return f"{name}@{ago}" if ago else name


def _typed(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: _COLUMN[kind] for name, kind in fields.items()}


def _column(request: Request, base: ir.Table, column: Column) -> ir.Value:
    if column.name in request.fields:
        return base[called(column.name, column.ago)]
    found = definition(column.name, request.metrics)
    if isinstance(found, Derived):
        values = {name: _column(request, base, need) for name, need in arguments(found, column).items()}
        return found.function(**values).cast("float64")
    return base[called(base_of(found, column).key, column.ago)]

"""What measures are taken from: relations over the days in question, each row with its account, its day and its age.

A relation joins facts to every day in question on which they had happened. `age_days` says how long before, and
`current` whether the fact is still the last word about its subject on that day. So a count over a window and a state
as of a day come from the same rows, and all measures of one relation are one query.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
from ibis import _
from ibis.expr.builders import WindowBuilder

from tenure.base.registry import Registry
from tenure.facts.engine import found_in
from tenure.facts.reading import Cut, standing
from tenure.facts.rollups import known_by, total
from tenure.facts.tables import EVENTS, EVENTS_DAILY, LEDGER, POINTS

MOMENT = "timestamp('UTC', 6)"

# What is bound when measures are taken: the days in question, how far one sees, and the accounts that one asked for.
DAYS = ibis.table({"day": "date", "ends_at": MOMENT}, name="days")
CUT = ibis.table(
    {"known_through": MOMENT, "recorded_through": MOMENT, "known_day": "date", "card": "string"}, name="cut"
)
WANTED = ibis.table({"account_id": "string"}, name="wanted")
# What is kept between the queries of one computation.
SEEN = ibis.table(
    {
        "id": "int64",
        "kind": "string",
        "account_id": "string",
        "subject_id": "string",
        "happened_at": MOMENT,
        "day": "date",
        "data": "string",
        "corrects": "int64",
        "retracts": "int64",
    },
    name="seen",
)
FACTS = ibis.table(
    {
        "id": "int64",
        "place": "int64",
        "kind": "string",
        "account_id": "string",
        "subject_id": "string",
        "happened_at": MOMENT,
        "fact_day": "date",
        "data": "json",
    },
    name="facts",
)
USAGE = ibis.table(
    {
        "account_id": "string",
        "user_id": "string",
        "name": "string",
        "fact_day": "date",
        "rows": "int64",
        "count": "float64",
        "seconds": "float64",
        "errors": "float64",
    },
    name="usage",
)
SERIES = ibis.table(
    {
        "account_id": "string",
        "metric": "string",
        "value": "float64",
        "fact_day": "date",
        "happened_at": MOMENT,
        "key": "string",
    },
    name="series",
)
# How goals read their metrics: over so many days, put together in this way.
READ_AS = ibis.table({"metric": "string", "gathers": "string", "days": "int64"}, name="read_as")
ENTERED = ("point.entered",)

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation: how it is built for the longest window asked of it, the kinds of fact it reads, and its source.

    Attributes
    ----------
    source : what coverage calls its source, such as ``issues``; None where nobody but the ledger could know.
    must_be_live : whether silence means nothing unless coverage says that the source was live. Otherwise that is asked
        only of accounts for which coverage speaks of this source at all.
    """

    name: str
    build: Callable[[int], ir.Table]
    kinds: tuple[str, ...] = ()
    source: str | None = None
    must_be_live: bool = False


RELATIONS: Registry[Relation] = Registry("relations")


def relation(
    name: str, *, kinds: tuple[str, ...] = (), source: str | None = None, must_be_live: bool = False
) -> Callable[[Callable[[int], ir.Table]], Callable[[int], ir.Table]]:
    """Register a relation. The function takes the longest window, in days, that a measure asks of it."""

    def register(build: Callable[[int], ir.Table]) -> Callable[[int], ir.Table]:
        RELATIONS.add(name, Relation(name, build, kinds, source, must_be_live))
        return build

    return register


def seen(kinds: tuple[str, ...]) -> ir.Table:
    """The ledger's entries of these kinds as they were known at the cut, and those that take back or correct others."""
    rows = standing(LEDGER, LEDGER.relation().filter(_known_to_stand(kinds)), cut())
    return rows.select(*SEEN.columns)


def facts(kinds: tuple[str, ...], wanted: bool) -> ir.Table:
    """Of the entries that were seen, the facts that stand.

    What is corrected or retracted is gone from the moment at which the other entry was known; an entry that only takes
    back is no fact itself.
    """
    gone = SEEN.select(id=SEEN.corrects).union(SEEN.select(id=SEEN.retracts)).filter(_.id.notnull()).distinct()
    held = SEEN.filter(SEEN.retracts.isnull(), SEEN.kind.isin(kinds)).anti_join(gone, "id")
    if wanted:
        held = held.semi_join(WANTED, "account_id")
    # A correction stands where the corrected one stood among facts of the same moment.
    # Their data is read field by field: it is looked through as JSON once, not for each.
    held = held.mutate(place=ibis.coalesce(held.corrects, held.id), data=held.data.cast("json")).rename(fact_day="day")
    return held.select(*FACTS.columns)


def _known_to_stand(kinds: tuple[str, ...]) -> ir.BooleanValue:
    # An entry that takes back one of these may be of another kind.
    return _.kind.isin(kinds) | _.retracts.notnull() | _.corrects.notnull()


def usage(from_rollups: bool, wanted: bool) -> ir.Table:
    """Product usage per account, user, feature and happened-day, as it was known."""
    if from_rollups:
        rows = known_by(EVENTS_DAILY.relation(), CUT.known_day.as_scalar())
    else:
        rows = total(standing(EVENTS, EVENTS.relation(), cut()).mutate(rows=ibis.literal(1, "int64")))
    if wanted:
        rows = rows.semi_join(WANTED, "account_id")
    return rows.rename(fact_day="day").select(*USAGE.columns)


def series(wanted: bool) -> ir.Table:
    """The points that stand as of the cut: those of the lake, and those that people entered, which are facts."""
    typed = FACTS.filter(FACTS.kind.isin(ENTERED)).rename(written_day="fact_day")
    typed = with_fields(typed, {"metric": "text", "value": "number", "fact_day": "day"}, {"fact_day": "day"})
    entered = typed.mutate(
        fact_day=ibis.coalesce(typed.fact_day, typed.written_day),
        key=typed.id.cast("string"),
    )
    stored = standing(POINTS, POINTS.relation(), cut())
    if wanted:
        stored = stored.semi_join(WANTED, "account_id")
    return stored.rename(fact_day="day").select(*SERIES.columns).union(entered.select(*SERIES.columns))


def cut() -> Cut:
    """How far the computation sees, as values of its expressions."""
    return Cut(CUT.known_through.as_scalar(), CUT.recorded_through.as_scalar())


def on_days(rows: ir.Table, span: int | None) -> ir.Table:
    """The rows on every day in question from when they happened, or on those within `span` days of it."""
    joined = rows.join(DAYS, rows.fact_day <= DAYS.day)
    joined = joined.mutate(age_days=joined.day.delta(joined.fact_day, unit="day"))
    return joined if span is None else joined.filter(joined.age_days < span)


def noun(
    kinds: tuple[str, ...],
    span: int | None,
    fields: Fields | None = None,
    *,
    per: tuple[str, ...] = ("subject_id",),
    paths: Mapping[str, str] | None = None,
    only_within: bool = False,
    also: Callable[[ir.Table], ir.Table] | None = None,
) -> ir.Table:
    """Facts of some kinds on the days in question, with fields of their data.

    A fact is `current` on a day when no later one of its subject (or of whatever `per` names) has happened by then.
    `paths` says where a field stands, if not under its own name. Facts older than `span` that are not current are left
    out, and with `only_within` the current ones too. `also` adds columns while the rows are still one per fact.
    """
    rows = FACTS.filter(FACTS.kind.isin(kinds))
    if also or not set(per) <= set(rows.columns):
        rows = with_fields(rows, fields or {}, paths)
        rows = _in_question(_with_next(also(rows) if also else rows, per), span)
    else:
        # Reading fields takes longest: it is done of those facts alone that count on one of the days.
        rows = with_fields(_in_question(_with_next(rows, per), span), fields or {}, paths)
    joined = on_days(rows, None)
    joined = joined.mutate(current=joined.next_day.isnull() | (joined.next_day > joined.day))
    if span is None:
        return joined.filter(joined.current)
    within = joined.age_days < span
    return joined.filter(within if only_within else within | joined.current)


def with_fields(rows: ir.Table, fields: Fields, paths: Mapping[str, str] | None = None) -> ir.Table:
    """Facts with fields of their data in its place, each of one of the types that facts have: text, number, day …

    A field is null where it is absent or of another type. `paths` says where it stands, if not under its own name.
    """
    if not fields:
        return rows.drop("data")
    # All at once: most of the time that a measure takes goes into looking through the data of facts.
    found = found_in(rows.data, [(paths or {}).get(name, name) for name in fields])
    read = {name: _typed(value, kind) for (name, kind), value in zip(fields.items(), found, strict=True)}
    return rows.mutate(**read).drop("data")


def _with_next(rows: ir.Table, per: tuple[str, ...]) -> ir.Table:
    """The rows with the day of the next one of their subject, null where none follows."""
    return rows.mutate(next_day=rows.fact_day.lead().over(in_turn(*per)))


def _in_question(rows: ir.Table, span: int | None) -> ir.Table:
    """Those that are current on one of the days in question, or lie within `span` days of one."""
    first = DAYS.day.min().as_scalar()
    counts = rows.next_day.isnull() | (rows.next_day > first)
    if span is not None:
        counts = counts | (first.delta(rows.fact_day, unit="day") < span)
    return rows.filter(rows.fact_day <= DAYS.day.max().as_scalar(), counts)


def in_turn(*per: str, so_far: bool = False) -> WindowBuilder:
    """The order in which facts follow each other; `so_far` takes those up to the present one."""
    order = ["happened_at", "place", "id"]
    if so_far:
        return ibis.cumulative_window(group_by=per, order_by=order)
    return ibis.window(group_by=per, order_by=order)


def since(rows: ir.Table, name: str, *per: str) -> ir.Table:
    """The rows with `since_day`, the day from which `name` has had the value that it has in this row."""
    before = rows[name].lag().over(in_turn(*per))
    first = ibis.row_number().over(in_turn(*per)) == 0
    changed = rows.mutate(changed_day=ibis.ifelse(first | ~rows[name].identical_to(before), rows.fact_day, ibis.null()))
    return changed.mutate(since_day=changed.changed_day.max().over(in_turn(*per, so_far=True)))


def _typed(value: ir.Value, kind: str) -> ir.Value:
    match kind:
        case "number" | "integer":
            return value.float
        case "boolean":
            return value.bool
        case "day":
            return value.str.try_cast("date")
        case "moment":
            return value.str.try_cast(MOMENT)
        case _:
            return value.str

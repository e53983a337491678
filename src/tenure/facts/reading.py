"""What stands among the stored rows: each key once, nothing that was taken back, nothing known later than asked."""

from dataclasses import dataclass
from datetime import date, datetime

import ibis
import ibis.expr.types as ir
from ibis import _

from tenure.facts.tables import LakeTable


@dataclass(frozen=True, slots=True)
class Cut:
    """How far a reader sees. Moments may also be values of an expression, so that it is compiled once for all moments.

    Attributes
    ----------
    known_through : rows known later are left out, and so are retractions known later.
    recorded_through : rows written down later are left out, whatever they say of when they were known. With the moment
        at which an edition was made it gives exactly the rows that the edition was made from.
    days : the first and last happened-day.
    """

    known_through: datetime | ir.Value | None = None
    recorded_through: datetime | ir.Value | None = None
    days: tuple[date, date] | None = None


def standing(spec: LakeTable, rows: ibis.Table, cut: Cut) -> ibis.Table:
    """The rows of `spec` that stand as of the cut.

    Rows with one key and one happened-day are one row: the first written down counts, until a retraction of that key
    is known; a row written down after the retraction counts again. Which row is first never depends on the cut of
    what was known, so a value does not change hands when more becomes known.
    """
    if cut.days and spec.day:
        rows = rows.filter(rows[spec.day].between(*(ibis.literal(day) for day in cut.days)))
    if cut.recorded_through is not None and spec.recorded:
        rows = rows.filter(rows[spec.recorded] <= _moment(cut.recorded_through))
    if spec.retractable:
        return incarnations(spec, rows, cut.known_through).drop("ended_at", "retracted")
    if spec.key:
        rows = _first_of_each_key(spec, rows)
    if cut.known_through is not None and spec.known:
        rows = rows.filter(rows[spec.known] <= _moment(cut.known_through))
    return rows


def incarnations(spec: LakeTable, rows: ibis.Table, known_through: datetime | ir.Value | None = None) -> ibis.Table:
    """The stretches for which a key stood: its row, and `ended_at`, when its retraction was known (null: it stands).

    With `known_through`, only those that stood then. Without it, those that stand.
    """
    # Most keys are said once and never taken back: they need not be put in order.
    counted = rows.mutate(times=rows.count().over(ibis.window(group_by=_identity(spec))))
    once = counted.filter(counted.times == 1, ~counted.retracted).drop("times")
    alternating = alternate(spec, counted.filter(counted.times > 1).drop("times"))
    later = ibis.window(group_by=_identity(spec), order_by=_order(spec))
    ended = alternating.mutate(ended_at=alternating[str(spec.known)].lead().over(later)).filter(~_.retracted)
    ended = ended.union(once.mutate(ended_at=ibis.null(ended.ended_at.type())).select(ended.columns))
    if known_through is None:
        return ended.filter(ended.ended_at.isnull())
    moment = _moment(known_through)
    return ended.filter(
        ended[str(spec.known)] <= moment,
        ended.ended_at.isnull() | (ended.ended_at > moment),
    )


def alternate(spec: LakeTable, rows: ibis.Table) -> ibis.Table:
    """Rows and retractions of each key in turn: a row said again while it stands is dropped, and so is a retraction of
    what does not stand."""
    window = ibis.window(group_by=_identity(spec), order_by=_order(spec))
    marked = rows.mutate(was_retracted=rows.retracted.lag().over(window))
    starts = marked.was_retracted.isnull() & ~marked.retracted
    return marked.filter(starts | (marked.was_retracted != marked.retracted)).drop("was_retracted")


def _first_of_each_key(spec: LakeTable, rows: ibis.Table) -> ibis.Table:
    # What has no retractions never changes: rows of one key differ in when they were written down, if at all.
    window = ibis.window(group_by=_identity(spec), order_by=[spec.recorded, spec.known])
    return rows.mutate(place=ibis.row_number().over(window)).filter(_.place == 0).drop("place")


def _identity(spec: LakeTable) -> list[str]:
    return [str(spec.key), *([spec.day] if spec.day else [])]


def _order(spec: LakeTable) -> list[ibis.Deferred | str]:
    """The order of writing down. Where one batch takes a row back and says it anew, the taking back comes first."""
    return [str(spec.recorded), ibis.desc("retracted"), *_ties(spec)]


def _ties(spec: LakeTable) -> list[str]:
    """Every other column: rows that agree in all of them are alike, so whichever comes first, engines agree."""
    return [name for name in spec.columns if name not in (spec.key, spec.day, spec.recorded, "retracted")]


def _moment(value: datetime | ir.Value) -> ir.Value:
    return value if isinstance(value, ir.Value) else ibis.literal(value, type="timestamp('UTC', 6)")

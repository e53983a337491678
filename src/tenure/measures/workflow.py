"""Measures of work that goes through states: how far it is planned, what went out, the material that clients owe.

The examples ask `tenure.measures.trial.trial` on 31 March 2026.
"""

import ibis
import ibis.expr.types as ir

from tenure.measures.registry import Window, measure
from tenure.measures.relations import FACTS, in_turn, noun, on_days, relation, with_fields

WORK = (
    "deliverable.planned",
    "deliverable.changed",
    "deliverable.moved",
    "deliverable.rescheduled",
    "deliverable.approved",
    "deliverable.changes_asked",
    "deliverable.delivered",
    "deliverable.cancelled",
)
PACE = "pace.set"
AHEAD = ("planned", "received", "making", "review", "ready")


@relation("work_ahead", kinds=(*WORK, PACE), source="deliverables")
def work_ahead(span: int) -> ir.Table:
    """A row per kind of deliverable that has a rhythm: that rhythm, and how many of the kind are planned and ahead."""
    rows = noun(WORK, None, {"type": "text", "means": "text", "status": "text", "due_on": "day"})
    ahead = rows.means.isin(AHEAD) & (rows.status == "planned") & (rows.due_on.isnull() | (rows.due_on > rows.day))
    counts = rows.group_by("account_id", "day", "type").aggregate(ahead=rows.count(where=ahead))
    told = {"type": "text", "per_week": "number"}
    paces = noun(
        (*WORK, PACE), None, told, per=("account_id", "type"), also=lambda rows: rows.filter(rows.per_week > 0)
    )
    paces = paces.select("account_id", "day", "type", "per_week", "age_days")
    joined = paces.left_join(counts, ["account_id", "day", "type"])
    return joined.select("account_id", "day", "age_days", "per_week", ahead=joined.ahead.fill_null(0))


@relation("material", kinds=WORK, source="deliverables")
def material(span: int) -> ir.Table:
    """Material that clients owe: a row for the day on which each was due, and one for the day on which it came.

    It was due on a day where that day still stood at its end; a new day given later asks again, and takes nothing back.
    """
    fields = {"status": "text", "material_on": "day", "material_by": "text", "received_on": "day"}
    rows = with_fields(FACTS.filter(FACTS.kind.isin(WORK)), fields)
    rows = rows.filter(rows.material_by == "client")
    rows = rows.mutate(
        next_day=rows.fact_day.lead().over(in_turn("subject_id")),
        came_day=rows.received_on.min().over(ibis.window(group_by="subject_id")),
    )
    stood = (rows.fact_day <= rows.material_on) & (rows.next_day.isnull() | (rows.next_day > rows.material_on))
    asked = rows.filter(stood & (rows.status != "cancelled"))
    came = rows.filter(rows.received_on == rows.came_day)
    columns = ("account_id", "subject_id", "came_day", "fact_day")
    both = (
        asked.mutate(fact_day=asked.material_on)
        .select(*columns, asked=True)
        .union(came.mutate(fact_day=came.came_day).select(*columns, asked=False))
    )
    return on_days(both, span)


@measure("work_planned_weeks", over="work_ahead", unit="weeks", window=None, empty=None)
def work_planned_weeks(work_ahead: ir.Table, window: Window) -> ir.Value:
    """Weeks that planned work reaches, at the rhythm agreed for it.

    What is planned and not out, and goes out on a later day or on none yet, divided by how many go out each week; of
    several kinds with a rhythm the one that reaches least. An idea is not planned, and what should be out already
    reaches no further. Per account and day, as of the day's end; weeks. Null where no rhythm is known. Source: ours.

    >>> trial(
    ...     "work_planned_weeks",
    ...     "03-10 pace.set subject=p type=post per_week=2",
    ...     "03-10 deliverable.planned subject=a type=post means=planned status=planned due_on=2026-04-02",
    ...     "03-10 deliverable.planned subject=b type=post means=planned status=planned",
    ...     "03-10 deliverable.planned subject=c type=post means=planned status=planned due_on=2026-03-20",
    ... )
    1.0
    """
    return (work_ahead.ahead.cast("float64") / work_ahead.per_week).min()


@measure("work_finished", over="deliverables", unit="deliverables")
def work_finished(deliverables: ir.Table, window: Window) -> ir.Value:
    """Work that went through its states and out.

    Per account and day, over the window's days; deliverables. Null where a source of deliverables was not live
    throughout. Source: ours.

    >>> trial("work_finished", "03-10 deliverable.delivered state=published", "03-20 deliverable.delivered")
    1.0
    """
    return deliverables.subject_id.nunique(where=window.both(deliverables.state.nullif("").notnull()))


@measure("material_asked", over="material", unit="deliverables")
def material_asked(material: ir.Table, window: Window) -> ir.Value:
    """Deliverables for which the client's material was due.

    It was due on its day where that still stood at the day's end; one that was asked for again counts once.
    Per account and day, over the window's days; deliverables. Null where a source of deliverables was not live
    throughout. Source: ours.

    >>> trial(
    ...     "material_asked",
    ...     "03-02 deliverable.planned subject=a status=planned material_by=client material_on=2026-03-10",
    ...     "03-02 deliverable.planned subject=b status=planned material_by=us material_on=2026-03-10",
    ... )
    1.0
    """
    return material.subject_id.nunique(where=window.both(material.asked))


@measure("material_submitted", over="material", unit="deliverables")
def material_submitted(material: ir.Table, window: Window) -> ir.Value:
    """Deliverables for which the client's material came, whenever it was due.

    Per account and day, over the window's days by the day on which it first came; deliverables. Null where a source of
    deliverables was not live throughout. Source: ours.

    >>> trial(
    ...     "material_submitted",
    ...     "03-12 deliverable.moved subject=a status=planned material_by=client received_on=2026-03-12",
    ... )
    1.0
    """
    return material.subject_id.nunique(where=window.both(~material.asked))


@measure("material_submitted_rate", over="material", unit="share", empty=None)
def material_submitted_rate(material: ir.Table, window: Window) -> ir.Value:
    """Of the deliverables for which the client's material was due, the share for which it has come by the day.

    Per account and day, over the window's days; a share from 0 to 1. Null where nothing was due, and where a source of
    deliverables was not live throughout. Source: ours.

    >>> trial(
    ...     "material_submitted_rate",
    ...     "03-02 deliverable.planned subject=a status=planned material_by=client material_on=2026-03-10",
    ...     "03-02 deliverable.planned subject=b status=planned material_by=client material_on=2026-03-20",
    ...     "03-25 deliverable.moved subject=b status=planned material_by=client material_on=2026-03-20"
    ...     " received_on=2026-03-25",
    ... )
    0.5
    """
    due = window.both(material.asked)
    came = due & (material.came_day <= material.day)
    asked = material.subject_id.nunique(where=due).cast("float64").nullif(0.0)
    return material.subject_id.nunique(where=came) / asked

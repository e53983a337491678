"""Measures of delivery: promises kept and missed, deliverables, the stage of the journey, from the ledger.

The examples ask `tenure.measures.trial.trial` on 31 March 2026.
"""

import ibis
import ibis.expr.types as ir

from tenure.measures.registry import WINDOW, Measure, Window, measure
from tenure.measures.relations import in_turn, noun, relation, since

VERDICT = ("commitment.met", "commitment.missed", "commitment.cancelled", "commitment.restated")
COMMITMENT = (
    *VERDICT,
    "commitment.opened",
    "commitment.warned",
    "commitment.paused",
    "commitment.resumed",
    "commitment.moved",
)
STAGE = ("account.created", "account.changed", "account.closed", "account.reopened")
CHECKLIST = (
    "checklist.opened",
    "checklist.done",
    "checklist.skipped",
    "checklist.blocked",
    "checklist.unblocked",
    "checklist.reopened",
    "checklist.held",
    "checklist.cancelled",
)
ON_THE_LIST = ("checklist.opened", "checklist.blocked", "checklist.unblocked", "checklist.reopened")
RUNNING = ("commitment.opened", "commitment.warned", "commitment.resumed", "commitment.moved")


@relation("verdicts", kinds=VERDICT)
def verdicts(span: int) -> ir.Table:
    """Commitments that were judged: the verdict that holds, dated by the first one."""
    rows = noun(VERDICT, None, {"verdict": "text", "rule": "text"}, also=_first_judged)
    said = ibis.coalesce(rows.verdict.nullif(""), rows.kind.replace("commitment.", ""))
    # A verdict restated later is still a verdict on that day's promise.
    rows = rows.mutate(said=said, age_days=rows.day.delta(rows.judged_day, unit="day"))
    return rows.filter(rows.age_days < span)


def _first_judged(rows: ir.Table) -> ir.Table:
    return rows.mutate(judged_day=rows.fact_day.min().over(in_turn("subject_id", so_far=True)))


@relation("commitments", kinds=COMMITMENT)
def commitments(span: int) -> ir.Table:
    """Commitments as they stand."""
    return noun(COMMITMENT, None, {"due_at": "moment"})


@relation("deliverables", kinds=("deliverable.delivered",), source="deliverables")
def deliverables(span: int) -> ir.Table:
    """Deliverables that were handed over."""
    return noun(("deliverable.delivered",), span, {"state": "text"}, only_within=True)


@relation("stages", kinds=STAGE)
def stages(span: int) -> ir.Table:
    """The stage of the journey that each account is in, and since when."""
    return noun(
        STAGE, None, {"stage": "text"}, per=("account_id",), also=lambda rows: since(rows, "stage", "account_id")
    )


@relation("checklist", kinds=CHECKLIST)
def checklist(span: int) -> ir.Table:
    """Items of journeys' checklists as they stand."""
    return noun(CHECKLIST, None, {"due_at": "moment", "waits_for": "text", "since": "moment"})


@measure("commitments_met_rate", over="verdicts", unit="share", window=90, empty=None)
def commitments_met_rate(verdicts: ir.Table, window: Window) -> ir.Value:
    """Promises that were kept, of those that were judged. The verdict that holds counts, on the day of the first one.

    Per account and day, over the window's days; a share from 0 to 1. Null where none was judged. Source: ours.

    >>> trial("commitments_met_rate", "03-02 commitment.met", "03-09 commitment.missed")
    0.5
    """
    judged = window.both(verdicts.said.isin(["met", "missed"]))
    met = window.both(verdicts.said == "met")
    return verdicts.count(where=met) / verdicts.count(where=judged).cast("float64").nullif(0.0)


@measure("commitments_missed", over="verdicts", unit="promises", window=90, better="down")
def commitments_missed(verdicts: ir.Table, window: Window) -> ir.Value:
    """Promises that were missed, whoever caused it. A verdict restated as met is none.

    Per account and day, over the window's days; promises. Never null. Source: ours.

    >>> trial(
    ...     "commitments_missed",
    ...     "03-02 commitment.missed subject=c1",
    ...     "03-05 commitment.restated subject=c1 verdict=met",
    ...     "03-09 commitment.missed subject=c2",
    ... )
    1.0
    """
    return verdicts.count(where=window.both(verdicts.said == "missed"))


def missed(name: str, rule: str) -> Measure:
    """Misses of one promise: what ``missed_<commitment>`` means. The verdict that holds counts, on the first one's day.

    Per account and day, over the window's days; promises. Never null. Source: ours.

    >>> trial("missed_notes", "03-08 commitment.missed rule=notes", "03-09 commitment.missed rule=reply")
    1.0
    """

    def misses(verdicts: ir.Table, window: Window) -> ir.Value:
        return verdicts.count(where=window.both(verdicts.said == "missed", verdicts.rule == rule))

    misses.__doc__ = f"Misses of the promise {rule}."
    return Measure(name, "verdicts", misses, unit="promises", window=WINDOW, empty=0.0, better="down")


@measure("commitments_open_overdue", over="commitments", unit="promises", window=None, better="down")
def commitments_open_overdue(commitments: ir.Table, window: Window) -> ir.Value:
    """Open promises whose due moment has passed by the end of the day. A paused one is not due.

    Per account and day, as of the day's end in the company's zone; promises. Never null. Source: ours.

    >>> trial("commitments_open_overdue", "03-10 commitment.opened due_at=2026-03-20T17:00:00+00:00")
    1.0
    """
    return commitments.count(where=commitments.kind.isin(RUNNING) & (commitments.due_at < commitments.ends_at))


@measure("deliverables_delivered", over="deliverables", unit="deliverables")
def deliverables_delivered(deliverables: ir.Table, window: Window) -> ir.Value:
    """Deliverables that were handed over.

    Per account and day, over the window's days; deliverables. Null where a source of deliverables was not live
    throughout. Source: ours.

    >>> trial("deliverables_delivered", "03-10 deliverable.delivered", "03-20 deliverable.delivered")
    2.0
    """
    return deliverables.subject_id.nunique(where=window.holds)


@measure("days_in_stage", over="stages", unit="days", window=None, empty=None, better="down")
def days_in_stage(stages: ir.Table, window: Window) -> ir.Value:
    """Days since the account entered the stage of its journey that it is in.

    Per account and day, as of the day; days. Null where it is in no stage. Source: ours.

    >>> trial("days_in_stage", "03-01 account.changed stage=launch", "03-11 account.changed stage=launch")
    30.0
    """
    entered = stages.stage.nullif("").notnull()
    return stages.day.delta(stages.since_day, unit="day").max(where=entered)


@measure("checklist_completion_rate", over="checklist", unit="share", window=None, empty=None)
def checklist_completion_rate(checklist: ir.Table, window: Window) -> ir.Value:
    """Checklist items that are done, of those that should be: done by now, or open past their due moment.

    Items that were left out or cancelled do not count, and those that are not yet due only once they are done.

    Per account and day, as of the day's end in the company's zone; a share from 0 to 1. Null where nothing was done
    and nothing is due. Source: ours.

    >>> trial(
    ...     "checklist_completion_rate",
    ...     "03-02 checklist.done subject=i1",
    ...     "03-03 checklist.opened subject=i2 due_at=2026-03-20T17:00:00+00:00",
    ... )
    0.5
    """
    done = checklist.kind == "checklist.done"
    late = checklist.kind.isin(ON_THE_LIST) & (checklist.due_at < checklist.ends_at)
    return checklist.count(where=done) / checklist.count(where=done | late).cast("float64").nullif(0.0)


@measure("checklist_blocked_days", over="checklist", unit="days", window=None, empty=None, better="down")
def checklist_blocked_days(checklist: ir.Table, window: Window) -> ir.Value:
    """Days for which the open checklist item that waits the longest has waited for somebody.

    Somebody is the client, a partner, or a colleague where a block says so.

    Per account and day, as of the day's end in the company's zone; whole days. Zero where open items wait for nobody,
    null where no item is open. Source: ours.

    >>> trial("checklist_blocked_days", "03-11 checklist.blocked since=2026-03-11T15:00:00+00:00")
    20.0
    """
    is_open = checklist.kind.isin(ON_THE_LIST)
    waited = checklist.ends_at.delta(checklist.since, unit="second") // 86_400
    return ibis.ifelse(is_open, waited.fill_null(0), ibis.null()).max()

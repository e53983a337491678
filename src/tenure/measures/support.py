"""Measures of support: issues that clients raised and how they were settled, from the ledger.

The examples ask `tenure.measures.trial.trial` on 31 March 2026.
"""

import ibis
import ibis.expr.types as ir

from tenure.measures.registry import Window, measure
from tenure.measures.relations import in_turn, noun, relation

ISSUE = (
    "issue.opened",
    "issue.changed",
    "issue.responded",
    "issue.escalated",
    "issue.resolved",
    "issue.reopened",
    "issue.closed",
)
SETTLED = ("resolved", "closed")
SECONDS_PER_HOUR = 3600


@relation("issues", kinds=ISSUE, source="issues")
def issues(span: int) -> ir.Table:
    """Issues, from when they were opened to how they ended."""
    fields = {"severity": "text", "status": "text", "satisfaction": "number", "escalated": "boolean"}
    rows = noun(ISSUE, span, fields, also=_opened)
    by_kind = rows.kind.isin(["issue.resolved", "issue.closed"])
    return rows.mutate(settled=ibis.coalesce(rows.status.nullif("").isin(SETTLED), by_kind))


def _opened(rows: ir.Table) -> ir.Table:
    opened_at = ibis.ifelse(rows.kind == "issue.opened", rows.happened_at, ibis.null())
    return rows.mutate(opened_at=opened_at).mutate(
        opened_at=opened_at.min().over(in_turn("subject_id", so_far=True)),
    )


@measure("issues_opened", over="issues", unit="issues", better="down")
def issues_opened(issues: ir.Table, window: Window) -> ir.Value:
    """Issues that were opened.

    Per account and day, over the window's days; issues. Null where a source of issues was not live throughout.
    Source: ours.

    >>> trial("issues_opened", "03-10 issue.opened", "03-20 issue.opened", "02-20 issue.opened")
    2.0
    """
    return issues.subject_id.nunique(where=window.both(issues.kind == "issue.opened"))


@measure("issues_open", over="issues", unit="issues", window=None, better="down")
def issues_open(issues: ir.Table, window: Window) -> ir.Value:
    """Issues that are open.

    Per account and day, as of the day; issues. Null where a source of issues was not live on the day. Source: ours.

    >>> trial("issues_open", "01-10 issue.opened subject=i1", "03-20 issue.resolved subject=i1")
    0.0
    """
    return issues.count(where=issues.current & ~issues.settled)


@measure("urgent_issues_open", over="issues", unit="issues", window=None, better="down")
def urgent_issues_open(issues: ir.Table, window: Window) -> ir.Value:
    """Issues of urgent severity that are open.

    Per account and day, as of the day; issues. Null where a source of issues was not live on the day. Source: ours.

    >>> trial("urgent_issues_open", "03-10 issue.opened severity=urgent", "03-10 issue.opened severity=low")
    1.0
    """
    return issues.count(where=issues.current & ~issues.settled & (issues.severity == "urgent"))


@measure("issue_resolution_hours", over="issues", unit="hours", window=90, empty=None, better="down")
def issue_resolution_hours(issues: ir.Table, window: Window) -> ir.Value:
    """Mean time from opening to resolution of the issues that were resolved and stayed so.

    Per account and day, over the window's days, by when they were resolved; hours by the clock. Null where none was,
    and where a source of issues was not live throughout. Source: ours; open cases are `issues_open`.

    >>> trial("issue_resolution_hours", "03-10T09:00 issue.opened subject=i", "03-11T15:00 issue.resolved subject=i")
    30.0
    """
    resolved = window.both(issues.current, issues.kind == "issue.resolved", issues.opened_at.notnull())
    seconds = issues.happened_at.epoch_seconds() - issues.opened_at.epoch_seconds()
    return seconds.mean(where=resolved) / SECONDS_PER_HOUR


@measure("issue_satisfaction", over="issues", unit="rating", window=90, empty=None)
def issue_satisfaction(issues: ir.Table, window: Window) -> ir.Value:
    """Mean of the satisfaction that clients gave for how their issues were settled.

    Per account and day, over the window's days, by the issue's last change; a rating from 1 to 5. Null where nobody
    gave one, and where a source of issues was not live throughout. Source: the field's CSAT where it is averaged.

    >>> trial("issue_satisfaction", "03-10 issue.resolved satisfaction=5", "03-11 issue.resolved satisfaction=2")
    3.5
    """
    return issues.satisfaction.mean(where=window.both(issues.current, issues.satisfaction.notnull()))


@measure("issues_escalated", over="issues", unit="issues", window=90, better="down")
def issues_escalated(issues: ir.Table, window: Window) -> ir.Value:
    """Issues that were escalated, or opened as an escalation.

    Per account and day, over the window's days; issues. Null where a source of issues was not live throughout.
    Source: ours.

    >>> trial("issues_escalated", "03-10 issue.opened subject=i1", "03-11 issue.escalated subject=i1")
    1.0
    """
    from_the_start = (issues.kind == "issue.opened") & issues.escalated.fill_null(False)
    return issues.subject_id.nunique(where=window.both((issues.kind == "issue.escalated") | from_the_start))

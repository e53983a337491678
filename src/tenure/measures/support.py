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
    "issue.logged",
    "issue.resolved",
    "issue.rated",
    "issue.reopened",
)
SECONDS_PER_HOUR = 3600


@relation("issues", kinds=ISSUE, source="issues")
def issues(span: int) -> ir.Table:
    """Issues, from when they were opened to how they ended."""
    fields = {"severity": "text", "status": "text", "satisfaction": "number", "escalated": "boolean"}
    rows = noun(ISSUE, None, fields, also=_milestones)
    return rows.mutate(
        is_settled=ibis.coalesce(rows.status.nullif("") == "resolved", rows.kind == "issue.resolved"),
        opened_age_days=rows.day.delta(rows.opened_day, unit="day"),
        resolved_age_days=rows.day.delta(rows.resolved_day, unit="day"),
        rated_age_days=rows.day.delta(rows.rated_day, unit="day"),
        escalated_age_days=rows.day.delta(rows.escalated_day, unit="day"),
    )


def _milestones(rows: ir.Table) -> ir.Table:
    """When each issue was first opened, last resolved, last rated and last escalated, as of every fact about it."""
    from_the_start = (rows.kind == "issue.opened") & rows.escalated.fill_null(False)
    escalates = (rows.kind == "issue.escalated") | from_the_start
    so_far = in_turn("subject_id", so_far=True)

    def when(condition: ir.BooleanValue, column: ir.Column) -> ir.Column:
        return ibis.ifelse(condition, column, ibis.null())

    return rows.mutate(
        opened_at=when(rows.kind == "issue.opened", rows.happened_at).min().over(so_far),
        opened_day=when(rows.kind == "issue.opened", rows.fact_day).min().over(so_far),
        resolved_at=when(rows.kind == "issue.resolved", rows.happened_at).max().over(so_far),
        resolved_day=when(rows.kind == "issue.resolved", rows.fact_day).max().over(so_far),
        rated_day=when(rows.satisfaction.notnull(), rows.fact_day).min().over(so_far),
        escalated_day=when(escalates, rows.fact_day).max().over(so_far),
    )


@measure("issues_opened", over="issues", unit="issues", better="down")
def issues_opened(issues: ir.Table, window: Window) -> ir.Value:
    """Issues that were opened.

    Per account and day, over the window's days; issues. Null where a source of issues was not live throughout.
    Source: ours.

    >>> trial("issues_opened", "03-10 issue.opened", "03-20 issue.opened", "02-20 issue.opened")
    2.0
    """
    return issues.count(where=issues.opened_age_days < window.days)


@measure("issues_open", over="issues", unit="issues", window=None, better="down")
def issues_open(issues: ir.Table, window: Window) -> ir.Value:
    """Issues that are open.

    Per account and day, as of the day; issues. Null where a source of issues was not live on the day. Source: ours.

    >>> trial("issues_open", "01-10 issue.opened subject=i1", "03-20 issue.resolved subject=i1")
    0.0
    """
    return issues.count(where=~issues.is_settled)


@measure("urgent_issues_open", over="issues", unit="issues", window=None, better="down")
def urgent_issues_open(issues: ir.Table, window: Window) -> ir.Value:
    """Issues of urgent severity that are open.

    Per account and day, as of the day; issues. Null where a source of issues was not live on the day. Source: ours.

    >>> trial("urgent_issues_open", "03-10 issue.opened severity=urgent", "03-10 issue.opened severity=low")
    1.0
    """
    return issues.count(where=~issues.is_settled & (issues.severity == "urgent"))


@measure("issue_resolution_hours", over="issues", unit="hours", window=90, empty=None, better="down")
def issue_resolution_hours(issues: ir.Table, window: Window) -> ir.Value:
    """Mean time from opening to resolution of the issues that were resolved and stayed so.

    Per account and day, over the window's days, by when they were resolved; hours by the clock. Null where none was,
    and where a source of issues was not live throughout. Source: ours; open cases are `issues_open`.

    >>> trial("issue_resolution_hours", "03-10T09:00 issue.opened subject=i", "03-11T15:00 issue.resolved subject=i")
    30.0
    """
    resolved = issues.is_settled & (issues.resolved_age_days < window.days) & issues.opened_at.notnull()
    seconds = issues.resolved_at.epoch_seconds() - issues.opened_at.epoch_seconds()
    return seconds.mean(where=resolved) / SECONDS_PER_HOUR


@measure("issue_satisfaction", over="issues", unit="rating", window=90, empty=None)
def issue_satisfaction(issues: ir.Table, window: Window) -> ir.Value:
    """Mean of the satisfaction that clients gave for how their issues were settled.

    Per account and day, over the window's days, by when it was first given; a rating from 1 to 5. Null where nobody
    gave one, and where a source of issues was not live throughout. Source: the field's CSAT where it is averaged.

    >>> trial("issue_satisfaction", "03-10 issue.resolved satisfaction=5", "03-11 issue.resolved satisfaction=2")
    3.5
    """
    return issues.satisfaction.mean(where=issues.rated_age_days < window.days)


@measure("issues_escalated", over="issues", unit="issues", window=90, better="down")
def issues_escalated(issues: ir.Table, window: Window) -> ir.Value:
    """Issues that were escalated, or opened as an escalation.

    Per account and day, over the window's days; issues. Null where a source of issues was not live throughout.
    Source: ours.

    >>> trial("issues_escalated", "03-10 issue.opened subject=i1", "03-11 issue.escalated subject=i1")
    1.0
    """
    return issues.count(where=issues.escalated_age_days < window.days)

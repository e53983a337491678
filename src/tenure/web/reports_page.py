"""What the pages of reports show: the book of a time, one report as it reads, and the way from one to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from tenure.assist.report_reason import is_unexplained
from tenure.base.errors import Refused
from tenure.identity.actor import Actor
from tenure.outlets import words
from tenure.outlets.charts import PAGE
from tenure.outlets.paper import (
    asked_of_them,
    by_day,
    change_of,
    chart_of,
    coming,
    compared,
    drawn,
    figure_of,
    figures_title,
    kind_of,
    note_of,
    outcome_line,
    title_of,
    told_of,
    tone_of,
    work_line,
)
from tenure.pipeline.reporting import days_covered
from tenure.records.account import Account
from tenure.records.lookup import list_accounts
from tenure.records.report import Content, Report, list_reports, receivers
from tenure.web.portfolio import Tab

CHART = (300, 120)


def _type(actor: Actor, given: Mapping[str, Any]) -> str:
    """The kind of report that is asked for, else the blueprint's first. Raises Refused where it has none."""
    asked = str(given.get("type", ""))
    if not actor.model.reports:
        raise Refused("no_reports", "The blueprint names no reports; they stand in its reports.yaml.")
    return asked if asked in actor.model.reports else next(iter(actor.model.reports))


@dataclass(frozen=True)
class Line:
    """One account of the book with its report, where there is one, and why there is none."""

    account: Account
    report: Report | None
    why: str = ""

    @property
    def unexplained(self) -> bool:
        """Whether figures fell there and nobody has said why."""
        return self.report is not None and is_unexplained(self.report)


def lines(actor: Actor, type: str) -> list[Line]:
    """Every active account that one carries or covers, with its report of the time that is over."""
    accounts = list(_book(actor))
    stored = {
        (each.account_id, each.last): each
        for each in list_reports(actor, "report.prepare").filter(type=type, account__in=accounts)
    }
    found = []
    for account in accounts:
        try:
            _, last = days_covered(actor.model.reports[type], account, actor.day)
        except Refused as refusal:
            made = next((each for (of, _), each in stored.items() if of == account.pk), None)
            found.append(Line(account, made, "" if made else refusal.message))
            continue
        found.append(Line(account, stored.get((account.pk, last))))
    return found


def _book(actor: Actor) -> Any:
    rows = list_accounts(actor, operation="report.prepare").filter(status=Account.Status.ACTIVE)
    mine = rows.filter(assignments__person__in=actor.people).distinct()
    return mine if mine.exists() else rows


def book(actor: Actor, given: Mapping[str, Any]) -> dict[str, Any]:
    """The page of a book: its kinds of report, its lines, and where to begin."""
    type = _type(actor, given)
    found = lines(actor, type)
    waiting = [line.report for line in found if line.report and line.report.status == Report.Status.DRAFT]
    tabs = [Tab(each.label, f"?type={key}", None, key == type) for key, each in actor.model.reports.items()]
    return {
        "tabs": tabs,
        "type": type,
        "kind": actor.model.reports[type],
        "lines": found,
        "first": waiting[0] if waiting else None,
        "waiting": len(waiting),
        "approved": sum(line.report is not None and line.report.status == Report.Status.APPROVED for line in found),
        "held": sum(line.report is not None and line.report.status == Report.Status.HELD for line in found),
        "missing": sum(line.report is None and not line.why for line in found),
        "span": next((words.span(line.report.first, line.report.last) for line in found if line.report), ""),
    }


def missing(actor: Actor, given: Mapping[str, Any]) -> tuple[str, list[Account]]:
    """The kind of report, and the accounts of the book that have none for the time that is over."""
    type = _type(actor, given)
    return type, [line.account for line in lines(actor, type) if line.report is None and not line.why]


def _beside(found: Report, actor: Actor) -> tuple[Report | None, Report | None, int]:
    """The reports before and after one of its kind and day, by the name of their account, and how many wait."""
    rows = list(
        list_reports(actor, "report.change")
        .filter(type=found.type, last=found.last, account__in=_book(actor))
        .order_by("account__name", "pk")
        .only("pk", "status", "account_id", "type", "first", "last")
    )
    at = next((n for n, each in enumerate(rows) if each.pk == found.pk), None)
    left = sum(each.status == Report.Status.DRAFT for each in rows)
    if at is None:
        return None, None, left
    return (rows[at - 1] if at else None), (rows[at + 1] if at + 1 < len(rows) else None), left


def onward(found: Report, actor: Actor) -> str:
    """Where one goes after a report: to the next that waits, else back to the book."""
    rows = list_reports(actor, "report.change").filter(
        type=found.type, last=found.last, status=Report.Status.DRAFT, account__in=_book(actor)
    )
    later = rows.filter(account__name__gt=found.account.name).order_by("account__name").first()
    following = later or rows.order_by("account__name").exclude(pk=found.pk).first()
    return reverse("report", args=[following.pk]) if following else f"{reverse('reports')}?type={found.type}"


def context(found: Report, actor: Actor) -> dict[str, Any]:
    """The page inside the house: the report, its neighbours, and whom it would go to."""
    before, after, left = _beside(found, actor)
    beside = {"before": before, "after": after, "left": left, "unexplained": is_unexplained(found)}
    return shown(found, actor) | beside | {"receivers": receivers(found), "inside": True}


@dataclass(frozen=True)
class SeriesShown:
    """A metric as the page draws it."""

    title: str
    now: str
    change: str
    tone: str
    svg: SafeString
    brought: str


def shown(found: Report, actor: Actor) -> dict[str, Any]:
    """A report as it reads: what its client may see, and no more."""
    shows = found.shows
    theirs, old = asked_of_them(shows)
    plan = actor.model.words["goal"].many if "goal" in actor.model.words else "The plan"
    return {
        "report": found,
        "account": found.account,
        "kind": kind_of(found, actor.model),
        "span": words.span(found.first, found.last),
        "plan": plan,
        "outcomes": [outcome_line(each) | {"goal": each.goal} for each in shows.outcomes],
        "series": [_series(each, shows) for each in shows.series],
        "shows": shows,
        "figures": figures_title(shows),
        "compared": compared(shows),
        "drawn": drawn(shows),
        "note": note_of(found),
        "late": [coming(each, is_late=True) for each in shows.late],
        "planned": [coming(each) for each in shows.planned],
        "work": work_line(shows),
        "theirs": [(each, by_day(each)) for each in theirs],
        "old": [(each, by_day(each)) for each in old],
        "ours": [(each, by_day(each)) for each in shows.ours],
    }


def _series(each: Any, shows: Content) -> SeriesShown:
    svg = mark_safe(chart_of(each, shows, PAGE, CHART))  # noqa: S308 - made by our own drawing, which escapes its words
    return SeriesShown(
        title_of(each),
        figure_of(each),
        change_of(each),
        tone_of(each),
        svg,
        told_of(each, shows),
    )

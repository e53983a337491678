"""What happened since one met last: the client's figures, what was decided and done, and what the client is asked for.

Both pages of a meeting are made of this. Only what a client may see is read, so that either may show it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.safestring import SafeString, mark_safe

from tenure.base.errors import Refused
from tenure.identity.actor import Actor, company_zone
from tenure.outlets import words
from tenure.outlets.charts import PAGE
from tenure.outlets.paper import change_of, chart_of, figure_of, title_of, tone_of
from tenure.pipeline.reporting import series_of
from tenure.records.action import ActionItem
from tenure.records.deliverable import Deliverable
from tenure.records.goal import Goal
from tenure.records.meeting import Meeting
from tenure.records.minutes import Decision
from tenure.records.report import Content, Series
from tenure.web.reading import lake
from tenure.work.boards import client_checklist

FIRST_SPAN = timedelta(days=28)  # looked back over where one never met before
CHART = (300, 110)
MOST = 8


@dataclass(frozen=True)
class FigureShown:
    """A metric that the client sees: its figure since last time, beside that of as many days before."""

    title: str
    now: str
    change: str
    tone: str
    svg: SafeString


@dataclass(frozen=True)
class Figures:
    """The figures of the days since one met, which days these are, and why they cannot be read."""

    shown: Sequence[FigureShown] = ()
    first: date | None = None
    last: date | None = None
    refused: str = ""
    told: str = ""  # in lines, for a mail


def last_time(meeting: Meeting) -> Meeting | None:
    """The meeting of the same kind with the same client that was held before this one."""
    rows = Meeting.objects.filter(account_id=meeting.account_id, type=meeting.type, status=Meeting.Status.HELD)
    return rows.filter(starts_at__lt=meeting.starts_at).order_by("-starts_at").first()


def figures_since(meeting: Meeting, before: Meeting | None, actor: Actor) -> Figures:
    """The client's figures of whole days: from the day on which one met last up to yesterday, or up to the meeting."""
    zone = ZoneInfo(company_zone())  # in whose days the lake counts
    last = min(actor.day, meeting.starts_at.astimezone(zone).date()) - timedelta(days=1)
    first = before.starts_at.astimezone(zone).date() if before else last - FIRST_SPAN + timedelta(days=1)
    first = min(first, last)
    try:
        with lake() as opened:
            series, marks = series_of(opened, meeting.account, actor.model, first, last)
    except Refused as slow:
        return Figures(refused=slow.message)
    content = Content(series=series, marks=marks)
    told = [f"- {_told(each)}" for each in series if each.now is not None]
    return Figures([_figure(each, content) for each in series], first, last, told="\n".join(told))


def _figure(each: Series, content: Content) -> FigureShown:
    svg = mark_safe(chart_of(each, content, PAGE, CHART))  # noqa: S308 - our own drawing, which escapes its words
    return FigureShown(title_of(each), figure_of(each), change_of(each), tone_of(each), svg)


def _told(each: Series) -> str:
    change = change_of(each)
    return f"{title_of(each)}: {figure_of(each)}{f' ({change})' if change else ''}"


@dataclass(frozen=True)
class Asked:
    """Something that the client is asked for, and since when or until when."""

    text: str
    since: datetime | None = None
    by: date | None = None


@dataclass(frozen=True)
class SinceThen:
    """What became of last time, in rows that a client may see."""

    decided: Sequence[Decision]
    done: Sequence[ActionItem]
    asked: Sequence[Asked]
    published: Sequence[Deliverable]


def since_then(meeting: Meeting, before: Meeting | None, actor: Actor) -> SinceThen:
    """What was decided last time, done and published since, and what waits for the client."""
    account = meeting.account
    begins = before.starts_at if before else meeting.starts_at - FIRST_SPAN
    actions = ActionItem.objects.filter(account=account, client_visible=True).select_related("owner", "contact")
    made = Deliverable.objects.filter(account=account, client_visible=True)
    waits = made.filter(means="planned", material_by="client", material_on__lte=actor.day)
    asked = [Asked(each.text, since=each.since) for each in client_checklist(account).asked]
    asked += [Asked(each.title, by=each.material_on) for each in waits.order_by("material_on", "pk")[:MOST]]
    theirs = actions.filter(client_owned=True, status=ActionItem.Status.OPEN).exclude(meeting=meeting)
    asked += [Asked(each.text, since=each.noted_at) for each in theirs.order_by("noted_at", "pk")[:MOST]]
    decided = Decision.objects.filter(meeting=before, client_visible=True).order_by("made_at") if before else ()
    return SinceThen(
        decided=list(decided),
        done=list(actions.filter(status=ActionItem.Status.DONE, closed_at__gte=begins).order_by("closed_at")[:MOST]),
        asked=asked,
        published=list(made.filter(delivered_at__gte=begins).order_by("-delivered_at")[:MOST]),
    )


def quoted(meeting: Meeting) -> str:
    """The plan in one sentence, as every agenda quotes it: the outcome that matters most and how it stands."""
    rows = Goal.objects.filter(account_id=meeting.account_id, client_visible=True).exclude(status=Goal.Status.DROPPED)
    goal = rows.order_by("-home_run", "due_on", "pk").first()
    if goal is None:
        return ""
    if goal.now is None or goal.target is None:
        return goal.title
    return f"{goal.title}: {words.number(goal.now)} of {words.with_unit(goal.target, goal.unit)}"

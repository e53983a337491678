"""Preparing a client report: which days it covers, and what stood as of the last of them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tenure.assist.filling import spoken_day
from tenure.assist.report_words import words_of
from tenure.base import clock
from tenure.base.errors import Refused
from tenure.blueprint.model import Metric, Model, ReportType
from tenure.facts.lake import Lake
from tenure.identity.actor import Actor, company_zone
from tenure.identity.ledger import LedgerEntry
from tenure.measures.progress import Point, Reading, gathered
from tenure.pipeline import figures, goal_figures
from tenure.records.account import Account
from tenure.records.action import ActionItem
from tenure.records.contract import Contract
from tenure.records.deliverable import Deliverable
from tenure.records.goal import Goal
from tenure.records.meeting import Meeting
from tenure.records.report import Content, Mark, Outcome, Piece, Report, Series, Step, prepare_report
from tenure.records.win import Win
from tenure.records.withdrawal import standing

LEAST_WEEKS, MOST_WEEKS = 13, 26
MOST = 6  # lines of a list: a report is read in a minute


def days_covered(terms: ReportType, account: Account, today: date) -> tuple[date, date]:
    """The first and the last day of a report that is prepared today: both over. Raises Refused where there are none."""
    if terms.covers == "month":
        last = today.replace(day=1) - timedelta(days=1)
        return last.replace(day=1), last
    if terms.covers == "quarter":
        month = (today.month - 1) // 3 * 3 + 1
        last = today.replace(month=month, day=1) - timedelta(days=1)
        return last.replace(month=last.month - 2, day=1), last
    begun = Contract.objects.filter(account=account).order_by("starts_on").values_list("starts_on", flat=True).first()
    first, last = begun or account.started_on, today - timedelta(days=1)
    if first is None or first > last:
        raise Refused("no_time", "This account has no contract that has begun, so there is nothing to cover yet.")
    return first, last


def prepare(account: Account, type: str, actor: Actor, lake: Lake) -> Report:
    """Take the figures of a report and draft its words, for somebody to read."""
    terms = actor.model.reports.get(type)
    if terms is None:
        raise Refused("unknown_report", "Choose what kind of report it is.", field="type")
    first, last = days_covered(terms, account, actor.day)
    content = content_of(lake, account, actor.model, first, last)
    sentence, reason, next_step = words_of(content)
    return prepare_report(
        account,
        type=type,
        first=first,
        last=last,
        sentence=sentence,
        reason=reason,
        next_step=next_step,
        content=content,
        actor=actor,
    )


def content_of(lake: Lake, account: Account, model: Model, first: date, last: date) -> Content:
    """What a client may see of an account as of a day; nothing internal is read."""
    zone = ZoneInfo(account.zone_in(model))
    end = datetime.combine(last + timedelta(days=1), time(), ZoneInfo(company_zone()))
    begin = datetime.combine(first, time(), ZoneInfo(company_zone()))
    made = Deliverable.objects.filter(account=account, client_visible=True)
    published = made.filter(delivered_at__gte=begin, delivered_at__lt=end).order_by("-delivered_at", "pk")
    today = clock.now().astimezone(zone).date()
    planned = made.filter(status=Deliverable.Status.PLANNED, due_on__gte=today).order_by("due_on", "pk")
    series, marks = series_of(lake, account, model, first, last)
    steps = ActionItem.objects.filter(account=account, client_visible=True, status=ActionItem.Status.OPEN)
    open_steps = list(steps.select_related("owner", "contact").order_by("due_on", "noted_at", "pk"))
    wins = Win.objects.filter(account=account, happened_on__range=(first, last)).order_by("-happened_on", "pk")
    return Content(
        outcomes=_outcomes(lake, account, model, last, end),
        series=series,
        marks=marks,
        wins=[Piece(id=win.pk, title=f"{win.text.rstrip('.')} ({win.evidence})", day=win.happened_on) for win in wins],
        published=[_piece(each, each.delivered_at.astimezone(zone).date()) for each in published if each.delivered_at],
        planned=[_piece(each, each.due_on) for each in planned[:MOST]],
        ours=[_step(each, today) for each in open_steps if not _is_theirs(each)][:MOST],
        theirs=[_step(each, today) for each in open_steps if _is_theirs(each)][:MOST],
        next_meeting=_next_meeting(account, zone),
    )


def _piece(made: Deliverable, on: date | None) -> Piece:
    return Piece(id=made.pk, title=made.title, day=on, url=made.url)


def _is_theirs(action: ActionItem) -> bool:
    return action.client_owned or action.contact_id is not None


def _step(action: ActionItem, today: date) -> Step:
    """What is to be done, with its day where that lies ahead: a report asks, it does not scold."""
    who = action.contact or action.owner
    ahead = action.due_on if action.due_on and action.due_on >= today else None
    return Step(id=action.pk, text=action.text, who=who.name if who else "", by=ahead)


def _next_meeting(account: Account, zone: ZoneInfo) -> str:
    ahead = Meeting.objects.filter(
        account=account, client_visible=True, status=Meeting.Status.SCHEDULED, starts_at__gte=clock.now()
    )
    found = ahead.order_by("starts_at").first()
    return spoken_day(found.starts_at, zone) if found else ""


def _outcomes(lake: Lake, account: Account, model: Model, last: date, end: datetime) -> list[Outcome]:
    """The outcomes of the plan with the figures that stood when the last day ended."""
    entries = LedgerEntry.objects.filter(account_id=account.pk, subject="goal", happened_at__lt=end).order_by("id")
    told: dict[str, dict[str, Any]] = {entry.subject_id: entry.data for entry in standing(entries)}
    rows = list(
        Goal.objects.filter(account=account, client_visible=True, pk__in=told).order_by("-home_run", "due_on", "pk")
    )
    following = [goal for goal in rows if goal.metric and told[goal.pk].get("status") == Goal.Status.OPEN]
    read = goal_figures.readings(lake, model, following, last) if following else {}
    found = [_outcome(goal, told[goal.pk], model, read.get(goal.pk)) for goal in rows]
    return [each for each in found if each.status != Goal.Status.DROPPED][:MOST]


def _outcome(goal: Goal, told: dict[str, Any], model: Model, read: Reading | None) -> Outcome:
    """An outcome as it stood: where it follows points, as they say by the report's last day."""
    metric = model.metrics.get(goal.metric)
    status = str(told.get("status") or goal.status)
    reached = status == Goal.Status.ATTAINED
    return Outcome(
        goal=goal.pk,
        title=goal.title,
        unit=goal.unit or (metric.unit if metric else ""),
        home_run=goal.home_run,
        status=status,
        baseline=_figure(told.get("baseline")),
        target=_figure(told.get("target")),
        now=_figure(read.value if read else told.get("current")),
        through=read.through if read and read.value is not None else None,
        due_on=goal.due_on,
        evidence=goal.evidence if reached else "",
        confirmed=reached and goal.client_confirmed_at is not None,
    )


def _figure(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def series_of(lake: Lake, account: Account, model: Model, first: date, last: date) -> tuple[list[Series], list[Mark]]:
    """The metrics that the client sees, week by week, and the days on which what lies behind them changed.

    Each has its figure of the days from `first` to `last`, beside that of as many days before.
    """
    metrics = {key: metric for key, metric in model.metrics.items() if metric.client_visible}
    length = (last - first).days + 1
    weeks = min(MOST_WEEKS, max(LEAST_WEEKS, -(-length // 7)))
    begun = last - timedelta(days=7 * weeks - 1)
    before = first - timedelta(days=length)
    known = figures.points_of(lake, [account.pk], metrics, min(begun, before), last, None)
    found = [
        _one(key, metrics[key], points, begun, before, first, last)
        for (_, key), points in known.items()
        if key in metrics
    ]
    ordered = sorted((each for each in found if each.weeks), key=lambda each: list(metrics).index(each.metric))
    rules = figures.changed_rules(begun, last, model.primary_scorecard or "")
    marks = [
        Mark(day=each.day, words=f"changed on {each.day.day} {each.day:%b}", metrics=sorted(each.metrics))
        for each in rules
        if each.metrics & set(metrics)
    ]
    return ordered[:MOST], marks


def _one(
    key: str,
    metric: Metric,
    told: list[Point],
    begun: date,
    before: date,
    first: date,
    last: date,
) -> Series:
    points = [(each.day, each.value) for each in told]
    weekly = figures.by_week(points, metric, begun, last)
    lived = next((at for at, (_, value) in enumerate(weekly) if value is not None), len(weekly))
    return Series(
        metric=key,
        label=metric.label,
        unit=metric.unit,
        aggregate=metric.aggregate,
        weeks=weekly[lived:],
        brought=figures.brought(told, metric, first, last),
        now=_within(points, metric, first, last),
        before=_within(points, metric, before, first - timedelta(days=1)),
    )


def _within(points: list[tuple[date, float]], metric: Metric, first: date, last: date) -> float | None:
    values = [value for on, value in points if first <= on <= last]
    return gathered(values, metric.aggregate) if values else None

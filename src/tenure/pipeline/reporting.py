"""Preparing a client report: which days it covers, and what stood as of the last of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tenure.assist.report_reason import why_unknown
from tenure.assist.report_words import words_of
from tenure.base.errors import Refused
from tenure.blueprint.model import Metric, Model, ReportType
from tenure.facts.lake import Lake
from tenure.identity.actor import Actor, company_zone
from tenure.identity.ledger import LedgerEntry
from tenure.measures.progress import Point, Reading, gathered
from tenure.outlets import words
from tenure.pipeline import figures, goal_figures
from tenure.pipeline.report_work import MOST, work_of
from tenure.records.account import Account
from tenure.records.contract import Contract
from tenure.records.goal import Goal
from tenure.records.report import Content, Mark, Outcome, Piece, Report, Series, prepare_report
from tenure.records.win import Win
from tenure.records.withdrawal import standing

LEAST_WEEKS, MOST_WEEKS = 13, 26
SILENT_DAYS = 7  # points that begin or end so far inside the days are said to

_Span = tuple[date, date]


def days_covered(terms: ReportType, account: Account, today: date) -> tuple[date, date]:
    """The first and the last day of a report that is prepared today: both over. Raises Refused where there are none."""
    begun = Contract.objects.filter(account=account).order_by("starts_on").values_list("starts_on", flat=True).first()
    if terms.covers != "start":
        first, last = _whole(terms.covers, today)
        if begun and begun > last:
            raise Refused("no_time", f"Nothing to report on: the contract began on {words.day(begun)} {begun.year}.")
        return first, last
    start, last = begun or account.started_on, today - timedelta(days=1)
    if start is None or start > last:
        raise Refused("no_time", "This account has no contract that has begun, so there is nothing to cover yet.")
    return start, last


def _whole(covers: str, today: date) -> tuple[date, date]:
    """The last whole month or quarter."""
    if covers == "month":
        last = today.replace(day=1) - timedelta(days=1)
        return last.replace(day=1), last
    month = (today.month - 1) // 3 * 3 + 1
    last = today.replace(month=month, day=1) - timedelta(days=1)
    return last.replace(month=last.month - 2, day=1), last


def prepare(account: Account, type: str, actor: Actor, lake: Lake) -> Report:
    """Take the figures of a report and draft its words, for somebody to read."""
    terms = actor.model.reports.get(type)
    if terms is None:
        raise Refused("unknown_report", "Choose what kind of report it is.", field="type")
    first, last = days_covered(terms, account, actor.day)
    content = content_of(lake, account, actor.model, first, last, terms.covers)
    content = content.model_copy(update={"why_unknown": why_unknown(content)})
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


def content_of(lake: Lake, account: Account, model: Model, first: date, last: date, covers: str = "month") -> Content:
    """What a client may see of an account as of a day; nothing internal is read."""
    end = datetime.combine(last + timedelta(days=1), time(), ZoneInfo(company_zone()))
    compared = _compared(first, last, covers)
    series, marks = series_of(lake, account, model, compared.first, compared.last, compared.before)
    if covers == "start":
        marks = [
            Mark(day=first, words=f"we began on {words.day(first)}", metrics=[each.metric for each in series]),
            *marks,
        ]
    wins = Win.objects.filter(account=account, happened_on__range=(first, last)).order_by("-happened_on", "pk")
    work = work_of(account, model, first, last)
    if covers == "start":
        work["published_before"] = None
    return Content(
        outcomes=_outcomes(lake, account, model, first, last, end),
        series=series,
        marks=marks,
        wins=[Piece(id=win.pk, title=f"{win.text.rstrip('.')} ({win.evidence})", day=win.happened_on) for win in wins],
        period=compared.period,
        beside=compared.beside,
        figures_from=compared.first,
        figures_to=compared.last,
        **work,
    )


@dataclass(frozen=True)
class _Compared:
    """Which days a report's figures are of, the last day of those that they are held against, and both in words."""

    first: date
    last: date
    before: date
    period: str
    beside: str


def _compared(first: date, last: date, covers: str) -> _Compared:
    """A month or a quarter stands beside as many days before it. All since the start would stand beside nothing like
    it: there the last four weeks are held against the four before the contract began, which is the baseline."""
    yesterday, days = first - timedelta(days=1), (last - first).days + 1
    if covers != "start":
        said = words.span(first, last)
        period = f"from {said}" if " to " in said else f"in {said}"
        return _Compared(first, last, yesterday, period, f"the {days} days before")
    begun = max(first, last - timedelta(days=27))
    weeks = "in the last four weeks" if days >= 28 else f"since {words.day(first)}"
    beside = "the four weeks" if days >= 28 else f"the {days} days" if days > 1 else "the day"
    return _Compared(begun, last, yesterday, weeks, f"{beside} before we began")


def _outcomes(lake: Lake, account: Account, model: Model, first: date, last: date, end: datetime) -> list[Outcome]:
    """The outcomes of the plan with the figures that stood when the last day ended."""
    entries = LedgerEntry.objects.filter(account_id=account.pk, subject="goal", happened_at__lt=end).order_by("id")
    told: dict[str, dict[str, Any]] = {}
    typed: dict[str, date] = {}  # since when the figure of each is the one that stands
    for entry in standing(entries):
        if told.get(entry.subject_id, {}).get("current") != entry.data.get("current"):
            typed[entry.subject_id] = entry.happened_at.astimezone(end.tzinfo).date()
        told[entry.subject_id] = entry.data
    rows = list(
        Goal.objects.filter(account=account, client_visible=True, pk__in=told).order_by("-home_run", "due_on", "pk")
    )
    following = [goal for goal in rows if goal.metric and told[goal.pk].get("status") == Goal.Status.OPEN]
    read = goal_figures.readings(lake, model, following, last) if following else {}
    found = [_outcome(goal, told[goal.pk], model, read.get(goal.pk), first, typed.get(goal.pk)) for goal in rows]
    return [each for each in found if each.status != Goal.Status.DROPPED][:MOST]


def _outcome(
    goal: Goal, told: dict[str, Any], model: Model, read: Reading | None, first: date, typed: date | None
) -> Outcome:
    """An outcome as it stood: where it follows points, as they say by the report's last day."""
    metric = model.metrics.get(goal.metric)
    status = str(told.get("status") or goal.status)
    reached = status == Goal.Status.ATTAINED
    is_read = read is not None and read.value is not None
    judged = goal.judged_at.astimezone(ZoneInfo(company_zone())).date() if goal.judged_at else None
    return Outcome(
        goal=goal.pk,
        title=goal.title,
        unit=goal.unit or (metric.unit if metric else ""),
        home_run=goal.home_run,
        status=status,
        baseline=_figure(told.get("baseline")),
        target=_figure(told.get("target")),
        now=_figure(read.value if read else told.get("current")),
        since=read.first if read and is_read else None,
        through=read.through if read and is_read else None,
        told_on=None if is_read else typed,
        due_on=goal.due_on,
        evidence=goal.evidence if reached else "",
        confirmed=reached and goal.client_confirmed_at is not None,
        rule=read.rule if read and is_read else "",
        metric=goal.metric,
        is_news=status == Goal.Status.OPEN or judged is None or judged >= first,
    )


def _figure(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def series_of(
    lake: Lake, account: Account, model: Model, first: date, last: date, before: date | None = None
) -> tuple[list[Series], list[Mark]]:
    """The metrics that the client sees, week by week, and the days on which what lies behind them changed.

    Each has its figure of the days from `first` to `last`, beside that of as many days up to `before`, which is the day
    before `first` where none is given.
    """
    metrics = {key: metric for key, metric in model.metrics.items() if metric.client_visible}
    before = before or first - timedelta(days=1)
    earlier = before - (last - first)
    weeks = min(MOST_WEEKS, max(LEAST_WEEKS, -(-((last - earlier).days + 1) // 7)))
    begun = last - timedelta(days=7 * weeks - 1)
    known = figures.points_of(lake, [account.pk], metrics, min(begun, earlier), last, None)
    spans = ((first, last), (earlier, before))
    found = [_one(key, metrics[key], points, begun, spans) for (_, key), points in known.items() if key in metrics]
    ordered = sorted((each for each in found if each.weeks), key=lambda each: list(metrics).index(each.metric))
    rules = figures.changed_rules(begun, last, model.primary_scorecard or "")
    marks = [
        Mark(day=each.day, words=f"counted anew from {words.day(each.day)}", metrics=sorted(each.metrics))
        for each in rules
        if each.metrics & set(metrics)
    ]
    return ordered[:MOST], marks


def _one(key: str, metric: Metric, told: list[Point], begun: date, spans: tuple[_Span, _Span]) -> Series:
    points = [(each.day, each.value) for each in told]
    now, before = spans
    weekly = figures.by_week(points, metric, begun, now[1])
    lived = next((at for at, (_, value) in enumerate(weekly) if value is not None), len(weekly))
    mine = [on for on, _ in points if now[0] <= on <= now[1]]
    oldest, newest = min((on for on, _ in points), default=now[0]), max(mine, default=now[1])
    return Series(
        metric=key,
        label=metric.label,
        unit=metric.unit,
        aggregate=metric.aggregate,
        weeks=weekly[lived:],
        brought=figures.brought(told, metric, *now),
        now=_within(points, metric, now),
        before=_within(points, metric, before) if _is_lived(points, now) and _is_lived(points, before) else None,
        since=oldest if (oldest - now[0]).days > SILENT_DAYS else None,
        through=newest if (now[1] - newest).days > SILENT_DAYS else None,
    )


def _is_lived(points: list[tuple[date, float]], span: _Span) -> bool:
    """Whether the points begin early enough, and reach far enough, for a figure of these days to be one of them all."""
    days = [on for on, _ in points]
    slack = timedelta(days=((span[1] - span[0]).days + 1) // 4)
    return bool(days) and min(days) <= span[0] + slack and max(days) >= span[1] - slack


def _within(points: list[tuple[date, float]], metric: Metric, span: _Span) -> float | None:
    values = [value for on, value in points if span[0] <= on <= span[1]]
    return gathered(values, metric.aggregate) if values else None

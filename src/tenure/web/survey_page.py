"""What clients answered: a survey's score with how many it is of, who was asked, and every answer with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from tenure.blueprint.model import Model
from tenure.identity.actor import Actor, company_zone
from tenure.records.account import Account
from tenure.records.lookup import list_meetings, list_survey_answers
from tenure.records.meeting import Meeting
from tenure.records.survey import SurveyAnswer
from tenure.web import wording
from tenure.web.portfolio import Tab

SPANS: Mapping[str, tuple[str, int]] = {"": ("90 days", 90), "year": ("12 months", 365), "all": ("All", 36_500)}
MOST = 2_000  # answers to one question each that a page counts; a survey has a few
SHOWN = 100


@dataclass(frozen=True)
class Answered:
    """What somebody answered to one survey at one time: its score, how good that is, and their words."""

    account: Account
    who: str
    at: datetime
    survey: str
    score: int | None
    tone: str
    words: Sequence[str]
    meeting: Meeting | None
    meeting_label: str


@dataclass(frozen=True)
class Score:
    """A survey's figure: how it is called, its value, and how many answers it is of."""

    label: str
    value: str
    of: int
    rule: str


def tone_of(scale: str, score: int | None) -> str:
    """How good an answer is on its scale, as the field reads it."""
    if score is None:
        return ""
    if scale == "nps":
        return "green" if score >= 9 else "yellow" if score >= 7 else "red"
    ends = {"csat": (4, 3), "ces": (5, 4), "rating": (4, 3)}[scale]
    return "green" if score >= ends[0] else "yellow" if score >= ends[1] else "red"


def score_of(rows: Iterable[SurveyAnswer]) -> Score | None:
    """The figure of the answers with a score, by the field's rule of their scale; None where there are none."""
    scored = [row for row in rows if row.score is not None]
    if not scored:
        return None
    scale, count = scored[0].scale, sum(row.scale == scored[0].scale for row in scored)
    tones = [tone_of(row.scale, row.score) for row in scored if row.scale == scale]
    good = tones.count("green")
    if scale == "nps":
        value = round((good - tones.count("red")) * 100 / count)
        return Score("NPS", wording.number(value), count, "per cent of 9 and 10 less per cent of 0 to 6")
    ends = "5 to 7 on a scale of 7" if scale == "ces" else "4 and 5 on a scale of 5"
    return Score("Satisfied", wording.percent(good / count), count, f"per cent of {ends}")


def answered(rows: Iterable[SurveyAnswer], model: Model) -> list[Answered]:
    """Answers to several questions, given by one person at one time, as one; the latest first."""
    grouped: dict[tuple[Any, ...], list[SurveyAnswer]] = {}
    for row in rows:
        key = (row.account_id, row.survey, row.contact_id, row.meeting_id, row.answered_at)
        grouped.setdefault(key, []).append(row)
    return [_one(each, model) for each in grouped.values()]


def _one(rows: Sequence[SurveyAnswer], model: Model) -> Answered:
    first = rows[0]
    scored = next((row for row in rows if row.score is not None), None)
    kind = model.meetings.get(first.meeting.type) if first.meeting else None
    survey = model.surveys.get(first.survey)
    return Answered(
        account=first.account,
        who=first.contact.name if first.contact else "somebody",
        at=first.answered_at,
        survey=survey.label if survey else first.survey,
        score=scored.score if scored else None,
        tone=tone_of(scored.scale, scored.score) if scored else "",
        words=[row.text for row in rows if row.text],
        meeting=first.meeting,
        meeting_label=kind.label if kind else (first.meeting.type if first.meeting else ""),
    )


def answers_of(actor: Actor, account: Account | None = None) -> QuerySet[SurveyAnswer]:
    return list_survey_answers(actor, account).select_related("account", "contact", "meeting")


def asked_meetings(actor: Actor, survey: str, account: Account | None = None) -> QuerySet[Meeting]:
    """The meetings that were held and asked this survey of their client."""
    kinds = [key for key, kind in actor.model.meetings.items() if kind.survey == survey]
    rows = list_meetings(actor, account).filter(type__in=kinds, status=Meeting.Status.HELD, client_visible=True)
    return rows.order_by("-starts_at")


def of_account(account: Account, actor: Actor) -> dict[str, Any]:
    """What an account's page shows: the latest answers."""
    return {"said": answered(answers_of(actor, account)[:12], actor.model)[:4]}


def context(actor: Actor, asked: Mapping[str, str], account: Account | None = None) -> dict[str, Any]:
    """The page of one survey over a time, of the accounts within reach or of one."""
    key = asked.get("survey", "")
    surveys = actor.model.surveys
    known = set(list_survey_answers(actor, account).order_by().values_list("survey", flat=True).distinct())
    key = key if key in surveys else next((each for each in surveys if each in known), next(iter(surveys), ""))
    span, type_ = asked.get("span", ""), asked.get("type", "")
    span = span if span in SPANS else ""
    since = _since(actor, SPANS[span][1])
    rows = answers_of(actor, account).filter(survey=key, answered_at__gte=since)
    meetings = asked_meetings(actor, key, account).filter(starts_at__gte=since)
    types = {each: kind.label for each, kind in actor.model.meetings.items() if kind.survey == key}
    if type_ in types:
        rows, meetings = rows.filter(meeting__type=type_), meetings.filter(type=type_)
    found = list(rows[:MOST])
    kept = {"survey": key, "span": span, "type": type_}
    return {
        "account": account,
        "survey": surveys.get(key),
        "score": score_of(found),
        "response": response(meetings, found),
        "answers": answered(found, actor.model)[:SHOWN],
        "open": _unanswered(meetings, found),
        "surveys": _tabs(kept, "survey", {each: survey.label for each, survey in surveys.items()}),
        "spans": _tabs(kept, "span", {each: label for each, (label, _) in SPANS.items()}),
        "types": _tabs(kept, "type", {"": "Every meeting"} | types) if types else [],
        "labels": {each: kind.label for each, kind in actor.model.meetings.items()},
    }


def _since(actor: Actor, days: int) -> datetime:
    return datetime.combine(actor.day - timedelta(days=days), time(), ZoneInfo(company_zone()))


@dataclass(frozen=True)
class Response:
    """How many of those that were asked have answered: meetings that asked, of which so many were answered."""

    asked: int
    answered: int

    @property
    def rate(self) -> str:
        return wording.percent(self.answered / self.asked) if self.asked else "unknown"


def response(meetings: QuerySet[Meeting], found: Sequence[SurveyAnswer]) -> Response | None:
    """None where no meeting asks this survey: then nobody counted whom it was sent to."""
    held = set(meetings.values_list("pk", flat=True))
    if not held:
        return None
    return Response(len(held), len(held & {row.meeting_id for row in found}))


def _unanswered(meetings: QuerySet[Meeting], found: Sequence[SurveyAnswer]) -> list[Meeting]:
    answered_ = {row.meeting_id for row in found if row.meeting_id}
    return list(meetings.exclude(pk__in=answered_).select_related("account")[:20])


def _tabs(kept: Mapping[str, str], name: str, options: Mapping[str, str]) -> list[Tab]:
    found = []
    for key, label in options.items():
        query = {each: value for each, value in (dict(kept) | {name: key}).items() if value}
        found.append(Tab(label, f"?{urlencode(query)}" if query else "?", None, kept[name] == key))
    return found

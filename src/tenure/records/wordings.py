"""How the timeline words the nouns of this room."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from tenure.blueprint.model import Model
from tenure.records.account import Account
from tenure.records.action import ActionItem
from tenure.records.activity import Activity
from tenure.records.advocacy import Advocacy
from tenure.records.contact import Contact
from tenure.records.contract import Contract
from tenure.records.deliverable import Deliverable
from tenure.records.delivery import Mail
from tenure.records.draft import Draft
from tenure.records.goal import Goal
from tenure.records.handover import Handover
from tenure.records.issue import Issue
from tenure.records.link import Link
from tenure.records.meeting import Meeting
from tenure.records.message import Message
from tenure.records.minutes import Decision
from tenure.records.note import Note
from tenure.records.pace import Pace
from tenure.records.point import MetricPoint
from tenure.records.portal import PortalAccess
from tenure.records.practice import Attempt
from tenure.records.practice_call import PracticeCall
from tenure.records.rating import Rating
from tenure.records.report import Report
from tenure.records.result import Result
from tenure.records.row import AccountRow
from tenure.records.survey import SurveyAnswer
from tenure.records.timeline import Line, Lines, word
from tenure.records.upload import Upload
from tenure.records.win import Win

R = TypeVar("R", bound=AccountRow)


def _of(model: type[R], text: Callable[[R, Model], str], visible: Callable[[R], bool]) -> Lines:
    """Words for rows of one noun, read in one query."""

    def lines(ids: Collection[str], blueprint: Model) -> Mapping[str, Line]:
        rows = model._default_manager.filter(pk__in=ids)
        return {row.pk: Line(text(row, blueprint), visible(row)) for row in rows}

    return lines


def _accounts(ids: Collection[str], blueprint: Model) -> Mapping[str, Line]:
    rows = Account.objects.filter(pk__in=ids).values_list("pk", "next_step")
    return {pk: Line(next_step, client_visible=False) for pk, next_step in rows}


def _meeting(meeting: Meeting, blueprint: Model) -> str:
    kind = blueprint.meetings.get(meeting.type)
    return meeting.title or (kind.label if kind else meeting.type)


def _point(point: MetricPoint, blueprint: Model) -> str:
    metric = blueprint.metrics.get(point.metric)
    label = f"{metric.label}: {point.value.normalize():f} {metric.unit}" if metric else f"{point.value.normalize():f}"
    return f"{label.strip()} on {point.day.isoformat()}"


def _rating(rating: Rating, blueprint: Model) -> str:
    part = rating.part.replace("_", " ").capitalize()
    words = f"{part}: {rating.given}"
    if rating.calibration is not None:
        words += f", calibrated to {rating.calibration}"
    return f"{words}. {rating.evidence}".removesuffix(". ")


def _advocacy(advocacy: Advocacy, blueprint: Model) -> str:
    return f"{advocacy}: {advocacy.evidence or advocacy.link}".removesuffix(": ")


def _message(message: Message, blueprint: Model) -> str:
    return f"{message.subject}: {message.body}".strip(": ") if message.subject else message.body


def _result(result: Result, blueprint: Model) -> str:
    metric = blueprint.metrics.get(result.metric)
    label = metric.label if metric else result.metric
    return f"{label}: {result.value.normalize():f} on {result.day.isoformat()}"


def _pace(pace: Pace, blueprint: Model) -> str:
    kind = blueprint.deliverables.get(pace.type)
    return f"{kind.label if kind else pace.type}: {pace}"


def _upload(upload: Upload, blueprint: Model) -> str:
    return upload.name


def _survey(answer: SurveyAnswer, blueprint: Model) -> str:
    survey = blueprint.surveys.get(answer.survey)
    label = survey.label if survey else answer.survey
    return f"{label}: {answer.text if answer.score is None else answer.score}"


def _handover(handover: Handover, blueprint: Model) -> str:
    form = blueprint.handovers.get(handover.form)
    return form.label if form else handover.form.replace("_", " ").capitalize()


def _attempt(attempt: Attempt, blueprint: Model) -> str:
    scenario = blueprint.practice.get(attempt.scenario)
    return scenario.label if scenario else attempt.scenario


def _practice_call(call: PracticeCall, blueprint: Model) -> str:
    return call.call.replace("_", " ").capitalize()


def _never(row: AccountRow) -> bool:
    return False


word("account", "account", "book", _accounts)
word("contact", "people", "team", _of(Contact, lambda row, _: row.name, _never))
word("contract", "commercial", "renew", _of(Contract, lambda row, _: str(row), _never))
word("meeting", "meetings", "meeting", _of(Meeting, _meeting, lambda row: row.client_visible))
word("decision", "meetings", "check", _of(Decision, lambda row, _: row.text, lambda row: row.client_visible))
word("action", "meetings", "task", _of(ActionItem, lambda row, _: row.text, lambda row: row.client_visible))
word("issue", "issues", "flag", _of(Issue, lambda row, _: row.title, lambda row: row.client_visible))
word("handover", "people", "team", _of(Handover, _handover, _never))
word("note", "notes", "note", _of(Note, lambda row, _: row.text, lambda row: row.client_visible))
word("activity", "notes", "phone", _of(Activity, lambda row, _: row.text, _never))
word("message", "messages", "mail", _of(Message, _message, _never))
word("draft", "messages", "mail", _of(Draft, lambda row, _: row.subject, _never))
word("report", "goals", "report", _of(Report, lambda row, _: row.sentence, lambda row: row.status == "approved"))
word("win", "goals", "report", _of(Win, lambda row, _: f"{row.text} {row.evidence}", lambda _: True))
word("mail", "messages", "mail", _of(Mail, lambda row, _: f"{row.subject} to {row.to_name}".strip(), _never))
word("goal", "goals", "report", _of(Goal, lambda row, _: row.title, lambda row: row.client_visible))
word("deliverable", "goals", "content", _of(Deliverable, lambda row, _: row.title, lambda row: row.client_visible))
word("result", "goals", "studio", _of(Result, _result, _never))
word("pace", "goals", "content", _of(Pace, _pace, lambda row: row.per_week > 0))
word("portal", "people", "key", _of(PortalAccess, lambda row, _: row.person.name, _never))
word("upload", "goals", "content", _of(Upload, _upload, lambda row: row.by_client and row.status == "kept"))
word("advocacy", "feedback", "voice", _of(Advocacy, _advocacy, _never))
word("rating", "feedback", "voice", _of(Rating, _rating, _never))
word("survey", "feedback", "voice", _of(SurveyAnswer, _survey, _never))
word("point", "goals", "studio", _of(MetricPoint, _point, _never))
word("link", "goals", "link", _of(Link, lambda row, _: str(row), lambda row: row.client_visible))
word("attempt", "work", "check", _of(Attempt, _attempt, _never))
word("practice_call", "meetings", "phone", _of(PracticeCall, _practice_call, _never))
word("assignment", "people", "team")

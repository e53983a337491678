"""The survey answer: what somebody at the client answered to one question, kept raw."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from tenure.base.errors import Refused
from tenure.blueprint.model import Model, Question
from tenure.facts.contract import declare
from tenure.identity.actor import Actor
from tenure.identity.operations import operation
from tenure.records.account import Account
from tenure.records.checks import Text, check_word
from tenure.records.contact import Contact, own_contact
from tenure.records.meeting import Meeting
from tenure.records.rating import check_value
from tenure.records.row import AccountRow, Moment, fact, related, when
from tenure.records.visibility import is_client

FIELDS = {
    "survey": "text",
    "question": "text",
    "scale": "text",
    "score": "number",
    "contact": "id",
    "meeting": "id",
}
declare("survey.answered", "Survey answered", internal=True, **FIELDS)
declare("survey.withdrawn", "Survey answer taken back", internal=True, **FIELDS, fact="text")


class SurveyAnswer(AccountRow):
    """One question's answer: a score on its scale, or words."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="survey_answers")
    survey = models.CharField(max_length=60)
    question = models.CharField(max_length=60)
    scale = models.CharField(max_length=10)
    score = models.PositiveSmallIntegerField(null=True)
    text = models.TextField(blank=True)
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, related_name="survey_answers")
    meeting = models.ForeignKey(Meeting, on_delete=models.SET_NULL, null=True, related_name="survey_answers")
    answered_at = models.DateTimeField()

    noun: ClassVar[str] = "survey"
    ledger_fields: ClassVar[tuple[str, ...]] = ("survey", "question", "scale", "score")
    client_sees: ClassVar[Q | None] = None

    class Meta:
        indexes = [models.Index(fields=["account", "survey", "-answered_at"])]

    def __str__(self) -> str:
        return self.text[:80] if self.score is None else f"{self.question}: {self.score}"


@operation("survey.answer", label="Answer a survey")
def answer_survey(
    account: Account,
    *,
    survey: str,
    answers: dict[str, int | Text],
    contact: str | None = None,
    meeting: str | None = None,
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> list[SurveyAnswer]:
    """Keep what somebody answered, question by question; questions without an answer are left out."""
    times = when(actor, at, known_at)
    definition = actor.model.surveys.get(check_word("survey", survey, actor.model.surveys, "survey"))
    if definition is None:
        raise Refused("no_survey", "Choose the survey.", field="survey")
    person = related(Contact, contact, account.pk, "contact")
    about = related(Meeting, meeting, account.pk, "meeting")
    if not actor.is_system and is_client(actor):
        person = own_contact(actor, account.pk)
        _check_asked(survey, person, about, actor)
    kept = []
    for key, given in answers.items():
        question = definition.questions[check_word("question", key, definition.questions, "answers")]
        score, words = _read(question, given, f"answers.{key}")
        if score is None and not words:
            continue
        answer = SurveyAnswer.objects.create(
            account=account,
            survey=survey,
            question=key,
            scale=question.scale,
            score=score,
            text=words,
            contact=person,
            meeting=about,
            answered_at=times.moment,
        )
        fact("survey.answered", answer, times, contact=answer.contact_id, meeting=answer.meeting_id)
        kept.append(answer)
    if not kept:
        raise Refused("empty", "Answer at least one question.", field="answers")
    return kept


def asked_by(meeting: Meeting, model: Model) -> str:
    """The survey that a meeting asks its client once it was held; empty where it asks none."""
    kind = model.meetings.get(meeting.type)
    asks = kind is not None and meeting.client_visible and meeting.status == Meeting.Status.HELD
    return (kind.survey or "") if kind is not None and asks else ""


def has_answered(meeting: Meeting, survey: str, contact: Contact | None) -> bool:
    return SurveyAnswer.objects.filter(meeting=meeting, survey=survey, contact=contact).exists()


def _check_asked(survey: str, contact: Contact | None, about: Meeting | None, actor: Actor) -> None:
    """A client answers what a meeting of theirs asks, once."""
    if about is None or asked_by(about, actor.model) != survey:
        raise Refused("not_asked", "Nobody asks this of you at present.", field="survey")
    if has_answered(about, survey, contact):
        raise Refused("answered", "You have answered this already.", field="survey")


def _read(question: Question, given: int | str, field: str) -> tuple[int | None, str]:
    """A given answer as a score on the question's scale, or as words."""
    words = str(given).strip()
    if question.scale == "text" or not words:
        return None, words
    if not words.isdecimal():
        raise Refused("no_number", f"{question.text}: answer with a number.", field=field)
    return check_value(question, int(words), field), ""

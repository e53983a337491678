"""Meetings as a client reads them: the agenda before, and after it what was noted for them, decided, and is to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet

from tenure.base import clock
from tenure.blueprint.model import Model, Survey
from tenure.records.action import ActionItem
from tenure.records.agenda import MeetingItem
from tenure.records.meeting import Meeting
from tenure.records.minutes import Decision
from tenure.records.rating import SCALES
from tenure.records.survey import asked_by, has_answered
from tenure.web.portal.seen import Portal

RUNS_FOR = timedelta(hours=2)  # so long after its beginning a meeting still stands ahead
LATEST = 30


def titled(meeting: Meeting, model: Model) -> str:
    kind = model.meetings.get(meeting.type)
    return meeting.title or (kind.label if kind else "Meeting")


def ahead(portal: Portal) -> QuerySet[Meeting]:
    """Meetings to come, the next first."""
    rows = portal.rows(Meeting).filter(status=Meeting.Status.SCHEDULED, starts_at__gte=clock.now() - RUNS_FOR)
    return rows.select_related("facilitator").order_by("starts_at", "pk")


def behind(portal: Portal) -> QuerySet[Meeting]:
    """Meetings that were held, the latest first."""
    rows = portal.rows(Meeting).filter(status=Meeting.Status.HELD)
    return rows.select_related("facilitator").order_by("-starts_at", "pk")


@dataclass(frozen=True)
class Asked:
    """One question of a survey with the points of its scale; none of them where it is answered in words."""

    key: str
    text: str
    low: str
    high: str
    points: Sequence[int]


def questions(survey: Survey) -> list[Asked]:
    return [
        Asked(key, each.text if each.text.endswith("?") else f"{each.text}?", each.low, each.high, _points(each.scale))
        for key, each in survey.questions.items()
    ]


def _points(scale: str) -> Sequence[int]:
    ends = SCALES.get(scale)
    return range(ends[0], ends[1] + 1) if ends else ()


def survey_of(meeting: Meeting, portal: Portal) -> tuple[str, Survey] | None:
    """What a meeting asks its client and they have not answered."""
    key = asked_by(meeting, portal.actor.model)
    survey = portal.actor.model.surveys.get(key)
    if survey is None or has_answered(meeting, key, portal.contact):
        return None
    return key, survey


def to_answer(portal: Portal) -> list[Meeting]:
    """Held meetings of the last weeks that wait for an answer of the client."""
    asking = [key for key, kind in portal.actor.model.meetings.items() if kind.survey]
    since = clock.now() - timedelta(days=30)
    rows = behind(portal).filter(type__in=asking, starts_at__gte=since)
    return [meeting for meeting in rows[:5] if survey_of(meeting, portal)]


def told(meeting: Meeting, portal: Portal) -> dict[str, Any]:
    """Everything that a client reads of one meeting. Notes are shown as they were sent, and not while they change."""
    is_held = meeting.status == Meeting.Status.HELD
    is_sent = meeting.notes_sent_at is not None and meeting.notes_sent_version == meeting.notes_version
    items = MeetingItem.objects.filter(meeting=meeting).filter(MeetingItem.client_sees)
    decisions = portal.rows(Decision).filter(meeting=meeting).order_by("made_at", "pk")
    actions = portal.rows(ActionItem).filter(meeting=meeting).exclude(status=ActionItem.Status.CANCELLED)
    asks = survey_of(meeting, portal)
    return {
        "meeting": meeting,
        "title": titled(meeting, portal.actor.model),
        "items": items.order_by("order"),
        "is_held": is_held,
        "notes": meeting.notes_client if is_held and is_sent else "",
        "decisions": decisions if is_held else (),
        "actions": actions.select_related("owner", "contact").order_by("noted_at", "pk") if is_held else (),
        "questions": questions(asks[1]) if asks else (),
    }

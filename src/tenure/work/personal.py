"""What this room keeps about people: for their export, and for finding their names when they are erased."""

from __future__ import annotations

from typing import Any

from tenure.identity.people import Person
from tenure.identity.staff import ERASURES, EXPORTS
from tenure.records.personal import WORDS
from tenure.work.commitments import Opening
from tenure.work.escalations import Escalation
from tenure.work.journeys import ChecklistItem, JourneyRun
from tenure.work.plays import Play
from tenure.work.signals import OpenSignal
from tenure.work.standing import Standing
from tenure.work.tasks import Task

WORDS[Task] = ("title", "detail")
WORDS[Opening] = ("pause_reason", "cause_note")
WORDS[OpenSignal] = ("snooze_reason", "resolved_reason")
WORDS[Escalation] = ("reason", "answer")
WORDS[Play] = ("end_reason",)
WORDS[JourneyRun] = ("end_reason",)
WORDS[ChecklistItem] = ("reason",)


def _export(person: Person) -> dict[str, Any]:
    tasks = person.tasks.order_by("created_at").values("title", "detail", "due_at", "status", "created_at", "closed_at")
    escalations = person.escalations.order_by("raised_at").values("reason", "answer", "raised_at", "status")
    return {"tasks": list(tasks), "escalations": list(escalations)}


def _erase(person: Person) -> None:
    """Lists name an owner in a column of their own; it is filled again with the next refresh."""
    Standing.objects.filter(owner=person).update(owner_name="Erased person")
    Standing.objects.filter(next_step_owner=person.name).update(next_step_owner="Erased person")


EXPORTS.add("work", _export)
ERASURES.add("work", _erase)

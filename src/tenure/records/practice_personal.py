"""What the practice ground keeps of somebody: what they said and noted, and what was thought of it."""

from __future__ import annotations

from typing import Any

from tenure.identity.people import Person
from tenure.identity.staff import ERASURES, EXPORTS
from tenure.records.practice import Attempt
from tenure.records.practice_assessment import Assessment, CriterionScore
from tenure.records.practice_call import PracticeCall, PracticeTurn


def _export(person: Person) -> dict[str, Any]:
    lines = PracticeTurn.objects.filter(call__attempt__person=person).order_by("at", "number")
    calls = PracticeCall.objects.filter(attempt__person=person).order_by("begun_at")
    scores = CriterionScore.objects.filter(assessment__attempt__person=person).order_by("criterion", "pk")
    results = Assessment.objects.filter(attempt__person=person).order_by("pk")
    attempts = Attempt.objects.filter(person=person).order_by("invited_at")
    return {
        "attempts": list(attempts.values("scenario", "number", "status", "begun_at")),
        "lines": list(lines.values("at", "said", "says")),
        "notes": list(calls.values("call", "notes")),
        "scores": list(scores.values("criterion", "level", "note")),
        "results": list(results.values("mean", "passed", "note", "concluded_at")),
    }


def _erase(person: Person) -> None:
    """Words go, on both sides of the table; levels and results stay as figures without a name."""
    PracticeTurn.objects.filter(call__attempt__person=person).update(said="")
    PracticeCall.objects.filter(attempt__person=person).update(notes="")
    CriterionScore.objects.filter(assessment__attempt__person=person).update(note="")
    Assessment.objects.filter(attempt__person=person).update(note="")


EXPORTS.add("practice", _export)
ERASURES.add("practice", _erase)

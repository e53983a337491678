"""The tables of this room, where Django looks for them."""

from tenure.work import scopes  # noqa: F401 - registers who may read numbers
from tenure.work.commitments import CommitmentBook, CommitmentRule, KeptTerms, Opening, SourceRead, Verdict
from tenure.work.escalations import Escalation
from tenure.work.journeys import ChecklistItem, JourneyRun
from tenure.work.plays import Play, PlayStep
from tenure.work.signals import OpenSignal
from tenure.work.standing import Standing
from tenure.work.tasks import Task

__all__ = [
    "ChecklistItem",
    "CommitmentBook",
    "CommitmentRule",
    "Escalation",
    "JourneyRun",
    "KeptTerms",
    "OpenSignal",
    "Opening",
    "Play",
    "PlayStep",
    "SourceRead",
    "Standing",
    "Task",
    "Verdict",
]

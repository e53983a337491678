"""The tables of this room, where Django looks for them."""

from tenure.work.commitments import CommitmentBook, Opening, Verdict
from tenure.work.escalations import Escalation
from tenure.work.plays import Play, PlayStep
from tenure.work.signals import OpenSignal
from tenure.work.standing import Standing
from tenure.work.tasks import Task

__all__ = [
    "CommitmentBook",
    "Escalation",
    "OpenSignal",
    "Opening",
    "Play",
    "PlayStep",
    "Standing",
    "Task",
    "Verdict",
]

"""Tasks: one thing that one person is to do by a time, made by hand, by a play or a journey, or in a meeting."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q, QuerySet

from tenure.base import clock
from tenure.base.errors import Forbidden, Refused
from tenure.base.ids import ID_LENGTH, new_id
from tenure.facts.contract import declare
from tenure.identity import access
from tenure.identity.accounts import AccountAnchor
from tenure.identity.actor import Actor
from tenure.identity.operations import operation, record
from tenure.identity.people import Person
from tenure.identity.rows import store

_FIELDS = {
    "status": "text",
    "due_at": "moment",
    "owner": "id",
    "source": "text",
    "play": "id",
    "step": "text",
    "meeting": "id",
    "item": "id",
}
declare("task.created", "Task created", internal=True, **_FIELDS)
declare("task.changed", "Task changed", internal=True, **_FIELDS)
declare("task.done", "Task done", internal=True, **_FIELDS)
declare("task.cancelled", "Task cancelled", internal=True, **_FIELDS)
declare("task.reopened", "Task reopened", internal=True, **_FIELDS)


class Task(models.Model):
    """One thing to do. Its words live here alone, so that they can be erased; the ledger keeps who, when and state."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"

    class Source(models.TextChoices):
        HAND = "hand", "By hand"
        PLAY = "play", "From a play"
        MEETING = "meeting", "From a meeting"
        ESCALATION = "escalation", "From an escalation"
        JOURNEY = "journey", "From a journey"

    class Priority(models.IntegerChoices):
        LOW = 0, "Low"
        NORMAL = 1, "Normal"
        HIGH = 2, "High"

    class Effect(models.TextChoices):
        TASK = "task", "Do"
        MEETING = "meeting", "Arrange a meeting"
        MESSAGE = "message", "Write a message"
        NOTE = "note", "Write a note"

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    title = models.CharField(max_length=240)
    detail = models.TextField(blank=True)
    account = models.ForeignKey(AccountAnchor, on_delete=models.CASCADE, null=True, blank=True, related_name="tasks")
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="tasks")
    due_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.HAND)
    priority = models.PositiveSmallIntegerField(choices=Priority.choices, default=Priority.NORMAL)
    effect = models.CharField(max_length=10, choices=Effect.choices, default=Effect.TASK)
    meeting_type = models.CharField(max_length=60, blank=True)  # the kind of meeting that a play asks to arrange
    template = models.CharField(max_length=60, blank=True)  # the template that a play asks to write from
    meeting_id = models.CharField(max_length=ID_LENGTH, blank=True)  # where it was agreed
    play = models.ForeignKey("work.Play", on_delete=models.CASCADE, null=True, related_name="tasks")
    step = models.CharField(max_length=60, blank=True)
    item = models.ForeignKey("work.ChecklistItem", on_delete=models.CASCADE, null=True, related_name="tasks")
    created_at = models.DateTimeField()
    created_by_id = models.CharField(max_length=ID_LENGTH, null=True)
    closed_at = models.DateTimeField(null=True)

    anchor_path: ClassVar[str] = "account"
    ledger_fields: ClassVar[tuple[str, ...]] = ("status", "due_at", "source")

    class Meta:
        indexes = [
            models.Index(fields=["owner", "status", "due_at"]),
            models.Index(fields=["account", "status", "due_at"]),
            models.Index(fields=["status", "due_at"]),
            models.Index(fields=["meeting_id"], condition=~Q(meeting_id=""), name="task_of_a_meeting"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def facts(self) -> dict[str, Any]:
        """What every fact about a task carries beside its own after-values."""
        return {
            "owner": self.owner_id,
            "play": self.play_id,
            "step": self.step or None,
            "meeting": self.meeting_id or None,
            "item": self.item_id,
        }

    @property
    def is_open(self) -> bool:
        return self.status == Task.Status.OPEN


def list_tasks(actor: Actor, operation_name: str = "account.view") -> QuerySet[Task]:
    """The tasks that an actor sees: their own, those of whom they cover for, and those of accounts within reach."""
    if actor.is_system:
        return Task.objects.all()
    anchors = access.reachable(actor, operation_name)
    within = Q(account__isnull=False) if anchors is None else Q(account__in=anchors.values("pk"))
    return Task.objects.filter(Q(owner__in=actor.people) | Q(created_by_id__in=actor.people) | within)


def _owner(person_id: str | None, actor: Actor) -> Person:
    found = Person.objects.filter(pk=person_id or actor.id, is_active=True).first()
    if found is None:
        raise Refused("no_owner", "A task needs an owner who still works here.", field="owner")
    return found


def _check_own(task: Task, actor: Actor, name: str) -> None:
    """A task without an account belongs to its owner, their cover, its maker and whoever leads a team."""
    if actor.is_system or task.account_id or {task.owner_id, task.created_by_id} & actor.people:
        return
    if not any(actor.model.roles[role].reach in ("team", "all") for role in actor.roles):
        raise Forbidden(name, "This task is somebody else's.", hidden=True)


def _record(kind: str, task: Task) -> None:
    record(kind, task, account_id=task.account_id, **task.facts)


@operation("task.create", label="Create a task", undo="task.cancel")
def create_task(
    *,
    title: str,
    account: str | None = None,
    owner: str | None = None,
    due_at: datetime | None = None,
    priority: int = Task.Priority.NORMAL,
    detail: str = "",
    source: str = Task.Source.HAND,
    meeting: str = "",
    actor: Actor,
) -> Task:
    """Give somebody one thing to do; without an owner it is the actor's own, without an account the company's."""
    if not title.strip():
        raise Refused("nameless", "Say what is to be done.", field="title")
    if source not in (Task.Source.HAND, Task.Source.MEETING, Task.Source.ESCALATION):
        raise Refused("source", "A task is made by hand, in a meeting or for an escalation.", field="source")
    if priority not in Task.Priority.values:
        raise Refused("priority", "The priority is low (0), normal (1) or high (2).", field="priority")
    if account is not None:
        anchor = AccountAnchor.objects.filter(pk=account).first()
        if anchor is None:
            raise Forbidden("task.create", "There is no such account within your reach.", hidden=True)
        access.require(actor, "task.create", anchor)
    task = Task(
        title=title.strip()[:240],
        detail=detail.strip(),
        account_id=account,
        owner=_owner(owner, actor),
        due_at=due_at,
        priority=priority,
        source=source,
        meeting_id=meeting,
        created_at=clock.now(),
        created_by_id=actor.id,
    )
    task.save(force_insert=True)
    _record("task.created", task)
    return task


@operation("task.change", label="Change a task")
def change_task(
    task: Task,
    *,
    title: str | None = None,
    detail: str | None = None,
    due_at: datetime | None = None,
    priority: int | None = None,
    actor: Actor,
) -> Task:
    """Change what is to be done, by when or how urgently."""
    _check_own(task, actor, "task.change")
    _check_open(task)
    if title is not None and not title.strip():
        raise Refused("nameless", "Say what is to be done.", field="title")
    if priority is not None and priority not in Task.Priority.values:
        raise Refused("priority", "The priority is low (0), normal (1) or high (2).", field="priority")
    task.title = task.title if title is None else title.strip()[:240]
    task.detail = task.detail if detail is None else detail.strip()
    task.due_at = task.due_at if due_at is None else due_at
    task.priority = task.priority if priority is None else priority
    task.save()
    _record("task.changed", task)
    return task


@operation("task.reassign", label="Give a task to somebody else")
def reassign_task(task: Task, *, owner: str, actor: Actor) -> Task:
    """Give an open task to another person."""
    _check_own(task, actor, "task.reassign")
    _check_open(task)
    task.owner = _owner(owner, actor)
    store(task, "owner")
    _record("task.changed", task)
    return task


def _check_open(task: Task) -> None:
    if not task.is_open:
        raise Refused("closed", f"This task is {task.get_status_display().lower()}; reopen it first.")


def _close(task: Task, status: Task.Status, kind: str) -> Task:
    _check_open(task)
    task.status, task.closed_at = status, clock.now()
    store(task, "status", "closed_at")
    _record(kind, task)
    return task


@operation("task.do", label="Mark a task as done", undo="task.reopen")
def do_task(task: Task, *, actor: Actor) -> Task:
    """Say that a task is done."""
    _check_own(task, actor, "task.do")
    return _close(task, Task.Status.DONE, "task.done")


@operation("task.cancel", label="Cancel a task", undo="task.reopen")
def cancel_task(task: Task, *, actor: Actor) -> Task:
    """Say that a task is no longer wanted."""
    _check_own(task, actor, "task.cancel")
    return _close(task, Task.Status.CANCELLED, "task.cancelled")


@operation("task.reopen", label="Reopen a task")
def reopen_task(task: Task, *, actor: Actor) -> Task:
    """Take back that a task was done or cancelled."""
    _check_own(task, actor, "task.reopen")
    if task.is_open:
        raise Refused("open", "This task is open.")
    task.status, task.closed_at = Task.Status.OPEN, None
    store(task, "status", "closed_at")
    _record("task.reopened", task)
    return task

"""Journeys: runs of a journey of the blueprint on an account, with the checklist that each carries.

An item waits until its stage is reached and what it comes after has ended; then it is open with somebody, due by an
offset counted from then. What is ours to do is a task; what others owe us says whom we wait for, and since when.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q, prefetch_related_objects

from tenure.base import clock, duration
from tenure.base.ids import ID_LENGTH, new_id
from tenure.blueprint.model import Journey, JourneyItem
from tenure.facts.contract import declare
from tenure.identity.accounts import AccountAnchor
from tenure.identity.actor import Actor
from tenure.identity.hours import calendar_of_company
from tenure.identity.operations import record
from tenure.identity.people import Person
from tenure.identity.rows import store
from tenure.records.account import Account, set_stage, stages
from tenure.work.owners import Staffing
from tenure.work.tasks import Task, cancel_task, do_task, reopen_task

_RUN = {"journey": "text", "stage": "text", "status": "text"}
declare("journey.deployed", "Journey begun", internal=True, **_RUN)
declare("journey.ended", "Journey ended", internal=True, **_RUN, reason="text")
declare("journey.reopened", "Journey goes on", internal=True, **_RUN)
_ITEM = {
    "journey": "text",
    "run": "id",
    "stage": "text",
    "item": "text",
    "owner": "id",
    "status": "text",
    "due_at": "moment",
    "waits_for": "text",
    "since": "moment",
}
declare("checklist.opened", "Checklist item open", internal=True, **_ITEM)
declare("checklist.done", "Checklist item done", internal=True, **_ITEM, fact="integer")
declare("checklist.skipped", "Checklist item left out", internal=True, **_ITEM)
declare("checklist.blocked", "Checklist item blocked", internal=True, **_ITEM)
declare("checklist.unblocked", "Checklist item goes on", internal=True, **_ITEM)
declare("checklist.reopened", "Checklist item open again", internal=True, **_ITEM)
declare("checklist.held", "Checklist item waits again", internal=True, **_ITEM)
declare("checklist.cancelled", "Checklist item no longer wanted", internal=True, **_ITEM)


class JourneyRun(models.Model):
    """One run of a journey. It keeps the journey as it was when it began; a changed one holds for the next run."""

    class Status(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        STOPPED = "stopped", "Stopped"

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    account = models.ForeignKey(AccountAnchor, on_delete=models.CASCADE, related_name="journeys")
    journey = models.CharField(max_length=60)
    terms = models.TextField()  # JSON as text, because the order of stages and items is meant
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RUNNING)
    stage = models.CharField(max_length=60)
    stage_since = models.DateTimeField()
    reached = models.PositiveSmallIntegerField(default=0)  # the furthest stage so far, by its place in the journey
    started_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="journeys_started")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=400, blank=True)

    anchor_path: ClassVar[str] = "account"
    ledger_fields: ClassVar[tuple[str, ...]] = ("journey", "stage", "status")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["journey", "account"], condition=Q(status="running"), name="one_running_journey"
            )
        ]
        indexes = [
            models.Index(fields=["account", "status"]),
            models.Index(fields=["journey", "stage_since"], condition=Q(status="running"), name="running_journeys"),
        ]

    @property
    def definition(self) -> Journey:
        """The journey as it was when the run began."""
        return journey_of(self.terms)

    @property
    def is_running(self) -> bool:
        return self.status == JourneyRun.Status.RUNNING


@lru_cache(maxsize=128)
def journey_of(terms: str) -> Journey:
    """A journey as a run keeps it."""
    return Journey.model_validate_json(terms)


class ChecklistItem(models.Model):
    """One item of a run: waiting for its turn, open with somebody, or ended."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waits"
        OPEN = "open", "Open"
        DONE = "done", "Done"
        SKIPPED = "skipped", "Left out"
        CANCELLED = "cancelled", "Cancelled"

    class Party(models.TextChoices):
        US = "us", "Us"
        CLIENT = "client", "The client"
        PARTNER = "partner", "A partner"

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    run = models.ForeignKey(JourneyRun, on_delete=models.CASCADE, related_name="items")
    key = models.CharField(max_length=60)
    stage = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField()
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    opened_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    waits_for = models.CharField(max_length=10, choices=Party.choices, default=Party.US)
    waits_since = models.DateTimeField(null=True)  # since when somebody is waited for; null where nobody is
    is_blocked = models.BooleanField(default=False)  # by hand, with a reason
    reason = models.CharField(max_length=400, blank=True)  # why it is blocked, or was left out
    done_by_fact = models.BigIntegerField(null=True)  # the ledger's entry that showed that it was done

    anchor_path: ClassVar[str] = "run__account"
    ledger_fields: ClassVar[tuple[str, ...]] = ("stage", "status", "due_at", "waits_for")

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["run", "key"], name="one_item_per_key")]
        indexes = [models.Index(fields=["done_by_fact"], condition=Q(done_by_fact__isnull=False), name="items_by_fact")]

    def __str__(self) -> str:
        return self.label

    @property
    def terms(self) -> JourneyItem:
        return self.run.definition.stages[self.stage].items[self.key]

    @property
    def label(self) -> str:
        return self.terms.label

    @property
    def has_ended(self) -> bool:
        return self.status in (
            ChecklistItem.Status.DONE,
            ChecklistItem.Status.SKIPPED,
            ChecklistItem.Status.CANCELLED,
        )

    @property
    def is_open(self) -> bool:
        return self.status == ChecklistItem.Status.OPEN

    def is_late(self, now: datetime) -> bool:
        return self.is_open and self.due_at is not None and self.due_at < now


def record_run(kind: str, run: JourneyRun, at: datetime | None = None, **data: Any) -> None:
    """Record a fact about a run in the running transaction."""
    record(kind, run, account_id=run.account_id, happened_at=at, **data)


def record_item(kind: str, item: ChecklistItem, at: datetime | None = None, **data: Any) -> None:
    """Record a fact about an item in the running transaction."""
    record(
        kind,
        item,
        account_id=item.run.account_id,
        happened_at=at,
        journey=item.run.journey,
        run=item.run_id,
        item=item.key,
        owner=item.owner_id,
        since=item.waits_since if item.is_open else None,
        **data,
    )


def as_system(actor: Actor) -> Actor:
    """The tasks of a journey end with their items, by the journey's right and not by that of whoever said so."""
    return actor if actor.is_system else replace(actor, person=None, memberships=(), system="journeys")


# Stages.


def enter(run: JourneyRun, stage: str, at: datetime, actor: Actor, *, moves_account: bool = True) -> None:
    """Let a run come into a stage at a moment; its account goes along, by the operation that anybody would use.

    A stage that the blueprint has no longer stays the run's own.
    """
    run.stage, run.stage_since = stage, at
    run.reached = max(run.reached, list(run.definition.stages).index(stage))
    store(run, "stage", "stage_since", "reached")
    account = Account.objects.get(pk=run.account_id)
    if moves_account and account.stage != stage and stage in stages(actor.model):
        set_stage(account, stage=stage, at=at, actor=as_system(actor))


# Items.


def advance(run: JourneyRun, at: datetime, actor: Actor) -> None:
    """Open the items whose turn has come at a moment, and end the run where it is through."""
    items = {item.key: item for item in run.items.all()}
    order = list(run.definition.stages)
    ready = [
        item
        for item in items.values()
        if item.status == ChecklistItem.Status.WAITING
        and order.index(item.stage) <= run.reached
        and all(items[key].has_ended for key in item.terms.after if key in items)
    ]
    if ready:
        staffing = Staffing(actor.model, actor.day, [run.account_id])
        for item in ready:
            _open(item, at, staffing, actor)
    if run.is_running and run.stage == order[-1] and all(item.has_ended for item in items.values()):
        end(run, JourneyRun.Status.DONE)


def _open(item: ChecklistItem, at: datetime, staffing: Staffing, actor: Actor) -> None:
    item.owner_id = staffing.responsible(item.run.account_id, item.terms.owner)
    item.status, item.opened_at = ChecklistItem.Status.OPEN, at
    item.due_at = calendar_of_company(actor.model).add(at, duration.parse(item.terms.due))
    wait_as_written(item)
    item.save()
    record_item("checklist.opened", item, at)
    give_task(item)


def wait_as_written(item: ChecklistItem) -> None:
    """Let an item wait for whom the blueprint says, since it became open."""
    item.waits_for = ChecklistItem.Party(item.terms.waits_for)
    item.waits_since = item.opened_at if item.waits_for != ChecklistItem.Party.US else None
    item.is_blocked, item.reason = False, ""


def give_task(item: ChecklistItem) -> None:
    """The task of an open item that is ours to do; none while somebody else is waited for, or nobody is there."""
    if item.waits_since is not None or item.owner_id is None:
        return
    earlier = item.tasks.filter(status=Task.Status.CANCELLED).order_by("created_at").last()
    if earlier is not None:
        earlier.owner_id, earlier.due_at = item.owner_id, item.due_at
        store(earlier, "owner", "due_at")
        reopen_task(earlier, actor=Actor.machine("journeys"))
        return
    task = Task(
        title=item.label[:240],
        account_id=item.run.account_id,
        owner_id=item.owner_id,
        due_at=item.due_at,
        source=Task.Source.JOURNEY,
        item=item,
        created_at=clock.now(),
    )
    task.save(force_insert=True)
    record("task.created", task, account_id=task.account_id, **task.facts)


def take_task(item: ChecklistItem, actor: Actor, *, is_done: bool = False) -> None:
    """End the open task of an item with it."""
    for task in item.tasks.filter(status=Task.Status.OPEN):
        (do_task if is_done else cancel_task)(task, actor=as_system(actor))


def end_item(
    item: ChecklistItem,
    status: ChecklistItem.Status,
    at: datetime,
    actor: Actor,
    *,
    reason: str = "",
    fact: int | None = None,
) -> None:
    """Say that an item has ended at a moment, whatever ended it; `fact` is the entry that showed it."""
    item.status, item.ended_at, item.reason, item.done_by_fact = status, at, reason[:400], fact
    item.is_blocked = False
    store(item, "status", "ended_at", "reason", "done_by_fact", "is_blocked")
    more = {"fact": fact} if status == ChecklistItem.Status.DONE else {}
    record_item(f"checklist.{status}", item, at, **more)
    take_task(item, actor, is_done=status == ChecklistItem.Status.DONE)


def open_again(item: ChecklistItem, actor: Actor) -> None:
    """Take back that an item has ended; what opened because of it alone waits again."""
    item.status, item.ended_at, item.done_by_fact = ChecklistItem.Status.OPEN, None, None
    if item.opened_at is None:  # it was done before its turn came
        item.status = ChecklistItem.Status.WAITING
        store(item, "status", "ended_at", "done_by_fact")
        record_item("checklist.held", item)
    else:
        wait_as_written(item)
        item.save()
        record_item("checklist.reopened", item)
        _reopen_task(item)
    for later in item.run.items.all():
        if later.is_open and not later.is_blocked and item.key in later.terms.after:
            _hold(later, actor)
    if item.run.status == JourneyRun.Status.DONE:
        item.run.status, item.run.ended_at = JourneyRun.Status.RUNNING, None
        store(item.run, "status", "ended_at")
        record_run("journey.reopened", item.run)


def _hold(item: ChecklistItem, actor: Actor) -> None:
    item.status, item.opened_at = ChecklistItem.Status.WAITING, None
    item.due_at, item.waits_since = None, None
    store(item, "status", "opened_at", "due_at", "waits_since")
    record_item("checklist.held", item)
    take_task(item, actor)


def _reopen_task(item: ChecklistItem) -> None:
    if item.tasks.filter(status=Task.Status.OPEN).exists():
        return
    done = item.tasks.filter(status=Task.Status.DONE).order_by("created_at").last()
    if done is not None and item.waits_since is None:
        reopen_task(done, actor=Actor.machine("journeys"))
    else:
        give_task(item)


def end(run: JourneyRun, status: JourneyRun.Status, reason: str = "") -> None:
    """Record that a run is through, or was stopped."""
    run.status, run.ended_at, run.end_reason = status, clock.now(), reason[:400]
    store(run, "status", "ended_at", "end_reason")
    record_run("journey.ended", run, reason="stopped" if status == JourneyRun.Status.STOPPED else "")


def stop(run: JourneyRun, reason: str, actor: Actor) -> None:
    """Stop a running journey; what is open of it is cancelled. Called in an operation or a batch."""
    for item in run.items.all():
        if not item.has_ended:
            end_item(item, ChecklistItem.Status.CANCELLED, clock.now(), actor, reason=reason)
    end(run, JourneyRun.Status.STOPPED, reason)


def running(accounts: Iterable[str], wanted: Callable[[JourneyRun], bool] = lambda _run: True) -> list[JourneyRun]:
    """The runs that go on for some accounts, with their items: all of them, or those that are wanted."""
    rows = JourneyRun.objects.filter(account_id__in=list(accounts), status=JourneyRun.Status.RUNNING).order_by("id")
    found = [run for run in rows if wanted(run)]
    prefetch_related_objects(found, "items")
    return found

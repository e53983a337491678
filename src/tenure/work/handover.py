"""When an account changes hands, what is open on it goes along: promises, signals, steps of plays, checklist items."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from tenure.identity.actor import Actor
from tenure.work.commitments import Opening
from tenure.work.journeys import give_task, running
from tenure.work.owners import Staffing
from tenure.work.plays import Play, PlayStep
from tenure.work.signals import OpenSignal
from tenure.work.tasks import Task

KINDS = ("assignment.started", "assignment.ended", "account.changed")


def hand_over(accounts: Iterable[str], actor: Actor) -> int:
    """Give what is open on some accounts to whom their roles belong now; returns how many rows moved."""
    wanted = set(accounts)
    staffing = Staffing(actor.model, actor.day, wanted)
    openings = Opening.objects.filter(account_id__in=wanted, status__in=Opening.OPEN)
    signals = OpenSignal.objects.filter(account_id__in=wanted).exclude(state=OpenSignal.State.RESOLVED)
    return _rows(openings, staffing) + _rows(signals, staffing) + _steps(wanted, staffing) + _items(wanted, staffing)


def _rows(open_rows: QuerySet[Any], staffing: Staffing) -> int:
    """Openings or signals, which alike have an account, an owner and the owner's role."""
    changed = []
    for row in open_rows.only("pk", "account_id", "owner_role", "owner_id"):
        now = staffing.responsible(row.account_id, row.owner_role) if row.owner_role else row.owner_id
        if now != row.owner_id:
            row.owner_id = now
            changed.append(row)
    open_rows.model._default_manager.bulk_update(changed, ["owner"], batch_size=200)
    return len(changed)


def _steps(accounts: set[str], staffing: Staffing) -> int:
    """Open steps of running plays, with the tasks that they made."""
    steps = PlayStep.objects.filter(
        play__account_id__in=accounts, play__status=Play.Status.RUNNING, status=PlayStep.Status.OPEN
    ).select_related("play")
    moved = 0
    for step in steps:
        definition = step.play.definition.steps.get(step.key)
        now = staffing.responsible(step.play.account_id, definition.owner) if definition else None
        if now is not None and now != step.owner_id:
            step.owner_id = now
            step.save(update_fields=["owner"])
            if step.result == "task":
                Task.objects.filter(pk=step.result_id, status=Task.Status.OPEN).update(owner_id=now)
            moved += 1
    return moved


def _items(accounts: set[str], staffing: Staffing) -> int:
    """Open items of running journeys, with their tasks; one that nobody had gets its task now."""
    moved = 0
    for run in running(accounts):
        for item in run.items.all():
            now = staffing.responsible(run.account_id, item.terms.owner) if item.is_open else None
            if now is None or now == item.owner_id:
                continue
            had, item.owner_id = item.owner_id, now
            item.save(update_fields=["owner"])
            if had is None:
                give_task(item)
            else:
                item.tasks.filter(status=Task.Status.OPEN).update(owner_id=now)
            moved += 1
    return moved

"""Escalations: a case that goes up a path of roles, a rung each time that nobody answers it within the rung's time."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.db import models

from tenure.base import clock, duration
from tenure.base.errors import Refused
from tenure.base.ids import ID_LENGTH, new_id
from tenure.blueprint.model import EscalationStep, Model
from tenure.facts.contract import declare
from tenure.identity.accounts import AccountAnchor
from tenure.identity.actor import Actor
from tenure.identity.hours import calendar_of_company
from tenure.identity.operations import operation, record
from tenure.identity.people import Person
from tenure.work.owners import responsible

_FIELDS = {
    "path": "text",
    "rung": "integer",
    "role": "text",
    "owner": "id",
    "due_at": "moment",
    "play": "id",
    "step": "text",
}
declare("escalation.raised", "Escalated", internal=True, **_FIELDS)
declare("escalation.passed_on", "Escalation passed on", internal=True, **_FIELDS)
declare("escalation.answered", "Escalation answered", internal=True, **_FIELDS)
declare("escalation.closed", "Escalation closed", internal=True, **_FIELDS)


class Escalation(models.Model):
    """One case on its way up: which rung holds it, until when, and who that is."""

    class Status(models.TextChoices):
        OPEN = "open", "Waits for an answer"
        ANSWERED = "answered", "Taken on"
        CLOSED = "closed", "Closed"

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    account = models.ForeignKey(AccountAnchor, on_delete=models.CASCADE, related_name="escalations")
    path = models.CharField(max_length=60, blank=True)  # the blueprint's path; empty where a step names one role alone
    rungs = models.JSONField(default=list)  # [{to, within}], as they were when it was raised
    rung = models.PositiveSmallIntegerField(default=0)
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="escalations")
    reason = models.TextField(blank=True)
    answer = models.TextField(blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    raised_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)  # when it goes on; None on the last rung that is overdue already
    is_overdue = models.BooleanField(default=False)  # the last rung let its time pass
    closed_at = models.DateTimeField(null=True)
    play_id = models.CharField(max_length=ID_LENGTH, blank=True)
    step = models.CharField(max_length=60, blank=True)

    anchor_path: ClassVar[str] = "account"
    ledger_fields: ClassVar[tuple[str, ...]] = ("status",)

    class Meta:
        indexes = [
            models.Index(fields=["status", "due_at"]),
            models.Index(fields=["account", "status"]),
            models.Index(fields=["owner", "status"]),
        ]

    @property
    def facts(self) -> dict[str, Any]:
        """What every fact about an escalation carries."""
        return {
            "path": self.path,
            "rung": self.rung,
            "role": self.rungs[self.rung]["to"],
            "owner": self.owner_id,
            "due_at": self.due_at,
            "play": self.play_id or None,
            "step": self.step or None,
        }


def path_of(model: Model, path: str, to: str | None, within: str) -> tuple[EscalationStep, ...]:
    """The rungs of a named path, or the single rung of one role. Raises Refused where the blueprint has neither."""
    if path:
        if path not in model.escalations:
            raise Refused("unknown_path", f"The blueprint has no escalation path “{path}”.", field="path")
        return model.escalations[path].path
    if to is None or to not in model.roles:
        raise Refused("unknown_role", "Name an escalation path, or the role that it goes to.", field="to")
    return (EscalationStep(to=to, within=within),)


@operation("escalation.raise", label="Escalate")
def raise_escalation(
    account: AccountAnchor,
    *,
    reason: str,
    path: str = "",
    to: str | None = None,
    within: str = "1 business day",
    play: str = "",
    step: str = "",
    actor: Actor,
) -> Escalation:
    """Send a case up a path of the blueprint, or to one role; it goes on by itself while nobody answers."""
    if not reason.strip():
        raise Refused("no_reason", "Say why this is escalated.", field="reason")
    rungs = path_of(actor.model, path, to, within)
    now = clock.now()
    escalation = Escalation(
        account_id=account.pk,
        path=path,
        rungs=[rung.model_dump() for rung in rungs],
        owner_id=_holder(account.pk, rungs[0].to, actor),
        reason=reason.strip(),
        raised_at=now,
        due_at=calendar_of_company(actor.model).add(now, duration.parse(rungs[0].within)),
        play_id=play,
        step=step,
    )
    escalation.save(force_insert=True)
    record("escalation.raised", escalation, account_id=account.pk, **escalation.facts)
    return escalation


def _holder(account_id: str, role: str, actor: Actor) -> str:
    found = responsible(account_id, role, actor.model, actor.day)
    if found is None:
        raise Refused("nobody", f"Nobody holds the role “{role}” or leads a team; nobody could be told.", field="to")
    return found


@operation("escalation.answer", label="Take an escalation on")
def answer_escalation(escalation: Escalation, *, answer: str, actor: Actor) -> Escalation:
    """Take a case on, saying what is being done; it stops climbing."""
    if escalation.status != Escalation.Status.OPEN:
        raise Refused("not_open", f"This escalation is {escalation.get_status_display().lower()} already.")
    if not answer.strip():
        raise Refused("no_answer", "Say what is being done.", field="answer")
    escalation.status, escalation.answer, escalation.due_at = Escalation.Status.ANSWERED, answer.strip(), None
    escalation.owner_id = actor.id or escalation.owner_id
    escalation.save()
    record("escalation.answered", escalation, account_id=escalation.account_id, **escalation.facts)
    return escalation


@operation("escalation.close", label="Close an escalation")
def close_escalation(escalation: Escalation, *, reason: str = "", actor: Actor) -> Escalation:
    """End a case: what it was raised for is settled."""
    if escalation.status == Escalation.Status.CLOSED:
        raise Refused("closed", "This escalation is closed already.")
    escalation.status, escalation.closed_at, escalation.due_at = Escalation.Status.CLOSED, clock.now(), None
    escalation.answer = "\n".join(part for part in (escalation.answer, reason.strip()) if part)
    escalation.save()
    record("escalation.closed", escalation, account_id=escalation.account_id, **escalation.facts)
    return escalation


def pass_on(escalation: Escalation, now: datetime, actor: Actor) -> None:
    """The rung's time has passed: hand the case to the next one, or mark it overdue on the last. Called in a batch."""
    if escalation.rung + 1 < len(escalation.rungs):
        escalation.rung += 1
        rung = escalation.rungs[escalation.rung]
        escalation.owner_id = (
            responsible(escalation.account_id, rung["to"], actor.model, actor.day) or escalation.owner_id
        )
        escalation.due_at = calendar_of_company(actor.model).add(now, duration.parse(rung["within"]))
    else:
        escalation.due_at, escalation.is_overdue = None, True
    escalation.save()
    record("escalation.passed_on", escalation, account_id=escalation.account_id, **escalation.facts)


def pass_on_due(now: datetime, actor: Actor, limit: int = 200) -> int:
    """Hand on every escalation whose rung let its time pass; returns how many. Called in a batch."""
    due = Escalation.objects.select_for_update(of=("self",)).filter(status=Escalation.Status.OPEN, due_at__lte=now)
    found = list(due.order_by("due_at", "id")[:limit])
    for escalation in found:
        pass_on(escalation, now, actor)
    return len(found)

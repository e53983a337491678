"""The deliverable: something that is made for a client, planned, delivered and accepted."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from tenure.base.errors import Refused
from tenure.facts.contract import declare
from tenure.identity.actor import Actor
from tenure.identity.operations import operation
from tenure.identity.people import Person
from tenure.records.account import Account
from tenure.records.checks import Code, Short, check_address, check_word
from tenure.records.row import NOW, UNSET, AccountRow, Moment, When, colleague, fact, said, set_fields, when
from tenure.records.withdrawal import undo

FIELDS = {"type": "text", "due_on": "day", "status": "text", "owner": "id"}
declare("deliverable.planned", "Deliverable planned", internal=False, **FIELDS)
declare("deliverable.changed", "Deliverable changed", internal=True, **FIELDS, changed="list")
declare("deliverable.delivered", "Deliverable delivered", internal=False, **FIELDS)
declare("deliverable.accepted", "Deliverable accepted", internal=False, **FIELDS)
declare("deliverable.cancelled", "Deliverable cancelled", internal=True, **FIELDS, reason="text")
declare("deliverable.withdrawn", "Deliverable taken back", internal=True, **FIELDS, fact="text")


class Deliverable(AccountRow):
    """One thing made for a client."""

    class Status(models.TextChoices):
        PLANNED = "planned", "Planned"
        DELIVERED = "delivered", "Delivered"
        ACCEPTED = "accepted", "Accepted"
        CANCELLED = "cancelled", "Cancelled"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="deliverables")
    type = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PLANNED)
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="deliverables")
    url = models.CharField(max_length=500, blank=True)
    due_on = models.DateField(null=True, blank=True)
    planned_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    client_visible = models.BooleanField(default=True)

    noun: ClassVar[str] = "deliverable"
    ledger_fields: ClassVar[tuple[str, ...]] = ("type", "due_on", "status")
    client_sees: ClassVar[Q | None] = Q(client_visible=True)

    class Meta:
        indexes = [models.Index(fields=["account", "status", "due_on"])]

    def __str__(self) -> str:
        return self.title


def _record(kind: str, deliverable: Deliverable, times: When = NOW, **data: Any) -> None:
    fact(kind, deliverable, times, owner=deliverable.owner_id, **data)


def _check_status(deliverable: Deliverable, *expected: str) -> None:
    if deliverable.status not in expected:
        raise Refused("wrong_state", f"This deliverable is {deliverable.get_status_display().lower()}.")


@operation("deliverable.plan", label="Plan a deliverable", undo="deliverable.withdraw")
def plan_deliverable(
    account: Account,
    *,
    type: str,
    title: Short,
    due_on: date | None = None,
    owner: str | None = None,
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Deliverable:
    """Plan something to be made for a client."""
    times = when(actor, at, known_at)
    kind = actor.model.deliverables.get(check_word("deliverable", type, actor.model.deliverables, "type"))
    if kind is None:
        raise Refused("no_type", "Choose what kind of deliverable it is.", field="type")
    deliverable = Deliverable.objects.create(
        account=account,
        type=type,
        title=said(title, "title", "what is to be made"),
        due_on=due_on,
        owner=colleague(owner) or actor.person,
        client_visible=kind.client_visible,
        planned_at=times.moment,
    )
    _record("deliverable.planned", deliverable, times)
    return deliverable


@operation("deliverable.change", label="Change a deliverable")
def change_deliverable(
    deliverable: Deliverable,
    *,
    title: Short = UNSET,
    due_on: date | None = UNSET,
    owner: str | None = UNSET,
    url: str = UNSET,
    actor: Actor,
) -> Deliverable:
    """Change what is given."""
    changed = set_fields(
        deliverable,
        title=title if title is UNSET else said(title, "title", "what is to be made"),
        due_on=due_on,
        owner=owner if owner is UNSET else colleague(owner),
        url=url if url is UNSET else check_address(url, "url"),
    )
    if changed:
        deliverable.save(update_fields=changed)
        _record("deliverable.changed", deliverable, changed=changed)
    return deliverable


@operation("deliverable.deliver", label="Deliver a deliverable")
def deliver_deliverable(
    deliverable: Deliverable,
    *,
    url: str = "",
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Deliverable:
    """Say that it went to the client, and where it lies."""
    _check_status(deliverable, Deliverable.Status.PLANNED)
    times = when(actor, at, known_at)
    deliverable.status, deliverable.delivered_at = Deliverable.Status.DELIVERED, times.moment
    deliverable.url = check_address(url, "url") or deliverable.url
    deliverable.save(update_fields=["status", "delivered_at", "url"])
    _record("deliverable.delivered", deliverable, times)
    return deliverable


@operation("deliverable.accept", label="Accept a deliverable")
def accept_deliverable(
    deliverable: Deliverable, *, at: Moment | None = None, known_at: Moment | None = None, actor: Actor
) -> Deliverable:
    """Say that the client took it as it is."""
    _check_status(deliverable, Deliverable.Status.DELIVERED)
    times = when(actor, at, known_at)
    deliverable.status, deliverable.accepted_at = Deliverable.Status.ACCEPTED, times.moment
    deliverable.save(update_fields=["status", "accepted_at"])
    _record("deliverable.accepted", deliverable, times)
    return deliverable


@operation("deliverable.cancel", label="Cancel a deliverable")
def cancel_deliverable(
    deliverable: Deliverable, *, reason: Code, at: Moment | None = None, known_at: Moment | None = None, actor: Actor
) -> Deliverable:
    """Say that it is not made, and why."""
    _check_status(deliverable, Deliverable.Status.PLANNED)
    times = when(actor, at, known_at)
    deliverable.status = Deliverable.Status.CANCELLED
    deliverable.save(update_fields=["status"])
    _record("deliverable.cancelled", deliverable, times, reason=reason)
    return deliverable


@operation("deliverable.withdraw", label="Undo a deliverable")
def withdraw_deliverable(deliverable: Deliverable, *, actor: Actor) -> None:
    """Take back a deliverable that was just planned."""
    undo(deliverable, actor)

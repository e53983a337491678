"""The action item: what somebody said they would do, in a meeting or elsewhere, on our side or the client's."""

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
from tenure.records.checks import Code, Text
from tenure.records.contact import Contact
from tenure.records.meeting import Meeting
from tenure.records.row import NOW, UNSET, AccountRow, Moment, When, colleague, fact, related, said, set_fields, when
from tenure.records.withdrawal import can_undo, undo, undo_fact

FIELDS = {
    "status": "text",
    "owner": "id",
    "contact": "id",
    "due_on": "day",
    "client_owned": "boolean",
    "meeting": "id",
}
declare("action.added", "Action item added", internal=False, **FIELDS)
declare("action.changed", "Action item changed", internal=True, **FIELDS, changed="list")
declare("action.done", "Action item done", internal=False, **FIELDS)
declare("action.cancelled", "Action item cancelled", internal=True, **FIELDS, reason="text")
declare("action.reopened", "Action item reopened", internal=True, **FIELDS)
declare("action.withdrawn", "Action item taken back", internal=True, **FIELDS, fact="text")


class ActionItem(AccountRow):
    """One thing to do, with somebody who does it. A client's is owned by a contact, or by nobody in particular."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="actions")
    meeting = models.ForeignKey(Meeting, on_delete=models.SET_NULL, null=True, related_name="actions")
    text = models.TextField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="actions")
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, related_name="actions")
    client_owned = models.BooleanField(default=False)
    client_visible = models.BooleanField(default=False)
    due_on = models.DateField(null=True, blank=True)
    noted_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    noun: ClassVar[str] = "action"
    ledger_fields: ClassVar[tuple[str, ...]] = ("status", "due_on", "client_owned")
    client_sees: ClassVar[Q | None] = Q(client_visible=True)

    class Meta:
        indexes = [
            models.Index(fields=["account", "status", "due_on"]),
            models.Index(fields=["owner", "status", "due_on"]),
        ]

    def __str__(self) -> str:
        return self.text[:80]


def _record(kind: str, action: ActionItem, times: When = NOW, **data: Any) -> None:
    held: dict[str, Any] = {"owner": action.owner_id, "contact": action.contact_id, "meeting": action.meeting_id}
    fact(kind, action, times, **held, **data)


@operation("action.add", label="Add an action item", undo="action.withdraw")
def add_action(
    account: Account,
    *,
    text: Text,
    owner: str | None = None,
    contact: str | None = None,
    client_owned: bool = False,
    client_visible: bool | None = None,
    due_on: date | None = None,
    meeting: str | None = None,
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> ActionItem:
    """Note what somebody is to do. Ours belongs to `owner`, else to whoever notes it; a client's to a contact.

    The client sees what is theirs, and what was agreed in a meeting that they see, unless it is kept inside.
    """
    times = when(actor, at, known_at)
    agreed_in = related(Meeting, meeting, account.pk, "meeting")
    theirs = client_owned or contact is not None
    if theirs and owner:
        raise Refused("two_owners", "Either the client does it or one of us.", field="owner")
    open_to_client = theirs or bool(agreed_in and agreed_in.client_visible)
    action = ActionItem.objects.create(
        account=account,
        meeting=agreed_in,
        text=said(text, "text", "what is to be done"),
        owner=None if theirs else colleague(owner) or actor.person,
        contact=related(Contact, contact, account.pk, "contact"),
        client_owned=theirs,
        client_visible=open_to_client if client_visible is None else client_visible,
        due_on=due_on,
        noted_at=times.moment,
    )
    _record("action.added", action, times)
    return action


def _check_open(action: ActionItem) -> None:
    if action.status != ActionItem.Status.OPEN:
        raise Refused("closed", f"This action item is {action.get_status_display().lower()} already.")


@operation("action.change", label="Change an action item")
def change_action(
    action: ActionItem,
    *,
    text: Text = UNSET,
    owner: str = UNSET,
    due_on: date | None = UNSET,
    client_visible: bool = UNSET,
    actor: Actor,
) -> ActionItem:
    """Change what is given. Giving it to one of us takes it from the client."""
    _check_open(action)
    person = owner if owner is UNSET else colleague(owner)
    changed = set_fields(
        action,
        text=text if text is UNSET else said(text, "text", "what is to be done"),
        owner=person,
        client_owned=UNSET if owner is UNSET else False,
        contact=UNSET if owner is UNSET else None,
        due_on=due_on,
        client_visible=client_visible,
    )
    if changed:
        action.save(update_fields=changed)
        _record("action.changed", action, changed=changed)
    return action


@operation("action.do", label="Tick an action item", undo="action.reopen")
def do_action(
    action: ActionItem, *, at: Moment | None = None, known_at: Moment | None = None, actor: Actor
) -> ActionItem:
    """Say that it is done."""
    _check_open(action)
    times = when(actor, at, known_at)
    action.status, action.closed_at = ActionItem.Status.DONE, times.moment
    action.save(update_fields=["status", "closed_at"])
    _record("action.done", action, times)
    return action


@operation("action.cancel", label="Cancel an action item", undo="action.reopen")
def cancel_action(
    action: ActionItem,
    *,
    reason: Code | None = None,
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> ActionItem:
    """Say that it is not to be done any more."""
    _check_open(action)
    times = when(actor, at, known_at)
    action.status, action.closed_at = ActionItem.Status.CANCELLED, times.moment
    action.save(update_fields=["status", "closed_at"])
    _record("action.cancelled", action, times, reason=reason)
    return action


@operation("action.reopen", label="Reopen an action item")
def reopen_action(action: ActionItem, *, actor: Actor) -> ActionItem:
    """Open it again; at once after closing it, this takes the closing back."""
    if action.status == ActionItem.Status.OPEN:
        raise Refused("open", "This action item is open.")
    closed_by = f"action.{action.status}"
    action.status, action.closed_at = ActionItem.Status.OPEN, None
    action.save(update_fields=["status", "closed_at"])
    if can_undo(action, closed_by, actor):
        undo_fact(action, closed_by, actor)
    else:
        _record("action.reopened", action)
    return action


@operation("action.withdraw", label="Undo an action item")
def withdraw_action(action: ActionItem, *, actor: Actor) -> None:
    """Take back an action item that was just added."""
    undo(action, actor)

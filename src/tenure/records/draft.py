"""The draft: a message written from one of the company's templates, that goes out when a person has read it.

It keeps the facts that it was made from; what could not be filled in stands in square brackets until somebody does.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import QuerySet

from tenure.base import clock
from tenure.base.errors import Refused
from tenure.base.ids import ID_LENGTH
from tenure.facts.contract import declare
from tenure.identity import access
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.identity.operations import operation
from tenure.identity.people import Person
from tenure.records.account import Account
from tenure.records.checks import Code, Short, Text, check_word
from tenure.records.contact import Contact
from tenure.records.delivery import Delivery, recall_mails
from tenure.records.message import MAIL, Message, send_message, withdraw_message
from tenure.records.row import NOW, UNSET, AccountRow, When, fact, related, said, set_fields
from tenure.records.withdrawal import last_entry

FIELDS = {"template": "text", "status": "text", "cause": "id", "contact": "id", "owner": "id", "message": "id"}
declare("draft.made", "Draft made", internal=True, **FIELDS)
declare("draft.changed", "Draft changed", internal=True, **FIELDS, changed="list")
declare("draft.approved", "Draft approved and sent", internal=True, **FIELDS)
declare("draft.recalled", "Draft taken back", internal=True, **FIELDS)
declare("draft.discarded", "Draft discarded", internal=True, **FIELDS, reason="text")

FRESH_FOR = timedelta(days=14)  # what nobody has sent until then is no news any more
GAP = re.compile(r"\[[^\[\]\n]{1,60}\]")


class Draft(AccountRow):
    """A message that waits for a person. `sources` are the rows that it says something of, as noun and id."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waits"
        SENT = "sent", "Sent"
        DISCARDED = "discarded", "Discarded"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="drafts")
    template = models.CharField(max_length=60)
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, related_name="drafts")
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="drafts")
    cause = models.CharField(max_length=ID_LENGTH, blank=True)  # the row whose fact asked for it
    sources = models.JSONField(default=list)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=60, blank=True)
    message = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, related_name="drafts")

    noun: ClassVar[str] = "draft"
    ledger_fields: ClassVar[tuple[str, ...]] = ("template", "status")

    class Meta:
        indexes = [models.Index(fields=["owner", "status", "-made_at"]), models.Index(fields=["account", "-made_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "template", "cause"], condition=~models.Q(cause=""), name="one_draft_per_cause"
            )
        ]

    def __str__(self) -> str:
        return self.subject or self.template

    @property
    def gaps(self) -> list[str]:
        """What somebody has yet to fill in, as it stands in brackets."""
        return list(dict.fromkeys(GAP.findall(f"{self.subject}\n{self.body}")))


def waiting(drafts: QuerySet[Draft]) -> QuerySet[Draft]:
    """Those that somebody should read now, the oldest first."""
    since = clock.now() - FRESH_FOR
    return drafts.filter(status=Draft.Status.WAITING, made_at__gte=since).order_by("made_at", "pk")


def _record(kind: str, draft: Draft, taken_back: LedgerEntry | None = None, **data: Any) -> None:
    held: dict[str, Any] = {"cause": draft.cause or None, "contact": draft.contact_id, "owner": draft.owner_id}
    times, retracts = (When(taken_back.happened_at), taken_back.id) if taken_back else (NOW, None)
    fact(kind, draft, times, retracts=retracts, **held, message=draft.message_id, **data)


@operation("draft.make", label="Draft a message")
def make_draft(
    account: Account,
    *,
    template: str,
    subject: Short = "",
    body: Text = "",
    contact: str | None = None,
    owner: str | None = None,
    cause: str = "",
    sources: list[tuple[str, str]] | None = None,
    actor: Actor,
) -> Draft:
    """Keep a message for somebody to read and send. One cause makes one draft of a template."""
    check_word("template", template, actor.model.templates, "template")
    standing = Draft.objects.filter(account=account, template=template, cause=cause).first() if cause else None
    if standing is not None:
        return standing
    draft = Draft(
        account=account,
        template=template,
        contact=related(Contact, contact, account.pk, "contact"),
        subject=subject.strip(),
        body=said(body, "body", "the message"),
        owner=Person.objects.filter(pk=owner).first() if owner else actor.person,
        cause=cause,
        sources=[list(each) for each in sources or ()],
        made_at=clock.now(),
    )
    draft.save(force_insert=True)
    _record("draft.made", draft)
    return draft


def _check_waiting(draft: Draft) -> None:
    if draft.status != Draft.Status.WAITING:
        raise Refused("ended", f"This draft was {draft.get_status_display().lower()} already.")


@operation("draft.change", label="Change a draft")
def change_draft(
    draft: Draft, *, subject: Short = UNSET, body: Text = UNSET, contact: str | None = UNSET, actor: Actor
) -> Draft:
    """Change what the message says, or whom it goes to."""
    _check_waiting(draft)
    changed = set_fields(
        draft,
        subject=subject if subject is UNSET else subject.strip(),
        body=body if body is UNSET else said(body, "body", "the message"),
        contact=contact if contact is UNSET else related(Contact, contact, draft.account_id, "contact"),
    )
    if changed:
        draft.save(update_fields=changed)
        _record("draft.changed", draft, changed=changed)
    return draft


@operation("draft.send", label="Approve a draft and send it", undo="draft.recall")
def send_draft(draft: Draft, *, delivery: Delivery = "mail", actor: Actor) -> Draft:
    """Send what was drafted, as it now reads. Only a person does; what is in brackets is filled in first."""
    if actor.person is None:
        raise Refused("nobody", "A person reads a message before it goes out.")
    _check_waiting(draft)
    if draft.gaps:
        raise Refused("unfilled", f"Fill in what is in brackets first: {', '.join(draft.gaps)}.", field="body")
    if draft.contact_id is None:
        raise Refused("no_contact", "Choose whom it goes to.", field="contact")
    draft.message = send_message(
        draft.account,
        contact=draft.contact_id,
        subject=draft.subject,
        body=draft.body,
        delivery=delivery,
        actor=actor,
    )
    draft.status, draft.ended_at = Draft.Status.SENT, clock.now()
    draft.save(update_fields=["message", "status", "ended_at"])
    _record("draft.approved", draft)
    return draft


@operation("draft.recall", label="Undo sending a draft")
def recall_draft(draft: Draft, *, actor: Actor) -> Draft:
    """Take back, at once, that a draft was sent: its mail stays here and it waits again."""
    if draft.status != Draft.Status.SENT or draft.message is None:
        raise Refused("not_sent", "This draft was not sent.")
    approved = last_entry(draft, "draft.approved")
    message, draft.message = draft.message, None
    draft.status, draft.ended_at = Draft.Status.WAITING, None
    draft.save(update_fields=["message", "status", "ended_at"])
    recall_mails(message, MAIL)
    withdraw_message(message, actor=actor)
    _record("draft.recalled", draft, approved)
    return draft


@operation("draft.discard", label="Discard a draft")
def discard_draft(draft: Draft, *, reason: Code, actor: Actor) -> Draft:
    """Say in a word why nothing is sent."""
    _check_waiting(draft)
    draft.status, draft.reason, draft.ended_at = Draft.Status.DISCARDED, reason, clock.now()
    draft.save(update_fields=["status", "reason", "ended_at"])
    _record("draft.discarded", draft, reason=reason)
    return draft


def list_drafts(actor: Actor, name: str = "account.view") -> QuerySet[Draft]:
    """The drafts of accounts within reach."""
    return access.reach(Draft.objects.all(), actor, name)

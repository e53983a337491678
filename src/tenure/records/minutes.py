"""What comes out of a meeting: notes for the client, notes of our own, and decisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q

from tenure.base import clock
from tenure.base.errors import Refused
from tenure.facts.contract import declare
from tenure.identity.actor import Actor
from tenure.identity.operations import operation
from tenure.identity.people import Person
from tenure.records.account import Account
from tenure.records.checks import Short, Text
from tenure.records.contact import Contact
from tenure.records.delivery import Delivery, check_delivery, queue_mail, reachable, recall_mails
from tenure.records.meeting import FIELDS, Meeting
from tenure.records.row import UNSET, AccountRow, Moment, fact, said, set_fields, when
from tenure.records.withdrawal import entries_of, standing, undo, undo_fact

NOTES = "meeting_notes"
declare("meeting.notes_written", "Meeting notes written", internal=True, **FIELDS)
declare("meeting.notes_sent", "Meeting notes sent", internal=False, **FIELDS, delivery="text")
declare("decision.made", "Decision made", internal=False, meeting="id", client_visible="boolean")
declare("decision.withdrawn", "Decision taken back", internal=True, meeting="id", client_visible="boolean", fact="text")


class Decision(AccountRow):
    """Something that was agreed, usually in a meeting."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="decisions")
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, null=True, related_name="decisions")
    text = models.TextField()
    client_visible = models.BooleanField(default=True)
    made_at = models.DateTimeField()
    noted_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    noun: ClassVar[str] = "decision"
    ledger_fields: ClassVar[tuple[str, ...]] = ("client_visible",)
    client_sees: ClassVar[Q | None] = Q(client_visible=True)

    class Meta:
        indexes = [models.Index(fields=["account", "-made_at"])]

    def __str__(self) -> str:
        return self.text[:80]


@operation("meeting.write_notes", label="Write meeting notes")
def write_notes(
    meeting: Meeting, *, internal: Text = UNSET, client: Text = UNSET, version: int | None = None, actor: Actor
) -> Meeting:
    """Keep the notes. `version` is the one that the writer began from: a newer one is not written over."""
    if version is not None and version != meeting.notes_version:
        raise Refused("changed_since", "Somebody else has written here since; reload and add yours.", field="version")
    changed = set_fields(meeting, notes_internal=internal, notes_client=client)
    if changed:
        meeting.notes_version += 1
        meeting.save(update_fields=[*changed, "notes_version"])
        fact("meeting.notes_written", meeting, facilitator=meeting.facilitator_id)
    return meeting


@operation("meeting.send_notes", label="Send meeting notes", undo="meeting.recall_notes")
def send_notes(
    meeting: Meeting,
    *,
    delivery: Delivery = "by_hand",
    to: list[str] | None = None,
    subject: Short = "",
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Meeting:
    """Send the notes for the client by mail, or record that they went out by hand. The same notes are sent once.

    `to` are contacts of the account; without any, they go to those who came, else to the primary contact. Without a
    `subject` a mail says which meeting it was and when.
    """
    if not meeting.notes_client.strip():
        raise Refused("no_notes", "Write the notes for the client first.", field="notes_client")
    if meeting.notes_sent_at and meeting.notes_sent_version == meeting.notes_version:
        raise Refused("sent", "These notes were sent already.")
    check_delivery(delivery)
    times = when(actor, at, known_at)
    if delivery == "mail":
        _mail_notes(meeting, receivers(meeting, to), subject.strip(), actor)
    meeting.notes_sent_at, meeting.notes_sent_version = times.moment, meeting.notes_version
    meeting.save(update_fields=["notes_sent_at", "notes_sent_version"])
    fact("meeting.notes_sent", meeting, times, facilitator=meeting.facilitator_id, delivery=delivery)
    return meeting


def receivers(meeting: Meeting, to: Sequence[str] | None = None) -> list[Contact]:
    """To whom the notes of a meeting go: those named, else the client's people who came, else the primary contact."""
    contacts = Contact.objects.filter(account_id=meeting.account_id).order_by("name", "pk")
    if to:
        return reachable(contacts.filter(pk__in=to))
    came = reachable(contacts.filter(attendances__meeting=meeting).exclude(attendances__attended=False).distinct())
    return came or reachable(contacts.filter(is_primary=True))


def _mail_notes(meeting: Meeting, to: Sequence[Contact], subject: str, actor: Actor) -> None:
    if not to:
        raise Refused("nobody", "Nobody who was there has an e-mail address; add one to a contact first.", field="to")
    kind = actor.model.meetings.get(meeting.type)
    title = meeting.title or (kind.label if kind else meeting.type)
    day = meeting.starts_at.astimezone(ZoneInfo(meeting.zone or actor.model.company.zone))
    for contact in to:
        queue_mail(
            contact,
            key=f"notes:{meeting.pk}:{meeting.notes_version}:{contact.pk}",
            purpose=NOTES,
            subject=subject or f"{title}, {day.day} {day:%B %Y}: notes",
            text=meeting.notes_client,
            about=meeting,
            actor=actor,
        )


@operation("meeting.recall_notes", label="Undo sending meeting notes")
def recall_notes(meeting: Meeting, *, actor: Actor) -> Meeting:
    """Take back, at once, that notes were sent; their mails stay here."""
    if meeting.notes_sent_at is None:
        raise Refused("not_sent", "These notes were not sent.")
    recall_mails(meeting, NOTES)
    undo_fact(meeting, "meeting.notes_sent", actor)
    sent = [e for e in standing(entries_of("meeting", [meeting.pk])[meeting.pk]) if e.kind == "meeting.notes_sent"]
    meeting.notes_sent_at, meeting.notes_sent_version = sent[-2].happened_at if len(sent) > 1 else None, 0
    meeting.save(update_fields=["notes_sent_at", "notes_sent_version"])
    return meeting


@operation("meeting.decide", label="Note a decision", undo="decision.withdraw")
def decide(
    meeting: Meeting,
    *,
    text: Text,
    client_visible: bool | None = None,
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Decision:
    """Note what was decided in a meeting; the client sees it where they see the meeting, unless it is kept inside."""
    times = when(actor, at, known_at)
    decision = Decision.objects.create(
        account_id=meeting.account_id,
        meeting=meeting,
        text=said(text, "text", "what was decided"),
        client_visible=meeting.client_visible if client_visible is None else client_visible,
        made_at=at or clock.now(),
        noted_by=actor.person,
    )
    fact("decision.made", decision, times, meeting=meeting.pk)
    return decision


@operation("decision.withdraw", label="Undo a decision")
def withdraw_decision(decision: Decision, *, actor: Actor) -> None:
    """Take back a decision that was just noted."""
    undo(decision, actor)

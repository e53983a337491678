"""What comes out of a meeting: notes for the client, notes of our own, and decisions."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from tenure.base import clock
from tenure.base.errors import Refused
from tenure.facts.contract import declare
from tenure.identity.actor import Actor
from tenure.identity.operations import operation
from tenure.identity.people import Person
from tenure.records.account import Account
from tenure.records.checks import Text
from tenure.records.meeting import FIELDS, Meeting
from tenure.records.row import UNSET, AccountRow, Moment, fact, said, set_fields, when
from tenure.records.withdrawal import undo

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


@operation("meeting.send_notes", label="Log that meeting notes were sent")
def send_notes(meeting: Meeting, *, at: Moment | None = None, known_at: Moment | None = None, actor: Actor) -> Meeting:
    """Record that the notes for the client went out by hand. The same notes are sent once."""
    if not meeting.notes_client.strip():
        raise Refused("no_notes", "Write the notes for the client first.", field="notes_client")
    if meeting.notes_sent_at and meeting.notes_sent_version == meeting.notes_version:
        raise Refused("sent", "These notes were sent already.")
    times = when(actor, at, known_at)
    meeting.notes_sent_at, meeting.notes_sent_version = times.moment, meeting.notes_version
    meeting.save(update_fields=["notes_sent_at", "notes_sent_version"])
    fact("meeting.notes_sent", meeting, times, facilitator=meeting.facilitator_id, delivery="by_hand")
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

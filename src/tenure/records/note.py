"""The note: something worth remembering about an account, internal unless it is said otherwise."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from tenure.facts.contract import declare
from tenure.identity.actor import Actor
from tenure.identity.operations import operation
from tenure.identity.people import Person
from tenure.records.account import Account
from tenure.records.checks import Code, Text
from tenure.records.row import UNSET, AccountRow, Moment, fact, said, set_fields, teller, when
from tenure.records.withdrawal import undo

FIELDS = {"type": "text", "client_visible": "boolean", "pinned": "boolean", "by": "id"}
declare("note.logged", "Note", internal=False, **FIELDS)
declare("note.changed", "Note changed", internal=True, **FIELDS, changed="list")
declare("note.withdrawn", "Note taken back", internal=True, **FIELDS, fact="text")


class Note(AccountRow):
    """What somebody wrote about an account. Its words live here alone, so that they can be erased."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField()
    type = models.CharField(max_length=60)
    client_visible = models.BooleanField(default=False)
    pinned = models.BooleanField(default=False)
    author = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="notes")
    at = models.DateTimeField()

    noun: ClassVar[str] = "note"
    ledger_fields: ClassVar[tuple[str, ...]] = ("type", "client_visible", "pinned")
    client_sees: ClassVar[Q | None] = Q(client_visible=True)

    class Meta:
        indexes = [models.Index(fields=["account", "-at"])]

    def __str__(self) -> str:
        return self.text[:80]


@operation("note.log", label="Write a note", undo="note.withdraw")
def log_note(
    account: Account,
    *,
    text: Text,
    type: Code = "note",
    client_visible: bool = False,
    pinned: bool = False,
    by: str | None = None,
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Note:
    """Write something down about an account. It stays inside unless the client may see it."""
    times = when(actor, at, known_at)
    note = Note.objects.create(
        account=account,
        text=said(text, "text", "the note"),
        type=type,
        client_visible=client_visible,
        pinned=pinned,
        author=teller(actor, by),
        at=times.moment,
    )
    fact("note.logged", note, times, by=note.author_id)
    return note


@operation("note.change", label="Change a note")
def change_note(
    note: Note,
    *,
    text: Text = UNSET,
    type: Code = UNSET,
    client_visible: bool = UNSET,
    pinned: bool = UNSET,
    actor: Actor,
) -> Note:
    """Change what is given: the words, who sees them, or whether the note stays on top."""
    changed = set_fields(
        note,
        text=text if text is UNSET else said(text, "text", "the note"),
        type=type,
        client_visible=client_visible,
        pinned=pinned,
    )
    if changed:
        note.save(update_fields=changed)
        fact("note.changed", note, by=note.author_id, changed=changed)
    return note


@operation("note.withdraw", label="Undo a note")
def withdraw_note(note: Note, *, actor: Actor) -> None:
    """Take back a note that was just written; its words go."""
    undo(note, actor)

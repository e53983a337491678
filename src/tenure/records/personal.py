"""Personal data in the records: what is kept about a contact or a person, and how it is erased.

The ledger holds ids and figures alone, so it stays whole; the words go from the rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from functools import reduce
from operator import or_
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models import Model as Row

from tenure.base import clock
from tenure.base.errors import Refused
from tenure.base.ids import ID_LENGTH
from tenure.base.registry import Registry
from tenure.facts.contract import declare
from tenure.identity.actor import Actor
from tenure.identity.holds import begin_hold, check_unheld, end_hold
from tenure.identity.operations import operation
from tenure.identity.people import Person
from tenure.identity.staff import ERASURES, EXPORTS
from tenure.records.account import Account
from tenure.records.action import ActionItem
from tenure.records.activity import Activity
from tenure.records.advocacy import Advocacy
from tenure.records.agenda import MeetingItem
from tenure.records.contact import FIELDS, Contact
from tenure.records.deliverable import Deliverable
from tenure.records.delivery import Mail, erase_mails, export_mails
from tenure.records.draft import Draft
from tenure.records.goal import Goal
from tenure.records.handover import Handover, HandoverAnswer
from tenure.records.issue import Issue, IssueEntry
from tenure.records.link import Link
from tenure.records.meeting import Meeting
from tenure.records.message import Message
from tenure.records.minutes import Decision
from tenure.records.note import Note
from tenure.records.rating import Rating
from tenure.records.report import Report
from tenure.records.result import Result
from tenure.records.row import AccountRow, fact
from tenure.records.survey import SurveyAnswer
from tenure.records.win import Win

declare("contact.exported", "Contact's data exported", internal=True, **FIELDS)
declare("contact.held", "Contact held from erasure", internal=True, **FIELDS, until="day")
declare("contact.released", "Hold on a contact lifted", internal=True, **FIELDS)
declare("contact.erased", "Contact erased", internal=True, **FIELDS, mentions="integer")
declare("mention.cleared", "Flagged text cleared", internal=True, table="text", row_id="id")

ERASED_NAME = "Erased contact"
# Every text in which somebody may be named.
WORDS: dict[type[Row], tuple[str, ...]] = {
    Account: ("summary", "next_step"),
    ActionItem: ("text",),
    Activity: ("text",),
    Advocacy: ("evidence", "link"),
    Decision: ("text",),
    Deliverable: ("title", "brief", "internal_note", "changes_asked"),
    Draft: ("subject", "body"),
    Goal: ("title", "evidence"),
    Handover: ("return_reason",),
    HandoverAnswer: ("text",),
    Issue: ("title", "body", "resolution"),
    IssueEntry: ("text", "client_told"),
    Mail: ("subject", "text"),
    Link: ("title",),
    Meeting: ("title", "notes_internal", "notes_client"),
    MeetingItem: ("text",),
    Message: ("subject", "body"),
    Note: ("text",),
    Rating: ("evidence", "calibration_reason"),
    Result: ("evidence",),
    Report: ("sentence", "reason", "next_step", "held_because"),
    SurveyAnswer: ("text",),
    Win: ("text", "evidence"),
}

# Other rooms that keep something about contacts add themselves here.
CONTACT_EXPORTS: Registry[Callable[[Contact], dict[str, Any]]] = Registry("exports of a contact's data")
CONTACT_ERASURES: Registry[Callable[[Contact], None]] = Registry("erasures of a contact's data")


def _plain(rows: Iterable[Any], *names: str) -> list[dict[str, Any]]:
    return [{name: getattr(row, name) for name in names} for row in rows]


class Mention(AccountRow):
    """A text that may still name somebody who was erased: flagged until a person has read it."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="mentions")
    table = models.CharField(max_length=60)  # the model's name, such as note
    row_id = models.CharField(max_length=ID_LENGTH)
    found_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True, blank=True)

    noun: ClassVar[str] = "mention"
    ledger_fields: ClassVar[tuple[str, ...]] = ("table", "row_id")

    class Meta:
        indexes = [models.Index(fields=["cleared_at", "account"])]


@operation("mention.clear", label="Clear a flagged text")
def clear_mention(mention: Mention, *, actor: Actor) -> Mention:
    """Say that a flagged text was read, and changed where it named somebody."""
    if mention.cleared_at is None:
        mention.cleared_at = clock.now()
        mention.save(update_fields=["cleared_at"])
        fact("mention.cleared", mention)
    return mention


@operation("contact.export", label="Export a contact's data")
def export_contact(contact: Contact, *, actor: Actor) -> dict[str, Any]:
    """Everything that is kept about a contact, as plain data by room."""
    fact("contact.exported", contact, primary=contact.is_primary)
    fields = [field.attname for field in contact._meta.concrete_fields if field.attname != "id"]
    own = {
        "contact": {name: getattr(contact, name) for name in fields},
        "messages": _plain(contact.messages.order_by("at"), "at", "direction", "channel", "subject", "body"),
        "meetings": _plain(
            Meeting.objects.filter(invited__contact=contact).order_by("starts_at"), "starts_at", "type", "status"
        ),
        "issues": _plain(contact.issues.order_by("opened_at"), "opened_at", "title", "body", "satisfaction"),
        "answers": _plain(
            contact.survey_answers.order_by("answered_at"), "answered_at", "survey", "question", "score", "text"
        ),
        "activities": _plain(contact.activities.order_by("at"), "at", "type", "text"),
        "advocacy": _plain(
            contact.advocacies.order_by("begun_at"), "begun_at", "type", "stage", "consented_on", "link", "evidence"
        ),
        "actions": _plain(contact.actions.order_by("noted_at"), "noted_at", "text", "status", "due_on"),
        "mails": export_mails(contact.mails.all()),
        "drafts": _plain(contact.drafts.order_by("made_at"), "made_at", "status", "subject", "body"),
    }
    return own | {name: CONTACT_EXPORTS[name](contact) for name in CONTACT_EXPORTS}


@operation("contact.hold", label="Hold a contact from being erased")
def hold_contact(contact: Contact, *, reason: str, until_day: date, actor: Actor) -> Contact:
    """Keep somebody named in a matter that runs from being erased, up to a day at most a year ahead."""
    begin_hold(contact, reason=reason, until_day=until_day, actor=actor)
    fact("contact.held", contact, primary=contact.is_primary, until=until_day)
    return contact


@operation("contact.release", label="Lift the hold on a contact")
def release_contact(contact: Contact, *, actor: Actor) -> Contact:
    """Say that the matter is over: retention and whoever may erase them count again."""
    end_hold(contact, actor=actor)
    fact("contact.released", contact, primary=contact.is_primary)
    return contact


@operation("contact.erase", label="Erase a contact's data")
def erase_contact(contact: Contact, *, actor: Actor) -> Contact:
    """Remove what identifies a contact, and what was written to and by them. Facts about them stay, without a name.

    What colleagues wrote of them stays too, such as an issue's title; each text that may still name them is
    flagged as a `Mention`, for somebody to read.
    """
    if contact.erased_at:
        raise Refused("erased", "This contact was erased already.")
    check_unheld(contact, actor)
    if contact.person:  # what they wrote in the portal goes along
        check_unheld(contact.person, actor)
    named = contact.name, contact.email, contact.phone
    contact.messages.update(subject="", body="")
    contact.issues.update(body="")
    contact.survey_answers.update(text="")
    erase_mails(contact.mails.all())
    contact.drafts.update(subject="", body="")
    contact.advocacies.update(evidence="", link="")
    for name in CONTACT_ERASURES:
        CONTACT_ERASURES[name](contact)
    contact.name, contact.email, contact.phone, contact.title = ERASED_NAME, "", "", ""
    contact.zone, contact.custom, contact.person_id = "", {}, None
    contact.held_until, contact.held_because = None, ""
    contact.is_primary, contact.erased_at = False, clock.now()
    contact.save()
    mentions = _flag_mentions(contact.account_id, *named)
    fact("contact.erased", contact, primary=False, mentions=mentions)
    return contact


def _flag_mentions(account_id: str | None, name: str, *addresses: str) -> int:
    """Flag every text that holds a part of a name or an address, on one account or on all; returns how many."""
    words = [word for word in (*name.split(), *addresses) if len(word) > 2]
    if not words:
        return 0
    spoken = re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in words), re.IGNORECASE)
    found = []
    for model, names in WORDS.items():
        path = getattr(model, "anchor_path", "") or "pk"
        near = reduce(or_, (Q(**{f"{field}__icontains": word}) for field in names for word in words))
        rows = model._default_manager.filter(near, **({path: account_id} if account_id else {f"{path}__isnull": False}))
        for row in rows.values("pk", *names, on_account=F(path)).iterator():
            if any(spoken.search(row[field]) for field in names):
                found.append((row["on_account"], str(model._meta.model_name), row["pk"]))
    now = clock.now()
    Mention.objects.bulk_create(
        Mention(account_id=account, table=table, row_id=str(pk), found_at=now) for account, table, pk in found
    )
    return len(found)


def _export_person(person: Person) -> dict[str, Any]:
    """What somebody wrote, and who they are as a contact."""
    return {
        "notes": _plain(person.notes.order_by("at"), "at", "type", "text"),
        "messages": _plain(person.messages.order_by("at"), "at", "subject", "body"),
        "activities": _plain(person.activities.order_by("at"), "at", "type", "minutes", "text"),
        "ratings": _plain(person.ratings.order_by("given_at"), "given_at", "part", "given", "evidence"),
        "handovers": _plain(
            HandoverAnswer.objects.filter(handover__giver=person).order_by("handover__begun_at", "pk"), "field", "text"
        ),
        "contacts": _plain(person.contacts.order_by("pk"), "name", "email", "phone", "title"),
        "mails": export_mails(person.mails.all()),
    }


def _erase_person(person: Person) -> None:
    """A colleague's name is flagged wherever it is written; a client's contacts lose what identifies them."""
    erase_mails(person.mails.all())
    _flag_mentions(None, person.name, person.email or "")
    for contact in person.contacts.all():
        erase_contact(contact, actor=Actor.machine("erasure"))


EXPORTS.add("records", _export_person)
ERASURES.add("records", _erase_person)

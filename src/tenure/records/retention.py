"""Retention: when personal data has been kept for as long as the blueprint says, and the act by which it ends.

The reason to keep somebody's data ends on a day that the records know; the blueprint says how many days it outlives it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from tenure.blueprint.model import Model
from tenure.facts.contract import declare
from tenure.facts.days import day_ends
from tenure.identity.actor import Actor, company_zone
from tenure.identity.ledger import LedgerEntry
from tenure.identity.people import Person
from tenure.identity.staff import erase_person
from tenure.records.contact import FIELDS as CONTACT_FIELDS
from tenure.records.contact import Contact
from tenure.records.personal import erase_contact
from tenure.records.upload import FIELDS as UPLOAD_FIELDS
from tenure.records.upload import Upload, remove_upload

declare("contact.erasure_failed", "Contact could not be erased", internal=True, **CONTACT_FIELDS, reason="text")
declare("person.erasure_failed", "Person could not be erased", internal=True, reason="text")
declare("upload.removal_failed", "File could not be removed", internal=True, **UPLOAD_FIELDS, reason="text")


@dataclass(frozen=True)
class Rule:
    """One kind of personal data: the key of its days in the blueprint, what has ended by a day, and how it goes."""

    key: str
    one: str
    many: str
    goes: str
    ended_by: Callable[[date], QuerySet[Any]]
    end: Callable[[Any, Actor], object]
    failed: str  # the fact that it could not go
    held_by: tuple[str, ...]  # the ways to whoever a hold may be on

    def days(self, model: Model) -> int | None:
        """How long this is kept; None is for ever."""
        found: int | None = getattr(model.retention, self.key)
        return found

    def due(self, model: Model, day: date) -> QuerySet[Any]:
        """What has been kept for long enough on a day, in the order in which it came."""
        days = self.days(model)
        if days is None:
            return self.ended_by(day).none()
        rows = self.ended_by(day - timedelta(days=days))
        for way in self.held_by:
            rows = rows.exclude(**{f"{way}held_until__gt": day})
        return rows.order_by("pk")

    def named(self, number: int) -> str:
        return self.one if number == 1 else self.many


def _contacts(day: date) -> QuerySet[Contact]:
    gone = Q(left_on__lte=day) | Q(account__closed_on__lte=day)
    return Contact.objects.filter(gone, erased_at=None)


def _people(day: date) -> QuerySet[Person]:
    """Whoever's access ended: the ledger says when. Clients are contacts too and go with those, where they are any."""
    ended = LedgerEntry.objects.filter(subject="person", subject_id=OuterRef("pk"), kind="person.deactivated")
    contacts = Contact.objects.filter(person=OuterRef("pk"))
    ours = Q(kind=Person.Kind.STAFF) | Q(~Exists(contacts), kind=Person.Kind.CLIENT)
    rows = Person.objects.filter(ours, is_active=False, erased_at=None)
    last = Subquery(ended.order_by("-id").values("happened_at")[:1])
    return rows.annotate(ended_at=last).filter(ended_at__lt=day_ends(day, company_zone()))


def _uploads(day: date) -> QuerySet[Upload]:
    return Upload.objects.filter(account__closed_on__lte=day).exclude(status=Upload.Status.REMOVED)


RULES = (
    Rule(
        "contact_days",
        "contact",
        "contacts",
        "erased",
        _contacts,
        lambda contact, actor: erase_contact(contact, actor=actor),
        "contact.erasure_failed",
        ("", "person__"),
    ),
    Rule(
        "person_days",
        "person",
        "people",
        "erased",
        _people,
        lambda person, actor: erase_person(person, actor=actor),
        "person.erasure_failed",
        ("", "contacts__"),
    ),
    Rule(
        "upload_days",
        "file",
        "files",
        "removed",
        _uploads,
        lambda upload, actor: remove_upload(upload, reason="retention", actor=actor),
        "upload.removal_failed",
        ("by__", "by__contacts__"),
    ),
)


def kept_until(contact: Contact, model: Model) -> date | None:
    """The last day of which a contact is known; None where nothing has ended yet, or no rule ends it."""
    days = model.retention.contact_days
    ended = [day for day in (contact.left_on, contact.account.closed_on) if day is not None]
    if days is None or not ended or contact.erased_at:
        return None
    last = min(ended) + timedelta(days=days)
    return max(last, contact.held_until) if contact.held_until else last

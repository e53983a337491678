"""The contact: a person on the client's side, their part in the decision, and how well we know them."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Literal

from django.db import models
from django.db.models import Q

from tenure.base.errors import Refused
from tenure.facts.contract import declare
from tenure.identity.actor import Actor
from tenure.identity.hours import check_zone
from tenure.identity.operations import operation
from tenure.identity.people import Held, Person
from tenure.records.account import Account
from tenure.records.checks import Degree, Short, check_custom, check_email
from tenure.records.row import NOW, UNSET, AccountRow, Moment, When, day_in, fact, said, set_fields, when
from tenure.records.withdrawal import can_undo, undo, undo_fact

ContactRole = Literal["champion", "sponsor", "decision_maker", "user", "detractor", "other"]
FIELDS = {
    "role": "text",
    "level": "text",
    "influence": "integer",
    "strength": "integer",
    "primary": "boolean",
    "mail_consent": "boolean",
    "survey_consent": "boolean",
    "reference_consent": "boolean",
}
declare("contact.added", "Contact added", internal=True, **FIELDS)
declare("contact.changed", "Contact changed", internal=True, **FIELDS, changed="list")
declare("contact.left", "Contact left", internal=True, **FIELDS, on="day")
declare("contact.withdrawn", "Contact taken back", internal=True, **FIELDS, fact="text")


class Contact(AccountRow, Held):
    """Somebody at the client. What identifies them lives in this row alone and can be erased."""

    class Role(models.TextChoices):
        CHAMPION = "champion", "Champion"
        SPONSOR = "sponsor", "Executive sponsor"
        DECISION_MAKER = "decision_maker", "Decision maker"
        USER = "user", "User"
        DETRACTOR = "detractor", "Detractor"
        OTHER = "other", "Other"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=200)
    email = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=60, blank=True)
    title = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.OTHER)
    level = models.CharField(max_length=60, blank=True)  # how high in their house, in the company's own words
    influence = models.PositiveSmallIntegerField(null=True, blank=True)  # 1 to 5
    strength = models.PositiveSmallIntegerField(null=True, blank=True)  # of the relationship, 1 to 5
    zone = models.CharField(max_length=60, blank=True)
    is_primary = models.BooleanField(default=False)
    mail_consent = models.BooleanField(null=True)  # None: nobody asked
    survey_consent = models.BooleanField(null=True)
    reference_consent = models.BooleanField(null=True)
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="contacts")  # in the portal
    left_on = models.DateField(null=True, blank=True)
    custom = models.JSONField(default=dict)

    noun: ClassVar[str] = "contact"
    ledger_fields: ClassVar[tuple[str, ...]] = (
        "role",
        "level",
        "influence",
        "strength",
        "mail_consent",
        "survey_consent",
        "reference_consent",
    )

    class Meta:
        indexes = [models.Index(fields=["account", "left_on"]), models.Index(fields=["email"])]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "email"], condition=~Q(email=""), name="one_contact_per_email_and_account"
            ),
            models.UniqueConstraint(
                fields=["account"], condition=Q(is_primary=True), name="one_primary_contact_per_account"
            ),
        ]

    def __str__(self) -> str:
        return self.name


def _record(kind: str, contact: Contact, times: When = NOW, **data: Any) -> None:
    fact(kind, contact, times, primary=contact.is_primary, **data)


def _check_free(account_id: str, email: str, but: str | None = None) -> None:
    taken = Contact.objects.filter(account_id=account_id, email=email).exclude(pk=but)
    if email and taken.exists():
        raise Refused("taken", f"{email} is a contact of this account already.", field="email")


def _step_down(account_id: str) -> None:
    """Nobody is the primary contact any more, since somebody else becomes it."""
    for before in Contact.objects.filter(account_id=account_id, is_primary=True):
        before.is_primary = False
        before.save(update_fields=["is_primary"])
        _record("contact.changed", before, changed=["primary"])


@operation("contact.add", label="Add a contact", undo="contact.remove")
def add_contact(
    account: Account,
    *,
    name: Short,
    email: str = "",
    phone: Short = "",
    title: Short = "",
    role: ContactRole = "other",
    level: Short = "",
    influence: Degree | None = None,
    strength: Degree | None = None,
    zone: str = "",
    is_primary: bool = False,
    mail_consent: bool | None = None,
    survey_consent: bool | None = None,
    reference_consent: bool | None = None,
    custom: dict[str, Any] | None = None,
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Contact:
    """Add somebody on the client's side. An address stands once per account."""
    times = when(actor, at, known_at)
    email = check_email(email)
    _check_free(account.pk, email)
    if is_primary:
        _step_down(account.pk)
    contact = Contact.objects.create(
        account=account,
        name=said(name, "name", "the contact's name"),
        email=email,
        phone=phone.strip()[:60],
        title=title.strip(),
        role=role,
        level=level.strip()[:60],
        influence=influence,
        strength=strength,
        zone=check_zone(zone),
        is_primary=is_primary,
        mail_consent=mail_consent,
        survey_consent=survey_consent,
        reference_consent=reference_consent,
        custom=check_custom(actor.model, "contact", custom or {}, {}),
    )
    _record("contact.added", contact, times)
    return contact


@operation("contact.change", label="Change a contact")
def change_contact(
    contact: Contact,
    *,
    name: Short = UNSET,
    email: str = UNSET,
    phone: Short = UNSET,
    title: Short = UNSET,
    role: ContactRole = UNSET,
    level: Short = UNSET,
    influence: Degree | None = UNSET,
    strength: Degree | None = UNSET,
    zone: str = UNSET,
    is_primary: bool = UNSET,
    mail_consent: bool | None = UNSET,
    survey_consent: bool | None = UNSET,
    reference_consent: bool | None = UNSET,
    person: str | None = UNSET,
    custom: dict[str, Any] = UNSET,
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Contact:
    """Change what is given and leave the rest. A new primary contact takes the place of the old one."""
    times = when(actor, at, known_at)
    if contact.erased_at:
        raise Refused("erased", "This contact was erased; add them anew if they come back.")
    if email is not UNSET:
        email = check_email(email)
        _check_free(contact.account_id, email, contact.pk)
    if is_primary is True and not contact.is_primary:
        _step_down(contact.account_id)
    consents = {"mail_consent": mail_consent, "survey_consent": survey_consent, "reference_consent": reference_consent}
    changed = set_fields(
        contact,
        name=name if name is UNSET else said(name, "name", "the contact's name"),
        email=email,
        phone=phone if phone is UNSET else phone.strip()[:60],
        title=title if title is UNSET else title.strip(),
        role=role,
        level=level if level is UNSET else level.strip()[:60],
        influence=influence,
        strength=strength,
        zone=zone if zone is UNSET else check_zone(zone),
        is_primary=is_primary,
        person_id=person if person is UNSET else _portal_person(person),
        custom=custom if custom is UNSET else check_custom(actor.model, "contact", custom, contact.custom),
        **consents,
    )
    if changed:
        contact.save(update_fields=changed)
        named = [each.removeprefix("is_").removesuffix("_id") for each in changed]
        _record("contact.changed", contact, times, changed=named)
    return contact


def _portal_person(person: str | None) -> str | None:
    if person and not Person.objects.filter(pk=person, kind=Person.Kind.CLIENT).exists():
        raise Refused("unknown_person", "There is no such portal user.", field="person")
    return person or None


@operation("contact.leave", label="Say that a contact left", undo="contact.rejoin")
def leave_contact(
    contact: Contact, *, on: date | None = None, at: Moment | None = None, known_at: Moment | None = None, actor: Actor
) -> Contact:
    """Record that somebody left the client; they are asked to nothing more."""
    if contact.left_on:
        raise Refused("left", f"This contact left on {contact.left_on.isoformat()} already.")
    times = when(actor, at, known_at)
    contact.left_on = on or day_in(times.moment, actor.model.company.zone)
    was_primary, contact.is_primary = contact.is_primary, False
    contact.save(update_fields=["left_on", "is_primary"])
    fact("contact.left", contact, times, primary=was_primary, on=contact.left_on)
    return contact


@operation("contact.rejoin", label="Say that a contact is back")
def rejoin_contact(contact: Contact, *, actor: Actor) -> Contact:
    """Somebody is with the client again; said at once after `contact.leave`, it takes the leaving back."""
    if contact.left_on is None:
        raise Refused("here", "This contact has not left.")
    contact.left_on = None
    contact.save(update_fields=["left_on"])
    if can_undo(contact, "contact.left", actor):
        undo_fact(contact, "contact.left", actor)
    else:
        _record("contact.changed", contact, changed=["left_on"])
    return contact


@operation("contact.remove", label="Remove a contact added by mistake")
def remove_contact(contact: Contact, *, actor: Actor) -> None:
    """Undo the adding of a contact; one with a history is marked as left, or erased."""
    undo(contact, actor)


def own_contact(actor: Actor, account_id: str) -> Contact | None:
    """Who an actor of the client's side is on an account."""
    return None if actor.person is None else Contact.objects.filter(account_id=account_id, person=actor.person).first()

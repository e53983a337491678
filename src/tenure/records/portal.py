"""Access to the portal: which of a client's people were invited, when they were last there, and how that ends.

What somebody may see follows from their assignment to the account, as for anybody; a row here says how it came about.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from django.conf import settings
from django.core import signing
from django.db import models
from django.db.models import Q
from django.urls import reverse

from tenure.base import clock
from tenure.base.errors import Refused
from tenure.blueprint.model import Model
from tenure.facts.contract import declare
from tenure.identity import access
from tenure.identity.accounts import Assignment
from tenure.identity.actor import Actor
from tenure.identity.operations import operation
from tenure.identity.people import Person, current
from tenure.identity.staff import ERASURES, EXPORTS, assign, deactivate_person, invite_person, unassign
from tenure.records.account import Account
from tenure.records.contact import Contact, own_contact
from tenure.records.delivery import erase_mails, queue_mail
from tenure.records.personal import CONTACT_ERASURES
from tenure.records.row import AccountRow, fact

FIELDS = {"role": "text", "contact": "id", "person": "id", "first": "boolean"}
declare("portal.invited", "Invited to the portal", internal=True, **FIELDS)
declare("portal.reminded", "Invited to the portal again", internal=True, **FIELDS)
declare("portal.entered", "First time in the portal", internal=True, **FIELDS)
declare("portal.withdrawn", "Access to the portal ended", internal=True, **FIELDS)
declare("portal.calendar_renewed", "Calendar link renewed", internal=True, **FIELDS)

INVITATION, WELCOME_BACK, SIGN_IN = "portal_invitation", "portal_access", "portal_sign_in"
# Links are made when the mail goes out: they last from then on, and nobody who may read the outbox can use them.
PASSWORD_LINK, SIGN_IN_LINK = "{password_link}", "{sign_in_link}"
SALT = "tenure.portal.calendar"
FIRST = """Hello {name},

{inviter} has opened a place for you where you see what {company} does for {account}.
There you find your plan, your results, what comes next, and what we need from you.

Set your password here. The link works once, for three days:

{link}

Without a password you can have a link sent to you whenever you come: {door}
"""
AGAIN = """Hello {name},

{inviter} has given you access to {account}, beside what you see of {company} already. Sign in as always:

{door}
"""
LINK = """Hello {name},

With this link you come in, once, within half an hour:

{link}

You did not ask for it? Then leave it alone; nobody can use it without this mail.
"""


class PortalAccess(AccountRow):
    """Somebody's access to the portal of one account, from the invitation to its end."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="portal_accesses")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="portal_accesses")
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, related_name="portal_accesses")
    role = models.CharField(max_length=60)
    invited_at = models.DateTimeField()
    invited_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(null=True)  # when the last invitation was sent
    entered_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)  # to the hour
    withdrawn_at = models.DateTimeField(null=True)
    calendar_turn = models.PositiveIntegerField(default=0)

    noun: ClassVar[str] = "portal"
    ledger_fields: ClassVar[tuple[str, ...]] = ("role",)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "person"], condition=Q(withdrawn_at__isnull=True), name="one_open_portal_access"
            )
        ]

    @property
    def calendar_key(self) -> str:
        """The secret part of the address under which the client's calendar reads; renewing it makes another."""
        return signing.dumps([self.pk, self.calendar_turn], salt=SALT, compress=False)


def portal_roles(model: Model) -> tuple[str, ...]:
    return tuple(key for key, role in model.roles.items() if role.portal)


def standing_access(account_id: str, person_id: str) -> PortalAccess | None:
    return PortalAccess.objects.filter(account_id=account_id, person_id=person_id, withdrawn_at=None).first()


def access_by_calendar(key: str) -> PortalAccess | None:
    """The access that a calendar's address belongs to, while it lasts; None for any other address."""
    try:
        pk, turn = signing.loads(key, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    found = PortalAccess.objects.filter(pk=pk, calendar_turn=turn, withdrawn_at=None).select_related("account")
    held = found.select_related("person", "account").first()
    if held is None or not access.reaches(Actor.of(held.person), "account.view", held.account):
        return None
    return held


def _by_right(actor: Actor) -> Actor:
    """Whoever may invite need not be allowed to let anybody in anywhere: here it is the portal that lets them in."""
    return replace(actor, person=None, memberships=(), system="portal")


def _record(kind: str, held: PortalAccess, **data: Any) -> None:
    fact(kind, held, contact=held.contact_id, person=held.person_id, **data)


@operation("portal.invite", label="Invite to the portal")
def invite_contact(contact: Contact, *, role: str = "", actor: Actor) -> Contact:
    """Let one of a client's people see their account, and write to them how they come in."""
    known = portal_roles(actor.model)
    role = role or next(iter(known), "")
    if role not in known:
        raise Refused("no_portal_role", "The blueprint has no such role for clients.", field="role")
    if contact.left_on or contact.erased_at:
        raise Refused("left", f"{contact.name} is no longer with the client.")
    if not contact.email:
        raise Refused("no_email", f"{contact.name} has no e-mail address; add one first.")
    person, is_new = _person(contact, role, actor)
    if _assigned(contact.account_id, person, actor).exists():
        raise Refused("invited", f"{contact.name} has access already; send the invitation again instead.")
    assign(contact.account, person=person.pk, role=role, actor=_by_right(actor))
    if contact.person_id != person.pk:
        contact.person = person
        contact.save(update_fields=["person"])
    PortalAccess.objects.filter(account_id=contact.account_id, person=person, withdrawn_at=None).update(
        withdrawn_at=clock.now()
    )
    held = PortalAccess.objects.create(
        account=contact.account,
        person=person,
        contact=contact,
        role=role,
        invited_at=clock.now(),
        invited_by=actor.person,
        asked_at=clock.now(),
    )
    _record("portal.invited", held, first=is_new)
    _write(held, actor)
    return contact


def _person(contact: Contact, role: str, actor: Actor) -> tuple[Person, bool]:
    """Who signs in for a contact: known by the address, or new."""
    found = contact.person or Person.objects.filter(email=contact.email.strip().lower()).first()
    if found is None:
        made = invite_person(
            name=contact.name, email=contact.email, role=role, zone=contact.zone, actor=_by_right(actor)
        )
        return made, True
    if found.kind != Person.Kind.CLIENT:
        raise Refused("colleague", f"{contact.email} is the address of somebody of ours.")
    if not found.is_active:
        found.is_active = True
        found.save(update_fields=["is_active"])
    if not found.memberships.filter(current(actor.day), role=role).exists():
        found.memberships.create(role=role, from_day=actor.day)
    return found, False


def _assigned(account_id: str, person: Person, actor: Actor) -> models.QuerySet[Assignment]:
    roles = portal_roles(actor.model)
    return Assignment.objects.filter(current(actor.day), account_id=account_id, person=person, role__in=roles)


def _write(held: PortalAccess, actor: Actor, *, number: str = "") -> None:
    """Queue the mail of an invitation: how to set a password, or for somebody who has one, that there is more."""
    person, company = held.person, actor.model.company.name
    is_known = person.has_usable_password() and person.last_login is not None
    text = (AGAIN if is_known else FIRST).format(
        name=person.name,
        inviter=actor.person.name if actor.person else company,
        company=company,
        account=held.account.name,
        link=PASSWORD_LINK,
        door=settings.PUBLIC_URL + reverse("portal_sign_in"),
    )
    queue_mail(
        person,
        key=f"portal:{held.pk}{number}",
        purpose=WELCOME_BACK if is_known else INVITATION,
        subject=f"{held.account.name} with {company}: your access",
        text=text,
        about=held,
        actor=actor,
    )


def _standing(contact: Contact, actor: Actor) -> PortalAccess:
    """A contact's access, which may be older than its row. Raises Refused where there is none."""
    if contact.person is None or not _assigned(contact.account_id, contact.person, actor).exists():
        raise Refused("not_invited", f"{contact.name} has no access to the portal.")
    return _row(contact.account, contact.person, actor, contact)


def _row(account: Account, person: Person, actor: Actor, contact: Contact | None) -> PortalAccess:
    found = standing_access(account.pk, person.pk)
    if found is not None:
        return found
    assigned = _assigned(account.pk, person, actor).first()
    role = assigned.role if assigned else ""
    return PortalAccess.objects.create(
        account=account, person=person, contact=contact, role=role, invited_at=clock.now()
    )


@operation("portal.remind", label="Send the invitation again")
def remind_contact(contact: Contact, *, actor: Actor) -> Contact:
    """Write again to somebody who has access how they come in."""
    held = _standing(contact, actor)
    held.asked_at = clock.now()
    held.save(update_fields=["asked_at"])
    _record("portal.reminded", held)
    _write(held, actor, number=f":{held.asked_at.timestamp():.0f}")
    return contact


@operation("portal.withdraw", label="End access to the portal")
def withdraw_contact(contact: Contact, *, actor: Actor) -> Contact:
    """End somebody's access to this account at once; without another account they cannot sign in any more."""
    held = _standing(contact, actor)
    _end(held, actor)
    return contact


def _end(held: PortalAccess, actor: Actor) -> None:
    for each in _assigned(held.account_id, held.person, actor):
        unassign(held.account, person=held.person_id, role=each.role, actor=_by_right(actor))
    held.withdrawn_at = clock.now()
    held.save(update_fields=["withdrawn_at"])
    _record("portal.withdrawn", held)
    if not Assignment.objects.filter(current(actor.day), person=held.person).exists():
        deactivate_person(held.person, actor=_by_right(actor))


@operation("portal.enter", label="Come into the portal")
def enter_portal(account: Account, *, actor: Actor) -> PortalAccess:
    """Write down that one of a client's people is there, the first time as a fact."""
    if actor.person is None or not _assigned(account.pk, actor.person, actor).exists():
        raise Refused("not_invited", "This account's portal is not yours.")
    held = _row(account, actor.person, actor, own_contact(actor, account.pk))
    now = clock.now()
    is_first = held.entered_at is None
    held.entered_at, held.seen_at = held.entered_at or now, now
    held.save(update_fields=["entered_at", "seen_at"])
    if is_first:
        _record("portal.entered", held)
    return held


def seen_again(account_id: str, person_id: str) -> None:
    """Keep that somebody is there once more. Nothing follows from it, so that it is no act."""
    PortalAccess.objects.filter(account_id=account_id, person_id=person_id, withdrawn_at=None).update(
        seen_at=clock.now()
    )


@operation("portal.renew_calendar", label="Renew the calendar link")
def renew_calendar(account: Account, *, actor: Actor) -> PortalAccess:
    """Give one's calendar another address; the old one opens nothing any more."""
    held = standing_access(account.pk, actor.id or "")
    if held is None:
        raise Refused("not_invited", "This account's portal is not yours.")
    held.calendar_turn += 1
    held.save(update_fields=["calendar_turn"])
    _record("portal.calendar_renewed", held)
    return held


@operation("portal.send_link", label="Send a link to sign in")
def send_link(person: Person, *, actor: Actor) -> Person:
    """Write to one of a client's people a link by which they come in once. At most one waits to go out at a time."""
    if person.kind != Person.Kind.CLIENT or not person.is_active:
        raise Refused("no_client", "Links are for clients who have access.")
    now = clock.now()
    queue_mail(
        person,
        key=f"portal:link:{person.pk}:{now.timestamp() // 60:.0f}",
        purpose=SIGN_IN,
        subject=f"Your link to {actor.model.company.name}",
        text=LINK.format(name=person.name, link=SIGN_IN_LINK),
        not_before=now,
        actor=actor,
    )
    return person


def _export(person: Person) -> list[dict[str, Any]]:
    names = ("account__name", "role", "invited_at", "entered_at", "seen_at", "withdrawn_at")
    return list(person.portal_accesses.order_by("invited_at").values(*names))


def _erase_contact(contact: Contact) -> None:
    """Whoever was invited as this contact comes in no more; where they were nobody else's contact, they are erased."""
    person, actor = contact.person, Actor.machine("portal")
    if person is None or person.kind != Person.Kind.CLIENT:
        return
    held = standing_access(contact.account_id, person.pk)
    if held is not None:
        _end(held, actor)
    if not person.contacts.exclude(pk=contact.pk).exists():
        _erase(Person.objects.get(pk=person.pk))


def _erase(person: Person) -> None:
    """Erase whoever signed in, in every room but this one, whose contact is being erased already."""
    for name in ERASURES:
        if name != "records":
            ERASURES[name](person)
    erase_mails(person.mails.all())
    person.name, person.email, person.zone = "Erased person", None, ""
    person.is_active, person.erased_at = False, clock.now()
    person.set_unusable_password()
    person.save()


EXPORTS.add("portal", lambda person: {"accesses": _export(person)})
CONTACT_ERASURES.add("portal", _erase_contact)

"""Who of a client's people has access to the portal, when they were invited and last there, and what waits for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tenure.identity.accounts import Assignment
from tenure.identity.actor import Actor
from tenure.identity.people import current
from tenure.records.account import Account
from tenure.records.contact import Contact
from tenure.records.portal import PortalAccess, portal_roles
from tenure.work.boards import Asked, client_checklist


@dataclass(frozen=True)
class Access:
    """One of a client's people: who, with their access where they have one."""

    contact: Contact | None
    name: str
    role: str
    held: PortalAccess | None
    has_access: bool

    @property
    def seen_at(self) -> datetime | None:
        return self.held.seen_at if self.held else None


def accesses(account: Account, actor: Actor) -> list[Access]:
    """Those who have access, then the contacts who could be invited; three queries."""
    roles = {key: actor.model.roles[key].label for key in portal_roles(actor.model)}
    held = {each.person_id: each for each in PortalAccess.objects.filter(account=account, withdrawn_at=None)}
    contacts = list(Contact.objects.filter(account=account, erased_at=None).order_by("-is_primary", "name")[:60])
    by_person = {each.person_id: each for each in contacts if each.person_id}
    rows = Assignment.objects.filter(current(actor.day), account_id=account.pk, role__in=roles).select_related("person")
    found = [
        Access(by_person.get(row.person_id), row.person.name, roles[row.role], held.get(row.person_id), True)
        for row in rows.order_by("person__name")
    ]
    inside = {row.person_id for row in rows}
    return found + [
        Access(each, each.name, each.title or each.get_role_display(), None, False)
        for each in contacts
        if each.person_id not in inside and each.left_on is None
    ]


def asked(account: Account) -> Sequence[Asked]:
    """What the client is waited for, in the words that they read."""
    return client_checklist(account).asked

"""Whose something is: contacts by their addresses, accounts by the key that a source calls them by."""

from __future__ import annotations

from collections.abc import Iterable

from tenure.identity.people import Person
from tenure.records.account import Account
from tenure.records.contact import Contact
from tenure.sources.users import account_by_domain, account_by_key, domain_of


def contacts_at(addresses: Iterable[str]) -> dict[str, Contact]:
    """The contacts who have one of these addresses, one per account, in the order of the addresses."""
    wanted = [address for address in addresses if address]
    rows = Contact.objects.filter(email__in=wanted, erased_at=None).order_by("pk")
    found: dict[str, Contact] = {}
    for contact in sorted(rows, key=lambda row: wanted.index(row.email)):
        found.setdefault(contact.account_id, contact)
    return found


def our_addresses() -> set[str]:
    """Addresses of everybody who works or worked here."""
    rows = Person.objects.exclude(kind=Person.Kind.CLIENT).exclude(email=None)
    return {email.lower() for email in rows.values_list("email", flat=True) if email}


def account_called(source: str, called: str) -> str | None:
    """The id of the account that a source calls so: by its external key, its own id, or its name."""
    text = called.strip()
    if not text:
        return None
    known = account_by_key(source, text)
    if known:
        return known
    named = list(Account.objects.filter(name__iexact=text).values_list("pk", flat=True)[:2])
    return named[0] if len(named) == 1 else None


def near_account(address: str) -> Account | None:
    """The account at whose domain an address is: a guess to offer, never one to act on."""
    found = account_by_domain(domain_of(address)) if "@" in address else None
    return Account.objects.filter(pk=found).first() if found else None

"""Accounts of the cast: Alice's (in the pod, with Carl as its client), Bob's, Mallory's, and nobody's."""

from dataclasses import dataclass
from typing import Any

import pytest

from tenure.identity.accounts import Assignment
from tenure.identity.actor import Actor
from tenure.identity.people import Person
from tenure.records.account import Account, create_account
from tests.cast import FIRST_DAY, Cast


@dataclass(frozen=True)
class Book:
    alices: Account
    bobs: Account
    mallorys: Account
    nobodys: Account


def take_on(name: str, owner: Person | None, system: Actor, **values: Any) -> Account:
    """An account that somebody carries as success manager since the company's first day."""
    account = create_account(name=name, **values, actor=system)
    if owner is not None:
        Assignment.objects.create(account_id=account.pk, person=owner, role="csm", from_day=FIRST_DAY)
    return account


@pytest.fixture
def book(cast: Cast, system: Actor) -> Book:
    found = Book(
        alices=take_on("Acme Ltd", cast.alice, system, tier="core", pod=cast.pod.pk),
        bobs=take_on("Borealis", cast.bob, system, tier="growth"),
        mallorys=take_on("Meridian", cast.mallory, system),
        nobodys=take_on("Nimbus", None, system),
    )
    Assignment.objects.create(account_id=found.alices.pk, person=cast.carl, role="client", from_day=FIRST_DAY)
    return found

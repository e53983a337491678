"""Contacts: added, changed, gone, back."""

from datetime import date, timedelta
from typing import Any

import pytest

from tenure.base.errors import Refused
from tenure.records.account import Account
from tenure.records.contact import Contact, add_contact, change_contact, leave_contact, rejoin_contact
from tests.book import Book
from tests.cast import Cast
from tests.records.facts import data_of, facts_of, last_fact

pytestmark = pytest.mark.requirement("A-03")


def test_adding_a_contact_records_their_part_and_not_who_they_are(acme: Account, cast: Cast) -> None:
    contact = add_contact(
        acme,
        name=" Dana Whitfield ",
        email=" Dana@Acme.example",
        phone="+1 212 555 0100",
        title="Head of growth",
        role="champion",
        level="c level",
        influence=5,
        strength=3,
        is_primary=True,
        mail_consent=True,
        actor=cast.actor("alice"),
    )
    assert (contact.name, contact.email) == ("Dana Whitfield", "dana@acme.example")
    fact = last_fact("contact.added")
    assert (fact.account_id, fact.subject, fact.subject_id) == (acme.pk, "contact", contact.pk)
    assert fact.data == {
        "role": "champion",
        "level": "c level",
        "influence": 5,
        "strength": 3,
        "primary": True,
        "mail_consent": True,
        "survey_consent": None,
        "reference_consent": None,
    }


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"name": " "}, "empty", "name"),
        ({"email": "dana"}, "no_email", "email"),
        ({"email": "DANA@acme.example"}, "taken", "email"),
        ({"role": "friend"}, "invalid", "role"),
        ({"influence": 6}, "invalid", "influence"),
        ({"strength": 0}, "invalid", "strength"),
        ({"zone": "Mars/Base"}, "unknown_zone", "zone"),
    ],
)
def test_what_does_not_fit_is_refused(
    dana: Contact, acme: Account, cast: Cast, values: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(Refused) as refusal:
        add_contact(acme, **{"name": "Somebody"} | values, actor=cast.actor("alice"))
    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert Contact.objects.count() == 1


def test_an_address_may_stand_on_two_accounts(dana: Contact, book: Book, cast: Cast) -> None:
    other = add_contact(book.bobs, name="Dana", email=dana.email, actor=cast.actor("bob"))
    assert other.email == dana.email


def test_one_contact_is_the_primary_one(dana: Contact, acme: Account, cast: Cast) -> None:
    alice = cast.actor("alice")
    change_contact(dana, is_primary=True, actor=alice)
    newer = add_contact(acme, name="Eve", is_primary=True, actor=alice)
    dana.refresh_from_db()
    assert (dana.is_primary, newer.is_primary) == (False, True)
    assert [(fact.kind, fact.data["primary"]) for fact in facts_of(dana.pk)] == [
        ("contact.added", False),
        ("contact.changed", True),
        ("contact.changed", False),
    ]


def test_the_primary_one_gives_way_to_another(dana: Contact, acme: Account, cast: Cast) -> None:
    alice = cast.actor("alice")
    eve = add_contact(acme, name="Eve", is_primary=True, actor=alice)
    assert change_contact(dana, is_primary=True, actor=alice).is_primary
    eve.refresh_from_db()
    assert not eve.is_primary
    assert facts_of(eve.pk)[-1].data["changed"] == ["primary"]


def test_leaving_said_by_mistake_is_taken_back_at_once(dana: Contact, cast: Cast) -> None:
    leave_contact(dana, actor=cast.actor("alice"))
    assert rejoin_contact(dana, actor=cast.actor("alice")).left_on is None
    added, left, back = facts_of(dana.pk)
    assert (back.kind, back.retracts) == ("contact.withdrawn", left.id)
    assert added.kind == "contact.added"


def test_a_change_names_its_fields_and_nothing_new_records_nothing(dana: Contact, cast: Cast) -> None:
    alice = cast.actor("alice")
    changed = change_contact(dana, name="Dana W.", influence=4, mail_consent=False, actor=alice)
    assert (changed.name, changed.role) == ("Dana W.", "champion")
    assert data_of("contact.changed", "changed", "influence", "mail_consent") == {
        "changed": ["influence", "mail_consent", "name"],
        "influence": 4,
        "mail_consent": False,
    }
    change_contact(dana, name="Dana W.", influence=4, actor=alice)
    assert len(facts_of(dana.pk)) == 2
    assert change_contact(dana, influence=None, actor=alice).influence is None


def test_a_portal_user_can_be_tied_to_a_contact(dana: Contact, cast: Cast) -> None:
    assert change_contact(dana, person=cast.carl.pk, actor=cast.actor("alice")).person_id == cast.carl.pk
    with pytest.raises(Refused) as refusal:
        change_contact(dana, person=cast.bob.pk, actor=cast.actor("alice"))
    assert refusal.value.code == "unknown_person"


def test_whoever_leaves_is_primary_no_more_and_their_part_stays_told(dana: Contact, cast: Cast) -> None:
    alice = cast.actor("alice")
    change_contact(dana, is_primary=True, actor=alice)
    gone = leave_contact(dana, actor=alice)
    assert (gone.left_on, gone.is_primary) == (date(2026, 3, 2), False)
    assert data_of("contact.left", "role", "primary", "on") == {
        "role": "champion",
        "primary": True,
        "on": "2026-03-02",
    }
    with pytest.raises(Refused) as refusal:
        leave_contact(dana, actor=alice)
    assert refusal.value.code == "left"


def test_whoever_comes_back_later_is_told_as_a_change(dana: Contact, cast: Cast, now: Any) -> None:
    leave_contact(dana, on=date(2026, 2, 27), actor=cast.actor("alice"))
    now.advance(timedelta(days=30))
    assert rejoin_contact(dana, actor=cast.actor("alice")).left_on is None
    assert last_fact("contact.changed").data["changed"] == ["left_on"]
    with pytest.raises(Refused):
        rejoin_contact(dana, actor=cast.actor("alice"))

"""Retention: what the blueprint keeps for so many days is ended by the night after them, and nothing else is."""

import os
from collections.abc import Iterator
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tenure.base.clock import SetClock
from tenure.base.errors import Refused
from tenure.blueprint.model import Model
from tenure.facts.lake import Lake
from tenure.facts.tables import TABLES
from tenure.identity.ledger import LedgerEntry
from tenure.identity.people import Person
from tenure.identity.staff import deactivate_person, erase_person, hold_person, invite_person, release_person
from tenure.pipeline import doctor, retention
from tenure.pipeline.lake import open_lake
from tenure.pipeline.lease import LeaseLost
from tenure.pipeline.plan import apply, plan
from tenure.pipeline.process import Pipeline
from tenure.records import personal
from tenure.records.account import Account, close_account, reopen_account
from tenure.records.contact import Contact, add_contact, change_contact, leave_contact, rejoin_contact
from tenure.records.personal import erase_contact, hold_contact
from tenure.records.upload import Upload, remove_upload
from tests.cast import Cast, at, blueprint
from tests.records.conftest import SECTIONS, acme, dana, now
from tests.records.test_erasure import everything_stored, known
from tests.records.test_uploads import JPEG, hand_in

__all__ = ["acme", "dana", "known", "now"]
pytestmark = pytest.mark.requirement("P-15")

KEPT = {"contact_days": 30, "person_days": 40, "upload_days": 50}
# The clock stands on 2 March 2026; March has 31 days.
LAST_DAY, NEXT_DAY = date(2026, 4, 1), date(2026, 4, 2)


def company(**kept: int) -> Model:
    return blueprint(**SECTIONS, retention=kept)


@pytest.fixture
def model() -> Model:
    return company(**KEPT)


@pytest.fixture
def lake(now: SetClock, cast: Cast) -> Iterator[Lake]:
    opened = open_lake()
    yield opened
    opened.close()


@pytest.fixture
def nights(lake: Lake, now: SetClock) -> Any:
    """Closes a company day, at half past four in the morning after it."""

    def close(day: date) -> None:
        now.set(at(f"{day + timedelta(days=1)} 08:30"))
        Pipeline(lake).night(day)

    return close


def erased() -> list[str]:
    return list(Contact.objects.exclude(erased_at=None).order_by("pk").values_list("pk", flat=True))


def examined(now: SetClock) -> list[tuple[bool, str]]:
    return [(found.is_well, found.says) for found in doctor.CHECKS["retention"](now.now())]


def gone_contacts(account: Account, cast: Cast, *names: str) -> list[Contact]:
    """Contacts who left on the first day, in the order of their ids."""
    actor = cast.actor("alice")
    made = [add_contact(account, name=name, email=f"{name.lower()}@acme.example", actor=actor) for name in names]
    return sorted((leave_contact(each, actor=actor) for each in made), key=lambda each: each.pk)


def test_a_contact_who_left_goes_in_the_night_after_their_last_day(
    known: Contact, nights: Any, cast: Cast, lake: Lake
) -> None:
    stays = add_contact(known.account, name="Stan Stays", email="stan@acme.example", actor=cast.actor("alice"))
    leave_contact(known, actor=cast.actor("alice"))
    nights(LAST_DAY - timedelta(days=1))
    assert erased() == []
    nights(LAST_DAY)
    assert erased() == [known.pk]
    told = LedgerEntry.objects.get(kind="contact.erased")
    assert (told.subject_id, told.actor_id, told.operation) == (known.pk, None, "contact.erase")
    nights(NEXT_DAY)  # which takes the ledger of that night to the lake
    stored = everything_stored()
    published = "\n".join(str(lake.execute(lake.read(table)).to_pylist()) for table in TABLES)
    assert "contact.erased" in published
    # Carl is who Dana was in the portal.
    for trace in ("Whitfield", "dana@acme.example", "carl@example.com", "555 0100", "I am Dana", "Since Monday"):
        assert trace not in stored, trace
        assert trace not in published, trace
    stays.refresh_from_db()
    assert stays.name == "Stan Stays"


def test_a_closed_account_takes_its_contacts_and_its_files_along(
    dana: Contact, acme: Account, nights: Any, cast: Cast, system: Any
) -> None:
    upload = hand_in(JPEG, "dana.jpg", acme, cast.actor("carl"))
    long_ago = at("2026-02-01 12:00").timestamp()
    os.utime(upload.path, (long_ago, long_ago))
    close_account(acme, reason="ended", actor=system)
    nights(LAST_DAY)
    assert erased() == [dana.pk]
    upload.refresh_from_db()
    assert (upload.status, upload.name) == ("kept", "dana.jpg")
    # The test's transaction never commits, as if the process were killed before it came to the file: sweeping does it.
    nights(date(2026, 4, 21))  # 50 days after 2 March
    upload.refresh_from_db()
    assert (upload.status, upload.name, upload.path.exists()) == ("removed", "", False)
    assert LedgerEntry.objects.get(kind="upload.removed").data["reason"] == "retention"


def test_whoever_is_back_in_time_stays(dana: Contact, acme: Account, nights: Any, cast: Cast, system: Any) -> None:
    upload = hand_in(JPEG, "dana.jpg", acme, cast.actor("carl"))
    leave_contact(dana, actor=cast.actor("alice"))
    close_account(acme, reason="ended", actor=system)
    rejoin_contact(dana, actor=system)
    reopen_account(acme, actor=system)
    nights(date(2026, 12, 1))
    assert erased() == []
    assert Upload.objects.get(pk=upload.pk).status == "kept"


def test_a_colleague_goes_so_long_after_their_access_ended(nights: Any, cast: Cast) -> None:
    olive = cast.actor("olive")
    visitor = invite_person(name="Vera Visits", email="vera@acme.example", role="client", actor=olive)
    deactivate_person(cast.sam, actor=olive)
    deactivate_person(visitor, actor=olive)
    nights(date(2026, 4, 10))  # 39 days after 2 March
    assert not Person.objects.exclude(erased_at=None).exists()
    nights(date(2026, 4, 11))
    # A client who is nobody's contact has no other rule that would end them.
    assert set(Person.objects.exclude(erased_at=None).values_list("pk", flat=True)) == {cast.sam.pk, visitor.pk}
    assert set(LedgerEntry.objects.filter(kind="person.erased").values_list("actor_id", flat=True)) == {None}
    assert "sam@example.com" not in everything_stored()
    assert "vera@acme.example" not in everything_stored()


def test_a_killed_night_goes_on_and_ends_nobody_twice(
    acme: Account, nights: Any, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = gone_contacts(acme, cast, "Ada", "Ben", "Cleo")

    def killed(point: str) -> None:
        raise KeyboardInterrupt(point)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(retention, "fault", SimpleNamespace(point=killed))
        nights(LAST_DAY)
    assert erased() == [first.pk]
    nights(LAST_DAY)
    assert erased() == [first.pk, second.pk, third.pk]
    assert LedgerEntry.objects.filter(kind="contact.erased").count() == 3


def test_a_rule_that_is_taken_back_ends_nobody_any_more(acme: Account, nights: Any, cast: Cast) -> None:
    gone_contacts(acme, cast, "Ada")
    apply(company(person_days=40), {}, cast.actor("olive"))
    nights(LAST_DAY)
    assert erased() == []


def test_whoever_lost_the_lease_ends_nobody(acme: Account, cast: Cast, lake: Lake) -> None:
    gone_contacts(acme, cast, "Ada")

    def lost() -> None:
        raise LeaseLost("another")

    with pytest.raises(LeaseLost):
        retention.end_what_is_due(LAST_DAY, lost)
    assert erased() == []


def test_one_who_cannot_be_erased_is_told_of_and_holds_nobody_up(
    acme: Account, nights: Any, cast: Cast, now: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, second, third = gone_contacts(acme, cast, "Ada", "Ben", "Cleo")
    called = stuck.name, stuck.email

    def refuse(contact: Contact) -> None:
        if contact.pk == stuck.pk:
            raise Refused("held", f"{contact.name} is in a law suit.")

    monkeypatch.setattr(retention, "MOST", 2)
    monkeypatch.setitem(personal.CONTACT_ERASURES._items, "law", refuse)
    nights(LAST_DAY)
    assert erased() == [second.pk]
    nights(NEXT_DAY)
    assert erased() == [second.pk, third.pk]
    # Nothing of them is half gone, and the ledger has the reason once, without a word that names them.
    stuck.refresh_from_db()
    assert (stuck.name, stuck.email) == called
    told = LedgerEntry.objects.get(kind="contact.erasure_failed")
    assert (told.subject_id, told.account_id, told.data["reason"]) == (stuck.pk, acme.pk, "held")
    assert examined(now) == [(False, "1 contact could not be erased: held")]
    monkeypatch.delitem(personal.CONTACT_ERASURES._items, "law")
    nights(date(2026, 4, 3))
    assert stuck.pk in erased()
    assert examined(now) == [(True, "nothing is overdue")]


@pytest.mark.requirement("P-01")
def test_a_plan_says_whom_the_coming_night_would_take(
    acme: Account, nights: Any, cast: Cast, lake: Lake, now: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone_contacts(acme, cast, "Ada", "Ben", "Cleo")
    apply(company(), {}, cast.actor("olive"))
    nights(LAST_DAY - timedelta(days=1))
    now.set(at("2026-04-01 15:00"))
    monkeypatch.setattr(retention, "MOST", 2)
    new = company(contact_days=30, person_days=30)
    told = list(plan(lake, new).lines())
    assert told[:2] == [
        "  retention.contact_days comes: 30 (changes what is erased)",
        "  retention.person_days comes: 30 (changes what is erased)",
    ]
    assert told[-3:] == [
        "  2 contacts to be erased in the coming night, 1 more in the nights after it",
        "  0 people to be erased in the coming night",
        "  What is erased or removed cannot be brought back",
    ]
    assert erased() == [], "a plan only looks"
    # A day more is a night later.
    assert list(plan(lake, company(contact_days=31)).lines())[-1] == "  0 contacts to be erased in the coming night"
    apply(new, {}, cast.actor("olive"))
    nights(LAST_DAY)
    assert len(erased()) == 2


def test_whoever_is_held_stays_with_their_files_until_the_night_that_closes_the_last_day(
    dana: Contact, acme: Account, nights: Any, cast: Cast, system: Any, now: SetClock
) -> None:
    change_contact(dana, person=cast.carl.pk, actor=system)
    upload = hand_in(JPEG, "dana.jpg", acme, cast.actor("carl"))
    (other,) = gone_contacts(acme, cast, "Otto")
    leave_contact(dana, actor=system)
    close_account(acme, reason="ended", actor=system)
    hold_contact(dana, reason="Complaint 12", until_day=date(2026, 4, 25), actor=system)
    coming = next(retention.coming(company(**KEPT), at("2026-04-02 08:30")))
    assert str(coming) == "1 contact to be erased in the coming night"
    nights(date(2026, 4, 24))  # past the 30 days of contacts and the 50 of files
    assert erased() == [other.pk]
    assert Upload.objects.get(pk=upload.pk).status == "kept"
    assert not LedgerEntry.objects.filter(kind__endswith="_failed").exists()
    with pytest.raises(Refused, match=r"until 25 April 2026.* Team lead .*may lift it"):
        erase_contact(dana, actor=system)
    with pytest.raises(Refused, match="nothing of theirs is erased"):
        remove_upload(upload, actor=system)
    with pytest.raises(Refused, match="nothing of theirs is erased"):
        erase_person(cast.carl, actor=system)
    nights(date(2026, 4, 25))
    dana.refresh_from_db()
    assert (dana.name, dana.held_because) == ("Erased contact", "")
    assert Upload.objects.get(pk=upload.pk).status == "removed"


def test_a_hold_on_who_signed_in_keeps_their_contact_and_lifting_it_ends_it(
    dana: Contact, nights: Any, cast: Cast, system: Any
) -> None:
    change_contact(dana, person=cast.carl.pk, actor=system)
    leave_contact(dana, actor=system)
    hold_person(cast.carl, reason="Claim", until_day=date(2026, 9, 1), actor=system)
    nights(LAST_DAY)
    assert erased() == []
    with pytest.raises(Refused, match=r"Operations or Team lead may lift it\."):
        erase_contact(dana, actor=system)
    release_person(Person.objects.get(pk=cast.carl.pk), actor=system)
    held, released = (LedgerEntry.objects.get(kind=f"person.{each}").data for each in ("held", "released"))
    assert held == released | {"until": "2026-09-01"}
    nights(NEXT_DAY)
    assert erased() == [dana.pk]

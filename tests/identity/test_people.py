"""People come, change, go on leave and go; a person's data can be taken out and erased, the ledger stays whole."""

from datetime import date

import pytest

from tenure.base import clock
from tenure.base.errors import Forbidden, Refused
from tenure.identity.accounts import AccountAnchor, Assignment, holder
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.identity.people import Leave, Person
from tenure.identity.staff import (
    assign,
    cancel_leave,
    change_person,
    deactivate_person,
    erase_person,
    export_person,
    invite_person,
    take_leave,
    unassign,
)
from tests.cast import FIRST_DAY, Cast, at


def test_an_invited_person_has_a_role_and_no_password(cast: Cast) -> None:
    person = invite_person(
        name="Nora New", email=" Nora@Example.com ", role="csm", level="junior", actor=cast.actor("olive")
    )
    assert person.email == "nora@example.com"
    assert not person.has_usable_password()
    assert Actor.of(person).roles == frozenset({"csm"})
    assert Actor.of(person).rank("csm") == 1


def test_an_address_is_given_once(cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        invite_person(name="Second Alice", email="ALICE@example.com", role="csm", actor=cast.actor("olive"))
    assert (refusal.value.code, refusal.value.field) == ("taken", "email")


def test_only_roles_and_levels_of_the_blueprint_are_given(cast: Cast) -> None:
    with pytest.raises(Refused, match="no role “astronaut”"):
        invite_person(name="Stan", email="stan@example.com", role="astronaut", actor=cast.actor("olive"))
    with pytest.raises(Refused, match="no level “captain”"):
        invite_person(name="Stan", email="stan@example.com", role="csm", level="captain", actor=cast.actor("olive"))


@pytest.mark.requirement("P-05")
def test_a_success_manager_invites_nobody(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        invite_person(name="Stan", email="stan@example.com", role="csm", actor=cast.actor("alice"))


@pytest.mark.requirement("P-03")
def test_a_new_role_begins_today_and_the_old_one_is_remembered(cast: Cast) -> None:
    with clock.use(clock.SetClock(at("2026-06-01 12:00"))):
        change_person(cast.bob, role="lead", team=cast.team.id, actor=cast.actor("olive"))
    held = list(cast.bob.memberships.order_by("from_day").values_list("role", "from_day", "until_day"))
    assert held == [("csm", FIRST_DAY, date(2026, 5, 31)), ("lead", date(2026, 6, 1), None)]


@pytest.mark.requirement("P-03")
def test_an_account_passes_from_one_to_another_on_a_day(cast: Cast) -> None:
    account = AccountAnchor.objects.create()
    olive = cast.actor("olive")
    assign(account, person=cast.alice.id, role="csm", from_day=date(2026, 1, 5), actor=olive)
    assign(account, person=cast.bob.id, role="csm", from_day=date(2026, 2, 2), actor=olive)
    assert holder(account.pk, "csm", date(2026, 2, 1)) == cast.alice.id
    assert holder(account.pk, "csm", date(2026, 2, 2)) == cast.bob.id
    kinds = [entry.kind for entry in LedgerEntry.objects.order_by("id")]
    assert kinds == ["assignment.started", "assignment.ended", "assignment.started"]


def test_taking_off_ends_yesterday(cast: Cast) -> None:
    account = AccountAnchor.objects.create()
    Assignment.objects.create(account=account, person=cast.alice, role="csm", from_day=FIRST_DAY)
    with clock.use(clock.SetClock(at("2026-06-01 12:00"))):
        unassign(account, person=cast.alice.id, role="csm", actor=cast.actor("olive"))
    assert Assignment.objects.get().until_day == date(2026, 5, 31)


@pytest.mark.requirement("P-12")
def test_leave_names_a_cover_and_never_overlaps(cast: Cast) -> None:
    alice = cast.actor("alice")
    take_leave(cast.alice, cover=cast.bob.id, from_day=date(2026, 7, 1), until_day=date(2026, 7, 10), actor=alice)
    with pytest.raises(Refused, match="away on some of these days"):
        take_leave(cast.alice, cover=cast.bob.id, from_day=date(2026, 7, 10), until_day=date(2026, 7, 12), actor=alice)


@pytest.mark.requirement("P-12")
def test_leave_called_off_midway_ends_yesterday(cast: Cast) -> None:
    leave = Leave.objects.create(
        person=cast.alice, cover=cast.bob, from_day=date(2026, 7, 1), until_day=date(2026, 7, 10)
    )
    with clock.use(clock.SetClock(at("2026-07-04 12:00"))):
        cancel_leave(leave, actor=cast.actor("alice"))
    assert Leave.objects.get().until_day == date(2026, 7, 3)


def test_leave_that_is_over_stays_as_it_was(cast: Cast) -> None:
    days = {"from_day": date(2026, 7, 1), "until_day": date(2026, 7, 10)}
    leave = Leave.objects.create(person=cast.alice, cover=cast.bob, **days)
    with clock.use(clock.SetClock(at("2026-08-04 12:00"))), pytest.raises(Refused, match="nothing is left to call off"):
        cancel_leave(leave, actor=cast.actor("alice"))
    assert Leave.objects.get().until_day == date(2026, 7, 10)


def test_somebody_with_accounts_cannot_leave_before_handing_over(cast: Cast) -> None:
    Assignment.objects.create(account=AccountAnchor.objects.create(), person=cast.alice, role="csm", from_day=FIRST_DAY)
    with pytest.raises(Refused, match="hand them over first"):
        deactivate_person(cast.alice, actor=cast.actor("olive"))


@pytest.mark.requirement("P-15")
def test_a_persons_data_is_exported_whole(cast: Cast) -> None:
    data = export_person(cast.carl, actor=cast.actor("olive"))
    assert data["person"]["email"] == "carl@example.com"
    assert data["person"]["memberships"] == [{"role": "client", "level": "", "from_day": FIRST_DAY, "until_day": None}]


@pytest.mark.requirement("P-15")
def test_erasure_removes_the_person_and_keeps_the_ledger(cast: Cast) -> None:
    account = AccountAnchor.objects.create()
    assign(account, person=cast.alice.id, role="csm", actor=cast.actor("olive"))
    before = list(LedgerEntry.objects.order_by("id").values())
    erase_person(cast.alice, actor=cast.actor("olive"))

    erased = Person.objects.get(pk=cast.alice.pk)
    assert (erased.name, erased.email, erased.is_active) == ("Erased person", None, False)
    assert list(LedgerEntry.objects.order_by("id").values())[: len(before)] == before
    assert not LedgerEntry.objects.filter(data__icontains="alice").exists()


@pytest.mark.requirement("P-15")
def test_nobody_erases_themselves(cast: Cast) -> None:
    with pytest.raises(Refused, match="Somebody else"):
        erase_person(cast.olive, actor=cast.actor("olive"))


@pytest.mark.requirement("P-05")
def test_nobody_gives_a_role_that_reaches_further_than_their_own(cast: Cast) -> None:
    lena = cast.actor("lena")
    with pytest.raises(Forbidden, match="Operations reaches further than you do"):
        invite_person(name="Nora", email="nora@example.com", role="ops", actor=lena)
    with pytest.raises(Forbidden, match="reaches further"):
        change_person(cast.bob, role="ops", actor=lena)
    with pytest.raises(Forbidden, match="reaches further"):
        change_person(cast.olive, name="Renamed", actor=lena)
    assert invite_person(name="Nora", email="nora@example.com", role="csm", actor=lena).name == "Nora"


@pytest.mark.requirement("P-05")
def test_nobody_changes_their_own_role(cast: Cast) -> None:
    with pytest.raises(Refused, match="Somebody else"):
        change_person(cast.olive, role="lead", actor=cast.actor("olive"))


@pytest.mark.requirement("P-12")
def test_leave_is_ones_own_or_entered_by_a_lead(cast: Cast) -> None:
    day = date(2026, 7, 1)
    with pytest.raises(Forbidden, match="whoever leads them"):
        take_leave(cast.alice, cover=cast.bob.id, from_day=day, until_day=day, actor=cast.actor("bob"))
    take_leave(cast.alice, cover=cast.bob.id, from_day=day, until_day=day, actor=cast.actor("lena"))
    with pytest.raises(Forbidden, match="whoever leads them"):
        cancel_leave(Leave.objects.get(), actor=cast.actor("bob"))

"""Reading: within reach, one query for a row with its account, and a client reads only what is theirs to see."""

from datetime import date
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from tenure.base.errors import Forbidden
from tenure.identity.actor import Actor
from tenure.records import lookup
from tenure.records.account import Account
from tenure.records.action import add_action
from tenure.records.contact import Contact, add_contact, leave_contact
from tenure.records.deliverable import plan_deliverable
from tenure.records.issue import open_issue
from tenure.records.meeting import schedule_meeting
from tenure.records.message import log_message
from tenure.records.minutes import decide
from tenure.records.note import log_note
from tests.book import Book
from tests.cast import Cast, at

pytestmark = pytest.mark.requirement("P-05")


def names(rows: Any) -> list[str]:
    return [str(row) for row in rows]


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        ("alice", ["Acme Ltd"]),
        ("bob", ["Borealis"]),
        ("lena", ["Acme Ltd", "Borealis"]),
        ("sam", ["Acme Ltd"]),
        ("olive", ["Acme Ltd", "Borealis", "Meridian", "Nimbus"]),
        ("erin", ["Acme Ltd", "Borealis", "Meridian", "Nimbus"]),
        ("carl", ["Acme Ltd"]),
        ("mallory", ["Meridian"]),
    ],
)
def test_the_accounts_that_each_sees(acme: Account, cast: Cast, person: str, expected: list[str]) -> None:
    assert names(lookup.list_accounts(cast.actor(person))) == expected


def test_searching_stays_within_reach(acme: Account, cast: Cast) -> None:
    assert names(lookup.list_accounts(cast.actor("lena"), " BO")) == ["Borealis"]
    assert names(lookup.list_accounts(cast.actor("alice"), "bo")) == []


def test_lists_cover_the_book_or_one_account(acme: Account, book: Book, cast: Cast) -> None:
    log_note(acme, text="on Acme", actor=cast.actor("alice"))
    log_note(book.bobs, text="on Borealis", actor=cast.actor("bob"))
    log_note(book.mallorys, text="on Meridian", actor=cast.actor("mallory"))
    lena = cast.actor("lena")
    assert sorted(names(lookup.list_notes(lena))) == ["on Acme", "on Borealis"]
    assert names(lookup.list_notes(lena, book.bobs)) == ["on Borealis"]
    assert names(lookup.list_notes(lena, book.mallorys)) == []


def test_a_row_of_an_account_out_of_reach_looks_absent(book: Book, cast: Cast) -> None:
    note = log_note(book.mallorys, text="x", actor=cast.actor("mallory"))
    for pk in (note.pk, "0" * 26):
        with pytest.raises(Forbidden) as refusal:
            lookup.access_note(cast.actor("alice"), pk)
        assert (refusal.value.hidden, str(refusal.value)) == (True, "There is no such account within your reach.")
    assert lookup.access_note(cast.actor("mallory"), note.pk) == note


def test_seeing_is_not_doing(acme: Account, cast: Cast) -> None:
    note = log_note(acme, text="x", actor=cast.actor("alice"))
    assert lookup.access_note(cast.actor("erin"), note.pk) == note
    with pytest.raises(Forbidden) as refusal:
        lookup.access_note(cast.actor("erin"), note.pk, "note.change")
    assert not refusal.value.hidden


def test_a_row_comes_with_its_account(
    acme: Account, dana: Contact, system: Actor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        assert lookup.access_contact(system, dana.pk).account.name == "Acme Ltd"


@pytest.mark.requirement("P-14")
def test_a_client_sees_only_what_is_theirs_to_see(acme: Account, dana: Contact, cast: Cast) -> None:
    alice, carl = cast.actor("alice"), cast.actor("carl")
    log_note(acme, text="inside", actor=alice)
    log_note(acme, text="for them", client_visible=True, actor=alice)
    sync = schedule_meeting(acme, type="sync", title="Sync", starts_at=at("2026-03-03 16:00"), actor=alice)
    inside = schedule_meeting(acme, type="internal", title="Ours", starts_at=at("2026-03-03 16:00"), actor=alice)
    decide(sync, text="Start", actor=alice)
    decide(inside, text="Discount", actor=alice)
    add_action(acme, text="Send the logo", contact=dana.pk, actor=alice)
    add_action(acme, text="Check the margin", actor=alice)
    open_issue(acme, title="Raised", contact=dana.pk, actor=alice)
    open_issue(acme, title="Seen by us", actor=alice)
    plan_deliverable(acme, type="plan", title="Plan", actor=alice)
    plan_deliverable(acme, type="audit", title="Audit", actor=alice)
    log_message(acme, direction="in", body="Hello", actor=alice)

    assert names(lookup.list_notes(carl)) == ["for them"]
    assert names(lookup.list_meetings(carl)) == ["Sync"]
    assert names(lookup.list_decisions(carl)) == ["Start"]
    assert names(lookup.list_actions(carl)) == ["Send the logo"]
    assert names(lookup.list_issues(carl)) == ["Raised"]
    assert names(lookup.list_deliverables(carl)) == ["Plan"]
    for hidden in (lookup.list_contacts, lookup.list_contracts, lookup.list_activities, lookup.list_messages):
        assert names(hidden(carl)) == []
    for hidden in (lookup.list_ratings, lookup.list_survey_answers, lookup.list_points):
        assert list(hidden(carl)) == []
    with pytest.raises(Forbidden) as refusal:
        lookup.access_meeting(carl, inside.pk)
    assert refusal.value.hidden
    assert lookup.access_meeting(carl, sync.pk) == sync
    assert len(lookup.list_notes(alice)) == 2


def test_those_who_left_stand_last_and_what_is_due_stands_first(acme: Account, dana: Contact, cast: Cast) -> None:
    alice = cast.actor("alice")
    leave_contact(add_contact(acme, name="Aaron", actor=alice), actor=alice)
    add_contact(acme, name="Zoe", is_primary=True, actor=alice)
    assert names(lookup.list_contacts(alice, acme)) == ["Zoe", "Dana Whitfield", "Aaron"]
    add_action(acme, text="some day", actor=alice)
    add_action(acme, text="Friday", due_on=date(2026, 3, 6), actor=alice)
    add_action(acme, text="tomorrow", due_on=date(2026, 3, 3), actor=alice)
    assert names(lookup.list_actions(alice, acme)) == ["tomorrow", "Friday", "some day"]


@pytest.mark.requirement("R-09")
def test_what_waits_longest_is_answered_first(acme: Account, book: Book, cast: Cast) -> None:
    alice = cast.actor("alice")
    log_message(acme, direction="in", subject="newer", at=at("2026-03-02 12:00"), actor=alice)
    log_message(acme, direction="in", subject="older", at=at("2026-03-01 12:00"), actor=alice)
    log_message(book.bobs, direction="in", subject="Bob's", actor=cast.actor("bob"))
    assert names(lookup.list_unanswered(alice)) == ["older", "newer"]

"""Promises live: facts in, openings and verdicts out, each verdict kept beside the ones before it."""

from typing import Any

import pytest

from tenure.blueprint.model import Model
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.identity.staff import assign, take_leave
from tenure.records.message import log_message, settle_message
from tenure.work.commitments import (
    CommitmentBook,
    Opening,
    Verdict,
    correct_verdict,
    explain_miss,
    pause_commitment,
    resume_commitment,
)
from tests.book import Book
from tests.cast import Cast, at, blueprint
from tests.days import Days

REPLIES = {
    "label": "Replies",
    "opens": {"on": "message.received"},
    "met_by": [{"on": "message.sent"}, {"on": "message.settled"}],
    "match": "all",
    "within": "24 hours",
    "owner": "csm",
}
CHECK_IN = {
    "label": "Check-in",
    "kind": "cadence",
    "met_by": [{"on": "meeting.held"}],
    "every": "2 weeks",
    "applies": "tier = 'core'",
    "owner": "csm",
}


@pytest.fixture
def model() -> Model:
    return blueprint(commitments={"replies": REPLIES, "check_in": CHECK_IN})


def facts(prefix: str = "commitment.") -> list[tuple[str, Any]]:
    rows = LedgerEntry.objects.filter(kind__startswith=prefix, data__rule="replies").order_by("id")
    return [(row.kind.removeprefix(prefix), row.data["verdict"]) for row in rows]


def only(rule: str = "replies") -> Opening:
    return Opening.objects.get(rule=rule)


@pytest.mark.requirement("P-13")
def test_a_promise_opens_warns_and_is_missed_by_time_alone(days: Days, cast: Cast, book: Book) -> None:
    log_message(book.alices, direction="in", actor=cast.actor("alice"))
    days.run()
    opening = only()
    assert (opening.status, opening.owner_id) == ("running", cast.alice.pk)
    assert opening.due_at == at("2026-03-03 14:00")
    # Three quarters of 24 hours are 18 hours.
    assert opening.warn_at == at("2026-03-03 08:00")
    days.until(at("2026-03-03 08:00"))
    assert only().status == "warned"
    days.until(at("2026-03-03 14:01"))
    opening = only()
    assert opening.status == "missed"
    verdict = Verdict.objects.get()
    assert (verdict.verdict, verdict.happened_at, verdict.owner_id) == ("missed", at("2026-03-03 14:00"), cast.alice.pk)
    assert verdict.known_at == at("2026-03-03 14:01")
    assert facts() == [("opened", "open"), ("warned", "open"), ("missed", "missed")]


def test_an_answer_in_time_keeps_it_and_settling_does_too(days: Days, cast: Cast, book: Book) -> None:
    alice = cast.actor("alice")
    message = log_message(book.alices, direction="in", actor=alice)
    days.later(hours=2)
    settle_message(message, how="answered_elsewhere", actor=alice)
    days.run()
    assert (only().status, only().met_at) == ("met", at("2026-03-02 16:00"))
    assert Verdict.objects.get().verdict == "met"


@pytest.mark.requirement("P-13")
def test_a_pause_gives_its_time_back(days: Days, cast: Cast, book: Book) -> None:
    alice = cast.actor("alice")
    log_message(book.alices, direction="in", actor=alice)
    days.later(hours=4)
    pause_commitment(only(), reason="waits for the invoice number", cause="client_material", actor=alice)
    days.run()
    assert (only().status, only().pause_reason) == ("paused", "waits for the invoice number")
    days.later(hours=48)
    assert only().status == "paused"
    resume_commitment(only(), actor=alice)
    days.run()
    # 20 hours were left at the pause; they run from 4 March 18:00.
    assert (only().status, only().due_at) == ("running", at("2026-03-05 14:00"))
    paused = LedgerEntry.objects.get(kind="commitment.paused")
    assert (paused.data["cause"], paused.actor_id) == ("client_material", cast.alice.pk)
    assert "invoice" not in str(paused.data)


@pytest.mark.requirement("P-13")
def test_a_corrected_verdict_stands_beside_the_first(days: Days, cast: Cast, book: Book) -> None:
    log_message(book.alices, direction="in", actor=cast.actor("alice"))
    days.run()
    days.later(hours=25)
    correct_verdict(
        only(), verdict="met", reason="She called at noon, the phone was not logged", actor=cast.actor("lena")
    )
    days.run()
    first, second = Verdict.objects.order_by("id")
    assert (first.verdict, second.verdict, second.restated_of) == ("missed", "met", first)
    assert (second.given_by_id, second.reason) == (cast.lena.pk, "She called at noon, the phone was not logged")
    assert (only().status, only().is_corrected) == ("met", True)
    assert facts() == [("opened", "open"), ("missed", "missed"), ("judged", "met"), ("restated", "met")]


@pytest.mark.requirement("P-13")
def test_a_miss_gets_its_cause_and_whose_it_was(days: Days, cast: Cast, book: Book) -> None:
    log_message(book.alices, direction="in", actor=cast.actor("alice"))
    days.run()
    days.later(hours=25)
    explain_miss(only(), cause="client_absent", whose="client", note="Out of office", actor=cast.actor("alice"))
    days.run()
    assert (only().status, only().cause, only().whose) == ("missed", "client_absent", "client")
    latest = Verdict.objects.order_by("-id")[0]
    assert (latest.verdict, latest.cause, latest.whose, latest.reason) == (
        "missed",
        "client_absent",
        "client",
        "Out of office",
    )


def test_a_message_told_late_restates_the_miss(days: Days, cast: Cast, book: Book) -> None:
    alice = cast.actor("alice")
    log_message(book.alices, direction="in", actor=alice)
    days.run()
    days.later(hours=30)
    log_message(book.alices, direction="out", at=at("2026-03-03 13:00"), actor=alice)
    days.run()
    assert [(v.verdict, v.happened_at) for v in Verdict.objects.order_by("id")] == [
        ("missed", at("2026-03-03 14:00")),
        ("met", at("2026-03-03 13:00")),
    ]
    assert (only().status, only().is_corrected) == ("met", False)


@pytest.mark.requirement("P-12")
def test_the_credit_goes_to_whoever_covers(days: Days, cast: Cast, book: Book) -> None:
    alice = cast.actor("alice")
    take_leave(cast.alice, cover=cast.bob.pk, from_day=alice.day, until_day=alice.day, actor=alice)
    log_message(book.alices, direction="in", actor=alice)
    days.run()
    log_message(book.alices, direction="out", actor=cast.actor("bob"))
    days.run()
    assert only().owner_id == cast.alice.pk
    assert Verdict.objects.get().owner_id == cast.bob.pk


def test_a_cadence_begins_with_the_accounts_for_which_it_applies(days: Days, cast: Cast, book: Book) -> None:
    days.run()
    assert [row.account_id for row in Opening.objects.filter(rule="check_in")] == [book.alices.pk]
    days.later(days=15)
    statuses = list(Opening.objects.filter(rule="check_in").order_by("opened_at").values_list("status", flat=True))
    assert statuses == ["missed", "running"]


def test_a_changed_tier_begins_and_ends_it(days: Days, cast: Cast, book: Book, system: Actor) -> None:
    from tenure.records.account import change_account

    days.run()
    change_account(book.bobs, tier="core", actor=system)
    change_account(book.alices, tier="growth", actor=system)
    days.run()
    assert Opening.objects.get(rule="check_in", account_id=book.bobs.pk).status == "running"
    ended = Opening.objects.get(rule="check_in", account_id=book.alices.pk)
    assert (ended.status, ended.cause) == ("cancelled", "no longer applies")


def test_the_same_facts_again_change_nothing(days: Days, cast: Cast, book: Book) -> None:
    from tenure.pipeline.cursors import Cursor

    log_message(book.alices, direction="in", actor=cast.actor("alice"))
    days.run()
    days.later(hours=25)
    before = (LedgerEntry.objects.count(), list(Verdict.objects.values()), list(Opening.objects.values()))
    Cursor.objects.update(position=0)
    days.run()
    assert (LedgerEntry.objects.count(), list(Verdict.objects.values()), list(Opening.objects.values())) == before


def test_an_account_that_was_taken_back_does_not_stop_the_rest(days: Days, cast: Cast, book: Book) -> None:
    log_message(book.alices, direction="in", actor=cast.actor("alice"))
    log_message(book.bobs, direction="in", actor=cast.actor("bob"))
    book.bobs.delete()
    days.run()
    assert [row.account_id for row in Opening.objects.filter(rule="replies")] == [book.alices.pk]


def test_whose_account_it_is_changes_hands_with_the_account(days: Days, cast: Cast, book: Book, system: Actor) -> None:
    log_message(book.alices, direction="in", actor=cast.actor("alice"))
    days.run()
    assign(book.alices, person=cast.bob.pk, role="csm", actor=system)
    days.run()
    assert only().owner_id == cast.bob.pk


def test_books_are_as_many_as_there_are_promises_to_keep(days: Days, cast: Cast, book: Book) -> None:
    days.run()
    assert not CommitmentBook.objects.filter(rule="replies").exists()

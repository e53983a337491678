"""Today: what is due, what slips, who to talk to and what changed, for oneself and whom one covers for."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.blueprint.model import Model
from tenure.facts.days import day_ends
from tenure.identity.actor import Actor
from tenure.identity.operations import batch
from tenure.identity.staff import take_leave
from tenure.records.action import add_action
from tenure.records.contact import add_contact
from tenure.records.goal import judge_goal, set_goal
from tenure.records.meeting import schedule_meeting
from tenure.records.message import log_message
from tenure.work.commitments import Opening, explain_miss
from tenure.work.escalations import raise_escalation
from tenure.work.refresh import refresh_standing
from tenure.work.standing import Standing
from tenure.work.tasks import create_task
from tenure.work.today import last_day_ended, today
from tenure.work.watching import watch_accounts
from tests.book import Book, take_on
from tests.cast import ZONE, Cast, at, blueprint
from tests.days import Days

REPLIES = {
    "label": "Replies",
    "promise": "Whoever writes to us has an answer within a day.",
    "opens": {"on": "message.received"},
    "met_by": [{"on": "message.sent"}],
    "match": "all",
    "within": "24 hours",
    "owner": "csm",
}


@pytest.fixture
def model() -> Model:
    return blueprint(
        commitments={"replies": REPLIES},
        signals={"silent": {"label": "Silent", "when": "days_since_meeting > 30", "owner": "csm"}},
        meetings={"sync": {"label": "Sync"}},
    )


def due(actor: Actor) -> list[tuple[str, str]]:
    return [(item.noun, item.title) for item in today(actor).due]


def test_what_is_due_comes_in_order_of_time(days: Days, cast: Cast, book: Book, system: Actor) -> None:
    alice = cast.actor("alice")
    create_task(title="No time set", account=book.alices.pk, actor=alice)
    create_task(title="Tonight", account=book.alices.pk, due_at=at("2026-03-02 22:00"), actor=alice)
    create_task(title="Next week", account=book.alices.pk, due_at=at("2026-03-10 22:00"), actor=alice)
    create_task(
        title="His", account=book.bobs.pk, owner=cast.bob.pk, due_at=at("2026-03-02 15:00"), actor=cast.actor("bob")
    )
    schedule_meeting(book.alices, type="sync", starts_at=at("2026-03-02 16:00"), actor=alice)
    add_action(book.alices, text="Send the list", due_on=date(2026, 3, 2), owner=cast.alice.pk, actor=alice)
    raise_escalation(book.alices, reason="Refund", to="csm", within="4 hours", actor=system)
    days.run()
    # The action is due at half past five in New York, which is half past ten at night in UTC.
    assert due(cast.actor("alice")) == [
        ("meeting", "Sync"),
        ("escalation", "Refund"),
        ("task", "Tonight"),
        ("action", "Send the list"),
        ("task", "No time set"),
    ]
    first = today(cast.actor("alice")).due[0]
    assert (first.account, first.account_id, first.is_late) == ("Acme Ltd", book.alices.pk, False)


def test_a_message_and_the_promise_to_answer_it_are_one_thing(days: Days, cast: Cast, book: Book) -> None:
    alice = cast.actor("alice")
    jo = add_contact(book.alices, name="Jo Hill", actor=alice)
    log_message(book.alices, direction="in", contact=jo.pk, subject="Why?", actor=alice)
    days.run()
    [item] = today(cast.actor("alice")).due
    assert (item.noun, item.title, item.at, item.is_late) == (
        "message",
        "Answer Jo Hill",
        at("2026-03-03 14:00"),
        False,
    )
    assert item.why == "Whoever writes to us has an answer within a day."
    days.later(hours=26)
    [item] = today(cast.actor("alice")).due
    assert (item.noun, item.is_late, item.status) == ("message", True, "missed")


@pytest.mark.requirement("P-13")
def test_a_miss_asks_for_its_cause_until_it_has_one(days: Days, cast: Cast, book: Book) -> None:
    alice = cast.actor("alice")
    message = log_message(book.alices, direction="in", actor=alice)
    days.run()
    days.later(hours=26)
    log_message(book.alices, direction="out", answers=message.pk, actor=cast.actor("alice"))
    days.run()
    assert due(cast.actor("alice")) == [("commitment", "Replies")]
    explain_miss(Opening.objects.get(), cause="capacity", whose="us", actor=cast.actor("alice"))
    days.run()
    assert due(cast.actor("alice")) == []


@pytest.mark.requirement("P-12")
def test_whoever_covers_has_it_all_on_their_page(days: Days, cast: Cast, book: Book) -> None:
    alice = cast.actor("alice")
    create_task(title="Hers", account=book.alices.pk, due_at=at("2026-03-02 22:00"), actor=alice)
    log_message(book.alices, direction="in", actor=alice)
    days.run()
    assert due(cast.actor("bob")) == []
    take_leave(cast.alice, cover=cast.bob.pk, from_day=alice.day, until_day=alice.day, actor=alice)
    assert [noun for noun, _ in due(cast.actor("bob"))] == ["task", "message"]
    days.later(days=1)
    assert due(cast.actor("bob")) == []


def test_what_slips_is_loud_first_and_snoozed_last(days: Days, cast: Cast, book: Book, system: Actor) -> None:
    from tenure.work.signals import OpenSignal, snooze_signal

    other = take_on("Beeton", cast.alice, system)
    days.run()
    with batch(system):
        values = {"status": "active", "days_since_meeting": 40}
        watch_accounts(
            {book.alices.pk: values, other.pk: values}, day_ends(date(2026, 3, 1), ZONE), date(2026, 3, 1), system
        )
    days.run()
    until = days.hands.now() + timedelta(days=3)
    snooze_signal(
        OpenSignal.objects.get(account_id=book.alices.pk), until=until, reason="waits", actor=cast.actor("alice")
    )
    slips = today(cast.actor("alice")).slipping
    assert [(slip.account, slip.is_snoozed) for slip in slips] == [("Beeton", False), ("Acme Ltd", True)]


def test_who_to_talk_to_comes_with_one_reason(days: Days, cast: Cast, book: Book, system: Actor) -> None:
    alice = cast.actor("alice")
    jo = add_contact(book.alices, name="Jo Hill", is_primary=True, actor=alice)
    days.run()
    Standing.objects.update(band_tone="green")
    assert today(cast.actor("alice")).talks == []
    Standing.objects.filter(account_id=book.alices.pk).update(band_tone="red")
    [talk] = today(cast.actor("alice")).talks
    assert (talk.contact, talk.reason) == (jo, "Red and nothing planned")


def test_changes_are_those_since_the_last_working_day_ended(days: Days, cast: Cast, book: Book) -> None:
    alice = cast.actor("alice")
    # On a Monday morning in New York the last working day ended on Friday at five, 22:00 in UTC.
    assert last_day_ended(alice, days.hands.now()) == at("2026-02-27 22:00")
    log_message(book.alices, direction="in", actor=alice)
    log_message(book.bobs, direction="in", actor=cast.actor("bob"))
    days.run()
    changes = today(cast.actor("alice")).changes
    assert [(news.entry.kind, news.account) for news in changes] == [
        ("message.received", "Acme Ltd"),
        ("account.created", "Acme Ltd"),
    ]
    days.until(at("2026-03-03 14:00"))
    assert all(news.entry.kind != "account.created" for news in today(cast.actor("alice")).changes)


@pytest.mark.requirement("P-08")
def test_as_many_queries_for_a_full_day_as_for_an_empty_one(days: Days, cast: Cast, book: Book, system: Actor) -> None:
    def queries() -> int:
        alice = cast.actor("alice")
        with CaptureQueriesContext(connection) as captured:
            today(alice)
        return len(captured)

    def fill(account: Any) -> None:
        create_task(title="Do", account=account.pk, owner=cast.alice.pk, due_at=days.hands.now(), actor=system)
        log_message(account, direction="in", actor=system)
        add_action(account, text="Do", due_on=date(2026, 3, 2), owner=cast.alice.pk, actor=system)

    fill(book.alices)
    days.run()
    few = queries()
    for number in range(30):
        fill(take_on(f"Account {number}", cast.alice, system))
    days.run()
    assert queries() == few


@pytest.mark.requirement("R-03")
def test_an_outcome_whose_day_has_come_asks_to_be_judged(days: Days, cast: Cast, book: Book) -> None:
    """At day 90 nobody need remember: it stands on Today, overdue from the next day on, until somebody judges it."""
    alice = cast.actor("alice")
    goal = set_goal(book.alices, title="60 orders", due_on=date(2026, 3, 3), home_run=True, actor=alice)
    set_goal(book.bobs, title="His", due_on=date(2026, 3, 3), actor=cast.actor("bob"))
    refresh_standing([book.alices.pk, book.bobs.pk], alice)
    assert due(alice) == []
    days.until(at("2026-03-03 15:00"))
    assert [(item.title, item.is_late) for item in today(cast.actor("alice")).due] == [("Judge: 60 orders", False)]
    days.until(at("2026-03-04 15:00"))
    assert [(item.title, item.is_late) for item in today(cast.actor("alice")).due] == [("Judge: 60 orders", True)]
    judge_goal(goal, attained=True, evidence="63 orders in the week", actor=cast.actor("alice"))
    assert due(cast.actor("alice")) == []

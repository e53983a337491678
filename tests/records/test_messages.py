"""Messages: in threads, answered, settled, or still waiting."""

from datetime import timedelta
from typing import Any

import pytest

from tenure.base.clock import SetClock
from tenure.base.errors import Refused
from tenure.identity.actor import Actor
from tenure.records.account import Account
from tenure.records.contact import Contact, add_contact
from tenure.records.message import (
    Message,
    log_message,
    send_message,
    settle_message,
    threads,
    unanswered,
    unsettle_message,
    withdraw_message,
)
from tests.book import Book
from tests.cast import Cast, at
from tests.records.facts import data_of, facts_of, last_fact

pytestmark = pytest.mark.requirement("R-09")


@pytest.fixture
def question(acme: Account, dana: Contact, cast: Cast) -> Message:
    return log_message(
        acme,
        direction="in",
        contact=dana.pk,
        subject="Budget",
        body="Can we talk about the budget?",
        at=at("2026-03-02 09:00"),
        actor=cast.actor("alice"),
    )


def waiting() -> list[str]:
    return [message.pk for message in unanswered(Message.objects.all())]


def test_a_message_that_came_in_begins_a_thread_and_waits(question: Message, dana: Contact) -> None:
    assert (question.thread, question.person, question.delivery) == (question.pk, None, "")
    assert waiting() == [question.pk]
    fact = last_fact("message.received")
    assert fact.happened_at == at("2026-03-02 09:00")
    assert fact.data == {
        "channel": "email",
        "direction": "in",
        "thread": question.pk,
        "contact": dana.pk,
        "by": None,
        "answers": None,
    }


def test_our_message_in_the_thread_answers_what_waits(question: Message, cast: Cast, acme: Account) -> None:
    reply = log_message(acme, direction="out", thread=question.pk, body="Yes", actor=cast.actor("alice"))
    question.refresh_from_db()
    assert (reply.answers_id, reply.thread, reply.person_id) == (question.pk, question.pk, cast.alice.pk)
    assert question.answered_at == at("2026-03-02 15:00")
    assert data_of("message.sent", "answers", "thread", "direction") == {
        "answers": question.pk,
        "thread": question.pk,
        "direction": "out",
    }
    assert waiting() == []


def test_a_message_beside_the_thread_answers_nothing(question: Message, cast: Cast, acme: Account) -> None:
    other = log_message(acme, direction="out", body="By the way", actor=cast.actor("alice"))
    assert (other.answers, other.thread) == (None, other.pk)
    assert waiting() == [question.pk]


@pytest.mark.requirement("P-09")
def test_the_order_of_logging_does_not_matter(acme: Account, system: Actor) -> None:
    first = log_message(acme, direction="in", at=at("2026-02-01 09:00"), actor=system)
    reply = log_message(acme, direction="out", thread=first.pk, at=at("2026-02-01 12:00"), actor=system)
    later = log_message(acme, direction="in", thread=first.pk, at=at("2026-02-01 18:00"), actor=system)
    # Told last, it came before our reply: that answered it too.
    between = log_message(acme, direction="in", thread=reply.pk, at=at("2026-02-01 10:00"), actor=system)
    assert between.answered_at == at("2026-02-01 12:00")
    assert waiting() == [later.pk]
    read = threads(Message.objects.all())
    assert [message.pk for message in read[first.pk]] == [first.pk, between.pk, reply.pk, later.pk]


@pytest.mark.requirement("P-13")
def test_answered_elsewhere_is_said_in_one_act(question: Message, cast: Cast) -> None:
    settled = settle_message(question, how="answered_elsewhere", at=at("2026-03-02 10:30"), actor=cast.actor("alice"))
    assert (settled.settled_how, settled.settled_at) == ("answered_elsewhere", at("2026-03-02 10:30"))
    fact = last_fact("message.settled")
    assert (fact.happened_at, fact.data["how"]) == (at("2026-03-02 10:30"), "answered_elsewhere")
    assert waiting() == []


def test_what_is_settled_or_ours_is_not_settled_again(question: Message, cast: Cast, acme: Account) -> None:
    alice = cast.actor("alice")
    ours = log_message(acme, direction="out", body="Hello", actor=alice)
    with pytest.raises(Refused) as refusal:
        settle_message(ours, how="no_reply_needed", actor=alice)
    assert refusal.value.code == "ours"
    with pytest.raises(Refused) as early:
        settle_message(question, how="no_reply_needed", at=at("2026-03-01 09:00"), actor=alice)
    assert early.value.code == "too_early"
    settle_message(question, how="no_reply_needed", actor=alice)
    with pytest.raises(Refused) as again:
        settle_message(question, how="no_reply_needed", actor=alice)
    assert again.value.code == "settled"


def test_settling_is_undone_at_once(question: Message, cast: Cast, now: SetClock) -> None:
    alice = cast.actor("alice")
    settle_message(question, how="no_reply_needed", actor=alice)
    settled = last_fact("message.settled")
    unsettle_message(question, actor=alice)
    assert waiting() == [question.pk]
    assert last_fact("message.withdrawn").retracts == settled.id
    settle_message(question, how="no_reply_needed", actor=alice)
    now.advance(timedelta(seconds=16))
    with pytest.raises(Refused) as refusal:
        unsettle_message(question, actor=alice)
    assert refusal.value.code == "too_late"
    question.refresh_from_db()
    assert question.settled_at is not None


def test_undoing_a_reply_leaves_the_question_waiting(question: Message, cast: Cast, acme: Account) -> None:
    reply = log_message(acme, direction="out", thread=question.pk, actor=cast.actor("alice"))
    withdraw_message(reply, actor=cast.actor("alice"))
    assert waiting() == [question.pk]
    assert [fact.kind for fact in facts_of(reply.pk)] == ["message.sent", "message.withdrawn"]


def test_what_is_written_here_is_sent_by_hand(acme: Account, dana: Contact, cast: Cast) -> None:
    message = send_message(acme, contact=dana.pk, subject="Plan", body=" Here it is ", actor=cast.actor("alice"))
    assert (message.direction, message.delivery, message.body) == ("out", "by_hand", "Here it is")
    assert last_fact("message.sent").data["contact"] == dana.pk


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"body": " "}, "empty", "body"),
        ({"contact": ""}, "no_contact", "contact"),
        ({"contact": "nobody"}, "unknown_contact", "contact"),
        ({"answers": "nothing"}, "unknown_message", "answers"),
        ({"thread": "nothing"}, "unknown_message", "thread"),
    ],
)
def test_what_does_not_fit_is_refused(
    acme: Account, dana: Contact, cast: Cast, values: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(Refused) as refusal:
        send_message(acme, **{"contact": dana.pk, "body": "x"} | values, actor=cast.actor("alice"))
    assert (refusal.value.code, refusal.value.field) == (code, field)


def test_mail_needs_an_address(acme: Account, cast: Cast) -> None:
    silent = add_contact(acme, name="Eve", actor=cast.actor("alice"))
    with pytest.raises(Refused) as refusal:
        send_message(acme, contact=silent.pk, body="x", actor=cast.actor("alice"))
    assert (refusal.value.code, refusal.value.field) == ("no_email", "contact")
    assert send_message(acme, contact=silent.pk, body="x", channel="Slack", actor=cast.actor("alice")).pk


def test_a_thread_of_another_account_is_not_joined(question: Message, book: Book, cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        log_message(book.bobs, direction="out", thread=question.pk, actor=cast.actor("bob"))
    assert refusal.value.code == "unknown_message"

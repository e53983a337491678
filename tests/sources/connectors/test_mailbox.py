"""A mailbox, read from a real IMAP server: whose letters are, their threads, their times, and each of them once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from tenure.identity.ledger import LedgerEntry
from tenure.identity.people import Person
from tenure.records.account import Account
from tenure.records.contact import Contact, add_contact
from tenure.records.message import Message, unanswered
from tenure.sources.connectors.arrival import Arrival, assign_arrival, dismiss_arrival
from tenure.sources.connectors.connector import Connector
from tenure.work.commitments import Opening
from tests.book import Book
from tests.cast import Cast, at
from tests.days import Days
from tests.sources.connectors.conftest import USER, Mailbox, written

pytestmark = pytest.mark.requirement("R-09")
Reads = Callable[[], None]


def test_a_letter_from_a_contact_becomes_a_message_that_waits(
    connector: Connector, mailbox: Mailbox, dana: Contact, reading: Reads, days: Days
) -> None:
    days.hands.set(at("2026-03-02 15:00"))
    mailbox.comes(at("2026-03-02 14:40"), subject="Büdget", body="Grüße, Dana")
    reading()
    message = Message.objects.get()
    assert (message.account_id, message.contact_id, message.direction) == (dana.account_id, dana.pk, "in")
    assert (message.subject, message.body, message.at) == ("Büdget", "Grüße, Dana", at("2026-03-02 14:40"))
    assert [each.pk for each in unanswered(Message.objects.all())] == [message.pk]
    fact = LedgerEntry.objects.get(kind="message.received")
    assert (fact.happened_at, fact.operation) == (at("2026-03-02 14:40"), "message.log")


def test_the_clock_runs_from_when_it_came_to_when_it_was_answered(
    connector: Connector, mailbox: Mailbox, dana: Contact, reading: Reads, days: Days, cast: Cast
) -> None:
    """Came Monday 14:40, answered Tuesday 10:10: nineteen and a half hours, read only at noon."""
    mailbox.comes(at("2026-03-02 14:40"), id="q@acme.example")
    days.hands.set(at("2026-03-03 17:00"))
    mailbox.goes(at("2026-03-03 10:10"), to="dana@acme.example", answers="q@acme.example", subject="Re: Budget")
    reading()
    question, answer = Message.objects.order_by("at")
    assert (answer.direction, answer.answers_id, answer.thread) == ("out", question.pk, question.thread)
    assert (answer.person_id, question.answered_at) == (None, at("2026-03-03 10:10"))
    opening = Opening.objects.get()
    assert (opening.opened_at, opening.due_at) == (at("2026-03-02 14:40"), at("2026-03-03 14:40"))
    assert (opening.status, opening.met_at) == ("met", at("2026-03-03 10:10"))


def test_a_late_answer_is_a_miss_by_the_real_times(
    connector: Connector, mailbox: Mailbox, dana: Contact, reading: Reads, days: Days
) -> None:
    mailbox.comes(at("2026-03-02 14:40"), id="q@acme.example")
    days.hands.set(at("2026-03-04 17:00"))
    mailbox.goes(at("2026-03-03 14:50"), to="dana@acme.example", answers="q@acme.example")
    reading()
    assert Opening.objects.get().status == "missed"


def test_times_are_those_of_our_own_clocks(
    connector: Connector, mailbox: Mailbox, dana: Contact, reading: Reads, days: Days
) -> None:
    """The sender's Date is whatever they say; the mailbox's own time is late where letters were moved."""
    days.hands.set(at("2026-03-03 12:00"))
    lying = written(date=at("2026-02-01 00:00"), received=at("2026-03-02 14:00"), subject="says February")
    mailbox.put(mailbox.inbox, lying, at("2026-03-02 14:00"))
    moved = written(received=at("2026-03-01 08:00"), subject="moved later")
    mailbox.put(mailbox.inbox, moved, at("2026-03-02 20:00"))
    bare = written(date=at("2026-01-01 00:00"), subject="no trace")
    mailbox.put(mailbox.inbox, bare, at("2026-03-02 15:00"))
    ahead = written(received=at("2026-03-09 08:00"), subject="from the future")
    mailbox.put(mailbox.inbox, ahead, at("2026-03-02 16:00"))
    sent = written(sender=USER, to="dana@acme.example", date=at("2026-03-01 10:00"), subject="copied late")
    mailbox.put(mailbox.sent, sent, at("2026-03-02 18:00"))
    reading()
    assert dict(Message.objects.values_list("subject", "at")) == {
        "says February": at("2026-03-02 14:00"),
        "moved later": at("2026-03-01 08:00"),
        "no trace": at("2026-03-02 15:00"),
        "from the future": at("2026-03-02 16:00"),
        "copied late": at("2026-03-01 10:00"),
    }


def test_a_letter_is_taken_once_however_often_it_is_read(
    connector: Connector, mailbox: Mailbox, dana: Contact, reading: Reads
) -> None:
    raw = mailbox.comes(at("2026-03-02 13:40"), id="q@acme.example")
    reading()
    reading()
    mailbox.put(mailbox.inbox, raw, at("2026-03-02 13:50"))  # a second copy
    mailbox.recreate(mailbox.sent)
    reading()
    assert Message.objects.count() == Arrival.objects.count() == 1


def test_a_mailbox_that_was_moved_is_read_anew_and_nothing_is_doubled_or_lost(
    connector: Connector, mailbox: Mailbox, dana: Contact, reading: Reads, days: Days
) -> None:
    """Its UIDVALIDITY changes: numbers mean other letters now."""
    first = mailbox.comes(at("2026-03-02 13:00"), subject="first")
    second = mailbox.comes(at("2026-03-02 13:10"), subject="second")
    reading()
    before = Connector.objects.get().cursor["inbox"]
    mailbox.recreate(mailbox.inbox)
    days.hands.set(at("2026-03-02 16:00"))
    for raw, moment in ((second, "13:10"), (first, "13:00")):
        mailbox.put(mailbox.inbox, raw, at(f"2026-03-02 {moment}"))
    mailbox.comes(at("2026-03-02 15:30"), subject="third")
    reading()
    after = Connector.objects.get().cursor["inbox"]
    assert after["validity"] != before["validity"]
    assert list(Message.objects.order_by("at").values_list("subject", flat=True)) == ["first", "second", "third"]


def test_another_sender_under_the_same_id_hides_nothing(
    connector: Connector, mailbox: Mailbox, dana: Contact, acme: Account, cast: Cast, reading: Reads
) -> None:
    add_contact(acme, name="Eve", email="eve@acme.example", actor=cast.actor("alice"))
    mailbox.comes(at("2026-03-02 13:00"), id="same@acme.example", sender="eve@acme.example")
    mailbox.comes(at("2026-03-02 13:30"), id="same@acme.example")
    reading()
    assert Message.objects.count() == 2


def test_letters_without_an_id_are_known_by_their_text(
    connector: Connector, mailbox: Mailbox, dana: Contact, reading: Reads
) -> None:
    raw = b"From: dana@acme.example\r\nTo: hello@ours.example\r\nSubject: Bare\r\n\r\nHello\r\n"
    for each in (raw, raw, raw.replace(b"Hello", b"Again")):
        mailbox.put(mailbox.inbox, each, at("2026-03-02 13:00"))
    reading()
    assert sorted(Message.objects.values_list("body", flat=True)) == ["Again", "Hello"]


def test_a_conversation_is_one_thread_in_whatever_order_it_is_read(
    connector: Connector, mailbox: Mailbox, dana: Contact, reading: Reads, days: Days
) -> None:
    days.hands.set(at("2026-03-03 12:00"))
    mailbox.goes(at("2026-03-02 15:00"), to="dana@acme.example", answers="q@a.example", id="r@a.example")
    reading()
    mailbox.comes(at("2026-03-02 14:00"), id="q@a.example")
    mailbox.comes(at("2026-03-02 16:00"), answers="r@a.example", references="<q@a.example> <r@a.example>")
    reading()
    messages = list(Message.objects.order_by("at"))
    assert len({message.thread for message in messages}) == 1
    assert [(message.direction, message.answered_at) for message in messages] == [
        ("in", at("2026-03-02 15:00")),
        ("out", None),
        ("in", None),
    ]


def test_a_colleague_who_writes_by_their_own_address_is_known(
    connector: Connector, mailbox: Mailbox, dana: Contact, cast: Cast, reading: Reads
) -> None:
    """Alice answers from her own address, with the mailbox in copy."""
    mailbox.comes(at("2026-03-02 13:00"), id="q@a.example")
    copied = {"sender": "Alice <alice@example.com>", "to": "dana@acme.example", "Cc": USER, "answers": "q@a.example"}
    mailbox.comes(at("2026-03-02 13:30"), **copied)
    reading()
    answer = Message.objects.get(direction="out")
    assert answer.person == Person.objects.get(name="Alice")
    assert Message.objects.get(direction="in").answered_at == at("2026-03-02 13:30")


@pytest.mark.parametrize(
    "heads",
    [
        {"Auto-Submitted": "auto-replied"},
        {"Precedence": "auto_reply"},
        {"X-Autoreply": "yes"},
        {"Return-Path": "<>"},
        {"Content-Type": "multipart/report; report-type=delivery-status; boundary=x"},
    ],
)
def test_what_a_machine_wrote_opens_no_clock(
    connector: Connector, mailbox: Mailbox, dana: Contact, reading: Reads, days: Days, heads: dict[str, str]
) -> None:
    days.hands.set(at("2026-03-02 15:00"))
    lines = "".join(f"{name}: {value}\r\n" for name, value in heads.items())
    raw = f"From: dana@acme.example\r\nTo: {USER}\r\nSubject: Out\r\nMessage-ID: <a@b.example>\r\n{lines}\r\nAway\r\n"
    mailbox.put(mailbox.inbox, raw.encode(), at("2026-03-02 14:10"))
    reading()
    message = Message.objects.get()
    assert message.is_automatic and not unanswered(Message.objects.all()).exists()
    assert not Opening.objects.exists()
    assert LedgerEntry.objects.filter(subject="message").get().kind == "message.noticed"


def test_our_own_absence_note_answers_nothing(
    connector: Connector, mailbox: Mailbox, dana: Contact, reading: Reads, days: Days
) -> None:
    days.hands.set(at("2026-03-02 15:00"))
    mailbox.comes(at("2026-03-02 14:10"), id="q@a.example")
    note = {"to": "dana@acme.example", "answers": "q@a.example", "Auto-Submitted": "auto-replied"}
    mailbox.goes(at("2026-03-02 14:11"), **note)
    reading()
    assert [each.direction for each in unanswered(Message.objects.all())] == ["in"]
    assert Opening.objects.get().status == "running"


def test_a_report_of_failed_delivery_by_a_stranger_is_left_out_in_sight(
    connector: Connector, mailbox: Mailbox, dana: Contact, reading: Reads
) -> None:
    mailbox.comes(at("2026-03-02 13:00"), sender="mailer-daemon@mx.example", subject="Undelivered")
    reading()
    left = Arrival.objects.get()
    assert (left.status, left.payload["subject"]) == ("left_out", "Undelivered")
    assert left.reason == "A machine wrote this, and nobody knows its address."


def test_what_a_mailing_list_carries_was_written_by_people(
    connector: Connector, mailbox: Mailbox, dana: Contact, reading: Reads, days: Days
) -> None:
    days.hands.set(at("2026-03-02 15:00"))
    mailbox.comes(at("2026-03-02 14:10"), Precedence="list", List_Id="<hello.ours.example>")
    reading()
    assert Opening.objects.count() == 1


def test_a_stranger_waits_until_somebody_says_whose_they_are(
    connector: Connector, mailbox: Mailbox, acme: Account, cast: Cast, reading: Reads, days: Days
) -> None:
    mailbox.comes(at("2026-03-02 13:00"), sender="Ned <ned@elsewhere.example>", subject="Hello")
    mailbox.comes(at("2026-03-02 13:05"), sender="Ned <ned@elsewhere.example>", subject="Hello again")
    reading()
    assert Message.objects.count() == 0
    first = Arrival.objects.get(payload__subject="Hello")
    assert (first.status, first.code) == ("aside", "unknown_sender")
    assign_arrival(first, account=acme.pk, whose="new_contact", actor=cast.actor("olive"))
    reading()
    # Ned is a contact now, so the other letter found its way by itself, with its own time.
    assert list(Message.objects.order_by("at").values_list("subject", "contact__name", "at")) == [
        ("Hello", "Ned", at("2026-03-02 13:00")),
        ("Hello again", "Ned", at("2026-03-02 13:05")),
    ]
    first.refresh_from_db()
    assert (first.status, first.payload, first.settled_by) == ("taken", {}, cast.olive)


def test_a_stranger_can_be_dismissed_for_good(
    connector: Connector, mailbox: Mailbox, acme: Account, cast: Cast, reading: Reads
) -> None:
    mailbox.comes(at("2026-03-02 13:00"), sender="offers@shop.example")
    reading()
    dismiss_arrival(Arrival.objects.get(), reason="Advertising", whole_address=True, actor=cast.actor("olive"))
    mailbox.comes(at("2026-03-02 13:05"), sender="offers@shop.example")
    reading()
    assert list(Arrival.objects.order_by("happened_at").values_list("status", flat=True)) == ["dismissed", "left_out"]


def test_an_address_of_two_accounts_is_told_by_its_thread_or_by_a_person(
    connector: Connector, mailbox: Mailbox, dana: Contact, book: Book, cast: Cast, reading: Reads
) -> None:
    add_contact(book.bobs, name="Dana", email="dana@acme.example", actor=cast.actor("bob"))
    mailbox.comes(at("2026-03-02 13:00"), id="q@a.example")
    reading()
    waiting = Arrival.objects.get()
    assert waiting.code == "several_accounts"
    assign_arrival(waiting, account=book.bobs.pk, actor=cast.actor("olive"))
    mailbox.comes(at("2026-03-02 13:30"), answers="q@a.example")
    reading()
    assert set(Message.objects.values_list("account_id", flat=True)) == {book.bobs.pk}


def test_a_letter_to_contacts_of_two_accounts_answers_both(
    connector: Connector, mailbox: Mailbox, dana: Contact, book: Book, cast: Cast, reading: Reads
) -> None:
    add_contact(book.bobs, name="Bea", email="bea@borealis.example", actor=cast.actor("bob"))
    mailbox.goes(at("2026-03-02 13:00"), to="dana@acme.example, bea@borealis.example")
    reading()
    assert set(Message.objects.values_list("account_id", flat=True)) == {book.alices.pk, book.bobs.pk}


def test_what_we_write_to_ourselves_is_nobodys(connector: Connector, mailbox: Mailbox, reading: Reads) -> None:
    mailbox.goes(at("2026-03-02 13:00"), to="alice@example.com")
    reading()
    assert Arrival.objects.get().status == "left_out" and not Message.objects.exists()


def test_the_words_of_a_letter_stand_in_rows_that_can_be_erased(
    connector: Connector, mailbox: Mailbox, dana: Contact, reading: Reads
) -> None:
    mailbox.comes(at("2026-03-02 13:00"), body="A secret of the house")
    mailbox.comes(at("2026-03-02 13:05"), sender="ned@elsewhere.example", body="Another secret")
    reading()
    assert not LedgerEntry.objects.filter(data__icontains="secret").exists()
    assert not LedgerEntry.objects.filter(data__icontains="@").exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sources_arrival WHERE payload LIKE '%%A secret%%'")
        assert cursor.fetchone() == (0,)


def test_a_great_mailbox_is_read_in_pieces(
    connector: Connector, mailbox: Mailbox, dana: Contact, reading: Reads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenure.sources.connectors.mailbox.reading.MOST_LETTERS", 3)
    for number in range(8):
        mailbox.comes(at("2026-03-02 13:00") + timedelta(minutes=number), subject=f"Number {number}")
    reading()
    assert Message.objects.count() == 8


def test_only_what_came_lately_is_read_at_first(
    connector: Connector, mailbox: Mailbox, dana: Contact, reading: Reads
) -> None:
    mailbox.comes(at("2026-01-01 13:00"), subject="long ago")
    mailbox.comes(at("2026-02-20 13:00"), subject="lately")
    reading()
    assert list(Message.objects.values_list("subject", flat=True)) == ["lately"]

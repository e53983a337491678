"""A message that was logged by hand and is then read from the mailbox: one by rule where sure, else a person says."""

from collections.abc import Callable

import pytest
from django.conf import settings as project
from django.test import Client
from django.urls import reverse

from tenure.identity.people import Person
from tenure.records.account import Account
from tenure.records.contact import Contact
from tenure.records.doubles import part_message, plain_subject
from tenure.records.lookup import list_messages
from tenure.records.message import Message, log_message, settle_message
from tenure.sources.connectors.connector import Connector
from tenure.work.commitments import Opening
from tenure.work.refresh import refresh_standing
from tenure.work.today import today
from tests.cast import Cast, at
from tests.days import Days
from tests.sources.connectors.conftest import Mailbox

pytestmark = pytest.mark.requirement("R-09")
Read = Callable[[], None]


@pytest.fixture(autouse=True)
def _plain_static_files(settings: object) -> None:
    """Static files as they lie in the sources: a test does not collect them first."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = project.STORAGES | {"staticfiles": plain}  # type: ignore[attr-defined]


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend=project.AUTHENTICATION_BACKENDS[0])
    return client


def page(person: Person, address: str) -> str:
    return signed_in(person).get(address).content.decode()


def log(acme: Account, dana: Contact, cast: Cast, subject: str, moment: str) -> Message:
    alice = cast.actor("alice")
    return log_message(acme, direction="in", contact=dana.pk, subject=subject, at=at(moment), actor=alice)


def running() -> list[object]:
    return [opening.opened_at for opening in Opening.objects.order_by("opened_at") if opening.is_open]


def test_the_same_subject_near_in_time_is_one_message_and_undone_they_are_two(
    connector: Connector, mailbox: Mailbox, acme: Account, dana: Contact, cast: Cast, days: Days, reading: Read
) -> None:
    days.hands.set(at("2026-03-02 17:00"))
    hand = log(acme, dana, cast, "The oven", "2026-03-02 16:30")
    days.run()
    assert running() == [at("2026-03-02 16:30")]
    mailbox.comes(at("2026-03-02 15:00"), id="q@a.example", subject="Re: The  Oven")
    reading()
    (letter,) = list_messages(cast.actor("alice"), acme)
    assert (letter.read_from, letter.at) == ("mail", at("2026-03-02 15:00"))
    assert Message.objects.get(pk=hand.pk).same_as_id == letter.pk
    assert running() == [at("2026-03-02 15:00")], "the clock runs from when it really came"
    assert "and the same message" in page(cast.alice, reverse("message", args=[letter.pk]))
    signed_in(cast.alice).post(reverse("act", args=["message.part", hand.pk]))
    reading()
    assert len(list_messages(cast.actor("alice"), acme)) == 2
    assert running() == [at("2026-03-02 15:00"), at("2026-03-02 16:30")]


def test_another_subject_is_asked_of_a_person(
    connector: Connector, mailbox: Mailbox, acme: Account, dana: Contact, cast: Cast, days: Days, reading: Read
) -> None:
    days.hands.set(at("2026-03-02 17:00"))
    hand = log(acme, dana, cast, "She asks about ovens", "2026-03-02 16:30")
    settle_message(hand, how="answered_elsewhere", at=at("2026-03-02 16:45"), actor=cast.actor("alice"))
    days.run()
    mailbox.comes(at("2026-03-02 15:00"), subject="Which one do we take?")
    reading()
    letter = Message.objects.get(read_from="mail")
    assert len(list_messages(cast.actor("alice"), acme)) == 2
    assert "Which one do we take?" in page(cast.alice, reverse("messages") + "?show=twice")
    shown = page(cast.alice, reverse("message", args=[letter.pk]))
    assert "This may be the message “She asks about ovens”" in shown
    # The page of the one that was logged asks the same.
    asked = page(cast.alice, reverse("message", args=[hand.pk]))
    assert f'href="{reverse("message", args=[letter.pk])}">“Which one do we take?”</a> that was read from' in asked
    assert f"{reverse('act', args=['message.merge', hand.pk])}?into={letter.pk}" in asked
    signed_in(cast.alice).post(reverse("act", args=["message.merge", hand.pk]), {"into": letter.pk})
    reading()
    merged = page(cast.alice, reverse("message", args=[hand.pk]))
    assert "This may be" not in merged and "The same message as" in merged
    letter.refresh_from_db()
    # What was said of the one that was logged holds for the one that was read.
    assert (letter.settled_how, letter.settled_at) == ("answered_elsewhere", at("2026-03-02 16:45"))
    assert running() == []
    assert "Which one do we take?" not in page(cast.alice, reverse("messages") + "?show=twice")


def test_what_was_said_to_be_two_is_not_asked_again(
    connector: Connector, mailbox: Mailbox, acme: Account, dana: Contact, cast: Cast, days: Days, reading: Read
) -> None:
    days.hands.set(at("2026-03-02 17:00"))
    hand = log(acme, dana, cast, "By telephone", "2026-03-02 16:30")
    mailbox.comes(at("2026-03-02 15:00"), subject="By letter")
    reading()
    assert "By letter" in page(cast.alice, reverse("messages") + "?show=twice")
    assert "This may be" in page(cast.alice, reverse("message", args=[hand.pk]))
    part_message(hand, actor=cast.actor("alice"))
    assert "By letter" not in page(cast.alice, reverse("messages") + "?show=twice")
    assert "This may be" not in page(cast.alice, reverse("message", args=[hand.pk]))


def test_a_subject_is_compared_without_what_answering_puts_before_it() -> None:
    assert plain_subject("RE: Fwd:  The  Oven ") == "the oven"
    assert plain_subject("Regarding the oven") == "regarding the oven"


def test_unanswered_messages_stand_on_today_the_oldest_first(
    acme: Account, dana: Contact, cast: Cast, days: Days
) -> None:
    days.hands.set(at("2026-03-02 17:00"))
    for subject, hour in (("Second", 12), ("First", 11), ("Third", 13)):
        log(acme, dana, cast, subject, f"2026-03-02 {hour}:00")
    refresh_standing([acme.pk], cast.actor("alice"))
    order = ["First", "Second", "Third"]
    assert [item.why for item in today(cast.actor("alice")).due if item.noun == "message"] == order
    for address in (reverse("today"), reverse("messages")):
        shown = page(cast.alice, address)
        places = [shown.index(subject) for subject in order]
        assert places == sorted(places), address

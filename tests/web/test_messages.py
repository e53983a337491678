"""Messages by their pages: what waits, the longest waiting first; a conversation; answered, logged, settled; links."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from tenure.base import clock
from tenure.identity.operations import batch
from tenure.records.account import Account
from tenure.records.contact import add_contact
from tenure.records.delivery import queue_mail
from tenure.records.link import Link
from tenure.records.message import Message, log_message
from tenure.work.refresh import refresh_standing
from tests.book import Book
from tests.cast import Cast
from tests.live import Site
from tests.web.conftest import WIDTHS, PageAt, assert_looks_right

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R-09")]


@pytest.fixture
def acme(cast: Cast, book: Book) -> Account:
    refresh_standing([book.alices.pk, book.bobs.pk], cast.actor("olive"))
    return book.alices


@pytest.fixture
def alice(client: Client, cast: Cast) -> Client:
    client.force_login(cast.alice)
    return client


def came(account: Account, cast: Cast, subject: str, hours: int, **more: object) -> Message:
    contact = account.contacts.first() or add_contact(
        account, name="Dana", email="dana@acme.example", actor=cast.actor("olive")
    )
    given = {"direction": "in", "contact": contact.pk, "subject": subject, "body": f"{subject}?"} | more
    return log_message(account, at=clock.now() - timedelta(hours=hours), actor=cast.actor("olive"), **given)


def page(client: Client, url: str) -> str:
    answered = client.get(url)
    assert answered.status_code == 200
    return answered.content.decode()


def test_what_waits_stands_oldest_first(alice: Client, acme: Account, cast: Cast) -> None:
    for subject, hours in (("Second", 5), ("First", 30), ("Third", 1)):
        came(acme, cast, subject, hours)
    shown = page(alice, "/messages/")
    assert shown.index("First") < shown.index("Second") < shown.index("Third")
    today = page(alice, "/today/")
    assert today.index("First") < today.index("Second") < today.index("Third")


def test_nobody_sees_messages_beyond_their_reach(client: Client, acme: Account, book: Book, cast: Cast) -> None:
    message = came(acme, cast, "Private", 1)
    client.force_login(cast.bob)
    assert "Private" not in page(client, "/messages/")
    assert client.get(reverse("message", args=[message.pk])).status_code == 404


def test_a_conversation_is_read_in_its_order_and_answered(alice: Client, acme: Account, cast: Cast) -> None:
    first = came(acme, cast, "Budget", 5)
    came(acme, cast, "Oven", 2, thread=first.pk)
    shown = page(alice, reverse("message", args=[first.pk]))
    assert shown.index("Budget?") < shown.index("Oven?")
    form = page(alice, f"/do/message.send/{acme.pk}/?answers={first.pk}&contact={first.contact_id}")
    assert f'<option value="{first.contact_id}" selected>' in form
    sent = {"answers": first.pk, "contact": first.contact_id, "body": "Yes", "channel": "email", "delivery": "by_hand"}
    assert alice.post(f"/do/message.send/{acme.pk}/", sent).status_code == 303
    shown = page(alice, reverse("message", args=[first.pk]))
    assert "Alice to Dana" in shown and shown.count("answered") >= 2
    assert "Everything is answered" in page(alice, "/messages/")


@pytest.mark.parametrize(
    ("how", "words"), [("answered_elsewhere", "answered elsewhere"), ("no_reply_needed", "no reply needed")]
)
def test_a_message_is_settled_in_one_act(alice: Client, acme: Account, cast: Cast, how: str, words: str) -> None:
    message = came(acme, cast, "Thanks", 1)
    assert alice.post(f"/do/message.settle/{message.pk}/", {"how": how}).status_code == 303
    assert words in page(alice, reverse("message", args=[message.pk]))
    assert "Everything is answered" in page(alice, "/messages/")


def test_an_answer_given_elsewhere_is_logged_with_its_own_time(alice: Client, acme: Account, cast: Cast) -> None:
    message = came(acme, cast, "Budget", 5)
    sent = {"direction": "out", "channel": "phone", "body": "Told her", "answers": message.pk}
    assert alice.post(f"/do/message.log/{acme.pk}/", sent).status_code == 303
    message.refresh_from_db()
    assert message.answered_at is not None and "Told her" in page(alice, reverse("message", args=[message.pk]))


def test_whoever_was_written_to_is_said_to_have_been(alice: Client, acme: Account, cast: Cast) -> None:
    dana = add_contact(acme, name="Dana", email="dana@acme.example", actor=cast.actor("alice"))
    place = reverse("account", args=[acme.pk])
    with batch(cast.actor("alice")):
        queued = {"key": "hello", "purpose": "welcome", "subject": "Hello", "text": "We begin."}
        mail = queue_mail(dana, actor=cast.actor("alice"), **queued)
    assert "not in touch yet" in page(alice, place), "it waits, and has not gone yet"
    mail.sent_at = clock.now() - timedelta(days=3, hours=1)
    mail.save(update_fields=["sent_at"])
    assert "not in touch yet" not in page(alice, place)
    assert "3 d ago" in page(alice, place)
    # What she wrote since is the later of the two.
    came(acme, cast, "Thanks", 1, contact=dana.pk)
    assert "in touch today" in page(alice, place)


def test_what_a_machine_wrote_waits_for_nobody(alice: Client, acme: Account, cast: Cast) -> None:
    came(acme, cast, "Absent", 1, is_automatic=True)
    assert "Everything is answered" in page(alice, "/messages/")
    assert "Absent" in page(alice, "/messages/?show=automatic") and "Absent" not in page(alice, "/today/")


@pytest.mark.requirement("R-12")
def test_a_link_is_added_and_stands_on_the_account(alice: Client, acme: Account) -> None:
    assert "No page of another tool is linked yet" in page(alice, f"/accounts/{acme.pk}/")
    sent = {"url": "https://app.frame.io/reviews/1a2b/3c4d", "title": "Spring cut", "client_visible": "on"}
    assert alice.post(f"/do/link.add/{acme.pk}/", sent).status_code == 303
    shown = page(alice, f"/accounts/{acme.pk}/")
    assert (
        '<a href="https://app.frame.io/reviews/1a2b/3c4d" rel="noopener noreferrer" target="_blank">Spring cut</a>'
        in shown
    )
    assert "Frame.io · review · in review · the client sees it" in shown
    wrong = alice.post(f"/do/link.add/{acme.pk}/", {"url": "javascript:alert(1)"})
    assert wrong.status_code == 422 and 'value="javascript:alert(1)"' in wrong.content.decode()
    assert Link.objects.count() == 1


@pytest.mark.browser
@pytest.mark.django_db
@pytest.mark.requirement("P-08")
@pytest.mark.parametrize("width", WIDTHS)
def test_messages_are_accessible(page_at: PageAt, site: Site, acme: Account, cast: Cast, width: int) -> None:
    first = came(acme, cast, "Budget", 5)
    came(acme, cast, "Oven", 2, thread=first.pk, body="A longer letter. " * 20)
    opened = page_at("/messages/", width, person=cast.alice)
    for name, address in (
        ("list", "/messages/"),
        ("thread", f"/messages/{first.pk}/"),
        ("sent", "/messages/?show=out"),
    ):
        opened.goto(site.url + address)
        assert_looks_right(opened, f"messages-{name}-{width}")

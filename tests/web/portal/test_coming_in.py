"""How a client's people come in: an invitation by mail, a password, a link that works once; and how it ends."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tenure.base.clock import SetClock
from tenure.base.errors import Forbidden, Refused
from tenure.blueprint.model import Model
from tenure.identity.accounts import Assignment
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.identity.people import Person
from tenure.identity.sign_in_link import make_key
from tenure.outlets.letter import text_of
from tenure.records.account import Account
from tenure.records.contact import Contact, add_contact
from tenure.records.delivery import Mail
from tenure.records.personal import erase_contact
from tenure.records.portal import PortalAccess, invite_contact, remind_contact, withdraw_contact
from tests.book import Book
from tests.cast import Cast
from tests.web.portal.two_sides import with_a_portal

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("P-05", "R-01")]

PASSWORD = "correct horse battery staple"


@pytest.fixture
def model() -> Model:
    return with_a_portal()


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def elise(cast: Cast, book: Book) -> Contact:
    return add_contact(book.alices, name="Elise", email="Elise@acme.example", actor=cast.actor("alice"))


def invited(contact: Contact, by: Actor) -> Person:
    made = invite_contact(contact, actor=by)
    assert made.person is not None
    return made.person


def path_in(mail: Mail) -> str:
    """The path of the first link of a mail, as it goes out."""
    found = re.search(r"https?://[^/\s]+(/\S+)", text_of(mail))
    assert found is not None
    return found[1]


def sees(client: Client, account: Account) -> int:
    return client.get(f"/portal/{account.pk}/").status_code


def test_an_invitation_makes_somebody_of_the_clients_and_writes_to_them(cast: Cast, elise: Contact) -> None:
    person = invited(elise, cast.actor("alice"))
    assert (person.kind, person.email, person.name) == (Person.Kind.CLIENT, "elise@acme.example", "Elise")
    assert [row.role for row in person.memberships.all()] == ["client"]
    mail = Mail.objects.get(person=person)
    assert (mail.purpose, mail.account_id, mail.queued_by) == ("portal_invitation", elise.account_id, cast.alice)
    # Whoever may read the outbox finds no link in it: it is made when the mail goes out.
    assert "{password_link}" in mail.text and "/password/reset/key/" not in mail.text
    fact = LedgerEntry.objects.get(kind="portal.invited")
    assert fact.data["person"] == person.pk and "elise" not in str(fact.data).lower()


def test_the_invitation_leads_by_a_password_into_the_portal(cast: Cast, elise: Contact, client: Client) -> None:
    person = invited(elise, cast.actor("alice"))
    opened = client.get(path_in(Mail.objects.get(person=person)))
    answer = client.post(opened["Location"], {"password1": PASSWORD, "password2": PASSWORD}, follow=True)
    assert answer.redirect_chain[-1][0] == f"/portal/{elise.account_id}/"
    assert "Acme Ltd" in answer.content.decode()
    held = PortalAccess.objects.get(person=person)
    assert held.entered_at is not None and held.seen_at is not None
    assert LedgerEntry.objects.filter(kind="portal.entered", account_id=elise.account_id).count() == 1


def test_only_whoever_may_invites(cast: Cast, elise: Contact) -> None:
    for name in ("sam", "erin", "carl"):
        with pytest.raises(Forbidden):
            invite_contact(elise, actor=cast.actor(name))
    with pytest.raises(Forbidden) as hidden:
        invite_contact(elise, actor=cast.actor("mallory"))
    assert hidden.value.hidden


def test_nobody_of_ours_is_invited_as_a_client(cast: Cast, book: Book) -> None:
    bob = add_contact(book.alices, name="Bob", email="bob@example.com", actor=cast.actor("alice"))
    with pytest.raises(Refused, match="somebody of ours"):
        invite_contact(bob, actor=cast.actor("alice"))
    without = add_contact(book.alices, name="Nell", actor=cast.actor("alice"))
    with pytest.raises(Refused, match="no e-mail address"):
        invite_contact(without, actor=cast.actor("alice"))


def test_one_person_has_several_accounts_and_switches_between_them(cast: Cast, book: Book, elise: Contact) -> None:
    person = invited(elise, cast.actor("alice"))
    again = add_contact(book.bobs, name="Elise", email="elise@acme.example", actor=cast.actor("bob"))
    assert invited(again, cast.actor("bob")).pk == person.pk
    client = Client()
    client.force_login(person)
    assert [sees(client, account) for account in (book.alices, book.bobs, book.mallorys)] == [200, 200, 404]
    chosen = client.get("/portal/").content.decode()
    assert "Acme Ltd" in chosen and "Borealis" in chosen and "Meridian" not in chosen
    assert f'href="/portal/{book.bobs.pk}/"' in client.get(f"/portal/{book.alices.pk}/").content.decode()


def test_access_ends_at_once_and_begins_again(cast: Cast, book: Book, elise: Contact) -> None:
    alice = cast.actor("alice")
    person = invited(elise, alice)
    client = Client()
    client.force_login(person)
    assert sees(client, book.alices) == 200
    feed = reverse("portal_calendar", args=[PortalAccess.objects.get(person=person).calendar_key])
    assert Client().get(feed).status_code == 200
    withdraw_contact(elise, actor=alice)
    assert sees(client, book.alices) == 302  # asked to sign in, which they cannot
    person.refresh_from_db()
    assert not person.is_active
    with pytest.raises(Refused, match="no access"):
        withdraw_contact(elise, actor=alice)
    elise.refresh_from_db()
    invite_contact(elise, actor=alice)
    client.force_login(person)
    assert sees(client, book.alices) == 200
    assert PortalAccess.objects.filter(person=person, withdrawn_at=None).count() == 1
    assert Client().get(feed).status_code == 404  # whoever was given the address before has it no more


def test_ending_one_account_leaves_the_other(cast: Cast, book: Book, elise: Contact) -> None:
    person = invited(elise, cast.actor("alice"))
    again = add_contact(book.bobs, name="Elise", email="elise@acme.example", actor=cast.actor("bob"))
    invite_contact(again, actor=cast.actor("bob"))
    elise.refresh_from_db()
    withdraw_contact(elise, actor=cast.actor("alice"))
    client = Client()
    client.force_login(Person.objects.get(pk=person.pk))
    assert [sees(client, account) for account in (book.alices, book.bobs)] == [404, 200]


def test_an_invitation_is_sent_again(cast: Cast, elise: Contact) -> None:
    alice = cast.actor("alice")
    person = invited(elise, alice)
    elise.refresh_from_db()
    remind_contact(elise, actor=alice)
    assert Mail.objects.filter(person=person, purpose="portal_invitation").count() == 2


def test_a_link_lets_in_once(cast: Cast, book: Book, client: Client) -> None:
    assert client.post("/portal/sign-in/", {"email": "CARL@example.com"})["Location"] == "/portal/sign-in/sent/"
    mail = Mail.objects.get(person=cast.carl)
    assert mail.purpose == "portal_sign_in" and mail.not_before <= mail.queued_at  # nobody waits for undo at the door
    path = path_in(mail)
    # A scanner of mails opens the link, as often as it likes: that changes nothing.
    assert [Client().get(path).status_code for _ in range(3)] == [200, 200, 200]
    entered = client.post(path, follow=True)
    assert entered.redirect_chain[-1][0] == f"/portal/{book.alices.pk}/"
    assert Client().get(path).status_code == 410
    assert Client().post(path).status_code == 410


def test_a_link_lasts_half_an_hour(cast: Cast, book: Book, set_clock: Callable[[], SetClock]) -> None:
    now = set_clock()
    path = f"/portal/come-in/{make_key(cast.carl)}/"
    now.advance(timedelta(minutes=29))
    assert Client().get(path).status_code == 200
    now.advance(timedelta(minutes=2))
    assert Client().post(path).status_code == 410


def test_a_link_that_was_changed_lets_nobody_in(cast: Cast, book: Book) -> None:
    key = make_key(cast.carl)
    other = make_key(cast.alice)  # of a colleague: they have no links
    for made_up in (key[:-2] + "xx", other, "nothing"):
        assert Client().post(f"/portal/come-in/{made_up}/").status_code == 410


def test_a_second_step_is_asked_for_after_a_link(cast: Cast, book: Book, client: Client) -> None:
    TOTP.activate(cast.carl, generate_totp_secret())
    answer = client.post(f"/portal/come-in/{make_key(cast.carl)}/")
    assert answer["Location"].startswith("/second-step/authenticate/")
    assert client.get(f"/portal/{book.alices.pk}/").status_code == 302


def test_the_door_says_nothing_about_who_is_known(
    cast: Cast, client: Client, set_clock: Callable[[], SetClock]
) -> None:
    set_clock()  # each page says when it was made: three in one second are alike, over its end they are not
    answers = [client.post("/portal/sign-in/", {"email": email}, follow=True) for email in
               ("carl@example.com", "nobody@example.com", "alice@example.com")]  # fmt: skip
    pages = [re.sub(r'value="[^"]*"|X-CSRFToken[^}]*', "", answer.content.decode()) for answer in answers]
    assert pages[0] == pages[1] == pages[2]
    assert [mail.person for mail in Mail.objects.all()] == [cast.carl]


def test_links_are_sent_sparingly(cast: Cast, client: Client, set_clock: Callable[[], SetClock]) -> None:
    """Three in ten minutes for one address (ACCOUNT_RATE_LIMITS); the fourth is answered alike and not sent."""
    now = set_clock()
    for _ in range(4):
        answer = client.post("/portal/sign-in/", {"email": "carl@example.com"})
        assert answer["Location"] == "/portal/sign-in/sent/"
        now.advance(timedelta(minutes=1))
    assert Mail.objects.filter(person=cast.carl).count() == 3


def test_a_calendar_reads_meetings_at_a_secret_address(cast: Cast, book: Book, client: Client) -> None:
    client.force_login(cast.carl)
    page = client.get(f"/portal/{book.alices.pk}/meetings/").content.decode()
    found = re.search(r'value="http://testserver(/portal/calendar/[^"]+)"', page)
    assert found is not None
    feed = Client().get(found[1])
    assert (feed.status_code, feed["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert feed.content.startswith(b"BEGIN:VCALENDAR")
    client.post(f"/portal/{book.alices.pk}/calendar/renew/")
    assert Client().get(found[1]).status_code == 404


def test_erasing_a_contact_ends_their_access_and_erases_who_signed_in(cast: Cast, elise: Contact) -> None:
    person = invited(elise, cast.actor("alice"))
    elise.refresh_from_db()
    erase_contact(elise, actor=cast.actor("olive"))
    person.refresh_from_db()
    assert (person.name, person.email, person.is_active) == ("Erased person", None, False)
    assert not Assignment.objects.filter(person=person, until_day=None, role="client").exists()
    assert Mail.objects.get(key__startswith="portal:").text == ""


def test_our_page_shows_who_has_access(cast: Cast, book: Book, elise: Contact, client: Client) -> None:
    client.force_login(cast.alice)
    url = f"/accounts/{book.alices.pk}/portal/"
    before = client.get(url).content.decode()
    assert f"/do/portal.invite/{elise.pk}/" in before
    client.post(f"/do/portal.invite/{elise.pk}/", {})
    after: Any = client.get(url).content.decode()
    assert "by Alice" in after and "has not come in yet" in after
    assert f"/do/portal.remind/{elise.pk}/" in after and f"/do/portal.withdraw/{elise.pk}/" in after


@pytest.mark.requirement("P-10")
def test_whoever_steps_into_a_demo_as_a_client_has_come_into_the_portal(cast: Cast, book: Book, settings: Any) -> None:
    settings.DEMO = True
    Person.objects.filter(pk=cast.carl.pk).update(is_demo=True)
    for _ in range(2):
        Client().post(f"/sign-in/as/{cast.carl.pk}")
    entered = LedgerEntry.objects.filter(kind="portal.entered", account_id=book.alices.pk)
    assert [entry.data["person"] for entry in entered] == [cast.carl.pk], "the first time is a fact, the others are not"

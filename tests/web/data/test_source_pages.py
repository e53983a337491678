"""Sources and arrivals by their pages: connect, see what fails, place what nobody could place."""

import re

import pytest
from django.test import Client

from tenure.records.account import create_account
from tenure.records.contact import Contact
from tenure.records.message import Message
from tenure.sources.connectors.arrival import Arrival, store
from tenure.sources.connectors.connector import Connector, add_connector
from tenure.sources.connectors.items import Item
from tenure.sources.connectors.rounds import take_in
from tests.cast import Cast, at
from tests.web.data.conftest import FORM, page, said, set_aside

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R-09", "R-12")]
MAILBOX = {
    "label": "Hello",
    "source": "mail",
    "host": "imap.example.com",
    "security": "tls",
    "port": "993",
    "user": "hello@ours.example",
    "password": "correct horse",
    "inbox": "INBOX",
    "sent": "",
    "since_days": "30",
    "own": "",
}


def test_a_mailbox_is_connected_by_a_form_and_its_password_is_never_shown(olive: Client) -> None:
    made = olive.post("/data/sources/add/mailbox/", MAILBOX)
    connector = Connector.objects.get()
    assert made.status_code == 302 or made.status_code == 303
    shown = page(olive, f"/data/sources/{connector.pk}/")
    assert "correct horse" not in shown and "Kept. Type another one to change it." in shown
    assert connector.secrets == {"password": "correct horse"}
    assert "never read yet" in page(olive, "/data/sources/")


def test_what_was_typed_stays_where_something_is_missing(olive: Client) -> None:
    refused = olive.post("/data/sources/add/mailbox/", MAILBOX | {"port": "70000", "password": ""})
    shown = refused.content.decode()
    assert refused.status_code == 422 and 'value="imap.example.com"' in shown
    assert "less than or equal to 65535" in shown and not Connector.objects.exists()


def test_a_form_names_an_example_of_its_kind_and_a_kind_that_is_not_there_is_no_page(olive: Client) -> None:
    assert "Such as: Mailbox of the team." in page(olive, "/data/sources/add/mailbox/")
    assert "Such as: Form for raw material." in page(olive, "/data/sources/add/forms/")
    for kind in ("nothing", "tool-nothing"):
        assert olive.get(f"/data/sources/add/{kind}/").status_code == 404
        assert olive.post(f"/data/sources/add/{kind}/", MAILBOX).status_code == 404


def test_another_server_wants_the_password_again(olive: Client) -> None:
    olive.post("/data/sources/add/mailbox/", MAILBOX)
    connector = Connector.objects.get()
    address = f"/data/sources/{connector.pk}/"
    kept = olive.post(address, MAILBOX | {"password": "", "since_days": "10"})
    moved = olive.post(address, MAILBOX | {"password": "", "host": "imap.evil.example"})
    assert (kept.status_code, moved.status_code) == (303, 422)
    assert "type it again" in moved.content.decode()
    connector.refresh_from_db()
    assert (connector.settings["host"], connector.settings["since_days"]) == ("imap.example.com", 10)


def test_the_address_of_a_form_is_shown_once(olive: Client) -> None:
    made = olive.post("/data/sources/add/forms/", {"label": "Up", "source": "up", "mapping": FORM, "signing": ""})
    secret = re.search(r'<code class="secret">http://testserver/hooks/([^/]+)/</code>', made.content.decode())
    assert secret and made["Cache-Control"] == "no-store"
    connector = Connector.objects.get()
    assert secret[1] not in page(olive, f"/data/sources/{connector.pk}/")
    body = {"formID": "2436", "submissionID": "1", "q3_code": "A-1"}
    assert Client().post(f"/hooks/{secret[1]}/", body).status_code == 200
    renewed = olive.post(f"/data/sources/{connector.pk}/address/").content.decode()
    assert secret[1] not in renewed and Client().post(f"/hooks/{secret[1]}/", body).status_code == 404


def test_a_source_that_fails_says_so_on_its_pages(olive: Client) -> None:
    olive.post("/data/sources/add/mailbox/", MAILBOX)
    words = "The server refuses this user name or password."
    Connector.objects.update(error=words, tried_at=at("2026-03-02 14:00"))
    assert words in page(olive, "/data/sources/") and "fails" in page(olive, "/data/sources/")
    assert "It cannot be read." in page(olive, f"/data/sources/{Connector.objects.get().pk}/")


def test_a_submission_is_corrected_and_taken_in(olive: Client, cast: Cast) -> None:
    account = create_account(name="Ashdown Mill", actor=cast.actor("olive"))
    aside = set_aside(cast)
    assert "1 set aside" in page(olive, "/data/sources/")
    shown = page(olive, f"/data/arrivals/{aside.pk}/")
    assert "No account, or more than one, is called “A-77”" in shown and 'value="Six photos"' in shown
    olive.post(f"/data/arrivals/{aside.pk}/correct/", {"value.q3_code": "A-78"})
    assert "It still waits: No account" in said(olive)
    olive.post(f"/data/arrivals/{aside.pk}/correct/", {"value.q3_code": "ashdown mill"})
    assert "It is taken in" in said(olive)
    assert Message.objects.get().account_id == account.pk
    assert "Everything that came found its account" in page(olive, "/data/arrivals/")
    assert "Taken in" in page(olive, f"/data/sources/{aside.connector_id}/")


def letter(cast: Cast, sender: str = "ned@ashdown.example") -> Arrival:
    """A letter of somebody whom nobody knows."""
    settings = {name: MAILBOX[name] for name in ("host", "user")}
    connector = add_connector(
        kind="mailbox", label="Hello", source="mail", settings=settings, secrets={"password": "x"},
        actor=cast.actor("olive"),
    )  # fmt: skip
    payload = {
        "folder": "inbox", "from": sender, "from_name": "Ned", "to": ["hello@ours.example"], "subject": "The oven",
        "body": "Which oven <b>do</b> we take?", "answers": "", "automatic": False,
    }  # fmt: skip
    store(connector, [Item(key="k", happened_at=at("2026-03-02 14:00"), payload=payload, address=sender, thread="t")])
    take_in()
    return Arrival.objects.get()


def test_a_stranger_is_given_to_the_account_at_the_same_domain(olive: Client, cast: Cast) -> None:
    account = create_account(name="Ashdown Mill", website="https://ashdown.example", actor=cast.actor("olive"))
    aside = letter(cast)
    shown = page(olive, f"/data/arrivals/{aside.pk}/")
    assert "Ashdown Mill is at the same domain." in shown and 'value="Ashdown Mill"' in shown
    assert "Which oven &lt;b&gt;do&lt;/b&gt; we take?" in shown
    nobody = olive.post(f"/data/arrivals/{aside.pk}/assign/", {"account": "Nothing"})
    assert nobody.status_code == 422 and "No account within your reach has this name." in nobody.content.decode()
    olive.post(f"/data/arrivals/{aside.pk}/assign/", {"account": "Ashdown Mill", "is_contact": "on", "name": "Ned"})
    message = Message.objects.get()
    assert (message.account_id, message.contact, message.at) == (
        account.pk,
        Contact.objects.get(email="ned@ashdown.example"),
        at("2026-03-02 14:00"),
    )


def test_what_is_dismissed_wants_a_reason_and_stays_in_sight(olive: Client, cast: Cast) -> None:
    aside = letter(cast)
    assert olive.post(f"/data/arrivals/{aside.pk}/dismiss/", {"reason": " "}).status_code == 422
    olive.post(f"/data/arrivals/{aside.pk}/dismiss/", {"reason": "Advertising", "whole_address": "on"})
    assert "Everything that came found its account" in page(olive, "/data/arrivals/")
    assert "Advertising" in page(olive, "/data/arrivals/", show="settled")


def test_pausing_reading_and_removing(olive: Client, cast: Cast) -> None:
    aside = letter(cast)
    address = f"/data/sources/{aside.connector_id}"
    for act, words in (
        ("pause", "Hello is paused"),
        ("resume", "Hello goes on"),
        ("read", "Hello is read at once"),
        ("remove", "Hello is removed"),
    ):
        olive.post(f"{address}/{act}/")
        assert words in said(olive)
    assert "Nothing is connected yet" in page(olive, "/data/sources/")
    # What it brought stays, and can still be placed.
    assert aside.title in page(olive, "/data/arrivals/")

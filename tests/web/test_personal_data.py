"""Personal data by the pages: a contact's and an account's are taken along, a contact's are erased, and stay erased."""

import json
from datetime import date

import pytest
from django.conf import settings as project
from django.test import Client
from django.urls import reverse

from tenure.blueprint.model import Model, Retention
from tenure.records.account import close_account
from tenure.records.contact import Contact, leave_contact, rejoin_contact
from tenure.records.message import Message
from tenure.records.note import log_note
from tenure.records.personal import Mention
from tests.web.world import World, lived_in

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("P-15")]


@pytest.fixture
def model() -> Model:
    return lived_in().model_copy(update={"retention": Retention(contact_days=730)})


def signed_in(world: World, client: Client, name: str) -> Client:
    client.force_login(getattr(world.cast, name), backend=project.AUTHENTICATION_BACKENDS[0])
    return client


def test_a_contact_is_exported_and_erased_from_their_page(world: World, client: Client) -> None:
    contact = world.rows["contact"][0]
    alice = signed_in(world, client, "alice")
    page = reverse("contact", args=[contact])
    shown = alice.get(page).content.decode()
    assert "elise@acme.example" in shown
    listed = shown.split('id="messages"')[1].split("</ul>")[0]
    message = reverse("message", args=world.rows["message"])
    assert f'<a href="{message}">The oven</a><small>from them</small>' in listed and listed.count("<li>") == 1
    taken = alice.post(reverse("contact_export", args=[contact]))
    kept = json.loads(taken.content)
    assert kept["contact"]["email"] == "elise@acme.example"
    assert [message["body"] for message in kept["messages"]] == ["Which oven do we take?"]

    erase = reverse("act", args=["contact.erase", contact])
    assert alice.post(erase, {"next": page}).status_code == 303
    shown = alice.get(page).content.decode()
    assert "elise" not in shown.lower()
    assert "erased" in shown
    # What she wrote is gone from its row, and nobody erases twice.
    assert Message.objects.get(pk=world.rows["message"][0]).body == ""
    assert alice.post(erase).status_code == 422


def test_a_text_that_may_still_name_them_is_read_and_said_to_be_mended(world: World, client: Client) -> None:
    contact = Contact.objects.get(pk=world.rows["contact"][0])
    alice = signed_in(world, client, "alice")
    log_note(world.account, text="Elise decides alone", actor=world.cast.actor("alice"))
    assert alice.post(reverse("act", args=["contact.erase", contact.pk])).status_code == 303
    assert Mention.objects.exists()
    page = reverse("contact", args=[contact.pk])
    assert "May still name somebody who was erased" in alice.get(page).content.decode()
    for mention in Mention.objects.all():
        cleared = signed_in(world, client, "olive").post(reverse("act", args=["mention.clear", mention.pk]))
        assert cleared.status_code == 303
    assert "May still name" not in alice.get(page).content.decode()


def test_a_page_says_until_when_somebody_is_kept(world: World, client: Client) -> None:
    contact = Contact.objects.get(pk=world.rows["contact"][0])
    page, olive = reverse("contact", args=[contact.pk]), world.cast.actor("olive")
    alice = signed_in(world, client, "alice")
    assert "kept until" not in alice.get(page).content.decode()
    leave_contact(contact, on=date(2026, 3, 2), actor=olive)
    # Two years of 365 days; 2028 has a 29 February.
    assert 'kept until <time datetime="2028-03-01"' in alice.get(page).content.decode()
    rejoin_contact(contact, actor=olive)
    assert "kept until" not in alice.get(page).content.decode()
    close_account(world.account, reason="ended", on=date(2026, 3, 3), actor=olive)
    assert 'kept until <time datetime="2028-03-02"' in alice.get(page).content.decode()
    for outsider in ("carl", "mallory"):
        assert signed_in(world, client, outsider).get(page).status_code == 404


def test_an_account_is_exported_whole_for_whoever_asks_what_is_kept(world: World, client: Client) -> None:
    answer = signed_in(world, client, "olive").post(reverse("account_export", args=[world.account.pk]))
    kept = json.loads(answer.content)
    assert [row["name"] for row in kept["contact"]] == ["Elise"]
    assert [row["text"] for row in kept["note"]] == ["They ask about the oven"]


def test_a_client_finds_neither(world: World, client: Client) -> None:
    carl = signed_in(world, client, "carl")
    assert carl.get(reverse("contact", args=world.rows["contact"])).status_code == 404
    assert carl.post(reverse("account_export", args=[world.account.pk])).status_code == 404

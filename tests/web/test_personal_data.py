"""Personal data by the pages: a contact's and an account's are taken along, a contact's are erased, and stay erased."""

import json
from datetime import date, timedelta

import pytest
from django.conf import settings as project
from django.test import Client
from django.urls import reverse

from tenure.blueprint.model import Model, Retention
from tenure.identity.ledger import LedgerEntry
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


def test_whoever_is_named_in_a_matter_is_held_and_their_page_says_who_may_lift_it(world: World, client: Client) -> None:
    contact = world.rows["contact"][0]
    page, erase = reverse("contact", args=[contact]), reverse("act", args=["contact.erase", contact])
    hold = reverse("act", args=["contact.hold", contact])
    olive = signed_in(world, client, "olive")
    today = world.cast.actor("olive").day
    given = {"reason": "Complaint 12", "until_day": (today + timedelta(days=400)).isoformat(), "next": page}
    # A year is the most; the reason is asked for.
    assert "A hold lasts a year at most" in olive.post(hold, given).content.decode()
    assert olive.post(hold, given | {"reason": " "}).status_code == 422
    until = today + timedelta(days=60)
    assert olive.post(hold, given | {"until_day": until.isoformat()}).status_code == 303
    shown = olive.get(page).content.decode()
    assert f'on hold until <time datetime="{until.isoformat()}"' in shown and "Complaint 12" in shown
    assert erase not in shown
    refused = olive.post(erase)
    assert refused.status_code == 422
    said = f"A hold is on this until {until.day} {until:%B %Y}, so nothing of theirs is erased: Success manager or"
    assert said in refused.content.decode()
    # A colleague who may hold nobody learns that there is a hold, and not which matter it is.
    seen = signed_in(world, client, "erin").get(page).content.decode()
    assert "on hold until" in seen and "Complaint 12" not in seen
    # The ledger has the day alone.
    told = LedgerEntry.objects.get(kind="contact.held")
    assert told.data["until"] == until.isoformat() and "Complaint" not in str(told.data)
    olive = signed_in(world, client, "olive")
    assert olive.post(reverse("act", args=["contact.release", contact]), {"next": page}).status_code == 303
    assert "hold until" not in olive.get(page).content.decode()
    assert olive.post(erase, {"next": page}).status_code == 303


def test_a_colleague_is_held_from_their_page(world: World, client: Client) -> None:
    page = reverse("person", args=[world.cast.bob.pk])
    olive = signed_in(world, client, "olive")
    until = world.cast.actor("alice").day
    given = {"reason": "Claim of a former client", "until_day": until.isoformat(), "next": page}
    assert olive.post(reverse("act", args=["person.hold", world.cast.bob.pk]), given).status_code == 303
    assert "Claim of a former client" in olive.get(page).content.decode()
    assert olive.post(reverse("act", args=["person.erase", world.cast.bob.pk])).status_code == 422
    world.cast.bob.refresh_from_db()
    assert (world.cast.bob.name, world.cast.bob.erased_at) == ("Bob", None)

"""A note or time is logged from anywhere, for an account within reach, and taken back within ten seconds."""

import re
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from playwright.sync_api import expect

from tenure.identity.staff import assign
from tenure.records.account import Account, create_account
from tenure.records.activity import Activity
from tenure.records.note import Note, log_note
from tenure.web.undoing import undo_address
from tests.cast import Cast
from tests.web.conftest import PageAt, assert_accessible, assert_fits, screenshot

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("P-08")]


@pytest.fixture
def bakery(cast: Cast) -> Account:
    """An account of Alice's; a second one's name begins with the same word, a third is out of her reach."""
    first, second, other = (
        create_account(name=name, actor=cast.actor("olive"))
        for name in ("Kessler Bakery", "Kessler Roofing", "Lahm Auto")
    )
    for account, person in ((first, cast.alice), (second, cast.alice), (other, cast.mallory)):
        assign(account, person=person.id, role="csm", actor=cast.actor("olive"))
    return first


@pytest.fixture
def alice(client: Client, cast: Cast, bakery: Account) -> Client:
    client.force_login(cast.alice)
    return client


def send(client: Client, **given: Any) -> Any:
    return client.post("/log/", {"account": "Kessler Bakery", "kind": "note", "next": "/more/", **given})


def test_a_note_is_logged_and_taken_back(alice: Client, bakery: Account, cast: Cast) -> None:
    assert send(alice, text="Ask about the new oven")["Location"] == "/more/"
    note = Note.objects.get()
    assert (note.account_id, note.text, note.author) == (bakery.pk, "Ask about the new oven", cast.alice)
    page = alice.get("/more/").content.decode()
    address = re.search(r'action="(/undo/[^"]+)"', page)
    assert address and "Logged for Kessler Bakery" in page
    alice.post(address[1])
    assert not Note.objects.exists()
    assert "taken back already" in alice.post(address[1]).content.decode()


def test_time_wants_its_minutes(alice: Client) -> None:
    refused = send(alice, kind="time", text="Monthly figures")
    assert refused.status_code == 422
    assert refused.context["form"].errors == {"minutes": ["Say how many minutes it took."]}
    assert "Monthly figures" in refused.content.decode()
    send(alice, kind="time", text="Monthly figures", minutes="45")
    activity = Activity.objects.get()
    assert (activity.type, activity.minutes, activity.text) == ("time", 45, "Monthly figures")


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ("kessler", "Which one: Kessler Bakery, Kessler Roofing?"),
        ("Lahm Auto", "No account within your reach has this name."),
        ("Nobody", "No account within your reach has this name."),
    ],
)
def test_the_account_is_one_within_reach(alice: Client, typed: str, wrong: str) -> None:
    refused = send(alice, account=typed, text="x")
    assert refused.context["form"].errors == {"account": [wrong]}
    assert not Note.objects.exists()


def test_a_part_of_one_name_is_enough(alice: Client, bakery: Account) -> None:
    send(alice, account="roof", text="x")
    assert Note.objects.get().account.name == "Kessler Roofing"


def test_an_address_cannot_be_made_up(alice: Client, bakery: Account, cast: Cast) -> None:
    note = log_note(bakery, text="x", actor=cast.actor("alice"))
    forged = signing.dumps(["note.withdraw", "records.Note", note.pk], salt="another")
    assert alice.post(f"/undo/{forged}/").status_code == 422
    assert Note.objects.exists()


def test_an_address_is_of_no_use_to_others(client: Client, bakery: Account, cast: Cast) -> None:
    note = log_note(bakery, text="x", actor=cast.actor("alice"))
    client.force_login(cast.mallory)
    assert client.post(undo_address("note.log", note)).status_code == 404
    client.force_login(cast.olive)
    assert "Somebody else has worked on this" in client.post(undo_address("note.log", note)).content.decode()
    assert Note.objects.exists()


def test_what_nothing_takes_back_has_no_address(bakery: Account) -> None:
    assert undo_address("account.create", bakery) == ""


@pytest.mark.browser
@pytest.mark.parametrize("width", [1440, 390])
def test_one_key_logs_and_one_takes_back(page_at: PageAt, bakery: Account, cast: Cast, width: int) -> None:
    page = page_at("/more/", width, person=cast.alice)
    page.keyboard.press("l")
    dialog = page.get_by_role("dialog", name="Log")
    dialog.get_by_label("Account").fill("Kessler Bakery")
    dialog.get_by_role("button", name="Log it").click()
    expect(dialog).to_contain_text("Write the note first.")  # refused inside the dialog; what was typed stays
    expect(dialog.get_by_label("Account")).to_have_value("Kessler Bakery")
    assert_accessible(page)
    assert_fits(page)
    screenshot(page, f"log-{width}")
    dialog.get_by_label("Words").fill("Ask about the new oven")
    dialog.get_by_role("button", name="Log it").click()
    expect(page.locator("#said")).to_contain_text("Logged for Kessler Bakery")
    screenshot(page, f"undo-{width}")
    page.keyboard.press("u")
    expect(page.locator("#said")).to_contain_text("Taken back")
    assert not Note.objects.exists()

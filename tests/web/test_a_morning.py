"""A success manager's morning in a real browser: by hand, and the same by keyboard alone."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.identity.actor import Actor
from tenure.identity.operations import batch
from tenure.measures.scorecards import score
from tenure.records.action import ActionItem
from tenure.records.contact import add_contact
from tenure.records.meeting import Meeting, schedule_meeting
from tenure.records.minutes import Decision
from tenure.records.note import Note
from tenure.records.rating import Rating
from tenure.work.plays import Play
from tenure.work.refresh import refresh_standing
from tenure.work.scoring import Scored, keep_scores
from tenure.work.signals import OpenSignal
from tests.book import Book
from tests.cast import Cast, blueprint
from tests.web.conftest import PageAt, assert_accessible, assert_fits, screenshot

pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.requirement("P-08", "P-04")]

PASSWORD = "correct horse battery staple"


@pytest.fixture
def model() -> Model:
    bands = {
        "green": {"label": "Green", "tone": "green", "from": 4},
        "yellow": {"label": "Yellow", "tone": "yellow", "from": 3},
        "red": {"label": "Red", "tone": "red", "from": 1},
    }
    part = {"points": [[1, 1], [5, 5]], "missing": "unknown"}
    card = {
        "label": "Velocity", "primary": True, "low": 1, "high": 5, "decimals": 1, "bands": bands,
        "components": {
            "ease": {"label": "Ease", "measure": "rating_ease", "bad": "working together is hard", **part},
            "pace": {"label": "Pace", "measure": "rating_pace", "bad": "our work has slowed down", **part},
        },
    }  # fmt: skip
    ratings = {"ease": {"text": "How easy was it"}, "pace": {"text": "How was our pace"}}
    return blueprint(
        scorecards={"velocity": card},
        meetings={"sync": {"label": "Sync", "minutes": 30, "agenda": ["Results", "Next steps"], "ratings": ratings}},
        signals={"red": {"label": "Red for a week", "when": "score < 3", "severity": "red", "owner": "csm"}},
        playbooks={"rescue": {"label": "Out of red", "steps": {"call": {"label": "Call them", "owner": "csm"}}}},
    )


@pytest.fixture
def sync(cast: Cast, book: Book, model: Model, system: Actor) -> Meeting:
    """Acme is red by its ratings of 2 and 3, a signal fires, and a sync began ten minutes ago; Alice has a password."""
    cast.alice.set_password(PASSWORD)
    cast.alice.save()
    account, alice, now = book.alices, cast.actor("alice"), clock.now()
    elise = add_contact(account, name="Elise Kessler", email="elise@acme.example", is_primary=True, actor=alice)
    meeting = schedule_meeting(
        account, type="sync", starts_at=now - timedelta(minutes=10), attendees=[elise.pk], actor=alice
    )
    OpenSignal.objects.create(
        account_id=account.pk, rule="red", state="firing", severity="red", kind="risk", owner_role="csm",
        owner=cast.alice, since=now - timedelta(days=9), fired_at=now - timedelta(days=2), reason="Red for 9 days",
    )  # fmt: skip
    refresh_standing([account.pk, book.bobs.pk], system)
    values = {"rating_ease": Decimal(2), "rating_pace": Decimal(3)}
    # (2 + 3) / 2 = 2.5, below 3.
    made = score("velocity", model.scorecards["velocity"], values.get)
    with batch(Actor.machine("pipeline")):
        keep_scores(model.scorecards["velocity"], alice.day, now, now, {account.pk: Scored(made, {"rating_ease": 2.0})})
    return meeting


def sign_in(page: Page) -> None:
    page.get_by_label("Email").fill("alice@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What is due")).to_be_visible()


def line(page: Page, text: str) -> None:
    """Write a line into the pad, send it by Enter, and find the pad ready for the next."""
    pad = page.get_by_label("New line of notes")
    pad.press_sequentially(text)
    pad.press("Enter")
    expect(page.locator("#notes-of-meeting")).to_contain_text(re.sub(r"^[ad] ", "", text).splitlines()[0])
    expect(page.get_by_label("New line of notes")).to_be_focused()
    expect(page.get_by_label("New line of notes")).to_have_value("")


def test_a_morning_by_hand(page_at: PageAt, sync: Meeting, cast: Cast, book: Book) -> None:
    page = page_at("/today/")
    sign_in(page)
    expect(page.get_by_role("heading", name="What is slipping")).to_be_visible()
    expect(page.locator("section", has=page.locator("#slipping"))).to_contain_text("Red for a week: Red for 9 days")
    screenshot(page, "morning-1-today")

    # A note from anywhere, and back.
    page.keyboard.press("l")
    page.get_by_label("Account").fill("Acme Ltd")
    page.get_by_label("Words").fill("Ask about the new oven")
    page.get_by_role("button", name="Log it").click()
    expect(page.locator("#said")).to_contain_text("Logged for Acme Ltd")
    assert Note.objects.get().text == "Ask about the new oven"
    page.keyboard.press("u")
    expect(page.locator("#said")).to_contain_text("Taken back")
    assert not Note.objects.exists()

    # The red account, and why it is red.
    page.get_by_role("link", name="Portfolio").click()
    page.get_by_role("row", name=re.compile("Acme Ltd")).get_by_role("link", name="Acme Ltd", exact=True).click()
    expect(page.get_by_label("State of the account")).to_contain_text("2.5 Red")
    page.get_by_role("link", name="2.5 Red").click()
    evidence = page.get_by_role("dialog", name="Evidence")
    expect(evidence.get_by_role("row", name=re.compile("Ease The rating of ease"))).to_contain_text("2")
    screenshot(page, "morning-2-why")
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(evidence).to_be_hidden()

    # A play for its signal.
    page.get_by_role("link", name="Start a play").click()
    dialog = page.get_by_role("dialog", name="Start a play")
    dialog.get_by_label("Playbook").select_option("rescue")
    dialog.get_by_role("button", name="Start").click()
    expect(page.locator("section", has=page.locator("#signals"))).to_contain_text("Out of red")
    assert Play.objects.get().account_id == book.alices.pk

    # The meeting: prepared, held, noted, rated.
    page.get_by_role("link", name="Sync").first.click()
    page.get_by_label("New line of the agenda").fill("The winter menu")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#agenda-of-meeting")).to_contain_text("The winter menu")
    page.get_by_role("button", name="It was held").click()
    expect(page.get_by_role("heading", name="Rating")).to_be_visible()
    page.get_by_label("New line of notes").focus()
    line(page, "Happy with the autumn")
    line(page, "a Send the flyer draft")
    line(page, "d Drop the recipe series until January")
    screenshot(page, "morning-3-meeting")
    assert_accessible(page)
    page.get_by_role("group", name=re.compile("How easy was it")).get_by_text("4").click()
    page.get_by_role("group", name=re.compile("How was our pace")).get_by_text("5").click()
    page.get_by_role("button", name="Rate", exact=True).click()
    expect(page.locator("#said")).to_contain_text("Rated")
    assert dict(Rating.objects.values_list("part", "given")) == {"ease": 4, "pace": 5}

    # The notes for the client, reviewed and sent.
    page.get_by_role("link", name="Finish and review notes").click()
    draft = page.get_by_label("Notes for the client")
    assert "- Send the flyer draft (Alice)" in draft.input_value()
    assert "Happy with the autumn" not in draft.input_value(), "what is ours alone is not drafted for the client"
    assert_accessible(page)
    page.get_by_role("button", name="I sent them myself").click()
    expect(page.locator("#said")).to_contain_text("Notes logged as sent")
    sync.refresh_from_db()
    assert sync.status == "held" and "Drop the recipe series" in sync.notes_client

    # All of it stands on the account.
    page.get_by_role("navigation", name="Where you are").get_by_role("link", name="Acme Ltd").click()
    timeline = page.locator("#timeline-of-account")
    for words in ("Decision made", "Drop the recipe series until January", "Action item added", "Meeting notes sent"):
        expect(timeline).to_contain_text(words)
    expect(page.locator("section", has=page.locator("#work"))).to_contain_text("Send the flyer draft")
    assert_fits(page)
    screenshot(page, "morning-4-account")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def to(page: Page, name: str, *, most: int = 40) -> None:
    """Tab until the control of this name has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        words = page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.textContent")
        if words.strip().startswith(name):
            return
    pytest.fail(f"{name} is not reached by Tab")


def test_a_morning_by_keyboard_alone(page_at: PageAt, sync: Meeting, cast: Cast, book: Book) -> None:
    page = page_at("/today/")
    page.get_by_label("Email").focus()
    page.keyboard.type("alice@example.com")
    press(page, "Tab")
    page.keyboard.type(PASSWORD)
    press(page, "Enter")
    expect(page.get_by_role("heading", name="What is due")).to_be_visible()

    press(page, "g", "p")
    page.wait_for_url("**/portfolio/")
    press(page, "j", "Enter")
    page.wait_for_url(f"**/accounts/{book.alices.pk}/")

    press(page, "n")  # a note on what stands open
    log = page.get_by_role("dialog", name="Log")
    expect(log.get_by_label("Account")).to_have_value("Acme Ltd")
    expect(log.get_by_label("Words")).to_be_focused()
    page.keyboard.type("Ask about the new oven")
    press(page, "Control+Enter")
    expect(page.locator("#said")).to_contain_text("Logged for Acme Ltd")
    press(page, "u")
    expect(page.locator("#said")).to_contain_text("Taken back")
    assert not Note.objects.exists()

    to(page, "2.5 Red")
    press(page, "Enter")
    expect(page.get_by_role("dialog", name="Evidence")).to_be_visible()
    press(page, "Escape")
    expect(page.get_by_role("link", name="2.5 Red")).to_be_focused()

    to(page, "Start a play", most=60)
    press(page, "Enter")
    expect(page.get_by_role("dialog", name="Start a play")).to_be_visible()
    to(page, "Start", most=10)
    press(page, "Enter")
    expect(page.locator("section", has=page.locator("#signals"))).to_contain_text("Out of red")
    assert Play.objects.get().playbook == "rescue"

    press(page, "g", "m")
    page.wait_for_url("**/meetings/")
    press(page, "j", "Enter")
    page.wait_for_url(f"**/meetings/{sync.pk}/")
    to(page, "It was held", most=60)
    press(page, "Enter")
    expect(page.get_by_role("heading", name="Rating")).to_be_visible()

    press(page, "n")
    page.keyboard.type("Happy with the autumn")
    press(page, "Shift+Enter")
    page.keyboard.type("and with the team")
    press(page, "Enter")
    expect(page.locator("#notes-of-meeting")).to_contain_text("and with the team")
    line(page, "a Send the flyer draft")
    line(page, "d Drop the recipe series")
    press(page, "Escape", "4", "2")
    to(page, "Rate", most=12)
    press(page, "Enter")
    expect(page.locator("#said")).to_contain_text("Rated")
    assert dict(Rating.objects.values_list("part", "given")) == {"ease": 4, "pace": 2}
    assert ActionItem.objects.get().text == "Send the flyer draft"
    assert Decision.objects.get().text == "Drop the recipe series"
    sync.refresh_from_db()
    assert sync.notes_internal == "Happy with the autumn\nand with the team"


def test_without_a_script_the_pad_works_too(page_at: PageAt, sync: Meeting, cast: Cast) -> None:
    page = page_at(f"/meetings/{sync.pk}/", person=cast.alice, script=False)
    page.get_by_label("New line of notes").fill("a Send the flyer draft")
    page.get_by_role("button", name="Add the line").click()
    expect(page.locator("#notes-of-meeting")).to_contain_text("Send the flyer draft")
    assert ActionItem.objects.get().owner == cast.alice
    page.get_by_label("New line of the agenda").fill("The winter menu")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#agenda-of-meeting")).to_contain_text("The winter menu")

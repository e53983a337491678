"""A client's first visit on a phone: invitation, password, home, plan confirmed, piece approved, a file, a message."""

import re
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from tenure.outlets.letter import text_of
from tenure.records.contact import Contact, add_contact
from tenure.records.deliverable import Deliverable
from tenure.records.delivery import Mail
from tenure.records.goal import Goal
from tenure.records.message import Message
from tenure.records.portal import invite_contact
from tenure.records.upload import Upload
from tests.web.conftest import PageAt, assert_accessible, assert_fits, screenshot
from tests.web.portal.two_sides import Sides, model, sides  # noqa: F401 - fixtures

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db,
    pytest.mark.requirement("P-05", "R-01", "R-03", "R-05", "P-08"),
]

PASSWORD = "correct horse battery staple"


def looked_at(page: Page, name: str) -> None:
    assert_fits(page)
    assert_accessible(page)
    screenshot(page, f"portal-{name}")


def invited(sides: Sides) -> tuple[Contact, str]:
    """Somebody new of the client's, and the path of the link in their invitation."""
    alice = sides.cast.actor("alice")
    contact = add_contact(sides.own.account, name="Elise", email="elise@acme.example", actor=alice)
    contact = invite_contact(contact, actor=alice)
    found = re.search(r"https?://[^/\s]+(/\S+)", text_of(Mail.objects.get(person=contact.person)))
    assert found is not None
    return contact, found[1]


def test_a_first_visit_on_a_phone(page_at: PageAt, sides: Sides, tmp_path: Any) -> None:
    _, path = invited(sides)
    page = page_at(path, 390)
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    looked_at(page, "password")
    page.get_by_role("button", name="Keep this password").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Acme Ltd")
    expect(page.get_by_text("Confirm what we agreed", exact=True)).to_be_visible()
    looked_at(page, "home")

    page.get_by_role("link", name="Plan", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your plan")
    looked_at(page, "plan")
    page.get_by_role("button", name="Yes, this is the plan").click()
    expect(page.get_by_text("Confirmed. This is the plan.")).to_be_visible()
    assert Goal.objects.get(account=sides.own.account, title="60 orders").agreed_at is not None

    page.get_by_role("link", name="Work", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What we make for you")
    looked_at(page, "work")
    page.get_by_role("link", name="Decide about Hands at work").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hands at work")
    looked_at(page, "piece")
    page.get_by_role("button", name="Approve: it may go out").click()
    expect(page.get_by_text("Approved", exact=True)).to_be_visible()
    assert Deliverable.objects.get(pk=sides.own.rows["piece"]).means == "ready"

    file = tmp_path / "oven.txt"
    file.write_text("The oven in the morning\n")
    page.get_by_label("Send us photos, video or a document").set_input_files(file)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("link", name="oven.txt")).to_be_visible()
    assert Upload.objects.get(name="oven.txt").by_client

    page.get_by_role("link", name="Messages", exact=True).click()
    page.get_by_label("What is it about?").fill("The oven")
    page.get_by_label("Your message").fill("It is being repaired on Monday.")
    looked_at(page, "messages")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("link", name="The oven")).to_be_visible()
    assert Message.objects.get(subject="The oven").contact is not None


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_every_page_looks_right(page_at: PageAt, sides: Sides, width: int, theme: str) -> None:
    """With data, and where something went wrong what was typed still stands there."""
    pages = {
        "home": ("portal_home", ()), "plan": ("portal_plan", ()), "results": ("portal_results", ()),
        "work": ("portal_work", ()), "piece": ("portal_piece", ("piece",)), "accept": ("portal_piece", ("pillars",)),
        "meetings": ("portal_meetings", ()), "ahead": ("portal_meeting", ("ahead",)),
        "held": ("portal_meeting", ("held",)), "messages": ("portal_messages", ()),
        "thread": ("portal_thread", ("thread",)),
    }  # fmt: skip
    page = page_at("/portal/", width, theme, sides.own.client)
    base = page.url.split("/portal/")[0]
    for name, (url, rows) in pages.items():
        page.goto(base + reverse(url, args=sides.own.args(*rows)))
        looked_at(page, f"{name}-{width}-{theme}")
    page.goto(base + reverse("portal_messages", args=sides.own.args()))
    page.get_by_label("What is it about?").fill("Prices")
    page.get_by_label("Your message").fill("   ")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_label("What is it about?")).to_have_value("Prices")
    looked_at(page, f"error-{width}-{theme}")


def test_the_doors_look_right(page_at: PageAt, sides: Sides) -> None:
    for name, path in (
        ("sign-in", reverse("portal_sign_in")),
        ("sent", reverse("portal_link_sent")),
        ("used-up", reverse("portal_enter", args=["made-up"])),
    ):
        for width in (390, 1440):
            looked_at(page_at(path, width), f"{name}-{width}")

"""Pages on a phone: acts go where the row opens something that holds them; long words push nothing sideways."""

import pytest
from playwright.sync_api import expect

from tenure.blueprint.model import Model
from tenure.records.contact import Contact
from tenure.records.delivery import Mail
from tenure.records.goal import Goal
from tests.live import Site
from tests.web.conftest import PageAt, assert_fits
from tests.web.world import World, lived_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.requirement("P-08")]


@pytest.fixture
def model() -> Model:
    return lived_in()


def test_a_step_of_a_play_is_done_on_a_phone(page_at: PageAt, site: Site, world: World) -> None:
    page = page_at(f"/plays/{world.rows['play'][0]}/", 390, person=world.cast.alice)
    expect(page.locator("li", has_text="Call them").get_by_role("button", name="Done")).to_be_visible()
    # The account's own work opens a dialog, which holds the act.
    page.goto(f"{site.url}/accounts/{world.account.pk}/")
    work = page.locator("section", has=page.get_by_role("heading", name="Work", exact=True))
    expect(work.locator(".rows .tail .btn").first).to_be_attached()
    expect(work.locator(".rows .tail .btn").first).to_be_hidden()


def test_long_words_push_no_page_sideways(page_at: PageAt, site: Site, world: World) -> None:
    address = "bernadette.featherstonehaugh@arndtandwintersheatingandcooling.example"
    Contact.objects.filter(pk=world.rows["contact"][0]).update(email=address)
    Mail.objects.filter(pk=world.rows["mail"][0]).update(text=f"Read it here:\n\nhttps://{'portal' * 12}.example/")
    Goal.objects.filter(account=world.account).update(status="attained", current=200)
    page = page_at(f"/contacts/{world.rows['contact'][0]}/", 390, person=world.cast.alice)
    assert_fits(page)
    page.goto(f"{site.url}/outbox/{world.rows['mail'][0]}/")
    assert_fits(page)
    # A verdict of an outcome stays in its column, on a wide page as well: it ran over its neighbour.
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{site.url}/accounts/{world.account.pk}/")
    column, verdict = page.locator(".goal .out").bounding_box(), page.locator(".goal .out .tag").bounding_box()
    assert column and verdict
    assert column["x"] <= verdict["x"] and verdict["x"] + verdict["width"] <= column["x"] + column["width"] + 1

"""Rows on a phone: acts go where the row opens something that holds them, and stay where it opens nothing."""

import pytest
from playwright.sync_api import expect

from tenure.blueprint.model import Model
from tests.live import Site
from tests.web.conftest import PageAt
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

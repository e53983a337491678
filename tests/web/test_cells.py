"""Cells of the portfolio that are changed where they stand: by hand and by keyboard, with undo, errors in the cell."""

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from tenure.blueprint.model import Model
from tenure.identity.accounts import holder
from tenure.identity.actor import company_day
from tenure.records.account import Account, plan_next_step
from tests.web.conftest import PageAt, assert_accessible, assert_fits, screenshot
from tests.web.world import World, lived_in

HTMX = {"HX-Request": "true"}


@pytest.fixture
def model() -> Model:
    return lived_in()


def address(world: World, cell: str) -> str:
    return f"/portfolio/{world.account.pk}/{cell}/"


def undo_in(body: str) -> str:
    found = re.search(r'action="(/undo/[^"]+)"', body)
    assert found, body
    return found[1]


@pytest.mark.django_db
@pytest.mark.requirement("P-08")
class TestByRequest:
    def test_a_tier_is_changed_by_a_plain_form(self, client: Client, world: World) -> None:
        client.force_login(world.cast.alice)
        assert 'name="tier"' in client.get(address(world, "tier")).content.decode()
        answered = client.post(address(world, "tier"), {"tier": "growth"})
        assert (answered.status_code, answered["Location"]) == (303, "/portfolio/")
        world.account.refresh_from_db()
        assert world.account.tier == "growth"

    def test_the_list_shows_a_change_at_once(self, client: Client, world: World) -> None:
        client.force_login(world.cast.alice)
        changed = client.post(address(world, "tier"), {"tier": "growth"}, headers=HTMX).content.decode()
        assert re.search(r"data-edit>Growth<", changed)
        assert re.search(r"data-edit>Growth<", client.get("/portfolio/?col=tier").content.decode())

    def test_undo_gives_back_what_was_there(self, client: Client, world: World) -> None:
        client.force_login(world.cast.alice)
        plan_next_step(
            world.account, text="Send the draft", owner=world.cast.bob.pk, on=date(2027, 3, 1),
            actor=world.cast.actor("alice"),
        )  # fmt: skip
        changed = client.post(address(world, "step"), {"text": "Call them", "on": "2027-03-04"}, headers=HTMX)
        step = Account.objects.get(pk=world.account.pk)
        assert (step.next_step, step.next_step_on, step.next_step_owner) == (
            "Call them", date(2027, 3, 4), world.cast.bob,
        )  # fmt: skip
        client.post(undo_in(changed.content.decode()))
        step.refresh_from_db()
        assert (step.next_step, step.next_step_on, step.next_step_owner) == (
            "Send the draft", date(2027, 3, 1), world.cast.bob,
        )  # fmt: skip

    def test_a_new_owner_is_undone_to_the_one_before(self, client: Client, world: World) -> None:
        client.force_login(world.cast.lena)
        changed = client.post(address(world, "owner"), {"person": world.cast.bob.pk}, headers=HTMX).content.decode()
        assert holder(world.account.pk, "csm", company_day()) == world.cast.bob.pk
        assert re.search(r"data-edit>Bob<", changed)
        client.post(undo_in(changed))
        assert holder(world.account.pk, "csm", company_day()) == world.cast.alice.pk

    def test_an_empty_step_takes_it_away(self, client: Client, world: World) -> None:
        plan_next_step(world.account, text="Send the draft", actor=world.cast.actor("alice"))
        client.force_login(world.cast.alice)
        client.post(address(world, "step"), {"text": "", "on": ""}, headers=HTMX)
        assert Account.objects.get(pk=world.account.pk).next_step == ""

    def test_nothing_changed_is_nothing_done(self, client: Client, world: World) -> None:
        client.force_login(world.cast.alice)
        body = client.post(address(world, "tier"), {"tier": world.account.tier}, headers=HTMX).content.decode()
        assert "/undo/" not in body

    def test_what_is_wrong_stays_in_the_cell_with_what_was_typed(self, client: Client, world: World) -> None:
        client.force_login(world.cast.alice)
        answered = client.post(address(world, "step"), {"text": "Call them", "on": "the day after"}, headers=HTMX)
        body = answered.content.decode()
        assert answered.status_code == 422
        assert "<html" not in body
        assert 'value="Call them"' in body and 'value="the day after"' in body
        assert "Enter a valid date" in body
        assert Account.objects.get(pk=world.account.pk).next_step == ""

    def test_who_may_not_change_a_cell_reads_it(self, client: Client, world: World) -> None:
        client.force_login(world.cast.alice)  # she may not give accounts away
        body = client.get("/portfolio/?col=owner&col=tier").content.decode()
        assert "/owner/" not in body and "/tier/" in body
        assert client.post(address(world, "owner"), {"person": world.cast.bob.pk}).status_code == 403

    def test_an_earlier_day_has_nothing_to_change(self, client: Client, world: World) -> None:
        client.force_login(world.cast.alice)
        client.post("/as-of/", {"day": "2026-01-05"})
        assert "data-edit" not in client.get("/portfolio/?col=tier").content.decode()
        assert client.post(address(world, "tier"), {"tier": "growth"}).status_code == 422


@pytest.mark.browser
@pytest.mark.django_db
@pytest.mark.requirement("P-08")
class TestInTheBrowser:
    def test_a_step_is_planned_by_keyboard_alone(self, page_at: PageAt, world: World) -> None:
        page: Page = page_at("/portfolio/?col=next_step&col=tier", person=world.cast.alice)
        page.keyboard.press("j")
        page.keyboard.press("e")
        step = page.get_by_role("textbox", name="Next step")
        expect(step).to_be_focused()
        page.keyboard.type("Call about the oven")
        page.keyboard.press("Tab")
        page.get_by_label("On", exact=True).fill("2027-03-04")
        screenshot(page, "cell-open")
        assert_fits(page)
        assert_accessible(page)
        page.keyboard.press("Enter")
        link = page.locator("a[data-edit]", has_text="Call about the oven")
        expect(link).to_be_focused()
        assert Account.objects.get(pk=world.account.pk).next_step == "Call about the oven"
        page.keyboard.press("u")
        expect(page.locator("a[data-edit]", has_text="Call about the oven")).to_have_count(0)
        assert Account.objects.get(pk=world.account.pk).next_step == ""

    def test_escape_leaves_it_as_it_was(self, page_at: PageAt, world: World) -> None:
        page = page_at("/portfolio/?col=tier", person=world.cast.alice)
        page.locator("a[data-edit]").first.click()
        page.get_by_role("combobox", name="Tier").select_option("growth")
        page.keyboard.press("Escape")
        expect(page.locator("a[data-edit]").first).to_be_focused()
        assert Account.objects.get(pk=world.account.pk).tier == "core"

    def test_an_open_cell_selects_no_row(self, page_at: PageAt, world: World) -> None:
        page = page_at("/portfolio/?col=tier", person=world.cast.alice)
        page.locator("a[data-edit]").first.click()
        expect(page.get_by_role("combobox", name="Tier")).to_be_focused()
        expect(page.locator(".bulk.of-rows")).to_be_hidden()

    def test_what_is_refused_is_said_in_the_cell(self, page_at: PageAt, world: World, monkeypatch: Any) -> None:
        page = page_at("/portfolio/?col=tier", person=world.cast.alice)
        page.locator("a[data-edit]").first.click()
        page.get_by_role("combobox", name="Tier").evaluate(
            "box => (box.options[1].value = 'gold', box.selectedIndex = 1)"
        )
        page.keyboard.press("Enter")
        expect(page.locator(".edit .wrong")).to_contain_text("gold is not one of the available choices")
        screenshot(page, "cell-refused")
        assert_accessible(page)

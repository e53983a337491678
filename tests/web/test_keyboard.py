"""The keyboard moves, opens, selects and finds; nothing happens by itself while one types."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tenure.web import places
from tenure.web.places import Place
from tests.cast import Cast
from tests.web.conftest import PageAt, assert_accessible

pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.requirement("P-08")]


@pytest.fixture
def states(page_at: PageAt, cast: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Page:
    settings.DEBUG = True
    monkeypatch.setattr(places, "every_place", lambda: (Place("More", "more", "more", key="m"),))
    page = page_at("/states/", person=cast.alice)
    page.locator("tbody .at, li.at").evaluate_all("rows => rows.forEach(row => row.classList.remove('at'))")
    return page


def at(page: Page) -> str:
    """The title of the row at the cursor."""
    return page.locator("[data-walk] .at").locator("a").first.inner_text()


def test_j_and_k_move_and_stop_at_the_ends(states: Page) -> None:
    states.keyboard.press("k")
    last = at(states)
    states.keyboard.press("j")
    assert at(states) == last
    for _ in range(30):
        states.keyboard.press("k")
    assert at(states).startswith("Hollenbeck")
    states.keyboard.press("j")
    assert at(states) == "Lahm Road Auto & Tire"
    expect(states.locator("[data-walk] .at")).to_have_count(1)


def test_x_selects_and_the_bar_counts(states: Page) -> None:
    expect(states.locator(".bulk.of-rows b")).to_have_text("1 selected")  # the sample's second row is selected already
    states.keyboard.press("j")
    states.keyboard.press("x")
    expect(states.locator(".bulk.of-rows b")).to_have_text("2 selected")
    states.get_by_role("button", name="Select none").click()
    expect(states.locator(".bulk.of-rows b")).to_have_text("1 selected")


def test_shift_selects_a_stretch_and_the_head_all(states: Page) -> None:
    boxes = states.locator("tbody input[name=selected]")
    boxes.nth(2).click()
    boxes.nth(4).click(modifiers=["Shift"])
    expect(states.locator(".bulk.of-rows b")).to_have_text("4 selected")
    states.get_by_label("Select all 5").check()
    expect(states.locator(".bulk.of-rows b")).to_have_text("5 selected")


def test_a_rating_is_answered_by_figures(states: Page) -> None:
    states.keyboard.press("2")
    expect(states.locator("input[name=quality][value='2']")).to_be_checked()
    expect(states.locator("input[name=pace][value='4']")).to_be_checked()


def test_nothing_happens_while_one_types(states: Page) -> None:
    states.get_by_label("Note").fill("")
    states.get_by_label("Note").press_sequentially("jkx?2gm")
    expect(states.get_by_label("Note")).to_have_value("jkx?2gm")
    expect(states.locator("[data-walk] .at")).to_have_count(0)
    expect(states.locator("dialog[open]")).to_have_count(0)


def test_the_palette_opens_chooses_and_goes(states: Page) -> None:
    states.keyboard.press("Control+k")
    expect(states.get_by_role("combobox", name="Find or do anything")).to_be_focused()
    expect(states.locator("#found [role=option]").first).to_have_attribute("aria-selected", "true")
    assert_accessible(states)
    states.keyboard.type("more")
    expect(states.locator("#found [role=option]")).to_have_count(1)
    states.keyboard.press("Enter")
    states.wait_for_url("**/more/")


def test_escape_closes_and_gives_the_focus_back(states: Page) -> None:
    states.locator(".find").focus()
    states.keyboard.press("Enter")
    expect(states.locator("#palette")).to_be_visible()
    states.keyboard.press("Escape")
    expect(states.locator("#palette")).to_be_hidden()
    expect(states.locator(".find")).to_be_focused()


def test_g_and_a_letter_go_to_a_place(states: Page) -> None:
    states.keyboard.press("g")
    states.keyboard.press("m")
    states.wait_for_url("**/more/")


def test_the_question_mark_lists_every_key(states: Page) -> None:
    states.keyboard.press("?")
    expect(states.get_by_role("dialog", name="Keyboard")).to_contain_text("Find or do anything")
    assert_accessible(states)


def test_menus_close_by_escape_and_elsewhere(states: Page) -> None:
    menu, summary = states.locator("details.asof"), states.locator("details.asof > summary")
    summary.click()
    expect(menu).to_have_attribute("open", "")
    assert_accessible(states)
    states.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(summary).to_be_focused()
    summary.click()
    states.locator("h1").click()
    expect(menu).not_to_have_attribute("open", "")


def test_brackets_turn_the_day(states: Page, cast: Cast) -> None:
    states.keyboard.press("[")
    expect(states.locator(".notice[data-is=past]")).to_contain_text("This page shows today.")
    assert_accessible(states)
    states.keyboard.press("]")
    expect(states.locator(".notice[data-is=past]")).to_have_count(0)


def test_single_keys_can_be_switched_off(page_at: PageAt, cast: Cast, settings: Any) -> None:
    settings.DEBUG = True
    cast.alice.single_keys = False
    cast.alice.save()
    page = page_at("/states/", person=cast.alice)
    page.keyboard.press("?")
    page.keyboard.press("Control+k")
    expect(page.locator("dialog[open]")).to_have_count(1)
    expect(page.locator("#palette")).to_be_visible()


def test_dark_is_chosen_without_a_reload(states: Page) -> None:
    states.locator("details.who > summary").click()
    with states.expect_response("**/theme/"):
        states.get_by_role("button", name="Dark").first.click()
    expect(states.locator("html")).to_have_attribute("data-theme", "dark")
    states.reload()
    expect(states.locator("html")).to_have_attribute("data-theme", "dark")


@pytest.mark.urls("tests.web.refusing")
def test_undo_is_offered_for_ten_seconds(page_at: PageAt, cast: Cast) -> None:
    page = page_at("/more/", person=cast.alice)
    page.evaluate(
        """() => {
            const form = document.createElement("form");
            Object.assign(form, { method: "post", action: "/snoozed/" });
            form.append(document.querySelector("[name=csrfmiddlewaretoken]").cloneNode());
            document.body.append(form);
            form.submit();
        }"""
    )
    bar = page.locator("#said [data-undo]")
    expect(bar).to_contain_text("Signal snoozed")
    expect(bar.locator(".count")).to_have_text("9 s")
    assert_accessible(page)
    expect(bar).to_have_count(0, timeout=12_000)


def test_pages_work_without_a_script(page_at: PageAt, cast: Cast) -> None:
    page = page_at("/more/", person=cast.alice, script=False)
    page.locator(".find").click()
    page.get_by_label("Words").fill("nothing like it")
    page.get_by_role("button", name="Find").click()
    expect(page.locator("main")).to_contain_text("Nothing answers “nothing like it”")
    page.locator("details.asof > summary").click()
    page.get_by_role("button", name="A day back").click()
    expect(page.locator(".notice[data-is=past]")).to_be_visible()
    page.get_by_role("button", name="Return to today").click()
    expect(page.locator(".notice[data-is=past]")).to_have_count(0)


@pytest.mark.urls("tests.web.refusing")
@pytest.mark.requirement("P-04")
def test_a_number_opens_its_evidence_beside_it(page_at: PageAt, cast: Cast, settings: Any) -> None:
    settings.DEBUG = True
    page = page_at("/states/", person=cast.alice)
    number = page.locator("a[data-evidence]").first
    number.evaluate("link => { link.href = '/said/' }")
    number.click()
    panel = page.get_by_role("dialog", name="Evidence")
    expect(panel).to_contain_text("There is nothing here.")
    expect(panel).to_be_focused()
    # What was said comes with the fragment, into the place for it.
    expect(page.locator("#said")).to_contain_text("Saved <at once>")
    box, link = panel.bounding_box(), number.bounding_box()
    assert box and link
    assert box["x"] >= 0 and box["x"] + box["width"] <= 1440
    assert abs(box["y"] - (link["y"] + link["height"])) < 16
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(number).to_be_focused()

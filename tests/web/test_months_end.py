"""Month's end as a person does it: fourteen reports prepared, then checked and approved one by one, by key alone."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tenure.blueprint.model import Model
from tenure.identity.actor import Actor
from tenure.pipeline.lake import open_lake
from tenure.records.contact import add_contact
from tenure.records.delivery import Mail
from tenure.records.point import enter_point
from tenure.records.report import Content, Report, Series
from tests.book import take_on
from tests.cast import Cast, blueprint
from tests.web.conftest import PageAt, assert_accessible, assert_fits, screenshot
from tests.web.keystrokes import Effort, count_effort, effort

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db,
    pytest.mark.requirement("R-07", "P-08"),
]

NAMES = [f"Client {number:02}" for number in range(1, 15)]
CORRECTED, HELD = "Client 03", "Client 05"
SENTENCE, REASON = "Sixty orders came.", "Orders of the 12th are missing"


@pytest.fixture
def model() -> Model:
    orders = {"label": "Orders", "unit": "orders", "client_visible": True}
    return blueprint(reports={"monthly": {"label": "Monthly report"}}, metrics={"orders": orders})


@pytest.fixture(autouse=True)
def _mail_goes_out(settings: Any) -> None:
    """This home sends mail; nothing does so while a test looks at what waits to go."""
    settings.MAIL_FROM, settings.KEEPS_MAIL = "hello@cast.example", False


@pytest.fixture
def clients(cast: Cast, system: Actor) -> None:
    """Fourteen of Alice's clients, each with somebody to write to and a figure of last month."""
    alice = cast.actor("alice")
    with open_lake() as made:  # as the pipeline's first night does
        assert made is not None
    last_month = alice.day.replace(day=1) - timedelta(days=3)
    for number, name in enumerate(NAMES):
        account = take_on(name, cast.alice, system, pod=cast.pod.pk)
        add_contact(account, name=f"Carla {number}", email=f"c{number}@client.example", is_primary=True, actor=alice)
        enter_point(account, metric="orders", day=last_month, value=20 + number, actor=alice)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def stands_at(page: Page, name: str) -> None:
    """The report of this client is open, and the keys are free: nothing that one writes in has the focus."""
    expect(page.get_by_role("navigation", name="Where you are")).to_contain_text(name)
    assert page.evaluate("document.activeElement === document.body")


def test_fourteen_reports_are_checked_and_approved_by_key(page_at: PageAt, clients: None, cast: Cast) -> None:
    page = page_at("/today/", person=cast.alice)
    count_effort(page)
    page.reload()
    press(page, "g", "r")
    expect(page.get_by_role("button", name="Prepare 14")).to_be_visible()
    press(page, "p")
    expect(page.get_by_role("link", name="Go through 14")).to_be_visible()
    screenshot(page, "months-end-1-prepared")
    press(page, "e")

    per_report: dict[str, Effort] = {}
    for number, name in enumerate(NAMES):
        stands_at(page, name)
        before = effort(page)
        expect(page.locator("article.report figcaption")).to_contain_text(f"Orders{20 + number}")
        if name == CORRECTED:
            press(page, "w")
            expect(page.get_by_label("The result in one sentence")).to_be_focused()
            press(page, "Control+a")
            page.keyboard.type(SENTENCE)
            screenshot(page, "months-end-2-corrected")
            assert_accessible(page)
            press(page, "Escape", "e")
        elif name == HELD:
            press(page, "h")
            page.keyboard.type(REASON)
            press(page, "Enter")
        else:
            press(page, "e")
        if name != NAMES[-1]:
            expect(page.get_by_role("navigation", name="Where you are")).to_contain_text(NAMES[number + 1])
        else:
            expect(page.get_by_role("heading", level=1)).to_have_text("Reports")
        per_report[name] = effort(page).since(before)

    # One key for a report that is good as it stands. Corrected: W, Ctrl+A, sentence, Escape, E. Held: H, why, Enter.
    plain = {name: spent for name, spent in per_report.items() if name not in (CORRECTED, HELD)}
    assert set(plain.values()) == {Effort(keys=1, clicks=0)}
    assert per_report[CORRECTED] == Effort(keys=len(SENTENCE) + 4, clicks=0)
    assert per_report[HELD] == Effort(keys=len(REASON) + 2, clicks=0)
    spent = effort(page)
    told = [f"{name}: {each.keys} keys, {each.clicks} clicks" for name, each in per_report.items()]
    path = Path(__file__).parents[2] / "artefacts" / "months-end-keystrokes.txt"
    path.write_text("\n".join([*told, f"all: {spent.keys} keys, {spent.clicks} clicks"]) + "\n")

    assert Report.objects.filter(status="approved", approved_by=cast.alice).count() == 13
    assert Report.objects.get(account__name=CORRECTED).sentence == SENTENCE
    held = Report.objects.get(account__name=HELD)
    assert (held.status, held.held_because, held.held_by) == ("held", REASON, cast.alice)
    assert set(Mail.objects.values_list("to", flat=True)) == {f"c{n}@client.example" for n in range(14) if n != 4}
    expect(page.get_by_text(f"Held back by Alice: {REASON}")).to_be_visible()
    expect(page.locator("main")).to_contain_text("13 approved, 0 to read, 1 held back, 0 missing.")
    screenshot(page, "months-end-3-done")
    assert_accessible(page)

    # What was held is mended and goes out as well; the last approval can be taken back by key.
    page.get_by_role("link", name=HELD).focus()
    press(page, "Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(HELD)
    assert_fits(page)
    press(page, "e")
    expect(page.locator("#said")).to_contain_text("Approved")
    press(page, "u")
    expect(page.locator("#said")).to_contain_text("Taken back")
    held.refresh_from_db()
    assert held.status == "draft"


def test_what_is_held_back_is_told_to_nobody_outside_and_taken_anew_waits_again(
    page_at: PageAt, clients: None, cast: Cast
) -> None:
    page = page_at("/reports/", person=cast.alice)
    press(page, "p")
    expect(page.get_by_role("link", name="Go through 14")).to_be_visible()
    press(page, "e")
    stands_at(page, NAMES[0])
    press(page, "h", "Enter")
    assert not Report.objects.filter(status="held").exists(), "a reason is asked for"
    page.keyboard.type(REASON)
    press(page, "Enter")
    stands_at(page, NAMES[1])
    press(page, "b")
    stands_at(page, NAMES[0])
    expect(page.get_by_text(REASON)).to_be_visible()
    page.get_by_role("button", name="Take the figures anew").click()
    expect(page.locator("#said")).to_contain_text("Prepared")
    found = Report.objects.get(account__name=NAMES[0])
    assert (found.status, found.held_because) == ("draft", "")


def test_what_fell_unexplained_opens_at_its_head_and_the_key_that_approves_asks_why_first(
    page_at: PageAt, clients: None, cast: Cast
) -> None:
    page = page_at("/reports/", person=cast.alice, locale="en-US")
    press(page, "p")
    expect(page.get_by_role("link", name="Go through 14")).to_be_visible()
    fell = Series(metric="orders", label="Orders", now=20, before=40, weeks=[(date(2026, 2, 1), 20.0)])
    found = Report.objects.filter(account__name=NAMES[0])
    found.update(content=Content(series=[fell], why_unknown="We do not know yet.").model_dump(mode="json"), reason="")
    press(page, "e")
    stands_at(page, NAMES[0])
    assert page.evaluate("scrollY") == 0
    # The week to 1 February begins on 26 January; under the chart it stands in the order of whoever reads.
    expect(page.locator("svg.plot [data-day]").first).to_have_text("Jan 26")
    why = page.locator("#id_reason")
    press(page, "e")
    expect(why).to_be_focused()
    press(page, "Escape")
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("link", name="Say why").click()
    expect(why).to_be_focused()
    page.keyboard.type(REASON)
    press(page, "Escape", "e")
    stands_at(page, NAMES[1])
    assert found.values_list("status", "reason").get() == ("approved", REASON)

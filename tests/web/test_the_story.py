"""The whole story of one client of R7 in two browsers: from the hand-over by Sales to the First Success Review.

What people do they do on pages, as themselves: Rosa of Sales, Alice the success manager, Sam of Production, and Elise,
the client. The clock is moved on between; the pipeline follows as it does in a home. Expected days are written out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from tenure.base.clock import SetClock, SystemClock
from tenure.blueprint.model import Model
from tenure.facts.lake import Lake
from tenure.identity.accounts import Assignment
from tenure.identity.actor import Actor
from tenure.identity.people import Person
from tenure.outlets.letter import text_of
from tenure.pipeline.lake import open_lake
from tenure.pipeline.process import Pipeline
from tenure.records.account import Account
from tenure.records.contact import Contact, add_contact
from tenure.records.contract import start_contract
from tenure.records.deliverable import Deliverable
from tenure.records.delivery import Mail
from tenure.records.draft import Draft
from tenure.records.goal import Goal
from tenure.records.meeting import Meeting
from tenure.records.rating import Rating
from tenure.records.report import Report
from tenure.records.survey import SurveyAnswer
from tenure.work.commitments import Opening
from tenure.work.journeys import ChecklistItem, JourneyRun
from tests.book import take_on
from tests.cast import FIRST_DAY, Cast, join
from tests.live import Site
from tests.web.conftest import PageAt, assert_accessible, screenshot
from tests.web.r7 import r7

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db,
    pytest.mark.requirement("R-01", "R-02", "R-03", "R-04", "R-05", "R-08", "R-10", "R-15", "P-05", "P-14"),
]

BEGINS = datetime(2026, 3, 2, 15, tzinfo=UTC)  # a Monday, ten in the morning where R7 is
PASSWORD = "correct horse battery staple"


@pytest.fixture
def model() -> Model:
    return r7()


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """The clock of the test and of the server alike, which runs in a thread of its own."""
    found = SetClock(BEGINS)
    monkeypatch.setattr(SystemClock, "now", lambda _: found.now())
    return found


@pytest.fixture
def lake(hands: SetClock, cast: Cast) -> Iterator[Lake]:
    opened = open_lake()
    yield opened
    opened.close()


@dataclass
class Story:
    """The client, the people, and what moves the days on."""

    account: Account
    cast: Cast
    rosa: Person
    hands: SetClock
    pipeline: Pipeline

    def later(self, **span: float) -> None:
        """Time passes, and the pipeline does what follows."""
        self.hands.advance(timedelta(**span))
        self.pipeline.run_until_idle(nights=False)

    def until(self, day: str, clock: str = "15:00") -> None:
        self.hands.set(datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=UTC))
        self.pipeline.run_until_idle(nights=False)

    def follow(self) -> None:
        """A minute goes by."""
        self.later(minutes=1)

    def verdict(self, rule: str) -> str:
        """How a promise to this client stands; there is one of it."""
        return Opening.objects.get(account_id=self.account.pk, rule=rule).status

    def item(self, key: str) -> str:
        return ChecklistItem.objects.get(run__account_id=self.account.pk, key=key).status


@pytest.fixture
def story(lake: Lake, hands: SetClock, cast: Cast, system: Actor, settings: Any) -> Story:
    """A client has signed this morning. Alice carries the account, Sam makes what is made, Rosa sold it."""
    settings.MAIL_FROM, settings.KEEPS_MAIL = "hello@r7.example", False
    rosa = join("Rosa", "sales")
    account = take_on("Kessler Bakery", cast.alice, system, pod=cast.pod.pk)
    alice = cast.actor("alice")
    add_contact(account, name="Elise Kessler", email="elise@kessler.example", is_primary=True, actor=alice)
    Assignment.objects.create(account_id=account.pk, person=rosa, role="sales", from_day=FIRST_DAY)
    pipeline = Pipeline(lake)
    pipeline.run_until_idle(nights=False)
    start_contract(account, starts_on=alice.day, amount=14400, actor=cast.actor("olive"))
    return Story(account, cast, rosa, hands, pipeline)


def said(page: Page, words: str) -> None:
    expect(page.locator("#said")).to_contain_text(words)


def press(page: Page, key: str) -> None:
    """Press a key of the page, once what hears it has been loaded."""
    page.wait_for_load_state()
    page.keyboard.press(key)


def section(page: Page, id: str) -> Locator:
    return page.locator("section", has=page.locator(f"h2#{id}"))


def fill_act(page: Page, **fields: str) -> None:
    """Fill the dialog of an act, field by field as the act names them, and send it."""
    dialog = page.locator("dialog#act")
    for name, value in fields.items():
        control = dialog.locator(f"[name={name}]:not([type=hidden])")
        kind = control.first.evaluate("e => e.type")
        if kind == "checkbox":
            (control if value == "on" else dialog.locator(f"[name={name}][value='{value}']")).check()
        elif kind == "select-one":
            control.select_option(value)
        else:
            control.fill(value)
    dialog.locator("form .btn.primary").click()
    expect(dialog).to_be_hidden()


@dataclass
class Sides:
    """Both browsers: Alice's inside, Elise's in the portal."""

    story: Story
    alice: Page
    elise: Page
    base: str

    def at(self, path: str) -> Page:
        self.alice.goto(self.base + path)
        return self.alice

    def account(self) -> Page:
        return self.at(f"/accounts/{self.story.account.pk}/")

    def portal(self, place: str = "") -> Page:
        self.elise.goto(f"{self.base}/portal/{self.story.account.pk}/{place}")
        return self.elise

    def hold(self, type: str) -> Meeting:
        """Alice schedules a meeting of a kind for now, and says that it was held."""
        page = self.account()
        page.get_by_role("link", name="Meet", exact=True).click()
        local = self.story.hands.now().astimezone(ZoneInfo("America/New_York"))
        elise = Contact.objects.get(account=self.story.account).pk
        fill_act(page, type=type, starts_at=f"{local:%Y-%m-%dT%H:%M}", attendees=elise)
        found = Meeting.objects.filter(account=self.story.account, type=type).latest("starts_at")
        page = self.at(f"/meetings/{found.pk}/")
        press(page, "e")
        said(page, "Held")
        self.story.follow()
        return found


def hands_over(story: Story, page_at: PageAt) -> None:
    """Rosa writes the discovery record and hands it over."""
    page = page_at(f"/accounts/{story.account.pk}/handovers/sales/", person=story.rosa)
    expect(page.get_by_role("heading", level=1)).to_have_text("Discovery record")
    for field in page.locator("main form textarea").all():
        field.fill("A bakery with two shops; 8 inquiries a month, 30 would make it worth it.")
    page.get_by_role("button", name="Hand over").click()
    said(page, "Handed over")
    screenshot(page, "story-01-handed-over")


def takes_over(story: Story, sides: Sides) -> None:
    """Alice accepts it, deploys the journey in one click and invites the client."""
    page = sides.account()
    section(page, "handovers").get_by_role("link", name="Discovery record").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Discovery record")
    press(page, "e")
    said(page, "Accepted")
    page = sides.account()
    page.get_by_role("button", name="Deploy “New Client YCWC”").click()
    expect(section(page, "checklist")).to_contain_text("New Client YCWC")
    story.follow()
    assert JourneyRun.objects.filter(account_id=story.account.pk).count() == 1
    page = sides.account()
    expect(section(page, "checklist")).to_contain_text("Invite the client to the portal")
    assert story.item("discovery_record") == "done"
    assert story.verdict("handover") == "met"
    screenshot(page, "story-02-journey")
    page = sides.at(f"/accounts/{story.account.pk}/portal/")
    page.get_by_role("link", name="Invite Elise Kessler").click()
    fill_act(page)
    story.follow()
    assert story.item("portal_invitation") == "done"
    assert ChecklistItem.objects.get(run__account_id=story.account.pk, key="sign_in").waits_for == "client"


def comes_in(story: Story, sides: Sides) -> None:
    """Elise comes in by the link of her invitation."""
    mail = Mail.objects.get(person__email="elise@kessler.example")
    found = re.search(r"https?://\S+", text_of(mail))
    assert found is not None
    page = sides.elise
    page.goto(sides.base + urlsplit(found[0]).path)
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.get_by_role("button", name="Keep this password").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kessler Bakery")
    story.follow()
    assert story.item("sign_in") == "done"
    page = sides.portal()
    expect(section(page, "needs-you")).to_contain_text("Choose a time for the discovery call")
    expect(page.locator("main")).not_to_contain_text("discovery record")
    screenshot(page, "story-03-portal")


def agrees_on_a_plan(story: Story, sides: Sides) -> None:
    """The discovery call, the Results Plan with its Home Run, and the client's yes."""
    story.until("2026-03-03")
    sides.hold("discovery")
    page = sides.account()
    page.get_by_role("link", name="Set the first goal").click()
    due = (story.hands.now() + timedelta(days=85)).date()
    outcome = {"title": "30 inquiries a month", "metric": "inquiries", "baseline": "8", "target": "30"}
    fill_act(page, **outcome, due_on=f"{due}", home_run="on")
    story.follow()
    page = sides.portal("plan/")
    expect(page.locator("main")).to_contain_text("From 8 to 30 inquiries")
    page.get_by_role("button", name="Yes, this is the plan").click()
    expect(page.get_by_text("Confirmed. This is the plan.")).to_be_visible()
    story.follow()
    assert (story.item("results_plan"), story.item("plan_confirmed")) == ("done", "done")
    # What the client ticks themselves: we were waiting for it, and Alice sees that it came.
    page = sides.account()
    expect(section(page, "waits")).to_contain_text("Access to the client's profiles and pages")
    expect(section(page, "waits")).to_contain_text("Elise Kessler, since")
    page = sides.portal()
    page.get_by_role("button", name=re.compile("^Done.*Give us access")).click()
    story.follow()
    assert story.item("profile_access") == "done"
    expect(section(sides.portal(), "needs-you")).not_to_contain_text("Give us access")
    assert Goal.objects.get(account=story.account).agreed_at is not None


def gets_brand_pillars(story: Story, sides: Sides) -> None:
    """The brand strategy meeting opens TFR #1; the pillars a day later meet it, and a draft tells the client."""
    story.until("2026-03-05")
    sides.hold("brand_strategy")
    assert story.verdict("tfr1") == "running"
    expect(section(sides.account(), "promises")).to_contain_text("TFR #1")
    story.until("2026-03-06")
    page = sides.account()
    page.get_by_label("More acts").click()
    page.get_by_role("link", name="Deliverable", exact=True).click()
    fill_act(page, type="brand_pillars", title="Your brand pillars")
    pillars = Deliverable.objects.get(account=story.account)
    page = sides.at(f"/content/{pillars.pk}/")
    press(page, "e")
    fill_act(page, url="https://docs.example.com/pillars")
    story.follow()
    # The meeting was on 5 March at 15:00 UTC; a day later is within two.
    assert story.verdict("tfr1") == "met"
    draft = Draft.objects.get(account=story.account, template="tfr1")
    assert "https://docs.example.com/pillars" in draft.body
    expect(sides.portal("work/").locator("main")).to_contain_text("Your brand pillars")
    page = sides.portal(f"work/{pillars.pk}/")
    page.get_by_role("button", name="Accept it as it is").click()
    expect(page.get_by_role("button", name="Accept it as it is")).to_be_hidden()
    story.follow()
    assert story.item("pillars_accepted") == "done"
    screenshot(sides.account(), "story-04-tfr1")


def sees_a_first_piece(story: Story, sides: Sides, page_at: PageAt, tmp_path: Path) -> None:
    """Nine pieces planned, material by the client, a cut by Production, the client's yes, live within two weeks."""
    story.until("2026-03-10")
    meeting = sides.hold("content_strategy")
    assert story.verdict("tfr2") == "running"
    page = sides.at(f"/meetings/{meeting.pk}/")
    press(page, "p")
    expect(page.get_by_role("heading", name="Plan the next 9 to 12")).to_be_visible()
    for number in range(9):
        page.keyboard.type(f"Piece {number + 1}")
        page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    said(page, "Planned 9")
    first = Deliverable.objects.get(title="Piece 1")
    story.follow()
    # The rhythm of the sync begins here, and its first is proposed.
    expect(section(sides.at(f"/meetings/{meeting.pk}/"), "following")).to_contain_text("Results and strategy sync")

    page = sides.portal(f"work/{first.pk}/")
    file = tmp_path / "dough.txt"
    file.write_text("The dough at four in the morning\n")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("link", name="dough.txt")).to_be_visible()
    story.follow()
    first.refresh_from_db()
    assert (first.state, story.item("first_capture")) == ("captured", "done")

    page = sides.at(f"/content/{first.pk}/")
    press(page, "e")
    fill_act(page, maker=story.cast.sam.pk)
    story.later(days=2)
    page = page_at(f"/content/{first.pk}/", person=story.cast.sam)
    press(page, "e")
    fill_act(page, to="review", url="https://cuts.example.com/1")
    story.follow()
    first.refresh_from_db()
    assert (first.state, story.item("first_edit")) == ("review", "done")

    page = sides.portal()
    expect(section(page, "needs-you")).to_contain_text("Piece 1")
    page = sides.portal(f"work/{first.pk}/")
    page.get_by_role("button", name="Approve: it may go out").click()
    expect(page.get_by_text("Approved", exact=True)).to_be_visible()
    story.until("2026-03-16")
    assert story.item("first_approval") == "done"
    page = sides.at(f"/content/{first.pk}/")
    press(page, "e")
    said(page, "Published")
    story.follow()
    # Six days after the content strategy meeting, and fourteen after the contract: both promises are kept.
    assert (story.verdict("tfr2"), story.verdict("contract_to_content")) == ("met", "met")
    assert Draft.objects.filter(account=story.account, template="tfr2").count() == 1
    expect(section(sides.portal("work/"), "done")).to_contain_text("Piece 1")
    screenshot(sides.account(), "story-05-tfr2")
    assert_accessible(sides.alice)


def syncs(story: Story, sides: Sides) -> None:
    """A sync: run from its page while the client looks at theirs, rated, its notes sent and read."""
    story.until("2026-03-24")
    meeting = sides.hold("sync")
    client = sides.elise
    client.goto(f"{sides.base}/meetings/{meeting.pk}/shown/")
    expect(section(client, "decided")).to_contain_text("Nothing yet.")
    page = sides.at(f"/meetings/{meeting.pk}/")
    press(page, "n")
    for words in ("They are worried about the price", "d Film on Fridays", "a Send the guides"):
        page.keyboard.type(words)
        page.keyboard.press("Enter")
        expect(page.locator("#notes-of-meeting")).to_contain_text(words[2:])
        expect(page.get_by_label("New line of notes")).to_have_value("")
    # The client's page has followed by itself, and knows nothing of the note.
    expect(section(client, "decided")).to_contain_text("Film on Fridays", timeout=15_000)
    assert "worried" not in client.content()
    screenshot(client, "story-06-shown")
    client.goto(f"{sides.base}/portal/{story.account.pk}/")  # nobody asks the server while the pipeline works
    page.keyboard.press("Escape")
    for answer in "454":
        page.keyboard.press(answer)
        page.keyboard.type("As seen")
        page.keyboard.press("Enter")
    said(page, "Rated")
    press(page, "e")
    expect(page.get_by_role("heading", name="Notes for the client")).to_be_visible()
    # No figure has come in yet. The draft makes none up: it leaves a gap, which Alice takes out.
    notes = page.get_by_label("Notes for the client")
    notes.fill(re.sub(r",? \[goal progress\]", "", notes.input_value()))
    page.keyboard.press("Escape")
    press(page, "e")
    said(page, "Notes go out")
    story.follow()
    assert Rating.objects.filter(meeting=meeting).count() == 3
    assert Opening.objects.get(rule="notes", subject_id=meeting.pk).status == "met"
    assert Opening.objects.get(rule="rating", account_id=story.account.pk).status == "met"
    page = sides.portal(f"meetings/{meeting.pk}/")
    expect(section(page, "notes")).to_contain_text("Film on Fridays")
    for internal in ("worried", "As seen"):
        assert internal not in page.content()


def proves_it(story: Story, sides: Sides) -> None:
    """Figures come in, ninety days are over: the report, the review, how satisfied they are, the Home Run."""
    for day, value in (("2026-04-30", "19"), ("2026-05-28", "31")):
        story.until(day)
        page = sides.account()
        page.get_by_label("More acts").click()
        page.get_by_role("link", name="Figure of a metric").click()
        fill_act(page, metric="inquiries", day=day, value=value)
    # The goal follows its points: the 28 days to 28 May hold the 31 alone, and reach no further back than the first.
    story.until("2026-05-29")
    assert story.pipeline.look_if_useful()
    assert Goal.objects.get(account=story.account).now == 31
    expect(section(sides.account(), "goals")).to_contain_text("105 %")

    page = sides.at("/reports/?type=first_success_review")
    press(page, "p")
    expect(page.get_by_role("link", name="Go through 1")).to_be_visible()
    report = Report.objects.get(account=story.account, type="first_success_review")
    # It covers all since the contract began, up to yesterday.
    assert (str(report.first), str(report.last)) == ("2026-03-02", "2026-05-28")
    assert [(each.title, each.now) for each in report.shows.outcomes] == [("30 inquiries a month", 31)]
    assert sides.portal("results/").get_by_role("link", name="PDF").count() == 0, "a draft is nobody's to read"
    # Eight of the nine pieces were never filmed: they stand as late, and Elise is asked for their material.
    assert (len(report.shows.late) + report.shows.late_more, report.shows.planned) == (8, [])
    late = " ".join(f"{each.text} {each.about}" for each in report.shows.theirs if each.is_late)
    assert all(f"“Piece {number}”" in late for number in range(2, 10))
    page = sides.at(f"/reports/{report.pk}/")
    screenshot(page, "story-07-report")
    press(page, "e")
    said(page, "Approved")
    story.follow()
    page = sides.portal("results/")
    section(page, "reports").get_by_role("link").first.click()
    # How the 105 % comes about: 31 less 8 of 30 less 8, as the account's page says.
    plan = section(page, "plan")
    for words in (
        "30 inquiries a month",
        "31",
        "105 % of the way",
        "began at 8, target 30",
        "sum of 28 days, 1 to 28 May",
    ):
        expect(plan).to_contain_text(words)
    expect(section(page, "late")).to_contain_text("Piece 2")
    # Asked for in March, and the end of May is near: the report asks whether it still counts.
    expect(section(page, "old")).to_contain_text("due since")
    screenshot(page, "story-08-report-read")
    assert_accessible(page)

    meeting = sides.hold("first_success_review")
    assert story.verdict("success_review") == "met"
    page = sides.portal(f"meetings/{meeting.pk}/")
    page.get_by_role("group", name=re.compile("How satisfied")).get_by_text("5", exact=True).click()
    page.get_by_label("What is the main reason").fill("Four people named the film of the oven")
    page.get_by_role("button", name="Send my answer").click()
    expect(page.locator("main")).not_to_contain_text("How was it?")
    assert SurveyAnswer.objects.get(account=story.account, question="satisfied").score == 5
    # On the review's page the client's words stand in their own section, and one place tells what was done.
    page = sides.at(f"/meetings/{meeting.pk}/")
    expect(section(page, "answered")).to_contain_text("Four people named the film of the oven")
    expect(section(page, "voices")).not_to_contain_text("the film of the oven")
    expect(page.locator("#said")).to_have_count(1)

    page = sides.account()
    section(page, "goals").get_by_role("link", name="Judge").click()
    fill_act(page, attained="on", evidence="31 inquiries in May, each in the mailbox")
    story.follow()
    assert story.verdict("home_run") == "met"
    page = sides.portal("plan/")
    expect(page.locator("main")).to_contain_text("31 inquiries in May")
    page.get_by_role("button", name="Yes, this was worth it").click()
    expect(page.get_by_text("You confirmed that it was worth it.")).to_be_visible()
    goal = Goal.objects.get(account=story.account)
    assert (goal.status, goal.client_confirmed_at is not None) == ("attained", True)
    screenshot(page, "story-09-worth-it")
    page = sides.account()
    expect(section(page, "goals")).to_contain_text("confirmed by the client")
    screenshot(page, "story-10-account")


def test_from_the_hand_over_to_the_first_success_review(
    page_at: PageAt, story: Story, tmp_path: Path, site: Site
) -> None:
    hands_over(story, page_at)
    alice, elise = page_at("/today/", person=story.cast.alice), page_at("/portal/sign-in/", 390)
    sides = Sides(story, alice, elise, site.url)
    takes_over(story, sides)
    comes_in(story, sides)
    agrees_on_a_plan(story, sides)
    gets_brand_pillars(story, sides)
    sees_a_first_piece(story, sides, page_at, tmp_path)
    syncs(story, sides)
    proves_it(story, sides)
    # What was kept stands as kept; that no sync followed for two months is not hidden by it.
    kept = ("handover", "tfr1", "tfr2", "contract_to_content", "home_run", "success_review")
    assert {rule: story.verdict(rule) for rule in kept} == dict.fromkeys(kept, "met")
    assert Opening.objects.filter(account_id=story.account.pk, rule="sync", status="missed").exists()

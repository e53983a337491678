"""A routine sync of R7, run by the keyboard from one page: what it costs in keystrokes, and what comes of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.identity.actor import Actor
from tenure.pipeline.lake import open_lake
from tenure.records.account import Account, change_account
from tenure.records.action import ActionItem, add_action, do_action
from tenure.records.checks import Slot
from tenure.records.contact import add_contact
from tenure.records.deliverable import Deliverable
from tenure.records.delivery import Mail
from tenure.records.goal import change_goal, set_goal
from tenure.records.meeting import Meeting, hold_meeting, schedule_meeting
from tenure.records.minutes import Decision, decide, write_notes
from tenure.records.point import enter_point
from tenure.records.rating import Rating
from tenure.work.refresh import refresh_standing
from tests.book import take_on
from tests.cast import Cast
from tests.web.conftest import PageAt, assert_accessible, assert_looks_right, screenshot
from tests.web.keystrokes import count_effort, effort
from tests.web.r7 import r7

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db,
    pytest.mark.requirement("R-04", "R-05", "R-06", "P-08"),
]

MOST_KEYS = 350
PACIFIC = ZoneInfo("America/Los_Angeles")
TITLES = ("Rye bread at dawn", "Five questions", "The oven repaired", "Gift cards", "Our baker Jo", "Before and after")
EVIDENCE = ("All sent in time", "Two pieces late", "Views up a third")


@pytest.fixture
def model() -> Model:
    return r7()


@pytest.fixture(autouse=True)
def _mail_goes_out(settings: Any) -> None:
    """This home sends mail; nothing does so while a test looks at what waits to go."""
    settings.MAIL_FROM, settings.KEEPS_MAIL = "hello@cast.example", False


@dataclass(frozen=True)
class Routine:
    """Alice's client on the west coast: a sync two weeks ago and one that began ten minutes ago."""

    account: Account
    before: Meeting
    sync: Meeting


@pytest.fixture
def routine(cast: Cast, system: Actor) -> Routine:
    account = take_on("Acme Ltd", cast.alice, system, pod=cast.pod.pk)
    alice, now = cast.actor("alice"), clock.now()
    with open_lake() as made:  # as the pipeline's first night does
        assert made is not None
    slot = Slot(weekday="tue", time="09:30", zone=str(PACIFIC))
    change_account(account, preferred_slot=slot, actor=alice)
    elise = add_contact(account, name="Elise Kessler", email="elise@acme.example", is_primary=True, actor=alice)
    add_contact(account, name="Otto Kessler", email="otto@acme.example", actor=alice)
    goal = set_goal(account, title="30 inquiries a month", baseline=8, target=30, home_run=True, actor=alice)
    change_goal(goal, current=19, evidence="Counted at the till", actor=alice)
    two_weeks_ago = schedule_meeting(
        account, type="sync", starts_at=now - timedelta(days=14), attendees=[elise.pk], actor=alice
    )
    before = hold_meeting(two_weeks_ago, actor=alice)
    decide(before, text="Film on Mondays", actor=alice)
    add_action(account, text="Send the logo", client_owned=True, client_visible=True, meeting=before.pk, actor=alice)
    do_action(
        add_action(account, text="Mend the map", client_visible=True, meeting=before.pk, actor=alice), actor=alice
    )
    # 40 a day for the fourteen days since the sync, 30 a day for the fourteen before: 560 against 420, a third more.
    for ago in range(1, 29):
        day = alice.day - timedelta(days=ago)
        enter_point(account, metric="views", day=day, value=40 if ago <= 14 else 30, actor=alice)
    sync = schedule_meeting(
        account, type="sync", starts_at=now - timedelta(minutes=10), attendees=[elise.pk], actor=alice
    )
    refresh_standing([account.pk], system)
    return Routine(account, before, sync)


def expected_slot(now: datetime) -> datetime:
    """The last Tuesday, half past nine on the west coast, within two weeks of the sync that began ten minutes ago."""
    until = (now - timedelta(minutes=10) + timedelta(weeks=2)).astimezone(PACIFIC)
    slots = [datetime.combine((until - timedelta(days=n)).date(), time(9, 30), PACIFIC) for n in range(8)]
    return next(slot for slot in slots if slot.weekday() == 1 and slot <= until).astimezone(UTC)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def said(page: Page, words: str) -> None:
    expect(page.locator("#said")).to_contain_text(words)


def line(page: Page, text: str) -> None:
    page.keyboard.type(text)
    press(page, "Enter")
    expect(page.locator("#notes-of-meeting")).to_contain_text(text[2:])
    # What came in is told in the reader's own way of writing times, as the page was.
    expect(page.locator("#notes-of-meeting time[data-style]:not([title])")).to_have_count(0)
    expect(page.get_by_label("New line of notes")).to_be_focused()


def test_a_routine_sync_costs_few_keystrokes(page_at: PageAt, routine: Routine, cast: Cast) -> None:
    page = page_at("/meetings/", person=cast.alice)
    count_effort(page)
    page.goto(page.url.replace("/meetings/", f"/meetings/{routine.sync.pk}/"))
    begun = effort(page)

    # What stands there before anybody has touched a key: the plan, the figures since last time, what was said then.
    expect(page.locator("#agenda-of-meeting")).to_contain_text("The plan: 30 inquiries a month: 19 of 30")
    figures = page.locator("section", has=page.locator("h2#figures"))
    expect(figures).to_contain_text("560")
    expect(figures).to_contain_text("+33 %")
    expect(figures.get_by_role("img", name="Views", exact=False)).to_be_visible()
    since = page.locator("section", has=page.locator("h2#since"))
    expect(since).to_contain_text("Film on Mondays")
    expect(since).to_contain_text("Mend the map")
    expect(page.locator("section", has=page.locator("h2#asked"))).to_contain_text("Send the logo")
    screenshot(page, "sync-1-begins")

    # Who was there: as invited. E says so.
    press(page, "e")
    said(page, "Held")
    expect(page.get_by_role("heading", name="Rating")).to_be_visible()

    # Six pieces, each with the day of its capture, its form and its owner standing there already.
    press(page, "p")
    expect(page.get_by_role("heading", name="Plan the next 6 to 8")).to_be_visible()
    expect(page.get_by_label("Title, line 1")).to_be_focused()
    for title in TITLES:
        page.keyboard.type(title)
        press(page, "Enter")
    press(page, "Enter")
    said(page, "Planned 6")

    # One decision, two actions.
    press(page, "n")
    line(page, "d Film on Fridays")
    line(page, "a Send the guides")
    line(page, "c Book the baker")
    press(page, "Escape")
    screenshot(page, "sync-2-noted")
    assert_accessible(page)

    # Three ratings, each with what speaks for it.
    for answer, words in zip("435", EVIDENCE, strict=True):
        press(page, answer)
        page.keyboard.type(words)
        press(page, "Enter")
    said(page, "Rated")

    # The notes, drafted in the company's words, read and sent.
    press(page, "e")
    expect(page.get_by_role("heading", name="Notes for the client")).to_be_visible()
    draft = page.get_by_label("Notes for the client").input_value()
    screenshot(page, "sync-3-notes")
    assert_accessible(page)
    press(page, "e")
    said(page, "Notes go out")

    # The next one, in the client's slot.
    press(page, "s")
    said(page, "Scheduled")
    screenshot(page, "sync-4-next")
    spent = effort(page).since(begun)
    (Path(__file__).parents[2] / "artefacts" / "sync-keystrokes.txt").write_text(
        f"{spent.keys} keys, {spent.clicks} clicks, of at most {MOST_KEYS}\n"
    )
    # By hand: the letters, and beside them E; P and 7 returns; N, 3 returns, Escape; three answers and 3 returns;
    # E, E, S: 1 + 8 + 5 + 6 + 3 = 23.
    typed = (
        sum(map(len, TITLES))
        + sum(map(len, EVIDENCE))
        + len("d Film on Fridays" + "a Send the guides" + "c Book the baker")
    )
    assert spent.keys == typed + 23
    assert spent.keys <= MOST_KEYS
    assert spent.clicks == 0

    routine.sync.refresh_from_db()
    assert (routine.sync.status, routine.sync.attended, routine.sync.attendees) == ("held", True, 1)
    pieces = Deliverable.objects.filter(meeting=routine.sync).order_by("due_on", "planned_at")
    assert {piece.title for piece in pieces} == set(TITLES)
    # Three a week, nothing planned ahead: the first goes out in five days, its material two days from now. The step is
    # two days and a third, rounded, and the time for making grows from three days by one a piece.
    today = pieces[0].due_on - timedelta(days=5)
    days = [((piece.material_on - today).days, (piece.due_on - today).days) for piece in pieces]
    assert days == [(2, 5), (3, 7), (5, 10), (6, 12), (7, 14), (9, 17)]
    assert {piece.owner_id for piece in pieces} == {cast.alice.pk}
    ratings = Rating.objects.filter(meeting=routine.sync).values_list("part", "given", "evidence")
    assert set(ratings) == set(zip(("ease", "pace", "result_quality"), (4, 3, 5), EVIDENCE, strict=True))
    assert Decision.objects.get(meeting=routine.sync).text == "Film on Fridays"
    actions = ActionItem.objects.filter(meeting=routine.sync).order_by("noted_at")
    assert [(each.text, each.client_owned) for each in actions] == [
        ("Send the guides", False),
        ("Book the baker", True),
    ]

    mail = Mail.objects.get(to="elise@acme.example")
    assert mail.subject.startswith("Acme Ltd: results and next pieces,")
    for words in ("Hello Elise,", "- Views: 560 (+33 %)", "30 inquiries a month, 19 of 30", "- Film on Fridays"):
        assert words in draft
    for words in ("- Send the guides (Alice)", "- Rye bread at dawn, capture by", "Alice"):
        assert words in draft
    assert "[" not in draft, "nothing is left to fill in"
    for internal in EVIDENCE:
        assert internal not in draft

    following = Meeting.objects.get(account=routine.account, status="scheduled")
    assert following.starts_at == expected_slot(clock.now())
    assert (following.type, following.zone) == ("sync", str(PACIFIC))
    assert [each.contact.name for each in following.invited.all() if each.contact] == ["Elise Kessler"]


def test_who_did_not_come_is_said_by_key_as_well(page_at: PageAt, routine: Routine, cast: Cast) -> None:
    page = page_at(f"/meetings/{routine.sync.pk}/", person=cast.alice)
    page.get_by_label("Elise Kessler").focus()
    press(page, "Space", "e")
    said(page, "Held")
    routine.sync.refresh_from_db()
    assert (routine.sync.attended, routine.sync.attendees) == (False, 0)


def test_what_is_missing_is_asked_for_and_what_was_typed_stays(page_at: PageAt, routine: Routine, cast: Cast) -> None:
    hold_meeting(routine.sync, actor=cast.actor("alice"))
    page = page_at(f"/meetings/{routine.sync.pk}/", person=cast.alice)
    press(page, "4", "Enter", "3", "Enter", "5", "Enter")
    expect(page.get_by_text("say in a few words what speaks for it")).to_be_visible()
    assert not Rating.objects.filter(meeting=routine.sync).exists()


@pytest.mark.parametrize("width", [390, 1440])
def test_it_looks_right_before_and_after(page_at: PageAt, routine: Routine, cast: Cast, width: int) -> None:
    hold_meeting(routine.sync, actor=cast.actor("alice"))
    write_notes(routine.sync, internal="They were tired", actor=cast.actor("alice"))
    for name, path in (("page", ""), ("shown", "shown/"), ("notes", "notes/")):
        page = page_at(f"/meetings/{routine.sync.pk}/{path}", width, person=cast.alice)
        assert_looks_right(page, f"sync-{name}-{width}")

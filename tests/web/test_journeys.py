"""The board of journeys and the checklist on an account's page, as people use them."""

from typing import Any

import pytest
from django.conf import settings as project
from django.test import Client
from django.urls import reverse

from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.identity.people import Person
from tenure.records.account import close_account
from tenure.records.contact import add_contact
from tenure.work.boards import board, client_checklist
from tenure.work.checklists import block_item, deploy_journey, tick_item
from tenure.work.going import follow  # noqa: F401 - the reader that the days run
from tenure.work.journeys import ChecklistItem, JourneyRun
from tenure.work.refresh import refresh_standing
from tests.book import Book
from tests.cast import Cast, at, blueprint
from tests.days import Days, days  # noqa: F401 - a fixture
from tests.web.world import ONBOARDING

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R-01")]


@pytest.fixture
def model() -> Model:
    return blueprint(journeys={"onboarding": ONBOARDING})


@pytest.fixture
def page(client: Client) -> Any:
    """The text of a page as somebody sees it, without the space between the words."""

    def read(person: Person, path: str) -> str:
        client.force_login(person, backend=project.AUTHENTICATION_BACKENDS[0])
        answer = client.get(path)
        assert answer.status_code == 200
        return " ".join(answer.content.decode().split())

    return read


def item(key: str) -> ChecklistItem:
    return ChecklistItem.objects.get(key=key)


def shown(cast: Cast, book: Book) -> None:
    refresh_standing([book.alices.pk, book.bobs.pk], cast.actor("olive"))


def test_it_is_deployed_in_one_click_and_the_second_click_says_why_not(
    days: Days,
    cast: Cast,
    book: Book,
    client: Client,
    page: Any,
) -> None:
    shown(cast, book)
    account = reverse("account", args=[book.alices.pk])
    assert "Deploy “Onboarding”" in page(cast.alice, account)
    deploy = reverse("journey_deploy", args=[book.alices.pk])
    assert client.post(deploy, {"journey": "onboarding"}).status_code == 303
    assert JourneyRun.objects.get().started_by == cast.alice
    assert "0 of 4" in page(cast.alice, account)
    again = client.post(deploy, {"journey": "onboarding"})
    assert again.status_code == 422
    assert "This journey runs on the account already." in again.content.decode()


def test_the_checklist_says_owner_due_and_whom_we_wait_for_since_when(
    days: Days,
    cast: Cast,
    book: Book,
    page: Any,
) -> None:
    alice = cast.actor("alice")
    add_contact(book.alices, name="Maria Lopez", is_primary=True, actor=alice)
    deploy_journey(book.alices, actor=alice)
    shown(cast, book)
    text = page(cast.alice, reverse("account", args=[book.alices.pk]))
    # Monday at nine in New York and two working days: Wednesday at nine.
    assert "Alice · due" in text
    assert "waits for <b>Maria Lopez</b> since" in text
    # What waits its turn says who has what comes first.
    assert "waits for <b>Alice</b> since" in text
    assert "first “Set up the folder”" in text
    assert (item("folder").due_at, item("share").status) == (at("2026-03-04 14:00"), "waiting")


def test_an_item_is_ticked_on_the_page_and_taken_back(
    days: Days,
    cast: Cast,
    book: Book,
    client: Client,
    page: Any,
) -> None:
    deploy_journey(book.alices, actor=cast.actor("alice"))
    shown(cast, book)
    account = reverse("account", args=[book.alices.pk])
    page(cast.alice, account)
    tick = reverse("checklist_tick", args=[item("folder").pk])
    answer = client.post(tick, {"next": account}, follow=True)
    text = answer.content.decode()
    assert "Done: Set up the folder" in text
    undo = text.partition("/undo/")[2].partition('"')[0]
    assert (item("folder").status, item("share").status) == ("done", "open")
    assert client.post(f"/undo/{undo}", {"next": account}).status_code == 303
    assert (item("folder").status, item("share").status) == ("open", "waiting")


def test_blocking_and_leaving_out_keep_what_was_typed_where_it_is_refused(
    days: Days,
    cast: Cast,
    book: Book,
    client: Client,
) -> None:
    deploy_journey(book.alices, actor=cast.actor("alice"))
    client.force_login(cast.alice, backend=project.AUTHENTICATION_BACKENDS[0])
    block = reverse("act", args=["journey.block", item("folder").pk])
    refused = client.post(block, {"waits_for": "partner", "reason": " "})
    assert refused.status_code == 422
    assert "selected" in refused.content.decode()
    assert client.post(block, {"waits_for": "partner", "reason": "Their host is closed"}).status_code == 303
    assert (item("folder").waits_for, item("folder").is_blocked) == ("partner", True)
    assert client.post(reverse("act", args=["journey.unblock", item("folder").pk]), {}).status_code == 303
    skip = reverse("act", args=["journey.skip", item("folder").pk])
    assert client.post(skip, {"reason": "They have one"}).status_code == 303
    assert item("folder").status == "skipped"


def test_the_board_puts_accounts_into_their_stage_with_what_is_late_and_who_is_waited_for(
    days: Days,
    cast: Cast,
    book: Book,
    page: Any,
) -> None:
    alice, bob = cast.actor("alice"), cast.actor("bob")
    add_contact(book.alices, name="Maria Lopez", is_primary=True, actor=alice)
    deploy_journey(book.alices, actor=alice)
    days.until(at("2026-03-05 15:00"))  # past the two working days, and past the three days of the stage
    deploy_journey(book.bobs, actor=bob)
    shown(cast, book)
    found = board(cast.actor("olive"), "onboarding")
    welcome, live = found.columns
    assert [(card.name, card.day, card.late, card.is_late) for card in welcome.cards] == [
        ("Acme Ltd", 4, 2, True),
        ("Borealis", 1, 0, False),
    ]
    assert welcome.cards[0].waiting is not None
    assert (welcome.cards[0].waiting.who, welcome.cards[0].waiting.since) == ("Maria Lopez", at("2026-03-02 14:00"))
    assert (live.cards, found.late, found.waiting) == ([], 1, 2)
    text = page(cast.olive, "/journeys/")
    assert "2 on the way · 1 late · 2 wait for somebody" in text
    assert "2 items late" in text
    assert "Borealis" not in page(cast.alice, "/journeys/?show=mine")
    assert "Acme Ltd" not in page(cast.mallory, "/journeys/")
    assert "Nobody is on this journey" in page(cast.mallory, "/journeys/")


def test_a_client_reads_in_plain_words_what_we_wait_for_and_what_comes_next(
    days: Days,
    cast: Cast,
    book: Book,
    system: Any,
) -> None:
    alice = cast.actor("alice")
    deploy_journey(book.alices, actor=alice)
    found = client_checklist(book.alices)
    assert [(step.text, step.place) for step in found.steps] == [("Your start", "now")]
    assert [(asked.text, asked.since, asked.is_late) for asked in found.asked] == [
        ("Let us in", at("2026-03-02 14:00"), False)
    ]
    # A block on something that has no words for clients stays inside, and so does every reason.
    days.later(hours=1)
    block_item(item("folder"), waits_for="client", reason="Elise forgot", actor=alice)
    block_item(item("access"), waits_for="client", reason="Elise is away", actor=alice)
    again = client_checklist(book.alices)
    assert again.asked == found.asked
    assert "Elise" not in repr(again)
    days.until(at("2026-03-05 15:00"))
    assert client_checklist(book.alices).asked[0].is_late
    tick_item(item("access"), actor=alice)
    assert client_checklist(book.alices).asked == []
    close_account(book.alices, reason="price", actor=system)
    days.run()
    assert client_checklist(book.alices).steps == []


def test_a_task_of_a_journey_says_where_it_comes_from(
    days: Days,
    cast: Cast,
    book: Book,
    page: Any,
) -> None:
    deploy_journey(book.alices, actor=cast.actor("alice"))
    shown(cast, book)
    text = page(cast.alice, "/tasks/")
    assert "Set up the folder" in text
    assert "From a journey" in text
    assert clock.now() == at("2026-03-02 14:00")

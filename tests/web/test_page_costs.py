"""What a page costs in queries: the same with a hundred accounts and with ten thousand, with few rows and with many."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.identity.people import Person
from tenure.records.account import Account
from tenure.records.activity import log_activity
from tenure.records.contact import add_contact
from tenure.records.contract import start_contract
from tenure.records.deliverable import plan_deliverable
from tenure.records.goal import set_goal
from tenure.records.handover import Handover, begin_handover, give_handover
from tenure.records.issue import open_issue
from tenure.records.meeting import Meeting, schedule_meeting
from tenure.records.message import log_message
from tenure.records.note import log_note
from tenure.work.checklists import deploy_journey
from tenure.work.commitments import Opening
from tenure.work.plays import start_play
from tenure.work.refresh import refresh_standing
from tenure.work.tasks import create_task
from tests.book import Book
from tests.cast import Cast, blueprint
from tests.web.crowd import JOURNEY, add_crowd
from tests.web.world import WORK

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("P-08")]

LISTS = {
    "today": ("/today/", 20),
    "portfolio": ("/portfolio/", 16),
    "portfolio by renewal, on": ("/portfolio/?sort=renewal&tone=red&tone=yellow", 16),
    "portfolio of a segment": ("/portfolio/?segment=core", 16),
    "heat map": ("/portfolio/?view=heat", 16),
    "signals": ("/signals/", 12),
    "meetings": ("/meetings/", 11),
    "messages": ("/messages/", 11),
    "tasks": ("/tasks/", 11),
    "commitments": ("/commitments/", 11),
    "journeys": ("/journeys/", 14),
    "people": ("/people/", 16),
    "ledger": ("/ledger/", 13),
    "find": ("/find/?q=account", 12),
    "more": ("/more/", 10),
}
OF_ACCOUNT = {
    "account": ("/accounts/{account}/", 53),
    "timeline": ("/accounts/{account}/timeline/", 31),
    "score": ("/accounts/{account}/score/", 13),
    "promise": ("/accounts/{account}/commitments/reply/", 14),
    "handover": ("/handovers/{handover}/", 20),
    "meeting": ("/meetings/{meeting}/", 33),
    "meeting shown": ("/meetings/{meeting}/shown/", 24),
    "meeting notes": ("/meetings/{meeting}/notes/", 16),
    "today": ("/today/", 26),
}


@pytest.fixture
def model() -> Model:
    promise = {
        "label": "Reply",
        "kind": "clock",
        "opens": {"on": "message.received"},
        "met_by": [{"on": "message.sent"}],
        "within": "24 hours",
        "owner": "csm",
    }
    return blueprint(
        commitments={"reply": promise},
        playbooks={"rescue": {"label": "Rescue", "steps": {"call": {"label": "Call them", "owner": "csm"}}}},
        journeys={"onboarding": JOURNEY},
        handovers={"work": WORK | {"many": True}},
        deliverables={"page": {"label": "Page"}},
        meetings={"sync": {"label": "Sync", "ratings": {"ease": {"text": "Ease"}}}},
        segments={"core": {"label": "Core", "where": "tier = 'core'"}},
    )


def queries(client: Client, pages: Mapping[str, tuple[str, int]], **names: str) -> dict[str, int]:
    """How many queries each page runs the second time that it is asked for."""
    found = {}
    for name, (address, _) in pages.items():
        url = address.format(**names)
        assert client.get(url).status_code == 200, url
        with CaptureQueriesContext(connection) as seen:
            client.get(url)
        found[name] = len(seen)
    return found


def baseline(pages: Mapping[str, tuple[str, int]]) -> dict[str, int]:
    return {name: count for name, (_, count) in pages.items()}


@pytest.mark.parametrize("size", [100, 10_000])
def test_a_list_costs_the_same_however_many_accounts_there_are(
    client: Client, cast: Cast, book: Book, size: int
) -> None:
    add_crowd(size, cast.alice, book.alices)
    client.force_login(cast.olive)
    assert queries(client, LISTS) == baseline(LISTS)


def crowd_account(account: Account, cast: Cast, many: int) -> Meeting:
    """Let an account live through a lot: `many` of everything."""
    alice, now = cast.actor("alice"), clock.now()
    for n in range(many):
        contact = add_contact(account, name=f"Person {n}", email=f"p{n}@acme.example", actor=alice)
        log_message(account, direction="in", channel="email", contact=contact.pk, subject="Why", body="?", actor=alice)
        log_note(account, text=f"Note {n}", actor=alice)
        log_activity(account, type="call", text="Rang", actor=alice)
        open_issue(account, title=f"Broken {n}", actor=alice)
        set_goal(account, title=f"Goal {n}", baseline=1, target=10, actor=alice)
        plan_deliverable(account, type="page", title=f"Page {n}", actor=alice)
        create_task(title=f"Task {n}", account=account.pk, actor=alice)
        start_contract(account, starts_on=alice.day, amount=9600, actor=cast.actor("olive"))
        meeting = schedule_meeting(
            account, type="sync", starts_at=now + timedelta(hours=n), attendees=[contact.pk], actor=alice
        )
        Opening.objects.create(
            rule="reply", account_id=account.pk, opening=f"{n}", opened_at=now, due_at=now, owner_role="csm",
            owner=cast.alice,
        )  # fmt: skip
        handover = begin_handover(account, form="work", answers={"what": "A page"}, actor=cast.actor("sam"))
        give_handover(handover, actor=cast.actor("sam"))
    deploy_journey(account, actor=alice)
    start_play(account, playbook="rescue", actor=alice)
    refresh_standing([account.pk], alice)
    return meeting


@pytest.mark.parametrize("many", [4, 20])
def test_a_page_of_an_account_costs_the_same_however_much_happened(
    client: Client, cast: Cast, book: Book, many: int
) -> None:
    meeting = crowd_account(book.alices, cast, many)
    client.force_login(cast.alice)
    assert queries(
        client, OF_ACCOUNT, account=book.alices.pk, meeting=meeting.pk, handover=Handover.objects.latest("given_at").pk
    ) == baseline(OF_ACCOUNT)


def test_the_crowd_is_in_the_table(client: Client, cast: Cast, book: Book) -> None:
    """The costs above are those of full pages: fifty rows, and a next page."""
    add_crowd(100, cast.alice, book.alices)
    client.force_login(cast.olive)
    page = client.get("/portfolio/").content.decode()
    assert page.count('name="selected"') == 50
    assert 'rel="next"' in page
    assert Person.objects.count() == 8

"""What a client's pages have in common: one way back from a page of one thing, and days in the right tense."""

import re
from datetime import timedelta

import pytest
from django.conf import settings as project
from django.test import Client
from django.urls import reverse

from tenure.records.action import ActionItem
from tenure.records.deliverable import Deliverable
from tests.web.portal.two_sides import Sides, model, sides  # noqa: F401 - fixtures

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("P-05")]

# Each page of one thing, what it is of, and where it leads back to. The pages of a kind lead nowhere back.
BACK = {
    "portal_goal": ("goal", "portal_plan"),
    "portal_report": ("report", "portal_results"),
    "portal_piece": ("piece", "portal_work"),
    "portal_meeting": ("held", "portal_meetings"),
    "portal_thread": ("thread", "portal_messages"),
}


@pytest.fixture
def carl(sides: Sides, client: Client) -> Client:
    client.force_login(sides.own.client, backend=project.AUTHENTICATION_BACKENDS[0])
    return client


def read(client: Client, name: str, args: list[str]) -> str:
    answered = client.get(reverse(name, args=args))
    assert answered.status_code == 200
    return answered.content.decode()


def test_a_page_of_one_thing_has_one_way_back(carl: Client, sides: Sides) -> None:
    own = sides.own
    for name, (row, kind) in BACK.items():
        ways = re.findall(r'<a class="btn quiet back" href="([^"]+)"', read(carl, name, own.args(row)))
        assert ways == [reverse(kind, args=own.args())], name
        assert 'class="btn quiet back"' not in read(carl, kind, own.args())


def test_a_piece_whose_day_is_past_was_to_go_out(carl: Client, sides: Sides) -> None:
    own, day = sides.own, sides.cast.actor("alice").day
    for due_on, said, unsaid in (
        (day + timedelta(days=1), "goes out on", "was to go out on"),
        (day - timedelta(days=1), "was to go out on", "goes out on"),
    ):
        Deliverable.objects.filter(pk=own.rows["piece"]).update(due_on=due_on)
        for name, args in (("portal_work", own.args()), ("portal_piece", own.args("piece"))):
            shown = read(carl, name, args)
            assert said in shown and unsaid not in shown, (name, due_on)


def test_what_was_asked_long_ago_stands_apart_from_what_waits(carl: Client, sides: Sides) -> None:
    own, day = sides.own, sides.cast.actor("alice").day
    action = ActionItem.objects.get(account=own.account, text="Send the price list")
    # Sixty days past is late; a day more is long ago.
    for days, is_old in ((60, False), (61, True)):
        action.due_on = day - timedelta(days=days)
        action.save(update_fields=["due_on"])
        waits, _, old = read(carl, "portal_home", own.args()).partition('id="old"')
        assert ("Send the price list" in old, "Send the price list" in waits) == (is_old, not is_old)
        assert ("does it still count?" in old) == is_old

"""Meetings are put where the client likes to meet, in time for the rhythm that was promised to them."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as project
from django.test import Client
from django.urls import reverse

from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.records.account import Account, change_account
from tenure.records.meeting import Meeting, hold_meeting, schedule_meeting
from tenure.work.refresh import refresh_standing
from tests.book import Book
from tests.cast import Cast, at, blueprint
from tests.days import Days, days  # noqa: F401 - a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R-04")]

SYNC = {
    "label": "Sync",
    "promise": "Every two weeks we look at results.",
    "kind": "cadence",
    "opens": {"on": "meeting.held", "where": "data.type = 'start'"},
    "met_by": [{"on": "meeting.held", "where": "data.type = 'sync'"}],
    "every": "2 weeks",
    "owner": "csm",
}


@pytest.fixture
def model() -> Model:
    kinds = {"start": {"label": "Start", "minutes": 60}, "sync": {"label": "Sync", "minutes": 45}}
    return blueprint(meetings=kinds, commitments={"sync": SYNC})


@pytest.fixture
def alice(client: Client, cast: Cast, book: Book) -> Client:
    refresh_standing([book.alices.pk], cast.actor("olive"))
    client.force_login(cast.alice, backend=project.AUTHENTICATION_BACKENDS[0])
    return client


def act(name: str, account: Account) -> str:
    return reverse("act", args=[name, account.pk])


def likes(client: Client, account: Account, weekday: str, time: str, zone: str = "") -> Any:
    return client.post(act("account.set_slot", account), {"weekday": weekday, "time": time, "zone": zone})


def begins_with(client: Client, account: Account, field: str, **asked: str) -> str:
    form = client.get(act("meeting.schedule", account), asked).context["form"]
    value = form[field].value()
    return f"{value:%Y-%m-%d %H:%M}" if hasattr(value, "hour") else str(value)


def test_a_slot_is_kept_and_shown_with_the_place_whose_time_it_is(alice: Client, book: Book) -> None:
    assert likes(alice, book.alices, "tue", "10:00", "America/Los_Angeles").status_code == 303
    page = alice.get(reverse("account", args=[book.alices.pk])).content.decode()
    assert "Tuesday 10:00, Los Angeles time" in page


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"weekday": "tue", "time": "25:00"}, "time"),
        ({"weekday": "someday", "time": "10:00"}, "weekday"),
        ({"weekday": "tue", "time": "10:00", "zone": "Mars/Base"}, "zone"),
    ],
)
def test_what_is_no_slot_is_refused_at_its_field(alice: Client, book: Book, given: dict[str, str], field: str) -> None:
    answer = alice.post(act("account.set_slot", book.alices), given)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    book.alices.refresh_from_db()
    assert book.alices.preferred_slot is None


def test_the_form_begins_with_the_slot_by_which_the_rhythm_is_kept(
    days: Days, cast: Cast, book: Book, alice: Client
) -> None:
    # Monday 2 March, 9:00 in New York. The start is held now, so that the first sync is due by Monday 16 March, 9:00.
    likes(alice, book.alices, "tue", "10:00", "America/Los_Angeles")
    actor = cast.actor("alice")
    start = schedule_meeting(book.alices, type="start", starts_at=clock.now(), actor=actor)
    hold_meeting(start, actor=actor)
    days.run()
    assert begins_with(alice, book.alices, "type") == "sync"
    # The Tuesdays until then are the 3rd and the 10th. In Los Angeles it is 10:00 when it is 13:00 in New York; the
    # clocks of both have gone forward on the 8th.
    assert begins_with(alice, book.alices, "starts_at") == "2026-03-10 13:00"
    page = alice.get(act("meeting.schedule", book.alices)).content.decode()
    assert "They like to meet on Tuesday 10:00, Los Angeles time." in page
    # As the form stands it is taken: 13:00 in New York in summer is 17:00 in UTC.
    posted = {"type": "sync", "starts_at": "2026-03-10T13:00"}
    assert alice.post(act("meeting.schedule", book.alices), posted).status_code == 303
    sync = Meeting.objects.get(type="sync")
    assert sync.starts_at == at("2026-03-10 17:00")
    # The one after it: two weeks from a booked one on a Tuesday at ten is the Tuesday at ten two weeks later.
    assert begins_with(alice, book.alices, "starts_at", type="sync") == "2026-03-24 13:00"
    # A kind without a rhythm takes the first slot that comes.
    assert begins_with(alice, book.alices, "starts_at", type="start") == "2026-03-03 13:00"


def test_nobody_is_asked_to_come_at_once(days: Days, book: Book, alice: Client) -> None:
    # Monday 9:00 in New York: the slot an hour from now is too near, the next is a week away.
    likes(alice, book.alices, "mon", "10:00", "America/New_York")
    assert begins_with(alice, book.alices, "starts_at") == "2026-03-09 10:00"


def test_the_time_of_day_stays_when_clocks_change(days: Days, cast: Cast, book: Book, alice: Client) -> None:
    # In Phoenix clocks never change: 9:00 there is 11:00 in New York in winter and 12:00 from 8 March on.
    change_account(book.alices, zone="America/Phoenix", actor=cast.actor("alice"))
    likes(alice, book.alices, "fri", "09:00")
    assert begins_with(alice, book.alices, "starts_at") == "2026-03-06 11:00"
    days.hands.set(clock.now() + timedelta(days=7))
    assert begins_with(alice, book.alices, "starts_at") == "2026-03-13 12:00"


def test_without_a_slot_no_time_is_made_up(alice: Client, book: Book) -> None:
    assert begins_with(alice, book.alices, "starts_at") == "None"
    assert "Preferred slot" in alice.get(reverse("account", args=[book.alices.pk])).content.decode()


def test_the_client_says_it_in_the_portal_and_we_plan_by_it(days: Days, client: Client, cast: Cast, book: Book) -> None:
    refresh_standing([book.alices.pk], cast.actor("olive"))
    client.force_login(cast.carl, backend=project.AUTHENTICATION_BACKENDS[0])
    here = reverse("portal_meetings", args=[book.alices.pk])
    assert "When you like to meet" in client.get(here).content.decode()
    said = client.post(reverse("portal_slot", args=[book.alices.pk]), {"weekday": "thu", "time": "16:30"}, follow=True)
    assert "Thank you. We look for times then." in said.content.decode()
    assert 'value="16:30"' in client.get(here).content.decode()
    client.force_login(cast.alice, backend=project.AUTHENTICATION_BACKENDS[0])
    assert begins_with(client, book.alices, "starts_at") == "2026-03-05 16:30"


def test_a_meeting_that_is_moved_says_when_they_like_to_meet(alice: Client, cast: Cast, book: Book) -> None:
    likes(alice, book.alices, "wed", "08:00", "America/Chicago")
    actor = cast.actor("alice")
    meeting = schedule_meeting(book.alices, type="sync", starts_at=clock.now() + timedelta(days=1), actor=actor)
    page = alice.get(reverse("act", args=["meeting.reschedule", meeting.pk])).content.decode()
    assert "They like to meet on Wednesday 08:00, Chicago time." in page

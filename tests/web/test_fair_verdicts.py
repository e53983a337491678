"""A verdict is fair, by the pages: a cause and whose it was, a correction beside the first, a moved meeting."""

from datetime import timedelta

import pytest
from django.conf import settings as project
from django.test import Client
from django.urls import reverse

from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.records.meeting import Meeting, schedule_meeting
from tenure.records.message import log_message
from tenure.work.commitments import Opening, Verdict
from tests.book import Book
from tests.cast import Cast, at, blueprint
from tests.days import Days, days  # noqa: F401 - a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("P-13")]

REPLIES = {
    "label": "Replies",
    "promise": "Whoever writes has an answer within a day.",
    "opens": {"on": "message.received"},
    "met_by": [{"on": "message.sent"}],
    "match": "all",
    "within": "24 hours",
    "owner": "csm",
}
SYNC = {
    "label": "Sync",
    "kind": "cadence",
    "opens": {"on": "meeting.held", "where": "data.type = 'start'"},
    "met_by": [{"on": "meeting.held", "where": "data.type = 'sync'"}],
    "every": "2 weeks",
    "owner": "csm",
}


@pytest.fixture
def model() -> Model:
    kinds = {"start": {"label": "Start"}, "sync": {"label": "Sync"}}
    return blueprint(commitments={"replies": REPLIES, "sync": SYNC}, meetings=kinds)


@pytest.fixture
def missed(days: Days, cast: Cast, book: Book) -> Opening:
    """A question of Monday morning that nobody answered by Tuesday morning."""
    log_message(book.alices, direction="in", actor=cast.actor("alice"))
    days.run()
    days.later(hours=25)
    return Opening.objects.get(rule="replies")


def signed_in(client: Client, cast: Cast, name: str) -> Client:
    client.force_login(getattr(cast, name), backend=project.AUTHENTICATION_BACKENDS[0])
    return client


def page(client: Client, book: Book, rule: str = "replies") -> str:
    return client.get(reverse("promise", args=[book.alices.pk, rule])).content.decode()


def test_a_miss_is_given_its_cause_and_whose_it_was(missed: Opening, client: Client, cast: Cast, book: Book) -> None:
    alice = signed_in(client, cast, "alice")
    explain = reverse("act", args=["commitment.explain", missed.pk])
    form = alice.get(explain).content.decode()
    assert '<option value="client_absent">The client did not come or did not answer</option>' in form
    assert (
        alice.post(explain, {"cause": "client_absent", "whose": "client", "note": "Closed for the fair"}).status_code
        == 303
    )
    shown = page(alice, book)
    assert "Closed for the fair" in shown
    assert "the client" in shown
    assert "0 of 1 kept" in shown  # a cause does not change the verdict
    assert alice.post(explain, {"cause": "fate", "whose": "us"}).status_code == 422


def test_a_verdict_is_corrected_by_somebody_whom_it_does_not_judge(
    missed: Opening, days: Days, client: Client, cast: Cast, book: Book
) -> None:
    correct = reverse("act", args=["commitment.correct", missed.pk])
    said = {"verdict": "met", "reason": "Answered by phone on Monday"}
    # Alice carries the account, so that the verdict is on her.
    assert signed_in(client, cast, "alice").post(correct, said).status_code == 403
    assert signed_in(client, cast, "lena").post(correct, {"verdict": "met", "reason": " "}).status_code == 422
    assert client.post(correct, said).status_code == 303
    days.run()
    shown = page(client, book)
    assert "1 of 1 kept" in shown
    assert "Answered by phone on Monday" in shown
    # Both stand: the miss that time gave, and what Lena said after it.
    assert list(Verdict.objects.order_by("pk").values_list("verdict", flat=True)) == ["missed", "met"]
    assert Verdict.objects.last().restated_of_id == Verdict.objects.first().pk  # type: ignore[union-attr]


@pytest.mark.requirement("R-04")
def test_a_meeting_that_is_moved_is_not_missed(days: Days, client: Client, cast: Cast, book: Book) -> None:
    alice, actor = signed_in(client, cast, "alice"), cast.actor("alice")
    start = schedule_meeting(book.alices, type="start", starts_at=clock.now(), actor=actor)
    alice.post(reverse("meeting_hold", args=[start.pk]))
    sync = schedule_meeting(book.alices, type="sync", starts_at=clock.now() + timedelta(days=10), actor=actor)
    days.run()
    move = reverse("act", args=["meeting.reschedule", sync.pk])
    moved = {"starts_at": "2026-03-16T08:00", "cause": "client", "reason": "trade fair"}
    assert alice.post(move, moved).status_code == 303
    # From 10 days on to the morning on which the two weeks end: 8:00 in New York in summer is 12:00 in UTC.
    assert Meeting.objects.get(pk=sync.pk).starts_at == at("2026-03-16 12:00")
    days.until(at("2026-03-16 12:50"))
    assert alice.post(reverse("meeting_hold", args=[sync.pk])).status_code == 303
    days.run()
    assert Meeting.objects.get(pk=sync.pk).status == "held"
    assert "1 of 1 kept" in page(alice, book, "sync")

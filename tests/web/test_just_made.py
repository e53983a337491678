"""What was made a moment ago opens at once: the pipeline has not come by, and its page stands all the same."""

import pytest
from django.conf import settings as project
from django.test import Client
from django.urls import reverse

from tenure.blueprint.model import Model
from tenure.records.account import Account
from tenure.records.meeting import schedule_meeting
from tenure.work.standing import Standing
from tests.book import Book
from tests.cast import Cast, at, blueprint

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("P-08")]


@pytest.fixture
def model() -> Model:
    return blueprint(meetings={"sync": {"label": "Sync"}})


def opened(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_a_new_account_opens_at_once_and_its_score_is_unknown(client: Client, cast: Cast, book: Book) -> None:
    client.force_login(cast.alice, backend=project.AUTHENTICATION_BACKENDS[0])
    made = client.post(reverse("account_create"), {"name": "Quayside Bakery"}, follow=True)
    account = Account.objects.get(name="Quayside Bakery")
    assert made.redirect_chain == [(reverse("account", args=[account.pk]), 303)]
    assert made.status_code == 200
    assert "Quayside Bakery" in made.content.decode()
    assert "No score was made yet" in opened(client, reverse("account_score", args=[account.pk]))
    assert not Standing.objects.filter(pk=account.pk).exists()  # a page that is read writes nothing


def test_a_meeting_of_a_new_account_opens_at_once(client: Client, cast: Cast, book: Book) -> None:
    client.force_login(cast.alice, backend=project.AUTHENTICATION_BACKENDS[0])
    meeting = schedule_meeting(
        book.alices,
        type="sync",
        starts_at=at("2026-03-02 15:00"),
        actor=cast.actor("alice"),
    )
    assert "Acme Ltd" in opened(client, reverse("meeting", args=[meeting.pk]))
    assert "Acme Ltd" in opened(client, reverse("account", args=[book.alices.pk]))


def test_a_new_account_of_somebody_else_stays_hidden(client: Client, cast: Cast, book: Book) -> None:
    for who in ("alice", "carl"):
        client.force_login(getattr(cast, who), backend=project.AUTHENTICATION_BACKENDS[0])
        assert client.get(reverse("account", args=[book.mallorys.pk])).status_code == 404

"""The page of the day: what slips on one account is one line, the gravest first."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.work.refresh import refresh_standing
from tenure.work.signals import OpenSignal
from tests.book import Book
from tests.cast import Cast, blueprint

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("P-08")]

LABELS = {"late": "Replies are late", "red": "Red for a week", "still": "Nothing happens"}


@pytest.fixture
def model() -> Model:
    return blueprint(
        signals={
            key: {"label": label, "when": "score < 3", "severity": "yellow", "owner": "csm"}
            for key, label in LABELS.items()
        }
    )


def fire(cast: Cast, account_id: str, rule: str, severity: str, snoozed: bool = False) -> None:
    now = clock.now()
    OpenSignal.objects.create(
        account_id=account_id, rule=rule, state="firing", severity=severity, kind="risk", owner_role="csm",
        owner=cast.alice, since=now - timedelta(days=9), fired_at=now - timedelta(days=2), reason="For 9 days",
        snoozed_until=now + timedelta(days=1) if snoozed else None,
    )  # fmt: skip


def slipping(client: Client, cast: Cast, book: Book) -> list[str]:
    """The lines of what slips, as Alice reads them."""
    refresh_standing([book.alices.pk], cast.actor("olive"))
    client.force_login(cast.alice)
    section = client.get("/today/").content.decode().split('id="slipping"')[1].split("</section>")[0]
    lines = re.findall(r'<span class="text">(.*?)</span>', section, re.S)
    return [" ".join(re.sub(r"<[^>]+>", " ", line).split()) for line in lines]


def test_signals_of_one_account_are_one_line(client: Client, cast: Cast, book: Book) -> None:
    for rule, severity in (("late", "yellow"), ("red", "red"), ("still", "yellow")):
        fire(cast, book.alices.pk, rule, severity)
    assert slipping(client, cast, book) == [
        "Acme Ltd Red for a week: For 9 days · also Replies are late and Nothing happens"
    ]


def test_what_is_snoozed_keeps_a_line_of_its_own(client: Client, cast: Cast, book: Book) -> None:
    fire(cast, book.alices.pk, "late", "yellow")
    fire(cast, book.alices.pk, "red", "red", snoozed=True)
    assert slipping(client, cast, book) == [
        "Acme Ltd Replies are late: For 9 days",
        "Acme Ltd Red for a week: For 9 days",
    ]

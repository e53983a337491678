"""The mean time to a first result on the lead's page: what is still open is counted, said beside it, and listed."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from django.conf import settings as project
from django.test import Client
from django.urls import reverse

from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.pipeline.lake import open_lake
from tenure.pipeline.night import run_night
from tenure.work.commitments import Opening, Verdict
from tests.book import Book
from tests.cast import Cast, at, blueprint

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R-02", "P-04")]


@pytest.fixture
def model() -> Model:
    raci = blueprint().model_dump(mode="json")["raci"]
    seen = {"accountable": "lead", "responsible": ["ops", "csm"]}
    return blueprint(
        raci=raci | {"numbers.view": seen, "numbers.view_team": {"accountable": "lead", "responsible": ["ops"]}},
        commitments={
            "first": {
                "label": "First content",
                "opens": {"on": "contract.started"},
                "met_by": [{"on": "deliverable.delivered"}],
                "within": "5 days",
                "owner": "csm",
            }
        },
        kpis={
            "days": {
                "label": "Days from contract to first content",
                "kind": "lead",
                "why": "It holds everything together",
                "commitment": "first",
                "of": "mean",
                "target": Decimal(5),
                "better": "down",
                "unit": "days",
            }
        },
    )


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.use(clock.SetClock(at("2026-03-10 15:00"))):
        yield


def test_what_is_still_open_is_counted_and_said(cast: Cast, book: Book) -> None:
    """Bob's took four days; Alice's has run for eight when the night closes 9 March, at four in Greenwich: six or more."""
    finished = Opening.objects.create(
        rule="first", account_id=book.bobs.pk, opening="1", opened_at=at("2026-02-26 04:00"), owner=cast.bob,
        due_at=at("2026-03-03 04:00"), met_at=at("2026-03-02 04:00"), judged_at=at("2026-03-02 04:00"), status="met",
        owner_role="csm",
    )  # fmt: skip
    Verdict.objects.create(
        opening=finished, verdict="met", happened_at=at("2026-03-02 04:00"), known_at=at("2026-03-02 04:00"),
        owner=cast.bob,
    )  # fmt: skip
    Opening.objects.create(
        rule="first", account_id=book.alices.pk, opening="2", opened_at=at("2026-03-02 04:00"), owner=cast.alice,
        due_at=at("2026-03-07 04:00"), status="running", owner_role="csm",
    )  # fmt: skip
    with open_lake() as lake:
        run_night(lake, date(2026, 3, 9))
    client = Client()
    client.force_login(cast.lena, backend=project.AUTHENTICATION_BACKENDS[0])
    page = " ".join(client.get(reverse("team")).content.decode().split())
    assert "at least 6 days" in page and "not met" in page
    assert "2 promises, 1 finished, 1 still open" in page
    address = reverse("kpi", args=["days"])
    rows = client.get(address, {"scope": f"team:{cast.team.pk}", "day": "2026-03-09"}).content.decode()
    assert "1 finished, after 4 days in the mean; 1 still open, the oldest for 8 days." in rows
    assert "With these counted as unfinished, the mean is at least 6 days." in rows
    assert "Acme Ltd" in rows and "Borealis" in rows

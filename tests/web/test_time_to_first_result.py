"""The mean time to a first result on the lead's page: what is still open is counted, said beside it, and listed."""

from datetime import date
from decimal import Decimal

import pytest
from django.conf import settings as project
from django.test import Client
from django.urls import reverse

from tenure.blueprint.model import Model
from tenure.pipeline.lake import open_lake
from tenure.pipeline.night import run_night
from tenure.records.contract import start_contract
from tenure.records.deliverable import deliver_deliverable, plan_deliverable
from tests.book import Book
from tests.cast import Cast, at, blueprint
from tests.days import Days, days
from tests.web.world import EVERYBODYS_NUMBERS, measured_roles

__all__ = ["days"]
pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R-02", "P-04")]


@pytest.fixture
def model() -> Model:
    raci = blueprint().model_dump(mode="json")["raci"]
    return blueprint(
        raci=raci | EVERYBODYS_NUMBERS,
        roles=measured_roles(),
        deliverables={"piece": {"label": "Piece"}},
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
            "answers": {
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


def test_what_is_still_open_is_counted_and_said(days: Days, cast: Cast, book: Book) -> None:
    """Both contracts began on 2 March at 14:00; Bob's piece was live four days later, Alice's is not.

    9 March ends at four in the morning of Greenwich: 7 days and 14 hours, 7.58. With four the mean is at least 5.79.
    """
    olive, bob = cast.actor("olive"), cast.actor("bob")
    for account in (book.alices, book.bobs):
        start_contract(account, starts_on=olive.day, amount=9600, actor=olive)
    days.run()
    days.until(at("2026-03-06 14:00"))
    deliver_deliverable(plan_deliverable(book.bobs, type="piece", title="The oven", actor=bob), actor=bob)
    days.run()
    days.until(at("2026-03-10 15:00"))
    with open_lake() as lake:
        run_night(lake, date(2026, 3, 9))
    client = Client()
    client.force_login(cast.lena, backend=project.AUTHENTICATION_BACKENDS[0])
    page = " ".join(client.get(reverse("team")).content.decode().split())
    assert "at least 5.79 days" in page and "not met" in page
    assert "2 promises, 1 finished, 1 still open" in page
    address = reverse("kpi", args=["answers"])
    rows = client.get(address, {"scope": f"team:{cast.team.pk}", "day": "2026-03-09"}).content.decode()
    assert "1 finished, after 4 days in the mean; 1 still open, the oldest for 7.58 days." in rows
    assert "With these counted as unfinished, the mean is at least 5.79 days." in rows
    assert "Acme Ltd" in rows and "Borealis" in rows

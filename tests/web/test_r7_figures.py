"""R7's figures as its people read them on their pages: the CSM their own, the lead the team's, the founder everybody's.

What each is counted from was done over four weeks; what it comes to is worked out by hand.
"""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.conf import settings as project
from django.test import Client
from django.urls import reverse

from tenure.blueprint.model import Model
from tenure.identity.actor import Actor
from tenure.identity.people import Person
from tenure.pipeline.lake import open_lake
from tenure.pipeline.night import run_night
from tenure.records.account import Account, close_account, create_account
from tenure.records.advocacy import log_advocacy
from tenure.records.contract import start_contract
from tenure.records.deliverable import Deliverable, deliver_deliverable, plan_deliverable
from tenure.records.meeting import Meeting, hold_meeting, miss_meeting, schedule_meeting
from tenure.records.workflow import move_deliverable
from tests.cast import Cast, at
from tests.days import Days, days
from tests.web.r7 import r7

__all__ = ["days"]
pytestmark = [pytest.mark.django_db]
BEGAN = at("2025-11-01 15:00")
ASKED, LAST = date(2026, 3, 16), date(2026, 3, 30)


@pytest.fixture
def model() -> Model:
    return r7()


@pytest.fixture
def night(days: Days, cast: Cast, system: Actor) -> None:
    """Acme (Alice's) and Borealis (Bob's) for four weeks; Meridian (Mallory's, of the other team) left on day 60."""
    acme, borealis, meridian = (
        take_on(name, owner, system)
        for name, owner in (("Acme", cast.alice), ("Borealis", cast.bob), ("Meridian", cast.mallory))
    )
    close_account(meridian, reason="price", on=date(2025, 12, 31), at=at("2025-12-31 15:00"), actor=system)
    for account, ahead, came in ((acme, 9, 2), (borealis, 6, 1)):
        for number in range(ahead):
            # Material is asked for of two of them, for the same day; of the others no day is named yet.
            asked = {"material_on": ASKED} if number < 2 else {}
            made = piece(account, system, due_on=date(2026, 4, 6), **asked)
            if number < came:
                move_deliverable(made, to="captured", actor=system)
    days.hands.set(at("2026-03-30 22:00"))
    for account, published in ((acme, 8), (borealis, 4)):
        for _ in range(published):
            deliver_deliverable(piece(account, system), actor=system)
    # Each is written down weeks after it took place.
    for account, moment in ((acme, "2026-03-09 15:00"), (acme, "2026-03-23 15:00"), (borealis, "2026-03-09 15:00")):
        hold_meeting(sync(account, moment, system), client_attended=True, actor=system)
    miss_meeting(sync(borealis, "2026-03-23 15:00", system), whose="client", actor=system)
    miss_meeting(sync(borealis, "2026-03-27 15:00", system), whose="us", actor=system)
    dana = {"stage": "given", "evidence": "“Our best spring”", "consented_on": date(2026, 3, 1)}
    log_advocacy(acme, type="testimonial", actor=system, **dana)
    log_advocacy(acme, type="referral", stage="given", evidence="The florist came by it", actor=system)
    log_advocacy(borealis, type="review", actor=system)  # asked for, and not given yet
    days.until(at("2026-03-31 14:00"))
    with open_lake() as lake:
        run_night(lake, LAST)


def take_on(name: str, owner: Person, system: Actor) -> Account:
    account = create_account(name=name, stage="running", owner=owner.pk, role="csm", at=BEGAN, actor=system)
    start_contract(account, starts_on=BEGAN.date(), amount=9600, at=BEGAN, actor=system)
    return account


def piece(account: Account, actor: Actor, **values: Any) -> Deliverable:
    return plan_deliverable(account, type="published_piece", title="The oven", actor=actor, **values)


def sync(account: Account, moment: str, actor: Actor) -> Meeting:
    return schedule_meeting(account, type="sync", starts_at=at(moment), actor=actor)


Read = Callable[..., str]


@pytest.fixture
def read(client: Client) -> Read:
    """A page as somebody of the cast reads it: its words without markup."""

    def found(person: Person, name: str, *args: str, **query: str) -> str:
        client.force_login(person, backend=project.AUTHENTICATION_BACKENDS[0])
        answer = client.get(reverse(name, args=args), query)
        assert answer.status_code == 200
        return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())

    return found


@pytest.mark.requirement("R-04", "R-05", "R-11", "R-13", "R-15", "P-05")
def test_each_reads_the_figures_of_those_they_answer_for(night: None, cast: Cast, read: Read) -> None:
    team = read(cast.lena, "team")
    for words in (
        # Acme came to both of its syncs. Borealis came to one of two; that we missed a third is not theirs:
        # (100 + 50) / 2.
        "A client who stays away has begun to leave. 75 % 2 clients not met at least 95 %",
        # Nine pieces at three a week are three weeks, six are two: one of two clients has three.
        "publishing stops three weeks later. 50 % 2 clients not met at least 100 %",
        # Two of two captures came from Acme, one of two from Borealis: (100 + 50) / 2.
        "What is not captured cannot be published. 75 % 2 clients",
        # Eight pieces in four weeks are 2 a week, four are 1.
        "Publishing steadily is what brings the views. 1.5 pieces 2 clients",
        # Both of the team's began in November and are still here.
        "own verdict on the result. 100 % 2 clients met at least 90 %",
        # A testimonial and a referral; the review is not written yet.
        "Clients who win bring the next ones. 2 in a year 2 clients",
    ):
        assert words in team
    # Workload, and who is where on the journey.
    assert "Workload 2 Alice Senior CSM" in team
    assert "1 of 15 to 20 room for 14" in team
    assert "On the journey Portfolio Running 2" in team
    assert "Meridian" not in team
    assert "Mallory" not in team

    # The founder leads everybody: of three clients Meridian left before its 90th day.
    everybody = read(cast.erin, "team")
    assert "own verdict on the result. 66.67 % 3 clients not met at least 90 %" in everybody
    assert "Workload 3" in everybody
    assert "Mallory Senior CSM" in everybody
    rows = read(cast.erin, "kpi", "retained_after_90", scope="company")
    assert all(name in rows for name in ("Acme", "Borealis", "Meridian"))

    # Whose figure it is reads their own, and the rows behind it.
    assert "own verdict on the result. 100 % 1 client met" in read(cast.bob, "numbers")
    for key, own in (("sync_attendance", "50 %"), ("submission", "50 %"), ("pieces_per_week", "1 pieces")):
        rows = read(cast.bob, "kpi", key)
        assert own in rows
        assert "Borealis" in rows
        assert "Acme" not in rows

    # What is planned, client by client; under three weeks is told.
    assert "Acme its pieces 3.0 weeks" in read(cast.alice, "content", show="ahead")
    assert "Borealis its pieces 2.0 weeks" in read(cast.bob, "content", show="ahead")
    assert "Content is planned for 2 weeks" in read(cast.bob, "signals")
    assert "Content is planned" not in read(cast.alice, "signals")

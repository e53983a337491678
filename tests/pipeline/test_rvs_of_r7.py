"""R7's Result Velocity Score in its life: yellow is acted on, two weeks of red reach the lead, calibration counts."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.test import Client
from django.urls import reverse

from tenure.blueprint.loader import load
from tenure.blueprint.model import Model
from tenure.facts.lake import Lake
from tenure.identity.actor import Actor
from tenure.identity.staff import assign
from tenure.pipeline.kpis import gather
from tenure.pipeline.lake import open_lake
from tenure.pipeline.process import Pipeline
from tenure.pipeline.schedule import day_due
from tenure.records.account import Account, create_account
from tenure.records.meeting import hold_meeting, schedule_meeting
from tenure.records.rating import Rating, calibrate_rating, give_ratings
from tenure.work.commitments import Opening
from tenure.work.escalations import Escalation
from tenure.work.plays import Play
from tenure.work.scopes import company
from tenure.work.signals import OpenSignal
from tenure.work.standing import Standing
from tenure.work.tasks import Task, do_task
from tests.book import Book
from tests.cast import Cast
from tests.days import Days

pytestmark = pytest.mark.requirement("R-06")
BLUEPRINTS = Path(__file__).resolve().parents[2] / "blueprints"


@pytest.fixture
def model() -> Model:
    return load(BLUEPRINTS / "r7-creative", search=[BLUEPRINTS])


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    """Static files as they lie in the sources: a page is read here that names some."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = project.STORAGES | {"staticfiles": plain}


@pytest.fixture
def lake(days: Days, cast: Cast) -> Iterator[Lake]:
    opened = open_lake()
    yield opened
    opened.close()


@pytest.fixture
def book(days: Days, cast: Cast, system: Actor) -> Book:
    """Four clients of R7, two of them with somebody who carries them."""
    found = Book(*(create_account(name=name, actor=system) for name in ("Acme", "Borealis", "Meridian", "Nimbus")))
    for account, person in ((found.alices, cast.alice), (found.bobs, cast.bob)):
        assign(account, person=person.pk, role="csm", actor=cast.actor("olive"))
    return found


def night(lake: Lake, days: Days, day: date) -> None:
    pipeline = Pipeline(lake)
    while day_due(days.hands.now()) < day:
        days.hands.advance(timedelta(hours=8))
        pipeline.run_until_idle()


def rate(account: Account, days: Days, cast: Cast, who: str, **values: int) -> list[Rating]:
    actor = cast.actor(who)
    sync = schedule_meeting(account, type="sync", starts_at=days.hands.now(), actor=actor)
    held = hold_meeting(sync, actor=actor)
    return give_ratings(held, values=values, evidence=dict.fromkeys(values, "As seen"), actor=actor)


def red_on_the_leads_page(cast: Cast) -> str:
    """Who is red and for how long, as the lead reads it; whoever is so for more than two weeks is marked."""
    client = Client()
    client.force_login(cast.lena, backend=project.AUTHENTICATION_BACKENDS[0])
    page = client.get(reverse("team")).content.decode()
    red = page[page.index('id="red"') :].split("</section>")[0]
    assert "Acme" in red
    assert "Alice" in red
    assert "Borealis" not in red
    return red


def firing(account: Account) -> set[str]:
    return set(OpenSignal.objects.filter(account_id=account.pk, state="firing").values_list("rule", flat=True))


def test_yellow_starts_its_playbook_and_asks_for_an_act(lake: Lake, days: Days, cast: Cast, book: Book) -> None:
    # (4 + 3 + 3) / 3 = 3.33: yellow.
    rate(book.alices, days, cast, "alice", ease=4, pace=3, result_quality=3)
    night(lake, days, date(2026, 3, 2))
    standing = Standing.objects.get(pk=book.alices.pk)
    assert (standing.score, standing.band) == (Decimal("3.33"), "yellow")
    assert "yellow" in firing(book.alices)
    play = Play.objects.get(account_id=book.alices.pk, playbook="back_to_green")
    assert play.steps.get(key="cause").status == "open"
    assert Task.objects.filter(account_id=book.alices.pk, play=play, owner=cast.alice).exists()
    promise = Opening.objects.get(account_id=book.alices.pk, rule="yellow_acted_on")
    assert promise.status == "running", "what the machine starts by itself is nothing that anybody did"
    do_task(Task.objects.get(account_id=book.alices.pk, play=play, owner=cast.alice), actor=cast.actor("alice"))
    Pipeline(lake).run_until_idle(nights=False)
    promise.refresh_from_db()
    assert promise.status == "met"


def test_two_weeks_of_red_reach_the_lead_and_green_ends_it(lake: Lake, days: Days, cast: Cast, book: Book) -> None:
    rate(book.alices, days, cast, "alice", ease=2, pace=2, result_quality=2)
    night(lake, days, date(2026, 3, 2))
    assert firing(book.alices) & {"red", "red_too_long"} == {"red"}
    night(lake, days, date(2026, 3, 15))
    assert "red_too_long" not in firing(book.alices), "thirteen days are not yet two weeks"
    night(lake, days, date(2026, 3, 16))
    assert "red_too_long" in firing(book.alices)
    signal = OpenSignal.objects.get(account_id=book.alices.pk, rule="red_too_long")
    assert signal.owner_id == cast.lena.pk
    assert OpenSignal.objects.get(account_id=book.alices.pk, rule="red", state="firing").is_inhibited
    play = Play.objects.get(account_id=book.alices.pk, playbook="lead_steps_in")
    assert play.status == "running"
    # Nobody need remember to tell the lead: an hour later the case stands with her.
    days.later(hours=2)
    case = Escalation.objects.get(account_id=book.alices.pk)
    assert (case.owner_id, case.status, case.play_id) == (cast.lena.pk, "open", play.pk)
    red = red_on_the_leads_page(cast)
    assert "14 days" in red
    assert "over" not in red
    # Red since the 2nd: on the 17th it has been red for more than 14 days.
    night(lake, days, date(2026, 3, 17))
    assert '<span class="over">15 days</span>' in red_on_the_leads_page(cast)
    material = gather(lake, date(2026, 3, 17), ["red_too_long", "rvs_average"])
    everyone = company(material.at.model)
    assert material.result("red_too_long", everyone).value == Decimal("1.00")
    assert [row.account for row in material.result("red_too_long", everyone).rows if row.state == "true"] == [
        book.alices.pk
    ]
    rate(book.alices, days, cast, "alice", ease=5, pace=4, result_quality=4)
    night(lake, days, date(2026, 3, 18))
    assert not firing(book.alices) & {"red", "red_too_long"}


def test_a_calibrated_rating_counts_and_both_stay(lake: Lake, days: Days, cast: Cast, book: Book) -> None:
    ease, *_ = rate(book.alices, days, cast, "alice", ease=5, pace=5, result_quality=5)
    rate(book.bobs, days, cast, "bob", ease=4, pace=4, result_quality=4)
    calibrate_rating(ease, value=2, reason="Two captures had to be chased", actor=cast.actor("lena"))
    night(lake, days, date(2026, 3, 2))
    # (2 + 5 + 5) / 3 = 4 and 4: the team's mean is 4; two accounts were never rated, so nobody knows of them.
    assert Standing.objects.get(pk=book.alices.pk).score == Decimal("4.00")
    found = gather(lake, date(2026, 3, 2), ["rvs_average"])
    mean = found.result("rvs_average", company(found.at.model))
    assert (mean.value, mean.count, mean.unknown, mean.is_met) == (Decimal("4.00"), 2, 2, True)
    ease.refresh_from_db()
    assert (ease.given, ease.calibration, ease.calibration_reason) == (5, 2, "Two captures had to be chased")

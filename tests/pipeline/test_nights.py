"""Nights: facts in, measures and scores out, bands and signals told, editions kept; twice is once."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tenure.blueprint.model import Model
from tenure.facts.lake import Lake
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.measures import editions
from tenure.pipeline.cursors import FillState, Run
from tenure.pipeline.lake import open_lake
from tenure.pipeline.night import look, run_night
from tenure.pipeline.process import Pipeline
from tenure.pipeline.schedule import day_due, nights_due
from tenure.records.activity import log_activity
from tenure.records.meeting import hold_meeting, schedule_meeting
from tenure.work.plays import Play
from tenure.work.signals import OpenSignal
from tenure.work.standing import Standing
from tenure.work.tasks import Task
from tests.book import Book
from tests.cast import Cast, at, blueprint
from tests.days import Days

CARD = {
    "label": "Health",
    "components": {
        "contact": {
            "label": "Contact",
            "measure": "days_since_meeting",
            "points": [[0, 100], [20, 0]],
            "good": "you meet often",
            "bad": "the last meeting is long ago",
        }
    },
    "bands": {
        "red": {"label": "Red", "tone": "red", "from": 0},
        "yellow": {"label": "Yellow", "tone": "yellow", "from": 40},
        "green": {"label": "Green", "tone": "green", "from": 70},
    },
}


@pytest.fixture
def model() -> Model:
    return blueprint(
        meetings={"sync": {"label": "Sync"}},
        scorecards={"health": CARD},
        signals={
            "silent": {
                "label": "Silent",
                "when": "days_since_meeting > 9",
                "for": "2 days",
                "owner": "csm",
                "reason": "No meeting for {days_since_meeting} days",
                "play": "reconnect",
            },
            "red_health": {"label": "Red", "when": "score < 40", "severity": "red", "owner": "lead"},
        },
        playbooks={"reconnect": {"label": "Reconnect", "steps": {"call": {"label": "Call", "owner": "csm"}}}},
        segments={"silent_ones": {"label": "Silent ones", "where": "days_since_meeting > 5"}},
    )


@pytest.fixture
def lake(days: Days, cast: Cast) -> Iterator[Lake]:
    opened = open_lake()
    yield opened
    opened.close()


@pytest.fixture
def met(days: Days, cast: Cast, book: Book) -> Book:
    """On Monday Alice met her client, and nobody met anybody since."""
    alice = cast.actor("alice")
    meeting = schedule_meeting(book.alices, type="sync", starts_at=at("2026-03-02 14:00"), minutes=30, actor=alice)
    days.hands.set(at("2026-03-02 16:00"))
    hold_meeting(meeting, actor=alice)
    return book


def live(lake: Lake, days: Days, through: date) -> None:
    """Let time pass, eight hours at a time, until the night of a day has been."""
    pipeline = Pipeline(lake)
    while day_due(days.hands.now()) < through:
        days.hands.advance(timedelta(hours=8))
        pipeline.run_until_idle()


def standing(book: Book) -> Standing:
    return Standing.objects.get(account_id=book.alices.pk)


@pytest.mark.requirement("P-04")
def test_a_night_scores_every_account_and_says_why(lake: Lake, days: Days, met: Book) -> None:
    live(lake, days, date(2026, 3, 2))
    row = standing(met)
    # Met on the day itself: 0 days, 100 points.
    assert (row.score, row.band, row.band_tone, row.score_day) == (Decimal(100), "green", "green", date(2026, 3, 2))
    assert (row.reason, row.parts) == ("you meet often", [{"key": "contact", "label": "Contact", "level": 5}])
    assert row.explanation["parts"][0]["value"] == "0"
    assert row.metrics["days_since_meeting"] == 0
    other = Standing.objects.get(account_id=met.bobs.pk)
    assert (other.score, other.band, other.reason) == (None, "unknown", "Contact is unknown")


@pytest.mark.requirement("P-03", "P-06")
def test_the_edition_holds_what_the_standing_shows(lake: Lake, days: Days, met: Book) -> None:
    live(lake, days, date(2026, 3, 12))
    published = {found.account: found for found in editions.scores_on(lake, date(2026, 3, 12))}
    row = standing(met)
    # Ten days later: 100 - 10 * 5 = 50 points.
    assert (row.score, row.band) == (Decimal(50), "yellow")
    assert (published[met.alices.pk].score, published[met.alices.pk].band) == (Decimal(50), "yellow")
    assert editions.measures_on(lake, date(2026, 3, 12))[met.alices.pk]["days_since_meeting"] == 10
    past = {found.account: found for found in editions.scores_on(lake, date(2026, 3, 4))}
    assert past[met.alices.pk].score == Decimal(90)


def test_a_band_that_changes_is_a_fact_of_its_day(lake: Lake, days: Days, met: Book) -> None:
    live(lake, days, date(2026, 3, 16))
    banded = LedgerEntry.objects.filter(kind="score.banded", account_id=met.alices.pk).order_by("id")
    # 75 points on the 7th day, 65 on the 8th, the 9th of March is 7 days after: 65. 35 points on the 13th.
    assert [(entry.data["band"], entry.data["before"], entry.data["score"]) for entry in banded] == [
        ("green", "", 100.0),
        ("yellow", "green", 65.0),
        ("red", "yellow", 35.0),
    ]
    row = standing(met)
    assert (row.band_since, row.previous_band) == (date(2026, 3, 15), "yellow")


def test_signals_fire_after_their_time_and_their_play_begins(lake: Lake, days: Days, met: Book, cast: Cast) -> None:
    live(lake, days, date(2026, 3, 13))
    assert OpenSignal.objects.get(rule="silent").state == "pending"
    assert not Play.objects.exists()
    live(lake, days, date(2026, 3, 14))
    signal = OpenSignal.objects.get(rule="silent")
    # True on the 12th for the first time; two days later is the end of the 14th.
    assert (signal.state, signal.reason) == ("firing", "No meeting for 12 days")
    assert Task.objects.get().owner == cast.alice
    assert standing(met).signals_open == 1
    assert standing(met).segment_keys == ("silent_ones",)


def test_a_signal_may_read_the_score_of_its_own_day(lake: Lake, days: Days, met: Book, cast: Cast) -> None:
    live(lake, days, date(2026, 3, 15))
    assert OpenSignal.objects.get(rule="red_health").owner == cast.lena


@pytest.mark.requirement("P-06")
def test_a_night_run_twice_is_a_night_run_once(lake: Lake, days: Days, met: Book) -> None:
    live(lake, days, date(2026, 3, 5))

    def state() -> list[object]:
        rows = [list(model.objects.order_by("pk").values()) for model in (LedgerEntry, Standing, OpenSignal, Run)]
        return [*rows, lake.execute(lake.read("scores")).num_rows, lake.execute(lake.read("measures")).num_rows]

    before = state()
    run_night(lake, date(2026, 3, 5))
    run_night(lake, date(2026, 3, 3))
    assert state() == before
    assert not FillState.objects.exists()


def test_nights_that_were_missed_are_made_up_in_order(lake: Lake, days: Days, met: Book) -> None:
    live(lake, days, date(2026, 3, 3))
    days.hands.set(at("2026-03-07 12:00"))
    assert nights_due(days.hands.now()) == [date(2026, 3, 4), date(2026, 3, 5), date(2026, 3, 6)]
    Pipeline(lake).run_until_idle()
    assert nights_due(days.hands.now()) == []
    assert list(Run.objects.filter(is_night=True).order_by("day").values_list("day", flat=True)) == [
        date(2026, 3, day) for day in range(2, 7)
    ]


def test_no_night_is_due_for_days_before_the_home_was_made(days: Days, lake: Lake) -> None:
    assert nights_due(days.hands.now()) == []
    days.hands.set(at("2026-03-03 08:59"))
    assert nights_due(days.hands.now()) == []
    # Four in the morning in New York is nine in UTC.
    days.hands.set(at("2026-03-03 09:00"))
    assert nights_due(days.hands.now()) == [date(2026, 3, 2)]


def test_a_look_scores_the_day_that_runs_and_publishes_nothing(lake: Lake, days: Days, met: Book) -> None:
    days.hands.set(at("2026-03-02 18:00"))
    pipeline = Pipeline(lake)
    pipeline.run_until_idle()
    assert pipeline.look_if_useful() is True
    assert (standing(met).score, standing(met).score_day) == (Decimal(100), date(2026, 3, 2))
    assert lake.execute(lake.read("scores")).num_rows == 0
    days.hands.advance(timedelta(minutes=20))
    pipeline.run_until_idle()
    assert pipeline.look_if_useful() is False, "nothing has come in since"
    log_activity(met.alices, type="call", actor=Actor.machine("test"))
    assert pipeline.look_if_useful() is True


def test_a_look_in_the_evening_and_the_night_after_it_agree(lake: Lake, days: Days, met: Book) -> None:
    days.hands.set(at("2026-03-02 23:00"))
    Pipeline(lake).run_until_idle()
    look(lake)
    live(lake, days, date(2026, 3, 3))
    assert LedgerEntry.objects.filter(kind="score.banded", account_id=met.alices.pk).count() == 1
    assert standing(met).score == Decimal(95)

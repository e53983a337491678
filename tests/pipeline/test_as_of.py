"""An earlier day as it stood: rebuilt from ledger and lake it equals what was shown when its night had closed."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags

from tenure import settings as project
from tenure.blueprint.model import Model
from tenure.facts.lake import Lake
from tenure.identity.accounts import Assignment
from tenure.identity.actor import Actor
from tenure.identity.staff import assign
from tenure.pipeline import as_of
from tenure.pipeline.cursors import Run
from tenure.pipeline.lake import open_lake
from tenure.pipeline.process import Pipeline
from tenure.pipeline.schedule import day_due
from tenure.records.account import change_account, close_account, set_stage
from tenure.records.contract import start_contract
from tenure.records.meeting import hold_meeting, schedule_meeting
from tenure.records.message import log_message
from tenure.work.commitments import Opening, correct_verdict, explain_miss, pause_commitment, resume_commitment
from tenure.work.signals import OpenSignal, snooze_signal
from tenure.work.standing import Standing
from tests.book import Book
from tests.cast import Cast, at, blueprint
from tests.days import Days
from tests.pipeline.test_nights import CARD

pytestmark = [pytest.mark.slow, pytest.mark.requirement("P-03")]

SHOWN = (
    "name", "status", "tier", "stage", "owner_id", "owner_name", "score", "health_rank", "band", "band_tone",
    "band_since", "previous_band", "coverage", "reason", "parts", "explanation", "renewal_on", "amount", "currency",
    "signals_open", "signals_snoozed", "worst_signal", "commitments_open", "commitments_overdue",
)  # fmt: skip


@pytest.fixture
def model() -> Model:
    stages = {"start": {"label": "Start"}, "run": {"label": "Run"}}
    return blueprint(
        meetings={"sync": {"label": "Sync"}},
        journeys={"way": {"label": "Way", "stages": stages}},
        scorecards={"health": CARD},
        signals={
            "silent": {"label": "Silent", "when": "days_since_meeting > 4", "severity": "red", "owner": "csm"},
            "big": {"label": "Big", "when": "amount > 5000", "severity": "green", "owner": "csm"},
        },
        commitments={
            "reply": {
                "label": "Reply",
                "kind": "clock",
                "opens": {"on": "message.received"},
                "met_by": [{"on": "message.sent"}],
                "within": "24 hours",
                "owner": "csm",
            }
        },
    )


@pytest.fixture
def lake(days: Days, cast: Cast) -> Iterator[Lake]:
    opened = open_lake()
    yield opened
    opened.close()


@pytest.fixture
def book(days: Days, book: Book, cast: Cast) -> Book:
    """The accounts, handed out by acts of the first morning, so that the ledger knows of it."""
    Assignment.objects.all().delete()
    for account, person in ((book.alices, cast.alice), (book.bobs, cast.bob), (book.mallorys, cast.mallory)):
        assign(account, person=person.pk, role="csm", actor=cast.actor("olive"))
    return book


def night(lake: Lake, days: Days, day: date) -> None:
    """Let time pass, four hours at a time, until the night of a day has been."""
    pipeline = Pipeline(lake)
    while day_due(days.hands.now()) < day:
        days.hands.advance(timedelta(hours=4))
        pipeline.run_until_idle()


def shown(row: Standing) -> dict[str, Any]:
    return {name: getattr(row, name) for name in SHOWN}


def spark(row: Standing) -> list[float | None]:
    """The last weeks, without those before the first score."""
    values = list(row.spark)
    while values and values[0] is None:
        values.pop(0)
    return values


def live_through(lake: Lake, days: Days, cast: Cast, book: Book) -> dict[date, dict[str, dict[str, Any]]]:
    """Two weeks in which something happens to Alice's account on most days; what lists showed after each night."""
    alice, olive = cast.actor("alice"), cast.actor("olive")
    account = book.alices

    def meet() -> None:
        sync = schedule_meeting(account, type="sync", starts_at=days.hands.now(), actor=olive)
        hold_meeting(sync, actor=olive)

    acts: dict[int, Any] = {
        2: meet,
        3: lambda: set_stage(account, stage="start", actor=alice),
        4: lambda: log_message(account, direction="in", channel="email", body="?", actor=alice),
        5: lambda: start_contract(
            account, starts_on=date(2026, 3, 1), ends_on=date(2026, 12, 31), amount=Decimal(9600), actor=olive
        ),
        7: lambda: assign(account, person=cast.bob.pk, role="csm", actor=olive),
        9: lambda: snooze_signal(
            OpenSignal.objects.get(rule="silent", state="firing", account_id=account.pk),
            until=days.hands.now() + timedelta(days=2), reason="They are away", actor=olive,
        ),
        10: lambda: change_account(account, tier="growth", actor=olive),
        11: lambda: set_stage(account, stage="run", actor=olive),
        12: meet,
        13: lambda: close_account(book.bobs, reason="moved", actor=olive),
    }  # fmt: skip
    found = {}
    for number in range(2, 16):
        day = date(2026, 3, number)
        days.hands.set(at(f"2026-03-{number:02} 15:00"))
        if number in acts:
            acts[number]()
        night(lake, days, day)
        found[day] = {row.pk: shown(row) | {"spark": spark(row)} for row in Standing.objects.all()}
    return found


def test_every_day_is_shown_as_its_night_left_it(lake: Lake, days: Days, cast: Cast, book: Book) -> None:
    lived = live_through(lake, days, cast, book)
    ids = [book.alices.pk, book.bobs.pk, book.mallorys.pk, book.nobodys.pk]
    for day, rows in lived.items():
        rebuilt = as_of.standings(lake, as_of.cut(day), ids)
        again = {row.pk: shown(row) | {"spark": spark(row)} for row in rebuilt}
        apart = [
            (rows[pk]["name"], name, value, again[pk][name])
            for pk in ids
            for name, value in rows[pk].items()
            if again[pk][name] != value
        ]
        assert apart == [], day
    # The story did pass through: the band fell, the signal fired and slept, the owner changed, an account closed.
    mine = [lived[date(2026, 3, n)][book.alices.pk] for n in (2, 8, 9, 15)]
    assert [row["owner_name"] for row in mine] == ["Alice", "Bob", "Bob", "Bob"]
    assert [(row["signals_open"], row["signals_snoozed"]) for row in mine] == [(0, 0), (2, 0), (1, 1), (1, 0)]
    assert [row["band"] for row in mine] == ["green", "green", "yellow", "green"]
    assert lived[date(2026, 3, 15)][book.bobs.pk]["status"] == "closed"


def test_the_order_by_health_is_that_of_the_day(lake: Lake, days: Days, cast: Cast, book: Book) -> None:
    live_through(lake, days, cast, book)
    found = {row.account: row for row in as_of.ranked(lake, as_of.cut(date(2026, 3, 9)), [book.alices.pk, "nobody"])}
    # Met on the 2nd: seven days, 100 - 7 * 5 = 65, yellow; a rank of 1.65.
    assert (found[book.alices.pk].tone, found[book.alices.pk].rank) == ("yellow", Decimal("1.65000"))
    assert (found["nobody"].tone, found["nobody"].rank) == ("unknown", Decimal(2))


def test_what_became_known_later_is_not_seen(lake: Lake, days: Days, cast: Cast, book: Book, system: Actor) -> None:
    set_stage(book.alices, stage="start", actor=system)
    night(lake, days, date(2026, 3, 4))
    # Told on the 5th: since the 3rd it was in the next stage.
    days.hands.set(at("2026-03-05 15:00"))
    set_stage(book.alices, stage="run", at=at("2026-03-03 12:00"), actor=system)
    night(lake, days, date(2026, 3, 5))
    stages = [as_of.fields(as_of.cut(date(2026, 3, n)))[book.alices.pk]["stage"] for n in (3, 4, 5)]
    assert stages == ["start", "start", "run"]


def test_an_account_is_not_there_before_it_was(lake: Lake, days: Days, cast: Cast, book: Book) -> None:
    night(lake, days, date(2026, 3, 2))
    assert as_of.fields(as_of.cut(date(2026, 3, 1))) == {}
    assert set(as_of.fields(as_of.cut(date(2026, 3, 2)), [book.alices.pk])) == {book.alices.pk}


def test_a_day_without_a_night_has_no_score(lake: Lake, days: Days, cast: Cast, book: Book) -> None:
    night(lake, days, date(2026, 3, 3))
    at_that_time = as_of.cut(date(2026, 3, 1))
    row = as_of.standings(lake, at_that_time, [book.alices.pk])[0]
    assert at_that_time.run is None
    assert (row.score, row.band, row.reason) == (None, "unknown", "no night had closed yet, so no score was made")


@pytest.mark.requirement("P-06")
def test_a_day_without_a_night_shows_the_scores_of_the_last_one_before(
    lake: Lake, days: Days, cast: Cast, book: Book, client: Client, settings: Any
) -> None:
    sync = schedule_meeting(book.alices, type="sync", starts_at=days.hands.now(), actor=cast.actor("olive"))
    hold_meeting(sync, actor=cast.actor("olive"))
    night(lake, days, date(2026, 3, 2))
    of_the_night = as_of.standings(lake, as_of.cut(date(2026, 3, 2)), [book.alices.pk])[0]
    night(lake, days, date(2026, 3, 5))
    Run.objects.filter(day__in=[date(2026, 3, 3), date(2026, 3, 4)]).delete()  # as if nobody had been there to run them
    between = as_of.cut(date(2026, 3, 4))
    row = as_of.standings(lake, between, [book.alices.pk])[0]
    assert between.run is None
    assert (row.score, row.score_day) == (100, date(2026, 3, 2))  # met that day; the 4th's own night would say 90
    assert shown(row) == shown(of_the_night)
    assert as_of.ranked(lake, between, [book.alices.pk]) == as_of.ranked(
        lake, as_of.cut(date(2026, 3, 2)), [book.alices.pk]
    )

    # Both pages say of which night they are.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = project.STORAGES | {"staticfiles": plain}
    client.force_login(cast.alice)
    client.post("/as-of/", {"day": "2026-03-04"})
    said = client.get("/portfolio/").content.decode()
    assert "Scores are those of Monday 2 March, the last night before." in strip_tags(said)
    assert "No night closed this day" in said
    told = strip_tags(client.get(f"/accounts/{book.alices.pk}/").content.decode())
    assert "(Monday 2 March, the last night before)" in " ".join(told.split())


@pytest.mark.requirement("P-13")
def test_a_promise_is_shown_with_the_verdict_that_it_had(lake: Lake, days: Days, cast: Cast, book: Book) -> None:
    alice, olive, account = cast.actor("alice"), cast.actor("olive"), book.alices

    def promise() -> Opening:
        return Opening.objects.get(rule="reply")

    log_message(account, direction="in", channel="email", body="?", actor=alice)  # due Tuesday 14:00
    night(lake, days, date(2026, 3, 2))
    days.until(at("2026-03-03 11:00"))
    pause_commitment(promise(), reason="They look for a number", actor=alice)
    night(lake, days, date(2026, 3, 3))
    days.until(at("2026-03-04 15:00"))
    resume_commitment(promise(), actor=alice)
    night(lake, days, date(2026, 3, 5))
    days.until(at("2026-03-06 15:00"))
    explain_miss(promise(), cause="capacity", whose="us", actor=alice)
    night(lake, days, date(2026, 3, 6))
    days.until(at("2026-03-09 15:00"))
    correct_verdict(promise(), verdict="met", reason="She rang back", actor=olive)
    night(lake, days, date(2026, 3, 9))
    found = []
    for number in (2, 3, 4, 5, 6, 9):
        rows = as_of.openings(as_of.cut(date(2026, 3, number)), [account.pk], "reply")
        found += [(number, str(row.status), row.due_at, row.cause, row.is_corrected) for row in rows]
    # Three of the 24 hours were left when it was paused on Tuesday at 11:00; from Wednesday 15:00 they end at 18:00.
    first, moved = at("2026-03-03 14:00"), at("2026-03-04 18:00")
    assert found == [
        (2, "running", first, "", False),
        (3, "paused", first, "", False),
        (4, "missed", moved, "", False),
        (5, "missed", moved, "", False),
        (6, "missed", moved, "capacity", False),
        (9, "met", moved, "", True),
    ]


def test_a_signal_stands_as_it_did(lake: Lake, days: Days, cast: Cast, book: Book) -> None:
    live_through(lake, days, cast, book)

    def silent(number: int) -> list[tuple[str, bool]]:
        found = as_of.signals(as_of.cut(date(2026, 3, number)), [book.alices.pk])
        return [(str(each.state), each.snoozed_until is not None) for each in found if each.rule == "silent"]

    # True since the 7th (five days without a meeting), snoozed from the 9th to the 11th, over with the 12th.
    assert [silent(number) for number in (6, 7, 9, 11, 12)] == [
        [], [("firing", False)], [("firing", True)], [("firing", False)], [],
    ]  # fmt: skip


def test_nothing_is_stored_by_looking_back(lake: Lake, days: Days, cast: Cast, book: Book) -> None:
    live_through(lake, days, cast, book)
    before = [shown(row) for row in Standing.objects.order_by("pk")]
    signals = list(OpenSignal.objects.order_by("pk").values())
    as_of.standings(lake, as_of.cut(date(2026, 3, 5)), [book.alices.pk])
    as_of.signals(as_of.cut(date(2026, 3, 9)), [book.alices.pk])
    assert [shown(row) for row in Standing.objects.order_by("pk")] == before
    assert list(OpenSignal.objects.order_by("pk").values()) == signals

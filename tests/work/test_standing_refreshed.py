"""The standing of an account follows its records, in a number of queries that does not grow with their number."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.blueprint.model import Model
from tenure.identity.actor import Actor
from tenure.records.account import change_account, plan_next_step
from tenure.records.activity import log_activity
from tenure.records.contract import start_contract
from tenure.records.meeting import hold_meeting, schedule_meeting
from tenure.records.message import log_message
from tenure.work.refresh import refresh_standing
from tenure.work.standing import Standing
from tenure.work.tasks import create_task
from tests.book import Book, take_on
from tests.cast import Cast, at, blueprint
from tests.days import Days


@pytest.fixture
def model() -> Model:
    return blueprint(
        segments={
            "growing": {"label": "Growing", "where": "tier = 'growth' and region = 'north'"},
            "stuck": {"label": "Stuck", "where": "score < 3 and score_days_in_band > 14"},
            "unrated": {"label": "Not rated", "where": "score is null"},
        },
        fields={"region": {"label": "Region"}},
        meetings={"sync": {"label": "Sync"}},
    )


def of(book: Book) -> Standing:
    return Standing.objects.get(account_id=book.alices.pk)


def test_it_says_who_and_what_an_account_is(days: Days, cast: Cast, book: Book, system: Actor) -> None:
    change_account(book.alices, tier="growth", industry="Bakery", custom={"region": "north"}, actor=system)
    days.run()
    row = of(book)
    assert (row.name, row.tier, row.industry, row.status) == ("Acme Ltd", "growth", "Bakery", "active")
    assert (row.owner, row.owner_name, row.pod_name) == (cast.alice, "Alice", "One")
    assert row.fields["region"] == "north"
    assert row.segment_keys == ("growing", "unrated")


def test_a_segment_may_ask_for_the_score(days: Days, cast: Cast, book: Book, system: Actor) -> None:
    days.run()
    # In its band since 12 February: 18 days on 2 March.
    Standing.objects.filter(account_id=book.alices.pk).update(
        score=Decimal("2.5"), band="red", band_tone="red", band_since=date(2026, 2, 12)
    )
    refresh_standing([book.alices.pk], system)
    assert of(book).segment_keys == ("stuck",)


def test_what_its_contracts_bring_and_when_they_end(days: Days, cast: Cast, book: Book, system: Actor) -> None:
    start_contract(
        book.alices, starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31), amount=Decimal(1200), actor=system
    )
    start_contract(
        book.alices, starts_on=date(2026, 2, 1), ends_on=date(2026, 6, 30), amount=Decimal(300), actor=system
    )
    start_contract(book.alices, starts_on=date(2026, 4, 1), ends_on=date(2026, 5, 1), amount=Decimal(999), actor=system)
    days.run()
    # The third has not begun on 2 March.
    assert (of(book).amount, of(book).currency, of(book).renewal_on) == (Decimal(1500), "USD", date(2026, 6, 30))


def test_when_we_last_spoke_and_when_we_speak_next(days: Days, cast: Cast, book: Book) -> None:
    alice = cast.actor("alice")
    log_activity(book.alices, type="call", at=at("2026-02-20 10:00"), actor=alice)
    log_activity(book.alices, type="time", minutes=30, at=at("2026-03-01 10:00"), actor=alice)
    log_message(book.alices, direction="in", at=at("2026-03-02 09:00"), actor=alice)
    schedule_meeting(book.alices, type="sync", starts_at=at("2026-03-12 15:00"), actor=alice)
    schedule_meeting(book.alices, type="sync", starts_at=at("2026-03-05 15:00"), actor=alice)
    days.run()
    # Time spent is no touch, and what the client wrote is none of ours.
    assert of(book).last_touch_at == at("2026-02-20 10:00")
    assert of(book).next_touch_at == at("2026-03-05 15:00")
    meeting = book.alices.meetings.order_by("starts_at")[0]
    days.hands.set(at("2026-03-05 16:00"))
    hold_meeting(meeting, actor=alice)
    days.run()
    assert of(book).last_touch_at == at("2026-03-05 15:00")
    assert of(book).next_touch_at == at("2026-03-12 15:00")


def test_the_next_step_is_what_somebody_planned_else_the_first_task_else_the_meeting(
    days: Days, cast: Cast, book: Book
) -> None:
    alice = cast.actor("alice")
    schedule_meeting(book.alices, type="sync", starts_at=at("2026-03-05 15:00"), actor=alice)
    days.run()
    assert (of(book).next_step, of(book).next_step_on) == ("Next meeting", at("2026-03-05 15:00"))
    create_task(title="Later", account=book.alices.pk, due_at=at("2026-03-20 15:00"), actor=alice)
    create_task(title="Soon", account=book.alices.pk, due_at=at("2026-03-10 15:00"), actor=alice)
    days.run()
    assert (of(book).next_step, of(book).next_step_owner) == ("Soon", "Alice")
    plan_next_step(book.alices, text="Call Jo", on=date(2026, 3, 6), owner=cast.bob.pk, actor=alice)
    days.run()
    assert (of(book).next_step, of(book).next_step_owner) == ("Call Jo", "Bob")


@pytest.mark.requirement("P-08")
def test_as_many_queries_for_many_accounts_as_for_few(days: Days, cast: Cast, book: Book, system: Actor) -> None:
    def queries(accounts: list[str]) -> int:
        with CaptureQueriesContext(connection) as captured:
            refresh_standing(accounts, system)
        return len(captured)

    few = [book.alices.pk, book.bobs.pk]
    many = [*few, *(take_on(f"Account {number}", cast.alice, system).pk for number in range(15))]
    for account in many:
        create_task(
            title="Do it",
            account=account,
            owner=cast.alice.pk,
            due_at=days.hands.now() + timedelta(days=1),
            actor=system,
        )
    queries(few), queries(many)
    assert queries(many) == queries(few)


def test_an_account_taken_back_has_no_standing(days: Days, cast: Cast, book: Book) -> None:
    days.run()
    pk = book.bobs.pk
    book.bobs.delete()
    days.run()
    assert not Standing.objects.filter(account_id=pk).exists()

"""When a client is met next: in the rhythm that was promised, in their slot and zone, on a day on which one works."""

from datetime import datetime

import pytest

from tenure.base.clock import SetClock
from tenure.blueprint.model import Model
from tenure.identity.actor import Actor
from tenure.records.account import Account, change_account
from tenure.records.checks import Slot
from tenure.records.meeting import hold_meeting, schedule_meeting
from tenure.work.rhythm import every, following, next_slot
from tests.book import Book
from tests.cast import Cast, at, blueprint
from tests.days import Days

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R-04")]


@pytest.fixture
def model() -> Model:
    held = "data.type = '{}'"
    cadence = {"label": "Sync", "kind": "cadence", "every": "2 weeks", "owner": "csm"}
    hours = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("09:00-17:00",))
    return blueprint(
        calendars={"standard": {"label": "Standard", "hours": hours, "holidays": ["2026-03-10"]}},
        meetings={"strategy": {"label": "Strategy"}, "sync": {"label": "Sync"}, "other": {"label": "Other"}},
        commitments={
            "sync": cadence
            | {
                "opens": {"on": "meeting.held", "where": held.format("strategy")},
                "met_by": [{"on": "meeting.held", "where": held.format("sync")}],
            }
        },
    )


@pytest.fixture
def acme(days: Days, book: Book) -> Account:
    """It is Monday, 2 March 2026, nine in the morning in New York."""
    return book.alices


def held(account: Account, type: str, when: datetime, actor: Actor) -> None:
    hold_meeting(schedule_meeting(account, type=type, starts_at=when, actor=actor), actor=actor)


def test_what_follows_a_meeting_is_what_was_promised(acme: Account, model: Model) -> None:
    assert str(every("sync", model)) == "2 weeks"
    assert every("strategy", model) is None
    assert [following(type, model) for type in ("strategy", "sync", "other")] == ["sync", "sync", ""]


def test_it_lies_in_the_clients_slot_in_their_own_zone(acme: Account, cast: Cast, model: Model) -> None:
    alice = cast.actor("alice")
    held(acme, "sync", at("2026-03-02 13:00"), alice)
    slot = Slot(weekday="thu", time="09:30", zone="America/Los_Angeles")
    acme = change_account(acme, preferred_slot=slot, actor=alice)
    # Two weeks on is Monday 16 March; the last Thursday until then is the 12th. Los Angeles is on summer time since the
    # 8th, seven hours behind UTC: 09:30 there is 16:30.
    found = next_slot(acme, "sync", model)
    assert found is not None
    assert (found.starts_at, found.zone, found.is_preferred) == (at("2026-03-12 16:30"), "America/Los_Angeles", True)


def test_a_day_on_which_the_company_is_closed_is_passed_over_by_a_week(acme: Account, cast: Cast, model: Model) -> None:
    alice = cast.actor("alice")
    held(acme, "sync", at("2026-03-02 13:00"), alice)
    acme = change_account(acme, preferred_slot=Slot(weekday="tue", time="10:00"), actor=alice)
    # Tuesday the 10th, the last one in time, is closed, and the 3rd is the day after they met; a week after the 10th,
    # ten in New York is 14:00 UTC.
    found = next_slot(acme, "sync", model)
    assert found is not None
    assert found.starts_at == at("2026-03-17 14:00")


def test_without_a_slot_it_is_as_last_time_and_without_a_last_time_it_is_unknown(
    acme: Account, cast: Cast, model: Model
) -> None:
    assert next_slot(acme, "sync", model) is None
    held(acme, "sync", at("2026-03-02 13:00"), cast.actor("alice"))
    # Monday at eight in New York; two weeks later that is noon UTC, since the clocks went forward on the 8th.
    found = next_slot(acme, "sync", model)
    assert found is not None
    assert (found.starts_at, found.is_preferred) == (at("2026-03-16 12:00"), False)


def test_after_a_long_silence_it_lies_ahead_all_the_same(acme: Account, cast: Cast, model: Model, days: Days) -> None:
    alice = cast.actor("alice")
    held(acme, "sync", at("2026-03-02 13:00"), alice)
    hands: SetClock = days.hands
    hands.set(at("2026-06-10 14:00"))  # a Wednesday
    acme = change_account(acme, preferred_slot=Slot(weekday="wed", time="09:00"), actor=alice)
    # It is late as it is: the first of their slots that is not today, Wednesday 17 June, nine in New York.
    found = next_slot(acme, "sync", model)
    assert found is not None
    assert found.starts_at == at("2026-06-17 13:00")

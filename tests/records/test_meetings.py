"""Meetings: scheduled, moved, held, missed, called off."""

from datetime import timedelta
from typing import Any

import pytest

from tenure.base.clock import SetClock
from tenure.base.errors import Refused
from tenure.identity.actor import Actor
from tenure.records.account import Account
from tenure.records.contact import Contact, add_contact
from tenure.records.meeting import (
    Meeting,
    cancel_meeting,
    change_meeting,
    hold_meeting,
    miss_meeting,
    reschedule_meeting,
    schedule_meeting,
)
from tests.book import Book
from tests.cast import Cast, at
from tests.records.facts import data_of, facts_of, last_fact

TOMORROW = at("2026-03-03 16:00")
FACT = {
    "type": "sync",
    "starts_at": "2026-03-03T16:00:00+00:00",
    "minutes": 45,
    "attended": None,
    "attendees": 0,
    "status": "scheduled",
}


@pytest.fixture
def sync(acme: Account, cast: Cast) -> Meeting:
    """Alice's meeting of tomorrow, with nobody invited yet."""
    return schedule_meeting(acme, type="sync", starts_at=TOMORROW, actor=cast.actor("alice"))


@pytest.mark.requirement("R-04")
def test_its_kind_brings_length_and_agenda(sync: Meeting, cast: Cast) -> None:
    assert (sync.minutes, sync.zone, sync.facilitator_id) == (45, "America/New_York", cast.alice.pk)
    assert [(item.text, item.source) for item in sync.items.all()] == [
        ("Results since last time", "template"),
        ("Next step", "template"),
    ]
    fact = last_fact("meeting.scheduled")
    assert fact.data == FACT | {"facilitator": cast.alice.pk}
    assert fact.happened_at == at("2026-03-02 15:00")


def test_one_written_down_afterwards_was_scheduled_before_it_was_held(acme: Account, cast: Cast) -> None:
    last_week, alice = at("2026-02-24 16:00"), cast.actor("alice")
    hold_meeting(schedule_meeting(acme, type="sync", starts_at=last_week, actor=alice), actor=alice)
    scheduled, held = last_fact("meeting.scheduled"), last_fact("meeting.held")
    assert (scheduled.happened_at, held.happened_at) == (last_week, last_week)
    assert scheduled.id < held.id
    assert scheduled.recorded_at == at("2026-03-02 15:00")


def test_contacts_and_colleagues_are_invited_once(acme: Account, dana: Contact, cast: Cast, book: Book) -> None:
    meeting = schedule_meeting(
        acme,
        type="sync",
        starts_at=TOMORROW,
        attendees=[dana.pk, cast.sam.pk, dana.pk],
        actor=cast.actor("alice"),
    )
    assert {each.who for each in meeting.invited.all()} == {dana.pk, cast.sam.pk}
    assert last_fact("meeting.scheduled").data["attendees"] == 2
    stranger = add_contact(book.bobs, name="Stranger", actor=cast.actor("bob"))
    for unknown in (stranger.pk, "nobody"):
        with pytest.raises(Refused) as refusal:
            change_meeting(meeting, attendees=[unknown], actor=cast.actor("alice"))
        assert (refusal.value.code, refusal.value.field) == ("unknown_attendee", "attendees")


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"type": "snyc"}, "unknown_meeting", "type"),
        ({"type": ""}, "no_type", "type"),
        ({"minutes": 0}, "no_length", "minutes"),
        ({"zone": "Nowhere"}, "unknown_zone", "zone"),
        ({"facilitator": "nobody"}, "unknown_person", "facilitator"),
        ({"starts_at": TOMORROW.replace(tzinfo=None)}, "invalid", "starts_at"),
    ],
)
def test_what_does_not_fit_is_refused(acme: Account, cast: Cast, values: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(Refused) as refusal:
        schedule_meeting(acme, **{"type": "sync", "starts_at": TOMORROW} | values, actor=cast.actor("alice"))
    assert (refusal.value.code, refusal.value.field) == (code, field)


@pytest.mark.requirement("P-13")
def test_a_moved_meeting_says_on_whose_account_and_is_not_missed(sync: Meeting, cast: Cast) -> None:
    moved = reschedule_meeting(
        sync, starts_at=at("2026-03-05 16:00"), cause="client", reason="Travel", actor=cast.actor("alice")
    )
    assert (moved.status, moved.starts_at) == ("scheduled", at("2026-03-05 16:00"))
    assert data_of("meeting.rescheduled", "cause", "reason", "starts_at", "starts_before") == {
        "cause": "client",
        "reason": "travel",
        "starts_at": "2026-03-05T16:00:00+00:00",
        "starts_before": "2026-03-03T16:00:00+00:00",
    }
    assert "meeting.missed" not in {fact.kind for fact in facts_of(sync.pk)}
    with pytest.raises(Refused) as refusal:
        reschedule_meeting(moved, starts_at=moved.starts_at, cause="us", actor=cast.actor("alice"))
    assert refusal.value.code == "same_time"


@pytest.mark.requirement("R-04", "T-06")
def test_holding_tells_who_came_and_happens_when_it_started(
    sync: Meeting, dana: Contact, cast: Cast, now: SetClock
) -> None:
    change_meeting(sync, attendees=[dana.pk, cast.sam.pk], actor=cast.actor("alice"))
    now.advance(timedelta(days=1, hours=3))
    held = hold_meeting(
        sync, attended=[dana.pk], starts_at=at("2026-03-03 16:10"), minutes=50, actor=cast.actor("alice")
    )
    assert (held.status, held.attended, held.attendees) == ("held", True, 1)
    assert {each.who: each.attended for each in held.invited.all()} == {dana.pk: True, cast.sam.pk: False}
    fact = last_fact("meeting.held")
    assert fact.happened_at == at("2026-03-03 16:10")
    assert fact.known_at == at("2026-03-03 18:00")
    assert fact.data == {
        "type": "sync",
        "starts_at": "2026-03-03T16:10:00+00:00",
        "minutes": 50,
        "attended": True,
        "attendees": 1,
        "status": "held",
        "facilitator": cast.alice.pk,
    }


@pytest.mark.parametrize(
    ("came", "said", "attended"),
    [
        (["dana"], None, True),
        (["sam"], None, False),
        (None, None, True),  # without a list everyone invited came
        (["sam"], True, True),
    ],
)
def test_whether_the_client_came(
    acme: Account, dana: Contact, cast: Cast, came: list[str] | None, said: bool | None, attended: bool
) -> None:
    ids = {"dana": dana.pk, "sam": cast.sam.pk}
    meeting = schedule_meeting(
        acme, type="sync", starts_at=at("2026-03-02 14:00"), attendees=list(ids.values()), actor=cast.actor("alice")
    )
    present = None if came is None else [ids[name] for name in came]
    held = hold_meeting(meeting, attended=present, client_attended=said, actor=cast.actor("alice"))
    assert held.attended is attended


def test_without_contacts_nobody_knows_whether_the_client_came(acme: Account, cast: Cast) -> None:
    meeting = schedule_meeting(acme, type="internal", starts_at=at("2026-03-02 14:00"), actor=cast.actor("alice"))
    assert meeting.client_visible is False
    assert hold_meeting(meeting, actor=cast.actor("alice")).attended is None


def test_a_meeting_held_early_was_held_now(sync: Meeting, cast: Cast) -> None:
    assert hold_meeting(sync, actor=cast.actor("alice")).starts_at == at("2026-03-02 15:00")


@pytest.mark.requirement("P-13")
def test_a_miss_carries_its_cause_and_whose_it_was(sync: Meeting, cast: Cast, now: SetClock) -> None:
    with pytest.raises(Refused) as refusal:
        miss_meeting(sync, whose="client", actor=cast.actor("alice"))
    assert refusal.value.code == "not_yet"
    now.advance(timedelta(days=2))
    missed = miss_meeting(sync, whose="client", cause="No show", actor=cast.actor("alice"))
    assert (missed.status, missed.attended) == ("missed", False)
    fact = last_fact("meeting.missed")
    assert (fact.happened_at, fact.data["cause"], fact.data["whose"]) == (TOMORROW, "no_show", "client")


@pytest.mark.requirement("P-13")
def test_a_miss_that_was_none_is_corrected_and_both_stay(sync: Meeting, cast: Cast, now: SetClock) -> None:
    now.advance(timedelta(days=2))
    assert miss_meeting(sync, whose="us", actor=cast.actor("alice")).attended is None, (
        "nobody says that they stayed away"
    )
    missed = last_fact("meeting.missed")
    held = hold_meeting(sync, actor=cast.actor("alice"))
    assert (held.status, held.cause, held.whose) == ("held", "", "")
    correction = last_fact("meeting.held")
    assert (correction.corrects, correction.happened_at) == (missed.id, TOMORROW)
    assert [fact.kind for fact in facts_of(sync.pk)] == ["meeting.scheduled", "meeting.missed", "meeting.held"]


def test_cancelling_says_on_whose_account(sync: Meeting, cast: Cast) -> None:
    cancelled = cancel_meeting(sync, cause="client", reason="Budget", actor=cast.actor("alice"))
    assert (cancelled.status, cancelled.whose) == ("cancelled", "client")
    assert data_of("meeting.cancelled", "cause", "reason", "status") == {
        "cause": "client",
        "reason": "budget",
        "status": "cancelled",
    }


def test_what_is_over_is_not_moved_held_missed_or_cancelled(sync: Meeting, cast: Cast) -> None:
    alice = cast.actor("alice")
    cancel_meeting(sync, actor=alice)
    for act in (
        lambda: reschedule_meeting(sync, starts_at=at("2026-03-09 16:00"), cause="us", actor=alice),
        lambda: hold_meeting(sync, actor=alice),
        lambda: miss_meeting(sync, whose="us", actor=alice),
        lambda: cancel_meeting(sync, actor=alice),
    ):
        with pytest.raises(Refused) as refusal:
            act()
        assert refusal.value.code == "over"


def test_a_change_keeps_the_rest(sync: Meeting, cast: Cast, dana: Contact) -> None:
    changed = change_meeting(
        sync,
        title="Spring",
        location="https://meet.example",
        attendees=[dana.pk],
        outcome="Renewed",
        actor=cast.actor("alice"),
    )
    assert (changed.title, changed.attendees, changed.outcome, changed.minutes) == ("Spring", 1, "renewed", 45)
    assert last_fact("meeting.changed").data["changed"] == ["attendees", "location", "outcome", "title"]
    change_meeting(sync, title="Spring", attendees=[dana.pk], actor=cast.actor("alice"))
    assert len(facts_of(sync.pk)) == 2


@pytest.mark.requirement("P-09")
def test_an_import_tells_a_past_meeting_with_its_times(acme: Account, system: Actor) -> None:
    meeting = schedule_meeting(
        acme,
        type="sync",
        starts_at=at("2026-01-15 10:00"),
        agenda=[],
        at=at("2026-01-10 10:00"),
        known_at=at("2026-01-10 10:00"),
        actor=system,
    )
    hold_meeting(meeting, client_attended=True, known_at=at("2026-01-16 10:00"), actor=system)
    assert (meeting.items.count(), meeting.facilitator) == (0, None)
    assert [(fact.kind, fact.happened_at, fact.known_at) for fact in facts_of(meeting.pk)] == [
        ("meeting.scheduled", at("2026-01-10 10:00"), at("2026-01-10 10:00")),
        ("meeting.held", at("2026-01-15 10:00"), at("2026-01-16 10:00")),
    ]

"""Meeting notes and decisions: what is ours stays ours, what goes to the client goes once."""

from datetime import timedelta

import pytest

from tenure.base.clock import SetClock
from tenure.base.errors import Refused
from tenure.records.account import Account
from tenure.records.meeting import Meeting, schedule_meeting
from tenure.records.minutes import decide, send_notes, write_notes
from tests.cast import Cast, at
from tests.records.facts import data_of, facts_of, last_fact


@pytest.fixture
def sync(acme: Account, cast: Cast) -> Meeting:
    return schedule_meeting(acme, type="sync", starts_at=at("2026-03-02 14:00"), actor=cast.actor("alice"))


@pytest.mark.requirement("P-14")
def test_notes_of_our_own_and_notes_for_the_client_are_different_fields(sync: Meeting, cast: Cast) -> None:
    alice = cast.actor("alice")
    write_notes(sync, internal="They may leave", actor=alice)
    meeting = write_notes(sync, client="We agreed on the plan", actor=alice)
    assert (meeting.notes_internal, meeting.notes_client) == ("They may leave", "We agreed on the plan")
    assert [fact.kind for fact in facts_of(sync.pk)] == [
        "meeting.scheduled",
        "meeting.notes_written",
        "meeting.notes_written",
    ]


def test_what_another_wrote_meanwhile_is_not_written_over(sync: Meeting, cast: Cast) -> None:
    write_notes(sync, internal="Sam's words", version=0, actor=cast.actor("sam"))
    with pytest.raises(Refused) as refusal:
        write_notes(sync, internal="Alice's words", version=0, actor=cast.actor("alice"))
    assert refusal.value.code == "changed_since"
    sync.refresh_from_db()
    assert (sync.notes_internal, sync.notes_version) == ("Sam's words", 1)


@pytest.mark.requirement("T-06")
def test_notes_are_sent_once_for_each_version(sync: Meeting, cast: Cast, now: SetClock) -> None:
    alice = cast.actor("alice")
    with pytest.raises(Refused) as refusal:
        send_notes(sync, actor=alice)
    assert (refusal.value.code, refusal.value.field) == ("no_notes", "notes_client")
    write_notes(sync, client="The plan", actor=alice)
    sent = send_notes(sync, actor=alice)
    assert sent.notes_sent_at == at("2026-03-02 15:00")
    assert data_of("meeting.notes_sent", "type", "delivery") == {"type": "sync", "delivery": "by_hand"}
    with pytest.raises(Refused) as again:
        send_notes(sync, actor=alice)
    assert again.value.code == "sent"
    now.advance(timedelta(hours=1))
    write_notes(sync, client="The plan, corrected", actor=alice)
    assert send_notes(sync, actor=alice).notes_sent_at == at("2026-03-02 16:00")


def test_a_decision_is_tracked_and_its_words_stay_out_of_the_ledger(sync: Meeting, cast: Cast) -> None:
    decision = decide(sync, text=" Start with video ", actor=cast.actor("alice"))
    assert (decision.text, decision.meeting_id, decision.account_id) == ("Start with video", sync.pk, sync.account_id)
    fact = last_fact("decision.made")
    assert (fact.subject_id, fact.account_id) == (decision.pk, sync.account_id)
    assert fact.data == {"meeting": sync.pk, "client_visible": True}
    assert decide(sync, text="Ours", client_visible=False, actor=cast.actor("alice")).client_visible is False


@pytest.mark.requirement("P-14")
def test_a_decision_of_an_internal_meeting_stays_inside(acme: Account, cast: Cast) -> None:
    meeting = schedule_meeting(acme, type="internal", starts_at=at("2026-03-02 14:00"), actor=cast.actor("alice"))
    assert decide(meeting, text="Offer a discount", actor=cast.actor("alice")).client_visible is False

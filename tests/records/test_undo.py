"""Undo: within ten seconds an act is taken back whole; afterwards it is changed or corrected."""

from datetime import date, timedelta
from typing import get_args, get_origin

import pytest

from tenure.base.clock import SetClock
from tenure.base.errors import Refused
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.identity.operations import OPERATIONS, batch, perform
from tenure.records import models
from tenure.records.account import Account
from tenure.records.contact import Contact
from tenure.records.meeting import hold_meeting, schedule_meeting
from tenure.records.note import Note, change_note, log_note, withdraw_note
from tenure.records.rating import give_ratings
from tenure.records.row import AccountRow
from tenure.records.withdrawal import withdraw_rows
from tests.cast import Cast, at
from tests.records.facts import facts_of

MAKING = {
    "action.add": {"text": "Send the plan"},
    "activity.log": {"type": "call"},
    "contact.add": {"name": "Eve"},
    "contract.start": {"starts_on": date(2026, 1, 1), "amount": 100},
    "deliverable.plan": {"type": "plan", "title": "Plan"},
    "goal.set": {"title": "More"},
    "issue.open": {"title": "Odd figures"},
    "meeting.schedule": {"type": "sync", "starts_at": at("2026-03-03 16:00")},
    "message.log": {"direction": "in"},
    "note.log": {"text": "A note"},
    "point.enter": {"metric": "inquiries", "day": date(2026, 3, 1), "value": 1},
}


@pytest.mark.parametrize("name", sorted(MAKING))
def test_what_was_just_made_is_taken_back(acme: Account, cast: Cast, now: SetClock, name: str) -> None:
    alice = cast.actor("alice")
    row = perform(name, acme, MAKING[name], alice)
    made = facts_of(row.pk)[0]
    now.advance(timedelta(seconds=14))
    undo = OPERATIONS[name].undo
    assert undo is not None
    perform(undo, type(row).objects.get(pk=row.pk), {}, alice)
    assert not type(row).objects.filter(pk=row.pk).exists()
    taken = facts_of(row.pk)[-1]
    assert (taken.kind, taken.retracts) == (f"{row.noun}.withdrawn", made.id)
    assert (taken.happened_at, taken.data["fact"]) == (made.happened_at, made.kind)


@pytest.mark.parametrize("name", sorted(MAKING))
def test_after_ten_seconds_and_the_way_it_stays(acme: Account, cast: Cast, now: SetClock, name: str) -> None:
    alice = cast.actor("alice")
    row = perform(name, acme, MAKING[name], alice)
    now.advance(timedelta(seconds=16))
    with pytest.raises(Refused) as refusal:
        perform(OPERATIONS[name].undo or "", row, {}, alice)
    assert refusal.value.code == "too_late"
    assert type(row).objects.filter(pk=row.pk).exists()


def test_a_rating_is_taken_back(acme: Account, cast: Cast) -> None:
    alice = cast.actor("alice")
    meeting = schedule_meeting(acme, type="sync", starts_at=at("2026-03-02 14:00"), actor=alice)
    (rating,) = give_ratings(hold_meeting(meeting, actor=alice), values={"ease": 3}, actor=alice)
    perform("rating.withdraw", rating, {}, alice)
    assert facts_of(rating.pk)[-1].kind == "rating.withdrawn"


def test_everything_that_was_told_about_it_is_retracted(acme: Account, cast: Cast) -> None:
    alice = cast.actor("alice")
    note = log_note(acme, text="First", actor=alice)
    change_note(note, text="Second", actor=alice)
    withdraw_note(note, actor=alice)
    first, second, *taken = facts_of(note.pk)
    assert [entry.retracts for entry in taken] == [first.id, second.id]


def test_what_was_retracted_already_is_not_retracted_again(acme: Account, cast: Cast) -> None:
    alice = cast.actor("alice")
    action = perform("action.add", acme, {"text": "x"}, alice)
    perform("action.do", action, {}, alice)
    perform("action.reopen", action, {}, alice)
    perform("action.withdraw", action, {}, alice)
    added, done, undone, withdrawn = facts_of(action.pk)
    assert (undone.retracts, withdrawn.retracts) == (done.id, added.id)


def test_another_cannot_undo_it(acme: Account, cast: Cast) -> None:
    note = log_note(acme, text="Mine", actor=cast.actor("alice"))
    with pytest.raises(Refused) as refusal:
        withdraw_note(note, actor=cast.actor("lena"))
    assert refusal.value.code == "not_yours"
    mine = log_note(acme, text="Mine", actor=cast.actor("alice"))
    change_note(mine, pinned=True, actor=cast.actor("lena"))
    with pytest.raises(Refused):
        withdraw_note(mine, actor=cast.actor("alice"))
    assert Note.objects.count() == 2


def test_what_is_still_being_written_is_not_undone(acme: Account, cast: Cast) -> None:
    with batch(cast.actor("alice")), pytest.raises(Refused) as refusal:
        withdraw_note(log_note(acme, text="x", actor=cast.actor("alice")), actor=cast.actor("alice"))
    assert refusal.value.code == "not_stored"


def test_every_undo_is_an_operation_that_takes_the_row_alone() -> None:
    for name, made in OPERATIONS.items():
        if made.undo is None or not made.function.__module__.startswith("tenure.records"):
            continue
        undo = OPERATIONS[made.undo]
        assert undo.has_subject, name
        assert not [field for field in undo.arguments.model_fields.values() if field.is_required()], name
        hint = made.hints["return"]
        hint = get_args(hint)[0] if get_origin(hint) is list else hint  # any of several made at once
        assert undo.subject_model is hint, f"{name} returns {hint}, {made.undo} takes {undo.subject_model}"


@pytest.mark.requirement("P-09")
def test_undoing_an_import_retracts_every_fact_of_its_rows(
    acme: Account, dana: Contact, system: Actor, now: SetClock
) -> None:
    notes = [log_note(acme, text=f"Note {number}", actor=system) for number in range(3)]
    change_note(notes[0], pinned=True, actor=system)
    kept = log_note(acme, text="Kept", actor=system)
    now.advance(timedelta(days=3))
    with batch(system):
        assert withdraw_rows(Note, [note.pk for note in notes]) == 3
    assert list(Note.objects.all()) == [kept]
    retracted = LedgerEntry.objects.filter(kind="note.withdrawn").values_list("retracts", flat=True)
    about = LedgerEntry.objects.filter(subject_id__in=[note.pk for note in notes], retracts=None)
    assert set(retracted) == set(about.values_list("id", flat=True))
    assert len(retracted) == 4


@pytest.mark.requirement("P-09")
def test_an_imported_account_goes_with_all_that_hangs_on_it(acme: Account, dana: Contact, system: Actor) -> None:
    with batch(system):
        assert withdraw_rows(Contact, [dana.pk]) == 1
        assert withdraw_rows(Account, [acme.pk]) == 1
    assert not Account.objects.filter(pk=acme.pk).exists()
    assert facts_of(acme.pk)[-1].kind == "account.withdrawn"


def test_rows_of_the_room_say_their_noun() -> None:
    nouns = [getattr(models, name).noun for name in models.__all__ if issubclass(getattr(models, name), AccountRow)]
    assert len(nouns) == len(set(nouns)) == 28

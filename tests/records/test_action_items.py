"""Action items: ours and the client's."""

from datetime import date, timedelta

import pytest

from tenure.base.clock import SetClock
from tenure.base.errors import Refused
from tenure.records.account import Account
from tenure.records.action import ActionItem, add_action, cancel_action, change_action, do_action, reopen_action
from tenure.records.contact import Contact
from tenure.records.meeting import schedule_meeting
from tests.book import Book
from tests.cast import Cast, at
from tests.records.facts import data_of, facts_of, last_fact

pytestmark = pytest.mark.requirement("T-06")


def test_ours_belongs_to_whoever_is_named_else_to_whoever_notes_it(acme: Account, cast: Cast) -> None:
    alice = cast.actor("alice")
    own = add_action(acme, text="Send the plan", due_on=date(2026, 3, 6), actor=alice)
    assert (own.owner_id, own.client_owned, own.client_visible) == (cast.alice.pk, False, False)
    assert last_fact("action.added").data == {
        "status": "open",
        "owner": cast.alice.pk,
        "contact": None,
        "due_on": "2026-03-06",
        "client_owned": False,
        "meeting": None,
    }
    assert add_action(acme, text="Check figures", owner=cast.sam.pk, actor=alice).owner_id == cast.sam.pk


def test_the_clients_belongs_to_a_contact_and_they_see_it(acme: Account, dana: Contact, cast: Cast) -> None:
    action = add_action(acme, text="Send the logo", contact=dana.pk, actor=cast.actor("alice"))
    assert (action.owner, action.contact_id, action.client_owned, action.client_visible) == (None, dana.pk, True, True)
    assert data_of("action.added", "owner", "contact", "client_owned") == {
        "owner": None,
        "contact": dana.pk,
        "client_owned": True,
    }
    with pytest.raises(Refused) as refusal:
        add_action(acme, text="x", contact=dana.pk, owner=cast.sam.pk, actor=cast.actor("alice"))
    assert refusal.value.code == "two_owners"


def test_what_was_agreed_before_the_client_is_theirs_to_see(acme: Account, cast: Cast, book: Book) -> None:
    alice = cast.actor("alice")
    sync = schedule_meeting(acme, type="sync", starts_at=at("2026-03-02 14:00"), actor=alice)
    inside = schedule_meeting(acme, type="internal", starts_at=at("2026-03-02 14:00"), actor=alice)
    assert add_action(acme, text="a", meeting=sync.pk, actor=alice).client_visible is True
    assert add_action(acme, text="b", meeting=inside.pk, actor=alice).client_visible is False
    assert add_action(acme, text="c", meeting=sync.pk, client_visible=False, actor=alice).client_visible is False
    with pytest.raises(Refused) as refusal:
        add_action(book.bobs, text="d", meeting=sync.pk, actor=cast.actor("bob"))
    assert (refusal.value.code, refusal.value.field) == ("unknown_meeting", "meeting")


def test_doing_and_cancelling(acme: Account, cast: Cast) -> None:
    alice = cast.actor("alice")
    done = do_action(add_action(acme, text="a", actor=alice), at=at("2026-03-02 12:00"), actor=alice)
    assert (done.status, done.closed_at) == ("done", at("2026-03-02 12:00"))
    assert last_fact("action.done").data["status"] == "done"
    dropped = cancel_action(add_action(acme, text="b", actor=alice), reason="Not needed", actor=alice)
    assert dropped.status == "cancelled"
    assert data_of("action.cancelled", "status", "reason") == {"status": "cancelled", "reason": "not_needed"}
    for act in (do_action, cancel_action, change_action):
        with pytest.raises(Refused) as refusal:
            act(done, actor=alice)
        assert refusal.value.code == "closed"


def test_reopening_at_once_takes_back_and_later_is_told(acme: Account, cast: Cast, now: SetClock) -> None:
    alice = cast.actor("alice")
    action = add_action(acme, text="a", actor=alice)
    do_action(action, actor=alice)
    assert reopen_action(action, actor=alice).status == "open"
    kinds = [(fact.kind, fact.retracts) for fact in facts_of(action.pk)]
    assert [kind for kind, _ in kinds] == ["action.added", "action.done", "action.withdrawn"]
    assert kinds[2][1] == facts_of(action.pk)[1].id
    do_action(action, actor=alice)
    now.advance(timedelta(minutes=1))
    reopen_action(action, actor=alice)
    assert last_fact("action.reopened").data["status"] == "open"
    with pytest.raises(Refused):
        reopen_action(action, actor=alice)


def test_one_of_us_takes_it_over_from_the_client(acme: Account, dana: Contact, cast: Cast) -> None:
    action = add_action(acme, text="Send the logo", contact=dana.pk, actor=cast.actor("alice"))
    changed = change_action(action, owner=cast.sam.pk, due_on=date(2026, 3, 9), actor=cast.actor("alice"))
    assert (changed.owner_id, changed.contact, changed.client_owned) == (cast.sam.pk, None, False)
    assert last_fact("action.changed").data["changed"] == ["client_owned", "contact", "due_on", "owner"]
    assert ActionItem.objects.count() == 1

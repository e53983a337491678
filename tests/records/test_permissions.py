"""Who may do what on a record, as one table: owner, teammate, lead, specialist, and those further away."""

from datetime import date
from typing import Any

import pytest

from tenure.base.errors import Forbidden
from tenure.identity.access import rule_for
from tenure.identity.actor import Actor
from tenure.identity.operations import OPERATIONS, perform
from tenure.records import lookup
from tenure.records.account import Account
from tenure.records.contact import Contact
from tenure.records.meeting import hold_meeting, schedule_meeting
from tenure.records.rating import give_ratings
from tests.book import Book
from tests.cast import Cast, at

pytestmark = pytest.mark.requirement("P-05")

PEOPLE = ("alice", "bob", "lena", "sam", "olive", "erin", "carl", "mallory")
YES, NO, HIDDEN = "yes", "no", "hidden"


def row(*answers: str) -> dict[str, str]:
    return dict(zip(PEOPLE, answers, strict=True))


# By the cast's rules: a pod's specialist works on its accounts; goals, ratings and figures are not theirs.
CARRIED = row(YES, HIDDEN, YES, YES, YES, NO, NO, HIDDEN)
BOOK = row(YES, HIDDEN, YES, NO, YES, NO, NO, HIDDEN)
LEADS = row(NO, HIDDEN, YES, NO, YES, NO, NO, HIDDEN)
TABLE: dict[str, dict[str, str]] = {
    "account.change": BOOK,
    "account.set_stage": BOOK,
    "account.plan_next_step": CARRIED,
    "account.close": LEADS,
    "account.reopen": LEADS,
    "account.report_churn": LEADS,
    "action.add": CARRIED,
    "activity.log": CARRIED,
    "contact.add": CARRIED,
    "contact.change": CARRIED,
    "contact.export": CARRIED,
    "contact.erase": CARRIED,
    "contract.start": CARRIED,
    "deliverable.plan": BOOK,
    "goal.set": BOOK,
    "issue.open": CARRIED,
    "meeting.schedule": CARRIED,
    "meeting.hold": CARRIED,
    "message.log": CARRIED,
    "note.log": CARRIED,
    "point.enter": BOOK,
    "rating.give": BOOK,
    "rating.calibrate": row(NO, HIDDEN, YES, NO, NO, NO, NO, HIDDEN),
    "survey.answer": BOOK,
}
ARGUMENTS: dict[str, dict[str, Any]] = {
    "account.set_stage": {"stage": "onboarding"},
    "account.plan_next_step": {"text": "Call"},
    "account.close": {"reason": "x"},
    "account.report_churn": {"reason_code": "x"},
    "action.add": {"text": "x"},
    "activity.log": {"type": "call"},
    "contact.add": {"name": "Eve"},
    "contract.start": {"starts_on": date(2026, 1, 1), "amount": 1},
    "deliverable.plan": {"type": "plan", "title": "x"},
    "goal.set": {"title": "x"},
    "issue.open": {"title": "x"},
    "meeting.schedule": {"type": "sync", "starts_at": at("2026-03-03 16:00")},
    "message.log": {"direction": "in"},
    "note.log": {"text": "x"},
    "point.enter": {"metric": "inquiries", "day": date(2026, 3, 1), "value": 1},
    "rating.give": {"values": {"pace": 3}},
    "rating.calibrate": {"value": 3, "reason": "x"},
    "survey.answer": {"survey": "csat", "answers": {"satisfied": 4}},
}


def subject_of(name: str, acme: Account, dana: Contact, cast: Cast, system: Actor) -> Any:
    """What the operation is about, on Alice's account."""
    noun, _, verb = name.partition(".")
    if name == "account.reopen":
        return perform("account.close", acme, {"reason": "x"}, system)
    if noun == "contact" and verb != "add":
        return dana
    if name in ("meeting.hold", "rating.give", "rating.calibrate"):
        meeting = schedule_meeting(acme, type="sync", starts_at=at("2026-03-02 14:00"), actor=system)
        if name == "meeting.hold":
            return meeting
        held = hold_meeting(meeting, actor=system)
        return held if name == "rating.give" else give_ratings(held, values={"ease": 2}, actor=system)[0]
    return acme


def answer(act: Any) -> str:
    try:
        act()
    except Forbidden as refusal:
        return HIDDEN if refusal.hidden else NO
    return YES


@pytest.mark.parametrize("name", sorted(TABLE))
@pytest.mark.parametrize("person", PEOPLE)
def test_who_may_do_it_on_alices_account(
    acme: Account, dana: Contact, cast: Cast, system: Actor, name: str, person: str
) -> None:
    subject = subject_of(name, acme, dana, cast, system)
    actor = cast.actor(person)
    assert answer(lambda: perform(name, subject, ARGUMENTS.get(name, {}), actor)) == TABLE[name][person]


def test_whoever_has_no_rule_may_not_and_learns_who_may(acme: Account, cast: Cast) -> None:
    with pytest.raises(Forbidden) as refusal:
        perform("note.log", acme, {"text": "x"}, cast.actor("erin"))
    assert refusal.value.who_may == ("Success manager", "Team lead", "Operations", "Specialist")
    assert "raci.note.*" in str(refusal.value)


READERS = ("alice", "lena", "sam", "olive", "erin", "carl")


@pytest.mark.parametrize("person", PEOPLE)
def test_absent_and_out_of_reach_look_alike(acme: Account, book: Book, cast: Cast, person: str) -> None:
    actor = cast.actor(person)
    seen = answer(lambda: lookup.access_account(actor, acme.pk))
    assert seen == (YES if person in READERS else HIDDEN)
    refusals = []
    for pk in ("0" * 26, book.nobodys.pk):
        if pk == book.nobodys.pk and person in ("olive", "erin"):
            continue  # they reach everything
        with pytest.raises(Forbidden) as refusal:
            lookup.access_account(actor, pk)
        refusals.append((str(refusal.value), refusal.value.hidden, refusal.value.who_may))
    assert set(refusals) == {("There is no such account within your reach.", True, ())}


def test_every_operation_of_the_room_is_governed_by_a_rule_of_the_cast(cast: Cast) -> None:
    for name, made in OPERATIONS.items():
        if made.function.__module__.startswith("tenure.records"):
            assert rule_for(cast.actor("alice").model, name) is not None, name

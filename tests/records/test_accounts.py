"""Accounts: taken on, changed, moved along, closed."""

from datetime import date, timedelta
from typing import Any

import pytest

from tenure.base import clock
from tenure.base.clock import SetClock
from tenure.base.errors import Forbidden, Refused
from tenure.blueprint.model import Model
from tenure.identity.accounts import Assignment
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.records.account import (
    Account,
    change_account,
    close_account,
    create_account,
    plan_next_step,
    reopen_account,
    report_churn,
    set_stage,
)
from tests.book import Book
from tests.cast import Cast, at, blueprint
from tests.records.facts import data_of, facts_of, last_fact

CUSTOM = {
    "plan_day": {"label": "Plan day", "type": "day"},
    "region": {"label": "Region", "type": "choice", "choices": ["north", "south"]},
    "budget": {"label": "Budget", "type": "number"},
    "agreed": {"label": "Agreed", "type": "boolean"},
    "story": {"label": "Story", "type": "text"},
    "board": {"label": "Board", "type": "link"},
    "rank": {"label": "Rank", "type": "number", "on": "contact"},
}
JOURNEYS = {"main": {"label": "Main", "stages": {"onboarding": {"label": "Onboarding"}, "steady": {"label": "Steady"}}}}


@pytest.fixture
def model() -> Model:
    return blueprint(fields=CUSTOM, journeys=JOURNEYS)


def test_whoever_carries_a_book_owns_what_they_create(cast: Cast) -> None:
    account = create_account(name=" Acme ", tier="core", seats=12, actor=cast.actor("alice"))
    assert account.name == "Acme"
    held = Assignment.objects.get(account_id=account.pk)
    assert (held.person_id, held.role) == (cast.alice.pk, "csm")
    fact = last_fact("account.created")
    assert fact.account_id == account.pk
    assert fact.data == {
        "tier": "core",
        "industry": "",
        "country": "",
        "status": "active",
        "seats": 12,
        "stage": "",
        "zone": "",
        "trial": False,
        "source": "",
        "pod": None,
        "parent": None,
        "custom": {},
    }


def test_a_name_never_reaches_the_ledger(cast: Cast) -> None:
    account = create_account(name="Unmistakable Ltd", summary="Their words", actor=cast.actor("alice"))
    change_account(account, name="Unmistakable Inc", actor=cast.actor("alice"))
    entries = LedgerEntry.objects.filter(account_id=account.pk).order_by("id")
    assert [entry.kind for entry in entries] == ["account.created", "assignment.started", "account.changed"]
    assert not [entry for entry in entries if "Unmistakable" in str(entry.data) or "Their words" in str(entry.data)]
    assert last_fact("account.changed").data["changed"] == ["name"]


def test_operations_create_without_owning(cast: Cast) -> None:
    account = create_account(name="Acme", actor=cast.actor("olive"))
    assert not Assignment.objects.filter(account_id=account.pk).exists()


def test_naming_another_owner_is_an_assignment(cast: Cast) -> None:
    with pytest.raises(Forbidden) as refusal:
        create_account(name="Acme", owner=cast.bob.pk, actor=cast.actor("alice"))
    assert refusal.value.operation == "account.assign"
    account = create_account(name="Acme", owner=cast.bob.pk, actor=cast.actor("olive"))
    held = Assignment.objects.get(account_id=account.pk)
    assert (held.person_id, held.role) == (cast.bob.pk, "csm")
    with pytest.raises(Refused) as unclear:
        create_account(name="Acme", owner=cast.sam.pk, actor=cast.actor("olive"))
    assert (unclear.value.code, unclear.value.field) == ("no_book", "role")


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"name": "  "}, "empty", "name"),
        ({"tier": "grwth"}, "unknown_tier", "tier"),
        ({"stage": "lost"}, "unknown_stage", "stage"),
        ({"zone": "Europe/Nowhere"}, "unknown_zone", "zone"),
        ({"calendar": "lunar"}, "unknown_calendar", "calendar"),
        ({"website": "javascript:alert(1)"}, "no_address", "website"),
        ({"seats": -1}, "no_seats", "seats"),
        ({"pod": "nowhere"}, "unknown_pod", "pod"),
        ({"parent": "nowhere"}, "unknown_account", "parent"),
        ({"preferred_slot": {"weekday": "tue", "time": "25:00"}}, "no_time", "preferred_slot"),
        ({"preferred_slot": {"weekday": "tuesday", "time": "10:00"}}, "unknown_weekday", "preferred_slot"),
        ({"custom": {"regin": "north"}}, "unknown_field", "custom"),
        ({"custom": {"rank": 1}}, "unknown_field", "custom"),
        ({"custom": {"region": "west"}}, "no_choice", "custom.region"),
        ({"custom": {"budget": "much"}}, "no_number", "custom.budget"),
        ({"custom": {"budget": float("inf")}}, "no_number", "custom.budget"),
        ({"custom": {"plan_day": "31.03.2026"}}, "no_day", "custom.plan_day"),
        ({"custom": {"agreed": "perhaps"}}, "no_boolean", "custom.agreed"),
        ({"custom": {"board": "ftp://x"}}, "no_address", "custom.board"),
        ({"custom": {"story": ["a"]}}, "no_value", "custom.story"),
        ({"at": at("2030-01-01")}, "in_the_future", "at"),
        ({"status": "lost"}, "invalid", "status"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(cast: Cast, values: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(Refused) as refusal:
        create_account(**{"name": "Acme"} | values, actor=cast.actor("olive"))
    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert not Account.objects.exists()


def test_a_wrong_word_is_told_its_nearest(cast: Cast) -> None:
    with pytest.raises(Refused, match=r"no tier “grwth”; did you mean growth\?"):
        create_account(name="Acme", tier="grwth", actor=cast.actor("olive"))


def test_own_fields_are_kept_in_their_types_and_texts_stay_out_of_the_ledger(cast: Cast) -> None:
    given = {"plan_day": "2026-03-31", "region": "north", "budget": "12.50", "agreed": "yes"}
    written = {"story": "A long story", "board": "example.com/board"}
    account = create_account(name="Acme", custom=given | written, actor=cast.actor("alice"))
    facts = {"plan_day": "2026-03-31", "region": "north", "budget": 12.5, "agreed": True}
    assert account.custom == facts | {"story": "A long story", "board": "https://example.com/board"}
    assert last_fact("account.created").data["custom"] == facts
    changed = change_account(account, custom={"budget": None, "region": "south"}, actor=cast.actor("alice"))
    assert changed.custom == {
        "plan_day": "2026-03-31",
        "region": "south",
        "agreed": True,
        "story": "A long story",
        "board": "https://example.com/board",
    }


def test_a_change_touches_what_is_given_and_nothing_new_records_nothing(cast: Cast, book: Book) -> None:
    alice = cast.actor("alice")
    changed = change_account(book.alices, tier="growth", seats=40, actor=alice)
    assert (changed.tier, changed.seats, changed.name) == ("growth", 40, "Acme Ltd")
    assert data_of("account.changed", "tier", "seats", "changed") == {
        "tier": "growth",
        "seats": 40,
        "changed": ["seats", "tier"],
    }
    change_account(book.alices, tier="growth", seats=40, actor=alice)
    assert len(facts_of(book.alices.pk)) == 2
    assert change_account(book.alices, seats=None, actor=alice).seats is None


def test_an_account_cannot_stand_below_itself(cast: Cast, book: Book) -> None:
    olive = cast.actor("olive")
    change_account(book.bobs, parent=book.alices.pk, actor=olive)
    change_account(book.nobodys, parent=book.bobs.pk, actor=olive)
    assert last_fact("account.changed").data["parent"] == book.bobs.pk
    with pytest.raises(Refused) as refusal:
        change_account(book.alices, parent=book.nobodys.pk, actor=olive)
    assert (refusal.value.code, refusal.value.field) == ("circle", "parent")
    assert change_account(book.bobs, parent=None, actor=olive).parent_id is None


def test_a_parent_out_of_reach_looks_absent(cast: Cast, book: Book) -> None:
    messages = []
    for parent in (book.mallorys.pk, "0" * 26):
        with pytest.raises(Refused) as refusal:
            change_account(book.alices, parent=parent, actor=cast.actor("alice"))
        messages.append((refusal.value.code, refusal.value.message))
    assert messages[0] == messages[1] == ("unknown_account", "There is no such account within your reach.")


def test_a_stage_told_late_is_recorded_and_the_later_stage_stays(cast: Cast, book: Book) -> None:
    olive = cast.actor("olive")
    account = set_stage(book.alices, stage="steady", at=at("2026-02-10 09:00"), actor=olive)
    assert (account.stage, account.stage_since) == ("steady", at("2026-02-10 09:00"))
    account = set_stage(account, stage="onboarding", at=at("2026-01-05 09:00"), actor=olive)
    assert (account.stage, account.stage_since) == ("steady", at("2026-02-10 09:00"))
    fact = last_fact("account.changed")
    assert (fact.happened_at, fact.data["stage"], fact.data["changed"]) == (
        at("2026-01-05 09:00"),
        "onboarding",
        ["stage"],
    )


def test_the_next_step_has_an_owner_and_a_day(cast: Cast, book: Book) -> None:
    account = plan_next_step(
        book.alices, text="Send the plan", owner=cast.sam.pk, on=date(2026, 3, 6), actor=cast.actor("alice")
    )
    assert (account.next_step, account.next_step_owner_id) == ("Send the plan", cast.sam.pk)
    assert data_of("account.next_step_planned", "owner", "on") == {"owner": cast.sam.pk, "on": "2026-03-06"}
    account = plan_next_step(account, text="", actor=cast.actor("alice"))
    assert (account.next_step, account.next_step_owner_id, account.next_step_on) == ("", None, None)
    with pytest.raises(Refused) as refusal:
        plan_next_step(account, text="Ask Carl", owner=cast.carl.pk, actor=cast.actor("alice"))
    assert refusal.value.code == "unknown_person"


def test_closing_and_reopening(cast: Cast, book: Book) -> None:
    olive = cast.actor("olive")
    account = close_account(book.alices, reason="Budget cut", at=at("2026-03-02 02:00"), actor=olive)
    # Two in the morning UTC is still the first of March in New York.
    assert (account.status, account.close_reason, account.closed_on) == ("closed", "budget_cut", date(2026, 3, 1))
    assert data_of("account.closed", "reason", "status") == {"reason": "budget_cut", "status": "closed"}
    with pytest.raises(Refused) as refusal:
        close_account(account, reason="again", actor=olive)
    assert refusal.value.code == "closed"
    account = reopen_account(account, actor=olive)
    assert (account.status, account.close_reason, account.closed_on) == ("active", "", None)
    assert last_fact("account.reopened").data["status"] == "active"
    with pytest.raises(Refused):
        reopen_account(account, actor=olive)


def test_a_reported_churn_is_a_fact_and_closes_nothing(system: Actor, book: Book) -> None:
    report_churn(
        book.alices,
        reason_code="Pricing",
        refund="96.454",
        reactivation=True,
        at=at("2026-02-01 00:00"),
        known_at=at("2026-02-03 00:00"),
        actor=system,
    )
    fact = last_fact("account.churned")
    assert (fact.happened_at, fact.known_at) == (at("2026-02-01 00:00"), at("2026-02-03 00:00"))
    assert {name: fact.data[name] for name in ("reason_code", "refund", "reactivation", "status")} == {
        "reason_code": "pricing",
        "refund": 96.45,
        "reactivation": True,
        "status": "active",
    }


@pytest.mark.requirement("P-02")
def test_only_an_import_says_that_something_was_known_earlier(cast: Cast) -> None:
    early = {"at": at("2026-02-01 00:00"), "known_at": at("2026-02-03 00:00")}
    with pytest.raises(Forbidden) as refusal:
        create_account(name="Acme", **early, actor=cast.actor("alice"))
    assert refusal.value.operation == "record.backdate"
    create_account(name="Acme", **early, actor=cast.actor("olive"))
    fact = last_fact("account.created")
    assert (fact.happened_at, fact.known_at) == (early["at"], early["known_at"])
    with pytest.raises(Refused) as backwards:
        create_account(name="Acme", at=at("2026-02-03"), known_at=at("2026-02-01"), actor=cast.actor("olive"))
    assert backwards.value.code == "known_too_early"


@pytest.mark.requirement("P-02")
def test_what_is_told_late_was_known_when_it_was_told(cast: Cast) -> None:
    with clock.use(SetClock(at("2026-03-02 15:00"))):
        create_account(name="Acme", at=clock.now() - timedelta(days=3), actor=cast.actor("alice"))
    fact = last_fact("account.created")
    assert (fact.happened_at, fact.known_at, fact.recorded_at) == (
        at("2026-02-27 15:00"),
        at("2026-03-02 15:00"),
        at("2026-03-02 15:00"),
    )

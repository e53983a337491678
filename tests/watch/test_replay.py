"""A ledger replayed says what was said live, and shows how things stood on any day or would stand under other terms."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from tenure.base.duration import parse
from tenure.facts.contract import Fact
from tenure.watch.replay import replay, replay_signal
from tenure.watch.signals import Reading, Rule, Snooze
from tests.watch.story import Story, at, terms

REPLY: dict[str, Any] = {
    "opens": {"on": "message.received"},
    "met_by": [{"on": "message.sent"}],
    "within": "24 hours",
}
SYNC: dict[str, Any] = {
    "kind": "cadence",
    "opens": {"on": "contract.started"},
    "met_by": [{"on": "meeting.held"}],
    "every": "14 days",
}


def fact(id_: int, kind: str, happened_at: datetime, account: str | None = "acme", **more: Any) -> Fact:
    known = more.pop("known_at", happened_at)
    corrects, retracts = more.pop("corrects", None), more.pop("retracts", None)
    subject = more.pop("subject", f"s{id_}")
    noun = kind.partition(".")[0]
    return Fact(id_, kind, account, noun, subject, None, happened_at, known, known, more, corrects, retracts)


LEDGER = [
    fact(1, "contract.started", at(0)),
    fact(2, "message.received", at(1)),
    fact(3, "message.received", at(1), "umbrella"),
    fact(4, "message.sent", at(1, "10:00"), "umbrella"),
    fact(5, "meeting.held", at(3)),
    fact(6, "message.received", at(20)),
    fact(7, "message.sent", at(1, "20:00"), known_at=at(25)),  # told late: the answer to fact 2
    fact(8, "note.logged", at(26)),
    fact(9, "message.sent", at(20, "05:00"), "umbrella"),
]
RULES = [terms(**REPLY), terms("sync", **SYNC)]


@pytest.mark.requirement("P-03")
def test_it_says_what_was_said_live_and_when() -> None:
    live = Story(terms(**REPLY))
    for each in sorted((each for each in LEDGER if each.account == "acme"), key=lambda each: each.known_at):
        live.wake_until(each.known_at)
        live.take(each)
    live.tick(at(40))
    again = replay(LEDGER, RULES, through=at(40))
    assert [each for each in again.outcomes if (each.rule, each.account) == ("reply", "acme")] == live.outcomes
    assert again.states["reply", "acme"].openings == live.state.openings
    assert set(again.states) == {("reply", "acme"), ("reply", "umbrella"), ("sync", "acme")}


@pytest.mark.requirement("P-03")
def test_it_shows_how_things_stood() -> None:
    whole = replay(LEDGER, RULES, through=at(40))
    assert {opening: each.verdict for opening, each in whole.verdicts().items()} == {
        "reply/2": "met",
        "reply/3": "met",
        "reply/6": "missed",
        "sync/1/1": "met",
        "sync/1/2": "missed",
        "sync/1/3": "open",
    }
    then = whole.verdicts(at(24))
    assert {opening: each.verdict for opening, each in then.items()} == {
        "reply/2": "missed",  # the answer is not known yet
        "reply/3": "met",
        "reply/6": "missed",
        "sync/1/1": "met",
        "sync/1/2": "open",
    }
    assert then == replay(LEDGER, RULES, through=at(24)).verdicts()


def test_the_order_in_which_the_ledger_is_read_does_not_matter() -> None:
    shuffled = list(LEDGER) * 2
    random.Random(5).shuffle(shuffled)
    assert replay(shuffled, RULES, through=at(40)).outcomes == replay(LEDGER, RULES, through=at(40)).outcomes


@pytest.mark.requirement("P-03")
def test_it_shows_how_things_would_have_stood_under_other_terms() -> None:
    stricter = [terms(**{**REPLY, "within": "8 hours"})]
    assert {opening: each.verdict for opening, each in replay(LEDGER, stricter, through=at(40)).verdicts().items()} == {
        "reply/2": "missed",
        "reply/3": "missed",
        "reply/6": "missed",
    }


def test_each_account_may_have_its_own_terms() -> None:
    def terms_of(account: str) -> list[Any]:
        return RULES if account == "acme" else []

    assert {account for _, account in replay(LEDGER, terms_of, through=at(40)).states} == {"acme"}


def test_how_far_a_source_was_read_is_heard_from_the_ledger() -> None:
    ledger = [
        fact(1, "message.received", at(0)),
        fact(2, "source.read_through", at(2), None, source="helpdesk", through=at(0, "23:00").isoformat()),
        fact(3, "source.read_through", at(5), None, source="helpdesk", through=at(4).isoformat()),
        fact(4, "source.read_through", at(6), None, source="helpdesk"),
    ]
    said = replay(ledger, [terms(**REPLY, source="helpdesk")], through=at(9)).outcomes
    assert [(each.kind, each.happened_at, each.known_at) for each in said] == [
        ("opened", at(0), at(0)),
        ("warned", at(0, "18:00"), at(0, "18:00")),
        ("missed", at(1), at(5)),
    ]


def test_nights_ask_whether_a_promise_applies() -> None:
    rule = terms("sync", **{**SYNC, "opens": None}, applies="tier = 'gold'")
    nights = [at(day) for day in range(40)]

    def applies(key: str, account: str, moment: datetime) -> bool:
        return (key, account) == ("sync", "acme") and at(5) <= moment < at(22)

    ledger = [fact(1, "account.created", at(0)), fact(2, "account.created", at(0), "umbrella")]
    said = replay(ledger, [rule], through=at(39), ticks=nights, applies=applies).outcomes
    assert [(each.kind, each.happened_at) for each in said if each.kind != "warned"] == [
        ("opened", at(5)),
        ("opened", at(19)),
        ("missed", at(19)),
        ("cancelled", at(22)),
    ]


def test_expressions_see_the_account_as_it_was() -> None:
    rule = terms(**{**REPLY, "opens": {"on": "message.received", "where": "account.tier = 'gold'"}})

    def fields_of(account: str, moment: datetime) -> Mapping[str, Any]:
        return {"tier": "gold" if account == "acme" and moment > at(10) else "silver"}

    assert list(replay(LEDGER, [rule], through=at(40), fields_of=fields_of).verdicts()) == ["reply/6"]


def test_a_correction_reaches_the_promise_whatever_its_kind() -> None:
    ledger = [
        fact(1, "message.received", at(0)),
        fact(2, "message.withdrawn", at(0), retracts=1, known_at=at(0, "05:00")),
    ]
    assert replay(ledger, [terms(**REPLY)], through=at(9)).verdicts()["reply/1"].verdict == "cancelled"


def test_a_signal_is_replayed_with_what_people_did() -> None:
    rule = Rule("quiet", parse("1 day"), "red")
    readings = [Reading(at(day), day in (1, 2, 3, 4)) for day in range(7)]
    state, told = replay_signal([*reversed(readings), Snooze(at(2, "12:00"), at(3, "12:00"), "later")], rule)
    assert [(each.kind, each.at) for each in told] == [
        ("pending", at(1)),
        ("fired", at(2)),
        ("snoozed", at(2, "12:00")),
        ("woke", at(3, "12:00")),
        ("resolved", at(5)),
    ]
    assert state.status == "resolved"


def test_a_year_of_a_busy_book_is_replayed_in_seconds() -> None:
    draw = random.Random(11)
    ledger, id_ = [], 0
    for account in range(4):
        id_ += 1
        ledger.append(fact(id_, "contract.started", at(0), f"a{account}"))
        for day in range(365):
            for kind in ("message.received", "message.sent", "meeting.held"):
                id_ += 1
                ledger.append(fact(id_, kind, at(day) + timedelta(minutes=draw.randrange(1440)), f"a{account}"))
    replayed = replay(ledger, RULES, through=at(366))
    assert len(replayed.verdicts()) == 4 * (365 + 27)
    assert max(len(state.marks) for state in replayed.states.values()) < 200

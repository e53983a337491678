"""What a trigger asks for is read from its condition, and tested against a fact as the promises test it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tenure.blueprint.model import Trigger
from tenure.facts.contract import Fact
from tenure.simulation.wishes import fits, wish_of

MOMENT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def fact(kind: str, **data: Any) -> Fact:
    return Fact(1, kind, "a", kind.partition(".")[0], "s", None, MOMENT, MOMENT, MOMENT, data)


@pytest.mark.parametrize(
    ("where", "fields"),
    [
        (None, {}),
        ("data.type = 'sync'", {"type": ("sync",)}),
        ("'sync' = data.type", {"type": ("sync",)}),
        ("data.type in ('check_in', 'kickoff')", {"type": ("check_in", "kickoff")}),
        ("data.home_run = true and data.target = 3", {"home_run": (True,), "target": (3,)}),
        ("data.type != 'internal'", {}),
        ("data.type = 'a' or data.type = 'b'", {}),
    ],
)
def test_named_values_are_read(where: str | None, fields: dict[str, tuple[Any, ...]]) -> None:
    wish = wish_of(Trigger(on="meeting.held", where=where))
    assert wish.kind == "meeting.held"
    assert dict(wish.fields) == fields


def test_the_first_value_is_taken_or_what_stands_in_for_it() -> None:
    wish = wish_of(Trigger(on="meeting.held", where="data.type in ('check_in', 'kickoff')"))
    assert wish.one("type") == "check_in"
    assert wish.one("scale", "csat") == "csat"


def test_a_fact_fits_by_kind_and_condition_and_unknown_does_not_fit() -> None:
    trigger = Trigger(on="meeting.held", where="data.type = 'sync'")
    assert fits(trigger, fact("meeting.held", type="sync"))
    assert not fits(trigger, fact("meeting.held", type="qbr"))
    assert not fits(trigger, fact("meeting.missed", type="sync"))
    assert not fits(trigger, fact("meeting.held"))
    assert fits(Trigger(on="meeting.held"), fact("meeting.held"))

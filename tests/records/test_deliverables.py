"""Deliverables: planned, delivered, accepted."""

from datetime import date
from typing import Any

import pytest

from tenure.base.errors import Refused
from tenure.records.account import Account
from tenure.records.deliverable import (
    Deliverable,
    accept_deliverable,
    cancel_deliverable,
    change_deliverable,
    deliver_deliverable,
    plan_deliverable,
)
from tests.cast import Cast, at
from tests.records.facts import facts_of, last_fact

pytestmark = pytest.mark.requirement("C-09")


@pytest.fixture
def plan(acme: Account, cast: Cast) -> Deliverable:
    return plan_deliverable(acme, type="plan", title="Spring plan", due_on=date(2026, 3, 9), actor=cast.actor("alice"))


def test_from_planned_to_accepted(plan: Deliverable, cast: Cast) -> None:
    alice = cast.actor("alice")
    assert last_fact("deliverable.planned").data == {
        "type": "plan",
        "due_on": "2026-03-09",
        "status": "planned",
        "owner": cast.alice.pk,
    }
    with pytest.raises(Refused) as early:
        accept_deliverable(plan, actor=alice)
    assert early.value.code == "wrong_state"
    delivered = deliver_deliverable(plan, url="files.example/plan", at=at("2026-03-02 12:00"), actor=alice)
    assert (delivered.status, delivered.url) == ("delivered", "https://files.example/plan")
    assert last_fact("deliverable.delivered").happened_at == at("2026-03-02 12:00")
    with pytest.raises(Refused):
        deliver_deliverable(plan, actor=alice)
    with pytest.raises(Refused):
        cancel_deliverable(plan, reason="x", actor=alice)
    accepted = accept_deliverable(plan, actor=alice)
    assert (accepted.status, accepted.accepted_at) == ("accepted", at("2026-03-02 15:00"))
    assert [fact.kind for fact in facts_of(plan.pk)] == [
        "deliverable.planned",
        "deliverable.delivered",
        "deliverable.accepted",
    ]


def test_cancelling_says_why(plan: Deliverable, cast: Cast) -> None:
    assert cancel_deliverable(plan, reason="Out of scope", actor=cast.actor("alice")).status == "cancelled"
    assert last_fact("deliverable.cancelled").data["reason"] == "out_of_scope"


def test_a_change_names_its_fields(plan: Deliverable, cast: Cast) -> None:
    change_deliverable(plan, due_on=None, owner=cast.sam.pk, actor=cast.actor("alice"))
    fact = last_fact("deliverable.changed")
    assert fact.data == {
        "type": "plan",
        "due_on": None,
        "status": "planned",
        "owner": cast.sam.pk,
        "changed": ["due_on", "owner"],
    }


@pytest.mark.requirement("P-14")
def test_its_kind_says_whether_the_client_sees_it(plan: Deliverable, acme: Account, cast: Cast) -> None:
    audit = plan_deliverable(acme, type="audit", title="Audit", actor=cast.actor("alice"))
    assert (plan.client_visible, audit.client_visible) == (True, False)


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"type": "plain"}, "unknown_deliverable", "type"),
        ({"type": ""}, "no_type", "type"),
        ({"title": " "}, "empty", "title"),
        ({"owner": "nobody"}, "unknown_person", "owner"),
    ],
)
def test_what_does_not_fit_is_refused(acme: Account, cast: Cast, values: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(Refused) as refusal:
        plan_deliverable(acme, **{"type": "plan", "title": "x"} | values, actor=cast.actor("alice"))
    assert (refusal.value.code, refusal.value.field) == (code, field)

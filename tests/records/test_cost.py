"""What an act costs in queries: imports run tens of thousands of them, so a new one here is told."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.identity.actor import Actor
from tenure.identity.operations import batch, perform
from tenure.records.account import Account
from tenure.records.issue import open_issue
from tests.cast import Cast, at

# Inside a batch: two for the savepoint, one to lock the subject where there is one, and what the act itself needs.
COSTS = {
    "account.create": (4, {"name": "Acme", "tier": "core"}),
    "activity.log": (4, {"type": "call"}),
    "contact.add": (5, {"name": "Eve", "email": "eve@acme.example"}),
    "contract.start": (4, {"starts_on": date(2026, 1, 1), "amount": 100}),
    "issue.open": (4, {"title": "x"}),
    "message.log": (4, {"direction": "in"}),
    "note.log": (4, {"text": "x"}),
    "point.enter": (5, {"metric": "inquiries", "day": date(2026, 3, 1), "value": 1}),
}


def cost(act: Any, actor: Actor) -> int:
    """Queries of one act in the middle of a batch, without those of the batch itself."""
    with batch(actor):
        with CaptureQueriesContext(connection) as queries:
            act()
        return len(queries)


@pytest.mark.requirement("P-09")
@pytest.mark.parametrize("name", sorted(COSTS))
def test_an_import_pays_no_more_per_act(acme: Account, cast: Cast, system: Actor, name: str) -> None:
    expected, values = COSTS[name]
    subject = None if name == "account.create" else acme
    assert cost(lambda: perform(name, subject, values, system), system) == expected


@pytest.mark.requirement("P-09")
def test_telling_how_a_ticket_went_costs_one_lock_and_one_update(acme: Account, system: Actor) -> None:
    issue = open_issue(acme, title="x", at=at("2026-02-01 08:00"), actor=system)
    moment = {"at": at("2026-02-01 09:00")}
    assert cost(lambda: perform("issue.respond", issue, moment, system), system) == 4
    assert cost(lambda: perform("issue.resolve", issue, moment, system), system) == 4

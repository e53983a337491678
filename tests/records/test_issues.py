"""Issues: opened, answered, escalated, contained, resolved, rated."""

from datetime import timedelta
from typing import Any

import pytest

from tenure.base.clock import SetClock
from tenure.base.errors import Refused
from tenure.identity.actor import Actor
from tenure.records.account import Account
from tenure.records.contact import Contact
from tenure.records.issue import (
    Issue,
    change_issue,
    escalate_issue,
    log_in_issue,
    open_issue,
    rate_issue,
    reopen_issue,
    resolve_issue,
    respond_to_issue,
)
from tests.cast import Cast, at
from tests.records.facts import data_of, facts_of, last_fact

pytestmark = pytest.mark.requirement("T-04")


@pytest.fixture
def crisis(acme: Account, dana: Contact, cast: Cast) -> Issue:
    return open_issue(
        acme,
        title="Ads are down",
        type="Strategic",
        severity="urgent",
        body="Since this morning",
        channel="slack",
        contact=dana.pk,
        at=at("2026-03-02 14:00"),
        actor=cast.actor("alice"),
    )


def test_opening_tells_type_and_severity_and_none_of_the_words(crisis: Issue, cast: Cast) -> None:
    assert (crisis.type, crisis.owner_id, crisis.opened_at) == ("strategic", cast.alice.pk, at("2026-03-02 14:00"))
    fact = last_fact("issue.opened")
    assert fact.happened_at == at("2026-03-02 14:00")
    assert fact.data == {
        "type": "strategic",
        "severity": "urgent",
        "status": "open",
        "satisfaction": None,
        "escalated": False,
        "channel": "slack",
        "owner": cast.alice.pk,
    }


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"title": ""}, "empty", "title"),
        ({"severity": "grave"}, "invalid", "severity"),
        ({"type": "!?"}, "invalid", "type"),
        ({"contact": "nobody"}, "unknown_contact", "contact"),
        ({"owner": "nobody"}, "unknown_person", "owner"),
        ({"url": "file:///etc/passwd"}, "no_address", "url"),
    ],
)
def test_what_does_not_fit_is_refused(acme: Account, cast: Cast, values: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(Refused) as refusal:
        open_issue(acme, **{"title": "x"} | values, actor=cast.actor("alice"))
    assert (refusal.value.code, refusal.value.field) == (code, field)


def test_the_first_answer_counts(crisis: Issue, cast: Cast, now: SetClock) -> None:
    alice = cast.actor("alice")
    assert respond_to_issue(crisis, actor=alice).responded_at == at("2026-03-02 15:00")
    now.advance(timedelta(hours=1))
    assert respond_to_issue(crisis, actor=alice).responded_at == at("2026-03-02 15:00")
    told_late = respond_to_issue(crisis, at=at("2026-03-02 14:20"), actor=alice)
    assert told_late.responded_at == at("2026-03-02 14:20")
    assert [fact.kind for fact in facts_of(crisis.pk)].count("issue.responded") == 3
    with pytest.raises(Refused) as refusal:
        respond_to_issue(crisis, at=at("2026-03-02 13:00"), actor=alice)
    assert (refusal.value.code, refusal.value.field) == ("too_early", "at")


def test_escalating_hands_it_over(crisis: Issue, cast: Cast) -> None:
    escalated = escalate_issue(crisis, reason="Spend at risk", to=cast.sam.pk, actor=cast.actor("alice"))
    assert (escalated.owner_id, escalated.escalated) == (cast.sam.pk, True)
    assert data_of("issue.escalated", "to", "reason", "escalated", "owner") == {
        "to": cast.sam.pk,
        "reason": "spend_at_risk",
        "escalated": True,
        "owner": cast.sam.pk,
    }
    with pytest.raises(Refused) as refusal:
        escalate_issue(crisis, actor=cast.actor("alice"))
    assert refusal.value.code == "escalated"
    assert escalate_issue(crisis, to=cast.lena.pk, actor=cast.actor("sam")).owner_id == cast.lena.pk


@pytest.mark.requirement("P-14")
def test_the_log_keeps_apart_what_was_done_and_what_the_client_was_told(crisis: Issue, cast: Cast) -> None:
    alice = cast.actor("alice")
    entry = log_in_issue(crisis, text="Restarted everything", client_told="We are on it", actor=alice)
    assert (entry.text, entry.client_told, entry.author_id) == (
        "Restarted everything",
        "We are on it",
        cast.alice.pk,
    )
    assert last_fact("issue.logged").data["client_told"] is True
    log_in_issue(crisis, text="Found the cause", actor=alice)
    assert last_fact("issue.logged").data["client_told"] is False
    with pytest.raises(Refused):
        log_in_issue(crisis, text=" ", actor=alice)
    assert crisis.log.count() == 2


def test_resolving_and_rating(crisis: Issue, cast: Cast) -> None:
    alice = cast.actor("alice")
    with pytest.raises(Refused) as early:
        rate_issue(crisis, satisfaction=5, actor=alice)
    assert early.value.code == "unresolved"
    resolved = resolve_issue(crisis, resolution="New feed", actor=alice)
    assert (resolved.status, resolved.resolved_at, resolved.satisfaction) == ("resolved", at("2026-03-02 15:00"), None)
    assert last_fact("issue.resolved").data["status"] == "resolved"
    assert rate_issue(crisis, satisfaction=4, actor=alice).satisfaction == 4
    assert last_fact("issue.rated").data["satisfaction"] == 4
    for act in (
        lambda: resolve_issue(crisis, actor=alice),
        lambda: escalate_issue(crisis, actor=alice),
        lambda: change_issue(crisis, status="waiting", actor=alice),
    ):
        with pytest.raises(Refused) as refusal:
            act()
        assert refusal.value.code == "resolved"


def test_reopening_at_once_takes_back_and_later_is_told(crisis: Issue, cast: Cast, now: SetClock) -> None:
    alice = cast.actor("alice")
    resolve_issue(crisis, actor=alice)
    reopen_issue(crisis, actor=alice)
    assert [fact.kind for fact in facts_of(crisis.pk)] == ["issue.opened", "issue.resolved", "issue.withdrawn"]
    resolve_issue(crisis, actor=alice)
    now.advance(timedelta(hours=1))
    reopened = reopen_issue(crisis, actor=alice)
    assert (reopened.status, reopened.resolved_at) == ("open", None)
    assert last_fact("issue.reopened").data["status"] == "open"


def test_a_change_names_its_fields(crisis: Issue, cast: Cast) -> None:
    change_issue(crisis, status="waiting", severity="high", owner=cast.sam.pk, actor=cast.actor("alice"))
    assert data_of("issue.changed", "status", "severity", "owner", "changed") == {
        "status": "waiting",
        "severity": "high",
        "owner": cast.sam.pk,
        "changed": ["owner", "severity", "status"],
    }


@pytest.mark.requirement("P-14")
def test_a_client_sees_what_a_contact_raised(acme: Account, crisis: Issue, cast: Cast) -> None:
    assert crisis.client_visible is True
    assert open_issue(acme, title="Odd figures", actor=cast.actor("alice")).client_visible is False


@pytest.mark.requirement("P-09")
def test_an_import_tells_a_ticket_with_its_own_times(acme: Account, system: Actor) -> None:
    known = {"known_at": at("2026-02-02 00:00")}
    issue = open_issue(acme, title="Ticket", severity="high", at=at("2026-02-01 08:00"), **known, actor=system)
    respond_to_issue(issue, at=at("2026-02-01 09:14"), **known, actor=system)
    resolve_issue(issue, satisfaction=3, at=at("2026-02-01 20:00"), **known, actor=system)
    assert [(fact.kind, fact.happened_at, fact.known_at) for fact in facts_of(issue.pk)] == [
        ("issue.opened", at("2026-02-01 08:00"), at("2026-02-02 00:00")),
        ("issue.responded", at("2026-02-01 09:14"), at("2026-02-02 00:00")),
        ("issue.resolved", at("2026-02-01 20:00"), at("2026-02-02 00:00")),
    ]
    assert last_fact("issue.resolved").data["satisfaction"] == 3

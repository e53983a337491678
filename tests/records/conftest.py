"""The cast's operating model with everything that records name, a clock that stands still, and the ledger watched."""

from collections.abc import Iterator

import pytest

from tenure.base import clock
from tenure.base.clock import SetClock
from tenure.blueprint.model import Model
from tenure.facts.contract import KINDS
from tenure.identity.ledger import LedgerEntry
from tenure.records.account import Account
from tenure.records.contact import Contact, add_contact
from tests.book import Book
from tests.cast import Cast, at, blueprint

NOUNS = {
    "account",
    "action",
    "activity",
    "advocacy",
    "attempt",
    "contact",
    "contract",
    "decision",
    "deliverable",
    "draft",
    "goal",
    "handover",
    "issue",
    "mail",
    "link",
    "meeting",
    "mention",
    "message",
    "note",
    "pace",
    "point",
    "portal",
    "practice_call",
    "rating",
    "result",
    "report",
    "survey",
    "upload",
    "win",
}
SECTIONS = {
    "meetings": {
        "sync": {
            "label": "Results sync",
            "minutes": 45,
            "agenda": ["Results since last time", "Next step"],
            "ratings": {
                "ease": {"text": "How easy was the work together"},
                "pace": {"text": "How fast are we"},
            },
        },
        "internal": {"label": "Internal", "minutes": 30, "client_visible": False, "agenda": ["Who needs help"]},
    },
    "metrics": {"inquiries": {"label": "Inquiries", "unit": "a week"}},
    "goals": {"home_run": {"label": "Home run", "metric": "inquiries", "within": "90 days", "home_run": True}},
    "deliverables": {
        "piece": {
            "label": "Piece",
            "per_week": 2,
            "results": ["inquiries"],
            "states": {
                "idea": {"label": "Idea", "means": "idea"},
                "planned": {"label": "Planned", "means": "planned"},
                "captured": {"label": "Captured", "means": "received"},
                "production": {"label": "In production", "means": "making"},
                "review": {"label": "With the client", "means": "review", "required": True},
                "scheduled": {"label": "Scheduled", "means": "ready"},
                "out": {"label": "Published", "means": "done"},
            },
            "formats": {"reel": {"label": "Reel", "guide": "Hold it upright."}},
        },
        "letter": {
            "label": "Letter",
            "states": {
                "draft": {"label": "Draft", "means": "making"},
                "seen": {"label": "Shown", "means": "review"},
                "sent": {"label": "Sent", "means": "done"},
            },
        },
        "plan": {"label": "Plan"},
        "audit": {"label": "Audit", "client_visible": False},
    },
    "surveys": {
        "nps": {
            "label": "Recommendation",
            "questions": {"recommend": {"text": "Would you", "scale": "nps"}, "why": {"text": "Why", "scale": "text"}},
        },
        "csat": {"label": "Satisfaction", "questions": {"satisfied": {"text": "Are you", "scale": "csat"}}},
    },
    "journeys": {"main": {"label": "Main", "stages": {"onboarding": {"label": "Onboarding"}}}},
}


@pytest.fixture
def model() -> Model:
    return blueprint(**SECTIONS)


@pytest.fixture
def now() -> Iterator[SetClock]:
    """Monday, 2 March 2026, ten in the morning in New York."""
    with clock.use(SetClock(at("2026-03-02 15:00"))) as standing:
        assert isinstance(standing, SetClock)
        yield standing


@pytest.fixture
def acme(now: SetClock, book: Book) -> Account:
    """Alice's account, made just now."""
    return book.alices


@pytest.fixture
def dana(acme: Account, cast: Cast) -> Contact:
    """Alice's contact at the account."""
    return add_contact(
        acme, name="Dana Whitfield", email="dana@acme.example", role="champion", actor=cast.actor("alice")
    )


@pytest.fixture(autouse=True)
def _facts_are_as_declared(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test does: facts carry the fields that their kinds declare, and neither words nor addresses."""
    if "company" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("company")  # so that this ends before the database does
    yield
    for entry in LedgerEntry.objects.filter(subject__in=NOUNS):
        assert set(entry.data) <= set(KINDS[entry.kind].fields), entry.kind
        for name, value in entry.data.items():
            assert not isinstance(value, str) or ("@" not in value and len(value) <= 60), (entry.kind, name)

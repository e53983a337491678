"""A company with one part of each kind in its blueprint, and who may read, plan and apply it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tenure.blueprint.model import Model
from tenure.identity.blueprints import BlueprintVersion
from tenure.identity.company import install
from tests.cast import Cast, blueprint

FILES = {
    "cast/company.yaml": "extends: base\ncompany:\n  name: Cast and Company\n",
    "cast/promises.yaml": "commitments:\n  reply:\n    label: Reply\n",
}


def sections(**changes: Any) -> dict[str, Any]:
    """The parts of the model beside the cast's own."""
    health = {
        "label": "Health",
        "primary": True,
        "components": {
            "ease": {"label": "Ease", "measure": "rating_ease", "points": [[1, 0], [3, 40], [5, 100]], "weight": 3},
            "use": {"label": "Use", "measure": "active_users", "points": [[0, 0], [10, 100]], "missing": "leave_out"},
        },
        "bands": {
            "good": {"label": "Good", "tone": "green", "from": 60},
            "bad": {"label": "Bad", "tone": "red", "from": 0},
        },
        "overrides": {"urgent": {"label": "Something burns", "when": "urgent_issues_open > 0", "band": "bad"}},
    }
    reply = {
        "label": "Reply",
        "promise": "Whoever writes has an answer within a day",
        "opens": {"on": "message.received"},
        "met_by": [{"on": "message.sent"}, {"on": "message.settled"}],
        "cancelled_by": [{"on": "account.closed"}],
        "within": "24 hours",
        "hours": "company",
        "owner": "csm",
        "target": 95,
    }
    return {
        "retention": {"contact_days": 730},
        "scorecards": {"health": health},
        "commitments": {"reply": reply},
        "meetings": {"sync": {"label": "Weekly sync", "ratings": {"ease": {"text": "How easy was it?"}}}},
        "journeys": {
            "start": {
                "label": "Onboarding",
                "starts": {"on": "contract.started"},
                "stages": {
                    "first": {
                        "label": "First week",
                        "within": "7 days",
                        "items": {"call": {"label": "Call them", "owner": "csm", "waits_for": "client"}},
                    }
                },
            }
        },
        "signals": {
            "low": {
                "label": "Low health", "when": "score < 40", "for": "2 days", "severity": "red", "owner": "lead",
                "play": "rescue",
            }
        },
        "playbooks": {
            "rescue": {
                "label": "Rescue",
                "why": "Nobody leaves by surprise",
                "steps": {
                    "ask": {"label": "Ask what is wrong", "owner": "csm"},
                    "meet": {
                        "label": "Meet them", "owner": "lead", "does": "meeting", "after": ["ask"], "meeting": "sync",
                    },
                },
                "outcome": "score >= 60",
            }
        },
        "kpis": {
            "replies": {
                "label": "Replies in time", "kind": "lead", "why": "Waiting is what they complain of.",
                "commitment": "reply", "of": "share", "target": 95, "unit": "%",
            },
            "ill": {"label": "In bad health", "kind": "lag", "why": "Each may leave.", "measure": "score < 40",
                    "of": "sum", "target": 0, "better": "down"},
        },
    } | changes  # fmt: skip


def rules() -> dict[str, Any]:
    """Everybody may read; operations and the lead may plan; operations alone apply."""
    raci: dict[str, Any] = blueprint().model_dump(mode="json")["raci"]
    return raci | {
        "blueprint.view": {"accountable": "ops", "responsible": ["csm", "lead", "executive"]},
        "blueprint.plan": {"accountable": "ops", "responsible": ["lead"]},
        "blueprint.apply": {"accountable": "ops"},
        "blueprint.rollback": {"accountable": "ops"},
    }


@pytest.fixture
def model() -> Model:
    return blueprint(raci=rules(), **sections())


@pytest.fixture
def company(db: None, model: Model) -> BlueprintVersion:
    """The company with the files of its first blueprint."""
    return install(model, files=FILES, folder="cast")


@pytest.fixture
def olive(client: Client, cast: Cast) -> Client:
    client.force_login(cast.olive)
    return client


Read = Callable[..., str]


@pytest.fixture
def read(olive: Client) -> Read:
    """What Olive reads at an address."""

    def page(url: str, **asked: Any) -> str:
        answered = olive.get(url, asked)
        assert answered.status_code == 200
        return answered.content.decode()

    return page

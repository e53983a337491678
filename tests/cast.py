"""The cast: a small company and its people, the same in every test.

Alice owns accounts, Bob is her teammate, Lena leads their team, Sam is a specialist in their pod, Olive is operations,
Erin an executive, Carl a client of Alice's account, Mallory a success manager of another team.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest

from tenure.blueprint.model import Model
from tenure.identity.actor import Actor
from tenure.identity.blueprints import BlueprintVersion
from tenure.identity.company import install
from tenure.identity.people import Person, Pod, Team

FIRST_DAY = date(2026, 1, 1)
ZONE = "America/New_York"


def blueprint(**changes: Any) -> Model:
    """The cast's operating model; keyword arguments replace whole sections."""
    hours = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("09:00-17:00",))
    sections: dict[str, Any] = {
        "company": {"name": "Cast and Company", "zone": ZONE, "currency": "USD", "calendar": "standard"},
        "calendars": {"standard": {"label": "Standard", "hours": hours}},
        "roles": {
            "csm": {
                "label": "Success manager",
                "reach": "book",
                "levels": {"junior": {"label": "Junior", "rank": 1}, "senior": {"label": "Senior", "rank": 2}},
            },
            "lead": {"label": "Team lead", "reach": "team", "home": "team"},
            "ops": {"label": "Operations", "reach": "all"},
            "executive": {"label": "Executive", "reach": "all"},
            "specialist": {"label": "Specialist", "reach": "pod"},
            "client": {"label": "Client", "reach": "own", "portal": True, "home": "portal"},
        },
        "raci": {
            "*": {"accountable": "ops", "responsible": ["lead"]},
            "account.view": {"accountable": "csm", "responsible": ["lead", "ops", "executive", "specialist", "client"]},
            "account.list": {"accountable": "csm", "responsible": ["lead", "ops", "executive", "specialist"]},
            "account.create": {"accountable": "csm", "responsible": ["lead", "ops"]},
            "account.change": {"accountable": "csm", "responsible": ["lead", "ops"]},
            "account.set_slot": {"accountable": "csm", "responsible": ["client", "lead", "ops"]},
            "account.set_stage": {"accountable": "csm", "responsible": ["lead", "ops"]},
            "account.plan_next_step": {"accountable": "csm", "responsible": ["lead", "ops", "specialist"]},
            "account.assign": {"accountable": "lead", "responsible": ["ops"], "why": "Books are the lead's to give"},
            **{
                f"{noun}.*": {"accountable": "csm", "responsible": ["lead", "ops", "specialist"]}
                for noun in (
                    "contact",
                    "contract",
                    "meeting",
                    "issue",
                    "note",
                    "activity",
                    "message",
                    "mail",
                    "draft",
                    "win",
                    "task",
                    "action",
                    "journey",
                    "handover",
                    "link",
                    "tool_call",
                )
            },
            **{
                f"{noun}.*": {"accountable": "csm", "responsible": ["lead", "ops"]}
                for noun in (
                    "advocacy",
                    "goal",
                    "deliverable",
                    "pace",
                    "result",
                    "upload",
                    "rating",
                    "report",
                    "survey",
                    "point",
                    "commitment",
                    "signal",
                    "play",
                    "segment",
                )
            },
            **{
                name: {"accountable": "client"}
                for name in (
                    "goal.agree",
                    "goal.confirm",
                    "journey.confirm",
                    "message.write",
                    "portal.enter",
                    "portal.renew_calendar",
                )
            },
            "portal.*": {"accountable": "csm", "responsible": ["lead", "ops"]},
            **{
                name: {"accountable": "csm", "responsible": ["lead", "ops"]}
                for name in ("practice.view", "practice_call.*", "attempt.begin", "attempt.hand_in")
            },
            **{
                name: {"accountable": "client", "responsible": ["csm", "lead"]}
                for name in (
                    "deliverable.approve",
                    "deliverable.ask_changes",
                    "deliverable.take_back",
                    "upload.receive",
                )
            },
            "rating.calibrate": {"accountable": "lead"},
            "commitment.correct": {"accountable": "lead", "responsible": ["ops"]},
            "leave.*": {"accountable": "csm", "responsible": ["lead", "ops"]},
            "request.*": {"accountable": "csm", "responsible": ["lead", "ops", "specialist"]},
        },
        "tiers": {"core": {"label": "Core", "rank": 1}, "growth": {"label": "Growth", "rank": 2}},
    }
    return Model.model_validate(sections | changes)


@pytest.fixture
def model() -> Model:
    """The operating model of the test; a test that wants another overrides this fixture."""
    return blueprint()


@pytest.fixture
def company(db: None, model: Model) -> BlueprintVersion:
    """The company, initialised, with its blueprint in force."""
    return install(model, files={}, folder="cast")


@dataclass(frozen=True)
class Cast:
    alice: Person
    bob: Person
    lena: Person
    sam: Person
    olive: Person
    erin: Person
    carl: Person
    mallory: Person
    team: Team
    pod: Pod

    def actor(self, name: str) -> Actor:
        """One of the cast as an actor of today."""
        return Actor.of(getattr(self, name))


def join(name: str, role: str, **membership: Any) -> Person:
    """Somebody new in the company, since its first day."""
    kind = Person.Kind.CLIENT if role == "client" else Person.Kind.STAFF
    person = Person.objects.create(email=f"{name.lower()}@example.com", name=name, kind=kind, joined_on=FIRST_DAY)
    person.memberships.create(role=role, from_day=FIRST_DAY, **membership)
    return person


@pytest.fixture
def cast(company: BlueprintVersion) -> Cast:
    """Everyone, in their teams, with no accounts yet."""
    team, other, pod = (
        Team.objects.create(name="North"),
        Team.objects.create(name="South"),
        Pod.objects.create(name="One"),
    )
    return Cast(
        alice=join("Alice", "csm", level="senior", team=team, pod=pod),
        bob=join("Bob", "csm", level="junior", team=team),
        lena=join("Lena", "lead", team=team),
        sam=join("Sam", "specialist", pod=pod),
        olive=join("Olive", "ops"),
        erin=join("Erin", "executive"),
        carl=join("Carl", "client"),
        mallory=join("Mallory", "csm", level="senior", team=other),
        team=team,
        pod=pod,
    )


@pytest.fixture
def system(company: BlueprintVersion) -> Actor:
    return Actor.machine("test")


def at(text: str) -> datetime:
    """A moment in UTC, such as ``at("2026-03-02 14:30")``."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)

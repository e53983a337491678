"""A home to practise in, for tests: the cast's company with one small scenario, and two candidates on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings as project
from django.test import Client

from tenure.blueprint.model import Model
from tenure.identity.people import Person
from tenure.records.practice import Attempt, invite_to_practice
from tests.cast import Cast, blueprint

CALL: dict[str, Any] = {
    "label": "First call",
    "with": "ada",
    "brief": "She bakes, and has little time.",
    "opening": "Yes? Who is this?",
    "lines": ["What do you want in 90 days?"],
    "state": {"fondness": 2, "endurance": 3},
    "facts": {"loaves": {"label": "Ten loaves more a day"}},
    "topics": {"bread": ["bread", "loav*"], "goal": ["want*"]},
    "reactions": {"sweet_talk": {"label": "Flatters", "hears": ["bread"], "then": {"fondness": 1}}},
    "answers": {
        "bread": {"hears": ["bread"], "says": "Rye, mostly.", "then": {"fondness": 2}},
        "goal": {"hears": ["goal"], "if": "fondness >= 4", "says": "Ten more a day.", "reveals": ["loaves"]},
        "shy": {"hears": ["goal"], "says": "That depends.", "again": True},
    },
    "otherwise": [{"says": "Pardon?", "then": {"endurance": -1}}],
    "ends": {
        "gone": {"label": "She hung up", "if": "endurance <= 0", "says": "My oven. Goodbye."},
        "known": {"label": "The goal is known", "parting": True, "if": "loaves", "says": "Speak soon."},
        "poor": {"label": "Nothing is known", "parting": True, "says": "Well."},
    },
}
LEVELS = ["Nothing is asked", "Something", "Enough", "Much", "All of it"]
SCENARIO: dict[str, Any] = {
    "label": "Ada's Bakery",
    "brief": "Work for a baker.",
    "role": "csm",
    "minutes": 60,
    "client": {
        "name": "Ada's Bakery",
        "summary": "A bakery.",
        "people": {"ada": {"name": "Ada Baker", "title": "Owner", "role": "decision_maker"}},
        "contract": {"amount": 1200, "began": 20},
        "notes": ["She likes short letters."],
        "messages": [{"days_ago": 1, "by": "ada", "text": "Is anybody there?"}],
        "figures": {"orders": [70, 75, 61]},
        "befalls": [{"week": 3, "what": "The oven broke."}],
    },
    "tasks": {
        "call": {"label": "Ring her", "brief": "Find out what she wants.", "call": "first"},
        "plan": {
            "label": "Write the plan",
            "brief": "Two outcomes, one of them the Home Run.",
            "done_by": {
                "both": {"label": "Outcomes", "on": "goal.set", "where": "data.target is not null", "count": 2},
                "home_run": {"label": "Home Run", "on": "goal.set", "where": "data.home_run = true"},
            },
        },
    },
    "calls": {"first": CALL},
    "rubric": {
        "passes": 3.5,
        "criteria": {
            "listens": {"label": "Listens", "weight": 3, "least": 2, "looks_at": ["call"], "levels": LEVELS},
            "plans": {"label": "Plans", "weight": 1, "looks_at": ["plan"], "levels": LEVELS},
        },
    },
}
HIDDEN = ("fondness", "endurance", "sweet_talk", "Flatters", "Ten loaves", "goal is known", "The oven broke", *LEVELS)


def practising(**changes: Any) -> Model:
    """The cast's blueprint with something to practise on."""
    metrics = {"orders": {"label": "Orders", "client_visible": True}}
    return blueprint(metrics=metrics, practice={"bakery": SCENARIO}, **changes)


@dataclass(frozen=True)
class Ground:
    cass: Person
    dev: Person
    casss: Attempt
    devs: Attempt


def make_ground(cast: Cast) -> Ground:
    """Olive invites Cass and Dev."""
    invited = [
        invite_to_practice(scenario="bakery", name=name, email=f"{key}@candidate.example", actor=cast.actor("olive"))
        for name, key in (("Cass Doyle", "cass"), ("Dev Patel", "dev"))
    ]
    return Ground(invited[0].person, invited[1].person, *invited)


def step_in(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend=project.AUTHENTICATION_BACKENDS[0])
    return client

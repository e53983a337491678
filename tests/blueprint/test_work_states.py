"""Work whose states do not fit is told: where it ends, in which order it goes, what is said of work without any."""

from typing import Any

import pytest

from tenure.blueprint.expressions import ExpressionError
from tenure.blueprint.terms import Terms

from .test_meaning import build, told
from .vocabulary import VOCABULARY

pytestmark = pytest.mark.requirement("R-05", "P-01")

SOUND = {
    "planned": {"label": "Planned", "means": "planned"},
    "review": {"label": "Review", "means": "review", "required": True},
    "out": {"label": "Out", "means": "done"},
}


def mistakes(**kind: Any) -> list[tuple[str, str]]:
    model = build(deliverables={"post": {"label": "Post", **kind}}, metrics={"views": {"label": "Views"}})
    return [(path, message) for path, message, _ in told(model)]


def state(means: str, **more: Any) -> dict[str, Any]:
    return {"label": means.capitalize(), "means": means, **more}


def test_sound_states_are_sound() -> None:
    assert mistakes(states=SOUND, per_week="2", weeks_ahead=3, results=["views"]) == []


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ({"states": {"a": state("planned"), "b": state("making")}}, "the last state, and no other, means that"),
        ({"states": {"a": state("done"), "b": state("done")}}, "the last state, and no other, means that"),
        ({"states": {"a": state("done")}}, "the last state, and no other, means that"),
        (
            {"states": {"a": state("making"), "b": state("planned"), "c": state("done")}},
            "“b” means an earlier step than “a” before it",
        ),
        (
            {"states": {"a": state("making", required=True), "b": state("done")}},
            "only a review can be required",
        ),
        ({"per_week": "2"}, "“per_week” says something of work that goes through states"),
        ({"weeks_ahead": 3}, "“weeks_ahead” says something of work that goes through states"),
        ({"states": SOUND, "results": ["likes"]}, "likes"),
    ],
)
def test_what_would_not_work_is_told(kind: dict[str, Any], message: str) -> None:
    (found,) = mistakes(**kind)
    assert message in found[1]


def test_a_meeting_plans_what_there_is() -> None:
    model = build(
        deliverables={"post": {"label": "Post", "states": SOUND}},
        meetings={
            "sync": {"label": "Sync", "plans": {"deliverable": "pots"}},
            "other": {"label": "Other", "plans": {"deliverable": "post", "at_least": 9, "at_most": 6}},
        },
    )
    found = {path: (message, near) for path, message, near in told(model)}
    assert found["meetings.sync.plans.deliverable"][1] == "post"
    assert "fewer are the most" in found["meetings.other.plans.at_most"][0]


def test_a_condition_on_work_knows_what_states_mean() -> None:
    data = {"deliverables": {"post": {"label": "Post", "states": SOUND}}}
    terms = Terms(data, VOCABULARY)

    def said(text: str) -> list[ExpressionError]:
        return list(terms.fact_mistakes(text, "deliverable.moved"))

    assert said("data.type = 'post' and data.means = 'review' and data.moved_from = 'planned'") == []
    (wrong,) = said("data.means = 'reviews'")
    assert wrong.nearest == "review"

"""What an expression of the blueprint says in plain words."""

from typing import Any

import pytest

from tenure.blueprint.model import Model, Trigger
from tenure.web.conditions import Speaker
from tests.cast import blueprint

pytestmark = pytest.mark.requirement("P-01")


def scored() -> dict[str, Any]:
    return {
        "label": "Health",
        "primary": True,
        "components": {"ease": {"label": "Ease", "measure": "rating_ease", "points": [[1, 0], [5, 100]]}},
        "bands": {
            "green": {"label": "Well", "tone": "green", "from": 50},
            "red": {"label": "Ill", "tone": "red", "from": 0},
        },
    }


@pytest.fixture
def model() -> Model:
    return blueprint(
        scorecards={"health": scored()},
        metrics={"orders": {"label": "Orders"}},
        measures={"pace": {"label": "Pace of work", "is": "metric_orders / 4"}},
        meetings={"sync": {"label": "Weekly sync"}, "inner": {"label": "Among us"}},
        journeys={"way": {"label": "Way", "stages": {"start": {"label": "Starting"}}}},
        fields={"shop": {"label": "Shop system"}},
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("score < 45", "Health is below 45"),
        ("score_days_in_band > 14", "days of the Health in its band is above 14"),
        ("score is null", "Health is unknown"),
        ("score is not null", "Health is known"),
        ("tier in ('core', 'growth')", "tier is Core or Growth"),
        ("tier != 'core'", "tier is not Core"),
        ("stage = 'start'", "stage is Starting"),
        ("stage = 'end'", "stage is end"),
        ("shop = 'x' and trial", "Shop system is x and trial"),
        ("days_to_renewal between 31 and 90", "days to renewal is from 31 to 90"),
        ("metric_orders_change > 0", "the change of Orders is above 0"),
        ("over(metric_orders, 14) = 0", "Orders over 14 days is 0"),
        ("ago(issues_opened, 28) >= 2", "issues opened 28 days ago is at least 2"),
        ("pace <= 2.5", "Pace of work is at most 2.5"),
        ("days_since_meeting_sync > 17", "the days since a Weekly sync is above 17"),
        ("rating_ease < 3", "the rating of ease is below 3"),
        ("score < 3 and (trial or tier = 'core')", "Health is below 3 and (trial or tier is Core)"),
        ("score < 3 and trial and tier = 'core'", "Health is below 3 and trial and tier is Core"),
        ("not trial", "not (trial)"),
        ("2 * (score + 1) > 8", "2 × (Health + 1) is above 8"),
        ("round(score / 4, 1)", "Health ÷ 4, rounded"),
        ("least(score, 4)", "least(Health, 4)"),
        ("-score", "−Health"),
        ("case when trial then 1 else 2 end", "1 where trial or else 2"),
        ("this is (no expression", "this is (no expression"),
        ("", ""),
    ],
)
def test_a_condition_over_an_account(model: Model, text: str, words: str) -> None:
    assert Speaker(model).condition(text) == words


@pytest.mark.parametrize(
    ("on", "where", "words"),
    [
        ("meeting.held", None, "meeting held"),
        ("meeting.held", "data.type = 'sync'", "meeting held, where type is Weekly sync"),
        ("meeting.held", "data.type != 'inner'", "meeting held, where type is not Among us"),
        ("issue.opened", "data.type = 'sync'", "issue opened, where type is sync"),
        ("meeting.held", "account.tier = 'core'", "meeting held, where the account’s tier is Core"),
        ("no.such_kind", None, "no such kind"),
    ],
)
def test_a_fact_that_something_waits_for(model: Model, on: str, where: str | None, words: str) -> None:
    assert Speaker(model).trigger(Trigger(on=on, where=where)) == words


@pytest.mark.parametrize(
    ("text", "asks"),
    [("score < 3", True), ("trial and score < 3", True), ("tier in ('core', 'growth')", True), ("score is null", True),
     ("score + 1", False), ("score", False), ("((", False)],
)  # fmt: skip
def test_whether_it_asks_or_counts(model: Model, text: str, asks: bool) -> None:
    assert Speaker(model).is_condition(text) is asks

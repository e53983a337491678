"""Goals: set with figures, judged with evidence, confirmed by the client."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tenure.base.errors import Forbidden, Refused
from tenure.measures.progress import Reading
from tenure.records.account import Account
from tenure.records.goal import Goal, change_goal, confirm_goal, drop_goal, judge_goal, set_goal
from tests.cast import Cast, at
from tests.records.facts import data_of, facts_of, last_fact

pytestmark = pytest.mark.requirement("R-03")


@pytest.fixture
def goal(acme: Account, cast: Cast) -> Goal:
    return set_goal(
        acme, title="Twelve inquiries a week", type="home_run", baseline=4, target=12, actor=cast.actor("alice")
    )


def test_a_kind_of_goal_brings_metric_unit_and_day(goal: Goal, cast: Cast) -> None:
    assert (goal.unit, goal.owner_id, goal.current) == ("a week", cast.alice.pk, Decimal(4))
    assert last_fact("goal.set").data == {
        "type": "home_run",
        "metric": "inquiries",
        "baseline": 4.0,
        "target": 12.0,
        "current": 4.0,
        "due_on": "2026-05-31",  # 2 March and 90 days: 29 left of March, 30 of April, 31 of May
        "status": "open",
        "home_run": True,
        "owner": cast.alice.pk,
    }


@pytest.mark.parametrize(
    ("baseline", "target", "current", "progress"),
    [
        (4, 12, 4, Decimal(0)),
        (4, 12, 10, Decimal("0.75")),
        (10, 5, 6, Decimal("0.8")),
        (4, 12, 14, Decimal("1.25")),
        (None, 12, 4, None),
        (4, None, 4, None),
        (4, 4, 4, None),
    ],
)
def test_progress_is_the_share_of_the_way_and_unknown_without_figures(
    baseline: int | None, target: int | None, current: int, progress: Decimal | None
) -> None:
    figures = {
        name: None if value is None else Decimal(value) for name, value in locals().items() if name != "progress"
    }
    assert Goal(**figures).progress == progress


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"title": ""}, "empty", "title"),
        ({"type": "home_rum"}, "unknown_goal", "type"),
        ({"metric": "clicks"}, "unknown_metric", "metric"),
        ({"target": "many"}, "invalid", "target"),
        ({"owner": "nobody"}, "unknown_person", "owner"),
    ],
)
def test_what_does_not_fit_is_refused(acme: Account, cast: Cast, values: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(Refused) as refusal:
        set_goal(acme, **{"title": "x"} | values, actor=cast.actor("alice"))
    assert (refusal.value.code, refusal.value.field) == (code, field)


def test_progress_is_told_as_a_change_with_what_shows_it_where_no_metric_says_it(acme: Account, cast: Cast) -> None:
    alice = cast.actor("alice")
    goal = set_goal(acme, title="Twelve new customers", baseline=4, target=12, actor=alice)
    with pytest.raises(Refused) as bare:
        change_goal(goal, current=9, actor=alice)
    assert (bare.value.code, bare.value.field) == ("no_evidence", "evidence")
    goal = change_goal(goal, current=9, evidence="The guest book", actor=alice)
    assert data_of("goal.changed", "current", "changed", "target") == {
        "current": 9.0,
        "changed": ["current", "evidence"],
        "target": 12.0,
    }
    assert goal.progress == Decimal("0.625")  # 5 of 8
    change_goal(goal, current=9, actor=alice)
    assert len(facts_of(goal.pk)) == 2


def test_a_goal_with_a_metric_stands_where_its_points_say(goal: Goal, cast: Cast) -> None:
    alice = cast.actor("alice")
    with pytest.raises(Refused) as typed:
        change_goal(goal, current=9, evidence="The guest book", actor=alice)
    assert (typed.value.code, typed.value.field) == ("follows_points", "current")
    assert (goal.follows_points, goal.now, goal.progress) == (True, None, None), "nothing was read yet"
    goal.reading = Reading(date(2026, 3, 2), "sum", 28, 10.0, date(2026, 2, 2), date(2026, 3, 1), 4).stored()
    goal.save(update_fields=["reading"])
    assert (goal.now, goal.progress) == (Decimal(10), Decimal("0.75"))  # 6 of 8
    judged = judge_goal(goal, attained=False, actor=alice)
    assert (judged.current, judged.now, judged.follows_points) == (Decimal(10), Decimal(10), False)
    # Whoever takes the metric off may type.
    other = change_goal(set_goal(goal.account, title="More", type="home_run", actor=alice), metric="", actor=alice)
    assert change_goal(other, current=3, evidence="Counted", actor=alice).now == 3


def test_attained_wants_evidence(goal: Goal, cast: Cast) -> None:
    alice = cast.actor("alice")
    with pytest.raises(Refused) as refusal:
        judge_goal(goal, attained=True, actor=alice)
    assert (refusal.value.code, refusal.value.field) == ("no_evidence", "evidence")
    judged = judge_goal(goal, attained=True, evidence="13 in the last week", current=13, actor=alice)
    assert (judged.status, judged.judged_at) == ("attained", at("2026-03-02 15:00"))
    assert data_of("goal.attained", "status", "current") == {"status": "attained", "current": 13.0}


def test_a_judged_goal_keeps_its_terms(goal: Goal, cast: Cast) -> None:
    alice = cast.actor("alice")
    judge_goal(goal, attained=False, cause="No budget", actor=alice)
    assert data_of("goal.missed", "status", "cause") == {"status": "missed", "cause": "no_budget"}
    for act in (
        lambda: change_goal(goal, target=6, actor=alice),
        lambda: change_goal(goal, due_on=date(2027, 1, 1), actor=alice),
        lambda: judge_goal(goal, attained=True, evidence="x", actor=alice),
        lambda: drop_goal(goal, reason="x", actor=alice),
    ):
        with pytest.raises(Refused) as refusal:
            act()
        assert refusal.value.code == "judged"
    assert change_goal(goal, title="Twelve a week", actor=alice).title == "Twelve a week"


def test_a_dropped_goal_is_neither_attained_nor_missed(goal: Goal, cast: Cast) -> None:
    assert drop_goal(goal, reason="New owner", actor=cast.actor("alice")).status == "dropped"
    assert last_fact("goal.dropped").data["reason"] == "new_owner"


@pytest.mark.requirement("C-01")
def test_only_the_client_confirms_what_was_attained(goal: Goal, cast: Cast) -> None:
    with pytest.raises(Refused) as early:
        confirm_goal(goal, actor=cast.actor("carl"))
    assert early.value.code == "not_attained"
    judge_goal(goal, attained=True, evidence="13", actor=cast.actor("alice"))
    with pytest.raises(Forbidden) as refusal:
        confirm_goal(goal, actor=cast.actor("alice"))
    assert refusal.value.who_may == ("Client",)
    assert confirm_goal(goal, actor=cast.actor("carl")).client_confirmed_at == at("2026-03-02 15:00")
    assert last_fact("goal.confirmed").actor_id == cast.carl.pk
    with pytest.raises(Refused) as again:
        confirm_goal(goal, actor=cast.actor("carl"))
    assert again.value.code == "confirmed"

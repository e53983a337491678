"""A story planted by name befalls one account on one day, and nothing else befalls it around then."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tenure.base.errors import Refused
from tenure.blueprint.loader import load
from tenure.simulation.casting import draw_plan
from tenure.simulation.chance import Chance
from tenure.simulation.figures import point_rows
from tenure.simulation.life import Life
from tenure.simulation.plans import LEFT_ALONE, Client
from tenure.simulation.scene import Plant, Scene, scene_of
from tenure.simulation.states import State
from tests.simulation.test_drawn_company import BLUEPRINTS, FIRST

pytestmark = pytest.mark.requirement("P-10")
MODEL = load(Path(BLUEPRINTS) / "r7-creative")
STORY = {
    "does": "stops_sending",
    "found_by": "stopped_submitting",
    "within_days": 18,
    "lasts_days": 10,
    "calm_days": 20,
}


def scene(story: dict[str, Any] | None = None, account: int = 3) -> Scene:
    plant = Plant.model_validate({"key": "it", "account": account, "after_days": 60, "story": STORY | (story or {})})
    return scene_of(MODEL).model_copy(update={"planted": (plant,)})


def client(set_: Scene) -> Client:
    plan = draw_plan(MODEL, set_, accounts=12, first_day=FIRST, days=182, seed=7)
    return next(each for each in plan.clients if each.key == "a3")


def test_it_begins_so_many_days_after_the_account_was_taken_on() -> None:
    found = client(scene())
    assert [(each.key, each.is_exact) for each in found.stories] == [("it", True)]
    assert found.stories[0].begins == found.begins + timedelta(days=60)
    assert found.stories[0].ends == found.begins + timedelta(days=69)


def test_an_account_that_is_not_there_is_refused() -> None:
    with pytest.raises(Refused, match="it is planted on account 13 of 12"):
        client(scene(account=13))


def test_it_is_watched_from_before_until_after_and_stays_a_client_until_then() -> None:
    found = client(scene())
    begins, ends = found.stories[0].begins, found.stories[0].ends
    watched = [found.is_watched(begins + timedelta(days=n)) for n in (-21, -20, 0, 9 + LEFT_ALONE.days)]
    assert watched == [False, True, True, True]
    assert not found.is_watched(ends + LEFT_ALONE + timedelta(days=1))
    assert found.is_kept(found.begins)
    assert not found.is_kept(ends + LEFT_ALONE + timedelta(days=1))


def test_a_watched_client_sends_what_is_due_until_the_story_stops_it() -> None:
    found = client(scene())
    life = Life(found, scene(), Chance(1))
    begins = found.stories[0].begins
    sent = {}
    for after in (-5, 0, 1, 9, 10):
        happenings = life.begin(begins + timedelta(days=after), asked=2, owed=1)
        assert {each.kind for each in happenings} <= {"sends_material"}
        sent[after] = len(happenings)
    # All three before; on the first day still what is due; then nothing to the last day, and all again.
    assert sent == {-5: 3, 0: 3, 1: 0, 9: 0, 10: 3}
    assert life.state == State.THRIVING


def test_figures_of_a_watched_account_are_flat_and_fall_by_the_depth() -> None:
    set_ = scene({"does": "metrics_fall", "depth": 0.5})
    found = client(set_)
    life = Life(found, set_, Chance(1))
    day = found.stories[0].begins

    def views(after: int) -> float:
        rows = point_rows(life, "x", day + timedelta(days=after))
        return next(row["value"] for row in rows if row["metric"] == "views")

    assert views(-7) == views(-14)
    assert views(0) == pytest.approx(views(-7) / 2, abs=0.01)
    assert views(10) == pytest.approx(views(3) * 2, abs=0.01)  # the day after it is over


def test_attendance_is_what_the_story_says() -> None:
    found = client(scene({"does": "stays_away"}))
    life, begins = Life(found, scene(), Chance(1)), found.stories[0].begins
    assert [life.attends(begins + timedelta(days=after)) for after in (-1, 0, 1, 9, 10)] == [1.0, 1.0, 0.0, 0.0, 1.0]

"""The hidden course of an account: where it goes, and what it does to behaviour."""

from itertools import pairwise

import pytest

from tenure.simulation.chance import Chance
from tenure.simulation.states import MOODS, WEEKLY, Mood, State, moved, next_week

pytestmark = pytest.mark.requirement("P-10")


def test_each_row_of_the_chain_is_a_distribution() -> None:
    for state in State:
        assert sum(WEEKLY[state].values()) == pytest.approx(1)


def test_an_account_moves_one_step_a_week_and_never_returns_when_gone() -> None:
    order, chance = list(State), Chance(11)
    state = State.STEADY
    for _ in range(400):
        following = next_week(state, 0.0, chance)
        assert abs(order.index(following) - order.index(state)) <= 1
        state = following
    assert next_week(State.GONE, 1.0, chance) is State.GONE


def test_care_makes_rising_likelier_and_falling_rarer() -> None:
    def share(care: float, wanted: State) -> float:
        chance = Chance(2, care)
        return sum(next_week(State.DRIFTING, care, chance) is wanted for _ in range(6000)) / 6000

    # Without care 0.10 rise and 0.12 fall. With full care the weights are 0.20, 0.78 and 0.06 of 1.04 in all.
    assert share(0.0, State.STEADY) == pytest.approx(0.10, abs=0.02)
    assert share(1.0, State.STEADY) == pytest.approx(0.20 / 1.04, abs=0.02)
    assert share(1.0, State.TROUBLED) == pytest.approx(0.06 / 1.04, abs=0.015)


def test_a_mood_settles_where_its_state_belongs() -> None:
    mood = 0.9
    for _ in range(60):
        mood = moved(mood, State.TROUBLED)
    assert mood == pytest.approx(MOODS[State.TROUBLED], abs=0.01)
    assert moved(0.02, State.LEAVING, -0.5) == 0.0


def test_a_better_mood_shows_in_everything_people_do() -> None:
    moods = [Mood(value / 10) for value in range(11)]
    for worse, better in pairwise(moods):
        assert better.attends > worse.attends
        assert better.usage > worse.usage
        assert better.monthly_growth > worse.monthly_growth
        assert better.delivers_material > worse.delivers_material
        assert better.issues_per_week < worse.issues_per_week
        assert better.complains < worse.complains


def test_ratings_stay_on_their_scale_and_follow_the_mood() -> None:
    chance = Chance(9)
    low = [Mood(0.1).rating(1, 5, chance) for _ in range(300)]
    high = [Mood(0.95).rating(1, 5, chance) for _ in range(300)]
    assert {*low, *high} <= {1, 2, 3, 4, 5}
    assert sum(low) / 300 < 2.2 < 4.2 < sum(high) / 300

"""One page says what a role owns, its primary numbers and its week."""

from decimal import Decimal
from pathlib import Path

import pytest

from tenure.blueprint.loader import load
from tenure.blueprint.model import Model
from tenure.blueprint.role_card import Figure, Promise, RoleCard, role_card

BLUEPRINTS = Path(__file__).parents[2] / "blueprints"


@pytest.fixture(scope="module")
def model() -> Model:
    return load(BLUEPRINTS / "r7-creative")


@pytest.fixture
def card(model: Model) -> RoleCard:
    return role_card(model, "csm")


@pytest.mark.requirement("R-17")
def test_it_says_what_the_role_owns_and_its_week(card: RoleCard, model: Model) -> None:
    assert card.label == "Customer Service Manager"
    assert card.accountable == model.roles["csm"].accountable
    assert len(card.owns) == 4
    assert len(card.week) == 3
    assert card.book == "10 to 15"
    assert [level.label for level in card.levels] == ["CSM", "Senior CSM"]


@pytest.mark.requirement("R-17")
def test_it_says_the_primary_numbers_and_their_targets(card: RoleCard) -> None:
    goals = {figure.key: figure.goal for figure in card.figures}
    assert goals == {
        "tfr1_on_time": "at least 100 %",
        "tfr2_on_time": "at least 95 %",
        "days_to_first_content": "at most 21 days",
        "rvs_average": "at least 4 of 5",
        "red_too_long": "at most 0 clients",
        "home_run": "at least 75 %",
        "retained_after_90": "at least 90 %",
        "improving": "at least 100 %",
    }
    assert all(figure.why for figure in card.figures)


def test_it_says_what_the_role_promises_and_decides(card: RoleCard) -> None:
    promise = next(each for each in card.promises if each.key == "tfr1")
    assert promise == Promise(
        "tfr1",
        "TFR #1: brand pillars",
        "Two days after the brand strategy meeting the brand pillars are there.",
        "2 days",
        Decimal(100),
    )
    assert "goal.*" in card.decides
    assert "rating.calibrate" not in (*card.decides, *card.does)
    assert "contract.renew" in card.decides
    assert "survey.answer" in card.does


def test_a_figure_without_a_target_shows_none() -> None:
    figure = Figure("x", "X", "lead", "why", None, "up", "%")
    assert figure.goal == ""


def test_a_role_that_is_not_there_comes_with_the_nearest(model: Model) -> None:
    with pytest.raises(KeyError, match="did you mean csm"):
        role_card(model, "cms")

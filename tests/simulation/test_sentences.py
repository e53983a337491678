"""Sentences: filled, varied, and not said twice where somebody could see both."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from tenure.base.errors import Refused
from tenure.blueprint.loader import load
from tenure.simulation.casting import draw_plan
from tenure.simulation.chance import Chance
from tenure.simulation.phrases import SLOTS, Decks, unknown_slots, wording
from tenure.simulation.scene import Talk, scene_of
from tenure.simulation.talk import Speech

BLUEPRINTS = Path(__file__).parents[2] / "blueprints"
pytestmark = pytest.mark.requirement("P-10")


def test_choices_are_made_from_the_inside_and_slots_are_filled() -> None:
    slots = dict.fromkeys(SLOTS, "the oven")
    assert wording("{thing} [is [new]|is [new]]  today.", slots, Chance(1)) == "The oven is new today."


def test_every_choice_comes_up() -> None:
    seen = {wording("[a|b|c]", {}, Chance(1, number)) for number in range(60)}
    assert seen == {"A", "B", "C"}


def test_a_slot_that_nothing_fills_is_found() -> None:
    assert unknown_slots("{thing} and {thng}") == ["thng"]


def test_a_deck_is_dealt_through_before_a_card_comes_again() -> None:
    decks = Decks(Chance(4))
    hand = [decks.draw("notes", 5, "a1") for _ in range(10)]
    assert sorted(hand[:5]) == sorted(hand[5:]) == [0, 1, 2, 3, 4]
    assert Decks(Chance(4)).draw("notes", 1) == 0


def test_nothing_is_said_twice_while_something_else_can_be_said() -> None:
    decks, patterns = Decks(Chance(4)), [f"Sentence {number}." for number in range(40)]
    said = [decks.say("notes", patterns, dict, Chance(1, number), f"a{number % 4}") for number in range(40)]
    assert len(set(said)) == 40


@pytest.mark.parametrize("company", ["r7-creative", "saas"])
def test_the_shipped_companies_do_not_repeat_themselves_on_a_screen(company: str) -> None:
    model = load(BLUEPRINTS / company)
    scene = scene_of(model)
    plan = draw_plan(model, scene, accounts=12, first_day=date(2026, 1, 5), days=100, seed=3)
    speech = Speech(scene, Chance(3))
    said: list[str] = []
    for number in range(240):
        client = plan.clients[number % 12]
        deck = ("notes", "decisions", "next_steps", "snoozes", "tasks")[number % 5]
        day = plan.first_day + timedelta(days=number // 4)
        said.append(speech.say(deck, client, plan.workers[0].name, day, Chance(3, number)))
    for start in range(0, 240, 40):  # as many as a long page shows
        screen = said[start : start + 40]
        assert len(set(screen)) == len(screen)
    assert not any("{" in text or "[" in text for text in said)


@pytest.mark.parametrize("company", ["r7-creative", "saas"])
def test_the_shipped_companies_have_words_for_every_occasion(company: str) -> None:
    talk = scene_of(load(BLUEPRINTS / company)).talk
    for name in Talk.model_fields:
        least = {"deliverables": 0, "goals": 2, "evidence": 4}.get(name, 4)
        assert len(getattr(talk, name)) >= least, name
    assert {exchange.mood for exchange in talk.exchanges} == {"any", "good", "bad"}


def test_a_mistake_in_the_section_is_told_with_its_place() -> None:
    model = load(BLUEPRINTS / "saas")
    talk = {"simulation": {"talk": {"notes": ["They like {thng}."]}}}
    with pytest.raises(Refused, match=r"settings\.simulation\.talk\.notes\.0.*\{thng\}"):
        scene_of(model.model_copy(update={"settings": talk}))

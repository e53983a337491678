"""A played call, line by line: what is heard, what moves, what is told, how it ends. Worked out by hand."""

from typing import Any

import pytest

from tenure.blueprint.model import PracticeCall
from tenure.watch.script import Talk, advance, begin, hang_up, topics_in, words_of

pytestmark = [pytest.mark.requirement("R-16")]


def call(**changes: Any) -> PracticeCall:
    """A baker who tells what she wants once she trusts, and who has little patience."""
    given: dict[str, Any] = {
        "label": "First call",
        "with": "ada",
        "brief": "",
        "opening": "Yes?",
        "state": {"trust": 2, "patience": 4},
        "facts": {"goal": {"label": "Ten loaves more a day"}, "oven": {"label": "The oven is small"}},
        "topics": {
            "bread": ["bread", "loav*"],
            "goal": ["90 days", "want*"],
            "oven": ["oven", "bake more"],
            "jargon": ["funnel"],
        },
        "reactions": {
            "jargon": {"label": "Trade words", "hears": ["jargon"], "then": {"trust": -1}},
            "speech": {"label": "A speech", "if": "words > 6", "then": {"patience": -2}},
        },
        "answers": {
            "bread": {"hears": ["bread"], "says": "Rye, mostly.", "then": {"trust": 2}},
            "goal": {"hears": ["goal"], "asked": True, "if": "trust >= 4", "says": "Ten more.", "reveals": ["goal"]},
            "goal_closed": {"hears": ["goal"], "says": "Who are you?", "again": True},
            "oven": {"hears": ["oven"], "says": "It is small.", "reveals": ["oven"]},
        },
        "repeated": {"says": "I said so.", "then": {"patience": -1}},
        "otherwise": [{"says": "What?", "then": {"patience": -1}}, {"says": "Pardon?"}],
        "ends": {
            "gone": {"label": "She hangs up", "if": "patience <= 0", "says": "Goodbye."},
            "good": {"label": "Goal known", "parting": True, "if": "goal", "says": "See you."},
            "poor": {"label": "Nothing known", "parting": True, "says": "Well."},
        },
    }
    return PracticeCall.model_validate(given | changes)


def play(*lines: str, script: PracticeCall | None = None) -> tuple[Talk, list[str]]:
    script = script or call()
    talk, said = begin(script), []
    for line in lines:
        talk, reply = advance(script, talk, line)
        said.append(reply.says)
    return talk, said


@pytest.mark.parametrize(
    ("line", "topics"),
    [
        ("What do you WANT?", {"goal"}),
        ("In 90 days, then", {"goal"}),
        ("Within 90 long days", set()),  # a phrase is said in one piece
        ("Unwanted bread", {"bread"}),  # a star stands at the end alone
        ("Loaves of bread, from one oven", {"bread", "oven"}),
        ("", set()),
    ],
)
def test_topics_are_recognised_by_words(line: str, topics: set[str]) -> None:
    assert topics_in(call(), line) == topics


def test_words_are_small_and_without_punctuation() -> None:
    assert words_of("Don’t – STOP, 90 days?") == ["don't", "stop", "90", "days"]


def test_levels_open_answers_and_facts_are_told() -> None:
    talk, said = play("What do you want?", "Tell me about the bread", "And what do you want?")
    # Trust 2 closes the goal; the bread lifts it to 4, which opens it.
    assert said == ["Who are you?", "Rye, mostly.", "Ten more."]
    assert talk == Talk({"trust": 4, "patience": 4}, ("goal",), ("goal_closed", "bread", "goal"), 3, 0, "")


def test_an_answer_that_wants_a_question_gets_one() -> None:
    _, said = play("Bread", "I want to know what you want")
    assert said[1] == "Who are you?"  # no question mark


def test_a_line_that_asks_two_things_is_answered_twice_and_no_more() -> None:
    script = call()
    talk, reply = advance(script, begin(script), "Bread, oven, wanted?")
    # In the order of the script: bread, which lifts the trust only afterwards, then the goal as it was before.
    assert reply.answers == ("bread", "goal_closed")
    assert reply.says == "Rye, mostly. Who are you?"
    assert reply.heard == ("bread", "goal", "oven")
    assert talk.levels == {"trust": 4, "patience": 4}


def test_reactions_come_first_and_are_told_with_what_they_moved() -> None:
    script = call()
    _, reply = advance(script, begin(script), "Our funnel brings bread to everybody who is near")
    # Nine words, more than six: patience 4 - 2; jargon: trust 2 - 1, and the bread + 2.
    assert reply.reactions == ("jargon", "speech")
    assert reply.moved == {"trust": 1, "patience": -2}


def test_what_was_told_is_not_told_again() -> None:
    talk, said = play("Bread", "Bread")
    assert said == ["Rye, mostly.", "I said so."]
    assert talk.levels == {"trust": 4, "patience": 3}


def test_what_is_not_understood_is_said_in_turn() -> None:
    talk, said = play("Hm", "Hm", "Hm")
    assert said == ["What?", "Pardon?", "What?"]
    assert (talk.missed, talk.levels["patience"]) == (3, 2)


def test_levels_stay_between_nothing_and_ten() -> None:
    script = call(state={"trust": 9, "patience": 4})
    talk, _ = play("Bread", script=script)
    assert talk.levels["trust"] == 10


def test_whoever_has_had_enough_says_so_and_answers_nothing() -> None:
    script = call(state={"trust": 2, "patience": 1})
    talk, said = play("Hm", script=script)
    assert (said, talk.ended) == (["Goodbye."], "gone")
    with pytest.raises(ValueError, match="ended"):
        advance(script, talk, "Bread")
    with pytest.raises(ValueError, match="ended"):
        hang_up(script, talk)


@pytest.mark.parametrize(("lines", "end"), [(("Bread", "What do you want?"), "good"), (("Bread",), "poor")])
def test_hanging_up_ends_by_what_is_known(lines: tuple[str, ...], end: str) -> None:
    talk, _ = play(*lines)
    ended, says = hang_up(call(), talk)
    assert (ended.ended, says) == (end, call().ends[end].says)


def test_a_call_has_so_many_turns() -> None:
    talk, said = play("Bread", "Oven", "Want", script=call(most_turns=3))
    assert (talk.ended, said[-1]) == ("poor", "Who are you? Well.")


def test_the_same_lines_give_the_same_call() -> None:
    lines = ("Hm", "Bread", "Our funnel", "What do you want?", "oven")
    assert play(*lines) == play(*lines)

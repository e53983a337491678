"""A corrected or retracted fact restates the verdicts that stood on it; what was said before stays said."""

import pytest

from tests.watch.story import Story, at, terms

REPLY = {"opens": {"on": "message.received"}, "met_by": [{"on": "message.sent"}], "within": "24 hours"}
ISSUE = {
    "opens": {"on": "issue.opened", "where": "data.type = 'tactical'"},
    "met_by": [{"on": "issue.resolved"}],
    "match": "subject",
    "within": "24 hours",
}


@pytest.mark.requirement("P-13")
def test_an_answer_that_is_taken_back_leaves_a_miss() -> None:
    story = Story(terms(**REPLY))
    story.tell("message.received", at(0))
    story.tell("message.sent", at(0, "10:00"), "two")
    story.tick(at(3))
    story.tell("message.sent", at(0, "10:00"), "two", known_at=at(4), retracts=2)
    story.tick(at(5))
    assert [(each.kind, each.verdict) for each in story.outcomes] == [
        ("opened", "open"),
        ("met", "met"),
        ("restated", "missed"),
    ]


@pytest.mark.requirement("P-13")
def test_an_answer_whose_time_is_corrected_changes_the_verdict() -> None:
    story = Story(terms(**REPLY))
    story.tell("message.received", at(0))
    story.tell("message.sent", at(1, "02:00"), "two")
    assert story.verdicts == {"reply/1": "missed"}
    story.tell("message.sent", at(0, "22:00"), "two", known_at=at(3), corrects=2)
    assert (story.last("reply/1").kind, story.verdicts) == ("restated", {"reply/1": "met"})
    assert story.last("reply/1").facts == (2,)  # by the id that it always had


def test_an_opening_whose_time_is_corrected_keeps_its_name_and_moves_its_due() -> None:
    story = Story(terms(**REPLY))
    story.tell("message.received", at(0, "10:00"))
    story.tell("message.received", at(0, "08:00"), known_at=at(0, "12:00"), corrects=1)
    restated = story.outcomes[-1]
    assert (restated.kind, restated.opening, restated.verdict, restated.due_at) == (
        "restated",
        "reply/1",
        "open",
        at(1, "08:00"),
    )


def test_an_opening_that_is_taken_back_is_called_off() -> None:
    story = Story(terms(**REPLY))
    story.tell("message.received", at(0))
    story.tell("message.received", at(0), known_at=at(0, "05:00"), retracts=1)
    story.tick(at(9))
    assert [(each.kind, each.cause) for each in story.outcomes] == [("opened", None), ("cancelled", "withdrawn")]


def test_an_opening_that_is_corrected_into_something_else_is_called_off_and_back() -> None:
    story = Story(terms("tactical", **ISSUE))
    story.tell("issue.opened", at(0), type="tactical")
    story.tick(at(2))
    story.tell("issue.opened", at(0), known_at=at(3), corrects=1, type="strategic")
    assert (story.last("tactical/1").kind, story.last("tactical/1").verdict) == ("restated", "cancelled")
    story.tell("issue.opened", at(0), known_at=at(4), corrects=2, type="tactical")
    assert (story.last("tactical/1").kind, story.last("tactical/1").verdict) == ("restated", "missed")


def test_a_fact_that_is_corrected_into_an_opening_opens() -> None:
    story = Story(terms("tactical", **ISSUE))
    story.tell("issue.opened", at(0), type="strategic")
    story.tell("issue.opened", at(0), known_at=at(0, "06:00"), corrects=1, type="tactical")
    assert list(story.verdicts) == ["tactical/1"]


def test_a_retraction_frees_the_answer_for_the_next_opening() -> None:
    story = Story(terms(**REPLY))
    story.tell("message.received", at(0), "one")
    story.tell("message.received", at(0, "01:00"), "two")
    story.tell("message.sent", at(0, "02:00"), "three")
    assert story.verdicts == {"reply/1": "met", "reply/2": "open"}
    story.tell("message.received", at(0), "one", known_at=at(0, "03:00"), retracts=1)
    assert story.verdicts == {"reply/1": "cancelled", "reply/2": "met"}


def test_a_pause_that_is_taken_back_never_was() -> None:
    story = Story(terms(**REPLY))
    story.tell("message.received", at(0))
    pause = story.tell("commitment.paused", at(0, "10:00"), rule="reply")
    story.tell("commitment.paused", at(0, "10:00"), known_at=at(0, "11:00"), retracts=pause)
    assert story.state.open[0].due_at == at(1)


def test_it_does_not_matter_which_arrives_first() -> None:
    story = Story(terms(**REPLY))
    facts = [
        story.fact("message.received", at(0)),
        story.fact("message.sent", at(1, "05:00"), "two"),
        story.fact("message.sent", at(0, "05:00"), "two", corrects=2),
        story.fact("message.sent", at(0, "07:00"), "three"),
        story.fact("message.sent", at(0, "07:00"), "three", retracts=4),
    ]
    for fact in reversed(facts):
        story.take(fact)
    story.tick(at(5))
    assert {id_: (each.status, each.at, each.facts) for id_, each in story.state.openings.items()} == {
        "reply/1": ("met", at(0, "05:00"), (2,))
    }


def test_what_is_told_twice_is_told_once() -> None:
    story = Story(terms("goals", **{**REPLY, "count": 2}))
    for fact in [story.fact("message.received", at(0)), story.fact("message.sent", at(0, "05:00"), "two")] * 2:
        story.take(fact)
    assert story.state.open[0].facts == (2,)
    assert [each.kind for each in story.outcomes] == ["opened"]

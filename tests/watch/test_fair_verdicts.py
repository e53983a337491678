"""A miss carries its cause and whose it was, and a person may judge otherwise; both verdicts stay."""

from datetime import timedelta

import pytest

from tests.watch.story import Story, at, terms

REPLY = {"opens": {"on": "message.received"}, "met_by": [{"on": "message.sent"}], "within": "24 hours"}
SYNC = {
    "kind": "cadence",
    "opens": {"on": "contract.started"},
    "met_by": [{"on": "meeting.held", "where": "data.type = 'sync'"}],
    "every": "14 days",
}
EXPLAINED, JUDGED = "commitment.explained", "commitment.judged"


@pytest.mark.requirement("P-13")
def test_a_miss_that_is_explained_is_restated_with_its_cause() -> None:
    story = Story(terms(**REPLY))
    story.tell("message.received", at(0))
    story.tick(at(2))
    story.tell(EXPLAINED, at(3), rule="reply", opening="reply/1", cause="mail was down", whose="us")
    assert [(each.kind, each.verdict, each.cause, each.whose) for each in story.outcomes[-2:]] == [
        ("missed", "missed", None, None),
        ("restated", "missed", "mail was down", "us"),
    ]


def test_an_explanation_before_the_verdict_goes_with_it() -> None:
    story = Story(terms(**REPLY))
    story.tell("message.received", at(0))
    story.tell(EXPLAINED, at(0, "20:00"), rule="reply", opening="reply/1", cause="on leave", whose="us")
    story.tick(at(2))
    assert [(each.kind, each.cause, each.whose) for each in story.outcomes[-1:]] == [("missed", "on leave", "us")]


def test_the_latest_explanation_holds_and_a_met_promise_needs_none() -> None:
    story = Story(terms(**REPLY))
    story.tell("message.received", at(0), "one")
    story.tell("message.received", at(0, "01:00"), "two")
    story.tell(EXPLAINED, at(0, "02:00"), rule="reply", opening="reply/1", cause="busy")
    story.tell("message.sent", at(0, "03:00"), "three")
    story.tick(at(2))
    for day, cause in ((3, "first guess"), (4, "looked into")):
        story.tell(EXPLAINED, at(day), rule="reply", opening="reply/2", cause=cause, whose="client")
    assert (story.last("reply/1").cause, story.last("reply/2").cause) == (None, "looked into")


@pytest.mark.requirement("P-13")
def test_a_meeting_that_the_client_missed_says_whose_the_miss_was() -> None:
    story = Story(terms("sync", **SYNC))
    story.tell("contract.started", at(0))
    story.tell("meeting.missed", at(10), "m", type="review", cause="another meeting", whose="us")
    story.tell("meeting.missed", at(11), "n", type="sync", cause="did not come", whose="client")
    story.tick(at(15))
    missed = story.last("sync/1/1")
    assert (missed.kind, missed.cause, missed.whose) == ("missed", "did not come", "client")


@pytest.mark.requirement("P-13")
def test_a_person_may_judge_a_miss_to_be_met_and_both_stay() -> None:
    story = Story(terms(**REPLY))
    story.tell("message.received", at(0))
    story.tick(at(2))
    judged = story.tell(JUDGED, at(5), rule="reply", opening="reply/1", verdict="met", reason="answered by phone")
    assert [(each.kind, each.verdict, each.happened_at) for each in story.outcomes[-2:]] == [
        ("missed", "missed", at(1)),
        ("restated", "met", at(5)),
    ]
    story.tell(JUDGED, at(5), known_at=at(6), retracts=judged)
    assert (story.last("reply/1").verdict, story.last("reply/1").known_at) == ("missed", at(6))


def test_a_judgement_on_a_running_clock_ends_it_and_takes_no_later_fact() -> None:
    story = Story(terms(**REPLY))
    story.tell("message.received", at(0), "one")
    story.tell("message.received", at(0, "01:00"), "two")
    story.tell(JUDGED, at(0, "02:00"), rule="reply", opening="reply/1", verdict="cancelled", cause="a duplicate")
    story.tell("message.sent", at(0, "03:00"), "three")
    assert story.verdicts == {"reply/1": "cancelled", "reply/2": "met"}
    assert story.last("reply/1").cause == "a duplicate"


def test_a_judgement_leaves_the_verdicts_of_others_alone() -> None:
    story = Story(terms(**REPLY))
    story.tell("message.received", at(0), "one")
    story.tell("message.received", at(0, "01:00"), "two")
    story.tell("message.sent", at(0, "02:00"), "three")
    story.tick(at(2))
    story.tell(JUDGED, at(5), rule="reply", opening="reply/1", verdict="missed", cause="sent an empty mail", whose="us")
    assert story.verdicts == {"reply/1": "missed", "reply/2": "missed"}
    assert story.last("reply/1").happened_at == at(1)


def test_a_judgement_that_says_no_verdict_is_passed_over() -> None:
    story = Story(terms(**REPLY))
    story.tell("message.received", at(0))
    story.tell(JUDGED, at(0, "02:00"), rule="reply", opening="reply/1", verdict="splendid")
    assert story.verdicts == {"reply/1": "open"}


def test_what_was_settled_long_ago_can_still_be_judged() -> None:
    story = Story(terms(**REPLY, keep=timedelta(days=10)))
    story.tell("message.received", at(0))
    story.tick(at(2))
    for day in range(3, 60):
        story.tell("message.received", at(day), f"m{day}")
        story.tell("message.sent", at(day, "01:00"), f"a{day}")
        story.tick(at(day, "12:00"))
    story.tell("message.received", at(60), "last")
    story.tick(at(62))
    assert "reply/1" not in story.state.openings
    judged = story.fact(JUDGED, at(63), rule="reply", opening="reply/1", verdict="met", reason="found the letter")
    for _ in range(2):
        story.take(judged)
    restated = [each for each in story.outcomes if each.opening == "reply/1"][2:]
    assert [(each.kind, each.verdict, each.cause, each.opened_at) for each in restated[-1:]] == [
        ("restated", "met", "found the letter", None)
    ]
    assert len(restated) == 2  # the miss, and the judgement once

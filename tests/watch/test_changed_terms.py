"""What runs keeps the terms that it opened under, unless it is told otherwise; what opens later takes the new ones."""

from datetime import timedelta
from typing import Any

import pytest

from tenure.watch.commitments import Tick, retermed, what_would_move
from tests.watch.story import OFFICE, Story, at, terms

REPLY: dict[str, Any] = {
    "opens": {"on": "message.received"},
    "met_by": [{"on": "message.sent"}],
    "within": "24 hours",
}
SYNC: dict[str, Any] = {
    "kind": "cadence",
    "opens": {"on": "contract.started"},
    "met_by": [{"on": "meeting.held"}],
    "every": "14 days",
}


@pytest.mark.requirement("P-01")
def test_a_running_clock_keeps_its_terms_and_the_next_takes_the_new_ones() -> None:
    story = Story(terms(**REPLY))
    story.tell("message.received", at(0), "one")
    story.terms = terms(**{**REPLY, "within": "4 hours"})
    story.tell("message.received", at(0, "01:00"), "two")
    assert [(each.id, each.due_at) for each in story.state.open] == [
        ("reply/2", at(0, "05:00")),
        ("reply/1", at(1)),
    ]
    assert len({each.terms for each in story.state.open}) == 2


def test_new_terms_hold_from_the_moment_they_are_in_force_however_late_their_first_fact() -> None:
    story = Story(terms(**REPLY))
    story.tell("message.received", at(0), "one")
    story.tick(at(2))
    story.terms = terms(**{**REPLY, "within": "4 hours"}, in_force_from=at(3))
    story.tell("message.received", at(9, "10:00"), "two", known_at=at(9, "10:05"))
    assert story.last("reply/2").due_at == at(9, "14:00")
    story.tell("message.received", at(2, "23:00"), "three", known_at=at(9, "10:06"))
    assert story.last("reply/3").due_at == at(3, "23:00")


def test_terms_that_are_told_late_leave_what_has_opened_meanwhile() -> None:
    for rule, opening in ((REPLY, "message.received"), (SYNC, "contract.started")):
        story = Story(terms("rule", **rule))
        for day in range(40):
            story.tell(opening, at(day), f"m{day}")
        story.tick(at(41))
        before = story.verdicts
        story.terms = terms("rule", **{**rule, "warn": "1 hour"}, in_force_from=at(20))
        story.tick(at(41, "01:00"))
        assert story.verdicts == before
        assert {each.terms for each in story.state.openings.values()} == {terms("rule", **rule).digest}
        story.tell("message.received", at(41, "02:00"), "new")
        story.tick(at(60))
        assert {each.terms for each in story.state.openings.values()} > {story.terms.digest}


def test_each_is_met_by_what_its_own_terms_name() -> None:
    story = Story(terms(**REPLY))
    story.tell("message.received", at(0), "one")
    call = {"on": "activity.logged", "where": "data.type = 'call'"}
    story.terms = terms(**{**REPLY, "met_by": [call]}, in_force_from=at(0, "00:30"))
    story.tell("message.received", at(0, "01:00"), "two")
    story.tell("activity.logged", at(0, "02:00"), "call", type="call")
    story.tell("message.sent", at(0, "03:00"), "three")
    assert {each.opening: (each.verdict, each.happened_at) for each in story.outcomes} == {
        "reply/1": ("met", at(0, "03:00")),
        "reply/2": ("met", at(0, "02:00")),
    }


def test_an_opening_that_happened_before_the_change_is_under_the_old_terms_although_it_arrives_later() -> None:
    story = Story(terms(**REPLY))
    story.tell("message.received", at(0), "one")
    story.terms = terms(**{**REPLY, "within": "4 hours"})
    story.tell("message.received", at(1), "two")
    late = story.tell("message.received", at(0, "05:00"), "three", known_at=at(1, "01:00"))
    assert story.last(f"reply/{late}").due_at == at(1, "05:00")


@pytest.mark.requirement("P-01")
def test_a_cadence_takes_new_terms_at_its_next_period() -> None:
    story = Story(terms("sync", **SYNC))
    story.tell("contract.started", at(0))
    story.tick(at(3))
    story.terms = terms("sync", **{**SYNC, "every": "7 days"})
    story.tell("meeting.held", at(5), "m")
    story.tick(at(30))
    opened = [(each.opening, each.happened_at) for each in story.outcomes if each.kind == "opened"]
    assert opened == [("sync/1/1", at(0)), ("sync/1/2", at(14)), ("sync/1/3", at(21)), ("sync/1/4", at(28))]


@pytest.mark.requirement("P-01")
def test_what_runs_can_be_told_to_run_under_new_terms() -> None:
    story = Story(terms(**REPLY))
    story.tell("message.received", at(0), "one")
    story.tell("message.received", at(0, "02:00"), "two")
    new = terms(**{**REPLY, "within": "4 hours"})
    story.state = retermed(story.state, new, ["reply/1"])
    story.terms = new
    story.take(Tick(at(0, "03:00")))
    assert [(each.kind, each.opening, each.due_at) for each in story.outcomes[2:]] == [
        ("restated", "reply/1", at(0, "04:00")),
        ("warned", "reply/1", at(0, "04:00")),
    ]
    assert story.state.openings["reply/2"].due_at == at(1, "02:00")


def test_what_was_counted_before_stays_counted_after() -> None:
    story = Story(terms(**{**REPLY, "count": 2}))
    story.tell("message.received", at(0), "one")
    story.tell("message.sent", at(0, "01:00"), "two")
    new = terms(**{**REPLY, "count": 2, "met_by": [{"on": "activity.logged"}]})
    story.state = retermed(story.state, new)
    story.terms = new
    story.tell("message.sent", at(0, "02:00"), "three")  # no longer meets
    assert story.state.open[0].facts == (2,)
    story.tell("activity.logged", at(0, "03:00"), "call")
    assert story.verdicts == {"reply/1": "met"}


def test_settled_openings_keep_the_terms_of_their_verdict() -> None:
    story = Story(terms(**REPLY))
    story.tell("message.received", at(0), "one")
    story.tell("message.sent", at(0, "10:00"), "two")
    new = terms(**{**REPLY, "within": "4 hours"})
    story.state = retermed(story.state, new)
    story.terms = new
    story.tick(at(5))
    assert story.verdicts == {"reply/1": "met"}


@pytest.mark.requirement("P-01")
def test_a_plan_says_what_would_move() -> None:
    old = terms(**REPLY)
    story = Story(old)
    story.tell("message.received", at(4, "10:00"), "one")
    story.tell("message.received", at(4, "16:00"), "two")
    story.tick(at(4, "18:00"))
    shorter = terms(**{**REPLY, "within": "4 hours"})
    moves = [(each.opening, each.due_before, each.due_after, each.status_after) for each in story_moves(story, shorter)]
    assert moves == [
        ("reply/1", at(5, "10:00"), at(4, "14:00"), "missed"),
        ("reply/2", at(5, "16:00"), at(4, "20:00"), "open"),
    ]
    business = terms(**{**REPLY, "within": "8 business hours"}, calendar=OFFICE)
    assert [each.due_after for each in story_moves(story, business)] == [at(7, "10:00"), at(7, "16:00")]
    assert story_moves(story, terms(**REPLY)) == []
    assert what_would_move(story.state, shorter, business) == ()  # nothing runs under those
    assert [each.due_at for each in story.state.open] == [at(5, "10:00"), at(5, "16:00")]  # and nothing has moved


def story_moves(story: Story, new: Any) -> list[Any]:
    return list(what_would_move(story.state, story.terms, new, now=at(4, "18:00")))


def test_a_promise_that_is_no_longer_made_lets_what_runs_run_out() -> None:
    reply, sync = Story(terms(**REPLY)), Story(terms("sync", **SYNC))
    reply.tell("message.received", at(0), "one")
    sync.tell("contract.started", at(0), "one")
    for story in (reply, sync):
        story.terms = story.terms.retired()
        story.tell("message.received", at(0, "02:00"), "two")
        story.tell("contract.started", at(0, "03:00"), "two")
        story.tick(at(50))
    assert reply.verdicts == {"reply/1": "missed"}
    assert sync.verdicts == {"sync/1/1": "missed"}


def test_equal_definitions_have_one_digest() -> None:
    assert terms(**REPLY) == terms(**REPLY)
    assert hash(terms(**REPLY)) == hash(terms(**REPLY))
    others = [
        terms("other", **REPLY),
        terms(**{**REPLY, "within": "23 hours"}),
        terms(**REPLY, calendar=OFFICE),
        terms(**REPLY, since=at(0)),
        terms(**REPLY, source="helpdesk"),
        terms(**REPLY, keep=timedelta(days=3)),
        terms(**REPLY).retired(),
    ]
    assert len({terms(**REPLY).digest, *(each.digest for each in others)}) == 8

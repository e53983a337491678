"""A state is kept as JSON between facts, and what was settled long ago is forgotten without changing a verdict."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.base.calendar import WorkCalendar, parse_hours
from tenure.blueprint.expressions import parse
from tenure.watch.commitments import Terms, from_json, retermed, start, terms_from_json, to_json
from tenure.watch.compiled import compile_expression
from tests.watch.story import OFFICE, Story, at, terms

REPLY: dict[str, Any] = {
    "opens": {"on": "message.received", "where": "data.channel = 'mail'"},
    "met_by": [{"on": "message.sent"}, {"on": "message.settled"}],
    "cancelled_by": [{"on": "account.closed"}],
    "match": "answers",
    "within": "8 business hours",
    "warn": "2 hours",
    "settle": "1 hour",
    "source": "helpdesk",
}
SYNC: dict[str, Any] = {
    "kind": "cadence",
    "opens": {"on": "contract.started"},
    "met_by": [{"on": "meeting.held", "where": "data.type = 'sync'"}],
    "every": "14 days",
}


def through_json(story: Story) -> None:
    """Put the state away and take it out again."""
    text = json.dumps(to_json(story.state))
    kept = {digest: json.dumps(each.to_json()) for digest, each in story.state.terms().items()}

    def terms_of(digest: str) -> Terms:
        return terms_from_json(json.loads(kept[digest]), predicate=lambda text: compile_expression(parse(text)))

    again = from_json(json.loads(text), terms_of)
    assert again == story.state
    assert json.dumps(to_json(again)) == text
    story.state = again


def test_terms_come_back_as_they_were() -> None:
    split = WorkCalendar(
        "Australia/Lord_Howe", parse_hours({"mon": ["09:00-12:30", "13:00-24:00"]}), frozenset({at(0).date()})
    )
    for each in (terms(**REPLY, calendar=split, since=at(3)), terms("sync", **SYNC, applies="tier = 'gold'")):
        again = terms_from_json(json.loads(json.dumps(each.to_json())), predicate=lambda text: bool)
        assert again == each
        assert again.to_json() == each.to_json()
        assert again.calendar == each.calendar


def test_a_story_put_away_after_every_event_ends_as_one_that_was_not() -> None:
    for rule, calendar in ((REPLY, OFFICE), (SYNC, OFFICE)):
        whole, broken = (Story(terms("rule", **rule, calendar=calendar)) for _ in range(2))
        for story in (whole, broken):
            tell_a_lot(story, between=through_json if story is broken else lambda _: None)
        assert whole.outcomes == broken.outcomes
        assert whole.state == broken.state
        assert len(whole.outcomes) > 10


def tell_a_lot(story: Story, between: Any) -> None:
    moved = {"type": "sync", "starts_at": at(18, "10:00").isoformat(), "whose": "client", "cause": "travels"}
    script: list[tuple[str, Any, str, dict[str, Any]]] = [
        ("contract.started", at(0), "c", {}),
        ("message.received", at(0, "10:00"), "m1", {"channel": "mail"}),
        ("message.sent", at(0, "12:00"), "m2", {"answers": "m1"}),
        ("commitment.paused", at(1, "10:00"), "x", {"rule": "rule", "reason": "holiday"}),
        ("message.received", at(1, "11:00"), "m3", {"channel": "mail"}),
        ("commitment.resumed", at(3, "10:00"), "x", {"rule": "rule"}),
        ("meeting.rescheduled", at(11), "s1", moved),
        ("meeting.held", at(18, "10:00"), "s1", {"type": "sync"}),
        ("commitment.explained", at(19), "x", {"rule": "rule", "opening": "rule/5", "cause": "busy", "whose": "us"}),
        ("meeting.missed", at(20), "s2", {"type": "sync", "cause": "ill", "whose": "client"}),
        ("message.received", at(25, "11:00"), "m5", {"channel": "mail"}),
    ]
    for kind, moment, subject, data in script:
        story.tell(kind, moment, subject, **data)
        between(story)
        story.tick(moment + timedelta(hours=1), helpdesk=moment)
        between(story)
    story.tick(at(60), helpdesk=at(60))
    between(story)
    story.tell("account.closed", at(61), "acme")
    between(story)


def test_terms_told_and_forgotten_survive_the_journey() -> None:
    story = Story(terms(**{**REPLY, "source": None}, calendar=OFFICE, keep=timedelta(days=5)))
    for day in range(40):
        story.tell("message.received", at(day, "10:00"), f"m{day}", channel="mail")
        story.tick(at(day, "11:00"))
        if day == 20:
            story.terms = terms(
                **{**REPLY, "source": None, "within": "4 days"}, calendar=OFFICE, keep=timedelta(days=5)
            )
            story.state = retermed(story.state, story.terms)
        through_json(story)
    assert story.state.base is not None
    assert story.state.folded_through > 0
    assert len(story.state.marks) < 25


def test_what_was_settled_long_ago_is_forgotten() -> None:
    story = Story(terms("sync", **{**SYNC, "every": "1 day"}))
    story.tell("contract.started", at(0))
    sizes = []
    for day in range(400):
        story.tell("meeting.held", at(day, "10:00"), f"m{day}", type="sync")
        sizes.append((len(story.state.marks), len(story.state.openings)))
    assert max(sizes) <= (45, 46)  # 35 days, and a week of slack, and today
    met = [each for each in story.outcomes if each.kind == "met"]
    assert len(met) == 400
    assert {each.kind for each in story.outcomes} <= {"opened", "met"}


def test_what_is_told_again_after_it_was_forgotten_changes_nothing() -> None:
    story = Story(terms("sync", **{**SYNC, "every": "1 day"}, keep=timedelta(days=7)))
    facts = [story.fact("contract.started", at(0))]
    facts += [story.fact("meeting.held", at(day, "10:00"), f"m{day}", type="sync") for day in range(60)]
    for fact in facts:
        story.wake_until(fact.known_at)
        story.take(fact)
    before, said = story.state, len(story.outcomes)
    correction = story.fact("meeting.held", at(3), corrects=4, type="sync")
    for fact in [*facts, correction]:
        story.take(fact)
    assert (story.state, len(story.outcomes)) == (before, said)


def test_what_still_runs_is_never_forgotten() -> None:
    rule = {"kind": "cadence", "opens": {"on": "contract.started"}, "met_by": [{"on": "goal.set"}], "count": 2}
    story = Story(terms("goals", **rule, every="1 year", keep=timedelta(days=7)))
    story.tell("contract.started", at(0))
    first = story.tell("goal.set", at(10), "first")
    for day in range(20, 200, 10):
        story.tell("commitment.paused", at(day), rule="goals")
        story.tell("commitment.resumed", at(day, "01:00"), rule="goals")
        story.tick(at(day, "02:00"))
    assert story.state.openings["goals/1/1"].facts == (first,)
    story.tell("goal.set", at(10), "first", known_at=at(210), retracts=first)
    assert story.state.openings["goals/1/1"].facts == ()


def test_what_was_explained_is_not_forgotten_before_its_opening() -> None:
    rule = {"opens": {"on": "message.received"}, "met_by": [{"on": "message.sent"}], "within": "20 days"}
    story = Story(terms(**rule, warn="2 days", keep=timedelta(days=10)))
    story.tell("message.received", at(0), "one")
    story.tell("commitment.explained", at(1), rule="reply", opening="reply/1", cause="ill", whose="us")
    story.tell("message.received", at(15), "two")
    story.tick(at(34))  # the second still runs, so nothing since day 15 is forgotten
    assert story.state.base is not None
    story.tick(at(36))
    assert [
        (each.opening, each.kind, each.cause) for each in story.outcomes if each.kind in ("missed", "restated")
    ] == [
        ("reply/1", "missed", "ill"),
        ("reply/3", "missed", None),
    ]


def test_a_correction_is_not_forgotten_before_what_it_corrects() -> None:
    rule = {"opens": {"on": "message.received"}, "met_by": [{"on": "message.sent"}], "within": "20 days"}
    story = Story(terms(**rule, warn="2 days", keep=timedelta(days=10)))
    story.tell("message.received", at(0), "zero")
    late = story.tell("message.received", at(17), "one")  # it was on day 3, as is found out
    story.tell("message.received", at(3), "one", known_at=at(18), corrects=late)
    story.tell("message.received", at(15), "two")
    for day in (34, 36, 60):
        story.tick(at(day))
    dues = {each.opening: each.due_at for each in story.outcomes}
    assert dues == {"reply/1": at(20), "reply/2": at(23), "reply/4": at(35)}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_forgetting_early_or_late_says_the_same(data: st.DataObject) -> None:
    rule: dict[str, Any] = data.draw(
        st.sampled_from(
            [
                {"opens": {"on": "message.received"}, "met_by": [{"on": "message.sent"}], "within": "36 hours"},
                {**SYNC, "every": "5 days", "cancelled_by": [{"on": "message.settled"}]},
                {**SYNC, "opens": None, "every": "5 days"},
            ]
        )
    )
    kinds = ["message.received", "message.sent", "message.settled", "contract.started", "account.created", "pause"]
    steps = data.draw(
        st.lists(st.tuples(st.sampled_from([*kinds, "meeting.held", "resume"]), st.integers(1, 60)), max_size=60)
    )
    stories = [Story(terms("rule", **rule, keep=timedelta(days=keep))) for keep in (2, 10, 1000)]
    for story in stories:
        hour = 0
        for kind, gap in steps:
            hour += gap
            moment = at(0) + timedelta(hours=hour)
            if kind in ("pause", "resume"):
                story.tell(f"commitment.{kind}d", moment, rule="rule")
            else:
                story.tell(kind, moment, f"s{hour}", type="sync")
            story.tick(moment)
        story.tick(at(0) + timedelta(hours=hour + 500))

    def heard(story: Story) -> list[tuple[Any, ...]]:
        return [(e.kind, e.opening, e.happened_at, e.known_at, e.due_at, e.verdict, e.facts) for e in story.outcomes]

    assert heard(stories[0]) == heard(stories[2])
    assert heard(stories[1]) == heard(stories[2])


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_the_short_cut_says_what_the_long_way_says(data: st.DataObject) -> None:
    """A course kept at hand only saves time: without it, as after a restart, every word is the same."""
    clock = {"opens": {"on": "message.received"}, "met_by": [{"on": "message.sent"}], "within": "30 hours"}
    rule: dict[str, Any] = data.draw(st.sampled_from([clock, {**SYNC, "every": "2 days", "opens": None}]))
    promise = terms("rule", **rule, settle="20 hours", source="helpdesk", cancelled_by=[{"on": "message.settled"}])
    kinds = ["message.received", "message.sent", "message.sent", "account.created", "meeting.held", "paused", "resumed"]
    steps = data.draw(
        st.lists(
            st.tuples(st.sampled_from([*kinds, "message.settled"]), st.integers(0, 20), st.integers(0, 90)),
            min_size=30,
            max_size=70,
        )
    )
    kept, bare = Story(promise), Story(promise)
    hour = 0
    for kind, gap, late in steps:
        hour += gap
        known = at(0) + timedelta(hours=hour)
        for story in (kept, bare):
            name = f"commitment.{kind}" if kind in ("paused", "resumed") else kind
            story.tell(name, known - timedelta(hours=late), f"s{hour}", known_at=known, type="sync", rule="rule")
            story.tick(known, helpdesk=known - timedelta(hours=40))
        bare.state = replace(bare.state, near=None)
    for story in (kept, bare):
        story.tick(at(0) + timedelta(hours=hour + 500), helpdesk=at(400))
    assert kept.outcomes == bare.outcomes
    assert kept.state == bare.state


def test_a_history_that_is_imported_bit_by_bit_is_weighed_as_a_whole() -> None:
    rule = {"opens": {"on": "message.received"}, "met_by": [{"on": "message.sent"}], "within": "24 hours"}
    story = Story(terms(**rule))
    for day in range(60):  # all of it is told on day 300 and later, the questions first and the answers last
        story.tell("message.received", at(day), f"q{day}", known_at=at(300))
    story.tick(at(301))
    for day in range(0, 60, 2):
        story.tell("message.sent", at(day, "05:00"), f"a{day}", known_at=at(310))
        story.tick(at(310))
    assert list(story.verdicts.values()) == ["met", "missed"] * 30
    assert len(story.state.marks) == 90
    story.tick(at(400))
    story.tell("message.received", at(400), "last")
    story.tick(at(402))
    assert len(story.state.marks) == 1  # and in the end it is forgotten


def test_a_fresh_state_is_empty() -> None:
    assert to_json(start("reply", "acme"))["marks"] == []
    assert from_json(json.loads(json.dumps(to_json(start("reply", "acme")))), lambda _: terms(**REPLY)) == start(
        "reply", "acme"
    )

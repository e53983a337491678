"""A clock opens on a fact, warns, and is met, missed or called off; the verdict goes by when things happened."""

import pytest

from tenure.watch.commitments import TermsError, Tick, advance, start
from tests.watch.story import OFFICE, Story, at, terms

REPLY = {"opens": {"on": "message.received"}, "met_by": [{"on": "message.sent"}], "within": "24 hours"}
ISSUE = {
    "opens": {"on": "issue.opened", "where": "data.type = 'tactical'"},
    "met_by": [{"on": "issue.resolved"}],
    "match": "subject",
    "within": "24 hours",
}


@pytest.mark.requirement("R-09")
def test_an_answer_in_time_meets_it() -> None:
    story = Story(terms(**REPLY))
    story.tell("message.received", at(0, "10:00"))
    story.tell("message.sent", at(1, "09:00"), "two")
    story.tick(at(5))
    assert story.said == [
        ("opened", "reply/1", at(0, "10:00")),
        ("warned", "reply/1", at(1, "04:00")),  # three quarters of 24 hours
        ("met", "reply/1", at(1, "09:00")),
    ]
    assert story.last("reply/1").facts == (2,)
    assert story.state.open == ()


def test_an_answer_at_the_very_moment_of_due_meets_it_and_a_second_later_does_not() -> None:
    for late, verdict in ((0, "met"), (1, "missed")):
        story = Story(terms(**REPLY))
        story.tell("message.received", at(0, "10:00"))
        story.tell("message.sent", at(1, "10:00").replace(second=late), "two")
        story.tick(at(2))
        assert story.verdicts == {"reply/1": verdict}


def test_a_miss_happens_at_due_and_is_said_when_it_is_known() -> None:
    story = Story(terms(**REPLY, settle="2 hours"))
    story.tell("message.received", at(0, "10:00"))
    story.tick(at(5))
    missed = story.last("reply/1")
    assert (missed.kind, missed.happened_at, missed.known_at) == ("missed", at(1, "10:00"), at(1, "12:00"))
    assert missed.due_at == at(1, "10:00")
    assert story.state.openings["reply/1"].at == at(1, "10:00")


def test_it_says_when_it_must_be_woken() -> None:
    story = Story(terms(**REPLY, settle="2 hours"))
    assert story.state.wake is None
    story.take(story.fact("message.received", at(0, "10:00")))
    assert story.state.wake == at(1, "04:00")
    story.take(Tick(at(1, "04:00")))
    assert story.state.wake == at(1, "12:00")
    story.take(Tick(at(1, "12:00")))
    assert story.state.wake is None


def test_a_late_tick_says_no_warning_that_comes_too_late() -> None:
    story = Story(terms(**REPLY))
    story.take(story.fact("message.received", at(0, "10:00")))
    story.take(Tick(at(9)))
    assert [kind for kind, *_ in story.said] == ["opened", "missed"]
    settling = Story(terms(**REPLY, settle="2 hours"))
    settling.take(settling.fact("message.received", at(0, "10:00")))
    settling.take(Tick(at(1, "11:00")))
    assert [kind for kind, *_ in settling.said] == ["opened"]


def test_what_arrives_while_it_settles_still_meets_it() -> None:
    story = Story(terms(**REPLY, settle="2 hours"))
    story.tell("message.received", at(0, "10:00"))
    story.tell("message.sent", at(1, "09:59"), "two", known_at=at(1, "11:00"))
    assert [kind for kind, *_ in story.said] == ["opened", "warned", "met"]


@pytest.mark.requirement("P-13")
def test_what_arrives_after_the_miss_restates_it_and_both_stay() -> None:
    story = Story(terms(**REPLY))
    story.tell("message.received", at(0, "10:00"))
    story.tell("message.sent", at(1, "09:00"), "two", known_at=at(4))
    assert story.said[-2:] == [("missed", "reply/1", at(1, "10:00")), ("restated", "reply/1", at(1, "09:00"))]
    assert story.outcomes[-2].verdict == "missed"
    assert (story.outcomes[-1].verdict, story.outcomes[-1].known_at) == ("met", at(4))


def test_a_source_must_have_been_read_past_due_before_a_miss_counts() -> None:
    story = Story(terms(**REPLY, source="helpdesk"))
    story.tell("message.received", at(0, "10:00"))
    story.tick(at(3), helpdesk=at(1, "09:59"))
    assert story.state.open[0].status == "open"
    assert story.state.wake is None  # time alone brings no verdict
    story.tick(at(4), other=at(4))
    assert story.verdicts == {"reply/1": "open"}
    story.tick(at(5), helpdesk=at(1, "10:00"))
    assert story.said[-1] == ("missed", "reply/1", at(1, "10:00"))
    assert story.outcomes[-1].known_at == at(5)


def test_an_answer_goes_to_the_oldest_that_is_open() -> None:
    story = Story(terms(**REPLY))
    story.tell("message.received", at(0, "10:00"), "one")
    story.tell("message.received", at(0, "11:00"), "two")
    story.tell("message.sent", at(0, "12:00"), "three")
    story.tick(at(5))
    assert story.verdicts == {"reply/1": "met", "reply/2": "missed"}


def test_an_answer_after_due_leaves_the_missed_one_and_meets_the_next() -> None:
    story = Story(terms(**REPLY))
    story.tell("message.received", at(0, "10:00"), "one")
    story.tell("message.received", at(0, "20:00"), "two")
    story.tell("message.sent", at(1, "12:00"), "three")
    assert story.verdicts == {"reply/1": "missed", "reply/2": "met"}


def test_one_answer_may_meet_all_that_is_open() -> None:
    story = Story(terms(**REPLY, match="all"))
    story.tell("message.received", at(0, "10:00"), "one")
    story.tell("message.received", at(0, "11:00"), "two")
    story.tell("message.sent", at(0, "12:00"), "three")
    assert story.verdicts == {"reply/1": "met", "reply/2": "met"}


@pytest.mark.requirement("T-04")
def test_a_resolution_meets_the_issue_that_it_resolves() -> None:
    story = Story(terms("tactical", **ISSUE))
    story.tell("issue.opened", at(0), "printer", type="tactical")
    story.tell("issue.opened", at(0, "01:00"), "login", type="tactical")
    story.tell("issue.opened", at(0, "02:00"), "vision", type="strategic")
    story.tell("issue.resolved", at(0, "20:00"), "login")
    story.tick(at(9))
    assert story.verdicts == {"tactical/1": "missed", "tactical/2": "met"}


def test_an_unknown_condition_is_not_true() -> None:
    story = Story(terms("tactical", **ISSUE))
    story.tell("issue.opened", at(0), "printer")
    assert story.outcomes == []
    assert story.state == start("tactical", "acme")


def test_a_field_may_name_what_it_answers() -> None:
    story = Story(terms(**REPLY, match="answers"))
    story.tell("message.received", at(0), "one")
    story.tell("message.received", at(0, "01:00"), "two", answers="ours")
    story.tell("message.sent", at(0, "02:00"), "three", answers="two")
    story.tell("message.sent", at(0, "03:00"), "four")  # answers nothing
    story.tick(at(9))
    assert story.verdicts == {"reply/1": "missed", "reply/2": "met"}


def test_a_field_may_agree_with_the_openings() -> None:
    story = Story(terms(**{**REPLY, "match": "channel"}))
    story.tell("message.received", at(0), "one", channel="chat")
    story.tell("message.received", at(0, "01:00"), "two", channel="mail")
    story.tell("message.sent", at(0, "02:00"), "three", channel="mail")
    story.tick(at(9))
    assert story.verdicts == {"reply/1": "missed", "reply/2": "met"}


@pytest.mark.requirement("P-13")
def test_what_was_answered_elsewhere_is_said_in_one_act() -> None:
    rule = {**REPLY, "met_by": [{"on": "message.sent"}, {"on": "message.settled"}], "match": "answers"}
    story = Story(terms(**rule))
    story.tell("message.received", at(0), "one")
    story.tell("message.received", at(0, "01:00"), "two", answers="ours")
    story.tell("message.settled", at(0, "02:00"), "two", how="answered_elsewhere", answers="ours")
    story.tick(at(9))
    assert story.verdicts == {"reply/1": "missed", "reply/2": "met"}


def test_of_several_that_agree_the_same_subject_comes_first() -> None:
    rule = {**REPLY, "met_by": [{"on": "message.sent"}, {"on": "message.settled"}]}
    story = Story(terms(**rule))
    story.tell("message.received", at(0), "one")
    story.tell("message.received", at(0, "01:00"), "two")
    story.tell("message.settled", at(0, "02:00"), "two", how="no_reply_needed")
    assert story.verdicts == {"reply/1": "open", "reply/2": "met"}


def test_it_may_need_several_facts() -> None:
    rule = {"opens": {"on": "contract.started"}, "met_by": [{"on": "goal.set"}], "count": 2, "within": "14 days"}
    story = Story(terms("goals", **rule))
    story.tell("contract.started", at(0))
    story.tell("goal.set", at(2), "first")
    assert story.state.open[0].facts == (2,)
    story.tell("goal.set", at(9), "second")
    assert story.said[-1] == ("met", "goals/1", at(9))
    assert story.last("goals/1").facts == (2, 3)


def test_what_cancels_calls_off_what_it_is_about() -> None:
    story = Story(terms("tactical", **ISSUE, cancelled_by=[{"on": "issue.escalated"}, {"on": "account.closed"}]))
    for subject in ("one", "two", "three"):
        story.tell("issue.opened", at(0), subject, type="tactical")
    story.tell("issue.escalated", at(0, "05:00"), "two", reason="strategic")
    story.tick(at(0, "06:00"))
    assert story.verdicts == {"tactical/1": "open", "tactical/2": "cancelled", "tactical/3": "open"}
    assert story.last("tactical/2").cause == "strategic"
    story.tell("account.closed", at(0, "07:00"), "acme")
    assert set(story.verdicts.values()) == {"cancelled"}


def test_a_fact_never_meets_the_opening_that_it_opens_but_may_meet_the_one_before() -> None:
    rule = {"opens": {"on": "meeting.held"}, "met_by": [{"on": "meeting.held"}], "within": "14 days"}
    story = Story(terms("again", **rule))
    for day in (0, 10, 30):
        story.tell("meeting.held", at(day), f"meeting {day}")
    story.tick(at(60))
    assert story.verdicts == {"again/1": "met", "again/2": "missed", "again/3": "missed"}


def test_the_same_fact_may_meet_several_promises() -> None:
    reply, first = Story(terms(**REPLY)), Story(terms("first", **{**REPLY, "within": "1 hour"}))
    received, sent = reply.fact("message.received", at(0)), reply.fact("message.sent", at(0, "02:00"), "two")
    for story in (reply, first):
        story.take(received)
        story.tick(at(0, "01:30"))
        story.take(sent)
    assert (reply.verdicts, first.verdicts) == ({"reply/1": "met"}, {"first/1": "missed"})


@pytest.mark.requirement("C-11")
def test_the_same_business_day_is_that_days_closing_or_the_next_ones() -> None:
    rule = {**REPLY, "within": "same business day", "hours": "company"}
    for day, clock, due in [(4, "16:59", at(4, "17:00")), (4, "17:00", at(7, "17:00")), (5, "12:00", at(7, "17:00"))]:
        story = Story(terms(**rule, calendar=OFFICE))
        story.tell("message.received", at(day, clock))
        assert story.state.open[0].due_at == due


@pytest.mark.requirement("R-02")
def test_time_to_first_result_is_two_clocks() -> None:
    brand = terms(
        "tfr1",
        opens={"on": "meeting.held", "where": "data.type = 'brand_strategy'"},
        met_by=[{"on": "deliverable.delivered", "where": "data.type = 'brand_pillars'"}],
        within="2 days",
        warn="12 hours",
    )
    story = Story(brand)
    story.tell("meeting.held", at(0, "15:00"), "kick-off", type="onboarding")
    story.tell("meeting.held", at(1, "15:00"), "brand", type="brand_strategy")
    story.tell("deliverable.delivered", at(2, "09:00"), "logo", type="logo")
    story.tick(at(3, "14:00"))
    story.tell("deliverable.delivered", at(3, "14:30"), "pillars", type="brand_pillars")
    assert story.said == [
        ("opened", "tfr1/2", at(1, "15:00")),
        ("warned", "tfr1/2", at(3, "03:00")),
        ("met", "tfr1/2", at(3, "14:30")),
    ]


def test_hours_counted_in_the_companys_are_business_hours() -> None:
    story = Story(terms(**{**REPLY, "within": "4 hours", "hours": "company", "warn": "1 hour"}, calendar=OFFICE))
    story.tell("message.received", at(4, "15:00"))  # a Friday
    opening = story.state.open[0]
    assert (opening.warn_at, opening.due_at) == (at(7, "10:00"), at(7, "11:00"))


def test_a_share_to_warn_at_is_counted_like_the_whole() -> None:
    story = Story(terms(**{**REPLY, "within": "8 business hours", "hours": "company"}, calendar=OFFICE))
    story.tell("message.received", at(4, "15:00"))
    opening = story.state.open[0]
    # Six of eight open hours: two on Friday, four on Monday.
    assert (opening.warn_at, opening.due_at) == (at(7, "13:00"), at(7, "15:00"))


def test_a_warning_that_would_come_before_the_opening_comes_with_it() -> None:
    story = Story(terms(**REPLY, warn="2 days"))
    story.tell("message.received", at(0, "10:00"))
    story.tick(at(0, "11:00"))
    assert story.said == [("opened", "reply/1", at(0, "10:00")), ("warned", "reply/1", at(0, "10:00"))]


def test_nothing_opens_before_the_promise_was_made() -> None:
    story = Story(terms(**REPLY, since=at(5)))
    story.tell("message.received", at(4))
    story.tell("message.received", at(5), "two")
    assert list(story.verdicts) == ["reply/2"]


def test_it_opens_only_where_it_applies() -> None:
    story = Story(terms(**REPLY, applies="tier = 'gold'"))
    story.tick(at(0), applies=None)
    story.tell("message.received", at(1), "one")
    assert story.outcomes == []  # unknown is not true
    story.tick(at(2), applies=False)
    story.tell("message.received", at(3), "two")
    assert story.outcomes == []
    story.tick(at(4), applies=True)
    story.tell("message.received", at(5), "three")
    story.tick(at(5, "10:00"), applies=False)
    story.tell("message.received", at(5, "12:00"), "four")
    story.tick(at(9))
    assert story.verdicts == {"reply/3": "missed"}  # what runs keeps its promise


def test_expressions_see_the_account() -> None:
    rule = {**REPLY, "opens": {"on": "message.received", "where": "account.tier = 'gold'"}}
    story = Story(terms(**rule))
    story.take(story.fact("message.received", at(0)), {"tier": "silver"})
    story.take(story.fact("message.received", at(0)), {"tier": "gold"})
    assert list(story.verdicts) == ["reply/2"]


def test_terms_that_promise_nothing_are_refused() -> None:
    with pytest.raises(TermsError, match="needs `opens` and `within`"):
        terms(opens={"on": "message.received"}, met_by=[{"on": "message.sent"}])
    with pytest.raises(TermsError, match="needs `every`"):
        terms(kind="cadence", met_by=[{"on": "message.sent"}])
    with pytest.raises(TermsError, match="no time"):
        terms(**{**REPLY, "within": "0 hours"})
    with pytest.raises(TermsError, match="settles"):
        terms(**REPLY, settle="50 %")


def test_facts_of_another_account_and_outside_the_ledger_are_bugs() -> None:
    story, other = Story(terms(**REPLY)), Story(terms(**REPLY), account="umbrella")
    with pytest.raises(ValueError, match="umbrella"):
        story.take(other.fact("message.received", at(0)))
    story.last_id = -1
    with pytest.raises(ValueError, match="ledger"):
        story.take(story.fact("message.received", at(0)))


def test_what_changes_nothing_gives_the_very_same_state_back() -> None:
    story = Story(terms(**REPLY))
    story.tell("message.received", at(0))
    for event in (story.fact("note.logged", at(0, "01:00")), Tick(at(0, "02:00"))):
        assert advance(story.state, event, story.terms) == (story.state, ())
        assert advance(story.state, event, story.terms)[0] is story.state

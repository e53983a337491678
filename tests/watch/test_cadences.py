"""A cadence recurs on a fixed grid: each period is met by so many facts, or missed at its end."""

from datetime import timedelta
from typing import Any

import pytest

from tenure.base.calendar import always
from tests.watch.story import OFFICE, Story, at, terms

SYNC: dict[str, Any] = {
    "kind": "cadence",
    "opens": {"on": "contract.started"},
    "met_by": [{"on": "meeting.held", "where": "data.type = 'sync'"}],
    "every": "14 days",
}


def held(story: Story, moment: Any, subject: str = "m") -> int:
    return story.tell("meeting.held", moment, subject, type="sync")


@pytest.mark.requirement("R-04")
def test_each_period_wants_its_own_and_begins_where_the_last_one_ended() -> None:
    story = Story(terms("sync", **SYNC))
    story.tell("contract.started", at(0, "09:00"))
    held(story, at(3))
    held(story, at(5))  # more than the first period needs, and no credit for the next
    held(story, at(30))
    story.tick(at(43))
    assert story.verdicts == {"sync/1/1": "met", "sync/1/2": "missed", "sync/1/3": "met", "sync/1/4": "open"}
    assert [(each.kind, each.opening, each.happened_at) for each in story.outcomes if each.kind != "warned"] == [
        ("opened", "sync/1/1", at(0, "09:00")),
        ("met", "sync/1/1", at(3)),
        ("opened", "sync/1/2", at(14, "09:00")),
        ("opened", "sync/1/3", at(28, "09:00")),
        ("missed", "sync/1/2", at(28, "09:00")),
        ("met", "sync/1/3", at(30)),
        ("opened", "sync/1/4", at(42, "09:00")),
    ]


def test_it_wakes_for_the_next_period_although_this_one_is_met() -> None:
    story = Story(terms("sync", **SYNC))
    story.tell("contract.started", at(0))
    held(story, at(3))
    assert story.state.wake == at(14)


def test_a_second_opening_does_not_move_the_grid() -> None:
    story = Story(terms("sync", **SYNC))
    story.tell("contract.started", at(0))
    story.tell("contract.started", at(5), "other")
    story.tick(at(6))
    assert list(story.verdicts) == ["sync/1/1"]


@pytest.mark.requirement("C-01")
def test_two_goals_a_year() -> None:
    rule = {"kind": "cadence", "opens": {"on": "contract.started"}, "met_by": [{"on": "goal.set"}], "count": 2}
    story = Story(terms("goals", **rule, every="1 year"))
    story.tell("contract.started", at(0))
    story.tell("goal.set", at(10), "first")
    story.tell("goal.set", at(200), "second")
    story.tell("goal.set", at(370), "third")
    story.tick(at(731))
    assert story.verdicts == {"goals/1/1": "met", "goals/1/2": "missed", "goals/1/3": "open"}
    assert story.state.openings["goals/1/2"].facts == (4,)


@pytest.mark.requirement("C-02")
def test_months_end_on_the_last_day_without_drifting() -> None:
    story = Story(terms("insight", **{**SYNC, "every": "1 month"}))
    story.tell("contract.started", at(29))  # 31 March
    story.tick(at(150))
    dues = [each.due_at for each in story.outcomes if each.kind == "opened"]
    assert [due.strftime("%m-%d") for due in dues if due] == ["04-30", "05-31", "06-30", "07-31"]


def test_days_keep_their_hour_across_the_change_to_summer_time() -> None:
    story = Story(terms("sync", **SYNC, calendar=always("Europe/Berlin")))
    story.tell("contract.started", at(21, "11:00"))  # noon in Berlin on 23 March
    story.tick(at(36))
    assert story.state.openings["sync/1/2"].opened_at == at(35, "10:00")  # noon in Berlin again


@pytest.mark.requirement("C-08")
def test_a_working_day_is_a_period() -> None:
    rule = {**SYNC, "met_by": [{"on": "note.logged"}], "every": "same business day"}
    story = Story(terms("notes", **rule, calendar=OFFICE))
    story.tell("contract.started", at(3, "10:00"))  # a Thursday
    story.tell("note.logged", at(3, "16:00"), "n")
    story.tell("note.logged", at(4, "17:00"), "n")
    story.tick(at(9, "10:00"))  # Wednesday
    dues = {each.opening: each.due_at for each in story.outcomes}
    assert dues == {
        "notes/1/1": at(3, "17:00"),
        "notes/1/2": at(4, "17:00"),
        "notes/1/3": at(7, "17:00"),
        "notes/1/4": at(8, "17:00"),
        "notes/1/5": at(9, "17:00"),
    }
    assert list(story.verdicts.values()) == ["met", "met", "missed", "missed", "open"]


def test_a_period_may_give_less_time_than_it_lasts() -> None:
    story = Story(terms("status", **{**SYNC, "every": "1 month", "within": "5 days"}))
    story.tell("contract.started", at(0))
    held(story, at(6))
    held(story, at(33))
    story.tick(at(40))
    assert story.verdicts == {"status/1/1": "missed", "status/1/2": "met"}


def test_it_begins_with_the_account_where_it_names_no_opening_and_ends_with_it() -> None:
    rule = {name: value for name, value in SYNC.items() if name != "opens"}
    story = Story(terms("sync", **rule))
    story.tell("account.created", at(0), "acme")
    story.tell("account.closed", at(20), "acme", reason="insolvency")
    story.tick(at(60))
    assert story.verdicts == {"sync/1/1": "missed", "sync/1/2": "cancelled"}
    assert story.last("sync/1/2").cause == "insolvency"
    assert story.state.wake is None
    reopened = story.tell("account.reopened", at(70), "acme")
    story.tick(at(71))
    assert story.verdicts[f"sync/{reopened}/1"] == "open"


def test_what_cancels_ends_it_until_it_opens_again() -> None:
    story = Story(terms("sync", **SYNC, cancelled_by=[{"on": "contract.ended"}]))
    story.tell("contract.started", at(0), "c1")
    held(story, at(2))
    story.tell("contract.ended", at(5), "c1")
    story.tick(at(40))
    assert story.verdicts == {"sync/1/1": "met"}
    story.tell("contract.started", at(41), "c2")
    story.tick(at(42))
    assert story.verdicts == {"sync/1/1": "met", "sync/4/1": "open"}


def test_it_runs_per_subject_where_it_matches_by_subject() -> None:
    rule = {**SYNC, "met_by": [{"on": "contract.changed"}], "match": "subject"}
    story = Story(terms("review", **rule, cancelled_by=[{"on": "contract.ended"}]))
    story.tell("contract.started", at(0), "c1")
    story.tell("contract.started", at(1), "c2")
    story.tell("contract.changed", at(3), "c2")
    story.tell("contract.ended", at(4), "c1")
    story.tick(at(16))
    assert story.verdicts == {"review/1/1": "cancelled", "review/2/1": "met", "review/2/2": "open"}


def test_it_follows_whether_it_applies() -> None:
    rule = {name: value for name, value in SYNC.items() if name != "opens"}
    story = Story(terms("sync", **rule, applies="tier = 'gold'"))
    story.tick(at(0), applies=False)
    story.tick(at(5), applies=True)
    story.tick(at(6), applies=None)  # unknown neither begins nor ends
    story.tick(at(20), applies=False)
    story.tick(at(60), applies=True)
    story.tick(at(61))
    assert story.verdicts == {
        "sync/acme.20260307T000000/1": "missed",
        "sync/acme.20260307T000000/2": "cancelled",
        "sync/acme.20260501T000000/1": "open",
    }
    assert story.last("sync/acme.20260307T000000/2").cause == "no longer applies"


def test_one_that_waits_to_apply_waits_no_more_when_the_account_closes() -> None:
    story = Story(terms("sync", **SYNC, applies="tier = 'gold'"))
    story.tick(at(0), applies=False)
    story.tell("contract.started", at(1))
    story.tell("account.closed", at(2), "acme")
    story.tick(at(5), applies=True)
    assert story.outcomes == []


def test_a_period_that_would_begin_when_the_cadence_ends_never_does() -> None:
    story = Story(terms("sync", **SYNC, cancelled_by=[{"on": "contract.ended"}]))
    story.tell("contract.started", at(0), "c")
    held(story, at(3))
    story.tell("contract.ended", at(14), "c")
    story.tick(at(30))
    assert story.verdicts == {"sync/1/1": "met"}
    late = Story(story.terms)
    late.tell("contract.started", at(0), "c")
    held(late, at(3))
    late.tell("contract.ended", at(14), "c", known_at=at(15))
    assert (late.verdicts, late.last("sync/1/2").cause) == ({"sync/1/1": "met", "sync/1/2": "cancelled"}, "withdrawn")


def test_one_that_begins_with_the_account_waits_while_it_is_said_not_to_hold() -> None:
    rule = {name: value for name, value in SYNC.items() if name != "opens"}
    story = Story(terms("sync", **rule))
    story.tick(at(0), applies=False)  # a prospect still
    created = story.tell("account.created", at(1), "acme")
    story.tick(at(5), applies=True)
    story.tick(at(8), applies=False)
    story.tick(at(10))
    assert [(each.kind, each.opening, each.happened_at) for each in story.outcomes] == [
        ("opened", f"sync/{created}/1", at(5)),
        ("cancelled", f"sync/{created}/1", at(8)),
    ]


def test_one_that_opened_while_it_did_not_apply_begins_when_it_does() -> None:
    story = Story(terms("sync", **SYNC, applies="tier = 'gold'"))
    story.tick(at(0), applies=False)
    story.tell("contract.started", at(1))
    story.tick(at(5), applies=True)
    story.tick(at(8), applies=False)
    story.tick(at(9), applies=True)
    assert {each.id: each.opened_at for each in story.state.openings.values()} == {
        "sync/1/1": at(5),
        "sync/1/2": at(9),
    }


def test_what_opened_before_the_promise_was_made_begins_with_it() -> None:
    story = Story(terms("sync", **SYNC, since=at(100)))
    story.tell("contract.started", at(0), known_at=at(90))
    story.tick(at(101))
    assert [each.opened_at for each in story.state.open] == [at(100)]


def test_a_period_that_never_began_leaves_no_trace() -> None:
    story = Story(terms("sync", **SYNC, since=at(100)))
    story.take(story.fact("contract.started", at(0)))
    story.take(story.fact("account.closed", at(50), "acme"))
    story.tick(at(120))
    assert story.outcomes == []


def test_a_period_is_opened_when_it_begins_and_not_when_it_is_known() -> None:
    story = Story(terms("sync", **SYNC, since=at(100)))
    story.take(story.fact("contract.started", at(0)))
    assert (story.outcomes, story.state.wake) == ([], at(100))
    story.tick(at(101))
    assert [(each.kind, each.known_at) for each in story.outcomes] == [("opened", at(100))]


@pytest.mark.requirement("P-13")
def test_a_meeting_that_the_client_moved_past_the_end_is_waited_for() -> None:
    story = Story(terms("sync", **SYNC))
    story.tell("contract.started", at(0))
    starts = at(12, "10:00").isoformat()
    story.tell("meeting.scheduled", at(1), "m", type="sync", starts_at=starts)
    moved = at(16, "10:00").isoformat()
    story.tell("meeting.rescheduled", at(11), "m", type="sync", starts_at=moved, cause="travels", whose="client")
    assert story.state.open[0].due_at == at(17)  # the end of the day of the new time
    held(story, at(16, "10:45"))
    story.tick(at(29))
    assert story.verdicts == {"sync/1/1": "met", "sync/1/2": "missed", "sync/1/3": "open"}
    assert story.state.openings["sync/1/2"].opened_at == at(14)  # the grid does not move


@pytest.mark.requirement("P-13")
def test_a_moved_meeting_that_is_never_held_is_missed_with_its_cause() -> None:
    story = Story(terms("sync", **SYNC))
    story.tell("contract.started", at(0))
    moved = at(16, "10:00").isoformat()
    story.tell("meeting.rescheduled", at(11), "m", type="sync", starts_at=moved, cause="travels", whose="client")
    story.tick(at(18))
    missed = story.last("sync/1/1")
    assert (missed.verdict, missed.happened_at, missed.cause, missed.whose) == ("missed", at(17), "travels", "client")


def test_a_meeting_that_we_moved_is_not_waited_for() -> None:
    story = Story(terms("sync", **SYNC))
    story.tell("contract.started", at(0))
    moved = at(16, "10:00").isoformat()
    story.tell("meeting.rescheduled", at(11), "m", type="sync", starts_at=moved, cause="overbooked", whose="us")
    held(story, at(16, "10:45"))
    story.tick(at(29))
    assert story.verdicts == {"sync/1/1": "missed", "sync/1/2": "met", "sync/1/3": "open"}


def test_a_meeting_moved_again_and_again_is_waited_for_one_period_at_most() -> None:
    story = Story(terms("sync", **SYNC))
    story.tell("contract.started", at(0))
    for day, to in ((11, 16), (15, 25), (24, 33)):
        story.tell("meeting.rescheduled", at(day), "m", type="sync", starts_at=at(to).isoformat())
    assert story.state.openings["sync/1/1"].due_at == at(28)


def test_a_later_periods_meeting_that_is_moved_early_gives_grace_to_that_period() -> None:
    story = Story(terms("sync", **SYNC))
    story.tell("contract.started", at(0))
    story.tell("meeting.scheduled", at(1), "m", type="sync", starts_at=at(20).isoformat())
    story.tell("meeting.rescheduled", at(2), "m", type="sync", starts_at=at(30).isoformat())
    story.tick(at(15))
    assert {each.id: each.due_at for each in story.state.openings.values()} == {
        "sync/1/1": at(14),
        "sync/1/2": at(31),
    }


def test_a_new_time_that_is_none_plans_nothing() -> None:
    story = Story(terms("sync", **SYNC))
    story.tell("contract.started", at(0))
    story.tell("meeting.rescheduled", at(11), "m", type="sync", starts_at="next week")
    assert story.state.open[0].due_at == at(14)


def test_moving_another_kind_of_meeting_gives_no_grace() -> None:
    story = Story(terms("sync", **SYNC))
    story.tell("contract.started", at(0))
    story.tell("meeting.rescheduled", at(11), "m", type="review", starts_at=at(16).isoformat())
    assert story.state.open[0].due_at == at(14)


def test_moving_a_meeting_inside_its_period_changes_nothing() -> None:
    story = Story(terms("sync", **SYNC))
    story.tell("contract.started", at(0))
    story.tell("meeting.rescheduled", at(3), "m", type="sync", starts_at=at(9).isoformat())
    assert story.state.open[0].due_at == at(14)


def test_a_moved_meeting_that_is_called_off_gives_no_grace_to_what_opens_later() -> None:
    story = Story(terms("sync", **SYNC))
    story.tell("contract.started", at(0))
    story.tell("meeting.scheduled", at(1), "m", type="sync", starts_at=at(20).isoformat())
    story.tell("meeting.rescheduled", at(2), "m", type="sync", starts_at=at(30).isoformat())
    story.tell("meeting.cancelled", at(3), "m", type="sync")
    story.tick(at(15))
    assert story.state.openings["sync/1/2"].due_at == at(28)


def test_a_year_of_weeks_is_fifty_two_periods() -> None:
    story = Story(terms("sync", **{**SYNC, "every": "1 week"}, keep=timedelta(days=800)))
    story.tell("contract.started", at(0))
    story.tick(at(364))
    assert len(story.state.openings) == 53
    assert sum(each.status == "missed" for each in story.state.openings.values()) == 52

"""While a promise is paused its time stands still: due moves by what was left, in the kind of time it counts."""

from datetime import timedelta

import pytest

from tests.watch.story import OFFICE, Story, at, terms

REPLY = {"opens": {"on": "message.received"}, "met_by": [{"on": "message.sent"}], "within": "24 hours"}
SYNC = {"kind": "cadence", "opens": {"on": "contract.started"}, "met_by": [{"on": "meeting.held"}], "every": "14 days"}
PAUSED, RESUMED = "commitment.paused", "commitment.resumed"


@pytest.mark.requirement("P-13")
def test_paused_time_does_not_count() -> None:
    story = Story(terms(**REPLY))
    story.tell("message.received", at(0, "10:00"))
    story.tell(PAUSED, at(0, "16:00"), rule="reply", reason="waits for the client")
    paused = story.state.open[0]
    assert (paused.due_at, paused.paused_at, story.state.wake) == (None, at(0, "16:00"), None)
    story.tick(at(3))
    story.tell(RESUMED, at(3, "08:00"), rule="reply")
    assert story.state.open[0].due_at == at(4, "02:00")  # 18 of 24 hours were left
    story.tick(at(5))
    assert story.said == [
        ("opened", "reply/1", at(0, "10:00")),
        ("paused", "reply/1", at(0, "16:00")),
        ("resumed", "reply/1", at(3, "08:00")),
        ("warned", "reply/1", at(3, "20:00")),
        ("missed", "reply/1", at(4, "02:00")),
    ]
    assert [each.is_echo for each in story.outcomes] == [False, True, True, False, False]


def test_business_hours_that_were_left_are_worked_off_after_the_pause() -> None:
    story = Story(terms(**{**REPLY, "within": "8 business hours"}, calendar=OFFICE))
    story.tell("message.received", at(4, "14:00"))  # Friday: three hours until closing
    story.tell(PAUSED, at(4, "15:00"), rule="reply")
    story.tell(RESUMED, at(12, "12:00"), rule="reply")  # Saturday a week later
    assert story.state.open[0].due_at == at(14, "16:00")  # seven of eight hours are left, from Monday 09:00


def test_days_that_were_left_are_wall_clock_days() -> None:
    story = Story(terms(**{**REPLY, "within": "5 days"}))
    story.tell("message.received", at(0, "10:00"))
    story.tell(PAUSED, at(2, "10:00"), rule="reply")
    story.tell(RESUMED, at(20, "07:00"), rule="reply")
    assert story.state.open[0].due_at == at(23, "07:00")


def test_one_opening_may_be_paused_alone() -> None:
    story = Story(terms(**REPLY))
    story.tell("message.received", at(0), "one")
    story.tell("message.received", at(0), "two")
    story.tell(PAUSED, at(0, "10:00"), rule="reply", opening="reply/2")
    story.tell(PAUSED, at(0, "11:00"), rule="other")
    story.tick(at(2))
    assert story.verdicts == {"reply/1": "missed", "reply/2": "open"}
    story.tell(RESUMED, at(5), rule="reply", opening="reply/2")
    assert story.state.open[0].due_at == at(5, "14:00")


def test_what_opens_while_all_is_paused_waits_with_its_whole_time() -> None:
    story = Story(terms(**REPLY))
    story.tell(PAUSED, at(0), rule="reply")
    opening = f"reply/{story.tell('message.received', at(1))}"
    assert [(each.kind, each.opening) for each in story.outcomes] == [("opened", opening), ("paused", opening)]
    story.tell(RESUMED, at(4), rule="reply")
    assert story.state.open[0].due_at == at(5)


def test_a_second_pause_and_a_second_resumption_change_nothing() -> None:
    story = Story(terms(**REPLY))
    story.tell("message.received", at(0))
    for hour in ("06:00", "07:00"):
        story.tell(PAUSED, at(0, hour), rule="reply")
    for hour in ("08:00", "09:00"):
        story.tell(RESUMED, at(0, hour), rule="reply")
    assert story.state.open[0].due_at == at(1, "02:00")
    assert [each.kind for each in story.outcomes] == ["opened", "paused", "resumed"]


def test_a_pause_after_due_comes_too_late() -> None:
    story = Story(terms(**REPLY))
    story.tell("message.received", at(0))
    story.tell(PAUSED, at(1), rule="reply")
    story.tick(at(2))
    assert story.verdicts == {"reply/1": "missed"}


def test_a_pause_that_is_told_after_the_miss_takes_the_miss_back() -> None:
    story = Story(terms(**REPLY))
    story.tell("message.received", at(0))
    story.tick(at(2))
    story.tell(PAUSED, at(0, "20:00"), known_at=at(3), rule="reply")
    restated = story.outcomes[-1]
    assert (restated.kind, restated.verdict, restated.due_at) == ("restated", "open", None)
    story.tell(RESUMED, at(2), known_at=at(3, "01:00"), rule="reply")
    assert [(each.kind, each.verdict, each.happened_at) for each in story.outcomes[-1:]] == [
        ("restated", "missed", at(2, "04:00"))
    ]


def test_a_promise_may_be_met_or_called_off_while_it_is_paused() -> None:
    story = Story(terms(**REPLY, cancelled_by=[{"on": "account.closed"}]))
    story.tell("message.received", at(0), "one")
    story.tell("message.received", at(0), "two")
    story.tell(PAUSED, at(0, "10:00"), rule="reply")
    story.tell("message.sent", at(5), "three")
    story.tell("account.closed", at(6), "acme")
    assert story.verdicts == {"reply/1": "met", "reply/2": "cancelled"}


def test_a_warning_comes_again_when_due_has_moved() -> None:
    story = Story(terms(**REPLY, warn="6 hours"))
    story.tell("message.received", at(0))
    story.tick(at(0, "20:00"))
    story.tell(PAUSED, at(0, "20:00"), rule="reply")
    story.tell(RESUMED, at(1, "20:00"), rule="reply")
    story.tick(at(1, "23:00"))
    warned = [each.happened_at for each in story.outcomes if each.kind == "warned"]
    assert warned == [at(0, "18:00"), at(1, "18:00")]


def test_a_pause_moves_the_grid_of_a_cadence() -> None:
    story = Story(terms("sync", **SYNC))
    story.tell("contract.started", at(0))
    story.tell("meeting.held", at(2), "m")
    story.tell(PAUSED, at(4), rule="sync", reason="summer break")
    story.tick(at(40))
    assert story.verdicts == {"sync/1/1": "met"}  # no period begins while it stands still
    story.tell(RESUMED, at(44), rule="sync")
    story.tick(at(70))
    begun = [(each.opening, each.happened_at) for each in story.outcomes if each.kind == "opened"]
    assert begun == [("sync/1/1", at(0)), ("sync/1/2", at(54)), ("sync/1/3", at(68))]


def test_a_cadence_that_begins_while_it_is_paused_runs_from_the_resumption() -> None:
    story = Story(terms("sync", **SYNC))
    story.tell(PAUSED, at(0), rule="sync")
    story.tell("contract.started", at(1))
    story.tell(RESUMED, at(10), rule="sync")
    story.tick(at(25))
    begun = [(each.opening, each.happened_at) for each in story.outcomes if each.kind == "opened"]
    assert begun == [("sync/2/1", at(1)), ("sync/2/2", at(24))]
    assert story.state.openings["sync/2/1"].due_at == at(24)


def test_one_period_paused_moves_those_after_it() -> None:
    story = Story(terms("sync", **SYNC))
    story.tell("contract.started", at(0))
    story.tell(PAUSED, at(4), rule="sync", opening="sync/1/1")
    story.tell(RESUMED, at(7), rule="sync", opening="sync/1/1")
    story.tick(at(20))
    assert [each.opened_at for each in story.state.openings.values()] == [at(0), at(17)]
    assert story.state.openings["sync/1/2"].due_at == at(17) + timedelta(days=14)


@pytest.mark.requirement("R-04")
@pytest.mark.parametrize("ends", ["meeting.held", "commitment.judged"])
def test_a_pause_of_one_period_ends_with_it(ends: str) -> None:
    """Nobody can resume what is over: the next period comes although this one was met, or judged, while it stood still.

    Ten of 14 days are left on day 4; the period ends on day 9, so the next begins on day 19, and one more on day 33.
    """
    story = Story(terms("sync", **SYNC))
    story.tell("contract.started", at(0))
    story.tell(PAUSED, at(4), rule="sync", opening="sync/1/1")
    story.tell(ends, at(9), "m", rule="sync", opening="sync/1/1", verdict="met")
    story.tick(at(34))
    assert story.verdicts == {"sync/1/1": "met", "sync/1/2": "missed", "sync/1/3": "open"}
    begun = [each.happened_at for each in story.outcomes if each.kind == "opened"]
    assert begun == [at(0), at(19), at(33)]


def test_a_period_that_is_over_is_not_paused_any_more() -> None:
    """The meeting was held on day 3 and told on day 5, after somebody had paused the period on day 4."""
    story = Story(terms("sync", **SYNC))
    story.tell("contract.started", at(0))
    story.tell(PAUSED, at(4), rule="sync", opening="sync/1/1")
    story.tell("meeting.held", at(3), "m", known_at=at(5))
    story.tick(at(15))
    assert [each.happened_at for each in story.outcomes if each.kind == "opened"] == [at(0), at(14)]


def test_a_period_met_in_a_pause_of_all_waits_for_its_end() -> None:
    """The pause of all lasts from day 4 to day 20; ten days are left of the period."""
    story = Story(terms("sync", **SYNC))
    story.tell("contract.started", at(0))
    story.tell(PAUSED, at(4), rule="sync")
    story.tell("meeting.held", at(9), "m")
    story.tell(RESUMED, at(20), rule="sync")
    story.tick(at(31))
    assert [each.happened_at for each in story.outcomes if each.kind == "opened"] == [at(0), at(30)]

"""Plays: a signal starts one, steps open in their turn and end by what people do, the outcome is judged."""

from datetime import date, timedelta

import pytest

from tenure.blueprint.model import Model
from tenure.facts.days import day_ends
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.identity.operations import batch
from tenure.records.account import close_account
from tenure.records.meeting import hold_meeting, schedule_meeting
from tenure.records.message import log_message
from tenure.work.escalations import Escalation
from tenure.work.plays import Play, PlayStep, complete_step, start_play, stop_play
from tenure.work.running import judge_due, stop_where_over
from tenure.work.standing import Standing
from tenure.work.tasks import Task, do_task, reopen_task
from tenure.work.watching import watch_accounts
from tests.book import Book
from tests.cast import ZONE, Cast, at, blueprint
from tests.days import Days

RECONNECT = {
    "label": "Get back in touch",
    "steps": {
        "write": {"label": "Write", "owner": "csm", "does": "message"},
        "meet": {"label": "Meet", "owner": "csm", "does": "meeting", "due": "5 business days", "after": ["write"]},
        "draw": {"label": "Draw", "owner": "specialist", "due": "4 business hours"},
        "big": {"label": "Tell the board", "owner": "lead", "when": "amount > 50000"},
        "tell": {
            "label": "Tell the lead",
            "owner": "csm",
            "does": "escalate",
            "to": "lead",
            "due": "3 business days",
            "after": ["write"],
        },
    },
    "outcome": "days_since_meeting <= 14",
    "within": "30 days",
    "stops": "days_since_meeting < 2",
}
SILENT = {"label": "Silent", "when": "days_since_meeting > 30", "owner": "csm", "play": "reconnect"}


@pytest.fixture
def model() -> Model:
    meetings = {"check_in": {"label": "Check-in"}}
    return blueprint(playbooks={"reconnect": RECONNECT}, signals={"silent": SILENT}, meetings=meetings)


@pytest.fixture
def play(days: Days, cast: Cast, book: Book) -> Play:
    """A signal has fired on Alice's account, and the pipeline has begun its play."""
    actor = Actor.machine("pipeline")
    yesterday = date(2026, 3, 1)
    with batch(actor):
        values = {"status": "active", "days_since_meeting": 31}
        watch_accounts({book.alices.pk: values}, day_ends(yesterday, ZONE), yesterday, actor)
    days.run()
    return Play.objects.get()


def steps(play: Play) -> dict[str, str]:
    return dict(PlayStep.objects.filter(play=play).values_list("key", "status"))


def test_a_signal_starts_its_play_and_the_first_steps_open(play: Play, cast: Cast) -> None:
    assert (play.playbook, play.rule, play.started_by) == ("reconnect", "silent", None)
    # Nobody knows the amount, so its condition is not true and the step is skipped.
    assert steps(play) == {"write": "open", "meet": "waiting", "draw": "open", "big": "skipped", "tell": "waiting"}
    write, draw = Task.objects.order_by("title")[::-1]
    assert (write.title, write.owner, write.effect, write.source) == ("Write", cast.alice, "message", "play")
    assert (draw.title, draw.owner) == ("Draw", cast.sam)
    # Begun on Monday at nine in New York, four hours later it is one o'clock there.
    assert draw.due_at == at("2026-03-02 18:00")


def test_a_second_signal_does_not_start_it_again(play: Play, book: Book, days: Days, cast: Cast) -> None:
    from tenure.base.errors import Refused

    with pytest.raises(Refused, match="runs on the account already"):
        start_play(book.alices, playbook="reconnect", actor=cast.actor("alice"))


def test_a_task_done_ends_its_step_and_opens_the_next(play: Play, cast: Cast, days: Days) -> None:
    do_task(Task.objects.get(title="Write"), actor=cast.actor("alice"))
    days.run()
    assert steps(play) == {"write": "done", "meet": "open", "draw": "open", "big": "skipped", "tell": "open"}
    reopen_task(Task.objects.get(title="Write"), actor=cast.actor("alice"))
    days.run()
    assert steps(play)["write"] == "open"


@pytest.mark.requirement("P-13")
def test_what_was_done_by_an_act_of_its_own_need_not_be_ticked_off(
    play: Play, cast: Cast, book: Book, days: Days
) -> None:
    alice = cast.actor("alice")
    days.later(hours=1)
    log_message(book.alices, direction="out", actor=alice)
    days.run()
    assert steps(play)["write"] == "done"
    assert Task.objects.get(title="Write").status == "done"
    days.later(hours=1)
    meeting = schedule_meeting(book.alices, type="check_in", starts_at=days.hands.now(), actor=alice)
    days.later(hours=1)
    hold_meeting(meeting, actor=alice)
    days.run()
    assert steps(play)["meet"] == "done"


def test_nobody_escalated_so_the_pipeline_does(play: Play, cast: Cast, days: Days) -> None:
    do_task(Task.objects.get(title="Write"), actor=cast.actor("alice"))
    days.run()
    days.until(at("2026-03-05 13:59"))
    assert not Escalation.objects.exists()
    # Three business days after Monday at nine is Thursday at nine.
    days.until(at("2026-03-05 14:00"))
    case = Escalation.objects.get()
    assert (case.owner, case.step, case.play_id) == (cast.lena, "tell", play.pk)
    assert steps(play)["tell"] == "done"


def test_somebody_escalates_before_its_time(play: Play, cast: Cast, days: Days) -> None:
    do_task(Task.objects.get(title="Write"), actor=cast.actor("alice"))
    days.run()
    complete_step(play, step="tell", actor=cast.actor("alice"))
    days.run()
    days.later(days=10)
    assert Escalation.objects.count() == 1


def test_a_play_is_done_when_its_steps_are(play: Play, cast: Cast, days: Days) -> None:
    alice = cast.actor("alice")
    for key in ("write", "draw", "meet", "tell"):
        days.run()
        complete_step(play, step=key, actor=alice)
    days.run()
    play.refresh_from_db()
    assert (play.status, play.outcome) == ("done", "unknown")
    assert Task.objects.filter(status="open").count() == 0


def test_a_stopped_play_cancels_what_is_open(play: Play, cast: Cast, days: Days) -> None:
    stop_play(play, actor=cast.actor("alice"))
    days.run()
    assert set(steps(play).values()) == {"cancelled", "skipped"}
    assert set(Task.objects.values_list("status", flat=True)) == {"cancelled"}


def test_a_closed_account_stops_its_plays(play: Play, cast: Cast, book: Book, days: Days, system: Actor) -> None:
    close_account(book.alices, reason="price", actor=system)
    days.run()
    play.refresh_from_db()
    assert (play.status, play.end_reason) == ("stopped", "The account was closed")


def test_a_play_stops_where_its_condition_comes_true(play: Play, book: Book) -> None:
    actor = Actor.machine("pipeline")
    with batch(actor):
        assert stop_where_over({book.alices.pk: {"days_since_meeting": 5}}, actor) == 0
        assert stop_where_over({book.alices.pk: {"days_since_meeting": 1}}, actor) == 1
    play.refresh_from_db()
    assert play.status == "stopped"


@pytest.mark.parametrize(
    ("values", "outcome"),
    [({"days_since_meeting": 3}, "reached"), ({"days_since_meeting": 20}, "not_reached"), ({}, "unknown")],
)
def test_a_play_is_judged_when_its_time_is_over(
    play: Play, book: Book, days: Days, values: dict[str, int], outcome: str
) -> None:
    actor = Actor.machine("pipeline")
    # Thirty days after 2 March, on the wall clock of New York.
    assert play.judge_at == at("2026-04-01 13:00")
    with batch(actor):
        assert judge_due({book.alices.pk: values}, play.judge_at - timedelta(minutes=1), actor) == 0
        days.hands.set(play.judge_at)
        assert judge_due({book.alices.pk: values}, play.judge_at, actor) == 1
        assert judge_due({book.alices.pk: values}, play.judge_at, actor) == 0
    play.refresh_from_db()
    assert play.outcome == outcome
    assert LedgerEntry.objects.get(kind="play.judged").data["outcome"] == outcome


def test_the_next_step_of_an_account_is_its_first_open_task(play: Play, book: Book, days: Days) -> None:
    standing = Standing.objects.get(account_id=book.alices.pk)
    assert (standing.next_step, standing.signals_open, standing.worst_signal) == ("Draw", 1, "yellow")

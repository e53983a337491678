"""Journeys: a fact deploys one, facts lead it from stage to stage and end its items, people do the rest."""

from datetime import timedelta
from typing import Any

import pytest

from tenure.base.errors import Refused
from tenure.blueprint.model import Model
from tenure.identity.accounts import Assignment
from tenure.identity.actor import Actor
from tenure.identity.company import apply_blueprint
from tenure.identity.ledger import LedgerEntry
from tenure.identity.staff import assign, take_leave
from tenure.records.account import close_account, reopen_account, set_stage
from tenure.records.contract import start_contract
from tenure.records.deliverable import deliver_deliverable, plan_deliverable, withdraw_deliverable
from tenure.records.meeting import hold_meeting, schedule_meeting
from tenure.work.checklists import (
    block_item,
    deploy_journey,
    skip_item,
    stop_journey,
    tick_item,
    unblock_item,
    untick_item,
)
from tenure.work.journeys import ChecklistItem, JourneyRun
from tenure.work.tasks import Task, cancel_task, do_task, list_tasks, reassign_task, reopen_task
from tenure.work.today import today
from tests.book import Book
from tests.cast import FIRST_DAY, Cast, at, blueprint
from tests.days import Days

ONBOARDING: dict[str, Any] = {
    "label": "Onboarding",
    "starts": {"on": "contract.started"},
    "stages": {
        "welcome": {
            "label": "Welcome",
            "enters": {"on": "contract.started"},
            "within": "3 days",
            "items": {
                "folder": {"label": "Set up the folder", "owner": "csm", "due": "1 business day"},
                "access": {
                    "label": "Access to their pages",
                    "client_label": "Let us in",
                    "owner": "csm",
                    "due": "2 business days",
                    "waits_for": "client",
                },
                "share": {"label": "Share the folder", "owner": "specialist", "after": ["folder"]},
            },
        },
        "kick_off": {
            "label": "Kick-off",
            "enters": {"on": "meeting.held", "where": "data.type = 'kick_off'"},
            "within": "7 days",
            "items": {
                "meet": {
                    "label": "Hold the kick-off",
                    "owner": "csm",
                    "due": "5 business days",
                    "done_by": {"on": "meeting.held", "where": "data.type = 'kick_off'"},
                },
                "plan": {"label": "Write the plan", "owner": "csm", "due": "4 business hours", "after": ["meet"]},
            },
        },
        "live": {
            "label": "Live",
            "enters": {"on": "deliverable.delivered"},
            "items": {
                "first": {
                    "label": "Deliver the first piece",
                    "owner": "specialist",
                    "done_by": {"on": "deliverable.delivered"},
                }
            },
        },
    },
}


def with_journey(**changes: Any) -> Model:
    return blueprint(
        journeys={"onboarding": ONBOARDING | changes},
        meetings={"kick_off": {"label": "Kick-off"}, "sync": {"label": "Sync"}},
        deliverables={"piece": {"label": "Piece"}},
    )


@pytest.fixture
def model() -> Model:
    return with_journey()


@pytest.fixture
def run(days: Days, cast: Cast, book: Book) -> JourneyRun:
    """A contract was signed for Alice's account, and the pipeline has followed."""
    start_contract(book.alices, starts_on=cast.actor("olive").day, amount=9600, actor=cast.actor("olive"))
    days.run()
    return JourneyRun.objects.get()


def statuses(run: JourneyRun) -> dict[str, str]:
    return dict(ChecklistItem.objects.filter(run=run).values_list("key", "status"))


def item(key: str) -> ChecklistItem:
    return ChecklistItem.objects.get(key=key)


def kinds(prefix: str) -> list[str]:
    return list(LedgerEntry.objects.filter(kind__startswith=prefix).order_by("id").values_list("kind", flat=True))


@pytest.mark.requirement("R-01")
def test_a_signed_contract_deploys_the_journey_and_opens_the_first_items(
    run: JourneyRun, cast: Cast, book: Book
) -> None:
    book.alices.refresh_from_db()
    assert (run.journey, run.stage, run.status, book.alices.stage) == ("onboarding", "welcome", "running", "welcome")
    assert statuses(run) == {
        "folder": "open",
        "access": "open",
        "share": "waiting",
        "meet": "waiting",
        "plan": "waiting",
        "first": "waiting",
    }
    # Monday at nine in New York, a working day of eight hours: due on Tuesday at nine.
    assert (item("folder").owner, item("folder").due_at) == (cast.alice, at("2026-03-03 14:00"))
    moved = LedgerEntry.objects.get(kind="account.changed")
    assert (moved.operation, moved.data["stage"]) == ("account.set_stage", "welcome")


@pytest.mark.requirement("R-01")
def test_what_is_ours_to_do_is_a_task_and_what_the_client_owes_is_not(run: JourneyRun, cast: Cast, days: Days) -> None:
    task = Task.objects.get()
    assert (task.title, task.owner, task.source, task.due_at) == (
        "Set up the folder", cast.alice, "journey", at("2026-03-03 14:00"),
    )  # fmt: skip
    assert list(list_tasks(cast.actor("alice"))) == [task]
    days.until(at("2026-03-03 13:00"))
    shown = [(due.title, due.why, due.is_late) for due in today(cast.actor("alice")).due]
    assert shown == [("Set up the folder", "Onboarding", False)]


@pytest.mark.requirement("R-01")
def test_whoever_covers_has_the_items_of_who_is_away(run: JourneyRun, cast: Cast, days: Days) -> None:
    lena = cast.actor("lena")
    take_leave(cast.alice, from_day=lena.day, until_day=lena.day + timedelta(days=4), cover=cast.bob.pk, actor=lena)
    assert item("folder").owner == cast.alice  # it stays hers
    days.until(at("2026-03-03 13:00"))
    assert [due.title for due in today(cast.actor("bob")).due] == ["Set up the folder"]


@pytest.mark.requirement("R-01")
def test_items_of_a_role_go_along_when_somebody_else_carries_the_account(
    run: JourneyRun, cast: Cast, book: Book, days: Days
) -> None:
    Assignment.objects.filter(account_id=book.alices.pk, role="csm").delete()
    days.later(minutes=5)
    assign(book.alices, person=cast.bob.pk, role="csm", actor=cast.actor("olive"))
    days.run()
    assert item("folder").owner == cast.bob
    assert Task.objects.get().owner == cast.bob


def test_an_item_done_opens_what_comes_after_it_for_its_role(run: JourneyRun, cast: Cast, days: Days) -> None:
    days.later(hours=2)
    tick_item(item("folder"), actor=cast.actor("alice"))
    assert (item("share").status, item("share").owner) == ("open", cast.sam)
    # Two business days from Monday at eleven in New York: Wednesday at eleven.
    assert item("share").due_at == at("2026-03-04 16:00")
    assert Task.objects.get(title="Set up the folder").status == "done"
    days.run()
    assert statuses(run)["folder"] == "done"
    assert Task.objects.get(title="Share the folder").owner == cast.sam


def test_a_task_done_in_the_list_ends_its_item(run: JourneyRun, cast: Cast, days: Days) -> None:
    task = Task.objects.get()
    do_task(task, actor=cast.actor("alice"))
    days.run()
    assert (statuses(run)["folder"], statuses(run)["share"]) == ("done", "open")
    reopen_task(task, actor=cast.actor("alice"))
    days.run()
    # What opened because of it alone waits again, and is nobody's task.
    assert (statuses(run)["folder"], statuses(run)["share"]) == ("open", "waiting")
    assert Task.objects.get(title="Share the folder").status == "cancelled"
    tick_item(item("folder"), actor=cast.actor("alice"))
    days.run()
    assert [(task.title, task.status) for task in Task.objects.order_by("title")] == [
        ("Set up the folder", "done"),
        ("Share the folder", "open"),
    ]


def test_a_task_that_is_cancelled_leaves_its_item_out(run: JourneyRun, cast: Cast, days: Days) -> None:
    cancel_task(Task.objects.get(), actor=cast.actor("alice"))
    days.run()
    assert (item("folder").status, item("folder").reason) == ("skipped", "Its task was cancelled")
    assert item("share").status == "open"


def test_a_task_given_to_somebody_else_takes_its_item_along(run: JourneyRun, cast: Cast, days: Days) -> None:
    reassign_task(Task.objects.get(), owner=cast.bob.pk, actor=cast.actor("lena"))
    days.run()
    assert item("folder").owner == cast.bob


def test_a_tick_is_taken_back(run: JourneyRun, cast: Cast, days: Days) -> None:
    alice = cast.actor("alice")
    tick_item(item("folder"), actor=alice)
    days.run()
    untick_item(item("folder"), actor=alice)
    days.run()
    assert (statuses(run)["folder"], statuses(run)["share"]) == ("open", "waiting")
    assert Task.objects.get(title="Set up the folder").status == "open"
    with pytest.raises(Refused, match="open"):
        untick_item(item("folder"), actor=alice)


def test_an_item_whose_turn_has_not_come_cannot_be_ticked(run: JourneyRun, cast: Cast) -> None:
    with pytest.raises(Refused, match="“Set up the folder” comes first"):
        tick_item(item("share"), actor=cast.actor("alice"))
    with pytest.raises(Refused, match="Its stage has not begun"):
        tick_item(item("meet"), actor=cast.actor("alice"))


def test_an_item_is_left_out_with_a_reason(run: JourneyRun, cast: Cast, days: Days) -> None:
    alice = cast.actor("alice")
    with pytest.raises(Refused, match="Say why"):
        skip_item(item("folder"), reason=" ", actor=alice)
    skip_item(item("folder"), reason="They have one", actor=alice)
    assert (item("folder").status, item("folder").reason, item("share").status) == ("skipped", "They have one", "open")
    assert Task.objects.get(title="Set up the folder").status == "cancelled"
    days.run()
    assert item("folder").status == "skipped"


@pytest.mark.requirement("R-01")
def test_a_blocked_item_says_whom_it_waits_for_and_since_when(run: JourneyRun, cast: Cast, days: Days) -> None:
    alice = cast.actor("alice")
    assert (item("access").waits_for, item("access").waits_since) == ("client", item("access").opened_at)
    assert item("folder").waits_since is None
    days.later(hours=3)
    with pytest.raises(Refused, match="Say why"):
        block_item(item("folder"), waits_for="partner", reason="", actor=alice)
    block_item(item("folder"), waits_for="partner", reason="Their web host is closed", actor=alice)
    folder = item("folder")
    assert (folder.waits_for, folder.waits_since, folder.reason) == (
        "partner", at("2026-03-02 17:00"), "Their web host is closed",
    )  # fmt: skip
    assert Task.objects.get().status == "cancelled"  # nobody can do it now
    days.later(hours=1)
    assert item("folder").status == "open"  # the cancelled task did not leave it out
    unblock_item(folder, actor=alice)
    days.run()
    assert (item("folder").waits_since, Task.objects.get().status) == (None, "open")
    entry = LedgerEntry.objects.get(kind="checklist.blocked")
    assert (entry.data["item"], entry.data["waits_for"], entry.data["since"]) == (
        "folder", "partner", "2026-03-02T17:00:00+00:00",
    )  # fmt: skip
    assert "host" not in str(entry.data)


def test_a_reason_for_waiting_longer_for_the_same_keeps_since_when(run: JourneyRun, cast: Cast, days: Days) -> None:
    days.later(hours=3)
    block_item(item("access"), waits_for="client", reason="Away until Friday", actor=cast.actor("alice"))
    assert (item("access").waits_since, item("access").reason) == (item("access").opened_at, "Away until Friday")


@pytest.mark.requirement("R-01")
def test_facts_lead_on_and_end_items_by_themselves(run: JourneyRun, cast: Cast, book: Book, days: Days) -> None:
    alice = cast.actor("alice")
    days.later(days=1)
    meeting = schedule_meeting(book.alices, type="kick_off", starts_at=days.hands.now(), actor=alice)
    days.later(hours=1)
    hold_meeting(meeting, actor=alice)
    days.run()
    run.refresh_from_db()
    book.alices.refresh_from_db()
    assert (run.stage, book.alices.stage) == ("kick_off", "kick_off")
    # What was not done in the stage before is still to be done.
    assert statuses(run) == {
        "folder": "open", "access": "open", "share": "waiting", "meet": "done", "plan": "open", "first": "waiting",
    }  # fmt: skip
    assert LedgerEntry.objects.get(pk=item("meet").done_by_fact).kind == "meeting.held"
    # Tuesday at ten in New York and four working hours: two in the afternoon.
    assert item("plan").due_at == at("2026-03-03 19:00")
    # A later stage is not left for an earlier one by a fact.
    days.later(hours=1)
    piece = plan_deliverable(book.alices, title="Reel", type="piece", actor=alice)
    deliver_deliverable(piece, actor=alice)
    days.later(hours=1)
    again = schedule_meeting(book.alices, type="kick_off", starts_at=days.hands.now(), actor=alice)
    hold_meeting(again, actor=alice)
    days.run()
    book.alices.refresh_from_db()
    assert book.alices.stage == "live"


def test_what_a_fact_showed_is_open_again_where_the_fact_is_taken_back(
    run: JourneyRun, cast: Cast, book: Book, days: Days
) -> None:
    alice = cast.actor("alice")
    set_stage(book.alices, stage="live", actor=alice)
    piece = plan_deliverable(book.alices, title="Reel", type="piece", at=days.hands.now(), actor=alice)
    days.later(seconds=1)
    deliver_deliverable(piece, actor=alice)
    days.run()
    assert item("first").status == "done"
    withdraw_deliverable(piece, actor=alice)
    days.run()
    assert item("first").status == "open"


def test_people_move_an_account_back_and_its_journey_goes_along(
    run: JourneyRun, cast: Cast, book: Book, days: Days
) -> None:
    alice = cast.actor("alice")
    days.later(hours=1)
    set_stage(book.alices, stage="kick_off", actor=alice)
    days.run()
    assert item("meet").status == "open"
    days.later(hours=1)
    set_stage(book.alices, stage="welcome", actor=alice)
    days.run()
    run.refresh_from_db()
    assert (run.stage, run.reached, item("meet").status) == ("welcome", 1, "open")


def test_it_is_deployed_by_hand_where_none_runs_and_takes_in_what_is_done(days: Days, cast: Cast, book: Book) -> None:
    lena, bob = cast.actor("lena"), cast.actor("bob")
    meeting = schedule_meeting(book.bobs, type="kick_off", starts_at=days.hands.now(), actor=bob)
    hold_meeting(meeting, actor=bob)
    days.run()
    run = deploy_journey(book.bobs, actor=lena)
    # No contract has begun, so nothing counts as done for it.
    assert (run.stage, statuses(run)["meet"], statuses(run)["folder"]) == ("welcome", "waiting", "open")
    with pytest.raises(Refused, match="runs on the account already"):
        deploy_journey(book.bobs, actor=bob)
    stop_journey(run, reason="Wrong client", actor=lena)
    assert set(statuses(run).values()) == {"cancelled"}
    assert not Task.objects.filter(status="open").exists()
    days.run()
    again = deploy_journey(book.bobs, actor=lena)
    assert again.pk != run.pk
    with pytest.raises(Refused, match="no journey “renewal”"):
        deploy_journey(book.bobs, journey="renewal", actor=lena)


def test_facts_since_the_contract_count_when_it_is_deployed_by_hand(days: Days, cast: Cast, book: Book) -> None:
    olive, bob = cast.actor("olive"), cast.actor("bob")
    start_contract(book.bobs, starts_on=olive.day, amount=100, actor=olive)
    days.later(hours=1)
    meeting = schedule_meeting(book.bobs, type="kick_off", starts_at=days.hands.now(), actor=bob)
    hold_meeting(meeting, actor=bob)
    days.run()
    run = JourneyRun.objects.get()
    stop_journey(run, reason="Mistaken", actor=cast.actor("lena"))
    days.run()
    days.later(hours=1)
    run = deploy_journey(book.bobs, actor=bob)
    assert (run.stage, statuses(run)["meet"], statuses(run)["plan"]) == ("kick_off", "done", "open")


@pytest.mark.requirement("R-01")
def test_an_old_contract_that_is_written_down_today_starts_nothing(days: Days, cast: Cast, book: Book) -> None:
    olive = cast.actor("olive")
    days.later(days=60)
    start_contract(book.bobs, starts_on=FIRST_DAY, amount=100, at=days.hands.now() - timedelta(days=31), actor=olive)
    days.run()
    assert not JourneyRun.objects.exists()


def test_a_journey_that_was_gone_is_not_gone_again_by_itself(
    run: JourneyRun, cast: Cast, book: Book, days: Days
) -> None:
    JourneyRun.objects.update(status="done")
    days.later(days=3)
    start_contract(book.alices, starts_on=FIRST_DAY, amount=1, actor=cast.actor("olive"))
    days.run()
    assert JourneyRun.objects.count() == 1


@pytest.mark.requirement("R-01")
def test_a_closed_account_has_no_open_items_and_begins_anew_when_it_comes_back(
    run: JourneyRun, cast: Cast, book: Book, days: Days, system: Actor
) -> None:
    close_account(book.alices, reason="price", actor=system)
    days.run()
    run.refresh_from_db()
    assert (run.status, run.end_reason) == ("stopped", "The account was closed")
    assert set(statuses(run).values()) == {"cancelled"}
    assert not Task.objects.filter(status="open").exists()
    with pytest.raises(Refused, match="closed"):
        deploy_journey(book.alices, actor=cast.actor("lena"))
    days.later(days=5)
    reopen_account(book.alices, actor=system)
    start_contract(book.alices, starts_on=FIRST_DAY, amount=1, actor=cast.actor("olive"))
    days.run()
    assert JourneyRun.objects.filter(status="running").get().stage == "welcome"


def test_a_journey_is_over_when_its_items_are(run: JourneyRun, cast: Cast, book: Book, days: Days) -> None:
    alice = cast.actor("alice")
    set_stage(book.alices, stage="live", at=days.hands.now() + timedelta(0), actor=alice)
    days.later(minutes=1)
    set_stage(book.alices, stage="kick_off", actor=alice)
    days.later(minutes=1)
    set_stage(book.alices, stage="live", actor=alice)
    days.run()
    while open_ := ChecklistItem.objects.filter(status="open").first():
        tick_item(open_, actor=alice)
    run.refresh_from_db()
    assert (run.status, set(statuses(run).values())) == ("done", {"done"})
    untick_item(item("first"), actor=alice)
    run.refresh_from_db()
    assert run.status == "running"
    assert kinds("journey.") == ["journey.deployed", "journey.ended", "journey.reopened"]


def test_a_running_journey_keeps_its_items_when_the_blueprint_changes(run: JourneyRun, days: Days, cast: Cast) -> None:
    new = with_journey(stages={"welcome": {"label": "Hello", "items": {}}})
    data = new.model_dump(mode="json", by_alias=True)
    apply_blueprint(model=data, files={}, folder="", note="", reterm=False, actor=cast.actor("olive"))
    days.run()
    tick_item(item("folder"), actor=cast.actor("alice"))
    days.run()
    assert (item("share").status, run.definition.stages["welcome"].label) == ("open", "Welcome")


def test_every_fact_twice_changes_nothing(run: JourneyRun, cast: Cast, book: Book, days: Days) -> None:
    from tenure.identity.operations import batch
    from tenure.work.going import follow

    tick_item(item("folder"), actor=cast.actor("alice"))
    days.run()
    before = list(ChecklistItem.objects.values()), list(JourneyRun.objects.values()), kinds("checklist.")
    actor = Actor.machine("pipeline")
    with batch(actor):
        follow(list(LedgerEntry.objects.order_by("id")), actor)
    assert before == (list(ChecklistItem.objects.values()), list(JourneyRun.objects.values()), kinds("checklist."))

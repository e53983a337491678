"""Tasks: whose they are, who sees them, and that every change is a fact without words."""

from typing import Any

import pytest

from tenure.base.errors import Forbidden, Refused
from tenure.identity.ledger import LedgerEntry
from tenure.work.tasks import (
    Task,
    cancel_task,
    change_task,
    create_task,
    do_task,
    list_tasks,
    reassign_task,
    reopen_task,
)
from tests.book import Book
from tests.cast import Cast, at


def titles(rows: Any) -> set[str]:
    return set(rows.values_list("title", flat=True))


def test_a_task_is_its_maker_s_own_unless_somebody_is_named(cast: Cast, book: Book) -> None:
    alice = cast.actor("alice")
    assert create_task(title="Call Jo", account=book.alices.pk, actor=alice).owner == cast.alice
    assert create_task(title="Draw it", account=book.alices.pk, owner=cast.sam.pk, actor=alice).owner == cast.sam


def test_the_ledger_keeps_state_and_owner_but_no_words(cast: Cast, book: Book) -> None:
    due = at("2026-03-04 17:00")
    task = create_task(title="Ask about Jo's divorce", account=book.alices.pk, due_at=due, actor=cast.actor("alice"))
    do_task(task, actor=cast.actor("alice"))
    created, done = LedgerEntry.objects.filter(subject="task").order_by("id")
    assert (created.kind, done.kind) == ("task.created", "task.done")
    assert created.account_id == book.alices.pk
    assert created.data == {
        "status": "open",
        "due_at": "2026-03-04T17:00:00+00:00",
        "source": "hand",
        "owner": cast.alice.pk,
        "play": None,
        "step": None,
        "item": None,
        "meeting": None,
    }
    assert done.data["status"] == "done"
    assert "divorce" not in str(created.data) + str(done.data)


def test_nobody_makes_tasks_on_accounts_out_of_reach(cast: Cast, book: Book) -> None:
    with pytest.raises(Forbidden) as refusal:
        create_task(title="Peek", account=book.mallorys.pk, actor=cast.actor("alice"))
    assert refusal.value.hidden
    assert Task.objects.count() == 0


def test_a_done_task_is_reopened_before_it_changes(cast: Cast, book: Book) -> None:
    alice = cast.actor("alice")
    task = create_task(title="Call Jo", account=book.alices.pk, actor=alice)
    cancel_task(task, actor=alice)
    with pytest.raises(Refused, match="reopen it first"):
        change_task(task, title="Call Joanne", actor=alice)
    reopen_task(task, actor=alice)
    assert change_task(task, title="Call Joanne", priority=2, actor=alice).title == "Call Joanne"
    task.refresh_from_db()
    assert (task.status, task.priority, task.closed_at) == ("open", 2, None)


@pytest.mark.requirement("P-05")
def test_a_task_without_an_account_is_its_owner_s_and_the_lead_s(cast: Cast) -> None:
    task = create_task(title="Write the workplan", actor=cast.actor("alice"))
    with pytest.raises(Forbidden):
        do_task(task, actor=cast.actor("bob"))
    assert reassign_task(task, owner=cast.bob.pk, actor=cast.actor("lena")).owner == cast.bob
    do_task(task, actor=cast.actor("bob"))


@pytest.mark.requirement("P-05")
def test_people_see_their_own_tasks_and_those_of_their_accounts(cast: Cast, book: Book, system: Any) -> None:
    create_task(title="hers", account=book.alices.pk, owner=cast.alice.pk, actor=system)
    create_task(title="his", account=book.bobs.pk, owner=cast.bob.pk, actor=system)
    create_task(title="private", owner=cast.alice.pk, actor=system)
    create_task(title="elsewhere", account=book.mallorys.pk, owner=cast.mallory.pk, actor=system)
    assert titles(list_tasks(cast.actor("alice"))) == {"hers", "private"}
    assert titles(list_tasks(cast.actor("bob"))) == {"his"}
    assert titles(list_tasks(cast.actor("lena"))) == {"hers", "his"}
    assert titles(list_tasks(cast.actor("olive"))) == {"hers", "his", "elsewhere"}


@pytest.mark.requirement("P-12")
def test_whoever_covers_sees_and_does_the_tasks_of_who_is_away(cast: Cast, book: Book, system: Any) -> None:
    from tenure.identity.staff import take_leave

    task = create_task(title="hers", account=book.alices.pk, owner=cast.alice.pk, actor=system)
    assert titles(list_tasks(cast.actor("bob"))) == set()
    today = cast.actor("alice").day
    take_leave(cast.alice, cover=cast.bob.pk, from_day=today, until_day=today, actor=cast.actor("alice"))
    assert titles(list_tasks(cast.actor("bob"))) == {"hers"}
    assert do_task(task, actor=cast.actor("bob")).status == "done"

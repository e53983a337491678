"""Run on PostgreSQL by `test_on_postgresql.py`: ledger ids come in commit order, so that a reader misses nothing."""

import random
import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from tenure.identity import ledger
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.identity.operations import batch, record
from tenure.identity.people import Team

pytestmark = pytest.mark.django_db(transaction=True)


def thread(work: Callable[[], None]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    made = threading.Thread(target=run)
    made.start()
    return made


def test_a_later_writer_waits_for_an_earlier_one_to_commit(company: object, system: Actor) -> None:
    team = Team.objects.create(name="East")
    inserted, let_go, second_done = threading.Event(), threading.Event(), threading.Event()

    def first() -> None:
        with transaction.atomic():
            with batch(system):
                record("team.created", team)
            inserted.set()
            let_go.wait(10)

    def second() -> None:
        inserted.wait(10)
        with batch(system):
            record("team.changed", team)
        second_done.set()

    threads = [thread(first), thread(second)]
    assert inserted.wait(10)
    assert not second_done.wait(0.5)
    assert not LedgerEntry.objects.exists()
    let_go.set()
    for each in threads:
        each.join(10)
    assert [entry.kind for entry in LedgerEntry.objects.order_by("id")] == ["team.created", "team.changed"]


def test_a_reader_by_cursor_misses_nothing_under_twelve_writers(company: object, system: Actor) -> None:
    team = Team.objects.create(name="East")
    random_ = random.Random(7)
    pauses = [[random_.random() / 100 for _ in range(8)] for _ in range(12)]
    stop = threading.Event()
    seen: list[int] = []

    def write(mine: list[float]) -> None:
        for pause in mine:
            with transaction.atomic():
                with batch(system):
                    record("team.changed", team)
                time.sleep(pause)

    def read() -> None:
        while True:
            last = stop.is_set()
            seen.extend(
                LedgerEntry.objects.filter(id__gt=seen[-1] if seen else 0).order_by("id").values_list("id", flat=True)
            )
            if last:
                return

    reader = thread(read)
    writers = [thread(lambda mine=mine: write(mine)) for mine in pauses]  # type: ignore[misc]
    for each in writers:
        each.join(60)
    stop.set()
    reader.join(60)
    assert seen == list(LedgerEntry.objects.order_by("id").values_list("id", flat=True))
    assert len(seen) == 96


def test_the_lock_is_taken_before_the_first_insert() -> None:
    """The constant is part of the database's contract: two versions of the program must take the same lock."""
    assert ledger.ADVISORY_LOCK == 7_263_541

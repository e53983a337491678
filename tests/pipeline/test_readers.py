"""Readers of the ledger: every entry once, in order; effects and cursor together; what fails is set aside alone."""

from collections.abc import Sequence

import pytest

from tenure.base.errors import Refused
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.identity.operations import record
from tenure.pipeline import stations
from tenure.pipeline.cursors import Cursor, SetAside
from tenure.pipeline.lease import LeaseLost
from tenure.pipeline.readers import Reader, pump, retry_entry
from tenure.work.tasks import Task, create_task, do_task
from tests.book import Book
from tests.cast import Cast


class Digester(Reader):
    """Makes a task for each account that was created, and chokes on the accounts it is told to."""

    name = "digester"
    batch_size = 10

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.chokes_on: set[str | None] = set()

    def wants(self, entry: LedgerEntry) -> bool:
        return entry.subject == "account"

    def read(self, entries: Sequence[LedgerEntry], actor: Actor) -> None:
        for entry in entries:
            create_task(title=f"Greet {entry.id}", owner=self.owner, actor=actor)
            if entry.account_id in self.chokes_on:
                raise ValueError("cannot digest this")
            self.seen.append(entry.id)

    owner = ""


@pytest.fixture
def reader(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Digester:
    found = Digester()
    found.owner = cast.alice.pk
    monkeypatch.setattr(stations, "READERS", (found,))
    return found


def pump_all(reader: Reader, actor: Actor) -> int:
    passes = 0
    while pump(reader, actor):
        passes += 1
    return passes


def wanted() -> list[LedgerEntry]:
    return list(LedgerEntry.objects.filter(subject="account").order_by("id"))


@pytest.mark.requirement("P-02")
def test_every_entry_is_read_once_and_in_order(reader: Digester, book: Book, system: Actor) -> None:
    entries = wanted()
    pump_all(reader, system)
    pump_all(reader, system)
    assert reader.seen == [entry.id for entry in entries]
    assert Task.objects.count() == 4
    # The four tasks are facts too; the reader went past them although it does not want them.
    assert Cursor.objects.get(reader="digester").position == LedgerEntry.objects.order_by("-id")[0].id


@pytest.mark.requirement("P-02")
def test_what_cannot_be_digested_waits_and_the_rest_goes_on(reader: Digester, book: Book, system: Actor) -> None:
    reader.chokes_on = {book.bobs.pk}
    pump_all(reader, system)
    assert Task.objects.count() == 3
    aside = SetAside.objects.get()
    assert (aside.account_id, aside.kind, aside.error) == (
        book.bobs.pk,
        "account.created",
        "ValueError: cannot digest this",
    )
    # The failed attempt left neither a task nor a fact of one.
    assert LedgerEntry.objects.filter(kind="task.created").count() == 3


def test_later_entries_of_the_same_account_wait_behind_it(reader: Digester, book: Book, system: Actor) -> None:
    from tenure.records.account import change_account

    reader.chokes_on = {book.bobs.pk}
    pump_all(reader, system)
    reader.chokes_on = set()
    change_account(book.bobs, tier="core", actor=system)
    change_account(book.alices, tier="growth", actor=system)
    pump_all(reader, system)
    assert Task.objects.count() == 4
    assert list(SetAside.objects.order_by("entry_id").values_list("account_id", "error")) == [
        (book.bobs.pk, "ValueError: cannot digest this"),
        (book.bobs.pk, ""),
    ]


def test_a_retry_takes_the_account_s_entries_in_order(reader: Digester, book: Book, system: Actor, cast: Cast) -> None:
    from tenure.records.account import change_account

    reader.chokes_on = {book.bobs.pk}
    pump_all(reader, system)
    change_account(book.bobs, tier="core", actor=system)
    pump_all(reader, system)
    first, second = SetAside.objects.order_by("entry_id")
    assert retry_entry(first, actor=cast.actor("olive")) == 0
    first.refresh_from_db()
    assert (first.tries, first.settled_at) == (2, None)
    reader.chokes_on, reader.seen = set(), []
    assert retry_entry(first, actor=cast.actor("olive")) == 2
    assert reader.seen == [first.entry_id, second.entry_id]
    assert not SetAside.objects.filter(settled_at=None).exists()
    with pytest.raises(Refused):
        retry_entry(first, actor=cast.actor("olive"))
    retried = LedgerEntry.objects.filter(kind="entry.retried").order_by("-id")[0]
    assert retried.data == {"reader": "digester", "entries": 2}
    assert retried.actor_id == cast.olive.pk


def test_a_database_that_fails_is_not_blamed_on_an_entry(reader: Digester, book: Book, system: Actor) -> None:
    from django.db import OperationalError

    def away(entries: Sequence[LedgerEntry], actor: Actor) -> None:
        raise OperationalError("database is locked")

    reader.read = away  # type: ignore[method-assign]
    with pytest.raises(OperationalError):
        pump(reader, system)
    assert not SetAside.objects.exists()
    assert Cursor.objects.get(reader="digester").position == 0


def test_a_process_that_lost_its_lease_writes_nothing(reader: Digester, book: Book, system: Actor) -> None:
    def lost() -> None:
        raise LeaseLost("gone")

    with pytest.raises(LeaseLost):
        pump(reader, system, lost)
    assert not Task.objects.exists()
    assert Cursor.objects.get(reader="digester").position == 0


def test_facts_that_a_reader_records_are_read_in_their_turn(reader: Digester, book: Book, system: Actor) -> None:
    class Closer(Reader):
        name = "closer"

        def wants(self, entry: LedgerEntry) -> bool:
            return entry.kind == "task.created"

        def read(self, entries: Sequence[LedgerEntry], actor: Actor) -> None:
            for entry in entries:
                do_task(Task.objects.get(pk=entry.subject_id), actor=actor)

    pump_all(reader, system)
    pump_all(Closer(), system)
    assert Task.objects.filter(status="done").count() == 4


def test_a_fact_outside_an_operation_is_a_bug(book: Book) -> None:
    with pytest.raises(RuntimeError):
        record("task.done", book.alices)

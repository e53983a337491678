"""Readers of the ledger: each keeps a cursor, sees every entry once and in order, and does what follows from it.

A reader's effects and its cursor commit together. An entry that it cannot digest is set aside with the later ones of
the same account, where people see them; the other accounts go on.
"""

from __future__ import annotations

import logging
import traceback
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import ClassVar

from django.db import InterfaceError, OperationalError, transaction

from tenure.base import clock, fault
from tenure.base.errors import Refused
from tenure.facts.contract import declare
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.identity.operations import attempt, batch, operation, record
from tenure.pipeline.cursors import Cursor, SetAside
from tenure.pipeline.lease import LeaseLost

logger = logging.getLogger(__name__)
BATCH = 200

declare("entry.retried", "Retried what was set aside", internal=True, reader="text", entries="integer")


class Reader(ABC):
    """One reader. `read` gets entries in order inside a transaction, with the system as actor, and may record facts."""

    name: ClassVar[str]
    batch_size: ClassVar[int] = BATCH

    @abstractmethod
    def wants(self, entry: LedgerEntry) -> bool:
        """Whether an entry can concern this reader at all."""

    @abstractmethod
    def read(self, entries: Sequence[LedgerEntry], actor: Actor) -> None:
        """Do what follows from the entries."""


Guard = Callable[[], None]


class Round:
    """What the readers of a round share: how far each is, for whom something waits, and the end of the ledger.

    It is read once. Entries never change and none comes in before another, so what was read stays true; what other
    processes add meanwhile is seen in the next round. Nobody but the pipeline moves a cursor or sets something aside.
    """

    def __init__(self, readers: Sequence[Reader]) -> None:
        self._positions = dict(Cursor.objects.values_list("reader", "position"))
        self.waiting = set(SetAside.objects.filter(settled_at=None).values_list("reader", flat=True).distinct())
        self._read_through = min((self.position(reader) for reader in readers), default=0)
        self._entries: list[LedgerEntry] = []
        self._is_whole = False  # whether nothing is known to lie behind the entries at hand

    def position(self, reader: Reader) -> int:
        return self._positions.get(reader.name, 0)

    def next_of(self, reader: Reader) -> list[LedgerEntry]:
        """The next batch of a reader, in order."""
        if reader.name not in self._positions:
            Cursor.objects.get_or_create(reader=reader.name)
        start = bisect_right(self._entries, self.position(reader), key=lambda entry: entry.id)
        lacking = reader.batch_size - (len(self._entries) - start)
        if lacking > 0 and not self._is_whole:
            more = list(LedgerEntry.objects.filter(id__gt=self._read_through).order_by("id")[:lacking])
            self._is_whole = len(more) < lacking
            self._read_through = more[-1].id if more else self._read_through
            self._entries += more
        return self._entries[start : start + reader.batch_size]

    def moved(self, reader: Reader, position: int, recorded: int) -> None:
        """A reader has come to a position, and has recorded facts on its way."""
        self._positions[reader.name] = position
        self._is_whole = self._is_whole and not recorded


def pump_all(readers: Sequence[Reader], actor: Actor, guard: Guard | None = None) -> int:
    """Let each reader that is behind digest its next batch; returns how many entries they saw in all."""
    newest = LedgerEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0
    shared = Round(readers)
    behind = [reader for reader in readers if shared.position(reader) < newest]
    return sum(pump(reader, actor, guard, shared) for reader in behind)


def pump(reader: Reader, actor: Actor, guard: Guard | None = None, shared: Round | None = None) -> int:
    """Let a reader digest its next batch; returns how many entries it saw, 0 where it is at the end.

    `guard` is called inside each transaction and raises where this process may no longer write. `shared` is what the
    readers of this round have read together.
    """
    shared = shared or Round([reader])
    entries = shared.next_of(reader)
    if not entries:
        return 0
    wanted = [entry for entry in entries if reader.wants(entry)]
    try:
        _digest(reader, wanted, entries[-1].id, actor, guard, shared)
    except Exception as error:
        if not wanted or not _is_digestible(error):
            raise
        logger.warning("%s: a batch up to entry %s failed, going on one by one", reader.name, entries[-1].id)
        for entry in wanted:
            _digest_alone(reader, entry, actor, guard, shared)
        _digest(reader, [], entries[-1].id, actor, guard, shared)
    return len(entries)


def _is_digestible(error: Exception) -> bool:
    """Whether an error can lie in an entry; a database that is away is nobody's entry's fault."""
    return not isinstance(error, OperationalError | InterfaceError | LeaseLost)


def _digest(
    reader: Reader, wanted: list[LedgerEntry], position: int, actor: Actor, guard: Guard | None, shared: Round
) -> None:
    with batch(actor) as run:
        if guard:
            guard()
        ready = _without_blocked(reader, wanted) if reader.name in shared.waiting else wanted
        if ready:
            reader.read(ready, actor)
        fault.point(f"reader.{reader.name}.read")
        Cursor.objects.filter(reader=reader.name).update(position=position, moved_at=clock.now())
    shared.moved(reader, position, len(run.entries))
    fault.point(f"reader.{reader.name}.moved")


def _digest_alone(reader: Reader, entry: LedgerEntry, actor: Actor, guard: Guard | None, shared: Round) -> None:
    try:
        _digest(reader, [entry], entry.id, actor, guard, shared)
    except Exception as error:
        if not _is_digestible(error):
            raise
        logger.exception("%s: entry %s is set aside", reader.name, entry.id)
        with transaction.atomic():
            _set_aside(reader, [entry], "".join(traceback.format_exception_only(error)).strip())
            Cursor.objects.filter(reader=reader.name).update(position=entry.id, moved_at=clock.now())
        shared.waiting.add(reader.name)


def _without_blocked(reader: Reader, entries: list[LedgerEntry]) -> list[LedgerEntry]:
    """The entries whose account has nothing set aside; the others are set aside behind it."""
    accounts = {entry.account_id for entry in entries if entry.account_id}
    waiting = SetAside.objects.filter(reader=reader.name, settled_at=None, account_id__in=accounts)
    blocked = set(waiting.values_list("account_id", flat=True)) if accounts else set()
    if not blocked:
        return entries
    _set_aside(reader, [entry for entry in entries if entry.account_id in blocked], "")
    return [entry for entry in entries if entry.account_id not in blocked]


def _set_aside(reader: Reader, entries: Sequence[LedgerEntry], error: str) -> None:
    now = clock.now()
    SetAside.objects.bulk_create(
        (
            SetAside(
                reader=reader.name,
                entry_id=entry.id,
                account_id=entry.account_id,
                kind=entry.kind,
                error=error[:2000],
                set_at=now,
            )
            for entry in entries
        ),
        ignore_conflicts=True,
    )


def retry(reader: Reader, account_id: str | None, entry_id: int, actor: Actor) -> int:
    """Digest what is set aside for an account, oldest first, until one fails again; returns how many went through.

    Facts of the company itself have no account: there each entry stands alone.
    """
    waiting = SetAside.objects.filter(reader=reader.name, settled_at=None, account_id=account_id)
    waiting = waiting if account_id else waiting.filter(entry_id=entry_id)
    through = 0
    for aside in waiting.order_by("entry_id"):
        entry = LedgerEntry.objects.get(pk=aside.entry_id)
        try:
            with attempt():
                reader.read([entry], actor)
                aside.settled_at = clock.now()
                aside.save(update_fields=["settled_at"])
        except Exception as error:
            if not _is_digestible(error):
                raise
            aside.error = "".join(traceback.format_exception_only(error)).strip()[:2000]
            aside.tries += 1
            aside.save(update_fields=["error", "tries"])
            break
        through += 1
    return through


@operation("entry.retry", label="Retry what was set aside")
def retry_entry(entry: SetAside, *, actor: Actor) -> int:
    """Let a reader try an entry again that was set aside, and after it the account's later ones."""
    from tenure.pipeline.stations import READERS

    found = next((reader for reader in READERS if reader.name == entry.reader), None)
    if found is None:
        raise Refused("no_reader", f"There is no reader “{entry.reader}” any more.")
    if entry.settled_at is not None:
        raise Refused("settled", "This entry has gone through already.")
    through = retry(found, entry.account_id, entry.entry_id, Actor.machine("pipeline"))
    record("entry.retried", entry, account_id=entry.account_id, reader=entry.reader, entries=through)
    return through

"""Readers of the ledger: each keeps a cursor, sees every entry once and in order, and does what follows from it.

A reader's effects and its cursor commit together. An entry that it cannot digest is set aside with the later ones of
the same account, where people see them; the other accounts go on.
"""

from __future__ import annotations

import logging
import traceback
from abc import ABC, abstractmethod
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


def pump_all(readers: Sequence[Reader], actor: Actor, guard: Guard | None = None) -> int:
    """Let each reader that is behind digest its next batch; returns how many entries they saw in all."""
    newest = LedgerEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0
    positions = dict(Cursor.objects.values_list("reader", "position"))
    behind = [reader for reader in readers if positions.get(reader.name, 0) < newest]
    return sum(pump(reader, actor, guard) for reader in behind)


def pump(reader: Reader, actor: Actor, guard: Guard | None = None) -> int:
    """Let a reader digest its next batch; returns how many entries it saw, 0 where it is at the end.

    `guard` is called inside each transaction and raises where this process may no longer write.
    """
    cursor, _ = Cursor.objects.get_or_create(reader=reader.name)
    entries = list(LedgerEntry.objects.filter(id__gt=cursor.position).order_by("id")[: reader.batch_size])
    if not entries:
        return 0
    wanted = [entry for entry in entries if reader.wants(entry)]
    try:
        _digest(reader, wanted, entries[-1].id, actor, guard)
    except Exception as error:
        if not wanted or not _is_digestible(error):
            raise
        logger.warning("%s: a batch up to entry %s failed, going on one by one", reader.name, entries[-1].id)
        for entry in wanted:
            _digest_alone(reader, entry, actor, guard)
        _digest(reader, [], entries[-1].id, actor, guard)
    return len(entries)


def _is_digestible(error: Exception) -> bool:
    """Whether an error can lie in an entry; a database that is away is nobody's entry's fault."""
    return not isinstance(error, OperationalError | InterfaceError | LeaseLost)


def _digest(reader: Reader, wanted: list[LedgerEntry], position: int, actor: Actor, guard: Guard | None) -> None:
    with batch(actor):
        if guard:
            guard()
        ready = _without_blocked(reader, wanted)
        if ready:
            reader.read(ready, actor)
        fault.point(f"reader.{reader.name}.read")
        Cursor.objects.filter(reader=reader.name).update(position=position, moved_at=clock.now())
    fault.point(f"reader.{reader.name}.moved")


def _digest_alone(reader: Reader, entry: LedgerEntry, actor: Actor, guard: Guard | None) -> None:
    try:
        _digest(reader, [entry], entry.id, actor, guard)
    except Exception as error:
        if not _is_digestible(error):
            raise
        logger.exception("%s: entry %s is set aside", reader.name, entry.id)
        with transaction.atomic():
            _set_aside(reader, [entry], "".join(traceback.format_exception_only(error)).strip())
            Cursor.objects.filter(reader=reader.name).update(position=entry.id, moved_at=clock.now())


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

"""Running an import: its rows in chunks, each a short transaction that also stores how far the import has come.

A killed import goes on from its last chunk: what a chunk did and that it was done commit together. One process runs
an import at a time; it says so in the import's row, and another takes over where it falls silent.
"""

from __future__ import annotations

import os
import socket
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from django.db import transaction
from django.db.models import Q

from tenure.base import fault
from tenure.base.clock import SystemClock
from tenure.identity.actor import Actor, company_day, company_zone
from tenure.identity.operations import batch
from tenure.sources.engine.finishing import fail, finish
from tenure.sources.engine.granting import Draft, Granter
from tenure.sources.engine.keeping import Keeper
from tenure.sources.engine.planning import FilePlan, Planned
from tenure.sources.files.limits import FileRefused
from tenure.sources.imports import Import, ImportedAct, Link
from tenure.sources.mapping.loading import Loaded, read_mapping
from tenure.sources.parcels import parcel

SECONDS = 0.15  # what a chunk may take inside its transaction, so that nobody waits long for it
BLOCK = 400  # rows that are planned before a transaction opens
SILENCE = timedelta(seconds=20)  # after which a process that runs an import is taken to be gone
MACHINE = "import"
_machine = SystemClock()  # a claim counts in the machine's own time, never a simulated one


class Overtaken(Exception):
    """Another process runs this import, or it was stopped."""


@dataclass
class Course:
    """An import on its way: its mapping, its files, and who acts."""

    imported: Import
    loaded: Loaded
    actor: Actor

    @classmethod
    def of(cls, imported: Import) -> Course:
        return cls(imported, read_mapping(imported.mapping, imported.mapping_name), Actor.machine(MACHINE))

    @property
    def keys(self) -> list[str]:
        """The files that were given, in the order in which the mapping reads them."""
        given = {file["key"] for file in self.imported.files}
        return [key for key in self.loaded.mapping.files if key in given]

    def plan(self, key: str) -> FilePlan:
        """A file made ready. Raises FileRefused where its stored copy is gone."""
        paths = {each: path for each in self.keys if (path := self.imported.path_of(each)) is not None}
        if key not in paths:
            raise FileRefused(key, "The stored copy of this file is gone; import it again.")
        zone = self.loaded.mapping.zone or company_zone()
        return FilePlan(self.loaded.mapping, key, paths, zone=zone, today=company_day())


class Running:
    """An import that this process runs, piece by piece: what it has read of a file stays read between pieces.

    Making one raises Overtaken where another process runs the import.
    """

    def __init__(self, imported: Import) -> None:
        self.imported = imported
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._claim()
        self._course = Course.of(imported)
        self._pieces: Iterator[None] | None = None

    def go(self, seconds: float | None = None) -> bool:
        """Run to the end, or for about so many seconds; returns whether it is at its end.

        A file that cannot be read on ends the import as failed; what was loaded until then stays and can be undone.
        Raises Overtaken where another process has taken over, or the import was stopped.
        """
        until = None if seconds is None else time.monotonic() + seconds
        self._pieces = self._pieces or self._chunks()
        try:
            for _ in self._pieces:
                if until is not None and time.monotonic() > until:
                    return False
        except FileRefused as refusal:
            fail(self.imported, str(refusal))
            return True
        finish(self.imported, self._course.loaded.mapping, self._course.actor)
        return True

    def let_go(self) -> None:
        """Leave the import to whoever comes next."""
        Import.objects.filter(pk=self.imported.pk, runner=self._name).update(runner="", runner_at=None)

    def _claim(self) -> None:
        """Say that this process runs the import."""
        now = _machine.now()
        held = Import.objects.only("runner").get(pk=self.imported.pk).runner
        free = Q(runner="") | Q(runner=self._name) | Q(runner_at__lt=now - SILENCE)
        free |= Q(runner=held) if _is_dead(held) else Q(pk__in=())
        if not Import.objects.filter(free, pk=self.imported.pk).update(runner=self._name, runner_at=now):
            raise Overtaken(f"The import {self.imported.pk} is run by {held}.")
        self.imported.refresh_from_db()

    def _chunks(self) -> Iterator[None]:
        """The import chunk by chunk."""
        for key in self._course.keys:
            if self.imported.lines.get(key) == "done":
                continue
            plan = self._course.plan(key)
            keeper = Keeper(self.imported, plan)
            rows = plan.rows(int(self.imported.lines.get(key, 0)))
            while block := deque(islice(rows, BLOCK)):
                while block:
                    self._run_chunk(plan, keeper, block)
                    yield
            self._close_file(plan, keeper)

    def _run_chunk(self, plan: FilePlan, keeper: Keeper, block: deque[Planned]) -> None:
        """Grant the first rows of a block, as many as a chunk has time for, and take them out of it."""
        imported = self.imported
        with transaction.atomic():
            self._lock()
            with batch(self._course.actor) as run:
                granter = Granter(imported, run, self._course.actor)
                granter.prepare(wish for planned in block for wish in planned.wishes)
                keeper.prepare(block)
                done = _grant(plan, keeper, granter, block)
            store(imported, granter.draft)
            keeper.store()
            imported.lines[plan.key] = block[done - 1].row.line
            for noun, counts in granter.draft.nouns.items():
                imported.add_counts(f"{plan.key}.{noun}", counts)
            self._save()
            fault.point("import.chunk")
        fault.point("import.chunked")
        for _ in range(done):
            block.popleft()

    def _close_file(self, plan: FilePlan, keeper: Keeper) -> None:
        with transaction.atomic():
            self._lock()
            keeper.note_unchecked()
            self.imported.lines[plan.key] = "done"
            self._save()

    def _lock(self) -> None:
        """Hold the import's row until the transaction ends. Raises Overtaken where it is not as we left it."""
        found = Import.objects.select_for_update().get(pk=self.imported.pk)
        ours = found.runner == self._name and found.lines == self.imported.lines
        if found.status != Import.Status.RUNNING or not ours:
            raise Overtaken(f"The import {found.pk} is {found.get_status_display().lower()}, or runs elsewhere.")

    def _save(self) -> None:
        self.imported.runner_at = _machine.now()
        self.imported.save(update_fields=["progress", "counts", "runner_at"])


def run_import(imported: Import, *, seconds: float | None = None) -> bool:
    """Run an import to its end, or for about so many seconds; returns whether it is at its end.

    Raises Overtaken where another process runs it, or it was stopped.
    """
    running = Running(imported)
    try:
        return running.go(seconds)
    finally:
        running.let_go()


def _is_dead(name: str) -> bool:
    """Whether a process of this machine is no more, so that nobody waits for its claim to run out."""
    host, _, process = name.rpartition(":")
    if host != socket.gethostname() or not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _grant(plan: FilePlan, keeper: Keeper, granter: Granter, block: deque[Planned]) -> int:
    """Grant rows until the time of a chunk is over; returns how many."""
    started = time.monotonic()
    done = 0
    counts: dict[str, int] = {}
    for planned in block:
        done += 1
        outcome = keeper.known_outcome(planned)
        if outcome is None:
            outcome, reasons = granter.grant(planned.wishes)
            planned.row.reasons += reasons
        outcome = keeper.keep(planned, outcome or "quarantined")
        counts["read"] = counts.get("read", 0) + 1
        counts[outcome] = counts.get(outcome, 0) + 1
        if time.monotonic() - started > SECONDS:
            break
    granter.imported.add_counts(plan.key, counts | {"flagged": keeper.take_flagged()})
    return done


def store(imported: Import, draft: Draft) -> None:
    """Store what a chunk brought about, once its ledger entries have their ids."""
    changed = {id(link): link for link in draft.changed if link.pk is not None}
    Link.objects.bulk_create(draft.links, batch_size=500)
    if changed:
        names = ["digest", "steps", "version", "model", "subject_id", "account_id"]
        Link.objects.bulk_update(changed.values(), names, batch_size=200)
    for act, entries in draft.acts:
        act.entries = [entry.pk for entry in entries]
    ImportedAct.objects.bulk_create((act for act, _ in draft.acts), batch_size=500)
    for table, keys in draft.recalled.items():
        parcel(table, keys, act="retract", made_by=imported)
    for table, rows in draft.poured.items():
        parcel(table, rows, made_by=imported)

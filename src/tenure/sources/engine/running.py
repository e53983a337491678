"""Running an import: its rows in chunks, each a short transaction that also stores how far the import has come.

A killed import goes on from its last chunk: what a chunk did and that it was done commit together.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from itertools import islice

from django.db import transaction

from tenure.base import fault
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
MACHINE = "import"


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


def run_import(imported: Import, *, seconds: float | None = None) -> bool:
    """Run an import to its end, or for about so many seconds; returns whether it is at its end.

    A file that cannot be read on ends it as failed; what was loaded until then stays and can be undone. Raises
    Overtaken where another process runs it.
    """
    until = None if seconds is None else time.monotonic() + seconds
    imported.refresh_from_db()
    course = Course.of(imported)
    try:
        for key in course.keys:
            if imported.lines.get(key) != "done" and not _run_file(course, key, until):
                return False
    except FileRefused as refusal:
        fail(imported, str(refusal))
        return True
    finish(imported, course.loaded.mapping, course.actor)
    return True


def _run_file(course: Course, key: str, until: float | None) -> bool:
    plan = course.plan(key)
    keeper = Keeper(course.imported, plan)
    rows = plan.rows(int(course.imported.lines.get(key, 0)))
    while block := deque(islice(rows, BLOCK)):
        while block:
            _run_chunk(course, plan, keeper, block)
            if until is not None and time.monotonic() > until:
                return False
    _close_file(course, plan, keeper)
    return True


def _close_file(course: Course, plan: FilePlan, keeper: Keeper) -> None:
    with transaction.atomic():
        lock(course.imported)
        keeper.note_unchecked()
        course.imported.lines[plan.key] = "done"
        course.imported.save(update_fields=["progress", "counts"])


def _run_chunk(course: Course, plan: FilePlan, keeper: Keeper, block: deque[Planned]) -> None:
    """Grant the first rows of a block, as many as a chunk has time for, and take them out of it."""
    imported = course.imported
    with transaction.atomic():
        lock(imported)
        with batch(course.actor) as run:
            granter = Granter(imported, run, course.actor)
            granter.prepare(wish for planned in block for wish in planned.wishes)
            keeper.prepare(block)
            done = _grant(plan, keeper, granter, block)
        store(imported, granter.draft)
        keeper.store()
        imported.lines[plan.key] = block[done - 1].row.line
        for noun, counts in granter.draft.nouns.items():
            imported.add_counts(f"{plan.key}.{noun}", counts)
        imported.save(update_fields=["progress", "counts"])
        fault.point("import.chunk")
    fault.point("import.chunked")
    for _ in range(done):
        block.popleft()


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


def lock(imported: Import) -> None:
    """Hold the import's row until the transaction ends. Raises Overtaken where it is not as this process left it."""
    found = Import.objects.select_for_update().get(pk=imported.pk)
    if found.status != Import.Status.RUNNING or found.lines != imported.lines:
        raise Overtaken(f"The import {imported.pk} is {found.get_status_display().lower()}, or runs elsewhere.")


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

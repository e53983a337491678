"""Rows that were set aside, tried again: as a person corrected them, or as they are since something else changed."""

from __future__ import annotations

from django.db import transaction

from tenure.base import clock, fault
from tenure.identity.actor import Actor
from tenure.identity.operations import batch
from tenure.sources.engine.finishing import remove_files
from tenure.sources.engine.granting import Granter
from tenure.sources.engine.keeping import tell
from tenure.sources.engine.planning import FilePlan
from tenure.sources.engine.running import Course, store
from tenure.sources.files.limits import FileRefused
from tenure.sources.importing import correct_row
from tenure.sources.imports import Import, ImportRow
from tenure.sources.parcels import release
from tenure.sources.rows.reasons import Reason


def correct(row: ImportRow, values: dict[str, str], actor: Actor) -> ImportRow:
    """Correct a row and try it at once. It stays open, with what is still wrong, where it cannot be loaded.

    Raises Refused where the row is settled or a column is unknown.
    """
    changed = correct_row(row, values=values, actor=actor)
    try_again(changed.made_by, [changed.pk])
    changed.refresh_from_db()
    return changed


def try_again(imported: Import, ids: list[str] | None = None, most: int = 200) -> int:
    """Try rows of an import that somebody wants tried again; returns how many were tried."""
    wanted = ImportRow.objects.filter(made_by=imported, retry=True, status=ImportRow.Status.OPEN).order_by(
        "file", "line"
    )
    wanted = wanted.filter(pk__in=ids) if ids is not None else wanted
    rows = list(wanted[:most])
    if not rows:
        return 0
    course = Course.of(imported)
    plans: dict[str, FilePlan | None] = {}
    for row in rows:
        if row.file not in plans:
            plans[row.file] = _plan(course, row.file)
        _try(course, plans[row.file], row)
    if imported.status == Import.Status.DONE:
        remove_files(imported)
    return len(rows)


def _plan(course: Course, file: str) -> FilePlan | None:
    try:
        return course.plan(file)
    except FileRefused:
        return None


def _try(course: Course, plan: FilePlan | None, row: ImportRow) -> None:
    """Try one row, in a transaction of its own."""
    with transaction.atomic():
        row = ImportRow.objects.select_for_update().get(pk=row.pk)
        imported = Import.objects.select_for_update().get(pk=row.made_by_id)
        if not row.retry or not row.is_open or imported.status not in (Import.Status.DONE, Import.Status.FAILED):
            return
        row.retry = False
        if plan is None:
            tell(row, [Reason("file_gone", "The import's files are gone.", mend="Import the corrected file again.")])
        else:
            _grant(course, plan, row, imported)
        row.save(update_fields=["retry", "status", "settled_at", "reasons", "checks", "severity"])
        fault.point("import.correct")
    fault.point("import.corrected")


def _grant(course: Course, plan: FilePlan, row: ImportRow, imported: Import) -> None:
    planned = plan.again(row.line, row.values)
    outcome = ""
    if not planned.row.is_quarantined:
        with batch(course.actor) as run:
            granter = Granter(imported, run, course.actor)
            granter.prepare(planned.wishes)
            outcome, reasons = granter.grant(planned.wishes)
            planned.row.reasons += reasons
        store(imported, granter.draft)
        for noun, counts in granter.draft.nouns.items():
            imported.add_counts(f"{plan.key}.{noun}", counts)
    if not outcome:
        tell(row, planned.row.reasons)
        return
    row.status, row.settled_at = ImportRow.Status.CORRECTED, clock.now()
    imported.add_counts(plan.key, {outcome: 1, "quarantined": -1})
    imported.save(update_fields=["counts"])
    release(imported)

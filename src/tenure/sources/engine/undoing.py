"""Undoing an import, act by act from its end, in short transactions; a killed undoing goes on where it stopped."""

from __future__ import annotations

import shutil
import time

from django.db import transaction

from tenure.base import clock, fault
from tenure.base.errors import Refused
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.identity.operations import batch, record
from tenure.sources.engine.finishing import own_coverage
from tenure.sources.engine.running import MACHINE, SECONDS, Overtaken
from tenure.sources.engine.taking_back import Told, obstacle, undo_act
from tenure.sources.imports import POURED, Finding, Import, ImportedAct, ImportRow, Link
from tenure.sources.parcels import parcel, release

ACTS = 200
KEYS = 5_000


def run_undo(imported: Import, *, seconds: float | None = None) -> bool:
    """Undo to the end, or for about so many seconds; returns whether it is at its end."""
    until = None if seconds is None else time.monotonic() + seconds
    actor = Actor.machine(MACHINE)
    while _undo_acts(imported, actor) or _undo_lake(imported, actor):
        if until is not None and time.monotonic() > until:
            return False
    _finish(imported, actor)
    return True


def _held(imported: Import) -> Import:
    found = Import.objects.select_for_update().get(pk=imported.pk)
    if found.status != Import.Status.UNDOING:
        raise Overtaken(f"The import {found.pk} is {found.get_status_display().lower()}.")
    return found


def _undo_acts(imported: Import, actor: Actor) -> int:
    """Take back the newest acts, as many as a chunk has time for; returns how many were looked at."""
    started = time.monotonic()
    with transaction.atomic():
        held = _held(imported)
        wanted = ImportedAct.objects.filter(made_by=held).exclude(link_id__in=held.progress["kept"])
        wanted = wanted.exclude(what=ImportedAct.What.POURED).select_related("link").order_by("-id")
        acts = list(wanted[:ACTS])
        told, touched = Told.by(acts), _touched(held)
        looked = 0
        with batch(actor):
            for act in acts:
                looked += 1
                act.made_by = held
                _undo(held, act, told, touched)
                if time.monotonic() - started > SECONDS:
                    break
        held.save(update_fields=["progress"])
        fault.point("import.undo")
    fault.point("import.undone_chunk")
    return looked


def _touched(held: Import) -> set[str]:
    """Rows and accounts on which people have acted since it was asked what stands in the way."""
    since = LedgerEntry.objects.filter(pk__gt=held.progress["undo"]["after"]).exclude(actor_id=None)
    return {each for pair in since.values_list("subject_id", "account_id") for each in pair if each}


def _undo(held: Import, act: ImportedAct, told: Told, touched: set[str]) -> None:
    """Take one act back; what people have done to its row in the meantime is kept as well."""
    kept, undone = held.progress["kept"], held.progress["undo"]
    if act.link_id in kept:
        return
    if act.link.subject_id in touched and obstacle(act) is not None:
        kept.append(act.link_id)
        return
    try:
        undone["facts"] += undo_act(act, told)
    except Refused:
        kept.append(act.link_id)
        return
    undone["rows"] += act.what == ImportedAct.What.MADE
    act.delete()


def _undo_lake(imported: Import, actor: Actor) -> int:
    """Have the lake take back rows that the import poured, some keys at a time; returns how many."""
    with transaction.atomic():
        held = _held(imported)
        links = (
            Link.objects.filter(made_by=held, model__in=POURED)
            .exclude(pk__in=held.progress["kept"])
            .order_by("id")[:KEYS]
        )
        chosen = list(links)
        release(held)
        by_table: dict[str, list[str]] = {}
        for link in chosen:
            by_table.setdefault(link.model, []).append(link.lake_key)
        for table, keys in by_table.items():
            parcel(table, keys, act="retract", made_by=held, is_ready=True)
        ImportedAct.objects.filter(link__in=chosen).delete()
        Link.objects.filter(pk__in=[link.pk for link in chosen]).delete()
        held.progress["undo"]["rows"] += len(chosen)
        held.save(update_fields=["progress"])
        fault.point("import.undo_lake")
    return len(chosen)


def _finish(imported: Import, actor: Actor) -> None:
    with transaction.atomic(), batch(actor):
        held = _held(imported)
        kept = held.progress["kept"]
        covered = [row["key"] for row in own_coverage(held)]
        parcel("coverage", covered, act="retract", made_by=held, is_ready=True)
        ImportRow.objects.filter(made_by=held).delete()
        Finding.objects.filter(made_by=held).delete()
        # A link that another import tells of stays; so does one whose row was kept.
        Link.objects.filter(made_by=held, acts=None).exclude(pk__in=kept).delete()
        undone = held.progress["undo"]
        held.status, held.undone_at = Import.Status.UNDONE, clock.now()
        held.save(update_fields=["status", "undone_at", "progress"])
        record(
            "import.undone", held, source=held.source, facts=undone["facts"], rows=undone["rows"], kept=len(set(kept))
        )
        fault.point("import.undo_finishing")
    shutil.rmtree(imported.folder, ignore_errors=True)
    imported.refresh_from_db()

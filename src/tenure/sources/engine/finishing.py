"""The end of an import: what its checks found, which days it covers, up to when its source was read."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from tenure.base import clock, fault
from tenure.identity.actor import Actor, company_day, company_zone
from tenure.identity.operations import batch, record
from tenure.sources.imports import CURRENT, Finding, Import, ImportRow
from tenure.sources.mapping.model import Covers, Mapping
from tenure.sources.parcels import parcel, release

DAY = timedelta(days=1)


def finish(imported: Import, mapping: Mapping, actor: Actor) -> None:
    """End an import: everything it had to say goes on its way, in one transaction."""
    with transaction.atomic():
        found = Import.objects.select_for_update().get(pk=imported.pk)
        if found.status != Import.Status.RUNNING:
            return
        with batch(actor):
            _keep_findings(imported)
            imported.progress["coverage"] = list(_coverage(imported, mapping))
            parcel("coverage", own_coverage(imported), made_by=imported)
            through = _read_through(imported)
            if through is not None:
                record("source.read_through", imported, source=imported.source, through=through)
            imported.status, imported.finished_at = Import.Status.DONE, clock.now()
            imported.save(update_fields=["status", "finished_at", "progress", "counts"])
            record("import.finished", imported, source=imported.source, counts=imported.totals)
        release(imported)
        fault.point("import.finishing")
    fault.point("import.finished")
    remove_files(imported)


def fail(imported: Import, error: str) -> None:
    """End an import that cannot go on; what it loaded stays, and can be undone."""
    with transaction.atomic(), batch(Actor.machine("import")):
        imported.status, imported.error, imported.finished_at = Import.Status.FAILED, error[:2000], clock.now()
        imported.save(update_fields=["status", "error", "finished_at"])
        _keep_findings(imported)
        # The sentence may hold what stood in a cell, so the ledger tells only that it failed.
        record("import.failed", imported, source=imported.source, error="unreadable")
        release(imported)


def remove_files(imported: Import) -> None:
    """Remove the copies of the files, unless rows that wait to be corrected need them to be checked again."""
    waiting = ImportRow.objects.filter(made_by=imported, severity="quarantine", status=ImportRow.Status.OPEN)
    if not waiting.exists():
        shutil.rmtree(imported.folder, ignore_errors=True)


def _keep_findings(imported: Import) -> None:
    found: dict[str, dict[str, Any]] = imported.progress.pop("findings", {})
    made = []
    for name, each in found.items():
        file, _, code = name.partition(".")
        made.append(
            Finding(
                made_by=imported,
                source=imported.source,
                file=file,
                code=code,
                label=each["label"][:200],
                mend=each["mend"][:400],
                severity=each["severity"],
                count=each["count"],
                fresh=each["fresh"],
                checked=imported.counts.get(file, {}).get("read", 0),
                is_unchecked=each.get("is_unchecked", False),
                samples=each["samples"],
                found_at=clock.now(),
            )
        )
    Finding.objects.bulk_create(made)


def _read_through(imported: Import) -> datetime | None:
    """The last moment of which the files tell: a source has been read at least that far."""
    spans: dict[str, list[str]] = imported.progress.get("spans", {})
    latest = max((datetime.fromisoformat(last) for _, last in spans.values()), default=None)
    return None if latest is None else min(latest, clock.now())


Span = list[str]  # relation, first day, last day, "daily" where each day was known by itself, and the zone


def _coverage(imported: Import, mapping: Mapping) -> Iterator[Span]:
    """What the files of an import cover."""
    spans: dict[str, list[str]] = imported.progress.get("spans", {})
    zone = ZoneInfo(mapping.zone or company_zone())
    for key, file in mapping.files.items():
        for covers in file.covers:
            days = _days(covers, spans.get(key), zone)
            if days is not None:
                yield [covers.relation, days[0].isoformat(), days[1].isoformat(), covers.known, str(zone)]


def _days(covers: Covers, seen: list[str] | None, zone: ZoneInfo) -> tuple[date, date] | None:
    """The first and last day that a file covers; None where a bound is to be seen and nothing was."""
    bounds = {"min": 0, "max": 1}
    days: list[date] = []
    for bound in (covers.first, covers.through):
        if isinstance(bound, date):
            days.append(bound)
        elif bound == "import":
            days.append(company_day())
        elif seen is None:
            return None
        else:
            days.append(datetime.fromisoformat(seen[bounds[bound]]).astimezone(zone).date())
    return (days[0], days[1]) if days[0] <= days[1] else None


def _rows(imported: Import, span: Span) -> Iterator[dict[str, Any]]:
    """The rows of the lake that say so: one, or one for each day where each was known by itself."""
    relation, first, last, known, zone = span
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    now = clock.now()
    step = (end - start).days + 1 if known == "import" else 1
    for offset in range(0, (end - start).days + 1, step):
        day = start + DAY * offset
        through = day + DAY * (step - 1)
        over = datetime.combine(through + DAY, time(), ZoneInfo(zone))
        yield {
            "source": imported.source,
            "relation": relation,
            "from_day": day,
            "through_day": through,
            "known_at": min(over, now) if known == "daily" else now,
            "key": f"{imported.source}/{relation}/{day.isoformat()}/{through.isoformat()}",
        }


def own_coverage(imported: Import) -> list[dict[str, Any]]:
    """What an import covers and no other import of its source that holds covers with it, as rows of the lake."""
    others = Import.objects.filter(source=imported.source, status__in=CURRENT).exclude(pk=imported.pk)
    said = {row["key"] for other in others.defer("mapping", "preview") for row in _all_rows(other)}
    return [row for row in _all_rows(imported) if row["key"] not in said]


def _all_rows(imported: Import) -> Iterator[dict[str, Any]]:
    for span in imported.progress.get("coverage", []):
        yield from _rows(imported, span)

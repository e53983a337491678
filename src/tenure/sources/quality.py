"""What is odd in the data that came in: what each check found, how often, which rows, and how it is mended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet

from tenure.identity.access import require
from tenure.identity.actor import Actor
from tenure.sources.imports import CURRENT, HEAVY, Finding, Import, ImportRow
from tenure.sources.inbox import Spooled
from tenure.sources.users import SourceUser, unmatched


@dataclass(frozen=True, slots=True)
class Oddity:
    """What one check has found in one file of a source, over all imports that still hold.

    Attributes
    ----------
    rows : how many rows were found, each once however often its file was imported.
    open : how many of them nobody has corrected or dismissed.
    checked : how many rows the latest import looked at; 0 where the check could not be made.
    samples : up to five of `{line, key, values}`, from the latest import.
    imports : (id, when) of the imports that found something, newest first.
    """

    source: str
    file: str
    check: str
    label: str
    mend: str
    severity: str
    rows: int
    open: int
    checked: int
    is_unchecked: bool
    samples: Sequence[dict[str, Any]]
    imports: Sequence[tuple[str, datetime]]

    @property
    def share(self) -> float | None:
        """The share of rows that are odd; None where none were looked at."""
        return self.rows / self.checked if self.checked and len(self.imports) == 1 else None


def findings(actor: Actor, source: str = "") -> list[Oddity]:
    """What is odd: what was set aside first, then what is marked, each by how many rows are open. Two queries.

    Raises Forbidden where the actor may not see it.
    """
    require(actor, "quality.view")
    found = Finding.objects.filter(made_by__status__in=CURRENT).order_by("-found_at", "-id")
    found = found.filter(source=source) if source else found
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for each in found:
        groups.setdefault((each.source, each.file, each.code), []).append(each)
    still_open = _open_counts(source)
    odd = [_oddity(group, still_open.get(key, 0)) for key, group in groups.items()]
    order = {"quarantine": 0, "flag": 1}
    return sorted(odd, key=lambda each: (order.get(each.severity, 2), -each.open, -each.rows, each.file, each.check))


def _oddity(group: list[Finding], still_open: int) -> Oddity:
    latest = group[0]
    with_samples = next((each for each in group if each.samples), latest)
    return Oddity(
        source=latest.source,
        file=latest.file,
        check=latest.code,
        label=latest.label,
        mend=latest.mend,
        severity=latest.severity,
        rows=sum(each.fresh for each in group),
        open=still_open,
        checked=0 if latest.is_unchecked else latest.checked,
        is_unchecked=latest.is_unchecked,
        samples=with_samples.samples,
        imports=[(each.made_by_id, each.found_at) for each in group],
    )


def _open_counts(source: str) -> dict[tuple[str, str, str], int]:
    """How many rows of each check are open."""
    rows = ImportRow.objects.filter(status=ImportRow.Status.OPEN)
    rows = rows.filter(source=source) if source else rows
    together = rows.values_list("source", "file", "checks").annotate(rows=Count("pk")).order_by()
    counts: dict[tuple[str, str, str], int] = {}
    for of, file, checks, number in together:
        for check in checks.split():
            counts[of, file, check] = counts.get((of, file, check), 0) + number
    return counts


def list_rows(
    actor: Actor,
    imported: Import | None = None,
    *,
    source: str = "",
    file: str = "",
    check: str = "",
    severity: str = "",
    status: str = ImportRow.Status.OPEN,
) -> QuerySet[ImportRow]:
    """Rows set aside or marked, by import, file, check, severity and status, in the order of their lines.

    Raises Forbidden where the actor may not see them.
    """
    require(actor, "import.view")
    rows = ImportRow.objects.select_related("made_by").defer(*HEAVY).order_by("file", "line", "id")
    rows = rows.filter(made_by=imported) if imported is not None else rows.filter(made_by__status__in=CURRENT)
    for name, value in (("source", source), ("file", file), ("severity", severity), ("status", status)):
        rows = rows.filter(**{name: value}) if value else rows
    return rows.filter(checks__contains=f" {check} ") if check else rows


def list_imports(actor: Actor) -> QuerySet[Import]:
    """Imports, newest first; the mapping's text and the preview are left unread. Raises Forbidden."""
    require(actor, "import.view")
    return Import.objects.select_related("created_by").defer("mapping", "preview", "progress").order_by("-id")


@dataclass(frozen=True, slots=True)
class Inbox:
    """The state of the event intake: what waits, what nobody can place yet, and the users that it waits for."""

    waiting: int
    held: int
    users: QuerySet[SourceUser]


def inbox(actor: Actor) -> Inbox:
    """What the event intake has not taken in yet. Raises Forbidden."""
    require(actor, "quality.view")
    waiting = Spooled.objects.filter(status=Spooled.Status.WAITING).count()
    held = Spooled.objects.filter(status=Spooled.Status.HELD).count()
    return Inbox(waiting, held, unmatched())

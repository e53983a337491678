"""Rows on their way to the lake. They are stored here in the transaction that decides on them, then handed over once.

A parcel is what one chunk of work had to say. Waiting parcels are bound into a batch whose name is stored before the
lake hears of it, so that a batch delivered twice holds the same rows under the same name, and the lake keeps one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from django.db import models, transaction

from tenure.base import clock, fault
from tenure.base.ids import ID_LENGTH, new_id
from tenure.sources.imports import Import

ROWS_PER_BATCH = 50_000
MOMENTS = ("happened_at", "known_at", "recorded_at")


class LakeDoor(Protocol):
    """What this room asks of the lake; see `tenure.facts.lake.Lake`."""

    def append(self, table: str, rows: Sequence[Mapping[str, Any]], *, batch: str) -> bool: ...

    def retract(self, table: str, keys: Sequence[str], *, batch: str, hindsight: bool = False) -> bool: ...


class Parcel(models.Model):
    """Rows of one table to be appended, or keys of rows to be retracted, once the parcel is ready."""

    class Act(models.TextChoices):
        APPEND = "append", "Append"
        RETRACT = "retract", "Retract"

    id = models.BigAutoField(primary_key=True)
    made_by = models.ForeignKey(Import, on_delete=models.SET_NULL, null=True, related_name="+")
    table = models.CharField(max_length=20)
    act = models.CharField(max_length=8, choices=Act.choices, default=Act.APPEND)
    rows = models.JSONField(default=list)
    size = models.PositiveIntegerField(default=0)
    is_ready = models.BooleanField(default=False)
    batch = models.CharField(max_length=ID_LENGTH, blank=True)
    stored_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["is_ready", "id"], condition=models.Q(stored_at=None), name="parcels_waiting")]


def parcel(
    table: str, rows: list[Any], *, act: str = "append", made_by: Import | None = None, is_ready: bool = False
) -> Parcel | None:
    """Store rows on their way to a table, inside the caller's transaction; None where there are none."""
    if not rows:
        return None
    plain = [_plain(row) for row in rows] if act == "append" else rows
    return Parcel.objects.create(table=table, act=act, rows=plain, size=len(rows), made_by=made_by, is_ready=is_ready)


def release(imported: Import) -> None:
    """Let the parcels of an import go: it has nothing more to say."""
    Parcel.objects.filter(made_by=imported, is_ready=False, stored_at=None).update(is_ready=True)


def waiting() -> int:
    """How many rows are ready and not in the lake yet."""
    found = Parcel.objects.filter(is_ready=True, stored_at=None).aggregate(rows=models.Sum("size"))
    return int(found["rows"] or 0)


def ship(lake: LakeDoor) -> int:
    """Hand the next batch to the lake; returns how many rows it held, 0 where nothing waits."""
    bound = _bound() or _bind()
    if not bound:
        return 0
    fault.point("parcels.bound")
    first = bound[0]
    rows = [row for each in bound for row in each.rows]
    if first.act == Parcel.Act.RETRACT:
        lake.retract(first.table, rows, batch=f"sources/{first.batch}", hindsight=True)
    else:
        lake.append(first.table, [_typed(row) for row in rows], batch=f"sources/{first.batch}")
    fault.point("parcels.delivered")
    # The rows themselves are in the lake now; only the name of the batch is kept here.
    Parcel.objects.filter(batch=first.batch).update(stored_at=clock.now(), rows=[])
    fault.point("parcels.stored")
    return len(rows)


def _bound() -> list[Parcel]:
    """The parcels of the batch that was bound last and is not known to be stored."""
    first = Parcel.objects.filter(is_ready=True, stored_at=None).exclude(batch="").order_by("id").first()
    return list(Parcel.objects.filter(batch=first.batch).order_by("id")) if first else []


def _bind() -> list[Parcel]:
    """Give the oldest waiting parcels of one kind, in their order, the name of a new batch."""
    with transaction.atomic():
        ready = Parcel.objects.select_for_update().filter(is_ready=True, stored_at=None, batch="").order_by("id")
        chosen: list[int] = []
        kind: tuple[str, str] | None = None
        total = 0
        for pk, table, act, size in ready.values_list("id", "table", "act", "size")[:1000]:
            kind = kind or (table, act)
            # A retraction must follow what it retracts, so a batch ends where the kind changes.
            if (table, act) != kind or (chosen and total + size > ROWS_PER_BATCH):
                break
            chosen.append(pk)
            total += size
        if not chosen:
            return []
        Parcel.objects.filter(pk__in=chosen).update(batch=new_id())
    return list(Parcel.objects.filter(pk__in=chosen).order_by("id"))


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if hasattr(value, "isoformat") else _number(value) for name, value in row.items()}


def _number(value: Any) -> Any:
    return float(value) if hasattr(value, "as_tuple") else value


def _typed(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as the lake takes it. What no moment was told for is recorded, and known, now."""
    now = clock.now()
    typed = {"recorded_at": now, "known_at": now} | dict(row)
    for name in MOMENTS:
        if isinstance(typed.get(name), str):
            typed[name] = datetime.fromisoformat(typed[name])
    for name in ("from_day", "through_day"):
        if isinstance(typed.get(name), str):
            typed[name] = datetime.fromisoformat(typed[name]).date()
    return typed

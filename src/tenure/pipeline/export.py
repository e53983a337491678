"""The ledger goes to the lake, where measures read it: in order, each entry once."""

from __future__ import annotations

from typing import Any

from tenure.base import clock, fault
from tenure.facts.lake import Lake
from tenure.identity.ledger import LedgerEntry
from tenure.pipeline.cursors import Cursor
from tenure.pipeline.readers import Guard

READER = "lake"
AT_ONCE = 20_000


def export_ledger(lake: Lake, guard: Guard | None = None) -> int:
    """Hand every new entry to the lake; returns how many there were.

    The end of a batch is written down before it goes. After a kill the very same batch goes again under the same name,
    and the lake stores it once.
    """
    cursor, _ = Cursor.objects.get_or_create(reader=READER)
    total = 0
    while True:
        if cursor.intent is None:
            newest = _newest(cursor.position)
            if newest == cursor.position:
                return total
            cursor.intent = newest
            if guard:
                guard()
            cursor.save(update_fields=["intent"])
            fault.point("export.intended")
        entries = LedgerEntry.objects.filter(id__gt=cursor.position, id__lte=cursor.intent).order_by("id")
        rows = [_row(entry) for entry in entries]
        if guard:
            guard()
        lake.append("ledger", rows, batch=f"ledger/{cursor.position}-{cursor.intent}")
        fault.point("export.appended")
        cursor.position, cursor.intent, cursor.moved_at = cursor.intent, None, clock.now()
        cursor.save(update_fields=["position", "intent", "moved_at"])
        total += len(rows)


def _newest(position: int) -> int:
    """The last entry of the next batch."""
    ids = LedgerEntry.objects.filter(id__gt=position).order_by("id").values_list("id", flat=True)
    return max(ids[:AT_ONCE], default=position)


def _row(entry: LedgerEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "kind": entry.kind,
        "account_id": entry.account_id,
        "subject": entry.subject,
        "subject_id": entry.subject_id,
        "actor_id": entry.actor_id,
        "happened_at": entry.happened_at,
        "known_at": entry.known_at,
        "recorded_at": entry.recorded_at,
        "data": entry.data,
        "corrects": entry.corrects,
        "retracts": entry.retracts,
    }


def exported_through() -> int:
    """The last entry that is in the lake."""
    return Cursor.objects.filter(reader=READER).values_list("position", flat=True).first() or 0

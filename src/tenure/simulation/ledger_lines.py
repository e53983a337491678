"""The ledger as a file of JSON lines, in its order: what two runs of one seed must have in common, byte by byte."""

from __future__ import annotations

import json
from pathlib import Path

from tenure.identity.ledger import LedgerEntry

COLUMNS = (
    "id",
    "kind",
    "account_id",
    "subject",
    "subject_id",
    "actor_id",
    "operation",
    "happened_at",
    "known_at",
    "recorded_at",
    "data",
    "corrects",
    "retracts",
)
MOMENTS = ("happened_at", "known_at", "recorded_at")


def write_ledger(path: Path) -> int:
    """Write every entry as a line; returns how many there are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for row in LedgerEntry.objects.order_by("id").values(*COLUMNS).iterator(chunk_size=5000):
            row |= {name: row[name].isoformat() for name in MOMENTS}
            file.write(json.dumps(row, sort_keys=True, ensure_ascii=False) + "\n")
            count += 1
    return count

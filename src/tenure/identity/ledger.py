"""The ledger: append-only facts, written by operations in the operation's own transaction.

The database refuses to update or delete an entry (see the migrations). Entries reach the table last in the outermost
transaction, on PostgreSQL under an advisory lock, so that id order is commit order and ``id > cursor`` misses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, models

from tenure.base import clock
from tenure.base.ids import ID_LENGTH
from tenure.facts.contract import KINDS, Fact
from tenure.identity.rows import insert

ADVISORY_LOCK = 7_263_541  # any constant of our own; held from the first insert to the commit


class LedgerEntry(models.Model):
    """One fact. See `tenure.facts.contract.Fact` for what the columns mean."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=80)
    account_id = models.CharField(max_length=ID_LENGTH, null=True)
    subject = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=ID_LENGTH)
    actor_id = models.CharField(max_length=ID_LENGTH, null=True)
    operation = models.CharField(max_length=80, blank=True)
    happened_at = models.DateTimeField()
    known_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    data = models.JSONField(default=dict)
    corrects = models.BigIntegerField(null=True)
    retracts = models.BigIntegerField(null=True)

    anchor_path = "account_id"

    class Meta:
        indexes = [
            models.Index(fields=["account_id", "-happened_at", "-id"]),
            models.Index(fields=["kind", "id"]),
            models.Index(fields=["subject", "subject_id", "id"]),
            models.Index(fields=["actor_id", "-id"]),
            models.Index(fields=["retracts"], condition=models.Q(retracts__isnull=False), name="ledger_retracts"),
        ]

    @property
    def fact(self) -> Fact:
        return Fact(
            self.id,
            self.kind,
            self.account_id,
            self.subject,
            self.subject_id,
            self.actor_id,
            self.happened_at,
            self.known_at,
            self.recorded_at,
            self.data,
            self.corrects,
            self.retracts,
        )


def plain(value: Any) -> Any:
    """A value as JSON keeps it: days and moments as ISO text, decimals as numbers."""
    match value:
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return float(value)
        case list() | tuple() | set() | frozenset():
            return [plain(each) for each in value]
        case dict():
            return {str(key): plain(each) for key, each in value.items()}
        case _:
            return value


def entry(
    kind: str,
    subject: models.Model,
    *,
    account_id: str | None,
    actor_id: str | None,
    operation: str,
    happened_at: datetime | None,
    known_at: datetime | None,
    corrects: int | None,
    retracts: int | None,
    data: dict[str, Any],
) -> LedgerEntry:
    """An entry that is not stored yet, with the subject's declared after-values in its data.

    Raises TypeError for a field that the kind does not declare, ValueError where a fact would be known before it
    happened or lies in the future: both are bugs of the operation.
    """
    declared = KINDS[kind].fields
    unknown = sorted(set(data) - set(declared))
    if unknown:
        raise TypeError(f"{kind} declares no {', '.join(unknown)}; it has {', '.join(sorted(declared)) or 'no fields'}")
    values = {name: plain(getattr(subject, name)) for name in getattr(subject, "ledger_fields", ())}
    values |= {name: plain(value) for name, value in data.items()}
    recorded = clock.now()
    happened = happened_at or recorded
    known = known_at or recorded
    if known > recorded:
        raise ValueError(f"{kind}: a fact cannot be known at {known.isoformat()}, after it is recorded")
    return LedgerEntry(
        kind=kind,
        account_id=account_id,
        subject=KINDS[kind].subject,
        subject_id=str(subject.pk),
        actor_id=actor_id,
        operation=operation,
        happened_at=happened,
        known_at=known,
        recorded_at=recorded,
        data=values,
        corrects=corrects,
        retracts=retracts,
    )


def append(entries: Iterable[LedgerEntry]) -> list[LedgerEntry]:
    """Insert entries in their order, inside the caller's transaction, as its last act."""
    rows = list(entries)
    if rows and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ADVISORY_LOCK])
    insert(rows)
    return rows

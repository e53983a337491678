"""Taking back: an act undone at once, or an import undone whole. The row goes and its facts are retracted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from tenure.base import clock
from tenure.base.errors import Refused
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.identity.operations import record
from tenure.records.account import Account
from tenure.records.row import AccountRow

UNDO_FOR = timedelta(seconds=10)
ON_THE_WAY = timedelta(seconds=5)  # what the page's ten seconds may take to reach us


def standing(entries: Iterable[LedgerEntry]) -> list[LedgerEntry]:
    """Of the entries about one thing, those that hold: not taken back, not replaced, not a taking back themselves."""
    every = list(entries)
    gone = {entry.retracts for entry in every} | {entry.corrects for entry in every}
    return [entry for entry in every if entry.id not in gone and entry.retracts is None]


def entries_of(noun: str, ids: Iterable[str]) -> dict[str, list[LedgerEntry]]:
    """Every entry about some rows of one noun, by the row's id, in ledger order. One query."""
    found: dict[str, list[LedgerEntry]] = defaultdict(list)
    for entry in LedgerEntry.objects.filter(subject=noun, subject_id__in=list(ids)).order_by("id"):
        found[entry.subject_id].append(entry)
    return found


def last_entry(row: AccountRow, *kinds: str) -> LedgerEntry:
    """The newest standing entry about a row, of one of `kinds`: what a correction names.

    Raises Refused where the fact is not stored yet, as inside the same batch.
    """
    held = [entry for entry in standing(entries_of(row.noun, [row.pk])[row.pk]) if entry.kind in kinds]
    if not held:
        raise Refused("not_stored", "This is still being written; correct it in a moment.")
    return held[-1]


def _why_not(entries: list[LedgerEntry], actor: Actor) -> tuple[str, str] | None:
    """Why an act cannot be undone, as a code and a sentence; None where it can."""
    if not entries:
        return "not_stored", "This is still being written; undo it in a moment."
    if actor.is_system:
        return None
    if any(entry.actor_id != actor.id for entry in entries):
        return "not_yours", "Somebody else has worked on this; it cannot be undone."
    if clock.now() - entries[0].recorded_at > UNDO_FOR + ON_THE_WAY:
        return "too_late", "Undo is open for ten seconds. What is wrong can be changed or corrected."
    return None


def undo(row: AccountRow, actor: Actor) -> None:
    """Take back a row that was just made: retract its facts and remove it, words and all.

    Raises Refused after ten seconds, and where somebody else has worked on the row.
    """
    entries = entries_of(row.noun, [row.pk])[row.pk]
    refusal = _why_not(entries, actor)
    if refusal:
        raise Refused(*refusal)
    retract(row, entries)
    row.delete()


def _last(row: AccountRow, kind: str) -> list[LedgerEntry]:
    return [entry for entry in standing(entries_of(row.noun, [row.pk])[row.pk]) if entry.kind == kind][-1:]


def can_undo(row: AccountRow, kind: str, actor: Actor) -> bool:
    """Whether the newest fact of a kind about a row is the actor's own of the last ten seconds."""
    return not actor.is_system and _why_not(_last(row, kind), actor) is None


def undo_fact(row: AccountRow, kind: str, actor: Actor) -> None:
    """Retract the newest fact of a kind about a row, which the caller puts back as it was. Refuses as `undo` does."""
    entries = _last(row, kind)
    refusal = _why_not(entries, actor)
    if refusal:
        raise Refused(*refusal)
    retract(row, entries)


def retract(row: AccountRow | Account, entries: Iterable[LedgerEntry]) -> None:
    """Take back the facts about a row that still stand; the row itself stays."""
    every = list(entries)
    gone = {entry.retracts for entry in every}
    for entry in every:
        if entry.retracts is None and entry.id not in gone:
            record(
                f"{row.noun}.withdrawn",
                row,
                account_id=row.account_id,
                happened_at=entry.happened_at,
                retracts=entry.id,
                fact=entry.kind,
            )


def withdraw_rows(model: type[AccountRow] | type[Account], ids: Iterable[str]) -> int:
    """Take back rows of one noun, as the undoing of an import does, inside the caller's operation.

    Every fact about them is retracted and the rows are removed; with an account goes all that hangs on it, so take
    the rows of other nouns first. Returns how many rows there were.
    """
    wanted = list(ids)
    rows: list[AccountRow | Account] = list(model._default_manager.filter(pk__in=wanted))
    entries = entries_of(model.noun, wanted)
    for row in rows:
        retract(row, entries[row.pk])
    model._default_manager.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)

"""Reading what operations wrote into the ledger."""

from typing import Any

from tenure.facts.contract import KINDS
from tenure.identity.ledger import LedgerEntry


def facts_of(subject_id: str) -> list[LedgerEntry]:
    """Every entry about one row, in ledger order."""
    return list(LedgerEntry.objects.filter(subject_id=subject_id).order_by("id"))


def last_fact(kind: str) -> LedgerEntry:
    """The newest entry of a kind, after seeing that it carries exactly the fields which the kind declares."""
    entry = LedgerEntry.objects.filter(kind=kind).order_by("-id").first()
    assert entry is not None, f"no {kind} was recorded"
    undeclared = set(entry.data) - set(KINDS[kind].fields)
    assert not undeclared, f"{kind} carries {undeclared}, which it does not declare"
    return entry


def data_of(kind: str, *names: str) -> dict[str, Any]:
    """Fields of the newest entry of a kind."""
    entry = last_fact(kind)
    return {name: entry.data[name] for name in names}

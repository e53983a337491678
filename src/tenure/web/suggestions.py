"""What a form of an act begins with where the company's promises and the client's habits say what fits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model as Row

from tenure.identity.actor import Actor
from tenure.records.account import Account
from tenure.records.meeting import Meeting
from tenure.web import wording
from tenure.work.rhythm import propose

Asked = Mapping[str, str]


@dataclass(frozen=True)
class Suggested:
    """A value that a field begins with, and why."""

    value: Any
    hint: str = ""


def _meeting(account: Row, actor: Actor, asked: Asked) -> dict[str, Suggested]:
    """The kind that is due first, and the client's slot by which it is on time."""
    if not isinstance(account, Account):
        return {}
    found = propose(account, actor.model, asked.get("type", ""))
    return {"type": Suggested(found.type)} | _in_slot(account, found.starts_at)


def _moved(meeting: Row, actor: Actor, _: Asked) -> dict[str, Suggested]:
    """Where the client's slot lies, for a meeting that is moved."""
    return _in_slot(meeting.account, None) if isinstance(meeting, Meeting) else {}


def _in_slot(account: Account, value: Any) -> dict[str, Suggested]:
    if not account.preferred_slot:
        return {}
    return {"starts_at": Suggested(value, f"They like to meet on {wording.slot(account.preferred_slot)}.")}


def _slot(account: Row, _: Actor, __: Asked) -> dict[str, Suggested]:
    kept = getattr(account, "preferred_slot", None) or {}
    return {name: Suggested(value) for name, value in kept.items()}


SUGGESTIONS: Mapping[str, Callable[[Row, Actor, Asked], dict[str, Suggested]]] = {
    "meeting.schedule": _meeting,
    "meeting.reschedule": _moved,
    "account.set_slot": _slot,
}


def suggested(operation: str, subject: Row | None, actor: Actor, asked: Asked) -> dict[str, Suggested]:
    """By field, what the form of an operation on a row begins with."""
    found = SUGGESTIONS.get(operation)
    return {} if found is None or subject is None else found(subject, actor, asked)

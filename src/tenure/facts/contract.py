"""A fact: something that happened to an account, when it happened, when it was known and when we wrote it down."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tenure.base.registry import Registry

Json = Any  # what json.dumps takes

FIELD_TYPES = ("text", "number", "integer", "boolean", "moment", "day", "id", "list", "object")


@dataclass(frozen=True, slots=True)
class Fact:
    """One entry of the ledger, or one event of the lake, as every reader sees it.

    Attributes
    ----------
    id : ledger order; 0 where the fact was never in the ledger.
    kind : ``noun.verb_in_the_past``, such as ``meeting.held``.
    account : the account's id, or None for facts about the company itself.
    subject, subject_id : the noun and the id of the row it is about.
    actor : the id of who did it, or None for the system.
    happened_at, known_at, recorded_at : aware, UTC. Live, known is recorded.
    data : the declared fields: ids, numbers, words of the blueprint; never message bodies, names or addresses.
    corrects : the id of an entry that this one replaces, keeping its `happened_at`.
    retracts : the id of an entry that this one takes back.
    """

    id: int
    kind: str
    account: str | None
    subject: str
    subject_id: str
    actor: str | None
    happened_at: datetime
    known_at: datetime
    recorded_at: datetime
    data: Mapping[str, Json] = field(default_factory=dict)
    corrects: int | None = None
    retracts: int | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of fact carries: its noun, its fields with a type of `FIELD_TYPES`, and how the timeline says it."""

    name: str
    subject: str
    fields: Mapping[str, str]
    label: str
    internal: bool = False  # true: never shown to a client


KINDS: Registry[Kind] = Registry("fact kinds")


def declare(name: str, label: str, *, internal: bool = False, **fields: str) -> Kind:
    """Register a kind of fact. ``label`` is what the timeline says, such as ``Meeting held``."""
    for each, type_ in fields.items():
        if type_ not in FIELD_TYPES:
            raise ValueError(f"{name}: {each} is a {type_!r}, expected one of {', '.join(FIELD_TYPES)}")
    return KINDS.add(name, Kind(name, name.partition(".")[0], fields, label, internal))

"""What connectors bring, as plain data: items, readings, and why a reading failed. No Django."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tenure.base.errors import Refused


class Failed(Exception):
    """A reading that could not be made: a stable code, and a sentence that says the mend and holds no secret."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(message)


class Unmatched(Refused):
    """An item of which nobody can say by rule whose it is, or what it is: a person has to look at it."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a connector brought.

    Attributes
    ----------
    key : what makes it the same thing when it comes again; unique within its connector.
    happened_at : when it happened, by a clock that can be trusted.
    payload : what it says, as plain JSON; kept until it is taken in.
    address : whose it is, where an e-mail address says so.
    name, thread : what others refer to it by, and what all of one conversation share; digests, never the texts.
    """

    key: str
    happened_at: datetime
    payload: Mapping[str, Any]
    address: str = ""
    name: str = ""
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reading brought, where the next begins, and whether more waits already."""

    items: Sequence[Item]
    cursor: Mapping[str, Any]
    more: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """A request that somebody sent to a connector's own address: its fields, or its JSON."""

    fields: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


def digest(*parts: str) -> str:
    """A short name for texts: equal texts have equal names, and no text can be read from its name."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()

"""Why a row was set aside or marked: a stable code, the field, a sentence, and how to mend it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that is wrong with a row. `code` is a check's key or one of the reader's own words."""

    code: str
    message: str
    field: str = ""
    mend: str = ""
    severity: str = "quarantine"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

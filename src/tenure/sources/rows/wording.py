"""Texts with columns in braces."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

_PLACE = re.compile(r"\{([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?)\}")


def placeholders(text: str) -> list[str]:
    """The columns that a text names."""
    return _PLACE.findall(text)


def fill(text: str, row: Mapping[str, Any]) -> str:
    """The text with the row's values; an empty one leaves nothing."""
    return _PLACE.sub(lambda found: said(row.get(found.group(1))), text).strip()


def said(value: Any) -> str:
    """A value as a person reads it."""
    match value:
        case None:
            return ""
        case Decimal():
            return f"{value.normalize():f}"
        case date():
            return value.isoformat()
        case _:
            return str(value)

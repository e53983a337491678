"""How far the filling of a demonstration is, as a mark in its home that every process of the home can read."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Literal

NAME = "demo.json"


@dataclass(frozen=True)
class Mark:
    """A home that a demonstration fills, or has filled.

    Attributes
    ----------
    company : the blueprint's folder.
    day, number, days : the day that was lived last, which one it is, of how many.
    seed, until : of a home that is ready; what it was drawn from, and its last day.
    """

    state: Literal["filling", "ready"]
    company: str
    day: date | None = None
    number: int = 0
    days: int = 0
    seed: int = 0
    until: date | None = None

    def write(self, home: Path) -> None:
        """Put the mark up, at once and whole: others read it meanwhile."""
        whole = {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(self).items()}
        new = home / f"{NAME}.new"
        new.write_text(json.dumps(whole))
        new.replace(home / NAME)


def read_mark(home: Path) -> Mark | None:
    """The mark of a home; None where no demonstration was ever in it."""
    try:
        told = json.loads((home / NAME).read_text())
    except FileNotFoundError:
        return None
    days = {name: date.fromisoformat(told[name]) for name in ("day", "until") if told.get(name)}
    return Mark(**(told | {"day": None, "until": None} | days))

"""How well signals find what was planted: precision and recall by signal, from the ledger and the truth beside it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tenure.simulation.states import BAD

Line = Mapping[str, Any]
LOOKS_BACK = timedelta(days=14)  # a firing is right where the account was in a bad way within this time before it


@dataclass(frozen=True, slots=True)
class Detection:
    """What one signal did.

    Attributes
    ----------
    planted, found : stories that name the signal, and those during which it fired by the day that the story names.
    fired, right : firings, and those during a story that names the signal or while the account was in a bad way.
    decoys, fooled : decoys that name the signal, and those during which it fired.
    days : from the beginning of each found story to the firing, the median; None where none was found.
    """

    planted: int
    found: int
    fired: int
    right: int
    decoys: int
    fooled: int
    days: float | None

    @property
    def recall(self) -> float | None:
        return self.found / self.planted if self.planted else None

    @property
    def precision(self) -> float | None:
        return self.right / self.fired if self.fired else None


def read_lines(path: Path) -> Iterator[Line]:
    """The lines of a file of JSON lines."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def detect(truth: Iterable[Line], ledger: Iterable[Line], zone: str) -> dict[str, Detection]:
    """Precision and recall by signal. `ledger` are the exported facts, `zone` is the company's."""
    stories: dict[str, list[Line]] = defaultdict(list)
    bad: set[tuple[str, date]] = set()
    for line in truth:
        if line["kind"] in ("planted", "decoy") and line["signal"]:
            stories[line["signal"]].append(line)
        elif line["kind"] == "day" and line["state"] in BAD:
            bad.add((line["account"], date.fromisoformat(line["day"])))
    firings: dict[str, list[tuple[str, date]]] = defaultdict(list)
    for fact in ledger:
        if fact["kind"] == "signal.fired":
            day = datetime.fromisoformat(fact["happened_at"]).astimezone(ZoneInfo(zone)).date()
            firings[fact["data"]["rule"]].append((fact["account_id"], day))
    return {rule: _judge(stories[rule], firings[rule], bad) for rule in sorted({*stories, *firings})}


def _judge(stories: list[Line], firings: list[tuple[str, date]], bad: set[tuple[str, date]]) -> Detection:
    planted = [story for story in stories if story["kind"] == "planted"]
    decoys = [story for story in stories if story["kind"] == "decoy"]
    delays = [delay for story in planted if (delay := _delay(story, firings)) is not None]
    return Detection(
        planted=len(planted),
        found=len(delays),
        fired=len(firings),
        right=sum(_is_right(firing, planted, bad) for firing in firings),
        decoys=len(decoys),
        fooled=sum(_delay(story, firings) is not None for story in decoys),
        days=sorted(delays)[len(delays) // 2] if delays else None,
    )


def _delay(story: Line, firings: list[tuple[str, date]]) -> int | None:
    """The days from a story's beginning to the first firing on its account, where that came by the day it names."""
    begins, by = date.fromisoformat(story["day"]), date.fromisoformat(story["by"])
    days = [(day - begins).days for account, day in firings if account == story["account"] and begins <= day <= by]
    return min(days, default=None)


def _is_right(firing: tuple[str, date], planted: list[Line], bad: set[tuple[str, date]]) -> bool:
    account, day = firing
    for story in planted:
        begins, until = date.fromisoformat(story["day"]), date.fromisoformat(story["until"])
        if story["account"] == account and begins <= day <= until + LOOKS_BACK:
            return True
    return any((account, day - timedelta(days=back)) in bad for back in range(LOOKS_BACK.days + 1))

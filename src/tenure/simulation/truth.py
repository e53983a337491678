"""What really happened, written beside the data: the hidden state of each account on each day, and what was planted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tenure.simulation.office import Case


class Truth:
    """A file of JSON lines, in the order of days. ``kind`` is account, day, planted or decoy."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("w", encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def _write(self, line: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(line, sort_keys=True, ensure_ascii=False) + "\n")

    def account(self, case: Case) -> None:
        """An account that was taken on, and everything that will befall it by plan."""
        self._write(
            {"kind": "account", "account": case.id, "key": case.client.key, "day": case.client.begins.isoformat()}
        )
        for planted in case.client.stories:
            story = planted.story
            self._write(
                {
                    "kind": "decoy" if story.decoy else "planted",
                    "account": case.id,
                    "story": planted.key,
                    "does": story.does,
                    "day": planted.begins.isoformat(),
                    "until": planted.ends.isoformat(),
                    "signal": story.found_by,
                    "by": (planted.begins + timedelta(days=story.within_days)).isoformat(),
                }
            )

    def day(self, day: date, cases: list[Case]) -> None:
        """How every account really was on a day."""
        for case in cases:
            if case.is_active:
                line = {"kind": "day", "account": case.id, "day": day.isoformat(), "state": str(case.life.state)}
                self._write(line | {"mood": round(case.life.mood, 3)})

"""A file's rows in order, each with what it wishes for; repeated keys are seen here, and rows that are left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from tenure.sources.engine.wishes import Wish, Wisher
from tenure.sources.mapping.model import File
from tenure.sources.mapping.model import Mapping as ImportMapping
from tenure.sources.rows.reading import FileReader, Row, key_of
from tenure.sources.rows.reasons import Reason


@dataclass(slots=True)
class Planned:
    """A row with its external key, its wishes, and the line of an equal row above it, where there is one."""

    row: Row
    key: str
    wishes: list[Wish]
    is_left_out: bool = False
    repeats: int | None = None

    @property
    def happened_at(self) -> datetime | None:
        return max((wish.happened_at for wish in self.wishes if wish.happened_at), default=None)


class FilePlan:
    """One file of an import, made ready to be read row by row."""

    def __init__(self, mapping: ImportMapping, key: str, paths: Mapping[str, Path], *, zone: str, today: date) -> None:
        self.key, self.file = key, mapping.files[key]
        others = {name: (mapping.files[name], path) for name, path in paths.items() if name in mapping.files}
        self.reader = FileReader(self.file, paths[key], zone=zone, today=today, others=others)
        self._wisher = Wisher(self.file, mapping.source, zone)
        self._seen = _Seen(self.file)

    @property
    def unchecked(self) -> set[str]:
        """The checks that could not be made, since they join a file that was not given."""
        absent = tuple(f"{name}." for name in self.reader.unchecked)
        return {key for key, check in self.file.checks.items() if any(name in check.expect for name in absent)}

    def rows(self, after: int = 0) -> Iterator[Planned]:
        """The rows below a line. Those above it are passed by, but for their keys, which a later row may repeat."""
        for row in self.reader.rows(after):
            if row.line > after:
                yield self._plan(row)
            elif self._seen.key(key_of(row.values, self.file.key), row) is None:
                self._seen.others(row)

    def again(self, line: int, raw: Mapping[str, object]) -> Planned:
        """A row as a person corrected it; its key may be one that the file has, as then it changes that row."""
        row = self.reader.again(line, raw)
        return self._wish(row, key_of(row.values, self.file.key))

    def _plan(self, row: Row) -> Planned:
        key = key_of(row.values, self.file.key)
        first = self._seen.key(key, row)
        if first is not None and first[1] == row.digest:
            return Planned(row, key, [], repeats=first[0])
        if first is not None:
            mend = "Give it a key of its own, or dismiss it."
            row.reasons.append(
                Reason("key_repeated", f"{self.file.repeated}: line {first[0]} has it too.", self._key_names, mend)
            )
        self._seen.others(row)
        return self._wish(row, key)

    @property
    def _key_names(self) -> str:
        return ", ".join(self.file.columns[name].source or name for name in self.file.key if name in self.file.columns)

    def _wish(self, row: Row, key: str) -> Planned:
        if not self._wisher.is_wanted(row):
            return Planned(row, key, [], is_left_out=True)
        if not key:
            row.reasons.append(
                Reason("no_key", "The key is empty.", self._key_names, "Fill it in, or dismiss the row.")
            )
        wishes = [] if row.is_quarantined else self._wisher.wishes(row)
        return Planned(row, key, [] if row.is_quarantined else wishes)


class _Seen:
    """The keys of a file's rows so far, with the line and the digest of the first row of each."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._keys: dict[str, tuple[int, str]] = {}
        self._others: dict[str, dict[str, int]] = {name: {} for name in file.unique}

    def key(self, key: str, row: Row) -> tuple[int, str] | None:
        """The line and digest of an earlier row with this key; None where this is the first."""
        if not key:
            return None
        if key in self._keys:
            return self._keys[key]
        self._keys[key] = (row.line, row.digest)
        return None

    def others(self, row: Row) -> None:
        """Give the row a reason for each set of columns that repeats an earlier row's."""
        for name, unique in self._file.unique.items():
            value = key_of(row.values, unique.columns)
            first = self._others[name].setdefault(value, row.line) if value else row.line
            if first != row.line:
                message = f"{unique.label}: line {first} has it too."
                row.reasons.append(Reason(name, message, ", ".join(unique.columns), unique.mend, unique.severity))

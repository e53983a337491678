"""Any file of rows: a header, then a mapping of cells per line."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from tenure.sources.files.delimited import dialect_of, read_delimited
from tenure.sources.files.limits import LIMITS, FileRefused, Limits
from tenure.sources.files.workbook import read_workbook

Format = Literal["csv", "xlsx"]


@dataclass(frozen=True, slots=True)
class Line:
    """One record: the line it stands on, its cells by column name, and how many cells were too many or too few."""

    number: int
    cells: dict[str, Any]
    surplus: int = 0


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a file was when it was read: its size in bytes and the SHA-256 of its content."""

    size: int
    sha256: str


def stamp_of(path: Path, limits: Limits = LIMITS) -> Stamp:
    """The stamp of a file. Raises FileRefused where it is larger than the limits."""
    size = path.stat().st_size
    if size > limits.file_bytes:
        raise FileRefused(path.name, f"This file has {size:,} bytes; {limits.file_bytes:,} is the most.")
    with path.open("rb") as file:
        return Stamp(size, hashlib.file_digest(file, "sha256").hexdigest())


def format_of(name: str, declared: Format | None = None) -> Format:
    """The format the mapping declares, else the one that the file's ending says."""
    return declared or ("xlsx" if name.lower().endswith((".xlsx", ".xlsm")) else "csv")


class Tabular:
    """A file as rows. `header` is read at once; `lines()` starts from the top each time it is called."""

    def __init__(
        self,
        path: Path,
        *,
        format: Format | None = None,
        encoding: str | None = None,
        delimiter: str | None = None,
        sheet: str | None = None,
        limits: Limits = LIMITS,
    ) -> None:
        self.path = path
        self.format = format_of(path.name, format)
        self._sheet, self._limits = sheet, limits
        if path.stat().st_size > limits.file_bytes:
            raise FileRefused(path.name, f"This file is larger than {limits.file_bytes:,} bytes.")
        self.dialect = dialect_of(path, encoding=encoding, delimiter=delimiter) if self.format == "csv" else None
        first = next(self._records(), None)
        if first is None:
            raise FileRefused(path.name, "This file is empty.")
        self.header = self._header(*first)

    def _records(self) -> Iterator[tuple[int, Sequence[Any]]]:
        if self.dialect is not None:
            return read_delimited(self.path, self.dialect, self._limits)
        return read_workbook(self.path, self._sheet, self._limits)

    def _header(self, line: int, cells: Sequence[Any]) -> tuple[str, ...]:
        names = [str(cell).strip() for cell in cells]
        while names and not names[-1]:
            names.pop()
        repeated = sorted({name for name in names if name and names.count(name) > 1})
        if repeated:
            raise FileRefused(self.path.name, f"The header names {', '.join(repeated)} more than once.", line=line)
        return tuple(names)

    def lines(self) -> Iterator[Line]:
        """The records after the header. Missing trailing cells of a workbook are empty; those of a text are counted."""
        records = self._records()
        next(records, None)
        width = len(self.header)
        pads = self.format == "xlsx"
        for number, cells in records:
            surplus = len(cells) - width
            if pads:
                surplus = sum(cell != "" for cell in cells[width:])
                cells = list(chain(cells, [""] * max(0, width - len(cells))))
            named = {name: cell for name, cell in zip(self.header, cells, strict=False) if name}
            yield Line(number, named, surplus)

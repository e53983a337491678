"""A file as typed rows: cells converted, derived columns added, rows of other files joined, checks made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tenure.blueprint.problems import nearest
from tenure.sources.files.limits import FileRefused
from tenure.sources.files.tabular import Line, Tabular
from tenure.sources.mapping.model import Column, File, Join
from tenure.sources.rows.reasons import Reason
from tenure.sources.rows.takes import expression_of, names_in, names_of
from tenure.sources.rows.values import Misfit, converter, later


@dataclass(slots=True)
class Row:
    """One record: where it stands, what stood there, its typed values, and what is wrong with it."""

    line: int
    raw: dict[str, Any]
    values: dict[str, Any]
    reasons: list[Reason] = field(default_factory=list)

    @property
    def is_quarantined(self) -> bool:
        return any(reason.severity == "quarantine" for reason in self.reasons)

    @property
    def digest(self) -> str:
        """What stood there, as 32 hexadecimal digits."""
        return digest_of(self.raw)


def digest_of(value: Any) -> str:
    """A short digest of plain data, the same for equal data."""
    text = json.dumps(value, sort_keys=True, default=str, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


class Typing:
    """Turns the cells of a line into a row's values, by the columns of one file of a mapping."""

    def __init__(self, file: File, zone: str, today: date) -> None:
        self._zone = ZoneInfo(zone)
        self._today = today
        self._read = [
            (name, column.source or name, converter(column, zone))
            for name, column in file.columns.items()
            if not column.is_derived
        ]
        self._derived = [(name, self._derive(column)) for name, column in file.columns.items() if column.is_derived]

    def _derive(self, column: Column) -> Callable[[Mapping[str, Any]], Any]:
        if column.expression is not None:
            return expression_of(column.expression)
        start, amount = expression_of(column.after or ""), expression_of(column.by or "")
        return lambda values: later(start(values), amount(values), column.unit, self._zone)

    def row(self, number: int, cells: Mapping[str, Any]) -> Row:
        """The row of a line; what cannot be read is unknown, and its reason stands beside it."""
        values: dict[str, Any] = {"day": self._today}
        row = Row(number, dict(cells), values)
        for name, source, convert in self._read:
            try:
                values[name] = convert(cells.get(source, ""))
            except Misfit as misfit:
                values[name] = None
                row.reasons.append(Reason(misfit.code, misfit.message, source, misfit.mend))
        for name, derive in self._derived:
            try:
                values[name] = derive(values)
            except (Misfit, TypeError, ArithmeticError) as error:
                values[name] = None
                row.reasons.append(Reason("not_computable", f"This cannot be worked out: {error}", name))
        return row


class Index:
    """The rows of another file by one of its columns: how many there are, and the first one's values."""

    def __init__(self, join: Join, wanted: frozenset[str]) -> None:
        self._join, self._wanted = join, sorted(wanted)
        self._counts: dict[Any, int] = {}
        self._first: dict[Any, tuple[Any, ...]] = {}

    def add(self, row: Row) -> None:
        key = row.values.get(self._join.to)
        if key is None:
            return
        self._counts[key] = self._counts.get(key, 0) + 1
        if not self._join.many and key not in self._first:
            self._first[key] = tuple(row.values.get(name) for name in self._wanted)

    def look_up(self, name: str, values: dict[str, Any]) -> None:
        """Add the matching row's values to `values`, under the join's name."""
        key = values.get(self._join.on)
        values[f"{name}.count"] = 0 if key is None else self._counts.get(key, 0)
        for column, value in zip(self._wanted, self._first.get(key, ()), strict=False):
            values[f"{name}.{column}"] = value


class FileReader:
    """The rows of one file, in the order of the file; those of the files that it joins are read first."""

    def __init__(
        self, file: File, path: Path, *, zone: str, today: date, others: Mapping[str, tuple[File, Path]]
    ) -> None:
        self.file, self.path = file, path
        self.tabular = Tabular(
            path, format=file.format, encoding=file.encoding, delimiter=file.delimiter, sheet=file.sheet
        )
        self.ignored = check_header(file, self.tabular)
        self._typing = Typing(file, zone, today)
        self._checks = [(key, check, expression_of(check.expect)) for key, check in file.checks.items()]
        self._joins: list[tuple[str, Index]] = []
        self.unchecked = self._index(others, zone, today)

    def _index(self, others: Mapping[str, tuple[File, Path]], zone: str, today: date) -> frozenset[str]:
        """Read the joined files; returns the joins whose file was not given."""
        used = names_used(self.file)
        missing = set()
        for name, join in self.file.joins.items():
            if join.file not in others:
                missing.add(name)
                continue
            file, path = others[join.file]
            wanted = frozenset(each.partition(".")[2] for each in used if each.startswith(f"{name}.")) - {"count"}
            index = Index(join, wanted)
            for row in typed_rows(file, path, zone, today):
                index.add(row)
            self._joins.append((name, index))
        return frozenset(missing)

    def rows(self, after: int = 0) -> Iterator[Row]:
        """Every row; those below line `after` with their joined values and what checks say of them."""
        for line in self.tabular.lines():
            row = self._joined(_typed(self._typing, line))
            yield self._checked(row) if line.number > after else row

    def again(self, line: int, raw: Mapping[str, Any]) -> Row:
        """A row read from what a person made of its cells."""
        return self._checked(self._joined(self._typing.row(line, raw)))

    def _joined(self, row: Row) -> Row:
        """The row with what the other files say."""
        for name, index in self._joins:
            index.look_up(name, row.values)
        return row

    def _checked(self, row: Row) -> Row:
        """The row with a reason for each check that it fails."""
        for key, check, holds in self._checks:
            try:
                failed = holds(row.values) is False
            except (TypeError, ArithmeticError, ValueError):
                failed = False  # what cannot be compared is unknown, and an unknown fails nothing
            if failed:
                row.reasons.append(
                    Reason(key, check.label, ", ".join(sorted(names_in(check.expect))), check.mend, check.severity)
                )
        return row


def _typed(typing: Typing, line: Line) -> Row:
    row = typing.row(line.number, line.cells)
    if line.surplus:
        more = "more" if line.surplus > 0 else "fewer"
        message = f"This row has {abs(line.surplus)} cells {more} than the header."
        row.reasons.insert(0, Reason("ragged", message, mend="Look for a delimiter inside a cell without quotes."))
    return row


def typed_rows(file: File, path: Path, zone: str, today: date) -> Iterator[Row]:
    """The rows of a file without joins and checks."""
    tabular = Tabular(path, format=file.format, encoding=file.encoding, delimiter=file.delimiter, sheet=file.sheet)
    check_header(file, tabular)
    typing = Typing(file, zone, today)
    for line in tabular.lines():
        yield _typed(typing, line)


def check_header(file: File, tabular: Tabular) -> tuple[str, ...]:
    """The columns of the file that the mapping leaves out. Raises FileRefused where one that it names is absent."""
    wanted = [column.source or name for name, column in file.columns.items() if not column.is_derived]
    absent = [name for name in wanted if name not in tabular.header]
    if absent:
        hints = [f"{name} (near: {found})" if (found := nearest(name, tabular.header)) else name for name in absent]
        has = ", ".join(tabular.header[:40])
        raise FileRefused(tabular.path.name, f"There is no column {', '.join(hints)}; there are {has}.", line=1)
    return tuple(name for name in tabular.header if name and name not in wanted)


def names_used(file: File) -> frozenset[str]:
    """Every column name, joined ones included, that a file of a mapping reads anywhere."""
    found: set[str] = set(file.key)
    texts: list[str | None] = [file.only_if, *(check.expect for check in file.checks.values())]
    found |= {name for check in file.checks.values() for name in check.shows}
    found |= {name for unique in file.unique.values() for name in unique.columns}
    found |= {join.on for join in file.joins.values()}
    takes: list[Any] = []
    for make in file.makes:
        found |= set(make.key or ())
        texts += [make.only_if, make.happened_at, make.known_at, make.changed_at]
        takes += [make.account, make.about, *make.arguments.values()]
        for step in make.then.values():
            texts += [step.only_if, step.happened_at, step.known_at]
            takes += step.arguments.values()
        if make.event is not None:
            parts = (make.event.name, make.event.user, make.event.count, make.event.seconds, make.event.errors)
            takes += [*parts, *make.event.properties.values()]
        if make.point is not None:
            takes += [make.point.metric, make.point.value, *filter(None, [make.point.attribution])]
    for text in texts:
        found |= names_in(text) if text else frozenset()
    for take in takes:
        found |= set(names_of(take))
    return frozenset(found)


def key_of(values: Mapping[str, Any], names: Sequence[str]) -> str:
    """The external key of a row: its key columns, joined by a bar; empty where one of them is."""
    parts = [values.get(name) for name in names]
    if any(part is None or part == "" for part in parts):
        return ""
    return "|".join(part.isoformat() if isinstance(part, date) else str(part) for part in parts)

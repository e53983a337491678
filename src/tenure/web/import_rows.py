"""Rows that an import set aside or marked, as the pages show them: why, what can be corrected, what became of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.http import QueryDict

from tenure.base.errors import Refused
from tenure.identity.actor import Actor
from tenure.sources.engine.correcting import correct, try_again
from tenure.sources.importing import correct_row, dismiss_row
from tenure.sources.imports import Import, ImportRow
from tenure.sources.mapping.loading import MappingRefused, read_mapping

CELL = "cell."  # what a field of a form is called: this and the column's name
SHOWN = 3  # cells that a line of the list offers to correct; the row's own page offers all


@dataclass(frozen=True)
class Cell:
    """One cell of a row: the column, what stands in it now, and what is wrong with it."""

    name: str
    value: str
    was: str
    wrong: tuple[str, ...] = ()

    @property
    def field(self) -> str:
        return CELL + self.name

    @property
    def is_changed(self) -> bool:
        return self.value != self.was


class Drawn:
    """A row of a file with its cells and its reasons."""

    def __init__(self, row: ImportRow, columns: Mapping[str, str]) -> None:
        self.row = row
        wrong: dict[str, list[str]] = {}
        for reason in row.reasons:
            for name in (columns.get(each, each) for each in reason["field"].split(", ") if each):
                wrong.setdefault(name, []).append(reason["message"])
        values = row.values
        self.cells = [
            Cell(name, _text(values[name]), _text(was), tuple(wrong.get(name, ()))) for name, was in row.raw.items()
        ]
        self.wrong_cells = [cell for cell in self.cells if cell.wrong][:SHOWN]
        # A reason that belongs to no cell of the row stands above them.
        self.apart = [
            reason
            for reason in row.reasons
            if not any(columns.get(each, each) in row.raw for each in reason["field"].split(", "))
        ]
        self.can_be_corrected = row.is_open and row.severity == "quarantine"

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)

    def __str__(self) -> str:
        return f"line {self.row.line} of {self.row.file}"


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def draw(rows: Sequence[ImportRow]) -> list[Drawn]:
    """Rows with their cells; the columns of checks are named as the file names them. One query, for the mappings."""
    texts = dict(Import.objects.filter(pk__in={row.made_by_id for row in rows}).values_list("pk", "mapping"))
    return [Drawn(row, _columns(texts[row.made_by_id]).get(row.file, {})) for row in rows]


@lru_cache(maxsize=32)
def _columns(text: str) -> dict[str, dict[str, str]]:
    """Per file what the mapping's columns are called in it."""
    try:
        files = read_mapping(text).mapping.files
    except MappingRefused:  # an older version of Tenure wrote it, and the rows are shown all the same
        return {}
    return {
        key: {name: column.source or name for name, column in file.columns.items() if not column.is_derived}
        for key, file in files.items()
    }


def typed_cells(row: ImportRow, given: QueryDict) -> dict[str, str]:
    """The cells that somebody has typed something else into."""
    values = row.values
    typed = {name.removeprefix(CELL): str(given[name]) for name in given if name.startswith(CELL)}
    return {name: value for name, value in typed.items() if name not in values or value != _text(values[name])}


def mend(row: ImportRow, given: QueryDict, actor: Actor) -> tuple[str, bool]:
    """Correct a row as it was typed and try it; returns what came of it in words, and whether it is loaded now."""
    tried = correct(row, typed_cells(row, given), actor)
    line = f"Line {tried.line} of {tried.file}"
    if not tried.is_open:
        return f"{line} is loaded.", True
    if tried.retry:
        return f"{line} is tried again once its import has ended.", True
    return f"{line} still cannot be loaded: {' '.join(reason['message'] for reason in tried.reasons)}", False


def mend_all(rows: Sequence[ImportRow], actor: Actor) -> str:
    """Try rows again as they are; returns what came of it."""
    by_import: dict[str, list[ImportRow]] = {}
    for row in rows:
        if row.severity == "quarantine" and row.is_open:
            by_import.setdefault(row.made_by_id, []).append(correct_row(row, values={}, actor=actor))
    if not by_import:
        raise Refused("none_selected", "Select at least one row that is set aside.")
    tried = [row for some in by_import.values() for row in some]
    for some in by_import.values():
        try_again(some[0].made_by, [row.pk for row in some])
    return outcome(tried)


def outcome(tried: Sequence[ImportRow]) -> str:
    """What became of rows that were tried: how many are loaded, how many are still set aside."""
    still = ImportRow.objects.filter(pk__in=[row.pk for row in tried], status=ImportRow.Status.OPEN).count()
    loaded = len(tried) - still
    said = f"{loaded} of {len(tried)} rows loaded" if len(tried) != 1 else f"{loaded} of 1 row loaded"
    return f"{said}; {still} still set aside." if still else f"{said}."


def dismiss_all(rows: Sequence[ImportRow], reason: str, actor: Actor) -> str:
    """Leave rows out, or accept the marks on them, for one reason; returns what was done."""
    chosen = [row for row in rows if row.is_open]
    if not chosen:
        raise Refused("none_selected", "Select at least one row that is open.")
    for row in chosen:
        dismiss_row(row, reason=reason, actor=actor)
    return f"{len(chosen)} row{'' if len(chosen) == 1 else 's'} dismissed."


def try_some(imported: Import) -> tuple[int, int]:
    """Try rows that somebody asked to have tried again, as many as one request has time for: (tried, left)."""
    tried = try_again(imported)
    return tried, ImportRow.objects.filter(made_by=imported, retry=True, status=ImportRow.Status.OPEN).count()

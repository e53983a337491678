"""Rows that were set aside, as a file that a spreadsheet opens and that can be corrected and imported again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from tenure.sources.imports import ImportRow

# A cell that begins with one of these is a formula to a spreadsheet, whoever wrote it.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
REASONS = "why it was set aside"


def harmless(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula; a plain number stays as it is."""
    text = "" if value is None else str(value)
    if not text.startswith(FORMULA):
        return text
    try:
        float(text.replace(",", "."))
    except ValueError:
        return f"'{text}"
    return text


def rows_as_csv(rows: Iterable[ImportRow]) -> Iterator[str]:
    """The rows of one file as CSV, piece by piece: line number, the cells as they stood, and the reasons."""
    header: list[str] | None = None
    for row in rows:
        if header is None:
            header = [name for name, _ in row.cells]
            yield _line(["line", *header, REASONS])
        reasons = "; ".join(reason["message"] for reason in row.reasons)
        values = row.values
        yield _line([row.line, *(values.get(name) for name in header), reasons])


def _line(cells: Iterable[Any]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow([harmless(cell) for cell in cells])
    return text.getvalue()

"""Excel workbooks, read without loading them whole, after a look at what they unpack to."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from tenure.sources.files.limits import LIMITS, FileRefused, Limits

_XML = (".xml", ".rels")


def check_workbook(path: Path, limits: Limits = LIMITS) -> None:
    """Raise FileRefused where a workbook is no archive, unpacks beyond the limits, or brings its own XML entities."""
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
            if unpacked > limits.unpacked_bytes or unpacked > limits.unpacked_ratio * max(path.stat().st_size, 1):
                raise FileRefused(path.name, f"This workbook unpacks to {unpacked:,} bytes, which no honest one does.")
            for part in archive.infolist():
                if part.filename.lower().endswith(_XML):
                    with archive.open(part) as file:
                        if b"<!DOCTYPE" in file.read(4096):
                            raise FileRefused(
                                path.name, f"{part.filename} declares its own entities; a workbook has none."
                            )
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise FileRefused(path.name, "This is no Excel workbook (.xlsx).") from error


def read_workbook(path: Path, sheet: str | None = None, limits: Limits = LIMITS) -> Iterator[tuple[int, Sequence[Any]]]:
    """The rows of a sheet (the first where unsaid) with their row numbers; the first is the header.

    Cells keep Excel's types: text, number, boolean, day, moment. Formulas give the value that was last computed.
    """
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    check_workbook(path, limits)
    try:
        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except (InvalidFileException, KeyError, ValueError, OSError) as error:
        raise FileRefused(path.name, f"This workbook cannot be read: {error}.") from error
    try:
        if sheet is not None and sheet not in book.sheetnames:
            raise FileRefused(path.name, f"There is no sheet “{sheet}”; there are {', '.join(book.sheetnames)}.")
        chosen = book[sheet] if sheet is not None else book.worksheets[0]
        chosen.reset_dimensions()  # some writers state a size that is wrong
        for number, cells in enumerate(chosen.iter_rows(values_only=True), start=1):
            if len(cells) > limits.columns and any(cell is not None for cell in cells[limits.columns :]):
                raise FileRefused(
                    path.name, f"A row has {len(cells)} cells; {limits.columns} is the most.", line=number
                )
            if any(cell not in (None, "") for cell in cells):
                yield number, [_cell(cell) for cell in cells[: limits.columns]]
    finally:
        book.close()


def _cell(value: Any) -> Any:
    match value:
        case None:
            return ""
        case bool() | int() | str() | datetime() | date():
            return value
        case float():
            return int(value) if value.is_integer() and abs(value) < 1e15 else value
        case time():
            return value.isoformat()
        case _:
            return str(value)

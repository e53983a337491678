"""Delimited text: encoding and delimiter are found where the mapping leaves them unsaid."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tenure.sources.files.limits import LIMITS, FileRefused, Limits

DELIMITERS = (",", ";", "\t", "|")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SAMPLE = 256 * 1024


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a delimited file is written: a Python codec and the character between cells."""

    encoding: str
    delimiter: str


def dialect_of(path: Path, *, encoding: str | None = None, delimiter: str | None = None) -> Dialect:
    """The dialect of a file; what is given is taken as it stands.

    A byte-order mark decides the encoding, else UTF-8 where the whole file is valid in it, else Windows-1252, which
    is what spreadsheets write. The delimiter is the one that cuts the first lines into the most cells of equal number.
    """
    found = encoding or _encoding(path)
    return Dialect(found, delimiter or _delimiter(path, found))


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(4)
        for mark, name in _MARKS:
            if head.startswith(mark):
                return name
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            decoder.decode(head)
            while chunk := file.read(1 << 20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def _delimiter(path: Path, encoding: str) -> str:
    try:
        with path.open(encoding=encoding, newline="") as file:
            sample = file.read(_SAMPLE)
    except (UnicodeError, LookupError) as error:
        raise FileRefused(path.name, f"This is no text in {encoding}: {error}.") from error
    best, most = ",", (0, 0)
    for candidate in DELIMITERS:
        widths = _widths(sample, candidate)
        if widths and widths[0] > 1:
            rank = (sum(width == widths[0] for width in widths), widths[0])
            best, most = (candidate, rank) if rank > most else (best, most)
    return best


def _widths(sample: str, delimiter: str) -> list[int]:
    """How many cells each of the first lines has; the last line of the sample may be cut and is left out."""
    try:
        rows = [
            row for _, row in zip(range(51), csv.reader(io.StringIO(sample), delimiter=delimiter), strict=False) if row
        ]
    except csv.Error:
        return []
    return [len(row) for row in (rows[:-1] if len(rows) > 1 else rows)]


def read_delimited(path: Path, dialect: Dialect, limits: Limits = LIMITS) -> Iterator[tuple[int, Sequence[str]]]:
    """The records of a file, each with the line on which it begins; the first is the header. Empty lines are left out.

    Raises FileRefused where the text cannot be decoded, a quote is never closed, or a record is larger than the limits.
    """
    csv.field_size_limit(limits.cell_characters)
    line = 1
    try:
        with path.open(encoding=dialect.encoding, newline="") as file:
            reader = csv.reader(file, delimiter=dialect.delimiter, strict=True)
            for record in reader:
                if len(record) > limits.columns:
                    raise FileRefused(
                        path.name, f"A row has {len(record)} cells; {limits.columns} is the most.", line=line
                    )
                if any(record):
                    yield line, record
                line = reader.line_num + 1
    except csv.Error as error:
        raise FileRefused(path.name, _csv_sentence(str(error), limits), line=line) from error
    except (UnicodeError, LookupError) as error:
        raise FileRefused(
            path.name, f"This is no text in {dialect.encoding}; say the file's encoding in the mapping.", line=line
        ) from error


def _csv_sentence(error: str, limits: Limits) -> str:
    if "field larger" in error:
        return f"A cell has more than {limits.cell_characters} characters; a quote may be open that is never closed."
    if "unexpected end" in error:
        return "A quote opens here and is never closed."
    return f"This line cannot be read: {error}."

"""Files as other programs write them: encodings, delimiters, quotes, workbooks, and what is turned away."""

import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from tenure.sources.files.limits import FileRefused, Limits
from tenure.sources.files.tabular import Tabular, stamp_of


def written(folder: Path, content: bytes, name: str = "rows.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def cells(table: Tabular) -> list[list[object]]:
    return [list(line.cells.values()) for line in table.lines()]


@pytest.mark.parametrize(
    ("content", "encoding", "delimiter"),
    [
        ("name,town\nZoë,Köln\n".encode(), "utf-8", ","),
        ("name,town\r\nZoë,Köln\r\n".encode("utf-8-sig"), "utf-8-sig", ","),
        ("name;town\nZoë;Köln\n".encode("cp1252"), "cp1252", ";"),
        ("name\ttown\nZoë\tKöln\n".encode("utf-16"), "utf-16", "\t"),
        ("name|town\nZoë|Köln\n".encode(), "utf-8", "|"),
    ],
    ids=["plain", "byte-order mark and CRLF", "Windows and semicolons", "UTF-16 and tabs", "bars"],
)
@pytest.mark.requirement("P-09")
def test_the_dialect_is_found(tmp_path: Path, content: bytes, encoding: str, delimiter: str) -> None:
    table = Tabular(written(tmp_path, content))
    assert table.header == ("name", "town")
    assert (table.dialect.encoding, table.dialect.delimiter) == (encoding, delimiter)
    assert cells(table) == [["Zoë", "Köln"]]


def test_a_byte_that_is_no_text_late_in_the_file_decides_the_encoding(tmp_path: Path) -> None:
    content = b"name\n" + b"plain\n" * 200_000 + "Zoë\n".encode("cp1252")
    table = Tabular(written(tmp_path, content))
    assert table.dialect.encoding == "cp1252"
    assert cells(table)[-1] == ["Zoë"]


def test_a_delimiter_inside_quotes_is_text(tmp_path: Path) -> None:
    table = Tabular(written(tmp_path, b'name,note\n"Doe, Jane","one; two; three; four"\nRoe,"a ""b"" c"\n'))
    assert cells(table) == [["Doe, Jane", "one; two; three; four"], ["Roe", 'a "b" c']]


def test_a_line_is_where_its_record_begins(tmp_path: Path) -> None:
    # The first record spans lines 2 and 3, line 4 is empty.
    table = Tabular(written(tmp_path, b'id,note\n1,"two\nlines"\n\n2,one\n'))
    assert [line.number for line in table.lines()] == [2, 5]


def test_rows_with_too_many_or_too_few_cells_say_so(tmp_path: Path) -> None:
    table = Tabular(written(tmp_path, b"a,b\n1\n1,2,3\n1,2\n"))
    assert [line.surplus for line in table.lines()] == [-1, 1, 0]


def test_a_single_column_needs_no_delimiter(tmp_path: Path) -> None:
    assert cells(Tabular(written(tmp_path, b"id\n1\n2\n"))) == [["1"], ["2"]]


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        (b'id,note\n1,"open\n2,x\n', 2, "never closed"),
        (b"id,id\n1,2\n", 1, "more than once"),
        (b"", None, "empty"),
        (b"id\n" + b"x" * 40_000 + b"\n", 2, "more than 32767 characters"),
        (b"a" + b",a" * 600 + b"\n", 1, "601 cells"),
    ],
    ids=["open quote", "repeated header", "empty", "huge cell", "too wide"],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_line(
    tmp_path: Path, content: bytes, line: int | None, says: str
) -> None:
    with pytest.raises(FileRefused, match=says) as refused:
        list(Tabular(written(tmp_path, content)).lines())
    assert refused.value.line == line
    assert str(refused.value).startswith("rows.csv")


def test_a_wrong_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="no text in utf-8"):
        Tabular(written(tmp_path, "name\nZoë\n".encode("cp1252")), encoding="utf-8").lines()


def test_a_file_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, b"id\n" + b"1\n" * 100)
    with pytest.raises(FileRefused, match="203 bytes"):
        stamp_of(path, Limits(file_bytes=100))


def workbook(folder: Path, rows: list[list[object]], title: str = "Data") -> Path:
    book = Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    path = folder / "rows.xlsx"
    book.save(path)
    return path


@pytest.mark.requirement("P-09")
def test_a_workbook_keeps_the_types_of_its_cells(tmp_path: Path) -> None:
    rows = [
        ["id", "on", "amount", "live", "note"],
        ["A1", date(2026, 1, 5), 12.0, True, None],
        ["A2", None, 0.5, False, "x"],
    ]
    table = Tabular(workbook(tmp_path, rows))
    assert table.header == ("id", "on", "amount", "live", "note")
    assert cells(table) == [
        ["A1", datetime(2026, 1, 5), 12, True, ""],
        ["A2", "", 0.5, False, "x"],
    ]
    assert [line.number for line in table.lines()] == [2, 3]


def test_a_sheet_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="no sheet “Other”; there are Data"):
        Tabular(workbook(tmp_path, [["id"]]), sheet="Other")


def zipped(folder: Path, **parts: bytes) -> Path:
    path = folder / "rows.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return path


def test_a_workbook_that_unpacks_beyond_reason_is_refused(tmp_path: Path) -> None:
    # 30 MB of spaces pack into some 30 kB: a thousand to one.
    path = zipped(tmp_path, xl__sheet_xml=b" " * 30_000_000)
    with pytest.raises(FileRefused, match="which no honest one does"):
        Tabular(path)


def test_a_workbook_with_entities_of_its_own_is_refused(tmp_path: Path) -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    with pytest.raises(FileRefused, match="declares its own entities"):
        Tabular(zipped(tmp_path, xl__workbook_xml=bomb))


@pytest.mark.parametrize("content", [b"no archive at all", b"PK\x03\x04 cut off"])
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(FileRefused, match="no Excel workbook"):
        Tabular(written(tmp_path, content, "rows.xlsx"))


def test_an_archive_without_a_workbook_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="cannot be read"):
        Tabular(zipped(tmp_path, readme=b"hello"))


def test_reading_a_workbook_again_starts_from_the_top(tmp_path: Path) -> None:
    table = Tabular(workbook(tmp_path, [["id"], [1], [2]]))
    assert cells(table) == cells(table) == [[1], [2]]

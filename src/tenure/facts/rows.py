"""Rows on their way into the lake: checked, filled with what they leave unsaid, and turned into Arrow."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tenure.facts.tables import TYPES, LakeTable

# A day that a row leaves out is the company's day of this moment.
_DAY_OF = {"day": "happened_at", "known_day": "known_at"}


class LakeError(Exception):
    """Rows, a table or a request that the lake cannot take: what is wrong and where."""


def to_arrow(table: LakeTable, rows: pa.Table | Sequence[Mapping[str, Any]], zone: str) -> pa.Table:
    """The rows as an Arrow table with exactly the columns of `table`, in its order.

    Days that rows leave out are the company's days, in `zone`, of the moments they state; a key that coverage leaves
    out is drawn from its content. Raises LakeError on a column that the table has not, on a missing value that it
    must have, on a moment without a zone and on a value of another type.
    """
    columns = _from_arrow(table, rows) if isinstance(rows, pa.Table) else _from_mappings(table, rows)
    for name, moment in _DAY_OF.items():
        if name in table.columns and moment in table.columns and columns[name].null_count:
            columns[name] = pc.coalesce(columns[name], _days(columns[moment], zone))
    if table.key == "key" and columns["key"].null_count == len(columns["key"]):
        columns["key"] = _content_keys(table, columns)
    for name, column in table.columns.items():
        if column.default is not None:
            columns[name] = pc.coalesce(columns[name], pa.scalar(column.default, TYPES[column.type][1]))
        if column.required and columns[name].null_count:
            raise LakeError(f"{table.name}: {columns[name].null_count} rows have no {name}")
    return pa.table(columns, schema=table.arrow())


def _from_arrow(table: LakeTable, rows: pa.Table) -> dict[str, pa.Array]:
    _check_names(table, rows.column_names)
    columns: dict[str, pa.Array] = {}
    for field in table.arrow():
        if field.name not in rows.column_names:
            columns[field.name] = pa.nulls(rows.num_rows, field.type)
            continue
        given = rows.column(field.name).combine_chunks()
        if pa.types.is_timestamp(given.type) and given.type.tz is None:
            raise LakeError(f"{table.name}: {field.name} says no zone; moments are aware")
        try:
            columns[field.name] = given.cast(field.type)
        except pa.ArrowInvalid as error:
            raise LakeError(f"{table.name}: {field.name}: {error}") from error
    return columns


def _from_mappings(table: LakeTable, rows: Sequence[Mapping[str, Any]]) -> dict[str, pa.Array]:
    _check_names(table, {name for row in rows for name in row})
    columns: dict[str, pa.Array] = {}
    for name, column in table.columns.items():
        take = _TAKES[column.type]
        try:
            values = [None if (value := row.get(name)) is None else take(value) for row in rows]
        except (TypeError, ValueError) as error:
            raise LakeError(f"{table.name}: {name}: {error}") from error
        columns[name] = pa.array(values, TYPES[column.type][1])
    return columns


def _check_names(table: LakeTable, names: Iterable[str]) -> None:
    unknown = sorted(set(names) - set(table.columns))
    if unknown:
        raise LakeError(f"{table.name} has no column {', '.join(unknown)}; it has {', '.join(table.columns)}")


def _days(moments: pa.Array, zone: str) -> pa.Array:
    local = pc.local_timestamp(moments.cast(pa.timestamp("us", tz=zone)))
    return local.cast(pa.date32(), safe=False)


def _content_keys(table: LakeTable, columns: Mapping[str, pa.Array]) -> pa.Array:
    """Keys by what rows say, whenever they say it: the same statement made twice is one row."""
    said = [name for name in table.columns if name not in ("key", "known_at", "recorded_at", "retracted")]
    lines = zip(*(columns[name].to_pylist() for name in said), strict=True)
    digests = [hashlib.sha256(json.dumps(line, default=str).encode()).hexdigest()[:32] for line in lines]
    return pa.array(digests, TYPES["text"][1])


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, default=_json, sort_keys=True, ensure_ascii=False)
    raise TypeError(f"{value!r} is no text")


def _json(value: Any) -> Any:
    """What JSON has no word for: a decimal is a number, a day and a moment are ISO 8601."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} cannot be kept as JSON")


def _number(value: Any) -> float:
    if isinstance(value, bool | int | float | Decimal):
        return float(value)
    raise TypeError(f"{value!r} is no number")


def _integer(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise TypeError(f"{value!r} is no whole number")


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise TypeError(f"{value!r} is neither true nor false")


def _moment(value: Any) -> datetime:
    if not isinstance(value, datetime):
        raise TypeError(f"{value!r} is no moment")
    if value.tzinfo is None:
        raise ValueError(f"{value.isoformat()} says no zone; moments are aware")
    return value.astimezone(UTC)


def _day(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise TypeError(f"{value!r} is no day")


_TAKES: Mapping[str, Callable[[Any], Any]] = {
    "text": _text,
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "moment": _moment,
    "day": _day,
}

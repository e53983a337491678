"""From a cell to a typed value, by what the mapping says of its column."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from tenure.sources.mapping.model import Column
from tenure.sources.rows.formats import read_day, read_moment

TRUE = frozenset(("true", "t", "yes", "y", "1", "on"))
FALSE = frozenset(("false", "f", "no", "n", "0", "off"))
_POINT = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?([eE][+-]?\d{1,3})?")
_COMMA = re.compile(r"[+-]?(\d{1,3}([. ]\d{3})+|\d+)?(,\d+)?")
_SPACES = dict.fromkeys(map(ord, " \u00a0\u202f"), " ")
_CURRENCY = "$€£¥"
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


class Misfit(ValueError):
    """A cell that is not what its column should hold: a stable code, a sentence, and the mend."""

    def __init__(self, code: str, message: str, mend: str = "") -> None:
        self.code, self.message, self.mend = code, message, mend
        super().__init__(message)


Convert = Callable[[Any], Any]


def converter(column: Column, zone: str) -> Convert:
    """A function from a cell to the column's typed value, None where the cell is empty. It raises Misfit."""
    read = partial(_READERS[column.type], column, ZoneInfo(zone))
    bounded = column.least is not None or column.most is not None

    def convert(cell: Any) -> Any:
        text = cell.strip() if isinstance(cell, str) else cell
        if text in column.empty or text is None:
            if column.default is not None:
                return column.default
            if column.required:
                raise Misfit("missing", "This is empty.", "Fill it in, or dismiss the row.")
            return None
        if column.values is not None:
            return _mapped(column, str(text))
        value = read(text)
        if bounded:
            _check_bounds(column, value)
        return value

    return convert


def _mapped(column: Column, text: str) -> Any:
    values = column.values or {}
    if text in values:
        return values[text]
    folded = {key.casefold(): value for key, value in values.items()}
    if text.casefold() in folded:
        return folded[text.casefold()]
    if column.otherwise is not None:
        return column.otherwise
    known = ", ".join(list(values)[:12])
    raise Misfit("unknown_value", f"“{text[:60]}” is none of {known}.", "Write one of them, or add it to the mapping.")


def _check_bounds(column: Column, value: Any) -> None:
    if column.least is not None and value < column.least:
        raise Misfit("too_small", f"{value} is less than {column.least}.")
    if column.most is not None and value > column.most:
        raise Misfit("too_large", f"{value} is more than {column.most}.")


def _text(column: Column, zone: ZoneInfo, cell: Any) -> str:
    text = cell.isoformat() if isinstance(cell, date) else str(cell)
    if _UNREADABLE.search(text):
        raise Misfit("control_character", "This holds an invisible control character.", "Take it out.")
    return text


def _number(column: Column, zone: ZoneInfo, cell: Any) -> Decimal:
    if isinstance(cell, bool):
        raise Misfit("not_a_number", "This is true or false, not a number.")
    if isinstance(cell, int | float):
        return Decimal(str(cell))
    text = str(cell).translate(_SPACES).strip(_CURRENCY + " ")
    point = column.decimal == "point"
    if text and (_POINT if point else _COMMA).fullmatch(text) and any(letter.isdigit() for letter in text):
        plain = text.replace(",", "") if point else re.sub("[. ]", "", text).replace(",", ".")
        try:
            value = Decimal(plain)
        except InvalidOperation:
            value = Decimal("nan")
        if value.is_finite() and abs(value) < Decimal(10) ** 30:
            return value
    example = "1234.50" if point else "1234,50"
    raise Misfit("not_a_number", f"“{str(cell)[:60]}” is no number.", f"Write it as {example}.")


def _integer(column: Column, zone: ZoneInfo, cell: Any) -> int:
    value = _number(column, zone, cell)
    if value != value.to_integral_value():
        raise Misfit("not_whole", f"{value} is no whole number.")
    return int(value)


def _boolean(column: Column, zone: ZoneInfo, cell: Any) -> bool:
    if isinstance(cell, bool):
        return cell
    word = str(cell).lower()
    if word in TRUE or word in FALSE:
        return word in TRUE
    raise Misfit("not_a_boolean", f"“{word[:60]}” is neither true nor false.", "Write true or false.")


def _day(column: Column, zone: ZoneInfo, cell: Any) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    try:
        return read_day(str(cell), column.format)
    except ValueError as error:
        pattern = column.format or "YYYY-MM-DD"
        raise Misfit("not_a_day", f"“{str(cell)[:60]}” is no day.", f"Write it as {pattern}.") from error


def _moment(column: Column, zone: ZoneInfo, cell: Any) -> datetime:
    if isinstance(cell, date):
        return aware(cell, zone)
    try:
        return aware(read_moment(str(cell), column.format), zone)
    except ValueError as error:
        pattern = column.format or "YYYY-MM-DD HH:mm"
        raise Misfit("not_a_moment", f"“{str(cell)[:60]}” is no moment.", f"Write it as {pattern}.") from error


def aware(value: date | datetime, zone: ZoneInfo) -> datetime:
    """A moment in UTC; a day is the moment at which it begins, and what says no zone is meant in `zone`."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, datetime.min.time())
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)


_READERS: dict[str, Callable[[Column, ZoneInfo, Any], Any]] = {
    "text": _text,
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "day": _day,
    "moment": _moment,
}

UNITS = {
    "seconds": timedelta(seconds=1),
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
}


def later(start: date | datetime | None, amount: Any, unit: str, zone: ZoneInfo) -> datetime | None:
    """The moment so much later; None where either is unknown. Raises Misfit where it lies beyond the calendar."""
    if start is None or amount is None:
        return None
    try:
        return aware(start, zone) + float(amount) * UNITS[unit]
    except OverflowError as error:
        raise Misfit("beyond_calendar", f"{amount} {unit} later lies beyond the calendar.") from error

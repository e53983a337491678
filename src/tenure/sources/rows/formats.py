"""Days and moments as exports write them: a pattern of letters such as ``DD-MM-YYYY HH:mm``."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PARTS = {
    "YYYY": r"(?P<year>\d{4})",
    "YY": r"(?P<short>\d{2})",
    "MMMM": r"(?P<name>[A-Za-z]{3,9})",
    "MMM": r"(?P<name>[A-Za-z]{3})",
    "MM": r"(?P<month>\d{1,2})",
    "DD": r"(?P<day>\d{1,2})",
    "HH": r"(?P<hour>\d{1,2})",
    "hh": r"(?P<half>\d{1,2})",
    "mm": r"(?P<minute>\d{2})",
    "ss": r"(?P<second>\d{2}(?:\.\d{1,6})?)",
    "A": r"(?P<noon>[AaPp]\.?[Mm]\.?)",
    "Z": r"(?P<zone>Z|[+-]\d{2}:?\d{2})",
}
_TOKEN = re.compile("|".join(sorted(_PARTS, key=len, reverse=True)))
UNIX = {"unix": 1, "unix_ms": 1000}

Parse = Callable[[str], datetime]


@lru_cache(maxsize=256)
def reader_of(pattern: str) -> Parse:
    """A function from text to a moment, with the zone where the pattern has one. It raises ValueError on a misfit.

    Raises ValueError where the pattern names no year, month and day, or names a part twice.
    """
    if pattern in UNIX:
        return _unix(UNIX[pattern])
    parts = _TOKEN.findall(pattern)
    date_parts = {"year": {"YYYY", "YY"}, "month": {"MM", "MMM", "MMMM"}, "day": {"DD"}}
    for name, choices in date_parts.items():
        if len(choices & set(parts)) != 1:
            raise ValueError(f"the format {pattern!r} says no {name}; write it as DD-MM-YYYY or YYYY-MM-DD HH:mm")
    if len(parts) != len(set(parts)):
        raise ValueError(f"the format {pattern!r} says a part twice")
    expression = _regex(pattern)

    def read(text: str) -> datetime:
        found = expression.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"{text!r} is not written as {pattern}")
        return _moment(found.groupdict())

    return read


def _regex(pattern: str) -> re.Pattern[str]:
    built, position = "", 0
    for match in _TOKEN.finditer(pattern):
        built += re.escape(pattern[position : match.start()]) + _PARTS[match.group()]
        position = match.end()
    return re.compile(built + re.escape(pattern[position:]))


def _moment(parts: dict[str, str | None]) -> datetime:
    year = int(parts["year"] or 0) if parts.get("year") else 2000 + int(parts["short"] or 0)
    if name := parts.get("name"):
        short = name[:3].lower()
        if short not in _MONTHS:
            raise ValueError(f"{name!r} is no month")
        month = _MONTHS.index(short) + 1
    else:
        month = int(parts["month"] or 0)
    seconds = float(parts.get("second") or 0)
    made = datetime(year, month, int(parts["day"] or 0), _hour(parts), int(parts.get("minute") or 0), tzinfo=None)  # noqa: DTZ001 - the zone follows
    made += timedelta(seconds=seconds)
    return made.replace(tzinfo=_zone(parts["zone"])) if parts.get("zone") else made


def _hour(parts: dict[str, str | None]) -> int:
    if parts.get("hour") is not None:
        return int(parts["hour"] or 0)
    half = int(parts.get("half") or 0)
    if not parts.get("noon"):
        return half
    if not 1 <= half <= 12:
        raise ValueError(f"{half} is no hour of a twelve-hour clock")
    return half % 12 + (12 if (parts["noon"] or "").lower().startswith("p") else 0)


def _zone(text: str | None) -> timezone:
    if text is None or text == "Z":
        return UTC
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "")
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))


def _unix(scale: int) -> Parse:
    def read(text: str) -> datetime:
        try:
            return datetime.fromtimestamp(float(text) / scale, UTC)
        except (ValueError, OverflowError, OSError) as error:
            raise ValueError(f"{text!r} counts no seconds since 1970") from error

    return read


_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?")


def read_moment(text: str, pattern: str | None) -> datetime:
    """The moment that a text says, naive where neither text nor pattern says a zone.

    ISO 8601 is understood beside any pattern: nothing else begins with a year of four digits and a hyphen. Raises
    ValueError.
    """
    text = text.strip()
    if pattern in (None, "iso") or (_ISO.fullmatch(text) and pattern not in UNIX):
        return datetime.fromisoformat(text)
    return reader_of(pattern)(text)


@lru_cache(maxsize=65_536)
def read_day(text: str, pattern: str | None) -> date:
    """The day that a text says; a time beside it must be midnight. Raises ValueError."""
    moment = read_moment(text, pattern)
    if (moment.hour, moment.minute, moment.second) != (0, 0, 0):
        raise ValueError(f"{text!r} is a moment, not a day")
    return moment.date()

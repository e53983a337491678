"""A recipe filled: its places replaced by values, each with its type, and paths that cannot be left. No Django."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Final, Literal
from urllib.parse import quote

from tenure.blueprint.schema.tools import PLACE

Values = Mapping[str, Any]
Unknown = Literal["left_out", "null", "empty"]
LONGEST_TEXT = 2_000


class _Absent:
    """Stands where a value is not known and nothing is written."""


ABSENT: Final = _Absent()


def fill(template: Any, values: Values, unknown: Unknown = "left_out") -> Any:
    """What a recipe's mapping, list or text becomes. A text that is one place keeps the value's type."""
    match template:
        case str():
            return _text(template, values, unknown)
        case Mapping():
            filled = {key: fill(each, values, unknown) for key, each in template.items()}
            kept = {key: each for key, each in filled.items() if each is not ABSENT}
            return ABSENT if template and not kept else kept
        case list() | tuple():
            every = [fill(each, values, unknown) for each in template]
            return [each for each in every if each is not ABSENT]
        case _:
            return plain(template)


def _text(template: str, values: Values, unknown: Unknown) -> Any:
    whole = PLACE.fullmatch(template)
    if whole is None:
        return PLACE.sub(lambda found: said(formed(values.get(found[1]), found[2])), template)[:LONGEST_TEXT]
    value = formed(values.get(whole[1]), whole[2])
    if value is None:
        return {"left_out": ABSENT, "null": None, "empty": ""}[unknown]
    return value


def path(template: str, values: Values) -> str | None:
    """A path with its places filled, each as one step that leads nowhere else; None where one is not known."""
    known = True

    def step(found: re.Match[str]) -> str:
        nonlocal known
        text = said(formed(values.get(found[1]), found[2])).strip()
        known = known and text not in ("", ".", "..")
        return quote(text, safe="")

    filled = PLACE.sub(step, template)
    return filled if known else None


def text(template: str, values: Values) -> str:
    """A text with its places filled; what is not known leaves a gap."""
    return PLACE.sub(lambda found: said(formed(values.get(found[1]), found[2])), template)


def formed(value: Any, form: str | None) -> Any:
    """A value as JSON takes it, in one of the forms that a recipe may ask for; None where it is not known."""
    if value is None or value == "":
        return None
    match form:
        case "ms":
            begins = value if isinstance(value, datetime) else _begins(value)
            return None if begins is None else int(begins.timestamp() * 1000)
        case "day":
            return (value.date() if isinstance(value, datetime) else value).isoformat() if _is_day(value) else None
        case "percent":
            return plain(round(Decimal(str(value)) * 100)) if isinstance(value, int | float | Decimal) else None
        case "slug":
            return slug(said(plain(value))) or None
        case "text":
            return said(plain(value))
        case _:
            return plain(value)


def _is_day(value: Any) -> bool:
    return isinstance(value, date)


def _begins(day: Any) -> datetime | None:
    return datetime.combine(day, time(), UTC) if isinstance(day, date) else None


def slug(name: str) -> str:
    """A name of small letters, figures and hyphens, such as ``northwind-traders``."""
    plainer = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plainer).strip("-")[:60]


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    match value:
        case Decimal():
            short = round(value, 4)
            return int(short) if short == short.to_integral_value() else float(short)
        case date():
            return value.isoformat()
        case _:
            return value


def said(value: Any) -> str:
    """A value inside a text."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)


def part_of(answer: Any, way: str) -> Any:
    """What stands in an answer under a dotted name, ``channel.id``; None where nothing does."""
    for step in filter(None, way.split(".")):
        if isinstance(answer, Mapping):
            answer = answer.get(step)
        elif isinstance(answer, list) and step.isdigit() and int(step) < len(answer):
            answer = answer[int(step)]
        else:
            return None
    return answer

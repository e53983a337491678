"""What a mapping's values are for one row: expressions, wordings and references, made ready once per file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from tenure.blueprint.expressions import Column as Name
from tenure.blueprint.expressions import columns, parse
from tenure.sources.mapping.model import Colleague, Constant, Object, Ref, Several, Wording
from tenure.sources.rows.values import Misfit, aware
from tenure.sources.rows.wording import fill, placeholders
from tenure.watch.compiled import compile_expression

Row = Mapping[str, Any]
Taker = Callable[[Row], Any]


@dataclass(frozen=True, slots=True)
class Reference:
    """A row of another noun, by its external key; resolved to an id when it is used."""

    source: str
    noun: str
    key: str
    optional: bool = False

    def __str__(self) -> str:
        return f"{self.source}/{self.noun}/{self.key}"


@dataclass(frozen=True, slots=True)
class ColleagueAt:
    """One of our own people by their e-mail address."""

    email: str


def expression_of(text: str) -> Taker:
    """An expression over a row; a bare column gives its value with the type that it has."""
    tree = parse(text)
    if isinstance(tree, Name) and tree.key == tree.name:
        name = tree.name
        return lambda row: row.get(name)
    return compile_expression(tree)


@lru_cache(maxsize=4096)
def names_in(text: str) -> frozenset[str]:
    """The columns that an expression reads."""
    return frozenset(column.name for column in columns(parse(text)))


def take_of(take: Any, source: str) -> Taker:
    """A function from a row to what an argument is; references stay `Reference` and colleagues `ColleagueAt`."""
    match take:
        case str():
            return expression_of(take)
        case Constant():
            constant = take.value
            return lambda _: constant
        case Wording():
            text = take.text
            return lambda row: fill(text, row)
        case Ref():
            return reference_of(take, source)
        case Colleague():
            column = take.person
            return lambda row: ColleagueAt(str(row[column]).strip().lower()) if row.get(column) else None
        case Object():
            parts = {name: take_of(each, source) for name, each in take.object.items()}
            return lambda row: {name: value for name, each in parts.items() if (value := each(row)) is not None}
        case Several():
            listed = [take_of(each, source) for each in take.list]
            return lambda row: [value for each in listed if (value := each(row)) is not None]
        case _:
            number = take
            return lambda _: number


def reference_of(ref: Ref, source: str) -> Callable[[Row], Reference | None]:
    """A function from a row to the row that it refers to; None where the column is empty."""
    column, of, noun, optional = ref.column, ref.source or source, ref.ref, ref.optional

    def refer(row: Row) -> Reference | None:
        value = row.get(column)
        return None if value is None or value == "" else Reference(of, noun, str(value), optional)

    return refer


def moment_of(text: str | None, zone: ZoneInfo) -> Callable[[Row], datetime | None]:
    """A function from a row to a moment; a day is the moment at which it begins in the zone."""
    if text is None:
        return lambda _: None
    take = expression_of(text)

    def read(row: Row) -> datetime | None:
        value = take(row)
        if value is None:
            return None
        if not isinstance(value, date):
            raise Misfit("not_a_moment", f"“{value}” is neither a day nor a moment.")
        return aware(value, zone)

    return read


def names_of(take: Any) -> Iterable[str]:
    """The columns that a value reads."""
    match take:
        case str():
            return names_in(take)
        case Wording():
            return placeholders(take.text)
        case Ref():
            return (take.column,)
        case Colleague():
            return (take.person,)
        case Object():
            return [name for each in take.object.values() for name in names_of(each)]
        case Several():
            return [name for each in take.list for name in names_of(each)]
        case _:
            return ()


def as_json(value: Any) -> Any:
    """A value as it goes into a digest or into JSON: exact, and the same for equal values."""
    match value:
        case None | bool() | int() | str():
            return value
        case Decimal():
            return int(value) if value == value.to_integral_value() else f"{value.normalize():f}"
        case date():
            return value.isoformat()
        case Reference():
            return str(value)
        case ColleagueAt(email):
            return f"colleague/{email}"
        case Mapping():
            return {str(key): as_json(each) for key, each in value.items()}
        case list() | tuple():
            return [as_json(each) for each in value]
        case _:
            return str(value)

"""What a trigger of the blueprint asks for: the kind of fact, and the values that its fields must have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from tenure.blueprint.expressions import Binary, Column, Expr, In, Literal, parse
from tenure.blueprint.model import Trigger
from tenure.facts.contract import Fact
from tenure.watch.compiled import compile_expression
from tenure.watch.terms import FactView


@dataclass(frozen=True)
class Wish:
    """A fact that somebody should bring about: its kind, and per field of its data the values that would do."""

    kind: str
    fields: Mapping[str, tuple[Any, ...]]

    def one(self, field: str, otherwise: Any = None) -> Any:
        """The first value that would do for a field."""
        values = self.fields.get(field)
        return values[0] if values else otherwise


def wish_of(trigger: Trigger) -> Wish:
    """What a trigger asks for, as far as it names values: conditions of another form are left to luck."""
    fields: dict[str, tuple[Any, ...]] = {}
    for name, values in _named(parse(trigger.where)) if trigger.where else ():
        fields.setdefault(name, values)
    return Wish(trigger.on, fields)


def _named(expr: Expr) -> Iterator[tuple[str, tuple[Any, ...]]]:
    match expr:
        case Binary("and", left, right):
            yield from _named(left)
            yield from _named(right)
        case Binary("=", Column(name), Literal(value)) | Binary("=", Literal(value), Column(name)) if name.startswith(
            "data."
        ):
            yield name.removeprefix("data."), (_plain(value),)
        case In(Column(name), items) if name.startswith("data."):
            yield name.removeprefix("data."), tuple(_plain(item.value) for item in items)


def _plain(value: Decimal | str | bool | date | None) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def fits(trigger: Trigger, fact: Fact, account: Mapping[str, Any] | None = None) -> bool:
    """Whether a fact is one that the trigger waits for."""
    if fact.kind != trigger.on:
        return False
    return trigger.where is None or _compiled(trigger.where)(FactView(fact, account)) is True


@lru_cache(maxsize=512)
def _compiled(where: str) -> Any:
    return compile_expression(parse(where))

"""The names that expressions over accounts may use in this company, and the segments that an account belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tenure.blueprint import expressions
from tenure.blueprint.expressions import Column, Expr
from tenure.blueprint.model import Model
from tenure.measures.request import ACCOUNT_FIELDS
from tenure.watch.compiled import Compiled, compile_expression

_FIELD_TYPES = {"choice": "text", "link": "text"}


@dataclass(frozen=True)
class Names:
    """What a name stands for: a field of an account, with its type, or an own measure, with its definition."""

    fields: Mapping[str, str]
    definitions: Mapping[str, Expr]

    def parse(self, text: str) -> Expr:
        """An expression with the company's own measures replaced by what they stand for. Raises ExpressionError."""
        parsed = expressions.parse(text)
        return expressions.substitute(parsed, dict(self.definitions)) if self.definitions else parsed

    def columns(self, text: str) -> frozenset[Column]:
        """The measures that an expression needs taken: fields and the day itself are at hand."""
        found = expressions.columns(self.parse(text))
        return frozenset(each for each in found if each.name != expressions.DAY)


def custom_fields(model: Model) -> dict[str, str]:
    """The company's own fields of accounts, with the types that expressions know."""
    own = {key: field for key, field in model.fields.items() if field.on == "account"}
    return {key: _FIELD_TYPES.get(field.type, field.type) for key, field in own.items()}


def names_of(model: Model) -> Names:
    """The names of one blueprint."""
    definitions = {key: expressions.parse(measure.is_) for key, measure in model.measures.items()}
    return Names({**ACCOUNT_FIELDS, **custom_fields(model)}, definitions)


_compiled: dict[Expr, Compiled] = {}


def evaluate(expr: Expr, values: Mapping[str, Any]) -> Any:
    """An expression's value; what it is compiled to is kept."""
    if expr not in _compiled:
        if len(_compiled) > 2000:
            _compiled.clear()
        _compiled[expr] = compile_expression(expr)
    return _compiled[expr](values)


def is_true(model: Model, text: str, values: Mapping[str, Any]) -> bool | None:
    """Whether a condition holds over an account's values; None where that is unknown."""
    found = evaluate(names_of(model).parse(text), values)
    return None if found is None else bool(found)


def segments_of(names: Names, model: Model, values: Mapping[str, Any]) -> str:
    """The segments that an account is in, as keys between spaces."""
    keys = [key for key, segment in model.segments.items() if evaluate(names.parse(segment.where), values) is True]
    return f" {' '.join(keys)} " if keys else ""

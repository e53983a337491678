"""The names that expressions over accounts may use in this company, and the segments that an account belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    _parsed: dict[str, Expr] = field(default_factory=dict, init=False, repr=False, compare=False)

    def parse(self, text: str) -> Expr:
        """An expression with the company's own measures replaced by what they stand for. Raises ExpressionError."""
        if text not in self._parsed:
            if len(self._parsed) > 2000:  # lists are filtered by whatever people write
                self._parsed.clear()
            self._parsed[text] = expressions.substitute(expressions.parse(text), dict(self.definitions))
        return self._parsed[text]

    def columns(self, text: str) -> frozenset[Column]:
        """The measures that an expression needs taken: fields and the day itself are at hand."""
        found = expressions.columns(self.parse(text))
        return frozenset(each for each in found if each.name != expressions.DAY)


def custom_fields(model: Model) -> dict[str, str]:
    """The company's own fields of accounts, with the types that expressions know."""
    own = {key: field for key, field in model.fields.items() if field.on == "account"}
    return {key: _FIELD_TYPES.get(field.type, field.type) for key, field in own.items()}


_names: dict[int, tuple[Model, Names]] = {}


def names_of(model: Model) -> Names:
    """The names of one blueprint; those of the last few are kept."""
    if id(model) not in _names:
        if len(_names) > 8:
            _names.clear()
        definitions = {key: expressions.parse(measure.is_) for key, measure in model.measures.items()}
        # The model is kept beside its names, so that its identity is not given to another one.
        _names[id(model)] = model, Names({**ACCOUNT_FIELDS, **custom_fields(model)}, definitions)
    return _names[id(model)][1]


_compiled: dict[int, tuple[Expr, Compiled]] = {}


def evaluate(expr: Expr, values: Mapping[str, Any]) -> Any:
    """An expression's value; what it is compiled to is kept by the tree itself, which `Names.parse` gives again."""
    found = _compiled.get(id(expr))
    if found is None:
        if len(_compiled) > 4000:
            _compiled.clear()
        found = _compiled[id(expr)] = expr, compile_expression(expr)
    return found[1](values)


def is_true(model: Model, text: str, values: Mapping[str, Any]) -> bool | None:
    """Whether a condition holds over an account's values; None where that is unknown."""
    found = evaluate(names_of(model).parse(text), values)
    return None if found is None else bool(found)


def segments_of(names: Names, model: Model, values: Mapping[str, Any]) -> str:
    """The segments that an account is in, as keys between spaces."""
    keys = [key for key, segment in model.segments.items() if evaluate(names.parse(segment.where), values) is True]
    return f" {' '.join(keys)} " if keys else ""

"""What kind of value an expression gives, and whether it would pass an unknown off as something known."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from tenure.blueprint.expression_scan import ExpressionError, nearest
from tenure.blueprint.expression_tree import (
    ARITHMETIC,
    LOGIC,
    Between,
    Binary,
    Call,
    Case,
    Column,
    Expr,
    In,
    IsNull,
    Literal,
    Negate,
    Not,
    Value,
    walk,
)

Types: TypeAlias = Mapping[str, str]

# Field types of facts, as the language sees them. "any" fits everything: the type of what is wrong already.
KIND_OF = {"integer": "number", "id": "text", "list": "object", "null": "any"}
ORDERED = ("number", "text", "day", "moment")
ARTICLE = {
    "number": "a number",
    "text": "a text",
    "boolean": "true or false",
    "day": "a day",
    "moment": "a moment",
    "object": "a list or an object",
    "any": "unknown",
}


def infer_type(expr: Expr, types: Types) -> str:
    """``number``, ``text``, ``boolean``, ``day``, ``moment``, or ``any`` for null alone.

    `types` gives the type of every name. Raises ExpressionError at the first unknown name or misfit.
    """
    match expr:
        case Literal(value):
            return _of_value(value)
        case Column(name):
            if name not in types:
                raise ExpressionError(f"there is no “{name}”", expr.at, nearest(name, frozenset(types)))
            kind = KIND_OF.get(types[name], types[name])
            if kind == "object":
                raise ExpressionError(f"“{name}” holds {ARTICLE[kind]}, which has no place in an expression", expr.at)
            return kind
        case Negate(operand):
            return _expect(operand, types, "number", "minus")
        case Not(operand):
            return _expect(operand, types, "boolean", "not")
        case IsNull(operand):
            infer_type(operand, types)
            return "boolean"
        case Binary():
            return _binary(expr, types)
        case Between(operand, low, high):
            return _compared((operand, low, high), types, "between", ordered=True)
        case In(operand, items):
            return _compared((operand, *items), types, "in", ordered=False)
        case Case():
            return _case(expr, types)
        case Call():
            return _call(expr, types)


def _of_value(value: Value) -> str:
    match value:
        case bool():
            return "boolean"
        case Decimal():
            return "number"
        case str():
            return "text"
        case date():
            return "day"
        case None:
            return "any"


def _expect(expr: Expr, types: Types, kind: str, what: str) -> str:
    found = infer_type(expr, types)
    if found not in (kind, "any"):
        raise ExpressionError(f"{what} wants {ARTICLE[kind]}, and this is {ARTICLE[found]}", expr.at)
    return kind


def _same(exprs: tuple[Expr, ...], types: Types, what: str) -> str:
    """The one type that all of them have."""
    common = "any"
    for expr in exprs:
        found = infer_type(expr, types)
        if "any" in (common, found):
            common = found if common == "any" else common
        elif found != common:
            raise ExpressionError(f"{what} puts {ARTICLE[common]} beside {ARTICLE[found]}", expr.at)
    return common


def _compared(exprs: tuple[Expr, ...], types: Types, what: str, *, ordered: bool) -> str:
    for expr in exprs:
        if isinstance(expr, Literal) and expr.value is None:
            raise ExpressionError("a comparison with null is never true; write “is null”", expr.at)
    common = _same(exprs, types, what)
    if ordered and common not in (*ORDERED, "any"):
        raise ExpressionError(f"{what} wants values that have an order, and this is {ARTICLE[common]}", exprs[0].at)
    return "boolean"


def _binary(expr: Binary, types: Types) -> str:
    if expr.op in LOGIC:
        _expect(expr.left, types, "boolean", expr.op)
        return _expect(expr.right, types, "boolean", expr.op)
    if expr.op in ARITHMETIC:
        _expect(expr.left, types, "number", f"“{expr.op}”")
        return _expect(expr.right, types, "number", f"“{expr.op}”")
    return _compared((expr.left, expr.right), types, f"“{expr.op}”", ordered=expr.op not in ("=", "!="))


def _case(expr: Case, types: Types) -> str:
    for when, _ in expr.whens:
        _expect(when, types, "boolean", "when")
    values = tuple(then for _, then in expr.whens)
    return _same(values if expr.otherwise is None else (*values, expr.otherwise), types, "case")


def _call(expr: Call, types: Types) -> str:
    match expr.name:
        case "lower":
            return _expect(expr.args[0], types, "text", "lower")
        case "days_since":
            _expect(expr.args[0], types, "day", "days_since")
            return "number"
        case "abs" | "round":
            return _expect(expr.args[0], types, "number", expr.name)
        case "coalesce":
            return _same(expr.args, types, "coalesce")
        case _:
            common = _same(expr.args, types, expr.name)
            if common not in ("number", "day", "any"):
                raise ExpressionError(f"{expr.name} wants numbers or days, and this is {ARTICLE[common]}", expr.at)
            return common


def hidden_unknown(expr: Expr, is_measure: Callable[[str], bool]) -> ExpressionError | None:
    """The place where a measure's unknown would turn into something known, or None.

    ``coalesce`` over a measure does, and a ``case`` that gives a number or a text by a condition over a measure: where
    the measure is unknown, the condition is not true, and the ``else`` would speak for it. A condition that is asked
    for itself, such as ``nps is null``, hides nothing.
    """
    for node in walk(expr):
        if isinstance(node, Call) and node.name == "coalesce":
            found = _measure_in(node.args, is_measure)
            if found is not None:
                return ExpressionError(f"coalesce would pass off an unknown “{found.name}” as known", found.at)
        if isinstance(node, Case):
            found = _measure_in(tuple(when for when, _ in node.whens), is_measure)
            if found is not None:
                return ExpressionError(
                    f"case would pass off an unknown “{found.name}” as known; a condition of case reads account fields",
                    found.at,
                )
    return None


def _measure_in(exprs: tuple[Expr, ...], is_measure: Callable[[str], bool]) -> Column | None:
    found = (node for expr in exprs for node in walk(expr) if isinstance(node, Column) and is_measure(node.name))
    return next(found, None)

"""Expressions compiled to Python: what the folds over facts and time ask of one row.

Numbers are decimals of 28 digits; logic has three values; unknown is None. A number divided by zero is unknown.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, TypeAlias

from tenure.blueprint.expressions import (
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
)

Row: TypeAlias = Mapping[str, Any]
Compiled: TypeAlias = Callable[[Row], Any]

_ARITHMETIC = Context(prec=28, rounding=ROUND_HALF_UP, traps=[])


def compile_expression(expr: Expr) -> Compiled:
    """A function from a row to the expression's value.

    The row maps each `Column.key` to a value; numbers may be int, float or Decimal, days may be ISO text. A key that
    the row lacks is unknown. The result is a Decimal, a text, a boolean, a day, or None.

    >>> from tenure.blueprint.expressions import parse
    >>> compile_expression(parse("usage_days / seats > 0.5"))({"usage_days": 12, "seats": 0}) is None
    True
    """
    match expr:
        case Literal(value):
            return lambda _: value
        case Column():
            key = expr.key
            return lambda row: plain(row.get(key))
        case Negate(operand):
            inner = compile_expression(operand)
            return lambda row: _known(lambda value: _ARITHMETIC.minus(value), inner(row))
        case Not(operand):
            inner = compile_expression(operand)
            return lambda row: _known(lambda value: not value, inner(row))
        case IsNull(operand):
            inner = compile_expression(operand)
            return lambda row: inner(row) is None
        case Binary():
            return _binary(expr)
        case Between(operand, low, high):
            value_of, low_of, high_of = (compile_expression(each) for each in (operand, low, high))
            at_least, at_most = _COMPARISONS[">="], _COMPARISONS["<="]
            return lambda row: _and(
                _compared(at_least, value_of(row), low_of(row)), _compared(at_most, value_of(row), high_of(row))
            )
        case In(operand, items):
            value_of = compile_expression(operand)
            values = tuple(item.value for item in items)
            return lambda row: _known(
                lambda value: any(_compared(_COMPARISONS["="], value, each) for each in values), value_of(row)
            )
        case Case():
            return _case(expr)
        case Call():
            return _call(expr)


def plain(value: Any) -> Any:
    """A row's value as the language knows it: numbers as decimals, what is not a number as unknown."""
    if value is None or isinstance(value, bool | str | Decimal):
        return value if not isinstance(value, Decimal) or value.is_finite() else None
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        number = Decimal(repr(float(value)))
        return number if number.is_finite() else None
    return value


def _known(function: Callable[[Any], Any], value: Any) -> Any:
    return None if value is None else function(value)


def _and(left: Any, right: Any) -> Any:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _or(left: Any, right: Any) -> Any:
    if left is True or right is True:
        return True
    return None if left is None or right is None else False


def _divide(left: Decimal, right: Decimal) -> Decimal | None:
    return None if right == 0 else _ARITHMETIC.divide(left, right)


_LOGIC: dict[str, Callable[[Any, Any], Any]] = {"and": _and, "or": _or}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: bool(left == right),
    "!=": lambda left, right: bool(left != right),
    "<": lambda left, right: bool(left < right),
    "<=": lambda left, right: bool(left <= right),
    ">": lambda left, right: bool(left > right),
    ">=": lambda left, right: bool(left >= right),
}
_ARITHMETICS: dict[str, Callable[[Decimal, Decimal], Decimal | None]] = {
    "+": _ARITHMETIC.add,
    "-": _ARITHMETIC.subtract,
    "*": _ARITHMETIC.multiply,
    "/": _divide,
}


def _compared(operator: Callable[[Any, Any], bool], left: Any, right: Any) -> bool | None:
    if left is None or right is None:
        return None
    # Facts keep days as ISO text; a literal day is a date.
    if isinstance(left, date) != isinstance(right, date):
        left, right = _day(left), _day(right)
    return operator(left, right)


def _day(value: Any) -> date:
    if isinstance(value, datetime):
        raise TypeError("a moment is not a day: which day it falls on depends on the company's zone")
    return value if isinstance(value, date) else date.fromisoformat(value)


def _finite(number: Decimal | None) -> Decimal | None:
    return number if number is not None and number.is_finite() else None


def _binary(expr: Binary) -> Compiled:
    left, right = compile_expression(expr.left), compile_expression(expr.right)
    if expr.op in _LOGIC:
        logic = _LOGIC[expr.op]
        return lambda row: logic(left(row), right(row))
    if expr.op in _COMPARISONS:
        comparison = _COMPARISONS[expr.op]
        return lambda row: _compared(comparison, left(row), right(row))
    arithmetic = _ARITHMETICS[expr.op]

    def calculate(row: Row) -> Decimal | None:
        one, other = left(row), right(row)
        return None if one is None or other is None else _finite(arithmetic(one, other))

    return calculate


def _case(expr: Case) -> Compiled:
    whens = [(compile_expression(when), compile_expression(then)) for when, then in expr.whens]
    otherwise = compile_expression(expr.otherwise or Literal(None))

    def choose(row: Row) -> Any:
        for when, then in whens:
            if when(row) is True:
                return then(row)
        return otherwise(row)

    return choose


def _call(expr: Call) -> Compiled:
    args = [compile_expression(each) for each in expr.args]
    function = _FUNCTIONS[expr.name]
    if expr.name == "coalesce":
        return lambda row: next((value for value in (each(row) for each in args) if value is not None), None)

    def call(row: Row) -> Any:
        values = [each(row) for each in args]
        return None if any(value is None for value in values) else function(*values)

    return call


def _round(value: Decimal, digits: Decimal) -> Decimal | None:
    # Quantising cannot hold more digits than the context; such a number has no digits left to round.
    rounded = _ARITHMETIC.quantize(value, Decimal(1).scaleb(-int(digits)))
    return rounded if rounded.is_finite() else value


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": _ARITHMETIC.abs,
    "round": _round,
    "least": min,
    "greatest": max,
    "coalesce": lambda *values: values,
    "lower": str.lower,
    "days_since": lambda field, day: Decimal((_day(day) - _day(field)).days),
}

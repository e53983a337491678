"""Expressions compiled to Ibis: what an expression gives over a table that has a column per `Column.key`.

Logic has three values, as in SQL; a number divided by zero is unknown, and so is the least or greatest of an unknown.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import reduce
from operator import add, and_, eq, ge, gt, le, lt, mul, ne, or_, sub
from typing import Any

import ibis
import ibis.expr.types as ir

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


def to_ibis(expr: Expr, table: ir.Table) -> ir.Value:
    """The expression as a value over `table`. Numbers are float64, days are dates.

    Raises KeyError for a column that the table has not.

    >>> from tenure.blueprint.expressions import parse
    >>> accounts = ibis.table({"usage_days": "float64", "seats": "float64"}, name="accounts")
    >>> to_ibis(parse("usage_days / seats > 0.5"), accounts).type()
    Boolean(nullable=True)
    """

    def read(each: Expr) -> ir.Value:
        return to_ibis(each, table)

    match expr:
        case Literal(value):
            return _literal(value)
        case Column():
            if expr.key not in table.columns:
                raise KeyError(f"the table has no column {expr.key!r}")
            return table[expr.key]
        case Negate(operand):
            return -read(operand)
        case Not(operand):
            return ~read(operand)
        case IsNull(operand):
            return read(operand).isnull()
        case Binary(op, left, right):
            return _OPERATORS[op](read(left), read(right))
        case Between(operand, low, high):
            value = read(operand)
            return (value >= read(low)) & (value <= read(high))
        case In(operand, items):
            return read(operand).isin([_literal(item.value) for item in items])
        case Case(whens, otherwise):
            pairs = [(read(when), read(then)) for when, then in whens]
            return ibis.cases(*pairs, else_=None if otherwise is None else read(otherwise))
        case Call("round", (operand, Literal(Decimal() as digits))):
            return read(operand).round(int(digits)).cast("float64")
        case Call(name, args):
            return _FUNCTIONS[name](*(read(each) for each in args))


def _literal(value: Any) -> ir.Value:
    if value is None:
        return ibis.null()
    return ibis.literal(float(value), "float64") if isinstance(value, Decimal) else ibis.literal(value)


def _divide(left: Any, right: Any) -> ir.Value:
    return left / right.nullif(ibis.literal(0.0))


def _extreme(choose: Callable[..., ir.Value]) -> Callable[..., ir.Value]:
    """Least or greatest: engines disagree about an unknown among the values, and here it makes the whole unknown."""

    def chosen(*values: ir.Value) -> ir.Value:
        unknown: Sequence[ir.BooleanValue] = [value.isnull() for value in values]
        return ibis.ifelse(reduce(or_, unknown), ibis.null(), choose(*values))

    return chosen


_OPERATORS: dict[str, Callable[[Any, Any], ir.Value]] = {
    "and": and_,
    "or": or_,
    "=": eq,
    "!=": ne,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
    "+": add,
    "-": sub,
    "*": mul,
    "/": _divide,
}
_FUNCTIONS: dict[str, Callable[..., ir.Value]] = {
    "abs": lambda value: value.abs(),
    "least": _extreme(ibis.least),
    "greatest": _extreme(ibis.greatest),
    "coalesce": ibis.coalesce,
    "lower": lambda value: value.lower(),
    "days_since": lambda field, day: day.delta(field, unit="day").cast("float64"),
}

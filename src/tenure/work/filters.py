"""Expressions of the blueprint as filters over the standing of accounts: the third compiler of the one language.

Every value is read from the row's `fields` and `metrics`, which hold it under its `Column.key`. Unknown behaves as in
SQL: a comparison with it is unknown, and a row for which the whole is unknown is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Case, ExpressionWrapper, F, Func, Q, Value, When
from django.db.models.expressions import CombinedExpression, Expression
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Abs, Cast, Coalesce, Greatest, Least, Lower, NullIf, Round
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, In, IsNull, LessThan, LessThanOrEqual

from tenure.blueprint import expressions as language
from tenure.blueprint.expressions import Expr

Types = Mapping[str, str]
NUMBER = models.FloatField()
_FIELDS: dict[str, models.Field[Any, Any]] = {
    "number": NUMBER,
    "integer": NUMBER,
    "text": models.CharField(),
    "id": models.CharField(),
    "boolean": models.BooleanField(),
    "day": models.DateField(),
    "moment": models.DateTimeField(),
}
_ARITHMETIC = ("+", "-", "*")
_COMPARE = {
    "=": Exact,
    "<": LessThan,
    "<=": LessThanOrEqual,
    ">": GreaterThan,
    ">=": GreaterThanOrEqual,
}


class DaysBetween(Func):
    """Whole days from one day to another."""

    output_field = NUMBER
    arity = 2

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = "CAST(julianday(date(%(expressions)s)) AS REAL)"
        return self.as_sql(compiler, connection, template=template, arg_joiner=")) - julianday(date(", **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = "(((%(expressions)s)::date)::double precision)"
        return self.as_sql(compiler, connection, template=template, arg_joiner=")::date - (", **extra)


def to_value(
    expr: Expr | str, fields: Types | None = None, *, types: Types | None = None, day: date | None = None
) -> Any:
    """What an expression gives for each row of `Standing`, as a value to annotate rows with. See `to_q`."""
    return _Compiler(fields or {}, types or {}, day).value(_read(expr))


def to_q(expr: Expr | str, fields: Types | None = None, *, types: Types | None = None, day: date | None = None) -> Q:
    """The rows of `Standing` for which an expression is true.

    `fields` are the names that are fields of an account, with their types; every other name is a measure, a number
    where `types` says nothing else. `day` is the day in question, each row's own score day where it is not given.
    Raises ExpressionError where a text is no expression.
    """
    return Q(_Compiler(fields or {}, types or {}, day).boolean(_read(expr)))


def _read(expr: Expr | str) -> Expr:
    return language.parse(expr) if isinstance(expr, str) else expr


class _Compiler:
    def __init__(self, fields: Types, types: Types, day: date | None) -> None:
        self.fields = fields
        self.types = {**types, **fields}
        self.day = day

    def boolean(self, expr: Expr) -> Q:
        """An expression that is a condition."""
        match expr:
            case language.Binary("and", left, right):
                return self.boolean(left) & self.boolean(right)
            case language.Binary("or", left, right):
                return self.boolean(left) | self.boolean(right)
            case language.Not(operand):
                return ~self.boolean(operand)
            case language.Binary("!=", left, right):
                return ~Q(Exact(self.value(left), self.value(right)))
            case language.Binary(op, left, right) if op in _COMPARE:
                return Q(_COMPARE[op](self.value(left), self.value(right)))
            case language.Between(operand, low, high):
                value = self.value(operand)
                return Q(GreaterThanOrEqual(value, self.value(low))) & Q(LessThanOrEqual(value, self.value(high)))
            case language.In(operand, items):
                return Q(In(self.value(operand), [_plain(item.value) for item in items]))
            case language.IsNull(operand):
                return Q(IsNull(self.value(operand), True))
            case _:
                return Q(Exact(self.value(expr), Value(True)))

    def value(self, expr: Expr) -> Any:
        """An expression as a value of the database."""
        match expr:
            case language.Literal(value):
                return _literal(value)
            case language.Column():
                return self._column(expr)
            case language.Negate(operand):
                return CombinedExpression(Value(0.0, NUMBER), "-", self.value(operand), output_field=NUMBER)
            case language.Binary("/", left, right):
                divisor = NullIf(self.value(right), Value(0.0, NUMBER))
                return CombinedExpression(self.value(left), "/", divisor, output_field=NUMBER)
            case language.Binary(op, left, right) if op in _ARITHMETIC:
                return CombinedExpression(self.value(left), op, self.value(right), output_field=NUMBER)
            case language.Case(whens, otherwise):
                cases = [When(self.boolean(when), then=self.value(then)) for when, then in whens]
                default = Value(None) if otherwise is None else self.value(otherwise)
                return Case(*cases, default=default, output_field=self._field(expr))
            case language.Call(name, args):
                return self._call(name, args, self._field(expr))
            case _:
                return ExpressionWrapper(self.boolean(expr), output_field=models.BooleanField())

    def _column(self, column: language.Column) -> Expression | F:
        if column.name == language.DAY:
            return F("score_day") if self.day is None else Value(self.day, models.DateField())
        kind = self.types.get(column.name, "number")
        # A field as it is now; a measure as the latest edition has it. What is unknown is absent from either.
        is_field = column.name in self.fields and not column.ago
        stored = KeyTextTransform(column.key, "fields" if is_field else "metrics")
        if kind == "boolean":
            cases = [When(Exact(stored, Value(text)), then=Value(text == "true")) for text in ("true", "false")]
            return Case(*cases, default=Value(None), output_field=_FIELDS[kind])
        return stored if kind in ("text", "id") else Cast(stored, _FIELDS[kind])

    def _field(self, expr: Expr) -> models.Field[Any, Any]:
        """The database's type of an expression's value; a name of no declared type is a number."""
        types = dict.fromkeys(language.names(expr), "number") | dict(self.types) | {language.DAY: "day"}
        return _FIELDS.get(language.infer_type(expr, types), NUMBER)

    def _call(self, name: str, args: tuple[Expr, ...], output: models.Field[Any, Any]) -> Any:
        values = [self.value(arg) for arg in args]
        match name:
            case "abs":
                return Abs(values[0])
            case "round":
                digits = args[1]
                assert isinstance(digits, language.Literal)
                return Round(values[0], precision=int(digits.value or 0))  # type: ignore[arg-type]
            case "lower":
                return Lower(values[0])
            case "coalesce":
                return Coalesce(*values, output_field=output)
            case "least" | "greatest":
                # The databases disagree on whether a null among the arguments counts; here it makes the whole unknown.
                unknown = Q()
                for value in values:
                    unknown |= Q(IsNull(value, True))
                chosen = (Least if name == "least" else Greatest)(*values, output_field=output)
                return Case(When(unknown, then=Value(None)), default=chosen, output_field=output)
            case _:
                return DaysBetween(values[1], values[0])


def _literal(value: language.Expr | Any) -> Value:
    match value:
        case bool():
            return Value(value, models.BooleanField())
        case Decimal():
            return Value(float(value), NUMBER)
        case datetime():
            return Value(value, models.DateTimeField())
        case date():
            return Value(value, models.DateField())
        case _:
            return Value(value, models.CharField()) if value is not None else Value(None)


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value

"""The language of a blueprint's conditions and measures: small, SQL-like, read into a typed tree.

A text is scanned into tokens first (`expression_scan`), which refuses everything strange before anything recurses.
SQLGlot then sees only its structure: each name, literal and function is replaced by a placeholder, so that no word of
a blueprint can be taken for a word of some dialect, and each placeholder still knows its column. What SQLGlot returns
is turned into our own nodes by a white list.
"""

from collections.abc import Collection, Mapping
from decimal import Decimal
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from tenure.blueprint.expression_scan import ExpressionError, Sort, Token, nearest, scan
from tenure.blueprint.expression_tree import (
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
    columns,
    names,
    walk,
)
from tenure.blueprint.expression_types import Types, hidden_unknown, infer_type

LONGEST_HISTORY = 1830  # days: five years
LONGEST_WINDOW = 366
DAY = "day"  # the column of the day in question, which `days_since` counts to

__all__ = [
    "Between",
    "Binary",
    "Call",
    "Case",
    "Column",
    "Expr",
    "ExpressionError",
    "In",
    "IsNull",
    "Literal",
    "Negate",
    "Not",
    "Types",
    "columns",
    "hidden_unknown",
    "infer_type",
    "names",
    "nearest",
    "parse",
    "substitute",
    "walk",
]

_BINARY: dict[type[exp.Expr], str] = {
    exp.And: "and",
    exp.Or: "or",
    exp.EQ: "=",
    exp.NEQ: "!=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
}


@lru_cache(maxsize=4096)
def parse(text: str) -> Expr:
    """Read an expression. Raises ExpressionError with the column for whatever the language does not have.

    >>> sorted(column.key for column in columns(parse("change(usage_days, 28) < -3 and tier = 'pro'")))
    ['tier', 'usage_days', 'usage_days@28']
    """
    tokens = scan(text)
    words = []
    for index, token in enumerate(tokens):
        match token.sort:
            case Sort.NAME | Sort.LITERAL:
                words.append(f"n{index}")
            case Sort.FUNCTION:
                words.append(f"f{index}")
            case _:
                words.append(token.text)
    try:
        tree = sqlglot.condition(" ".join(words))
    except (SqlglotError, RecursionError) as error:
        raise ExpressionError("this cannot be read as an expression", _failed_at(error, words, tokens)) from error
    return _Reader(tokens).read(tree)


def _failed_at(error: Exception, words: list[str], tokens: list[Token]) -> int:
    """The column of the token at which SQLGlot gave up."""
    found = getattr(error, "errors", None)
    column = (found[0].get("col") if found else None) or 0
    position = 0
    for word, token in zip(words, tokens, strict=True):
        position += len(word) + 1
        if position > column:
            return token.at
    return tokens[-1].at


class _Reader:
    """Turns SQLGlot's nodes into ours. What has no case here is refused."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens

    def read(self, node: exp.Expr) -> Expr:
        kind = type(node)
        if kind in _BINARY:
            left = self.read(node.this)
            return Binary(_BINARY[kind], left, self.read(node.expression), left.at)
        match node:
            case exp.Paren():
                return self.read(node.this)
            case exp.Column() if set(_present(node)) == {"this"}:
                return self._operand(node)
            case exp.Not():
                operand = self.read(node.this)
                return Not(operand, operand.at)
            case exp.Neg():
                return self._negative(node)
            case exp.Between() if set(_present(node)) == {"this", "low", "high"}:
                operand = self.read(node.this)
                return Between(operand, self.read(node.args["low"]), self.read(node.args["high"]), operand.at)
            case exp.In() if set(_present(node)) == {"this", "expressions"}:
                operand = self.read(node.this)
                return In(operand, tuple(self._item(item) for item in node.expressions), operand.at)
            case exp.Is() if isinstance(node.expression, exp.Null):
                operand = self.read(node.this)
                return IsNull(operand, operand.at)
            case exp.Case() if "this" not in _present(node):
                return self._case(node)
            case exp.Anonymous():
                return self._call(node)
        raise ExpressionError("this is not part of the language", self._column_of(node))

    def _column_of(self, node: exp.Expr) -> int:
        places = [
            int(found.name[1:])
            for found in node.find_all(exp.Column, exp.Anonymous)
            if found.name[1:].isdigit() and found.name[:1] in "nf"
        ]
        return self._tokens[min(places)].at if places else 1

    def _token(self, name: str) -> Token:
        return self._tokens[int(name[1:])]

    def _operand(self, node: exp.Expr) -> Expr:
        token = self._token(node.name)
        return Column(token.text, at=token.at) if token.sort is Sort.NAME else Literal(token.value, token.at)

    def _negative(self, node: exp.Expr) -> Expr:
        operand = self.read(node.this)
        if isinstance(operand, Literal) and isinstance(operand.value, Decimal):
            return Literal(-operand.value, operand.at)
        return Negate(operand, operand.at)

    def _item(self, node: exp.Expr) -> Literal:
        item = self.read(node)
        if not isinstance(item, Literal) or item.value is None:
            raise ExpressionError("a list holds literals, and no null", item.at)
        return item

    def _case(self, node: exp.Expr) -> Expr:
        whens = tuple((self.read(when.this), self.read(when.args["true"])) for when in node.args["ifs"])
        otherwise = node.args.get("default")
        return Case(whens, None if otherwise is None else self.read(otherwise), whens[0][0].at)

    def _call(self, node: exp.Expr) -> Expr:
        token = self._token(node.name)
        args = [self.read(each) for each in node.expressions]
        name, at = token.text, token.at
        least, most = _ARGUMENTS[name]
        if not least <= len(args) <= most:
            raise ExpressionError(f"{name} takes {_counted(least, most)}, not {len(args)}", at)
        match name:
            case "over" | "ago" | "change":
                return _history(name, args[0], args[1], at)
            case "days_since":
                if not isinstance(args[0], Column) or args[0].window or args[0].ago:
                    raise ExpressionError("days_since takes the name of a field that holds a day", args[0].at)
                return Call(name, (args[0], Column(DAY, at=at)), at)
            case "round":
                digits = _whole(args[1], 0, 6, "round's digits") if len(args) == 2 else 0
                return Call(name, (args[0], Literal(Decimal(digits), at)), at)
            case _:
                return Call(name, tuple(args), at)


_ARGUMENTS = {
    "abs": (1, 1),
    "round": (1, 2),
    "least": (2, 20),
    "greatest": (2, 20),
    "coalesce": (2, 20),
    "lower": (1, 1),
    "ago": (2, 2),
    "change": (2, 2),
    "over": (2, 2),
    "days_since": (1, 1),
}


def _counted(least: int, most: int) -> str:
    if least == most:
        return "one argument" if least == 1 else f"{least} arguments"
    return f"{least} to {most} arguments"


def _present(node: exp.Expr) -> list[str]:
    return [name for name, value in node.args.items() if value not in (None, False, [])]


def _history(name: str, subject: Expr, days: Expr, at: int) -> Expr:
    """The columns that ``over``, ``ago`` and ``change`` stand for."""
    if not isinstance(subject, Column) or subject.ago or (name == "over" and subject.window):
        inner = "" if name == "over" else ", or over(measure, days)"
        raise ExpressionError(f"{name} takes the name of a measure{inner}", subject.at)
    if name == "over":
        return Column(subject.name, _whole(days, 1, LONGEST_WINDOW, "over's days"), 0, subject.at)
    before = Column(subject.name, subject.window, _whole(days, 1, LONGEST_HISTORY, f"{name}'s days"), subject.at)
    return before if name == "ago" else Binary("-", subject, before, at)


def _whole(expr: Expr, least: int, most: int, what: str) -> int:
    if isinstance(expr, Literal) and isinstance(expr.value, Decimal):
        value = expr.value
        if value == value.to_integral_value() and least <= value <= most:
            return int(value)
    raise ExpressionError(f"{what} are a whole number from {least} to {most:,}", expr.at)


def substitute(expr: Expr, definitions: Mapping[str, Expr], fixed: Collection[str] = ()) -> Expr:
    """The expression with a company's own measures replaced by what they stand for.

    ``ago`` and ``over`` of an own measure are handed down to the measures it is made of, and not to the `fixed` names:
    an account's fields and the day. The definitions hold no cycle; `check` has seen to that.
    """

    def shifted(node: Expr, window: int | None, ago: int) -> Expr:
        match node:
            case Column(name) if name in definitions:
                return shifted(definitions[name], node.window or window, node.ago + ago)
            case Column(name) if name in fixed:
                return node
            case Column(name):
                return Column(name, node.window or window, node.ago + ago, node.at)
            case Literal():
                return node
            case Negate(operand, at) | Not(operand, at) | IsNull(operand, at):
                return type(node)(shifted(operand, window, ago), at)
            case Binary(op, left, right, at):
                return Binary(op, shifted(left, window, ago), shifted(right, window, ago), at)
            case Between(operand, low, high, at):
                return Between(shifted(operand, window, ago), shifted(low, window, ago), shifted(high, window, ago), at)
            case In(operand, items, at):
                return In(shifted(operand, window, ago), items, at)
            case Case(whens, otherwise, at):
                pairs = tuple((shifted(when, window, ago), shifted(then, window, ago)) for when, then in whens)
                return Case(pairs, None if otherwise is None else shifted(otherwise, window, ago), at)
            case Call(name, args, at):
                return Call(name, tuple(shifted(each, window, ago) for each in args), at)

    return shifted(expr, None, 0)

"""The tree that an expression is read into: plain frozen nodes that know no engine.

Every node remembers `at`, the column of the text where it stands (from 1), which is no part of its identity.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeAlias

Value: TypeAlias = Decimal | str | bool | date | None


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that stands in the text: a number, a text, true, false, a day, or null."""

    value: Value
    at: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Column:
    """A value that is looked up by `key`: a measure, an account's field, or a field of a fact.

    `window` is the measure's window in days where the text asks for another than its own; `ago` says how many days
    before the day in question the measure is taken.
    """

    name: str
    window: int | None = None
    ago: int = 0
    at: int = field(default=1, compare=False)

    @property
    def key(self) -> str:
        """``name``, ``name/7``, ``name@28`` or ``name/7@28``."""
        window = "" if self.window is None else f"/{self.window}"
        return f"{self.name}{window}" + (f"@{self.ago}" if self.ago else "")


@dataclass(frozen=True, slots=True)
class Negate:
    """Minus the operand."""

    operand: "Expr"
    at: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """True where the operand is false, unknown where it is unknown."""

    operand: "Expr"
    at: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands under one of ``+ - * / = != < <= > >= and or``."""

    op: str
    left: "Expr"
    right: "Expr"
    at: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Between:
    """Whether the operand lies from `low` to `high`, both included."""

    operand: "Expr"
    low: "Expr"
    high: "Expr"
    at: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class In:
    """Whether the operand equals one of the literals; none of them is null."""

    operand: "Expr"
    items: tuple[Literal, ...]
    at: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class IsNull:
    """Whether the operand is unknown; never unknown itself."""

    operand: "Expr"
    at: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Case:
    """The value beside the first condition that is true, else `otherwise`, else null."""

    whens: tuple[tuple["Expr", "Expr"], ...]
    otherwise: "Expr | None"
    at: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function of its arguments.

    ``abs(x)``, ``round(x, digits)`` with halves away from zero, ``least(a, b, …)`` and ``greatest(a, b, …)`` which are
    unknown where any argument is, ``coalesce(a, b, …)``, ``lower(text)``, and ``days_since(field, day)``: whole days
    from the field's day to the day in question.
    """

    name: str
    args: tuple["Expr", ...]
    at: int = field(default=1, compare=False)


Expr: TypeAlias = Literal | Column | Negate | Not | Binary | Between | In | IsNull | Case | Call

LOGIC = ("and", "or")
COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
ARITHMETIC = ("+", "-", "*", "/")


def children(expr: Expr) -> tuple[Expr, ...]:
    """The nodes right below one, in the order of the text."""
    match expr:
        case Negate(operand) | Not(operand) | IsNull(operand):
            return (operand,)
        case Binary(_, left, right):
            return (left, right)
        case Between(operand, low, high):
            return (operand, low, high)
        case In(operand, items):
            return (operand, *items)
        case Case(whens, otherwise):
            flat = tuple(node for pair in whens for node in pair)
            return flat if otherwise is None else (*flat, otherwise)
        case Call(_, args):
            return args
        case _:
            return ()


def walk(expr: Expr) -> Iterator[Expr]:
    """The node and all below it, in the order of the text."""
    waiting = [expr]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))


def columns(expr: Expr) -> frozenset[Column]:
    """Every column that the expression looks up."""
    return frozenset(node for node in walk(expr) if isinstance(node, Column))


def names(expr: Expr) -> frozenset[str]:
    """The names of its columns, whatever their windows."""
    return frozenset(column.name for column in columns(expr))

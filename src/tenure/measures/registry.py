"""The register of measures: what each is called, what it is taken from, over how many days, in which unit.

A measure is a function of one relation and a window, giving a value per account and day. Its docstring says definition,
grain, window, unit, what null means, an example and the source of the definition.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import ibis.expr.types as ir

from tenure.base.registry import Registry
from tenure.blueprint.expressions import Column

WINDOW = 28  # days, where a measure says nothing else


@dataclass(frozen=True, slots=True)
class Window:
    """The days that a measure looks at: `days` of them, the last of which is the day in question."""

    rows: ir.Table
    days: int

    @property
    def holds(self) -> ir.BooleanValue:
        """Which rows of the relation lie inside."""
        return self.rows.age_days < self.days

    def both(self, *conditions: ir.BooleanValue) -> ir.BooleanValue:
        """Which rows lie inside and meet every condition."""
        holds = self.holds
        for condition in conditions:
            holds = holds & condition
        return holds


Function = Callable[[ir.Table, Window], ir.Value]
Derivation = Callable[..., ir.Value]


@dataclass(frozen=True, slots=True)
class Measure:
    """A column over account-days.

    Attributes
    ----------
    over : the relation it is taken from (see `tenure.measures.relations`).
    window : days, where an expression says nothing else; None where it looks at how things stand on the day.
    empty : what it is where nothing happened and the source was live: 0 for counts, None for means and rates.
    live : over which days the source must have been live: the window, the days since what it found, or none where
        what it found speaks for itself.
    variant : what tells apart two measures of one name, such as how a metric's points are put together.
    source : what coverage calls its source, where that is not its relation's.
    """

    name: str
    over: str
    function: Function
    unit: str
    window: int | None
    empty: float | None
    better: Literal["up", "down"]
    live: Literal["window", "since", "found"] = "window"
    source: str | None = None
    variant: str = ""

    @property
    def about(self) -> str:
        """The first sentence of its docstring."""
        return _first_line(self.function)


@dataclass(frozen=True, slots=True)
class Derived:
    """A column made of other columns of the same account and day.

    `needs` says which, for a window of so many days: a mapping from the function's arguments to columns.
    """

    name: str
    needs: Callable[[int], Mapping[str, Column]]
    function: Derivation
    unit: str
    window: int
    better: Literal["up", "down"]

    @property
    def about(self) -> str:
        """The first sentence of its docstring."""
        return _first_line(self.function)


MEASURES: Registry[Measure | Derived] = Registry("measures")


def measure(
    name: str,
    *,
    over: str,
    unit: str,
    window: int | None = WINDOW,
    empty: float | None = 0.0,
    better: Literal["up", "down"] = "up",
    live: Literal["window", "since", "found"] = "window",
) -> Callable[[Function], Function]:
    """Register a measure."""

    def register(function: Function) -> Function:
        MEASURES.add(name, Measure(name, over, function, unit, window, empty, better, live))
        return function

    return register


def derived(
    name: str,
    needs: Callable[[int], Mapping[str, Column]],
    *,
    unit: str,
    window: int = WINDOW,
    better: Literal["up", "down"] = "up",
) -> Callable[[Derivation], Derivation]:
    """Register a measure that is made of others."""

    def register(function: Derivation) -> Derivation:
        MEASURES.add(name, Derived(name, needs, function, unit, window, better))
        return function

    return register


def share_change(now: ir.NumericValue, before: ir.NumericValue) -> ir.Value:
    """The change from `before` to `now` as a share of `before`; null where that was zero or either is unknown."""
    return (now - before) / before.nullif(0.0)


def _first_line(function: Callable[..., object]) -> str:
    return (function.__doc__ or "").strip().partition("\n")[0]

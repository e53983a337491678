"""Where each text of a blueprint stands, and the tree that its files are read into before they are typed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeAlias

from tenure.blueprint.problems import Problem

Way: TypeAlias = tuple[str | int, ...]
Scalar: TypeAlias = str | int | Decimal | bool | None


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file, from 1. `shift` is how far a text's first sign stands from it, -1 where that is unsure."""

    file: str
    line: int
    column: int
    shift: int = 0


NOWHERE = Mark("", 0, 0, -1)


@dataclass(slots=True)
class Leaf:
    """One value."""

    mark: Mark
    value: Scalar


@dataclass(slots=True)
class Items:
    """A list."""

    mark: Mark
    nodes: list["Node"] = field(default_factory=list)


@dataclass(slots=True)
class Branch:
    """A mapping. `entries` keeps the place of each key beside what it holds."""

    mark: Mark
    entries: dict[str, tuple[Mark, "Node"]] = field(default_factory=dict)


Node: TypeAlias = Leaf | Items | Branch


def plain(node: Node) -> Any:
    """The tree as mappings, lists and values; null takes a key away."""
    match node:
        case Leaf():
            return node.value
        case Items():
            return [plain(each) for each in node.nodes]
        case Branch():
            return {
                key: plain(each)
                for key, (_, each) in node.entries.items()
                if not (isinstance(each, Leaf) and each.value is None)
            }


class Sources:
    """The places of a blueprint's keys and values, by their way through the model."""

    def __init__(self, root: Node | None = None) -> None:
        self._keys: dict[Way, Mark] = {}
        self._values: dict[Way, Mark] = {}
        self._below: dict[Way, set[str]] = {}
        if root is not None:
            for way, key, value in _places(root):
                self._keys[way] = key
                self._values[way] = value
                if way:
                    self._below.setdefault(way[:-1], set()).add(str(way[-1]))

    def key(self, way: Way) -> Mark:
        """Where the key stands, or the nearest one above it."""
        return self._nearest(self._keys, way)

    def value(self, way: Way) -> Mark:
        """Where the value begins, or the nearest one above it."""
        return self._nearest(self._values, way)

    def _nearest(self, marks: dict[Way, Mark], way: Way) -> Mark:
        if way in marks:
            return marks[way]
        for length in range(len(way) - 1, -1, -1):
            if way[:length] in self._keys:
                return self._keys[way[:length]]
        return NOWHERE

    def written(self, way: Way, known: Iterable[str]) -> frozenset[str]:
        """The keys below a way: those of the model, and those that are written but too wrong to be part of it."""
        return frozenset(known) | self._below.get(way, set())

    def problem(
        self,
        way: Way,
        message: str,
        *,
        expected: str = "",
        nearest: str = "",
        at_key: bool = False,
        within: int | None = None,
    ) -> Problem:
        """A problem at a key or a value. `within` is the column inside the value's text, from 1."""
        mark = self.key(way) if at_key else self.value(way)
        column = mark.column
        if within is not None:
            if mark.shift >= 0:
                column += mark.shift + within - 1
            message = f"{message} (column {within} of the expression)"
        return Problem(mark.file, mark.line, column, ".".join(map(str, way)), message, expected, nearest)


def _places(node: Node, way: Way = (), key: Mark | None = None) -> Iterator[tuple[Way, Mark, Mark]]:
    yield way, key or node.mark, node.mark
    if isinstance(node, Branch):
        for name, (mark, each) in node.entries.items():
            yield from _places(each, (*way, name), mark)
    elif isinstance(node, Items):
        for index, each in enumerate(node.nodes):
            yield from _places(each, (*way, index), each.mark)

"""Whether a mapping means something: columns, expressions, operations and references that exist and fit."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Words
from dataclasses import dataclass, field
from typing import Any

from tenure.blueprint.expression_types import ARTICLE
from tenure.blueprint.expressions import ExpressionError, infer_type, parse
from tenure.blueprint.problems import Problem, listed, nearest
from tenure.blueprint.sources import Way
from tenure.sources.mapping.loading import Loaded, MappingRefused
from tenure.sources.mapping.model import Colleague, File, Join, Make, Object, Ref, Several, Step, Wording
from tenure.sources.rows.formats import reader_of
from tenure.sources.rows.wording import placeholders

TIMES = ("at", "known_at")
_FROM_ROW = {"day": "day"}  # the company day of the import, beside the columns


@dataclass(frozen=True, slots=True)
class Act:
    """What a mapping may know of an operation: its arguments, those it must have, and whether it acts on a row."""

    arguments: frozenset[str]
    required: frozenset[str] = frozenset()
    has_subject: bool = True


def check_mapping(loaded: Loaded, acts: Words[str, Act]) -> None:
    """Raise MappingRefused with everything in a mapping that could not work."""
    mistakes = list(_Checking(loaded, acts).run())
    if mistakes:
        raise MappingRefused(mistakes)


@dataclass
class _Checking:
    loaded: Loaded
    acts: Words[str, Act]
    made: set[str] = field(default_factory=set)

    def run(self) -> Iterator[Problem]:
        nouns = {make.noun for file in self.loaded.mapping.files.values() for make in file.makes}
        for key, file in self.loaded.mapping.files.items():
            place: Way = ("files", key)
            yield from self._columns(place, file)
            types: dict[str, str] = {name: column.type for name, column in file.columns.items()} | _FROM_ROW
            yield from self._joins(place, file, types)
            for name in file.key:
                yield from self._name((*place, "key"), name, types)
            yield from self._expression((*place, "only_if"), file.only_if, types, "boolean")
            for each, check in file.checks.items():
                at = (*place, "checks", each)
                yield from self._expression((*at, "expect"), check.expect, types, "boolean")
                for name in check.shows:
                    yield from self._name((*at, "shows"), name, types)
            for each, unique in file.unique.items():
                for name in unique.columns:
                    yield from self._name((*place, "unique", each, "columns"), name, types)
            for number, make in enumerate(file.makes):
                yield from self._make((*place, "makes", number), make, types, nouns)
                self.made.add(make.noun)

    def _wrong(
        self, place: Way, message: str, near: str = "", *, expected: str = "", within: int | None = None
    ) -> Problem:
        return self.loaded.sources.problem(place, message, expected=expected, nearest=near, within=within)

    def _name(self, place: Way, name: str, types: Words[str, str]) -> Iterator[Problem]:
        if name not in types:
            yield self._wrong(place, f"there is no column “{name}”", nearest(name, types), expected=listed(types, 20))

    def _expression(self, place: Way, text: str | None, types: Words[str, str], *kinds: str) -> Iterator[Problem]:
        if text is None:
            return
        try:
            found = infer_type(parse(text), types)
        except ExpressionError as error:
            yield self._wrong(place, error.message, error.nearest, within=error.column)
            return
        if kinds and found not in (*kinds, "any"):
            yield self._wrong(
                place, f"“{text}” gives {ARTICLE[found]}", expected=" or ".join(ARTICLE[kind] for kind in kinds)
            )

    def _columns(self, place: Way, file: File) -> Iterator[Problem]:
        above: dict[str, str] = dict(_FROM_ROW)
        for name, column in file.columns.items():
            at = (*place, "columns", name)
            if column.format is not None and column.type not in ("day", "moment"):
                yield self._wrong((*at, "format"), "only a day or a moment has a format")
            elif column.format not in (None, "iso"):
                try:
                    reader_of(column.format)
                except ValueError as error:
                    yield self._wrong((*at, "format"), str(error))
            yield from self._expression((*at, "expression"), column.expression, above)
            if (column.after is None) != (column.by is None):
                yield self._wrong(at, "a moment that follows another says both after and by")
            elif column.after is not None and column.by is not None:
                yield from self._expression((*at, "after"), column.after, above, "day", "moment")
                yield from self._expression((*at, "by"), column.by, above, "number")
                if column.type != "moment":
                    yield self._wrong(at, "what follows another moment is a moment", expected="type: moment")
            above[name] = column.type

    def _joins(self, place: Way, file: File, types: dict[str, str]) -> Iterator[Problem]:
        for name, join in file.joins.items():
            at = (*place, "joins", name)
            other = self.loaded.mapping.files.get(join.file)
            if other is None:
                yield self._wrong(
                    (*at, "file"), f"there is no file “{join.file}”", nearest(join.file, self.loaded.mapping.files)
                )
                continue
            yield from self._name((*at, "on"), join.on, types)
            yield from self._name((*at, "to"), join.to, {key: column.type for key, column in other.columns.items()})
            types |= joined(name, join, other)

    def _make(self, place: Way, make: Make, types: Words[str, str], nouns: set[str]) -> Iterator[Problem]:
        for name in make.key or ():
            yield from self._name((*place, "key"), name, types)
        for ref, field_ in ((make.account, "account"), (make.about, "about")):
            if ref is not None:
                yield from self._ref((*place, field_), ref, types, nouns)
        yield from self._expression((*place, "only_if"), make.only_if, types, "boolean")
        yield from self._times(place, make, types)
        yield from self._expression((*place, "changed_at"), make.changed_at, types, "day", "moment")
        if make.do is not None:
            yield from self._do(place, make, make.do, make.arguments, types, nouns, on_account=make.account is not None)
        if make.change is not None:
            yield from self._do(place, make, make.change, make.arguments, types, nouns, name="change", on_account=True)
        for key, step in make.then.items():
            at = (*place, "then", key)
            yield from self._expression((*at, "only_if"), step.only_if, types, "boolean")
            yield from self._times(at, step, types)
            yield from self._do(at, step, step.do, step.arguments, types, nouns, on_account=True)
        for part in (make.event, make.point):
            for name in type(part).model_fields if part is not None else ():
                value = getattr(part, name)
                if value is None:
                    continue
                at = (*place, "event" if make.event else "point", name)
                for key, take in value.items() if isinstance(value, dict) else [("", value)]:
                    yield from self._take((*at, key) if key else at, take, types, nouns)

    def _times(self, place: Way, part: Make | Step, types: Words[str, str]) -> Iterator[Problem]:
        for name in ("happened_at", "known_at"):
            yield from self._expression((*place, name), getattr(part, name), types, "day", "moment")

    def _do(
        self,
        place: Way,
        part: Make | Step,
        name_of: str,
        arguments: Words[str, Any],
        types: Words[str, str],
        nouns: set[str],
        *,
        on_account: bool,
        name: str = "do",
    ) -> Iterator[Problem]:
        act = self.acts.get(name_of)
        if act is None:
            yield self._wrong((*place, name), f"there is no operation “{name_of}”", nearest(name_of, self.acts))
            return
        given = set(arguments)
        if name != "change":  # a change takes those of the arguments that it has
            for unknown in sorted(given - act.arguments):
                yield self._wrong(
                    (*place, "arguments", unknown), f"{name_of} takes no “{unknown}”", nearest(unknown, act.arguments)
                )
            for missing in sorted(act.required - given - set(TIMES)):
                yield self._wrong((*place, name), f"{name_of} wants “{missing}” among its arguments")
            for key, take in arguments.items():
                yield from self._take((*place, "arguments", key), take, types, nouns)
            for field_, argument in (("happened_at", "at"), ("known_at", "known_at")):
                if getattr(part, field_) is not None and argument not in act.arguments:
                    yield self._wrong((*place, field_), f"{name_of} does not say when it {_SAID[field_]}")
        if act.has_subject and not on_account and isinstance(part, Make) and part.about is None:
            yield self._wrong((*place, name), f"{name_of} acts on a row", expected="account: or about:")

    def _take(self, place: Way, take: Any, types: Words[str, str], nouns: set[str]) -> Iterator[Problem]:
        match take:
            case str():
                yield from self._expression(place, take, types)
            case Wording():
                for name in placeholders(take.text):
                    yield from self._name((*place, "text"), name, types)
            case Ref():
                yield from self._ref(place, take, types, nouns)
            case Colleague():
                yield from self._name((*place, "person"), take.person, types)
            case Object():
                for key, each in take.object.items():
                    yield from self._take((*place, "object", key), each, types, nouns)
            case Several():
                for number, each in enumerate(take.list):
                    yield from self._take((*place, "list", number), each, types, nouns)

    def _ref(self, place: Way, ref: Ref, types: Words[str, str], nouns: set[str]) -> Iterator[Problem]:
        yield from self._name((*place, "column"), ref.column, types)
        if ref.source is None and ref.ref not in self.made:
            if ref.ref in nouns:
                yield self._wrong(
                    (*place, "ref"), f"“{ref.ref}” is made by a file further down", expected="that file first"
                )
            else:
                yield self._wrong(
                    (*place, "ref"),
                    f"no file of this mapping makes “{ref.ref}”",
                    nearest(ref.ref, nouns),
                    expected="a noun that a file above makes, or its source:",
                )


_SAID = {"happened_at": "happened", "known_at": "was known"}


def joined(name: str, join: Join, other: File) -> dict[str, str]:
    """The names that a join adds to a row, with their types."""
    found = {f"{name}.count": "integer"}
    if not join.many:
        found |= {f"{name}.{key}": column.type for key, column in other.columns.items()}
    return found

"""Lists that stay quick at any length: columns, order, keyset pages and the choice of columns."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import F, Field, Model, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.http import HttpRequest

R = TypeVar("R", bound=Model)

SIZE = 50


@dataclass(frozen=True)
class Column:
    """A column of a list.

    `cell` is the template of one cell's content, given ``row``. `order` names the fields it sorts by, ``-`` in front
    for descending; none means that it does not sort. `css` says how it behaves: ``num``, ``right``; ``lean-1`` to
    ``lean-3`` give way first on narrow screens; ``fold-away`` goes, ``full`` takes the whole width on a phone.
    `chosen` columns show unless the reader chose otherwise. `head` columns are the row's header and always show.
    """

    key: str
    label: str
    cell: str
    order: tuple[str, ...] = ()
    css: str = ""
    title: str = ""
    phone_label: str = ""
    chosen: bool = True
    head: bool = False


@dataclass(frozen=True)
class Heading:
    """A column's head as it is drawn: where its link sorts to, and how the list is sorted by it now."""

    column: Column
    sort: str  # the value of ?sort= behind the link; empty where it does not sort
    sorted: str  # ascending, descending or empty


@dataclass(frozen=True)
class Page(Generic[R]):
    """One page of rows and the cursors of its neighbours; None where there is none."""

    rows: Sequence[R]
    previous: str | None
    next: str | None

    def with_rows(self, rows: Sequence[Any]) -> Page[Any]:
        """The same page, its rows drawn: as many, in the same order, each with the `pk` of its row."""
        return Page(rows, self.previous, self.next)


class Listing(Generic[R]):
    """A list as a request asks for it: ``?sort=-score&after=…&col=stage&col=tier``.

    The order always ends in the primary key, so that no row is shown twice or skipped while rows change.
    """

    def __init__(self, request: HttpRequest, columns: Sequence[Column], *, sort: str, size: int = SIZE) -> None:
        self.request = request
        self.every = tuple(columns)
        self.size = size
        sortable = {column.key: column for column in columns if column.order}
        asked = request.GET.get("sort", sort)
        self.sort = asked if asked.removeprefix("-") in sortable else sort
        self.order = _ordered(sortable[self.sort.removeprefix("-")].order, backwards=self.sort.startswith("-"))

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns to draw: the head ones, and those the reader chose or else the usual ones."""
        asked = set(self.request.GET.getlist("col"))
        return tuple(c for c in self.every if c.head or (c.key in asked if asked else c.chosen))

    @property
    def headings(self) -> list[Heading]:
        now, backwards = self.sort.removeprefix("-"), self.sort.startswith("-")
        return [
            Heading(
                column,
                "" if not column.order else f"-{column.key}" if column.key == now and not backwards else column.key,
                "" if column.key != now else "descending" if backwards else "ascending",
            )
            for column in self.columns
        ]

    def page(self, rows: QuerySet[R]) -> Page[R]:
        """The page that the request asks for. A cursor that cannot be read gives the first page."""
        order = _with_key(rows.model, self.order)
        before, after = self.request.GET.get("before"), self.request.GET.get("after")
        cursor = _read(before or after or "", rows.model, order)
        backwards = cursor is not None and before is not None
        walked = [_turned(name) for name in order] if backwards else order
        found = rows.order_by(*(_by(rows.model, name, last=not backwards) for name in walked))
        if cursor is not None:
            found = found.filter(_beyond(rows.model, walked, cursor, nulls_last=not backwards))
        taken = list(found[: self.size + 1])
        more, taken = len(taken) > self.size, taken[: self.size]
        if backwards:
            taken.reverse()
        has_next = bool(taken) and (more if not backwards else True)
        has_previous = bool(taken) and (more if backwards else cursor is not None)
        return Page(
            taken,
            _cursor(taken[0], order) if has_previous else None,
            _cursor(taken[-1], order) if has_next else None,
        )


def _turned(name: str) -> str:
    return name.removeprefix("-") if name.startswith("-") else f"-{name}"


def _ordered(order: Sequence[str], *, backwards: bool) -> list[str]:
    return [_turned(name) for name in order] if backwards else list(order)


def _with_key(model: type[Model], order: Sequence[str]) -> list[str]:
    names = [name.removeprefix("-") for name in order]
    return [*order] if "pk" in names or model._meta.pk.name in names else [*order, "pk"]


def _fields(model: type[Model], name: str) -> list[Field[Any, Any]]:
    """The fields on the way to a name, the named one last; none for an annotation."""
    steps = [model._meta.pk.name] if name.removeprefix("-") == "pk" else name.removeprefix("-").split("__")
    found: list[Field[Any, Any]] = []
    holder: Any = model
    for step in steps:
        try:
            field = holder._meta.get_field(step)
        except FieldDoesNotExist:
            return []
        found.append(field)
        holder = field.related_model
    return found


def _may_be_null(model: type[Model], name: str) -> bool:
    fields = _fields(model, name)
    return not fields or any(field.null for field in fields)


def _by(model: type[Model], name: str, *, last: bool) -> OrderBy:
    """The order by one name, rows without a value last. A field that always has one keeps the use of its index."""
    expression = F(name.removeprefix("-"))
    nulls: dict[str, Any] = (
        {} if not _may_be_null(model, name) else {"nulls_last": True} if last else {"nulls_first": True}
    )
    return expression.desc(**nulls) if name.startswith("-") else expression.asc(**nulls)


def _value(row: Model, name: str) -> Any:
    value: Any = row
    for step in name.removeprefix("-").split("__"):
        value = getattr(value, step) if value is not None else None
    return value


def _cursor(row: Model, order: Sequence[str]) -> str:
    """Where a row stands in an order, as text for an address."""
    values = [_value(row, name) for name in order]
    return base64.urlsafe_b64encode(json.dumps(values, cls=DjangoJSONEncoder).encode()).decode().rstrip("=")


def _read(cursor: str, model: type[Model], order: Sequence[str]) -> list[Any] | None:
    """A cursor's values with their types, or None where the text is not a cursor of this order."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list) or len(values) != len(order):
            return None
        return [_typed(value, _fields(model, name)) for value, name in zip(values, order, strict=True)]
    except (binascii.Error, ValueError, ValidationError):
        return None


def _typed(value: Any, fields: Sequence[Field[Any, Any]]) -> Any:
    return fields[-1].to_python(value) if fields and value is not None else value


def _beyond(model: type[Model], order: Sequence[str], cursor: Sequence[Any], *, nulls_last: bool) -> Q:
    """Rows that stand after the cursor: equal in the first fields, and beyond in the next."""
    beyond, equal = Q(pk__in=()), Q()
    for name, value in zip(order, cursor, strict=True):
        plain = name.removeprefix("-")
        beyond |= equal & _past(
            plain, value, descending=name.startswith("-"), nulls_last=nulls_last and _may_be_null(model, name)
        )
        equal &= Q(**{f"{plain}__isnull": True}) if value is None else Q(**{plain: value})
    first, value = order[0], cursor[0]
    if value is not None and not _may_be_null(model, first):
        # Implied by the rest, but it lets the database start in the index instead of reading it from its beginning.
        beyond = Q(**{f"{first.removeprefix('-')}__{'lte' if first.startswith('-') else 'gte'}": value}) & beyond
    return beyond


def _past(name: str, value: Any, *, descending: bool, nulls_last: bool) -> Q:
    if value is None:
        return Q(pk__in=()) if nulls_last else Q(**{f"{name}__isnull": False})
    past = Q(**{f"{name}__{'lt' if descending else 'gt'}": value})
    return past | Q(**{f"{name}__isnull": True}) if nulls_last else past

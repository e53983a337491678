"""A row by what is unique of it, as every operation reads its subject.

Django compiles a query each time that it is asked, which takes several times as long as reading one row. The query for
a row of a model is always the same, so that it is compiled once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from django.db import connection, models

R = TypeVar("R", bound=models.Model)


def row_by_key(model: type[R], pk: object, along: str = "", *, lock: bool = False) -> R | None:
    """The row of a model with this key as it stands now, None where it is gone.

    `along` leads to rows that are read with it, such as ``meeting__account``. `lock` keeps the row itself from others
    until the transaction ends; it needs one.
    """
    return next(iter(_rows(model, along, lock, {model._meta.pk.attname: pk})), None)


def rows_by(model: type[R], **values: object) -> list[R]:
    """The rows of a model with these values, in no order. For the few that are asked for again and again."""
    return _rows(model, "", False, values)


def _rows(model: type[R], along: str, lock: bool, values: Mapping[str, object]) -> list[R]:
    names = tuple(sorted(values))  # as Django puts them into the condition
    told_apart_by = (model, along, lock, names, connection.vendor)
    if told_apart_by not in _readings:
        _readings[told_apart_by] = _compiled(model, along, lock, values)
    reading = _readings[told_apart_by]
    fields = [cast("models.Field[Any, Any]", model._meta.get_field(name)) for name in names]
    asked = [field.get_db_prep_value(values[field.attname], connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(reading.sql, asked)
        return [cast(R, reading.made_of(found)) for found in cursor.fetchall()]


@dataclass(frozen=True)
class _Part:
    """The columns of one model in a query's rows, and how the part before names it."""

    model: type[models.Model]
    name: str
    start: int
    fields: Sequence[models.Field[Any, Any]]

    def made_of(self, values: Sequence[Any]) -> models.Model | None:
        own = values[self.start : self.start + len(self.fields)]
        key = next(value for field, value in zip(self.fields, own, strict=True) if field.primary_key)
        return (
            None if key is None else self.model.from_db(connection.alias, [field.attname for field in self.fields], own)
        )


@dataclass(frozen=True)
class _Reading:
    """A compiled query for one row, its values' converters, and the models that its columns are of, in their order."""

    sql: str
    parts: tuple[_Part, ...]
    compiler: Any
    converters: Any

    def made_of(self, found: Sequence[Any]) -> models.Model | None:
        values = next(self.compiler.apply_converters([list(found)], self.converters)) if self.converters else found
        first = here = self.parts[0].made_of(values)
        for part in self.parts[1:]:
            if here is None:
                break
            there = part.made_of(values)
            setattr(here, part.name, there)
            here = there
        return first


_readings: dict[tuple[object, ...], _Reading] = {}


def _compiled(model: type[models.Model], along: str, lock: bool, values: Mapping[str, object]) -> _Reading:
    rows = model._base_manager.all()
    rows = rows.select_related(along) if along else rows
    rows = rows.select_for_update(of=("self",)) if lock else rows
    parts, here = [_Part(model, "", 0, model._meta.concrete_fields)], model
    for name in along.split("__") if along else ():
        here = here._meta.get_field(name).related_model  # type: ignore[assignment]
        parts.append(_Part(here, name, parts[-1].start + len(parts[-1].fields), here._meta.concrete_fields))
    query = rows.filter(**values).query
    compiler = query.get_compiler(connection=connection)
    sql, _ = compiler.as_sql()
    columns = [field.get_col(field.model._meta.db_table) for part in parts for field in part.fields]
    return _Reading(sql, tuple(parts), compiler, compiler.get_converters(columns))

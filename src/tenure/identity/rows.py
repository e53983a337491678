"""Rows as every operation reads its subject, stores what changed of it, and appends what it recorded.

Django compiles a statement each time that one is asked for, which takes several times as long as reading or writing a
row. These statements are always the same for a model, so that each is compiled once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, TypeVar, cast

from django.db import DatabaseError, connection, models

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

    @cached_property
    def names(self) -> list[str]:
        return [field.attname for field in self.fields]

    @cached_property
    def key_at(self) -> int:
        return next(at for at, field in enumerate(self.fields) if field.primary_key)

    def made_of(self, values: Sequence[Any]) -> models.Model | None:
        own = values[self.start : self.start + len(self.fields)]
        return None if own[self.key_at] is None else self.model.from_db(connection.alias, self.names, own)


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


def store(row: models.Model, *names: str) -> None:
    """Write some fields of a stored row, as they stand in it. They are the model's own, not those of a parent of it.

    Raises DatabaseError where the row is gone.
    """
    fields, sql = _updating(type(row), names, connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(sql, [*_stored(row, fields, add=False), row.pk])
        if cursor.rowcount != 1:
            raise DatabaseError(f"{row._meta.verbose_name} {row.pk} is no longer there")


def insert(rows: Sequence[models.Model]) -> None:
    """Insert new rows of one model in their order, and give them the keys that the database counts up."""
    if not rows:
        return
    model = type(rows[0])
    fields = _counted(model)
    at_once = min(connection.ops.bulk_batch_size(fields, list(rows)), LONGEST)
    for start in range(0, len(rows), at_once):
        part = rows[start : start + at_once]
        values = [value for row in part for value in _stored(row, fields, add=True)]
        with connection.cursor() as cursor:
            cursor.execute(_inserting(model, len(part), connection.vendor), values)
            for row, (key,) in zip(part, cursor.fetchall(), strict=True):
                row.pk, row._state.adding, row._state.db = key, False, connection.alias


LONGEST = 50  # rows in a statement: the longer ones are of many lengths, and each would be kept
Columns = Sequence["models.Field[Any, Any]"]


def _stored(row: models.Model, fields: Columns, *, add: bool) -> list[Any]:
    values = ((field, field.pre_save(row, add)) for field in fields)
    return [None if value is None else field.get_db_prep_save(value, connection) for field, value in values]


@lru_cache(maxsize=256)
def _updating(model: type[models.Model], names: tuple[str, ...], _vendor: str) -> tuple[Columns, str]:
    by_name = {field.name: field for field in model._meta.local_concrete_fields}
    fields = [by_name[name] for name in dict.fromkeys(names)]
    columns = ", ".join(f"{_quoted(field.column)} = %s" for field in fields)
    own = _quoted(model._meta.db_table)
    return fields, f"UPDATE {own} SET {columns} WHERE {_quoted(model._meta.pk.column)} = %s"  # noqa: S608 - our names


@lru_cache(maxsize=64)
def _counted(model: type[models.Model]) -> Columns:
    """A model's columns but the key, which the database gives."""
    return [field for field in model._meta.local_concrete_fields if not field.primary_key]


@lru_cache(maxsize=256)
def _inserting(model: type[models.Model], number: int, _vendor: str) -> str:
    fields = _counted(model)
    columns = ", ".join(_quoted(field.column) for field in fields)
    row = f"({', '.join(['%s'] * len(fields))})"
    table, key = _quoted(model._meta.db_table), _quoted(model._meta.pk.column)
    values = ", ".join([row] * number)
    return f"INSERT INTO {table} ({columns}) VALUES {values} RETURNING {key}"  # noqa: S608 - our own names


def _quoted(name: str | None) -> str:
    return str(connection.ops.quote_name(name or ""))

"""A row by its key, as every operation reads it.

Django compiles a query each time that it is asked, which takes several times as long as reading one row. The statement
for a row of a model is always the same, so that it is compiled once.
"""

from __future__ import annotations

from functools import cache
from typing import TypeVar

from django.db import connection, models

R = TypeVar("R", bound=models.Model)


def row_by_key(model: type[R], pk: object, *, lock: bool = False) -> R | None:
    """The row of a model with this key as it stands now, None where it is gone.

    `lock` keeps it from others until the transaction ends; it needs one.
    """
    key = model._meta.pk.get_db_prep_value(pk, connection)
    return next(iter(model._base_manager.raw(_statement(model, lock, connection.vendor), [key])), None)


def row_along(model: type[R], pk: object, path: str, *, lock: bool = False) -> R | None:
    """The same with the rows to which `path` leads, such as ``meeting__account``; they are not locked."""
    found = row_by_key(model, pk, lock=lock)
    here: models.Model | None = found
    for step in path.split("__") if path else ():
        if here is None:
            break
        field = here._meta.get_field(step)
        key = getattr(here, field.attname)  # type: ignore[union-attr]
        there = None if key is None else row_by_key(field.related_model, key)  # type: ignore[arg-type]
        setattr(here, step, there)
        here = there
    return found


@cache
def _statement(model: type[models.Model], lock: bool, _vendor: str) -> str:
    rows = model._base_manager.all()
    rows = rows.select_for_update(of=("self",)) if lock else rows
    return rows.filter(pk="").query.sql_with_params()[0]

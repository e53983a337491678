"""Rows of the system of record as an import sees them: by reference, by model, as plain fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import models

from tenure.base.errors import Refused
from tenure.identity.operations import OPERATIONS, Operation
from tenure.identity.people import Person
from tenure.sources.imports import Link
from tenure.sources.mapping.checking import Act
from tenure.sources.rows.takes import ColleagueAt, Reference

LOOK_UP = 400  # keys asked for in one query


def acts() -> dict[str, Act]:
    """Every operation as a mapping may use it."""
    found = {}
    for name in OPERATIONS:
        operation = OPERATIONS[name]
        fields = operation.arguments.model_fields
        required = frozenset(key for key, field in fields.items() if field.is_required())
        found[name] = Act(frozenset(fields), required, operation.has_subject)
    return found


class Links:
    """The links of one source, read in bulk for a chunk of rows, with those that the chunk itself has made."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, str], Link] = {}
        self._asked: set[tuple[str, str, str]] = set()
        self._people: dict[str, str | None] = {}

    def read(self, wanted: Iterable[tuple[str, str, str]]) -> None:
        """Read the links of these (source, noun, key); what was asked before is not asked again."""
        groups: dict[tuple[str, str], list[str]] = {}
        for source, noun, key in set(wanted) - self._asked:
            groups.setdefault((source, noun), []).append(key)
            self._asked.add((source, noun, key))
        for (source, noun), keys in groups.items():
            for start in range(0, len(keys), LOOK_UP):
                rows = Link.objects.filter(source=source, noun=noun, key__in=keys[start : start + LOOK_UP])
                for link in rows:
                    self._known[source, noun, link.key] = link

    def get(self, source: str, noun: str, key: str) -> Link | None:
        return self._known.get((source, noun, key))

    def keep(self, link: Link) -> None:
        self._known[link.source, link.noun, link.key] = link

    def drop(self, link: Link) -> None:
        self._known.pop((link.source, link.noun, link.key), None)

    def of(self, reference: Reference) -> Link:
        """What a reference stands for. Raises Refused where nothing was imported under that key."""
        found = self.get(reference.source, reference.noun, reference.key)
        if found is None:
            noun = reference.noun.replace("_", " ")
            raise Refused(
                f"unknown_{reference.noun}"[:60],
                f"There is no {noun} “{reference.key[:80]}”: import it first, or correct its key.",
                field=reference.noun,
            )
        return found

    def resolved(self, value: Any) -> Any:
        """A value with its references and colleagues as ids."""
        match value:
            case Reference():
                if value.optional and self.get(value.source, value.noun, value.key) is None:
                    return None
                return self.of(value).subject_id
            case ColleagueAt(email):
                return self._colleague(email)
            case dict():
                return {name: self.resolved(each) for name, each in value.items()}
            case list():
                return [self.resolved(each) for each in value]
            case _:
                return value

    def _colleague(self, email: str) -> str:
        if email not in self._people:
            people = Person.objects.filter(email__iexact=email, is_active=True, kind=Person.Kind.STAFF)
            self._people[email] = people.values_list("pk", flat=True).first()
        found = self._people[email]
        if found is None:
            raise Refused("unknown_person", f"Nobody here has the address “{email[:80]}”.", field="person")
        return found


def stub(model: type[models.Model] | None, pk: str) -> models.Model:
    """A row known by its id alone; an operation reads it under its own lock."""
    if model is None:
        raise Refused("no_subject", "This operation acts on no row.")
    return model(pk=pk)


def model_of(label: str) -> type[models.Model]:
    return apps.get_model(label)


def snapshot(row: models.Model | None) -> dict[str, Any]:
    """The fields of a row as plain data; nothing of a row that is not there."""
    if row is None:
        return {}
    return {field.attname: exact(getattr(row, field.attname)) for field in row._meta.concrete_fields}


def fetched(model: type[models.Model], pk: str) -> models.Model | None:
    return model._base_manager.filter(pk=pk).first()


def exact(value: Any) -> Any:
    """A value of a field as JSON keeps it without loss; `restored` is its inverse."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat() if value.tzinfo else value.isoformat()
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value.normalize():f}"  # 33432 and the stored 33432.0000 are the same amount
        case _:
            return value


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The fields whose value differs, each with the value before and after."""
    return {name: [before[name], value] for name, value in after.items() if name in before and before[name] != value}


def restore(row: models.Model, fields: Mapping[str, Any]) -> None:
    """Set fields of a row to plain values, as `exact` gave them, and save them."""
    if not fields:
        return
    found = {field.attname: field for field in row._meta.concrete_fields}
    for name, value in fields.items():
        field = found[name]
        setattr(
            row, name, value if field.is_relation or isinstance(field, models.JSONField) else field.to_python(value)
        )
    row.save(update_fields=[found[name].name for name in fields])


def returns_subject(operation: Operation[Any, Any]) -> bool:
    """Whether an operation is about its subject alone and makes no row of its own."""
    return operation.has_subject and operation.hints.get("return") in (operation.subject_model, type(None))

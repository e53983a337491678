"""What a form's submissions mean: which form, whose account, and which act with which arguments. No Django.

A text is a wording with fields in braces, ``Upload: {q5_title}``. ``{field: …}`` is a field as it came, ``{value: …}``
the same for every submission, ``{contact: …}`` the contact of the account whose e-mail address stands in a field,
``{deliverable: …}`` what is under way for the account and has this title or id.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from pydantic import StringConstraints, ValidationError

from tenure.base.errors import Refused
from tenure.blueprint.meanings import Part
from tenure.blueprint.sources import plain
from tenure.blueprint.yaml_file import YamlFile

Path_ = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$", max_length=200)]
_PLACE = re.compile(r"\{([A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*)\}")


class Field(Part):
    """A field as it came; a list stays a list."""

    field: Path_


class Always(Part):
    """The same value for every submission."""

    value: bool | int | float | str | tuple[str, ...] | None


class ContactAt(Part):
    """The contact of the account whose e-mail address stands in a field; nobody where there is none."""

    contact: Path_


class DeliverableCalled(Part):
    """What is planned or in work for the account and is called as a field says; nothing where there is none."""

    deliverable: Path_


Take = Field | Always | ContactAt | DeliverableCalled | str


class FormMapping(Part):
    """The whole mapping.

    `form` is the form's id, found in `form_in`; submissions of another one are set aside. `id_in` is what tells a
    submission apart, `answers_in` the field that holds the answers as JSON, where the service packs them. `account` is
    the field with the account's external key, id or name; without one the sender's address in `contact` says it.
    `files` is the field with the addresses of files: each is fetched, from `hosts` alone, and the act is done once for
    each, as its argument ``file``; a key for them goes into the query as `key_in`.
    """

    form: str = ""
    form_in: Path_ = "formID"
    id_in: Path_ = "submissionID"
    answers_in: Path_ = "rawRequest"
    account: Path_ | None = None
    contact: Path_ | None = None
    do: str
    arguments: dict[str, Take] = {}
    files: Path_ | None = None
    hosts: tuple[str, ...] = ()
    key_in: str = ""


def read_form_mapping(text: str) -> FormMapping:
    """Read a mapping from its YAML. Raises Refused with its first mistake."""
    with TemporaryDirectory() as home:
        folder = Path(home) / "mapping"
        folder.mkdir()
        path = folder / "mapping.yaml"
        path.write_text(text, encoding="utf-8", newline="")
        file = YamlFile(path, folder)
    if file.problems or file.root is None:
        first = next(iter(file.problems), None)
        words = f"Line {first.line}: {first.message}." if first else "The mapping is empty."
        raise Refused("mapping", words, field="mapping")
    try:
        return FormMapping.model_validate(plain(file.root))
    except ValidationError as error:
        wrong = error.errors()[0]
        where = ".".join(str(part) for part in wrong["loc"])
        raise Refused("mapping", f"{where or 'The mapping'}: {wrong['msg'].lower()}.", field="mapping") from error


def value_of(take: Field | Always | str, answers: Mapping[str, Any]) -> Any:
    """What an argument is for one submission."""
    match take:
        case Field():
            return answers.get(take.field)
        case Always():
            return list(take.value) if isinstance(take.value, tuple) else take.value
        case _:
            return _PLACE.sub(lambda found: said(answers.get(found[1])), take).strip()


def said(value: Any) -> str:
    """An answer as a person reads it; several stand below one another."""
    if isinstance(value, list):
        return "\n".join(said(each) for each in value)
    return "" if value is None else str(value)

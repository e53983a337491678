"""Reading a mapping file. Every mistake is reported at once, each with its line and the nearest right name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tenure.blueprint.problems import Problem, listed, nearest
from tenure.blueprint.sources import Sources, Way, plain
from tenure.blueprint.yaml_file import YamlFile
from tenure.sources.mapping.model import Mapping
from tenure.sources.mapping.shape import names_at

FORMS = frozenset(("expression", "number", "constant", "wording", "ref", "person", "object", "list"))


class MappingRefused(Exception):
    """A mapping that cannot be used, with all its mistakes in the order of their lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        count = len(self.problems)
        heading = f"{count} mistake{'' if count == 1 else 's'} in the mapping"
        super().__init__("\n".join([heading, *(str(problem) for problem in self.problems)]))


@dataclass(frozen=True, slots=True)
class Loaded:
    """A mapping with its text, and the places at which its parts stand."""

    mapping: Mapping
    text: str
    sources: Sources

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def load_mapping(path: Path) -> Loaded:
    """Read a mapping from a file. Raises MappingRefused, and OSError where the file cannot be opened."""
    file = YamlFile(path, path.absolute().parent)
    if file.problems or file.root is None:
        raise MappingRefused(file.problems)
    sources = Sources(file.root)
    data = plain(file.root)
    try:
        return Loaded(Mapping.model_validate(data), path.read_text(encoding="utf-8"), sources)
    except ValidationError as error:
        raise MappingRefused(_problems(error, data, sources)) from error


def read_mapping(text: str, name: str = "mapping.yaml") -> Loaded:
    """Read a mapping from its text. Raises MappingRefused."""
    with TemporaryDirectory() as home:
        folder = Path(home) / "mapping"
        folder.mkdir()
        path = folder / (Path(name).name or "mapping.yaml")
        path.write_text(text, encoding="utf-8", newline="")
        return load_mapping(path)


def _problems(error: ValidationError, data: Any, sources: Sources) -> Iterator[Problem]:
    for each in error.errors(include_url=False):
        yield _problem(each, _place(each["loc"], data), sources)


def _place(loc: Way, data: Any) -> Way:
    """The way through the file: pydantic also names the form of a value, which stands nowhere in it."""
    way: list[str | int] = []
    node = data
    for step in loc:
        here = (isinstance(node, dict) and step in node) or (
            isinstance(node, list) and isinstance(step, int) and step < len(node)
        )
        if not here and step in FORMS:
            continue
        way.append(step)
        node = node[step] if here else None
    return tuple(way)


def _problem(error: ErrorDetails, way: Way, sources: Sources) -> Problem:
    name = str(way[-1]) if way else ""
    match error["type"]:
        case "extra_forbidden":
            known = names_at(error["loc"][:-1])
            near = nearest(name, known)
            return sources.problem(
                way, f"there is no “{name}” here", expected=listed(known, 20), nearest=near, at_key=True
            )
        case "missing":
            return sources.problem(way, f"“{name}” is missing")
        case "union_tag_not_found" | "union_tag_invalid":
            forms = "an expression, a number, or one of value:, text:, ref:, person:, object: and list:"
            return sources.problem(way, "this is no value", expected=forms)
        case "value_error":
            return sources.problem(way, str(error["ctx"]["error"]))
        case _:
            return sources.problem(way, error["msg"][:1].lower() + error["msg"][1:])

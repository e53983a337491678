"""Which names may stand at a place of a mapping, read from its types."""

from __future__ import annotations

from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, Tag

from tenure.sources.mapping.model import Mapping


def names_at(place: tuple[str | int, ...]) -> list[str]:
    """The keys that the part at a place takes; none where it takes any."""
    node: Any = Mapping
    for step in place:
        node = _below(node, step)
    return sorted(_fields(node)) if isinstance(node, type) and issubclass(node, BaseModel) else []


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _below(node: Any, step: str | int) -> Any:
    node = _bare(node)
    arguments = get_args(node)
    if get_origin(node) in (Union, UnionType):
        for branch in arguments:
            if any(isinstance(mark, Tag) and mark.tag == step for mark in get_args(branch)[1:]):
                return get_args(branch)[0]
        return None
    if isinstance(node, type) and issubclass(node, BaseModel):
        return _bare(_fields(node).get(str(step)))
    if get_origin(node) is dict:
        return _bare(arguments[1])
    return _bare(arguments[0]) if get_origin(node) is tuple else None


def _bare(node: Any) -> Any:
    """The type without what annotates it, and without None beside it."""
    while get_origin(node) is Annotated:
        node = get_args(node)[0]
    if get_origin(node) in (Union, UnionType):
        branches = [each for each in get_args(node) if each is not type(None)]
        return _bare(branches[0]) if len(branches) == 1 else node
    return node

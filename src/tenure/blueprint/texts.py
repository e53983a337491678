"""Every text of a blueprint that means something, found by the types of the model."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from tenure.blueprint.meanings import Meaning, Part
from tenure.blueprint.model import Model
from tenure.blueprint.sources import Way
from tenure.blueprint.structure import fields_of


@dataclass(frozen=True)
class Text:
    """A text with its meaning, the field of the part it stands in, and what stands beside it there."""

    way: Way
    value: str
    meaning: str
    part: type[Part]
    field: str
    beside: Mapping[str, Any]
    is_key: bool = False


def texts_of(data: Mapping[str, Any]) -> Iterator[Text]:
    """The meaningful texts of a model's plain data, in order. What does not fit its type is passed over."""
    yield from _in_part(data, Model, ())


def parts_of(data: Mapping[str, Any], section: str) -> dict[str, Mapping[str, Any]]:
    """The parts of a section that are mappings, whether or not they fit their type."""
    found = data.get(section)
    return {key: part for key, part in found.items() if isinstance(part, Mapping)} if isinstance(found, Mapping) else {}


def _in_part(data: Mapping[str, Any], part: type[Part], way: Way) -> Iterator[Text]:
    for field, hint in fields_of(part):
        if field in data:
            yield from _in_value(data[field], hint, Text((*way, field), "", "", part, field, data))


def _in_value(value: Any, hint: Any, place: Text) -> Iterator[Text]:
    meaning, hint = _meaning(hint)
    if meaning is not None:
        if isinstance(value, str):
            yield _at(place, place.way, value, meaning)
    elif isinstance(hint, type) and issubclass(hint, Part):
        if isinstance(value, Mapping):
            yield from _in_part(value, hint, place.way)
    elif get_origin(hint) is dict and isinstance(value, Mapping):
        key_hint, value_hint = get_args(hint)
        key_meaning, _ = _meaning(key_hint)
        for key, each in value.items():
            if key_meaning is not None:
                yield _at(place, (*place.way, key), key, key_meaning, is_key=True)
            yield from _in_value(each, value_hint, _at(place, (*place.way, key)))
    elif get_origin(hint) is tuple and isinstance(value, list | tuple):
        for index, each in enumerate(value):
            yield from _in_value(each, get_args(hint)[0], _at(place, (*place.way, index)))


def _at(place: Text, way: Way, value: str = "", meaning: str = "", *, is_key: bool = False) -> Text:
    return Text(way, value, meaning, place.part, place.field, place.beside, is_key)


def _meaning(hint: Any) -> tuple[str | None, Any]:
    """What a type's texts mean, and the type without its annotations and without None."""
    while True:
        if get_origin(hint) is Annotated:
            inner, *notes = get_args(hint)
            found = next((note.kind for note in notes if isinstance(note, Meaning)), None)
            if found is not None:
                return found, inner
            hint = inner
        elif get_origin(hint) in (Union, UnionType):
            hint = next(each for each in get_args(hint) if each is not type(None))
        else:
            return None, hint

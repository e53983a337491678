"""Plain data typed: what does not fit the model's types becomes a problem, and the rest a model all the same."""

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tenure.blueprint.meanings import Part
from tenure.blueprint.model import Model
from tenure.blueprint.problems import Problem, listed, nearest
from tenure.blueprint.sources import Sources, Way

_EXPECTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "decimal_type": "a number",
    "decimal_parsing": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "date_type": "a day, such as 2026-01-31",
    "date_parsing": "a day, such as 2026-01-31",
    "date_from_datetime_parsing": "a day, such as 2026-01-31",
}
_ROUNDS = 12  # each round takes the mistakes away that the one before has shown


def model_of(data: dict[str, Any], sources: Sources) -> tuple[Model, list[Problem]]:
    """The model of plain data, and what is wrong with its form.

    What is wrong is left out, together with the part that cannot do without it, so that the rest can be checked too.
    A company that cannot be read at all is stood in for by one without a name.
    """
    left: dict[str, Any] = json.loads(_json(data))
    problems: list[Problem] = []
    for _ in range(_ROUNDS):
        try:
            return Model.model_validate_json(_json(left), strict=True, by_alias=True, by_name=False), problems
        except ValidationError as error:
            found = error.errors(include_url=False)
        if not problems:
            problems = [_problem(each, data, sources) for each in found]
        for each in found:
            _take_away(left, each)
        left.setdefault("company", {"name": "?"})
    raise AssertionError("a model without its mistakes is sound")


def _json(data: Any) -> str:
    def number(value: Any) -> Any:
        if isinstance(value, Decimal):
            short = float(value)
            return short if Decimal(repr(short)) == value else str(value)
        raise TypeError(f"{value!r} has no place in a blueprint")

    return json.dumps(data, default=number)


def _way(error: ErrorDetails) -> Way:
    return tuple(part for part in error["loc"] if part != "[key]")


def _take_away(data: dict[str, Any], error: ErrorDetails) -> None:
    """Remove what an error is about: a key, or the part that lacks one."""
    way = list(_way(error))
    if error["type"] == "missing":
        way.pop()
    while way and isinstance(way[-1], int):
        way.pop()  # a list without one of its entries would mean something else
    holder: Any = data
    for step in way[:-1]:
        try:
            holder = holder[step]
        except (KeyError, IndexError, TypeError):
            return  # another error has taken it away already
    if way and isinstance(holder, dict):
        holder.pop(way[-1], None)


def _problem(error: ErrorDetails, data: Any, sources: Sources) -> Problem:
    way = _way(error)
    name = str(way[-1]) if way else ""
    context: Mapping[str, Any] = error.get("ctx") or {}
    match error["type"]:
        case "extra_forbidden":
            known = fields_at(way[:-1])
            what = "section" if len(way) == 1 else "key"
            near = nearest(name, known)
            return sources.problem(
                way, f"there is no {what} “{name}”", expected=listed(known), nearest=near, at_key=True
            )
        case "missing" if isinstance(way[-1], int):
            return sources.problem(way, "the list is too short", expected=_counted_entries(way))
        case "missing":
            return sources.problem(way, f"“{name}” is missing", expected=_described(way))
        case "literal_error":
            words = [word.strip(" '") for word in str(context["expected"]).replace(" or ", ",").split(",")]
            is_key = error["loc"][-1] == "[key]"
            return sources.problem(
                way,
                f"“{error['input']}” is not among the words that stand here",
                expected=listed(words, 12),
                nearest=nearest(str(error["input"]), words),
                at_key=is_key,
            )
        case "string_pattern_mismatch" | "string_too_short" | "string_too_long":
            is_key = error["loc"][-1] == "[key]"
            return sources.problem(
                way, _about_text(error, is_key), expected=_text_expected(error, is_key), at_key=is_key
            )
        case "too_long" | "too_short":
            return sources.problem(way, "the list has the wrong length", expected=_counted_entries((*way, 0)))
        case kind if kind in _EXPECTED:
            return sources.problem(way, f"{_found(error['input'])} stands here", expected=_EXPECTED[kind])
        case _:
            return sources.problem(way, error["msg"][:1].lower() + error["msg"][1:])


def _about_text(error: ErrorDetails, is_key: bool) -> str:
    text = str(error["input"])
    if error["type"] == "string_too_short":
        return "the text is empty"
    if error["type"] == "string_too_long":
        return f"the {'key' if is_key else 'text'} has {len(text)} characters"
    return f"“{text[:60]}” is not a key" if is_key else f"“{text[:60]}” does not fit"


def _text_expected(error: ErrorDetails, is_key: bool) -> str:
    context: Mapping[str, Any] = error.get("ctx") or {}
    match error["type"]:
        case "string_too_short":
            return "a text"
        case "string_too_long":
            return f"at most {context['max_length']}"
    match context["pattern"]:
        case "^[a-z][a-z0-9_]*$":
            return "lower-case letters, digits and _, beginning with a letter"
        case "^[A-Z]{3}$":
            return "a currency of three capitals, such as USD"
        case _:
            return "a colour such as #8a2d5b"


def _found(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float() | Decimal():
            return f"the number {value}"
        case str():
            return f"the text “{value[:60]}”"
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case _:
            return "nothing"


def _counted_entries(way: Way) -> str:
    return "pairs of [measure's value, points]" if "points" in way else "at least one entry"


def _described(way: Way) -> str:
    """What kind of value a key holds, in words."""
    hint = _strip(_type_at(way))
    if get_origin(hint) is dict:
        return "a mapping"
    if get_origin(hint) is tuple:
        return "a list"
    if isinstance(hint, type) and issubclass(hint, Part):
        return "a mapping"
    words = {str: "a text", int: "a whole number", Decimal: "a number", bool: "true or false"}
    return words.get(hint, listed([str(each) for each in get_args(hint)], 12))


def fields_at(way: Way) -> list[str]:
    """The keys that a part may have, as a blueprint writes them."""
    part = _strip(_type_at(way))
    if isinstance(part, type) and issubclass(part, Part):
        return [name for name, _ in fields_of(part)]
    return []


@cache
def fields_of(part: type[Part]) -> tuple[tuple[str, Any], ...]:
    """Each key of a part as a blueprint writes it, with its type and what the type's texts mean."""
    hints = get_type_hints(part, include_extras=True)
    return tuple((field.alias or name, hints[name]) for name, field in part.model_fields.items())


def _type_at(way: Way) -> Any:
    """The type that stands at a way through the model; None where there is none."""
    hint: Any = Model
    for step in way:
        hint = _strip(hint)
        if isinstance(hint, type) and issubclass(hint, Part):
            hint = dict(fields_of(hint)).get(str(step))
        elif get_origin(hint) is dict:
            hint = get_args(hint)[1]
        elif get_origin(hint) is tuple:
            hint = get_args(hint)[0]
        else:
            return None
    return hint


def _strip(hint: Any) -> Any:
    """A type without its annotations and without None."""
    while True:
        if get_origin(hint) is Annotated:
            hint = get_args(hint)[0]
        elif get_origin(hint) in (Union, UnionType):
            hint = next(each for each in get_args(hint) if each is not type(None))
        else:
            return hint

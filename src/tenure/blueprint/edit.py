"""One value of a blueprint's file set to another, with every comment and the order of keys left as they stand."""

import io
import json
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.util import load_yaml_guess_indent

from tenure.base.errors import Refused
from tenure.blueprint.sources import Way

# What YAML 1.2 reads as a text without quotes, also between braces; less than it would.
_PLAIN = re.compile(r"[A-Za-z](?:[A-Za-z0-9_.%/()'<>=*+]|-| (?=[^ #]))*")
_NOT_TEXTS = frozenset({"true", "false", "null"})

Editable = str | int | float | bool | None | Sequence["Editable"] | Mapping[str, "Editable"]


def set_value(text: str, way: Way, value: Editable) -> str:
    """The YAML text with one value set. Mappings on the way are made where they are missing; a list has to be there.

    Where one value stands for another, nothing else in the text changes by a single sign. Where a key is added or a
    list replaced, lists in brackets that run over several lines are joined into one.
    Raises Refused where the text is not YAML or the way leads through something that holds nothing.
    """
    if not way:
        raise Refused("no_way", "Name the key to set.")
    try:
        found = _located(text, way)
        if found is not None and (value is None or isinstance(value, bool | int | float | str)):
            return text[: found.start_mark.index] + _written(value, found.style) + text[found.end_mark.index :]
        _, indent, offset = load_yaml_guess_indent(text)
        yaml = _round_trip(indent, offset)
        data = yaml.load(text)
    except YAMLError as error:
        raise Refused("not_yaml", f"The file is not YAML: {error}.") from error
    data = CommentedMap() if data is None else data
    holder = data
    for index, step in enumerate(way[:-1]):
        holder = _enter(holder, step, way[: index + 1])
    _put(holder, way[-1], value, way)
    out = io.StringIO()
    yaml.dump(data, out)
    return out.getvalue()


def _located(text: str, way: Way) -> ScalarNode | None:
    """The value at a way, where it is a single one on its line that nothing else refers to."""
    node = YAML(typ="safe", pure=True).compose(text)
    for step in way:
        if isinstance(node, MappingNode):
            node = next((each for key, each in node.value if key.value == step), None)
        elif isinstance(node, SequenceNode) and isinstance(step, int) and 0 <= step < len(node.value):
            node = node.value[step]
        else:
            return None
    if not isinstance(node, ScalarNode) or node.anchor or node.style in ("|", ">"):
        return None
    return node if node.start_mark.line == node.end_mark.line and node.start_mark.index < node.end_mark.index else None


def _written(value: str | int | float | bool | None, style: str | None) -> str:
    """A value as YAML writes it on one line; a text keeps the quotes of the one before."""
    if not isinstance(value, str):
        return json.dumps(value)
    if style == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    is_plain = _PLAIN.fullmatch(value) and value.lower() not in _NOT_TEXTS
    return value if style != '"' and is_plain else json.dumps(value, ensure_ascii=False)


def edit(file: Path, way: Way, value: Editable) -> None:
    """As `set_value`, in a file: it is replaced as a whole, so that a reader never sees half of it."""
    text = set_value(file.read_text(encoding="utf-8"), way, value)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        Path(name).chmod(file.stat().st_mode & 0o777)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _round_trip(indent: int | None, offset: int | None) -> YAML:
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 10_000  # no line is broken that was not broken before
    yaml.indent(mapping=2, sequence=indent or 4, offset=2 if offset is None else offset)
    yaml.representer.add_representer(
        type(None), lambda representer, _: representer.represent_scalar("tag:yaml.org,2002:null", "null")
    )
    return yaml


def _enter(holder: Any, step: str | int, way: Way) -> Any:
    if isinstance(holder, CommentedMap):
        if holder.get(str(step)) is None:
            holder[str(step)] = CommentedMap()
        return holder[str(step)]
    if isinstance(holder, list) and isinstance(step, int) and 0 <= step < len(holder):
        return holder[step]
    raise Refused("no_way", f"There is nothing at {'.'.join(map(str, way))}.", field=str(way[0]))


def _put(holder: Any, step: str | int, value: Editable, way: Way) -> None:
    if isinstance(holder, CommentedMap):
        holder[str(step)] = value
    elif isinstance(holder, list) and isinstance(step, int) and 0 <= step <= len(holder):
        holder[step : step + 1] = [value]
    else:
        raise Refused("no_way", f"There is nothing at {'.'.join(map(str, way))}.", field=str(way[0]))

"""One value of a blueprint's file set to another, with every comment and the order of keys left as they stand."""

import io
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError
from ruamel.yaml.util import load_yaml_guess_indent

from tenure.base.errors import Refused
from tenure.blueprint.sources import Way

Editable = str | int | float | bool | None | Sequence["Editable"] | Mapping[str, "Editable"]


def set_value(text: str, way: Way, value: Editable) -> str:
    """The YAML text with one value set. Mappings on the way are made where they are missing; a list has to be there.

    Raises Refused where the text is not YAML or the way leads through something that holds nothing.
    """
    if not way:
        raise Refused("no_way", "Name the key to set.")
    try:
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

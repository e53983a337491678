"""What a connector says of itself: its label, what it reads or sends, its settings, how often it is read.

Kinds that bring something in are folders here. Kinds that something is sent to are the tools of the blueprint: their
manifests follow from its recipes.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from tenure.base.errors import Refused
from tenure.blueprint.meanings import Name, Part
from tenure.blueprint.model import Model, Tool
from tenure.identity import blueprints

FOLDER = Path(__file__).parent
LONGEST = 20_000
TOOL = "tool-"  # before the key of a tool of the blueprint; no folder has such a name
ADDRESS = "address"


class Setting(Part):
    """One value that a connector asks for.

    A `secret` is kept encrypted and never shown. Changing one that `binds` wants the secrets typed again, so that
    nobody sends them to another server than they were meant for, and begins the reading anew.
    """

    label: Name
    type: Literal["text", "long", "integer", "choice", "secret"] = "text"
    required: bool = False
    default: str | int | None = None
    choices: dict[str, str] = {}
    least: int = 0
    most: int = 1_000_000
    binds: bool = False
    hint: str = ""


class Manifest(Part):
    """One kind of connector: it `reads` something every so many minutes, `receives` what others send, or `sends`."""

    label: Name
    about: str
    named: str = ""  # what one of them may be called, where that is not its label
    way: Literal["reads", "receives", "sends"]
    what: tuple[Name, ...]
    every_minutes: int = 5
    settings: dict[str, Setting]

    def plain(self, given: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
        """The settings that are no secrets after a change, each with its type. Raises Refused at the first misfit."""
        found = {}
        for name in given:
            if name not in self.settings or self.settings[name].type == "secret":
                raise Refused("unknown_setting", f"{self.label} has no setting “{name}”.", field=name)
        for name, setting in self.settings.items():
            if setting.type != "secret":
                value = given.get(name, before.get(name, setting.default))
                found[name] = _value(name, setting, value)
        return found

    def secrets(self, given: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
        """The secrets after a change; one that is left empty stays as it was."""
        found = {}
        for name, setting in self.settings.items():
            if setting.type == "secret":
                found[name] = str(given.get(name) or before.get(name, ""))[:LONGEST]
                if setting.required and not found[name]:
                    raise Refused("missing", f"{setting.label}: this is needed.", field=name)
        return found


def _value(name: str, setting: Setting, value: Any) -> str | int | None:
    text = "" if value is None else str(value).strip()
    if not text:
        if setting.required:
            raise Refused("missing", f"{setting.label}: this is needed.", field=name)
        return None if setting.type == "integer" else ""
    if setting.type == "integer":
        if not text.isdigit() or not setting.least <= int(text) <= setting.most:
            words = f"{setting.label}: a whole number from {setting.least:,} to {setting.most:,}."
            raise Refused("no_integer", words, field=name)
        return int(text)
    if setting.type == "choice" and text not in setting.choices:
        raise Refused("no_choice", f"{setting.label}: choose {', '.join(setting.choices.values())}.", field=name)
    if len(text) > (LONGEST if setting.type == "long" else 400):
        raise Refused("too_long", f"{setting.label}: this is too long.", field=name)
    return text


@cache
def folders() -> Mapping[str, Manifest]:
    """Every kind of connector that there is a folder for, by the folder's name."""
    found = {}
    for path in sorted(FOLDER.glob("*/manifest.toml")):
        found[path.parent.name] = Manifest.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    return found


def manifests(model: Model) -> Mapping[str, Manifest]:
    """Every kind of connector that this company may connect: the folders, and the tools of its blueprint."""
    return {**folders(), **{f"{TOOL}{key}": _of_tool(tool) for key, tool in model.tools.items()}}


def manifest_of(kind: str) -> Manifest:
    """The manifest of a kind. Raises Refused where there is none."""
    found = folders().get(kind)
    if found is None and kind.startswith(TOOL):
        tool = blueprints.in_force().tools.get(kind.removeprefix(TOOL))
        found = _of_tool(tool) if tool else None
    if found is None:
        raise Refused("unknown_kind", f"There is no connector “{kind}”; choose one of the list.", field="kind")
    return found


def _of_tool(tool: Tool) -> Manifest:
    """What a connection to a tool asks for: where it is, and what its recipes need."""
    words = "Only its secure address: https://…" if tool.address else "Where it takes calls: https://…"
    settings = {ADDRESS: Setting(label="Address", required=True, default=tool.address, binds=True, hint=words)}
    for key, asked in tool.settings.items():
        type_: Literal["secret", "text"] = "secret" if asked.secret else "text"
        default = asked.default or None
        settings[key] = Setting(
            label=asked.label, type=type_, required=asked.required, default=default, hint=asked.hint
        )
    what = tuple(call.label for call in tool.calls.values())
    return Manifest(label=tool.label, about=tool.about, way="sends", what=what, settings=settings)

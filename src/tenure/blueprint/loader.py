"""A folder of YAML read into one operating model; whatever is wrong with it is told at once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tenure.blueprint.check import Vocabulary, check_data
from tenure.blueprint.model import Model
from tenure.blueprint.problems import BlueprintErrors, Problem, nearest
from tenure.blueprint.sources import Branch, Leaf, Mark, Node, Sources, Way, plain
from tenure.blueprint.structure import fields_at, model_of
from tenure.blueprint.yaml_file import YamlFile

MOST_FILES = 200
LONGEST_CHAIN = 5  # blueprints that extend each other
_FOLDER_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}")
_QUOTED = "a known key; a text with a comma stands in quotes where braces are around it"
# A trigger is one thought: who writes another `on` does not want the inherited `where`.
REPLACED_WHOLE = frozenset({"opens", "enters", "starts", "done_by", "counts"})


@dataclass(frozen=True)
class Reading:
    """What could be read of a blueprint: the model as far as it is sound, where its texts stand, and the mistakes.

    `data` is everything as it was written, sound or not.
    """

    model: Model
    sources: Sources
    problems: tuple[Problem, ...]
    data: dict[str, Any]


def load(folder: Path, *, search: Sequence[Path] = (), vocabulary: Vocabulary | None = None) -> Model:
    """The operating model of a folder. Raises BlueprintErrors with every mistake.

    Blueprints that it `extends` are looked for in the folders of `search`, then beside it. Without a vocabulary only
    what a blueprint can say by itself is checked: form, references, durations, bands, the form of expressions.
    """
    reading = read(folder, search=search, vocabulary=vocabulary)
    if reading.problems:
        raise BlueprintErrors(reading.problems)
    return reading.model


def read(folder: Path, *, search: Sequence[Path] = (), vocabulary: Vocabulary | None = None) -> Reading:
    """As `load`, but for a reader who wants to see a blueprint that has mistakes."""
    collector = _Collector([*search, folder.parent])
    root = collector.read(folder)
    sources = Sources(root)
    data: dict[str, Any] = plain(root)
    model, problems = model_of(data, sources)
    problems += check_data(data, model, sources, vocabulary, whole=collector.is_whole)
    return Reading(model, sources, tuple(sorted({*collector.problems, *problems})), data)


class _Collector:
    """Gathers the files of a folder, and of those that it extends, into one tree."""

    def __init__(self, search: Sequence[Path]) -> None:
        self._search = search
        self.problems: list[Problem] = []
        self.is_whole = True  # false where a file or a blueprint that is extended could not be read

    def read(self, folder: Path, chain: tuple[Path, ...] = ()) -> Branch:
        own = Branch(Mark(f"{folder.name}/company.yaml", 1, 1))
        extends: tuple[Mark, Node] | None = None
        for file in self._files(folder):
            self.problems += file.problems
            if file.root is None:
                self.is_whole = False
                continue
            found = file.root.entries.pop("extends", None)
            if found is not None and file.path.name != "company.yaml":
                self._add(found[0], "extends", "a blueprint says in company.yaml what it extends")
            elif found is not None:
                extends = found
            for section, entry in file.root.entries.items():
                self._add_section(own, section, entry)
        self._tell_empty(own, (), is_whole=extends is None)
        if extends is None:
            return own
        parent = self._parent(extends, folder, (*chain, folder.resolve()))
        if parent is None:
            self.is_whole = False
            return own
        self._merge(parent, own, ())
        return parent

    def _add(self, mark: Mark, path: str, message: str, *, expected: str = "", near: str = "") -> None:
        self.problems.append(Problem(mark.file, mark.line, mark.column, path, message, expected, near))

    def _files(self, folder: Path) -> list[YamlFile]:
        company = Mark(f"{folder.name}/company.yaml", 1, 1)
        if not folder.is_dir():
            self._add(company, "", "there is no such folder", expected="a folder with company.yaml")
            return []
        paths = sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml") and not path.is_dir())
        if len(paths) > MOST_FILES:
            self._add(company, "", f"the folder holds {len(paths)} files", expected=f"at most {MOST_FILES}")
            return []
        for path in paths:
            if path.suffix == ".yml":
                self._add(
                    Mark(f"{folder.name}/{path.name}", 1, 1),
                    "",
                    "the file is not read",
                    expected="its name to end in .yaml",
                )
        if not any(path.name == "company.yaml" for path in paths):
            self._add(company, "", "the file is missing", expected="company.yaml, with who the company is")
        return [YamlFile(path, folder) for path in paths if path.suffix == ".yaml"]

    def _add_section(self, own: Branch, section: str, entry: tuple[Mark, Node]) -> None:
        mark, node = entry
        if section not in own.entries:
            own.entries[section] = entry
            return
        first_mark, first = own.entries[section]
        if not isinstance(first, Branch) or not isinstance(node, Branch):
            self._add(mark, section, f"“{section}” stands in {first_mark.file} too, in line {first_mark.line}")
            return
        for key, (key_mark, value) in node.entries.items():
            if key in first.entries:
                other = first.entries[key][0]
                message = f"“{key}” stands here a second time; it stands in {other.file}, line {other.line}, too"
                self._add(key_mark, f"{section}.{key}", message)
            else:
                first.entries[key] = (key_mark, value)

    def _tell_empty(self, node: Node, way: Way, *, is_whole: bool) -> None:
        """Keys that hold nothing and mean nothing. A value with a comma in braces and no quotes makes such keys."""
        if not isinstance(node, Branch) or way[:1] == ("settings",):
            return
        known = fields_at(way)
        for key, (mark, value) in node.entries.items():
            if not isinstance(value, Leaf) or value.value is not None:
                self._tell_empty(value, (*way, key), is_whole=is_whole)
            elif known and key not in known:
                message = f"there is no {'key' if way else 'section'} “{key}”"
                self._add(mark, ".".join((*map(str, way), key)), message, expected=_QUOTED, near=nearest(key, known))
            elif not known and is_whole:
                self._add(mark, ".".join((*map(str, way), key)), f"“{key}” is empty", expected="its keys")

    def _parent(self, extends: tuple[Mark, Node], folder: Path, chain: tuple[Path, ...]) -> Branch | None:
        node = extends[1]
        name = node.value if isinstance(node, Leaf) else None
        if not isinstance(name, str) or not _FOLDER_NAME.fullmatch(name):
            self._add(node.mark, "extends", "this names no blueprint", expected="the name of a folder, such as base")
            return None
        found = next((place / name for place in self._search if (place / name / "company.yaml").is_file()), None)
        if found is None:
            known = sorted({path.parent.name for place in self._search for path in place.glob("*/company.yaml")})
            near = nearest(name, set(known) - {folder.name})
            self._add(
                node.mark,
                "extends",
                f"there is no blueprint “{name}”",
                expected="a folder with company.yaml",
                near=near,
            )
            return None
        if found.resolve() in chain:
            self._add(node.mark, "extends", f"“{name}” extends this blueprint in turn")
            return None
        if len(chain) >= LONGEST_CHAIN:
            self._add(node.mark, "extends", f"more than {LONGEST_CHAIN} blueprints extend each other")
            return None
        return self.read(found, chain)

    def _merge(self, parent: Branch, child: Branch, way: tuple[str, ...]) -> None:
        """Lay the child's entries over the parent's: null removes, mappings merge, everything else replaces."""
        for key, (mark, node) in child.entries.items():
            inherited = parent.entries.get(key)
            if isinstance(node, Leaf) and node.value is None:
                if inherited is None and len(way) == 1:
                    near = nearest(key, parent.entries)
                    self._add(mark, ".".join((*way, key)), f"there is no inherited “{key}” to take away", near=near)
                parent.entries.pop(key, None)
            elif inherited is not None and isinstance(node, Branch) and isinstance(inherited[1], Branch):
                if key in REPLACED_WHOLE:
                    parent.entries[key] = (mark, node)
                else:
                    self._merge(inherited[1], node, (*way, key))
            else:
                parent.entries[key] = (mark, node)

"""One YAML file read into a tree that remembers where everything stands, and refused where it is out of hand."""

import re
from decimal import Decimal
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.nodes import Node as YamlNode

from tenure.blueprint.problems import Problem
from tenure.blueprint.sources import Branch, Items, Leaf, Mark, Node, Scalar

LARGEST_FILE = 1_000_000  # bytes
MOST_VALUES = 20_000  # per file, after every alias is followed
DEEPEST = 20
LONGEST_NUMBER = 40
LONGEST_KEY = 120

_WHOLE = re.compile(r"[-+]?[0-9]+")
_DECIMAL = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,2})?")
_OPENING = re.compile(r"[\[{]")


class _OutOfHand(Exception):
    """The file expands beyond what a blueprint can hold."""

    def __init__(self, message: str, node: YamlNode) -> None:
        self.message = message
        self.node = node


class YamlFile:
    """One file: `root` is its tree, None where it could not be read, and `problems` are its mistakes of form."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.path = path
        self.name = f"{folder.name}/{path.name}"
        self.problems: list[Problem] = []
        self._values = 0
        self._open: set[int] = set()
        self.root = self._read(folder)

    def _read(self, folder: Path) -> Branch | None:
        text = self._text(folder)
        if text is None:
            return None
        try:
            composed = YAML(typ="safe", pure=True).compose(text)
            if composed is None:
                return Branch(Mark(self.name, 1, 1))
            root = self._node(composed, 0)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            what = " ".join(str(part) for part in (error.problem, error.context) if part)
            self._add(mark.line + 1 if mark else 1, mark.column + 1 if mark else 1, f"this is not YAML: {what}")
        except _OutOfHand as error:
            mark = error.node.start_mark
            self._add(mark.line + 1, mark.column + 1, error.message)
        except (YAMLError, RecursionError, ValueError) as error:
            self._add(1, 1, f"this is not YAML: {str(error).splitlines()[0] if str(error) else 'it nests too deeply'}")
        else:
            if isinstance(root, Branch):
                return root
            self._add(root.mark.line, root.mark.column, "the file holds no sections", expected="a mapping of sections")
        return None

    def _text(self, folder: Path) -> str | None:
        if not self.path.resolve().is_relative_to(folder.resolve()):
            self._add(1, 1, "the file is a link that leads out of the folder")
            return None
        if not self.path.is_file():
            self._add(1, 1, "the file cannot be read")
            return None
        size = self.path.stat().st_size
        if size > LARGEST_FILE:
            self._add(1, 1, f"the file has {size:,} bytes", expected=f"at most {LARGEST_FILE:,}")
            return None
        try:
            text = self.path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            self._add(1, 1, f"the file is not UTF-8 (byte {error.start + 1})")
            return None
        # The composer recurses per bracket: a hundred times what a blueprint nests is refused before it starts.
        if len(_OPENING.findall(text)) > MOST_VALUES:
            self._add(1, 1, f"the file opens more than {MOST_VALUES:,} brackets")
            return None
        return text

    def _add(self, line: int, column: int, message: str, *, expected: str = "", path: str = "") -> None:
        self.problems.append(Problem(self.name, line, column, path, message, expected))

    def _mark(self, node: YamlNode) -> Mark:
        start, end = node.start_mark, node.end_mark
        style = getattr(node, "style", None)
        # Only in a text on one line do its columns and the file's run together.
        shift = -1 if start.line != end.line or style in ("|", ">") else (1 if style in ("'", '"') else 0)
        return Mark(self.name, start.line + 1, start.column + 1, shift)

    def _node(self, node: YamlNode, depth: int) -> Node:
        self._values += 1
        if self._values > MOST_VALUES:
            raise _OutOfHand(f"the file expands to more than {MOST_VALUES:,} values", node)
        if depth > DEEPEST:
            raise _OutOfHand(f"the file nests deeper than {DEEPEST} levels", node)
        if id(node) in self._open:
            raise _OutOfHand("an alias leads back into what holds it", node)
        self._open.add(id(node))
        try:
            match node:
                case MappingNode() if str(node.tag) == "tag:yaml.org,2002:map":
                    return self._mapping(node, depth)
                case SequenceNode() if str(node.tag) == "tag:yaml.org,2002:seq":
                    return Items(self._mark(node), [self._node(each, depth + 1) for each in node.value])
                case ScalarNode():
                    return Leaf(self._mark(node), self._scalar(node))
        finally:
            self._open.discard(id(node))
        raise _OutOfHand(f"the tag “{node.tag}” is not used here", node)

    def _mapping(self, node: MappingNode, depth: int) -> Branch:
        branch = Branch(self._mark(node))
        for key_node, value_node in node.value:
            mark = self._mark(key_node)
            if not isinstance(key_node, ScalarNode):
                self._add(mark.line, mark.column, "a key is a single word", expected="a name")
                continue
            key = str(key_node.value)
            value = self._node(value_node, depth + 1)
            if len(key) > LONGEST_KEY:
                self._add(
                    mark.line, mark.column, f"the key has {len(key)} characters", expected=f"at most {LONGEST_KEY}"
                )
            elif key == "<<":
                self._add(
                    mark.line, mark.column, "merge keys are not used here", expected="extends, or the keys themselves"
                )
            elif key in branch.entries:
                first = branch.entries[key][0]
                self._add(
                    mark.line, mark.column, f"“{key}” stands here a second time; it stands in line {first.line} too"
                )
            else:
                branch.entries[key] = (mark, value)
        return branch

    def _scalar(self, node: ScalarNode) -> Scalar:
        kind = str(node.tag).rpartition(":")[2]
        text = str(node.value)
        mark = node.start_mark
        match kind:
            case "null":
                return None
            case "bool" if text.lower() in ("true", "false"):
                return text.lower() == "true"
            case "int" if _WHOLE.fullmatch(text) and len(text) <= LONGEST_NUMBER:
                return int(text)
            case "float" if _DECIMAL.fullmatch(text) and len(text) <= LONGEST_NUMBER:
                return Decimal(text)
            case "int" | "float":
                self._add(
                    mark.line + 1,
                    mark.column + 1,
                    f"“{text[:50]}” is not a plain number",
                    expected="digits, with a point",
                )
                return 0
            case "str" | "timestamp":
                return text
        self._add(mark.line + 1, mark.column + 1, f"the tag “{node.tag}” is not used here", expected="a plain value")
        return text

"""One value is set, and everything else in the file stays as it stands: comments, order, quotes."""

import difflib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tenure.base.errors import Refused
from tenure.blueprint.edit import edit, set_value
from tenure.blueprint.loader import load
from tenure.blueprint.sources import Way

BLUEPRINTS = Path(__file__).parents[2] / "blueprints"

TEXT = """\
# How health is scored.
scorecards:
  health:
    label: "Health"   # said as a word
    bands:
      green: {label: Green, tone: green, from: 70}
      # Everything below is watched.
      yellow: {label: Watch, tone: yellow, from: 45}
    components:
      use:
        points: [[0, 0], [20, 100]]
tiers:
  gold: null
"""


def lines_changed(before: str, after: str) -> list[str]:
    found = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in found if line[0] in "+-" and line[:3] not in ("+++", "---")]


@pytest.mark.parametrize(
    ("way", "value", "changed"),
    [
        (
            ("scorecards", "health", "bands", "green", "from"),
            75,
            [
                "-      green: {label: Green, tone: green, from: 70}",
                "+      green: {label: Green, tone: green, from: 75}",
            ],
        ),
        (
            ("scorecards", "health", "components", "use", "points", 1, 0),
            12.5,
            ["-        points: [[0, 0], [20, 100]]", "+        points: [[0, 0], [12.5, 100]]"],
        ),
        (
            ("scorecards", "health", "label"),
            "State: of an account",
            ['-    label: "Health"   # said as a word', '+    label: "State: of an account"   # said as a word'],
        ),
        (("tiers", "silver", "label"), "Silver", ["+  silver:", "+    label: Silver"]),
        (("company", "name"), "Acme", ["+company:", "+  name: Acme"]),
        (
            ("scorecards", "health", "components", "use", "points"),
            [[0, 1]],
            [
                "-        points: [[0, 0], [20, 100]]",
                "+        points:",
                "+          -",
                "+            - 0",
                "+            - 1",
            ],
        ),
    ],
)
def test_one_value_changes_and_nothing_else(way: Way, value: object, changed: list[str]) -> None:
    assert lines_changed(TEXT, set_value(TEXT, way, value)) == changed


def leaves(data: object, way: Way = ()) -> list[Way]:
    if isinstance(data, dict):
        return [found for key, each in data.items() for found in leaves(each, (*way, key))]
    if isinstance(data, list):
        return [found for index, each in enumerate(data) for found in leaves(each, (*way, index))]
    return [way] if isinstance(data, str) and "\n" not in data else []


@pytest.mark.parametrize(
    "file", sorted(BLUEPRINTS.glob("*/*.yaml")), ids=lambda file: f"{file.parent.name}/{file.name}"
)
def test_any_value_of_a_shipped_file_is_edited_on_its_line_alone(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    ways = leaves(YAML(typ="safe", pure=True).load(text))
    for way in ways[:: max(1, len(ways) // 5)]:
        gone, come = lines_changed(text, set_value(text, way, "another value"))
        assert gone[0] == "-"
        assert "another value" in come


def test_null_takes_an_inherited_part_away() -> None:
    assert "silver: null" in set_value(TEXT, ("tiers", "silver"), None)


def test_a_text_that_looks_like_something_else_stays_a_text(tmp_path: Path) -> None:
    folder = tmp_path / "acme"
    folder.mkdir()
    for value in ("true", "2026-01-31", "12", "null", "a: b", "# no comment", "'quoted'", "two\nlines", "ünï"):
        text = set_value("company:\n  name: Acme\n", ("company", "about"), value)
        (folder / "company.yaml").write_text(text, encoding="utf-8")
        assert load(folder).company.about == value


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("tiers: [\n", ("tiers", "gold")),
        (TEXT, ()),
        (TEXT, ("scorecards", "health", "label", "deeper", "still")),
        (TEXT, ("scorecards", "health", "components", "use", "points", 9, 0)),
        (TEXT, ("scorecards", "health", "components", "use", "points", "x")),
    ],
)
def test_what_cannot_be_set_is_refused(text: str, way: Way) -> None:
    with pytest.raises(Refused):
        set_value(text, way, 1)


def test_a_file_is_replaced_as_a_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "scorecards.yaml"
    file.write_text(TEXT, encoding="utf-8")
    file.chmod(0o640)
    edit(file, ("scorecards", "health", "bands", "yellow", "from"), 40)
    assert "from: 40" in file.read_text(encoding="utf-8")
    assert file.stat().st_mode & 0o777 == 0o640
    with pytest.raises(Refused):
        edit(file, (), 1)
    assert [path.name for path in tmp_path.iterdir()] == ["scorecards.yaml"]

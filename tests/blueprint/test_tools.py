"""Recipes of tools: what is wrong in one is told at its line, and what is sound is read."""

from pathlib import Path

import pytest

from tenure.blueprint.loader import read
from tests.blueprint.vocabulary import VOCABULARY

pytestmark = pytest.mark.requirement("R-12", "P-04")
COMPANY = "company: {name: Trade, zone: UTC, currency: EUR}\n"
SOUND = """\
tools:
  desk:
    label: Desk
    address: https://desk.example
    settings:
      token: {label: Token, secret: true}
      space: {label: Space}
    headers: {Authorization: "Bearer {secret.token}"}
    provisions:
      folder:
        label: Folder
        on: [{on: journey.deployed}]
        path: "/space/{setting.space}/folder"
        body: {name: "{account_name}"}
        keep: {id: id}
        link: {title: "{account_name}", url: "https://desk.example/{kept.folder.id}"}
    writes:
      figures:
        label: Figures
        nightly: true
        values: {late: commitments_open_overdue}
        path: "/folder/{kept.folder.id}"
        body: {late: "{late}", next: "{next_meeting_at:ms}"}
"""
# What is written instead of what; the line that is told, and what is said of it.
WRONG = {
    "a word that is none": ('name: "{account_name}"', 'name: "{acount_name}"', 14, "stands for nothing here"),
    "a form that is none": ("next_meeting_at:ms", "next_meeting_at:weeks", 23, "there is no form “weeks”"),
    "a secret in a body": ('name: "{account_name}"', 'name: "{secret.token}"', 14, "stands for nothing here"),
    "a secret in a path": ("/space/{setting.space}", "/space/{secret.token}", 13, "stands for nothing here"),
    "a setting that is not asked for": ("{setting.space}", "{setting.spaces}", 13, "stands for nothing here"),
    "what no answer keeps": ("/folder/{kept.folder.id}", "/folder/{kept.folder.no}", 22, "stands for nothing here"),
    "a measure that is none": ("commitments_open_overdue", "commitments_overdue", 21, "is not a measure"),
    "a fact that is none": ("on: journey.deployed", "on: journey.begun", 12, "there is no fact"),
    "nothing asks for it": ("        nightly: true\n", "", 18, "nothing asks for this call"),
    "no encryption": ("address: https://desk.example", "address: http://desk.example", 4, "is no address that"),
    "a path elsewhere": ('path: "/space/', 'path: "https://evil.example/', 13, "a path begins with a stroke"),
    "a fact's field where a night asks": ('late: "{late}"', 'late: "{fact.value}"', 23, "stands for nothing here"),
    "an unknown key": ("keep: {id: id}", "keeps: {id: id}", 15, "there is no key “keeps”"),
}  # fmt: skip


def problems(folder: Path, tools: str) -> list[tuple[str, int, str]]:
    folder.mkdir()
    (folder / "company.yaml").write_text(COMPANY)
    (folder / "tools.yaml").write_text(tools)
    found = read(folder, vocabulary=VOCABULARY).problems
    return [(each.file, each.line, each.message) for each in found if "raci" not in each.path]


def test_a_sound_recipe_is_read(tmp_path: Path) -> None:
    assert problems(tmp_path / "trade", SOUND) == []


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_with_a_recipe_is_told_at_its_line(case: str, tmp_path: Path) -> None:
    before, after, line, says = WRONG[case]
    assert before in SOUND
    found = problems(tmp_path / "trade", SOUND.replace(before, after))
    assert ("trade/tools.yaml", line) in {(file, at) for file, at, message in found if says in message}, found

"""Files that are out of hand are refused quickly, and nothing outside the folder is read."""

import time
from pathlib import Path

import pytest

from tenure.blueprint.loader import read

from .conftest import Write

COMPANY = "company:\n  name: Acme\n"
ALIASES = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)
)
HOSTILE = {
    "a billion laughs": (ALIASES, "expands to more than 20,000 values"),
    "an alias in itself": ("words: &a {account: *a}\n", "leads back into what holds it"),
    "200,000 brackets": ("words: " + "[" * 200_000, "opens more than 20,000 brackets"),
    "900 nested lists": ("words: " + "[" * 900 + "]" * 900, "this is not YAML"),
    "5,000 nested mappings": ("words: " + "{a: " * 5_000, "this is not YAML"),
    "30 nested mappings": ("words: " + "{a: " * 30 + "}" * 30, "nests deeper than 20 levels"),
    "600 indents": ("".join("  " * n + "a:\n" for n in range(600)), "this is not YAML"),
    "30,000 keys": ("words:\n" + "".join(f"  w{n}: x\n" for n in range(30_000)), "expands to more than 20,000 values"),
    "more than a megabyte": ("words: '" + "x" * 1_000_000 + "'\n", "the file has 1,000,010 bytes"),
    "a key without end": ("? " + "a" * 3_000 + "\n: x\n", "the key has 3000 characters"),
    "a number without end": ("settings: {a: " + "9" * 5_000 + "}\n", "is not a plain number"),
    "a control character": ("words: \x07\n", "this is not YAML"),
    "python's objects": ("words: !!python/object/apply:os.system [id]\n", "is not used here"),
}


@pytest.mark.requirement("P-01")
@pytest.mark.parametrize(("text", "message"), HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_out_of_hand_is_refused(write: Write, text: str, message: str) -> None:
    folder = write("acme", company=COMPANY, hostile=text)
    began = time.perf_counter()
    problems = read(folder).problems
    assert time.perf_counter() - began < 10
    assert [problem.file for problem in problems] == ["acme/hostile.yaml"]
    assert message in problems[0].message


def test_bytes_that_are_no_text_are_refused(write: Write) -> None:
    folder = write("acme", company=COMPANY)
    (folder / "words.yaml").write_bytes(b"words: \xff\n")
    assert [str(problem) for problem in read(folder).problems] == [
        "acme/words.yaml:1:1: the file is not UTF-8 (byte 8)"
    ]


def test_a_link_out_of_the_folder_is_not_followed(write: Write, tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text("tiers: {gold: {label: Secret}}\n", encoding="utf-8")
    folder = write("acme", company=COMPANY)
    (folder / "tiers.yaml").symlink_to(secret)
    reading = read(folder)
    assert [problem.message for problem in reading.problems] == ["the file is a link that leads out of the folder"]
    assert "tiers" not in reading.data


def test_a_link_within_the_folder_is_followed(write: Write) -> None:
    folder = write("acme", company=COMPANY)
    (folder / "kept").mkdir()
    (folder / "kept" / "tiers.yaml").write_text("tiers: {gold: {label: Gold}}\n", encoding="utf-8")
    (folder / "tiers.yaml").symlink_to(folder / "kept" / "tiers.yaml")
    assert read(folder).model.tiers["gold"].label == "Gold"


def test_a_link_that_leads_nowhere_is_told(write: Write) -> None:
    folder = write("acme", company=COMPANY)
    (folder / "tiers.yaml").symlink_to(folder / "gone.yaml")
    assert [problem.message for problem in read(folder).problems] == ["the file cannot be read"]


def test_too_many_files_are_not_read(write: Write) -> None:
    folder = write("acme", company=COMPANY, **{f"f{n}": "" for n in range(201)})
    problems = read(folder).problems
    assert problems[0].message == "the folder holds 202 files"

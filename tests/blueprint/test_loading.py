"""A folder becomes a model: any file may hold any section, and numbers, days and words are what they look like."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tenure.blueprint.loader import load, read
from tenure.blueprint.problems import BlueprintErrors, Problem

from .conftest import Write

COMPANY = "company:\n  name: Acme\n"


def mistakes(folder: Path) -> list[tuple[str, int, str]]:
    return [(problem.file, problem.line, problem.message) for problem in read(folder).problems]


def test_the_least_blueprint_is_a_company(write: Write) -> None:
    model = load(write("acme", company=COMPANY))
    assert (model.company.name, model.company.zone, model.company.currency) == ("Acme", "UTC", "USD")
    assert model.signals == {}


@pytest.mark.requirement("P-01")
def test_any_file_may_hold_any_section_and_share_it(write: Write) -> None:
    folder = write(
        "acme",
        company=f"{COMPANY}tiers:\n  gold: {{label: Gold}}\n",
        more="tiers:\n  silver: {label: Silver}\nmetrics:\n  views: {label: Views}\n",
    )
    model = load(folder)
    assert list(model.tiers) == ["gold", "silver"]
    assert list(model.metrics) == ["views"]


def test_values_are_what_they_look_like(write: Write) -> None:
    text = """\
tiers:
  gold: {label: "2025", rank: 3, hours_per_month: 0.1}
calendars:
  standard:
    hours: {mon: ["09:00-12:00", "13:00-17:00"]}
    holidays: [2026-12-25]
journeys:
  one:
    label: yes
    starts: {on: contract.started}
    stages: {first: {label: off}}
"""
    model = load(write("acme", company=COMPANY, rest=text))
    gold = model.tiers["gold"]
    assert (gold.label, gold.rank, gold.hours_per_month) == ("2025", 3, Decimal("0.1"))
    assert model.calendars["standard"].holidays == (date(2026, 12, 25),)
    journey = model.journeys["one"]
    assert (journey.label, journey.stages["first"].label) == ("yes", "off"), "words stay words"
    assert journey.starts is not None
    assert journey.starts.on == "contract.started"


def test_names_that_are_words_of_python_read_as_they_are_written(write: Write) -> None:
    text = """\
roles: {csm: {label: CSM}}
measures: {half: {label: Half, is: amount / 2}}
signals: {low: {label: Low, when: amount < 1, for: 3 days, owner: csm}}
scorecards:
  health:
    label: Health
    components: {use: {label: Use, measure: amount, points: [[0, 0], [1, 100]]}}
    bands: {all: {label: All, tone: green, from: 0}}
"""
    model = load(write("acme", company=COMPANY, rest=text))
    assert model.measures["half"].is_ == "amount / 2"
    assert model.signals["low"].for_ == "3 days"
    assert model.scorecards["health"].bands["all"].from_ == 0
    assert "for_" in str(read(write("acme", rest=text.replace("for:", "for_:"))).problems[0])


def test_a_key_stands_once_even_across_files(write: Write) -> None:
    folder = write(
        "acme",
        company=COMPANY,
        a="tiers:\n  gold: {label: Gold}\n",
        b="words:\n  account: {one: a, many: b}\ntiers:\n  gold: {label: Again}\n",
        c="company:\n  name: Other\n",
    )
    assert mistakes(folder) == [
        ("acme/b.yaml", 4, "“gold” stands here a second time; it stands in acme/a.yaml, line 2, too"),
        ("acme/company.yaml", 2, "“name” stands here a second time; it stands in acme/c.yaml, line 2, too"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("tiers:\n  gold: [\n", 3, 1, "this is not YAML"),
        ("tiers:\n  gold: {label: Gold\n", 3, 1, "this is not YAML"),
        ("tiers:\n\tgold: x\n", 2, 1, "this is not YAML"),
        ("a: b\n---\nc: d\n", 2, 1, "this is not YAML"),
        ("- gold\n", 1, 1, "the file holds no sections"),
        ("gold\n", 1, 1, "the file holds no sections"),
        ("tiers:\n  gold: {label: A, label: B}\n", 2, 20, "“label” stands here a second time"),
        ("tiers:\n  gold: {label: *nobody}\n", 2, 17, "this is not YAML"),
        ("tiers:\n  gold:\n", 2, 3, "“gold” is empty"),
        ("extends: base\n", 1, 1, "says in company.yaml what it extends"),
        ("? [a, b]\n: c\n", 1, 3, "a key is a single word"),
        ("base: &base {label: A}\ntiers:\n  gold:\n    <<: *base\n    rank: 1\n", 4, 5, "merge keys are not used"),
        ("tiers:\n  gold: !!python/name:os.system {label: A}\n", 2, 9, "is not used here"),
        ("tiers:\n  gold: !secret {label: A}\n", 2, 9, "is not used here"),
        ("tiers:\n  gold: {label: A, hours_per_month: .inf}\n", 2, 37, "is not a plain number"),
        ("tiers:\n  gold: {label: A, rank: 0x1F}\n", 2, 26, "is not a plain number"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_where_it_stands(
    write: Write, text: str, line: int, column: int, message: str
) -> None:
    problems = read(write("acme", company=COMPANY, rest=text)).problems
    found = [problem for problem in problems if message in problem.message]
    assert [(problem.file, problem.line, problem.column) for problem in found] == [("acme/rest.yaml", line, column)]


@pytest.mark.requirement("P-01")
def test_a_broken_file_hides_no_mistake_of_another_and_makes_none(write: Write) -> None:
    folder = write(
        "acme",
        company=COMPANY,
        playbooks="playbooks: [\n",
        signals="roles: {csm: {label: CSM}}\n"
        "signals:\n"
        "  low: {label: Low, when: amount <, owner: csm, play: help}\n"
        "  odd: {label: Odd, when: amount < 3, owner: cms}\n",
    )
    # `help` may well stand in playbooks.yaml; `cms` would stand in the section roles, which is here.
    first, *rest = mistakes(folder)
    assert first[:2] == ("acme/playbooks.yaml", 2)
    assert first[2].startswith("this is not YAML: expected the node content")
    assert rest == [
        ("acme/signals.yaml", 3, "the expression ends where a value should follow (column 9 of the expression)"),
        ("acme/signals.yaml", 4, "there is no role “cms”"),
    ]


def test_a_folder_without_a_company_is_told(write: Write, tmp_path: Path) -> None:
    problems = read(write("acme", tiers="tiers: {gold: {label: Gold}}\n")).problems
    assert [problem.message for problem in problems] == ["the file is missing", "“company” is missing"]
    assert read(tmp_path / "nowhere").problems[0].message == "there is no such folder"


def test_a_file_with_another_ending_is_told_not_passed_over(write: Write) -> None:
    folder = write("acme", company=COMPANY)
    (folder / "signals.yml").write_text("signals: {}\n", encoding="utf-8")
    (folder / "README.md").write_text("About this blueprint.\n", encoding="utf-8")
    assert [str(problem) for problem in read(folder).problems] == [
        "acme/signals.yml:1:1: the file is not read; expected its name to end in .yaml"
    ]


def test_errors_are_sorted_counted_and_said_once() -> None:
    problem = Problem("a.yaml", 2, 1, "tiers", "wrong")
    earlier = Problem("a.yaml", 1, 1, "tiers", "wrong")
    error = BlueprintErrors([problem, earlier, problem])
    assert error.problems == (earlier, problem)
    assert str(error).splitlines() == [
        "2 mistakes in the blueprint",
        "a.yaml:1:1: tiers: wrong",
        "a.yaml:2:1: tiers: wrong",
    ]

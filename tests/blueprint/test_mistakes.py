"""Mistakes are told all at once, each where its text stands.

The folder `mistakes/planted` holds them: a line that is wrong says behind ``#!`` what is to be told of it.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tenure.blueprint.loader import load, read
from tenure.blueprint.problems import BlueprintErrors, Problem

from .vocabulary import VOCABULARY

PLANTED = Path(__file__).parent / "mistakes" / "planted"
# What stands in texts over several lines, where no comment can stand beside it.
UNMARKED = (
    ("planted/health.yaml", "rund(", "no function “rund”", "round"),
    ("planted/plays.yaml", "    label: >-", "the text has", ""),
)


@dataclass(frozen=True)
class Expected:
    file: str
    line: int
    column: int | None
    fragment: str
    nearest: str

    def matches(self, problem: Problem) -> bool:
        return (
            (problem.file, problem.line) == (self.file, self.line)
            and self.column in (None, problem.column)
            and self.fragment in problem.message
            and self.nearest in ("", problem.nearest)
        )


def planted() -> list[Expected]:
    found = []
    for path in sorted(PLANTED.glob("*.yaml")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            _, mark, notes = line.partition("#! ")
            for note in notes.split(" && ") if mark else ():
                parts = re.fullmatch(r"(?:@(\d+) )?(.*?)(?: ?-> (.+))?", note)
                assert parts, note
                column = int(parts[1]) if parts[1] else None
                found.append(Expected(f"planted/{path.name}", number, column, parts[2], parts[3] or ""))
    for file, text, fragment, near in UNMARKED:
        lines = (PLANTED.parent / file).read_text(encoding="utf-8").splitlines()
        at = next(number for number, line in enumerate(lines, start=1) if line.startswith(text) or text in line)
        # The value begins where its `>-` stands, for the label that is this line, for the measure the line before it.
        found.append(Expected(file, at if ">-" in lines[at - 1] else at - 1, None, fragment, near))
    return found


EXPECTED = planted()


@pytest.fixture(scope="module")
def told() -> tuple[Problem, ...]:
    with pytest.raises(BlueprintErrors) as error:
        load(PLANTED, vocabulary=VOCABULARY)
    return error.value.problems


@pytest.mark.requirement("P-01")
@pytest.mark.parametrize("expected", EXPECTED, ids=[f"{each.file}:{each.line}: {each.fragment}" for each in EXPECTED])
def test_each_planted_mistake_is_told_at_its_line(expected: Expected, told: tuple[Problem, ...]) -> None:
    here = [problem for problem in told if (problem.file, problem.line) == (expected.file, expected.line)]
    assert any(expected.matches(problem) for problem in here), [str(problem) for problem in here]


@pytest.mark.requirement("P-01")
def test_nothing_else_is_told(told: tuple[Problem, ...]) -> None:
    surplus = [
        str(problem)
        for problem in told
        if not any(each.matches(problem) for each in EXPECTED) and "no rule says who may do" not in problem.message
    ]
    assert surplus == []


@pytest.mark.requirement("P-01")
def test_there_are_many_and_they_come_in_one_report(told: tuple[Problem, ...]) -> None:
    assert len(EXPECTED) >= 40
    assert list(told) == sorted(told)
    assert len(told) >= len(EXPECTED)


@pytest.mark.requirement("T-02")
def test_every_act_without_a_rule_is_told_at_the_section(told: tuple[Problem, ...]) -> None:
    uncovered = {problem.message: problem for problem in told if "no rule says" in problem.message}
    # The planted rules cover accounts and notes alone.
    wanted = {name for name in VOCABULARY.operations if name.partition(".")[0] not in ("account", "note")}
    assert uncovered.keys() == {f"no rule says who may do “{name}”" for name in wanted}
    lines = (PLANTED / "people.yaml").read_text(encoding="utf-8").splitlines()
    assert {problem.line for problem in uncovered.values()} == {lines.index("raci:") + 1}


def test_a_problem_reads_as_one_line(told: tuple[Problem, ...]) -> None:
    problem = next(problem for problem in told if problem.path == "signals.quiet.play")
    assert str(problem) == (
        f"planted/health.yaml:{problem.line}:11: signals.quiet.play: there is no playbook “reconect”; "
        "expected reconnect, circular or none; did you mean “reconnect”?"
    )


def test_a_reader_sees_what_is_sound_beside_what_is_not() -> None:
    reading = read(PLANTED, vocabulary=VOCABULARY)
    assert reading.model.tiers["gold"].label == "Gold"
    assert reading.model.tiers["gold"].rank == 0, "what is wrong in it is left out"
    assert "bronze" not in reading.model.tiers, "it cannot do without a label"
    assert reading.data["tiers"]["bronze"]["rank"] == 1


def test_without_a_vocabulary_only_the_blueprint_itself_is_judged() -> None:
    problems = read(PLANTED).problems
    messages = [problem.message for problem in problems]
    assert any("there is no role “leed”" in message for message in messages)
    assert any("“like” is not part of the language" in message for message in messages)
    assert not any("is not a measure" in message or "no operation" in message for message in messages)

"""Mistakes of a practice section: each is told where it stands."""

from pathlib import Path

import pytest

from tenure.blueprint.loader import read

from .vocabulary import VOCABULARY

pytestmark = [pytest.mark.requirement("R-16", "P-01")]

COMPANY = """
company: {name: Made up, zone: UTC}
roles:
  csm: {label: CSM, reach: book}
raci:
  "*": {accountable: csm}
metrics:
  views: {label: Views}
"""
SOUND = """practice:
  bakery:
    label: Bakery
    brief: Work for it.
    role: csm
    client:
      name: Bakery
      people:
        ada: {name: Ada}
      figures:
        views: [1, 2, 3]
      befalls:
        - {week: 3, what: It rained.}
    tasks:
      call: {label: Call, brief: Ring her., call: first}
      plan:
        label: Plan
        brief: Write it.
        done_by:
          goal: {label: Goal, on: goal.set, where: data.home_run = true}
    calls:
      first:
        label: First call
        with: ada
        brief: She bakes.
        opening: Yes?
        state: {trust: 3}
        facts:
          goal: {label: Ten loaves}
        topics:
          want: [want, need*]
        reactions:
          speech: {label: A speech, if: words > 80, then: {trust: -1}}
        answers:
          goal: {hears: [want], if: trust >= 2, says: Ten loaves., then: {trust: 1}, reveals: [goal]}
        otherwise:
          - {says: What?}
        ends:
          angry: {label: Angry, if: trust <= 0, says: Goodbye.}
          done: {label: Done, parting: true, says: Bye.}
    rubric:
      criteria:
        listens:
          label: Listens
          looks_at: [call]
          levels: [one, two, three, four, five]
"""
# What is changed, into what, and the line and the words of the problem that is told.
MISTAKES = [
    ("role: csm\n", "role: cms\n", "role: cms", "there is no role “cms”"),
    ("call: first}", "call: frist}", "call: frist", "there is no call “frist” here"),
    ("with: ada", "with: eda", "with: eda", "there is no person “eda” here"),
    ("views: [1, 2, 3]", "vews: [1, 2, 3]", "vews:", "there is no metric “vews”"),
    ("week: 3", "week: 4", "week: 4", "the figures have 3 weeks"),
    ("hears: [want]", "hears: [wants]", "hears: [wants]", "there is no topic “wants” here"),
    ("reveals: [goal]", "reveals: [gaol]", "reveals: [gaol]", "there is no fact “gaol” here"),
    ("then: {trust: 1}", "then: {trst: 1}", "trst: 1", "there is no level “trst” here"),
    ("if: trust >= 2", "if: trst >= 2", "if: trst", "“trst” is not a level or a fact of this call"),
    ("if: words > 80", "if: words +", "if: words +", ""),
    ("if: words > 80", "if: words", "if: words,", "this is a number, and a condition stands here"),
    ("if: trust >= 2", "if: trust ago 3 days", "if: trust ago", ""),
    ("goal: {label: Ten loaves}", "trust: {label: Ten}", "trust: {label: Ten}", "is a level of this call already"),
    ("state: {trust: 3}", "state: {trust: 3, turn: 1}", "turn: 1", "is a name that every condition has already"),
    ("trust: 3}", "trust: 11}", "trust: 11", ""),
    ("if: trust <= 0, says: Goodbye.", "says: Goodbye.", "angry:", "this end comes at once"),
    ("parting: true, says: Bye.", "if: trust > 9, says: Bye.", "ends:", "no end holds whenever one hangs up"),
    ("want: [want, need*]", "want: ['*']", "want: ['*']", "nothing is recognised as this topic"),
    ("looks_at: [call]", "looks_at: [cal]", "looks_at: [cal]", "there is no task “cal” here"),
    ("three, four, five]", "three, four]", "levels:", "these are 4 levels"),
    (
        "          goal: {label: Goal, on: goal.set, where: data.home_run = true}\n",
        "",
        "plan:",
        "nothing proves this task",
    ),
    ("on: goal.set", "on: goal.sat", "on: goal.sat", "there is no fact “goal.sat”"),
    (", reveals: [goal]", "", "goal: {label: Ten loaves}", "no answer tells “goal”"),
    ("people:\n        ada: {name: Ada}\n", "people: {}\n", "people: {}", "a client has at least one person"),
]


def problems(tmp_path: Path, practice: str) -> list[tuple[int, str]]:
    folder = tmp_path / "made-up"
    folder.mkdir(parents=True)
    (folder / "company.yaml").write_text(COMPANY, encoding="utf-8")
    (folder / "practice.yaml").write_text(practice, encoding="utf-8")
    reading = read(folder, vocabulary=VOCABULARY)
    return [(each.line, each.message) for each in reading.problems if each.file == "made-up/practice.yaml"]


def test_a_sound_scenario_has_no_problem(tmp_path: Path) -> None:
    assert problems(tmp_path, SOUND) == []


@pytest.mark.parametrize(("text", "into", "at", "message"), MISTAKES)
def test_a_mistake_is_told_where_it_stands(tmp_path: Path, text: str, into: str, at: str, message: str) -> None:
    assert text in SOUND
    wrong = SOUND.replace(text, into, 1)
    line = next(number for number, each in enumerate(wrong.splitlines(), start=1) if at in each)
    assert [told for number, told in problems(tmp_path, wrong) if number == line and message in told], problems(
        tmp_path / "again", wrong
    )

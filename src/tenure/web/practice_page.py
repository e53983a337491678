"""What the pages of the practice ground show: to a candidate what is to be done, to an assessor what was done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.safestring import SafeString

from tenure.base import clock
from tenure.blueprint.model import Criterion, Model, PracticeCall, Rubric, Scenario
from tenure.blueprint.schema.practice import HIGHEST, LOWEST
from tenure.facts.contract import KINDS, Fact
from tenure.identity.actor import Actor
from tenure.records.practice import Attempt, scenario_of
from tenure.records.practice_assessment import Assessment, CriterionScore, compute_result, rubric_of
from tenure.records.practice_call import PracticeCall as Played
from tenure.records.practice_call import PracticeTurn
from tenure.records.practice_tasks import Proven, TaskState, tasks_of
from tenure.records.timeline import WORDINGS, Line
from tenure.web import drawing
from tenure.web.actors import may
from tenure.web.subjects import address_of_noun

MOST_EVIDENCE = 12  # lines of one proof


def taken(attempt: Attempt) -> timedelta | None:
    """How long it took, or takes so far; None before it was begun."""
    if attempt.begun_at is None:
        return None
    return (attempt.handed_in_at or clock.now()) - attempt.begun_at


@dataclass(frozen=True)
class TaskLine:
    """A task as its candidate sees it, with the call to play and whether it was played."""

    state: TaskState
    played: Played | None

    @property
    def verdict(self) -> tuple[str, str]:
        if self.state.is_done:
            return "met", "done"
        return ("running", "under way") if self.state.is_begun or self.played else ("paused", "to do")


def candidate_context(attempt: Attempt, actor: Actor) -> dict[str, Any]:
    """The candidate's page. Nothing of the script and no level of the rubric is on it."""
    scenario = scenario_of(attempt, actor)
    tasks, played = tasks_of(attempt, scenario), {each.call: each for each in attempt.calls.all()}
    return {
        "attempt": attempt,
        "scenario": scenario,
        "tasks": [TaskLine(each, played.get(each.task.call or "")) for each in tasks],
        "done": sum(each.is_done for each in tasks),
        "taken": taken(attempt),
        "criteria": [each.label for each in scenario.rubric.criteria.values()],
        "result": Assessment.objects.filter(attempt=attempt, is_shared=True).exclude(concluded_at=None).first(),
    }


def call_context(call: Played, script: PracticeCall, actor: Actor) -> dict[str, Any]:
    """A call as its candidate sees it: the words of both sides, and nothing behind them."""
    scenario = scenario_of(call.attempt, actor)
    them = scenario.client.people[script.with_]
    return {
        "call": call,
        "label": script.label,
        "brief": script.brief,
        "opening": script.opening,
        "them": them,
        "turns": list(call.lines.order_by("number").values("number", "said", "says")),
        "lines": script.lines,
        "is_running": call.ended_at is None and call.attempt.status == Attempt.Status.RUNNING,
        "may_note": call.attempt.status == Attempt.Status.RUNNING,
    }


@dataclass(frozen=True)
class Evidence:
    """One thing that was done: what the ledger says, the words of its row, and where it stands."""

    label: str
    text: str
    at: datetime
    href: str
    more: str = ""
    is_late: bool = False


@dataclass(frozen=True)
class Shown:
    """A task beside a criterion, with the evidence for each of its proofs."""

    state: TaskState
    proofs: Sequence[tuple[Proven, Sequence[Evidence]]]
    call: Played | None = None


@dataclass(frozen=True)
class Judged:
    """A criterion with what it looks at, and the level that it was given."""

    key: str
    criterion: Criterion
    shown: Sequence[Shown]
    score: CriterionScore | None

    @property
    def levels(self) -> list[tuple[int, str]]:
        return list(enumerate(self.criterion.levels, start=1))

    @property
    def level_words(self) -> str:
        return self.criterion.levels[self.score.level - 1] if self.score else ""


@dataclass(frozen=True)
class Behind:
    """A turn of a call with what was behind it: levels after it, what moved, what was heard and told."""

    turn: PracticeTurn
    levels: Sequence[tuple[str, int, int]]  # name, level, change
    heard: Sequence[str]
    reactions: Sequence[str]
    reveals: Sequence[str]


@dataclass(frozen=True)
class Revealed:
    """A whole call as an assessor reads it."""

    call: Played
    label: str
    ending: str
    turns: Sequence[Behind] = ()
    courses: Sequence[tuple[str, SafeString, int]] = ()
    found: Sequence[tuple[str, bool]] = field(default_factory=list)


def assessor_context(attempt: Attempt, actor: Actor) -> dict[str, Any]:
    """The assessor's page: each criterion with its evidence, and the calls with what was hidden."""
    scenario = scenario_of(attempt, actor)
    tasks = {each.key: each for each in tasks_of(attempt, scenario)}
    calls = {each.call: each for each in attempt.calls.prefetch_related("lines").order_by("begun_at")}
    held = Assessment.objects.filter(attempt=attempt).prefetch_related("scores").first()
    judged = _judged(attempt, scenario, tasks, calls, held, actor.model)
    given = {each.key: each.score.level for each in judged if each.score}
    mean, passed = compute_result(scenario.rubric, given)
    return {
        "attempt": attempt,
        "scenario": scenario,
        "judged": judged,
        "given": len(given),
        "mean": mean,
        "passed": passed,
        "assessment": held,
        "taken": taken(attempt),
        "tasks": list(tasks.values()),
        "done": sum(each.is_done for each in tasks.values()),
        "calls": [_revealed(each, scenario.calls[key]) for key, each in calls.items() if key in scenario.calls],
        "befalls": scenario.client.befalls,
        "may_score": bool(may(actor, "attempt.score")) and attempt.status in ("running", "handed_in"),
    }


def _judged(
    attempt: Attempt,
    scenario: Scenario,
    tasks: Mapping[str, TaskState],
    calls: Mapping[str, Played],
    held: Assessment | None,
    model: Model,
) -> list[Judged]:
    scores = {each.criterion: each for each in held.scores.all()} if held else {}
    words = _words([fact for task in tasks.values() for proof in task.proofs for fact in proof.facts], model)
    shown = {
        key: Shown(
            task,
            [
                (proof, [_evidence(fact, attempt, words) for fact in proof.facts[:MOST_EVIDENCE]])
                for proof in task.proofs
            ],
            calls.get(task.task.call or ""),
        )
        for key, task in tasks.items()
    }
    return [
        Judged(key, each, [shown[task] for task in each.looks_at], scores.get(key))
        for key, each in scenario.rubric.criteria.items()
    ]


def _words(facts: Sequence[Fact], model: Model) -> dict[tuple[str, str], Line]:
    """The words of the rows behind some facts: one query for each noun."""
    found: dict[tuple[str, str], Line] = {}
    for noun in {fact.subject for fact in facts}:
        wording = WORDINGS.get(noun)
        if wording is not None and wording.lines is not None:
            ids = {fact.subject_id for fact in facts if fact.subject == noun}
            found |= {(noun, pk): line for pk, line in wording.lines(ids, model).items()}
    return found


def _evidence(fact: Fact, attempt: Attempt, words: Mapping[tuple[str, str], Line]) -> Evidence:
    held = words.get((fact.subject, fact.subject_id))
    late = attempt.handed_in_at is not None and fact.recorded_at > attempt.handed_in_at
    return Evidence(
        label=KINDS[fact.kind].label,
        text=held.text if held else "",
        at=fact.recorded_at,
        href=address_of_noun(fact.subject, fact.subject_id, attempt.account_id),
        more=_figures(fact.data),
        is_late=late,
    )


def _figures(data: Mapping[str, Any]) -> str:
    """What a fact says in figures and days, where it says them: an outcome's way, a day on which something is due."""
    parts = []
    if data.get("target") is not None:
        baseline = "?" if data.get("baseline") is None else f"{data['baseline']:g}"
        parts.append(f"from {baseline} to {data['target']:g}")
    if data.get("home_run"):
        parts.append("Home Run")
    parts += [
        f"{words} {data[name]}" for name, words in (("material_on", "capture"), ("due_on", "due")) if data.get(name)
    ]
    return ", ".join(parts)


def _revealed(call: Played, script: PracticeCall) -> Revealed:
    turns = [_behind(turn, script) for turn in sorted(call.lines.all(), key=lambda each: each.number)]
    courses = []
    for level, start in script.state.items():
        values = [start, *(int(each.turn.behind["levels"].get(level, start)) for each in turns)]
        name = _name(level)
        told = f"{name}, from {values[0]} to {values[-1]} over {len(turns)} turns"
        courses.append((name, drawing.spark(values, label=told, low=LOWEST, high=HIGHEST, width=140), values[-1]))
    told_facts = set(call.talk.told)
    found = [(fact.label, key in told_facts) for key, fact in script.facts.items()]
    end = script.ends.get(call.ending)
    return Revealed(
        call, script.label, end.label if end else "Out of time" if call.ended_at else "", turns, courses, found
    )


def _behind(turn: PracticeTurn, script: PracticeCall) -> Behind:
    behind: dict[str, Any] = turn.behind
    moved = behind["moved"]
    return Behind(
        turn,
        [(_name(level), value, moved.get(level, 0)) for level, value in behind["levels"].items()],
        [_name(topic) for topic in behind["heard"]],
        [script.reactions[key].label for key in behind["reactions"] if key in script.reactions],
        [script.facts[key].label for key in behind["reveals"] if key in script.facts],
    )


def _name(key: str) -> str:
    return key.replace("_", " ").capitalize()


def result_context(attempt: Attempt, actor: Actor) -> dict[str, Any]:
    """The result as it was concluded, by the rubric of that day."""
    held = Assessment.objects.select_related("assessor").prefetch_related("scores").get(attempt=attempt)
    rubric: Rubric = rubric_of(attempt, actor)
    scores = {each.criterion: each for each in held.scores.all()}
    judged = [Judged(key, each, (), scores.get(key)) for key, each in rubric.criteria.items()]
    label = (
        actor.model.practice[attempt.scenario].label if attempt.scenario in actor.model.practice else attempt.scenario
    )
    return {
        "attempt": attempt,
        "label": label,
        "held": held,
        "rubric": rubric,
        "judged": judged,
        "taken": taken(attempt),
    }


@dataclass(frozen=True)
class Compared:
    """One attempt beside others of its scenario."""

    attempt: Attempt
    levels: Mapping[str, int]
    done: int
    taken: timedelta | None
    held: Assessment | None


def compared(attempts: Sequence[Attempt], scenario: Scenario, actor: Actor) -> dict[str, Any]:
    """Attempts side by side: a row for each criterion, a column for each person."""
    held = {
        each.attempt_id: each for each in Assessment.objects.filter(attempt__in=attempts).prefetch_related("scores")
    }
    columns = []
    for each in attempts:
        found = held.get(each.pk)
        levels = {score.criterion: score.level for score in found.scores.all()} if found else {}
        done = sum(task.is_done for task in tasks_of(each, scenario))
        columns.append(Compared(each, levels, done, taken(each), found))
    rows = [
        (criterion.label, criterion.weight, [column.levels.get(key) for column in columns])
        for key, criterion in scenario.rubric.criteria.items()
    ]
    return {"scenario": scenario, "columns": columns, "rows": rows, "of": len(scenario.tasks)}

"""How far an attempt is: each task with the facts that prove it, found in the ledger and never typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from tenure.blueprint.expressions import parse
from tenure.blueprint.model import PracticeProof, PracticeTask, Scenario
from tenure.facts.contract import Fact
from tenure.identity.ledger import LedgerEntry
from tenure.records.practice import Attempt
from tenure.records.withdrawal import standing
from tenure.watch.compiled import Compiled, compile_expression
from tenure.watch.terms import FactView


@dataclass(frozen=True)
class Proven:
    """One proof of a task: how many facts there are of how many, and those that count, oldest first."""

    label: str
    count: int
    wanted: int
    facts: Sequence[Fact] = ()

    @property
    def is_there(self) -> bool:
        return self.count >= self.wanted


@dataclass(frozen=True)
class TaskState:
    """A task and what proves it."""

    key: str
    task: PracticeTask
    proofs: Sequence[Proven]

    @property
    def is_done(self) -> bool:
        return all(proof.is_there for proof in self.proofs)

    @property
    def is_begun(self) -> bool:
        return any(proof.count for proof in self.proofs)


def tasks_of(attempt: Attempt, scenario: Scenario) -> list[TaskState]:
    """The tasks of an attempt in their order. Only what its candidate did since they began counts. One query."""
    facts = _facts(attempt)
    newest = {(each.subject, each.subject_id): each.data for each in facts}
    return [TaskState(key, task, _proofs(task, facts, newest)) for key, task in scenario.tasks.items()]


def _facts(attempt: Attempt) -> list[Fact]:
    if attempt.begun_at is None:
        return []
    rows = LedgerEntry.objects.filter(
        account_id=attempt.account_id, actor_id=attempt.person_id, recorded_at__gte=attempt.begun_at
    )
    return [entry.fact for entry in standing(rows.order_by("id"))]


def _proofs(
    task: PracticeTask, facts: Sequence[Fact], newest: Mapping[tuple[str, str], Mapping[str, object]]
) -> list[Proven]:
    found = []
    if task.call is not None:
        ended = [fact for fact in facts if fact.kind == "practice_call.ended" and fact.data.get("call") == task.call]
        found.append(Proven("Call played", len(ended), 1, ended))
    for proof in task.done_by.values():
        held = [fact for fact in facts if fact.kind == proof.on and _fits(proof, fact, newest)]
        found.append(Proven(proof.label, len(held), proof.count, held))
    return found


def _fits(proof: PracticeProof, fact: Fact, newest: Mapping[tuple[str, str], Mapping[str, object]]) -> bool:
    """Whether a fact proves it, by how its row stands now: what is added to a goal later counts, too."""
    if proof.where is None:
        return True
    now = replace(fact, data={**fact.data, **newest[fact.subject, fact.subject_id]})
    return _compiled(proof.where)(FactView(now)) is True


@lru_cache(maxsize=512)
def _compiled(text: str) -> Compiled:
    return compile_expression(parse(text))

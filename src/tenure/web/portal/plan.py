"""The plan as its client reads it: each outcome from where it began to where it is to be, and what shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.urls import reverse

from tenure.outlets import words as words_of
from tenure.records.goal import Goal
from tenure.web import drawing, wording
from tenure.web.portal.seen import Portal

WORDS = {"open": "On its way", "attained": "Reached", "missed": "Not reached"}
VERDICTS = {"open": "running", "attained": "met", "missed": "missed"}


@dataclass(frozen=True)
class Outcome:
    """An outcome of the plan, in words for its client."""

    goal: Goal
    title: str
    baseline: str
    now: str
    target: str
    unit: str
    share: str
    drawing: str
    state: str
    verdict: str
    evidence: str
    to_confirm: bool
    through: date | None = None  # to which day the points reach that it was read from
    why: str = ""  # why it is not known


def outcomes(portal: Portal) -> list[Outcome]:
    """The outcomes of the plan that were not given up, the home run first."""
    goals = portal.rows(Goal).exclude(status=Goal.Status.DROPPED)
    return [
        _outcome(goal, portal) for goal in sorted(goals, key=lambda g: (not g.home_run, g.due_on is None, g.due_on))
    ]


def _outcome(goal: Goal, portal: Portal) -> Outcome:
    metric = portal.actor.model.metrics.get(goal.metric)
    unit = goal.unit or (metric.unit if metric else "")
    words = [wording.NONE if each is None else wording.number(each) for each in _figures(goal)]
    share, image = "", ""
    read = goal.read if goal.follows_points else None
    if goal.progress is not None:
        share = words_of.way(goal.progress, rises=goal.rises)
        share = f"{share[:1].upper()}{share[1:]}"
    if goal.baseline is not None and goal.target is not None and goal.baseline != goal.target:
        image = drawing.goal(
            goal.now,
            label=f"From {words[0]} to {words[1]}; target {words[2]} {unit}".strip(),
            baseline=goal.baseline,
            target=goal.target,
            pace=None,
            words=(words[0], words[1], words[2]),
        )
    return Outcome(
        goal=goal,
        title=goal.title,
        baseline=words[0],
        now=words[1],
        target=words[2],
        unit=unit,
        share=share,
        drawing=image,
        state=WORDS.get(goal.status, ""),
        verdict=VERDICTS.get(goal.status, "unknown"),
        evidence=goal.evidence if goal.judged_at else "",
        through=read.through if read and read.value is not None else None,
        why=read.why if read else "",
        to_confirm=goal.status == Goal.Status.ATTAINED and goal.client_confirmed_at is None,
    )


def _figures(goal: Goal) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    return goal.baseline, goal.now, goal.target


def to_agree(found: Sequence[Outcome]) -> list[Outcome]:
    """Those to whose terms the client has not said yes."""
    return [each for each in found if each.goal.status == Goal.Status.OPEN and each.goal.agreed_at is None]


def in_words(found: Sequence[Outcome]) -> str:
    """How the plan stands, in a sentence."""
    if not found:
        return ""
    reached = sum(each.goal.status == Goal.Status.ATTAINED for each in found)
    under_way = sum(each.goal.status == Goal.Status.OPEN for each in found)
    missed = len(found) - reached - under_way
    parts = []
    if reached:
        parts.append(f"{_outcomes(reached, len(found))} reached")
    if under_way:
        parts.append(f"{_outcomes(under_way, 0 if parts else len(found))} on the way")
    if missed:
        parts.append(f"{_outcomes(missed, 0 if parts else len(found))} not reached")
    words = wording.listed(parts)
    return f"{words[0].upper()}{words[1:]}."


def _outcomes(count: int, of: int) -> str:
    if not of:
        return f"{count} {'is' if count == 1 else 'are'}"
    if of == 1:
        return "The outcome of your plan is"
    return f"{count} of {of} outcomes {'is' if count == 1 else 'are'}"


def address(portal: Portal) -> str:
    return reverse("portal_plan", args=[portal.account.pk])

"""The outcomes agreed with a client, each with its drawing and its share attained."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join

from tenure.blueprint.model import Model
from tenure.identity.actor import Actor
from tenure.outlets import words as words_of
from tenure.records.account import Account
from tenure.records.goal import Goal
from tenure.records.lookup import list_goals
from tenure.web import drawing, times, wording
from tenure.web.actors import zone_of


@dataclass(frozen=True)
class GoalShown:
    """A goal with its drawing, its way to the target in words, and what it is read from."""

    goal: Goal
    drawing: str
    way: str
    why: str


def goals(account: Account, actor: Actor) -> list[GoalShown]:
    """The outcomes of the results plan, the home run first."""
    return goals_shown(list_goals(actor, account).exclude(status=Goal.Status.DROPPED), actor)


def goals_shown(rows: Iterable[Goal], actor: Actor, *, paced: bool = True) -> list[GoalShown]:
    """Goals as they are drawn, the home run first; `paced` draws where each should stand by now."""
    return [_goal(goal, actor, paced) for goal in sorted(rows, key=lambda g: (not g.home_run, g.due_on or actor.day))]


def _goal(goal: Goal, actor: Actor, paced: bool) -> GoalShown:
    metric = actor.model.metrics.get(goal.metric)
    unit = goal.unit or (metric.unit if metric else "")
    zone = zone_of(actor)
    due = format_html("by {}", times.tag(goal.due_on, zone, "near")) if goal.due_on else ""
    about = [metric.label if metric else "", due, told_by(goal, zone)]
    if goal.client_confirmed_at:
        about.append("confirmed by the client")
    way = words_of.way(goal.progress, rises=goal.rises)
    image = ""
    if goal.baseline is not None and goal.target is not None and goal.baseline != goal.target:
        words = tuple(wording.number(each) for each in (goal.baseline, goal.now, goal.target))
        label = f"From {words[0]} to {words[1]}; target {words[2]} {unit}".strip()
        pace = goal.pace(actor.day) if paced else None
        image = drawing.goal(goal.now, label=label, baseline=goal.baseline, target=goal.target, pace=pace, words=words)
    return GoalShown(goal, image, way, format_html_join(" · ", "{}", ((word,) for word in about if word)))


def told_by(goal: Goal, zone: str) -> str:
    """What the figure of an open goal with a metric is read from, or why it is not known; empty for the others."""
    if not goal.follows_points:
        return ""
    read = goal.read
    if read is None:
        return "its points are not read yet"
    if read.value is None or read.through is None:
        return f"{read.why[:1].lower()}{read.why[1:]}".rstrip(".")
    return format_html("from points to {}", times.tag(read.through, zone, "short"))


def evidence_of(goal: Goal, model: Model) -> str:
    """What shows where a goal stands, in a sentence: figure, rule, days, points and who brought them."""
    read = goal.read if goal.follows_points else None
    if read is None or read.value is None or read.first is None or read.through is None:
        return ""
    metric = model.metrics.get(goal.metric)
    days = f"{read.first.day} {read.first:%b} to {read.through.day} {read.through:%b} {read.through.year}"
    count = f"{read.points} point{'' if read.points == 1 else 's'}"
    label = metric.label if metric else goal.metric
    return f"{label}: {wording.number(read.value)}, {read.rule}, {days}, from {count} ({wording.listed(read.sources)})."

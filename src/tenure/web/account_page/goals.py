"""The outcomes agreed with a client, each with its drawing and its share attained."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from tenure.identity.actor import Actor
from tenure.records.account import Account
from tenure.records.goal import Goal
from tenure.records.lookup import list_goals
from tenure.web import drawing, wording


@dataclass(frozen=True)
class GoalShown:
    """A goal with its drawing and its share attained."""

    goal: Goal
    drawing: str
    share: str
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
    about = [metric.label if metric else "", f"by {wording.near_day(goal.due_on, actor.day)}" if goal.due_on else ""]
    if goal.client_confirmed_at:
        about.append("confirmed by the client")
    share, image = "—", ""
    if goal.baseline is not None and goal.target is not None and goal.baseline != goal.target:
        if goal.current is not None:
            done = (goal.current - goal.baseline) / (goal.target - goal.baseline)
            share = wording.percent(max(Decimal(0), done))
        words = tuple(wording.number(each) for each in (goal.baseline, goal.current, goal.target))
        label = f"From {words[0]} to {words[1]}; target {words[2]} {unit}".strip()
        pace = _pace(goal, actor) if paced else None
        image = drawing.goal(
            goal.current, label=label, baseline=goal.baseline, target=goal.target, pace=pace, words=words
        )
    return GoalShown(goal, image, share, " · ".join(word for word in about if word))


def _pace(goal: Goal, actor: Actor) -> Decimal | None:
    """Where a goal should stand today, on a straight line from when it was set to when it is due."""
    if goal.due_on is None or goal.baseline is None or goal.target is None:
        return None
    whole = (goal.due_on - goal.set_at.date()).days
    gone = (actor.day - goal.set_at.date()).days
    if whole <= 0 or not 0 <= gone <= whole:
        return None
    return goal.baseline + (goal.target - goal.baseline) * Decimal(gone) / Decimal(whole)

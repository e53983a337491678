"""What a form of an act begins with, where figures are known that nobody should have to look up and type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tenure.base import clock
from tenure.base.errors import Refused
from tenure.identity.actor import Actor
from tenure.pipeline.goal_figures import readings
from tenure.records.account import Account
from tenure.records.goal import Goal
from tenure.web import wording
from tenure.web.account_page.goals import evidence_of
from tenure.web.reading import lake


@dataclass(frozen=True)
class Proposal:
    """Values that fields begin with, and words beneath fields."""

    values: Mapping[str, str] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)


def _judge(goal: Goal, actor: Actor, asked: Mapping[str, str]) -> Proposal:
    """How a goal ended is said by a person; the figure and what shows it stand there already."""
    said = evidence_of(goal, actor.model)
    if not said or goal.now is None:
        return Proposal()
    hint = "As read from the points of its metric. Change it where you know better."
    return Proposal({"current": f"{goal.now.normalize():f}", "evidence": said}, {"current": hint})


def _set(account: Account, actor: Actor, asked: Mapping[str, str]) -> Proposal:
    """Where each metric stands now, as the baseline to choose; the one that is asked for stands in the field."""
    metrics = {key: each for key, each in actor.model.metrics.items() if each.client_visible}
    wanted = asked.get("metric", "")
    kind = actor.model.goals.get(asked.get("type", ""))
    wanted = wanted or (kind.metric or "" if kind else "")
    probes = [Goal(account=account, metric=key, set_at=clock.now()) for key in metrics]
    try:
        with lake() as opened:
            found = readings(opened, actor.model, probes, actor.day) if probes else {}
    except Refused:
        return Proposal()
    known = {each.metric: found[each.pk].value for each in probes}
    stands = [f"{metrics[key].label} {wording.number(value)}" for key, value in known.items() if value is not None]
    if not stands:
        return Proposal()
    now = known.get(wanted)
    values = {"baseline": f"{now:g}"} if now is not None else {}
    return Proposal(values, {"baseline": f"From the points now: {wording.listed(stands)}."})


PROPOSALS: Mapping[str, Callable[[Any, Actor, Mapping[str, str]], Proposal]] = {"goal.judge": _judge, "goal.set": _set}


def proposed(operation: str, subject: Any, actor: Actor, asked: Mapping[str, str]) -> Proposal:
    """What an act's form begins with on a row."""
    made = PROPOSALS.get(operation)
    return made(subject, actor, asked) if made and subject is not None else Proposal()

"""What a form of an act begins with: what promises, habits and figures say, so that nobody looks it up and types it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model as Row

from tenure.base import clock
from tenure.base.errors import Refused
from tenure.identity.actor import Actor
from tenure.pipeline.goal_figures import readings
from tenure.records.account import Account
from tenure.records.goal import Goal
from tenure.records.meeting import Meeting
from tenure.web import wording
from tenure.web.account_page.goals import evidence_of
from tenure.web.reading import lake
from tenure.work.rhythm import Slot, due_first, next_slot

Asked = Mapping[str, str]


@dataclass(frozen=True)
class Suggested:
    """A value that a field begins with, and why."""

    value: Any
    hint: str = ""


def _meeting(account: Row, actor: Actor, asked: Asked) -> dict[str, Suggested]:
    """The kind that is due first, and the slot by which it is on time."""
    if not isinstance(account, Account):
        return {}
    kind = asked.get("type", "") or due_first(account, actor.model)
    slot = next_slot(account, kind, actor.model)
    return {"type": Suggested(kind)} | _in_slot(account, slot)


def _moved(meeting: Row, actor: Actor, _: Asked) -> dict[str, Suggested]:
    """Where the client's slot lies, for a meeting that is moved."""
    return _in_slot(meeting.account, None) if isinstance(meeting, Meeting) else {}


def _in_slot(account: Account, slot: Slot | None) -> dict[str, Suggested]:
    if account.preferred_slot:
        hint = f"They like to meet on {wording.slot(account.preferred_slot)}."
        return {"starts_at": Suggested(slot.starts_at if slot else None, hint)}
    return {"starts_at": Suggested(slot.starts_at, "On the day and at the time of last time.")} if slot else {}


def _slot(account: Row, _: Actor, __: Asked) -> dict[str, Suggested]:
    kept = getattr(account, "preferred_slot", None) or {}
    return {name: Suggested(value) for name, value in kept.items()}


def _judged(goal: Row, actor: Actor, _: Asked) -> dict[str, Suggested]:
    """How a goal ended is said by a person; the figure and what shows it stand there already."""
    said = evidence_of(goal, actor.model) if isinstance(goal, Goal) else ""
    if not isinstance(goal, Goal) or not said or goal.now is None:
        return {}
    hint = "As read from the points of its metric. Change it where you know better."
    return {"current": Suggested(f"{goal.now.normalize():f}", hint), "evidence": Suggested(said)}


def _baseline(account: Row, actor: Actor, asked: Asked) -> dict[str, Suggested]:
    """Where each metric stands now, as the baseline to choose; the one that is asked for stands in the field."""
    metrics = {key: each for key, each in actor.model.metrics.items() if each.client_visible}
    kind = actor.model.goals.get(asked.get("type", ""))
    wanted = asked.get("metric", "") or (kind.metric or "" if kind else "")
    probes = [Goal(account_id=account.pk, metric=key, set_at=clock.now()) for key in metrics]
    try:
        with lake() as opened:
            found = readings(opened, actor.model, probes, actor.day) if probes else {}
    except Refused:
        return {}
    known = {each.metric: found[each.pk].value for each in probes}
    stands = [f"{metrics[key].label} {wording.number(value)}" for key, value in known.items() if value is not None]
    if not stands:
        return {}
    now = known.get(wanted)
    said = f"From the points now: {wording.listed(stands)}."
    return {"baseline": Suggested(None if now is None else f"{now:g}", said)}


SUGGESTIONS: Mapping[str, Callable[[Row, Actor, Asked], dict[str, Suggested]]] = {
    "meeting.schedule": _meeting,
    "meeting.reschedule": _moved,
    "account.set_slot": _slot,
    "goal.judge": _judged,
    "goal.set": _baseline,
}


def suggested(operation: str, subject: Row | None, actor: Actor, asked: Asked) -> dict[str, Suggested]:
    """By field, what the form of an operation on a row begins with."""
    found = SUGGESTIONS.get(operation)
    return {} if found is None or subject is None else found(subject, actor, asked)

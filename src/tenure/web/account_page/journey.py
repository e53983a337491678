"""The way of an account: the stages of its journey, behind, now and ahead."""

from __future__ import annotations

from dataclasses import dataclass

from tenure.base import clock
from tenure.identity.actor import Actor
from tenure.records.account import Account
from tenure.web import wording


@dataclass(frozen=True)
class StageShown:
    """A stage as the journey draws it."""

    label: str
    when: str
    place: str
    verdict: str = ""
    words: str = ""


def journey(account: Account, actor: Actor) -> list[StageShown]:
    """The stages of the journey that the account is on; none where it is on none."""
    found = next((each for each in actor.model.journeys.values() if account.stage in each.stages), None)
    if found is None:
        return []
    keys = list(found.stages)
    now = keys.index(account.stage)
    shown = []
    for index, key in enumerate(keys):
        stage = found.stages[key]
        if index == now:
            days = (clock.now() - account.stage_since).days if account.stage_since else None
            since = wording.day(account.stage_since.date(), actor.day) if account.stage_since else ""
            shown.append(StageShown(stage.label, f"since {since}" if since else "", "now", "running", _for(days)))
        else:
            shown.append(StageShown(stage.label, "", "behind" if index < now else "ahead"))
    return shown


def _for(days: int | None) -> str:
    return "now" if days is None else f"day {days}"

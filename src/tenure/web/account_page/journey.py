"""The way of an account: the stages of its journey, behind, now and ahead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tenure.base import clock, duration
from tenure.blueprint.model import Journey
from tenure.identity.actor import Actor
from tenure.identity.hours import calendar_of_company
from tenure.identity.ledger import LedgerEntry
from tenure.records.account import Account
from tenure.web import wording

KINDS = ("account.created", "account.changed")


@dataclass(frozen=True)
class StageShown:
    """A stage as the journey draws it."""

    label: str
    since: datetime | None
    place: str
    verdict: str = ""
    words: str = ""


def journey(
    account: Account, actor: Actor, *, stage: str | None = None, now: datetime | None = None
) -> list[StageShown]:
    """The stages of the journey that the account is on; none where it is on none. One query.

    `stage` and `now` show it as it was at an earlier moment.
    """
    at, moment = account.stage if stage is None else stage, now or clock.now()
    found = next((each for each in actor.model.journeys.values() if at in each.stages), None)
    if found is None:
        return []
    entered = _entered(account.pk, moment)
    keys = list(found.stages)
    return [_shown(found, index, keys.index(at), entered, moment, actor) for index in range(len(keys))]


def _entered(account_id: str, until: datetime) -> dict[str, datetime]:
    """When the account last came into each stage, by its facts."""
    rows = LedgerEntry.objects.filter(account_id=account_id, kind__in=KINDS, retracts=None, happened_at__lte=until)
    found: dict[str, datetime] = {}
    before = ""
    for happened_at, data in rows.order_by("happened_at", "id").values_list("happened_at", "data"):
        stage = str(data.get("stage") or "")
        if stage and stage != before:
            found[stage] = happened_at
        before = stage
    return found


def _shown(
    found: Journey, index: int, at: int, entered: dict[str, datetime], now: datetime, actor: Actor
) -> StageShown:
    keys = list(found.stages)
    stage, since = found.stages[keys[index]], entered.get(keys[index])
    if index > at:
        return StageShown(stage.label, None, "ahead")
    place = "now" if index == at else "behind"
    if since is None:
        return StageShown(
            stage.label, None, place, "running" if place == "now" else "", "now" if place == "now" else ""
        )
    later = [entered[key] for key in keys[index + 1 : at + 1] if key in entered]
    end = now if place == "now" else min(later, default=now)
    took = end - since
    words = f"day {took.days + 1}" if place == "now" else wording.span(took) if took >= timedelta(minutes=1) else ""
    if stage.within is None:
        return StageShown(stage.label, since, place, "running" if place == "now" else "", words)
    due = calendar_of_company(actor.model).add(since, duration.parse(stage.within))
    verdict = "missed" if end > due else "running" if place == "now" else "met"
    return StageShown(stage.label, since, place, verdict, words)

"""The past: a day's scores as they were published, or made again as of any day and under any blueprint."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tenure.blueprint.model import Model
from tenure.facts.lake import Lake
from tenure.identity import blueprints
from tenure.identity.blueprints import BlueprintVersion
from tenure.identity.ledger import LedgerEntry
from tenure.measures.scorecards import Score
from tenure.pipeline.cursors import Run
from tenure.pipeline.measuring import Day, measure_day, primary_of, score_day
from tenure.pipeline.schedule import NIGHT_AT


@dataclass(frozen=True)
class Past:
    """A day made again: what was measured, every card's score per account, and through when facts counted as known."""

    measured: Day
    scores: Mapping[str, list[Score]]
    known_through: datetime

    def primary(self, account: str) -> Score | None:
        return primary_of(self.measured.model, self.scores.get(account, []))


def night_of(day: date, zone: str) -> datetime:
    """When a day's night begins: up to then facts count as known in time for it."""
    return datetime.combine(day + timedelta(days=1), NIGHT_AT, ZoneInfo(zone))


def recompute(
    lake: Lake,
    day: date,
    *,
    model: Model | None = None,
    known_through: datetime | None = None,
    accounts: Collection[str] | None = None,
) -> Past:
    """Score a past day again, as it was known then, under the blueprint of that day or under another one.

    What was known is what the night of that day knew; `known_through` names another moment. Nothing is stored.
    """
    run = Run.objects.filter(is_night=True, day=day, status=Run.Status.DONE).first()
    known = known_through or (run.known_through if run else night_of(day, lake.zone))
    measured = measure_day(lake, model or model_of(day, lake.zone), day, known_through=known, accounts=accounts)
    return Past(measured, score_day(measured), known)


def model_of(day: date, zone: str) -> Model:
    """The blueprint that a day's night ran under; for a day without one, that in force at its end, else the first."""
    run = Run.objects.filter(is_night=True, day=day, status=Run.Status.DONE).first()
    if run is not None:
        return blueprints.at(run.blueprint_version)
    ended = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
    versions = BlueprintVersion.objects.order_by("-id").values_list("id", flat=True)
    found = versions.filter(applied_at__lt=ended).first() or BlueprintVersion.objects.order_by("id")[0].pk
    return blueprints.at(found)


def what_changed(account_id: str, since: datetime, until: datetime | None = None) -> list[LedgerEntry]:
    """The standing facts of an account that were written down in a stretch of time, oldest first."""
    entries = LedgerEntry.objects.filter(account_id=account_id, recorded_at__gte=since)
    entries = entries.filter(recorded_at__lt=until) if until else entries
    taken_back = LedgerEntry.objects.filter(account_id=account_id, retracts__isnull=False).values("retracts")
    return list(entries.filter(retracts=None).exclude(id__in=taken_back).order_by("id"))

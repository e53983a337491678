"""How fresh what the pages show is: up to when the last finished run of measuring knew."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models, transaction

from tenure.base import clock
from tenure.identity.access import anchor_of
from tenure.identity.actor import Actor
from tenure.pipeline.cursors import Run
from tenure.work.refresh import refresh_standing

STALE_AFTER = timedelta(hours=36)  # a night and the half of the next: one night that did not run


@dataclass(frozen=True)
class Freshness:
    through: datetime
    is_stale: bool


def freshness() -> Freshness | None:
    """Up to when the newest finished run knew; None before the first."""
    through = (
        Run.objects.filter(status=Run.Status.DONE)
        .order_by("-day", "-known_through")
        .values_list("known_through", flat=True)
        .first()
    )
    return Freshness(through, clock.now() - through > STALE_AFTER) if through else None


def catch_up(row: models.Model | None) -> None:
    """Bring the list's row of an account up to date at once, so that whoever changed something sees it.

    The pipeline does the same a little later, for whatever changed.
    """
    anchor = anchor_of(row)
    if anchor is not None:
        with transaction.atomic():
            refresh_standing([anchor.pk], Actor.machine("pages"))

"""A row of the portfolio as its cells draw it: every word computed here, so that templates only print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.identity.actor import Actor
from tenure.web import portfolio, wording
from tenure.work.standing import Standing


@dataclass(frozen=True)
class Scale:
    """Between what a score lies, and where its bands begin."""

    low: Decimal
    high: Decimal
    lines: Sequence[Decimal]
    bands: Sequence[tuple[str, Decimal]]


def scale_of(model: Model) -> Scale:
    """The scale of the primary scorecard; 0 to 100 without one."""
    card = portfolio.primary_card(model)
    if card is None:
        return Scale(Decimal(0), Decimal(100), (), ())
    bands = sorted(((band.tone, band.from_) for band in card.bands.values()), key=lambda pair: pair[1])
    return Scale(card.low, card.high, [start for _, start in bands[1:]], bands)


def labels_of(model: Model) -> dict[str, dict[str, str]]:
    """Keys of tiers and stages in the company's words."""
    return {
        "tiers": {key: tier.label for key, tier in model.tiers.items()},
        "stages": {key: stage.label for journey in model.journeys.values() for key, stage in journey.stages.items()},
    }


class Drawn:
    """A standing with the words around it. Everything else is the row's own."""

    def __init__(self, row: Standing, actor: Actor) -> None:
        self.row = row
        self.actor = actor

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)

    def __str__(self) -> str:
        return self.row.name

    @cached_property
    def score_words(self) -> str | None:
        return portfolio.score_words(self.row, self.actor.model)

    @cached_property
    def band_words(self) -> str:
        return portfolio.band_words(self.row, self.actor.model)

    @property
    def levels(self) -> list[int | None]:
        return [part.get("level") for part in self.row.parts]

    @property
    def levels_said(self) -> str:
        """``Ease 4, Pace 4, Result quality unknown``."""
        said = (
            f"{part['label']} {'unknown' if part.get('level') is None else part['level']}" for part in self.row.parts
        )
        return ", ".join(said) or "No parts known"

    @property
    def spark_said(self) -> str:
        known = [value for value in self.row.spark if value is not None]
        if not known:
            return "No score in the last 12 weeks"
        return f"Last 12 weekly scores, from {wording.number(known[0], 1)} to {wording.number(known[-1], 1)}"

    @property
    def days_in_band(self) -> int | None:
        return None if self.row.band_since is None else (self.actor.day - self.row.band_since).days

    @property
    def was(self) -> str:
        card = portfolio.primary_card(self.actor.model)
        before = self.row.previous_band
        return card.bands[before].label if card and before in card.bands else ""

    @property
    def touch_late(self) -> bool:
        return self.row.next_touch_at is not None and self.row.next_touch_at < clock.now()

    @property
    def step_late(self) -> bool:
        return self.row.next_step_on is not None and self.row.next_step_on < clock.now()

    @property
    def days_to_renewal(self) -> int | None:
        return None if self.row.renewal_on is None else (self.row.renewal_on - self.actor.day).days

    @property
    def snoozed_said(self) -> str:
        return f"{self.row.signals_snoozed} snoozed"

    @property
    def scale_said(self) -> str:
        """The score on its scale, for those who do not see it."""
        now = f"{self.score_words} {self.band_words}" if self.score_words else "Score unknown"
        return f"{now}; {self.before_words}" if self.before_words else now

    @property
    def before_words(self) -> str:
        card = portfolio.primary_card(self.actor.model)
        before = self.row.previous_score
        return "" if before is None or card is None else f"was {before:.{card.decimals}f}"

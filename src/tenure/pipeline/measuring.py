"""A company day measured and scored, as known at a moment and under a blueprint: for nights, plans and the past."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tenure.blueprint.model import Model
from tenure.facts.lake import Lake
from tenure.measures.catalogue import compute
from tenure.measures.scorecards import Score, score
from tenure.pipeline.needs import columns_needed
from tenure.work.names import Names, custom_fields, evaluate, names_of

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Day:
    """What is known of all accounts on a day: per account what every expression of the blueprint may read."""

    day: date
    known_through: datetime | None
    model: Model
    values: Mapping[str, Values]
    measured: Sequence[str]  # the keys among the values that are measures, not fields

    def metrics(self, account: str) -> dict[str, float | None]:
        """An account's measures by column key."""
        found = self.values[account]
        return {key: found.get(key) for key in self.measured}


def measure_day(
    lake: Lake,
    model: Model,
    day: date,
    *,
    known_through: datetime | None = None,
    recorded_through: datetime | None = None,
    plays: Iterable[Mapping[str, Any]] = (),
    accounts: Collection[str] | None = None,
) -> Day:
    """Take every measure that the blueprint reads, for all accounts that existed on the day or for some."""
    names = names_of(model)
    columns = columns_needed(model, plays)
    table = compute(
        lake,
        days=[day],
        columns=columns,
        known_through=known_through,
        recorded_through=recorded_through,
        metrics=model.metrics,
        custom=custom_fields(model),
        card=model.primary_scorecard,
        accounts=accounts,
    )
    values = {row.pop("account_id"): {**row, "day": day} for row in table.to_pylist()}
    measured = [column.key for column in columns if column.name not in names.fields]
    return Day(day, known_through, model, values, measured)


def score_day(day: Day) -> dict[str, list[Score]]:
    """Per account the scores of every card of the blueprint that applies, the primary one first."""
    names, primary = names_of(day.model), day.model.primary_scorecard
    cards = sorted(day.model.scorecards.items(), key=lambda pair: pair[0] != primary)
    found: dict[str, list[Score]] = {}
    for account, values in day.values.items():
        reader = _reader(names, values)
        scores = [made for key, card in cards if (made := score(key, card, reader)) is not None]
        found[account] = scores
    return found


def _reader(names: Names, values: Values) -> Any:
    return lambda text: evaluate(names.parse(text), values)


def primary_of(model: Model, scores: Sequence[Score]) -> Score | None:
    """The score on the primary card, where it applies."""
    return next((made for made in scores if made.card == model.primary_scorecard), None)

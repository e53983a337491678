"""The score of a day, put on the standing of accounts; a band that changes is a fact.

Called in a batch of the pipeline, some hundred accounts at once. Doing it twice for the same day changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tenure.blueprint.model import Scorecard
from tenure.facts.contract import declare
from tenure.identity.operations import record
from tenure.measures.scorecards import UNKNOWN, Score
from tenure.work.standing import Standing, advance_spark, health_rank

declare(
    "score.banded",
    "Health changed",
    internal=True,
    card="text",
    score="number",
    band="text",
    before="text",
    tone="text",
    why="text",
)

COLUMNS = [
    "score",
    "health_rank",
    "band",
    "band_tone",
    "band_since",
    "previous_band",
    "previous_score",
    "coverage",
    "score_day",
    "reason",
    "fresh_at",
    "spark",
    "spark_week",
    "parts",
    "metrics",
    "explanation",
]


@dataclass(frozen=True, slots=True)
class Scored:
    """An account's day: its primary score, None where the card does not apply, and the measures behind everything."""

    score: Score | None
    metrics: Mapping[str, Any]


def keep_scores(
    card: Scorecard | None, day: date, moment: datetime, known_through: datetime, scored: Mapping[str, Scored]
) -> list[Standing]:
    """Put the scores of a company day on the standing of their accounts; returns the rows whose band changed.

    `moment` is when a band counts as changed. Accounts whose standing shows a later day already are left as they are.
    """
    rows = list(Standing.objects.filter(account_id__in=list(scored)))
    current = [row for row in rows if row.score_day is None or row.score_day <= day]
    turned = []
    for row in current:
        found = scored[row.account_id]
        row.metrics = {key: value for key, value in found.metrics.items() if value is not None}
        row.score_day, row.fresh_at = day, known_through
        before = row.band
        _score(row, card, found.score, day)
        if row.band != before or row.band_since is None:
            row.previous_band = before if row.band_since is not None else ""
            row.band_since = day
            turned.append((row, before))
    Standing.objects.bulk_create(
        current, update_conflicts=True, unique_fields=["account"], update_fields=COLUMNS, batch_size=60
    )
    for row, before in turned:
        _record(row, before, moment)
    return [row for row, _ in turned]


def _score(row: Standing, card: Scorecard | None, score: Score | None, day: date) -> None:
    if card is None or score is None:
        row.score, row.band, row.band_tone, row.coverage = None, UNKNOWN, UNKNOWN, None
        row.reason = "No scorecard applies" if card else "No scorecard is set up"
        row.parts, row.explanation = [], {}
        row.health_rank = health_rank(UNKNOWN, None, Decimal(0), Decimal(1))
    else:
        if score.value != row.score:
            row.previous_score = row.score
        row.reason = score.reason(card, _points(row.explanation))[:400]
        row.score, row.band, row.coverage = score.value, score.band, score.coverage
        row.band_tone = card.bands[score.band].tone if score.band in card.bands else UNKNOWN
        row.health_rank = health_rank(row.band_tone, score.value, card.low, card.high)
        row.parts = [{"key": part.key, "label": part.label, "level": part.level} for part in score.parts]
        row.explanation = score.explanation(card)
    row.spark, row.spark_week = advance_spark(row.spark, row.spark_week, day, row.score)


def _points(explanation: Mapping[str, Any]) -> dict[str, Decimal | None]:
    """What each part earned the last time, from the stored explanation."""
    parts: Sequence[Mapping[str, Any]] = explanation.get("parts", ())
    return {part["key"]: None if part["points"] is None else Decimal(part["points"]) for part in parts}


def _record(row: Standing, before: str, moment: datetime) -> None:
    record(
        "score.banded",
        row,
        account_id=row.account_id,
        happened_at=moment,
        card=row.explanation.get("card", ""),
        score=row.score,
        band=row.band,
        before=before if row.previous_band else "",
        tone=row.band_tone,
        why=row.explanation.get("override", ""),
    )

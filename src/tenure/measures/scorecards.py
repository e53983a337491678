"""Health as a scorecard makes it: measures earn points, points are weighed, the whole falls into a band.

Exact decimals throughout; the score is rounded before it is banded. What is unknown stays unknown: a part without a
value makes the whole unknown unless the scorecard says what else it does, and is never silently left aside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any

from tenure.blueprint.model import Component, Scorecard

UNKNOWN = "unknown"
Evaluate = Callable[[str], Any]  # what an account expression gives for one account-day: Decimal, bool, text or None
Points = Sequence[tuple[Decimal, Decimal]]


@dataclass(frozen=True, slots=True)
class PartScore:
    """What one part of a score came to.

    Attributes
    ----------
    value : what the measure read, None where unknown.
    points : what the value earns on the part's curve, on the card's scale; None where it counts for nothing.
    share : the part's weight among all the parts, 0 to 1.
    missing : the policy that was applied to an unknown value, empty where the value is known.
    level : the points as five steps, 1 to 5, for drawing; None where unknown.
    """

    key: str
    label: str
    measure: str
    value: Decimal | None
    points: Decimal | None
    weight: Decimal
    share: Decimal
    missing: str
    level: int | None


@dataclass(frozen=True, slots=True)
class Score:
    """A score with everything that made it. `value` is None and `band` is ``unknown`` where it cannot be said.

    `coverage` is the share of the weight whose values are known, 0 to 1; `why_unknown` says what was missing.
    """

    card: str
    version: int
    value: Decimal | None
    band: str
    coverage: Decimal
    parts: tuple[PartScore, ...]
    override: str = ""
    why_unknown: str = ""

    def explanation(self, card: Scorecard) -> dict[str, Any]:
        """The score as it is stored with its edition: parts, raw values, points, and the rule that made them."""
        return {
            "card": self.card,
            "label": card.label,
            "version": self.version,
            "score": _text(self.value),
            "band": self.band,
            "coverage": _text(self.coverage),
            "override": self.override,
            "why_unknown": self.why_unknown,
            "rule": f"Weighted mean of the parts, rounded to {card.decimals} decimals, on {card.low} to {card.high}",
            "bands": [{"key": key, "label": band.label, "from": _text(band.from_)} for key, band in in_order(card)],
            "parts": [_part(part, card.components[part.key]) for part in self.parts],
        }

    @classmethod
    def stored(cls, explanation: Mapping[str, Any]) -> Score:
        """A score from the explanation that was stored with it."""
        return cls(
            card=explanation["card"],
            version=explanation["version"],
            value=_decimal(explanation["score"]),
            band=explanation["band"],
            coverage=_decimal(explanation["coverage"]) or Decimal(0),
            parts=tuple(_stored_part(part) for part in explanation["parts"]),
            override=explanation["override"],
            why_unknown=explanation["why_unknown"],
        )

    def reason(self, card: Scorecard, before: Mapping[str, Decimal | None] | None = None) -> str:
        """Why the score is what it is, as the end of a sentence: what drags it, else what lifts it.

        `before` gives the points that the parts earned earlier: a part that fell most is named first.
        """
        if self.value is None:
            return self.why_unknown
        if self.override:
            return card.overrides[self.override].label
        known = [part for part in self.parts if part.points is not None]
        low = sorted(known, key=lambda part: _loss(part, card, before), reverse=True)
        dragging = [part for part in low if part.level is not None and part.level <= 3]
        said = [card.components[part.key].bad for part in dragging[:2] if card.components[part.key].bad]
        if not said:
            lifting = sorted(known, key=lambda part: (part.points or Decimal(0)) * part.share, reverse=True)
            said = [card.components[part.key].good for part in lifting[:2] if card.components[part.key].good]
        return " and ".join(said)


def score(key: str, card: Scorecard, evaluate: Evaluate) -> Score | None:
    """Score one account-day. `evaluate` gives the value of an expression there, None for unknown.

    Returns None where the card does not apply to the account; where it cannot be said whether it applies, the score is
    unknown.
    """
    if card.applies is not None:
        applies = evaluate(card.applies)
        if applies is False:
            return None
        if applies is None:
            return Score(key, card.version, None, UNKNOWN, Decimal(0), (), "", "it is not known whether it applies")
    total = sum((part.weight for part in card.components.values()), Decimal(0))
    parts = tuple(_score_part(name, part, card, total, evaluate) for name, part in card.components.items())
    # Over the weights and not over the rounded shares: three thirds must come to one.
    coverage = sum((part.weight for part in parts if part.value is not None), Decimal(0)) / total
    value, why = _whole(parts, card, coverage)
    override = next((name for name, rule in card.overrides.items() if evaluate(rule.when) is True), "")
    band = card.overrides[override].band if override else band_of(card, value)
    return Score(key, card.version, value, band, coverage.quantize(Decimal("0.0001")), parts, override, why)


def band_of(card: Scorecard, value: Decimal | None) -> str:
    """The key of the band that a rounded score falls into; ``unknown`` without one."""
    if value is None:
        return UNKNOWN
    found = UNKNOWN
    for key, band in in_order(card):
        if value >= band.from_:
            found = key
    return found


def in_order(card: Scorecard) -> list[tuple[str, Any]]:
    """The bands from the lowest to the highest."""
    return sorted(card.bands.items(), key=lambda pair: pair[1].from_)


def points_at(curve: Points, value: Decimal) -> Decimal:
    """Where a value lies on a piecewise-linear curve of (value, points); outside its ends the nearest end holds."""
    if value <= curve[0][0]:
        return curve[0][1]
    for (left, low), (right, high) in pairwise(curve):
        if value <= right:
            return low + (high - low) * (value - left) / (right - left)
    return curve[-1][1]


def _score_part(key: str, part: Component, card: Scorecard, total: Decimal, evaluate: Evaluate) -> PartScore:
    raw = evaluate(part.measure)
    value = raw if isinstance(raw, Decimal) else None
    points = None if value is None else points_at(part.points, value)
    missing = part.missing if value is None else ""
    if missing == "points":
        points = part.missing_points
    level = None if points is None or value is None else _level(points, card)
    return PartScore(key, part.label, part.measure, value, points, part.weight, part.weight / total, missing, level)


def _whole(parts: Sequence[PartScore], card: Scorecard, coverage: Decimal) -> tuple[Decimal | None, str]:
    blocking = [part.label for part in parts if part.missing == UNKNOWN]
    if blocking:
        return None, f"{_listed(blocking)} {'is' if len(blocking) == 1 else 'are'} unknown"
    counted = [part for part in parts if part.points is not None]
    if not counted or coverage < card.least_coverage:
        return None, f"only {coverage * 100:.0f} % of the weight is known, {card.least_coverage * 100:.0f} % is needed"
    weight = sum((part.weight for part in counted), Decimal(0))
    mean = sum((part.points * part.weight for part in counted if part.points is not None), Decimal(0)) / weight
    step = Decimal(1).scaleb(-card.decimals)
    return min(max(mean, card.low), card.high).quantize(step, ROUND_HALF_UP), ""


def _level(points: Decimal, card: Scorecard) -> int:
    """Points as one of five even steps of the card's scale."""
    share = (points - card.low) / (card.high - card.low)
    return max(1, min(5, 1 + int(share * 4 + Decimal("0.5"))))


def _loss(part: PartScore, card: Scorecard, before: Mapping[str, Decimal | None] | None) -> tuple[Decimal, Decimal]:
    """How much a part costs: first what it lost since before, then what it lacks to the full scale."""
    points = part.points if part.points is not None else card.high
    earlier = (before or {}).get(part.key)
    fell = max(Decimal(0), earlier - points) * part.share if earlier is not None else Decimal(0)
    return fell, (card.high - points) * part.share


def _part(part: PartScore, component: Component) -> dict[str, Any]:
    return {
        "key": part.key,
        "label": part.label,
        "measure": part.measure,
        "value": _text(part.value),
        "points": _text(part.points),
        "weight": _text(part.weight),
        "share": _text(part.share.quantize(Decimal("0.0001"))),
        "missing": part.missing,
        "level": part.level,
        "curve": [[_text(value), _text(points)] for value, points in component.points],
        "why": component.why,
    }


def _stored_part(part: Mapping[str, Any]) -> PartScore:
    return PartScore(
        part["key"],
        part["label"],
        part["measure"],
        _decimal(part["value"]),
        _decimal(part["points"]),
        Decimal(part["weight"]),
        Decimal(part["share"]),
        part["missing"],
        part["level"],
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _text(value: Decimal | None) -> str | None:
    """A decimal as text without an exponent and without trailing noughts."""
    if value is None:
        return None
    plain = f"{value:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"

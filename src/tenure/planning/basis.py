"""What a bonus rests on: KPIs held against their targets and weighed. No money is said here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

STEP = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class BasisPart:
    """One KPI of a basis: the share of the whole weight that it has, and how much of its target is reached, 0 to 1."""

    key: str
    share: Decimal
    reached: Decimal | None


@dataclass(frozen=True, slots=True)
class Basis:
    """A basis, 0 to 1. `value` is None until every part is known; `known` is the share of the weight that is.

    `so_far` is what the known parts alone come to, None where none is.
    """

    parts: tuple[BasisPart, ...]
    value: Decimal | None
    so_far: Decimal | None
    known: Decimal


def basis(weights: Mapping[str, Decimal], reached: Mapping[str, Decimal | None]) -> Basis:
    """Weigh how much of each target is reached: the mean of the parts by their weights.

    >>> basis({"a": Decimal(1), "b": Decimal(3)}, {"a": Decimal(1), "b": Decimal("0.8")}).value
    Decimal('0.8500')
    """
    total = sum(weights.values(), Decimal(0))
    found = {key: reached.get(key) for key in weights}
    parts = tuple(BasisPart(key, (weight / total).quantize(STEP), found[key]) for key, weight in weights.items())
    weight = sum((weights[key] for key, value in found.items() if value is not None), Decimal(0))
    earned = sum((weights[key] * value for key, value in found.items() if value is not None), Decimal(0))
    so_far = (earned / weight).quantize(STEP, ROUND_HALF_UP) if weight else None
    known = (weight / total).quantize(STEP) if total else Decimal(0)
    return Basis(parts, so_far if total and weight == total else None, so_far, known)

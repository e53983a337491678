"""Chance that can be repeated: every draw comes from a seed and a name, whatever others draw."""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """A source of draws with a name. The same seed and names give the same draws on every machine and in every run."""

    def __init__(self, seed: int, *names: object) -> None:
        self.seed = seed
        self.names = names
        text = "/".join(str(name) for name in (seed, *names))
        self._random = random.Random(int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()))

    def of(self, *names: object) -> Chance:
        """A source of its own below this one, such as that of one account on one day."""
        return Chance(self.seed, *self.names, *names)

    def share(self) -> float:
        """A number from 0 to under 1."""
        return self._random.random()

    def happens(self, probability: float) -> bool:
        return self._random.random() < probability

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self._random.random()

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int((high - low + 1) * self._random.random())

    def normal(self, mean: float = 0.0, deviation: float = 1.0) -> float:
        return self._random.gauss(mean, deviation)

    def count(self, mean: float) -> int:
        """How often something happens that happens `mean` times on average (Poisson; a normal one above 30)."""
        if mean <= 0:
            return 0
        if mean > 30:
            return max(0, round(self._random.gauss(mean, math.sqrt(mean))))
        limit, product, found = math.exp(-mean), self._random.random(), 0
        while product > limit:
            product *= self._random.random()
            found += 1
        return found

    def one(self, items: Sequence[T]) -> T:
        return items[int(len(items) * self._random.random())]

    def some(self, items: Sequence[T], number: int) -> list[T]:
        """Some different items, in a drawn order; all of them where there are fewer."""
        return self.shuffled(items)[:number]

    def shuffled(self, items: Iterable[T]) -> list[T]:
        drawn = list(items)
        self._random.shuffle(drawn)
        return drawn

    def weighted(self, weights: Mapping[T, float]) -> T:
        """A key, in proportion to its weight; the mapping's order counts, so it must be a fixed one."""
        mark = self._random.random() * math.fsum(weights.values())
        for key, weight in weights.items():
            mark -= weight
            if mark < 0:
                return key
        return next(reversed(list(weights)))

"""Sentences that read as people write them, dealt so that none comes twice where somebody could see both."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from tenure.simulation.chance import Chance

# What a pattern may leave open; `cast.slots_of` fills it.
SLOTS = frozenset(
    [
        "business", "csm", "day", "dozens", "few", "first", "helper", "job", "month",
        "place", "product", "share", "thing", "thing2", "time",
    ]
)  # fmt: skip
_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{([a-z_0-9]+)\}")
_OWN_MEMORY, _WIDE_MEMORY = 60, 400


def unknown_slots(pattern: str) -> list[str]:
    """The slots of a pattern that nothing fills."""
    return sorted(set(_SLOT.findall(pattern)) - SLOTS)


def wording(pattern: str, slots: Mapping[str, str], chance: Chance) -> str:
    """A pattern with each ``[this|that]`` chosen, innermost first, and each ``{slot}`` filled; a capital begins it."""
    while (found := _CHOICE.search(pattern)) is not None:
        pattern = pattern[: found.start()] + chance.one(found[1].split("|")) + pattern[found.end() :]
    text = re.sub(r"\s+", " ", _SLOT.sub(lambda slot: slots[slot[1]], pattern)).strip()
    return text[:1].upper() + text[1:]


class Decks:
    """Decks of patterns, each dealt through before a card comes again, and what was said of late."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._left: dict[tuple[str, str], list[int]] = {}
        self._own: dict[str, deque[str]] = {}
        self._all: deque[str] = deque(maxlen=_WIDE_MEMORY)

    def draw(self, deck: str, size: int, whom: str = "") -> int:
        """The place of the next card of a deck; each account has a hand of its own."""
        hand = self._left.get((deck, whom))
        if not hand:
            hand = self._left[deck, whom] = self._chance.of(deck, whom).shuffled(range(size))
        return hand.pop()

    def say(
        self, deck: str, patterns: Sequence[str], slots: Callable[[], Mapping[str, str]], chance: Chance, whom: str = ""
    ) -> str:
        """A sentence of a deck that neither this account nor one beside it heard of late; empty where the deck is.

        `slots` draws what fills it, anew for each try. Where everything was said already, the last one has to do.
        """
        text = ""
        heard = self._own.setdefault(whom, deque(maxlen=_OWN_MEMORY))
        for _ in range(2 * len(patterns) + 6 if patterns else 0):
            text = wording(patterns[self.draw(deck, len(patterns), whom)], slots(), chance)
            if text not in heard and text not in self._all:
                break
        heard.append(text)
        self._all.append(text)
        return text

"""What people say: the sentences of a scene filled with the account's own things, and plain ones where it has none."""

from __future__ import annotations

from datetime import date, timedelta

from tenure.simulation.chance import Chance
from tenure.simulation.phrases import Decks, wording
from tenure.simulation.plain import PLAIN
from tenure.simulation.plans import Client, first_name
from tenure.simulation.scene import Scene, Talk, Trouble

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
_FEW = ("two", "three", "four", "five", "six", "seven")
_TIMES = ("eight", "half past eight", "nine", "ten", "half past ten", "one", "two", "half past three")


class Speech:
    """The sentences of one company, dealt so that nobody hears one twice in a short while."""

    def __init__(self, scene: Scene, chance: Chance) -> None:
        own = scene.talk
        self._talk = own.model_copy(
            update={name: getattr(own, name) or getattr(PLAIN, name) for name in Talk.model_fields}
        )
        self._decks = Decks(chance)

    def slots(self, client: Client, worker: str, day: date, chance: Chance) -> dict[str, str]:
        """What fills the open places of a sentence about an account on a day."""
        things = chance.some(client.trade.things, 2)
        others = [friend for friend in client.friends if not friend.is_primary] or list(client.friends)
        month = day + timedelta(days=chance.whole(20, 75))
        plain = {"place": client.place}
        return {
            "business": client.short,
            "csm": first_name(worker),
            "day": chance.one(_DAYS),
            "dozens": str(chance.whole(12, 60)),
            "few": chance.one(_FEW),
            "first": client.primary.first,
            "helper": chance.one(others).first,
            "job": (chance.one(client.trade.people) if client.trade.people else "manager").lower(),
            "month": f"{month:%B}",
            "place": client.place,
            "product": client.trade.label.lower(),
            "share": str(chance.whole(5, 35)),
            "thing": wording_of_thing(things[0], plain, chance),
            "thing2": wording_of_thing(things[-1], plain, chance),
            "time": chance.one(_TIMES),
        }

    def say(self, deck: str, client: Client, worker: str, day: date, chance: Chance, kind: str = "") -> str:
        """A sentence of an occasion, such as ``notes``; `kind` picks a deck of deliverables or goals."""
        patterns = getattr(self._talk, deck)
        if kind:
            patterns = patterns.get(kind) or ("{thing}",)
        return self._decks.say(
            f"{deck}/{kind}", patterns, lambda: self.slots(client, worker, day, chance), chance, client.key
        )

    def exchange(self, client: Client, worker: str, day: date, mood: str, chance: Chance) -> tuple[str, str]:
        """What a client writes in a mood, and what the answer says."""
        fitting = [each for each in self._talk.exchanges if each.mood == mood] or list(self._talk.exchanges)
        chosen = fitting[self._decks.draw(f"exchanges/{mood}", len(fitting), client.key)]
        slots = self.slots(client, worker, day, chance)
        return wording(chosen.ask, slots, chance), wording(chosen.answer, slots, chance)

    def trouble(self, client: Client, worker: str, day: date, chance: Chance) -> tuple[Trouble, str, str]:
        """Something that goes wrong: what it is, its title, and how it was mended."""
        troubles = self._talk.troubles
        chosen = troubles[self._decks.draw("troubles", len(troubles), client.key)]
        slots = self.slots(client, worker, day, chance)
        return chosen, wording(chosen.title, slots, chance), wording(chosen.mended, slots, chance)


def wording_of_thing(thing: str, slots: dict[str, str], chance: Chance) -> str:
    """A thing in the middle of a sentence: as it is written."""
    return thing.replace("{place}", slots["place"])

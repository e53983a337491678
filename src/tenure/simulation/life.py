"""What an account does by itself: its course from day to day, and what it would do on each."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from tenure.simulation.chance import Chance
from tenure.simulation.plans import Client
from tenure.simulation.scene import Scene, Story
from tenure.simulation.states import BAD, MOODS, Mood, State, moved, next_week

Kind = Literal["writes", "trouble", "champion_leaves", "wants_out", "sends_material"]
_WORKING = (time(8, 10), time(17, 20))
CARE_FADES = 0.9  # what is left of care a day later
NOTICE_AFTER = 24  # days in the last hidden state before an account says that it wants out


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that an account does at a moment."""

    at: datetime
    kind: Kind
    mood: str = "any"  # of what they write: good, bad or any
    hard: bool = False  # of a trouble: graver than usual


@dataclass
class Life:
    """The hidden side of an account: how it is, how it feels, how its figures stand."""

    client: Client
    scene: Scene
    chance: Chance
    state: State = State.STEADY
    mood: float = 0.7
    care: float = 0.0
    level: float = 1.0  # what its figures have grown to since the start
    is_gone: bool = False
    days_leaving: int = 0
    wants_out: bool = False
    heard: dict[str, int] = field(default_factory=dict)  # of what it did today, for the series that follow it

    def __post_init__(self) -> None:
        self.state = self.client.state
        self.mood = MOODS[self.state]

    @property
    def feeling(self) -> Mood:
        return Mood(self.mood)

    def stories(self, day: date) -> dict[str, Story]:
        """What runs in its life on a day, by what it does."""
        return {planted.story.does: planted.story for planted in self.client.running(day)}

    def is_silent(self, day: date) -> bool:
        """Whether nobody there answers: a holiday, or somebody who has gone quiet."""
        running = self.stories(day)
        return self.client.is_away(day) or "goes_silent" in running or "holiday" in running

    def attends(self, day: date) -> float:
        """The chance of coming to a meeting on a day."""
        if self.client.is_watched(day):
            stays_away = self.client.exactly("stays_away", day)
            return 0.0 if self.client.is_away(day) or (stays_away and stays_away.is_past(day)) else 1.0
        if self.client.is_away(day) or "holiday" in self.stories(day):
            return 0.03
        return 0.12 if "goes_silent" in self.stories(day) else self.feeling.attends

    def cared(self, amount: float) -> None:
        """Somebody did something good for it: the mood rises a little, and the odds of getting better."""
        self.care = min(1.0, self.care + amount)
        self.mood = min(1.0, self.mood + amount * 0.06)

    def let_down(self, amount: float) -> None:
        """Somebody broke a promise to it."""
        self.mood = max(0.0, self.mood - amount)

    def begin(self, day: date, asked: int = 0, owed: int = 0) -> list[Happening]:
        """Go on by a day, and say what the account will do on it, in order of time.

        `asked` is for how many things its material is due on this day, `owed` for how many it is late.
        """
        if self.is_gone:
            return []
        chance = self.chance.of(day)
        self._move(day, chance)
        self.heard = {}
        found = [
            *self._writes(day, chance),
            *self._troubles(day, chance),
            *self._events(day),
            *self._material(day, chance, asked, owed),
        ]
        return sorted(found, key=lambda each: (each.at, each.kind))

    def _move(self, day: date, chance: Chance) -> None:
        lived = (day - self.client.begins).days
        if self.client.is_watched(day):
            self.state, self.mood, self.days_leaving = State.THRIVING, MOODS[State.THRIVING], 0
            return
        if lived > 0 and lived % 7 == 0:
            self.state = next_week(self.state, self.care, chance)
            if self.state == State.LEAVING and self.client.is_kept(day):
                self.state = State.TROUBLED
        self.care *= CARE_FADES
        running = self.stories(day)
        target = State.TROUBLED if running.keys() & {"ratings_fall", "goes_silent"} else self.state
        self.mood = moved(self.mood, target, chance.normal(0, 0.02))
        self.days_leaving = self.days_leaving + 1 if self.state == State.LEAVING else 0
        growth = self.feeling.monthly_growth if "metrics_fall" not in running else -running["metrics_fall"].depth
        self.level *= math.exp(growth / 30)

    def _writes(self, day: date, chance: Chance) -> list[Happening]:
        if self.is_silent(day) or self.client.is_watched(day):
            return []
        weight = 0.18 if day.weekday() >= 5 else 1.32  # some write on a Sunday evening
        number = chance.count(self.feeling.messages_per_week * self.scene.messages / 7 * weight)
        return [Happening(self._moment(day, chance), "writes", self._tone(chance)) for _ in range(number)]

    def _tone(self, chance: Chance) -> str:
        draw = chance.share()
        if draw < self.feeling.complains:
            return "bad"
        return "good" if draw > 1 - self.feeling.praises else "any"

    def _troubles(self, day: date, chance: Chance) -> list[Happening]:
        if self.client.is_watched(day):
            return []
        burst = "issue_burst" in self.stories(day)
        weight = 0.3 if day.weekday() >= 5 else 1.28
        number = chance.count((self.feeling.issues_per_week * self.scene.issues / 7 + (0.55 if burst else 0)) * weight)
        return [Happening(self._moment(day, chance), "trouble", hard=burst) for _ in range(number)]

    def _events(self, day: date) -> list[Happening]:
        found = [
            Happening(self._at(day, time(9, 40)), "champion_leaves")
            for planted in self.client.stories
            if planted.story.does == "champion_leaves" and planted.begins == day
        ]
        if self.days_leaving >= NOTICE_AFTER and not self.wants_out:
            self.wants_out = True
            found.append(Happening(self._at(day, time(11, 5)), "wants_out"))
        return found

    def _material(self, day: date, chance: Chance, asked: int, owed: int) -> list[Happening]:
        """Of what is asked of the client today, and what they owe since some days, how much they send."""
        if self.client.is_watched(day):
            number = self._sends(day, asked + owed)
            return [Happening(self._moment(day, chance), "sends_material") for _ in range(number)]
        willing = 0.04 if self.is_silent(day) else 0.35 + 0.62 * self.mood
        sent = sum(chance.happens(willing) for _ in range(asked))
        sent += sum(chance.happens(willing * 0.3) for _ in range(owed))
        return [Happening(self._moment(day, chance), "sends_material") for _ in range(sent)]

    def _sends(self, day: date, due: int) -> int:
        """Of what is due of a client who is watched, all; where they stop sending, something on the first day still."""
        stops = self.client.exactly("stops_sending", day) or self.client.exactly("holiday", day)
        if stops is None:
            return due
        return 0 if stops.is_past(day) else max(1, due)

    def _moment(self, day: date, chance: Chance) -> datetime:
        start, end = (self._at(day, each) for each in _WORKING)
        return start + timedelta(seconds=int((end - start).total_seconds() * chance.share()))

    def _at(self, day: date, local: time) -> datetime:
        return datetime.combine(day, local, ZoneInfo(self.client.zone))

    @property
    def is_bad(self) -> bool:
        return self.state in BAD

"""How an account really is: a small Markov chain that nobody in the company sees, and what it does to behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tenure.simulation.chance import Chance


class State(StrEnum):
    """The hidden state of an account, from best to worst."""

    THRIVING = "thriving"
    STEADY = "steady"
    DRIFTING = "drifting"
    TROUBLED = "troubled"
    LEAVING = "leaving"
    GONE = "gone"


BAD = frozenset({State.DRIFTING, State.TROUBLED, State.LEAVING})

# The chance of being in the column's state a week after being in the row's.
WEEKLY: Mapping[State, Mapping[State, float]] = {
    State.THRIVING: {State.THRIVING: 0.94, State.STEADY: 0.06},
    State.STEADY: {State.THRIVING: 0.05, State.STEADY: 0.90, State.DRIFTING: 0.05},
    State.DRIFTING: {State.STEADY: 0.10, State.DRIFTING: 0.78, State.TROUBLED: 0.12},
    State.TROUBLED: {State.DRIFTING: 0.12, State.TROUBLED: 0.79, State.LEAVING: 0.09},
    State.LEAVING: {State.TROUBLED: 0.08, State.LEAVING: 0.92},
    State.GONE: {State.GONE: 1.0},
}

# Where the mood of an account settles in each state, from 0 (hostile) to 1 (delighted).
MOODS: Mapping[State, float] = {
    State.THRIVING: 0.90,
    State.STEADY: 0.70,
    State.DRIFTING: 0.42,
    State.TROUBLED: 0.22,
    State.LEAVING: 0.08,
    State.GONE: 0.0,
}
PULL = 0.12  # the share of the way to its state's mood that an account goes in a day: a week for half of it


def next_week(state: State, care: float, chance: Chance) -> State:
    """The state a week later. `care`, from 0 to 1, is how much was done for the account: it makes rising likelier.

    Full care doubles the chance to rise and halves the chance to fall.
    """
    order = list(State)
    here = order.index(state)
    weights = {
        to: weight * ((1 + care) if order.index(to) < here else (1 - care / 2) if order.index(to) > here else 1)
        for to, weight in WEEKLY[state].items()
    }
    return chance.weighted(weights)


@dataclass(frozen=True, slots=True)
class Mood:
    """What a mood between 0 and 1 does: chances and factors, each a straight line between its two ends."""

    value: float

    def _line(self, at_worst: float, at_best: float) -> float:
        return at_worst + (at_best - at_worst) * min(max(self.value, 0.0), 1.0)

    @property
    def attends(self) -> float:
        """The chance of coming to a meeting that was agreed."""
        return self._line(0.62, 0.99)

    @property
    def moves_meeting(self) -> float:
        """The chance of asking to move a meeting that comes up."""
        return self._line(0.20, 0.07)

    @property
    def delivers_material(self) -> float:
        """The chance of sending what we wait for, per day."""
        return self._line(0.10, 0.62)

    @property
    def messages_per_week(self) -> float:
        """How many messages they write: most when something is wrong, few when they have given up."""
        return 0.35 + 1.5 * self.value * (1 - self.value) * 2

    @property
    def issues_per_week(self) -> float:
        return self._line(0.34, 0.05)

    @property
    def praises(self) -> float:
        """The share of their messages that is good news."""
        return self._line(0.0, 0.45)

    @property
    def complains(self) -> float:
        """The share of their messages that is a complaint."""
        return self._line(0.65, 0.02)

    @property
    def usage(self) -> float:
        """The factor on how much their people use what they bought."""
        return self._line(0.15, 1.15)

    @property
    def monthly_growth(self) -> float:
        """The growth of their figures in a month, as a share."""
        return self._line(-0.16, 0.13)

    def rating(self, low: int, high: int, chance: Chance) -> int:
        """A rating on a scale, as a person of this mood gives it."""
        drawn = low + (high - low) * min(max(self._line(0.12, 0.97) + chance.normal(0, 0.11), 0.0), 1.0)
        return round(drawn)


def moved(mood: float, state: State, nudge: float = 0.0) -> float:
    """The mood a day later: a part of the way to its state's, and `nudge` for what happened on the day."""
    return min(max(mood + PULL * (MOODS[state] - mood) + nudge, 0.0), 1.0)

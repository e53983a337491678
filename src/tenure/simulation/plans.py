"""The company as it is drawn before its first day: people with habits, accounts with a hidden course. Plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time, timedelta

from tenure.simulation.scene import Story, Trade
from tenure.simulation.states import State

LEFT_ALONE = timedelta(days=14)  # after what was planted by name is over


@dataclass(frozen=True, slots=True)
class Habits:
    """How somebody works, each as a share from 0 to 1 unless it says otherwise.

    Attributes
    ----------
    punctual : how much of the time that a thing may take they leave unused.
    forgets : the chance that a thing slips their mind until somebody asks.
    thorough : how often they write things down that nobody would miss.
    cautious : how often they answer a signal with a play at once, and do not wait and see.
    starts, ends : the local hours between which they work.
    sick : the chance of falling ill on a working day.
    """

    punctual: float
    forgets: float
    thorough: float
    cautious: float
    starts: time = time(8, 30)
    ends: time = time(17, 0)
    sick: float = 0.006


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody of the company."""

    key: str
    name: str
    role: str
    level: str
    team: str
    pod: str
    zone: str
    habits: Habits
    leave: tuple[tuple[date, date], ...] = ()  # holidays that were planned: first and last day
    is_demo: bool = False


@dataclass(frozen=True, slots=True)
class Friend:
    """Somebody at a client."""

    name: str
    title: str
    role: str  # champion, decision_maker, user …
    influence: int
    strength: int
    is_primary: bool
    portal: bool

    @property
    def first(self) -> str:
        return first_name(self.name)


@dataclass(frozen=True, slots=True)
class Planted:
    """A story in the life of one account; an exact one was planted on it by name, and it alone befalls it then."""

    key: str
    story: Story
    begins: date
    ends: date
    is_exact: bool = False

    @property
    def watched(self) -> tuple[date, date]:
        """The days on which nothing else befalls the account."""
        return self.begins - timedelta(days=self.story.calm_days), self.ends + LEFT_ALONE

    def is_past(self, day: date) -> bool:
        """Whether it has begun before a day, and runs."""
        return self.begins < day <= self.ends


@dataclass(frozen=True, slots=True)
class Client:
    """An account: what it is, who is there, what it bought, and what will happen to it."""

    key: str
    name: str
    trade: Trade
    place: str
    zone: str
    tier: str
    amount: int
    seats: int | None
    months: int
    auto_renews: bool
    source: str
    begins: date  # when the company takes it on in the system
    since: date  # when its contract began; earlier than that where it was a customer already
    slot: tuple[int, time]  # weekday from Monday = 0, and the local time at which they like to meet
    friends: tuple[Friend, ...]
    pod: str
    carriers: dict[str, str] = field(default_factory=dict)  # role: the key of who has it for this account
    state: State = State.STEADY
    stories: tuple[Planted, ...] = ()
    closed_weeks: tuple[tuple[date, date], ...] = ()  # when their house is closed and nobody answers
    is_demo: bool = False

    @property
    def is_new(self) -> bool:
        """Whether it becomes a customer only now, so that it has to be onboarded."""
        return self.since == self.begins

    @property
    def primary(self) -> Friend:
        return self.friends[0]

    @property
    def short(self) -> str:
        """What people call it among themselves."""
        return self.name.split(",")[0].split(" of ")[0].removesuffix(" LLC")

    def is_away(self, day: date) -> bool:
        if self.is_watched(day):
            return self.exactly("holiday", day) is not None
        return any(first <= day <= last for first, last in self.closed_weeks)

    def is_watched(self, day: date) -> bool:
        """Whether nothing but what was planted by name may befall it on a day."""
        return any(each.is_exact and each.watched[0] <= day <= each.watched[1] for each in self.stories)

    def is_kept(self, day: date) -> bool:
        """Whether it has to stay a client, because something planted by name is not over."""
        return any(each.is_exact and day <= each.watched[1] for each in self.stories)

    def exactly(self, does: str, day: date) -> Planted | None:
        """What was planted by name, does this, and runs on a day."""
        return next((each for each in self.running(day) if each.is_exact and each.story.does == does), None)

    def running(self, day: date) -> list[Planted]:
        """The stories that run on a day."""
        return [planted for planted in self.stories if planted.begins <= day <= planted.ends]


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole company and the days that it is to live."""

    seed: int
    first_day: date
    last_day: date
    workers: tuple[Worker, ...]
    clients: tuple[Client, ...]
    main_role: str
    client_role: str | None

    @property
    def days(self) -> int:
        return (self.last_day - self.first_day).days + 1

    def worker(self, key: str) -> Worker:
        return next(worker for worker in self.workers if worker.key == key)


def first_name(name: str) -> str:
    """The given name, a title left aside."""
    words = [word for word in name.split() if not word.endswith(".")]
    return words[0] if words else name

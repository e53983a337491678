"""The office: everyone's to-do list, who stands in for whom today, and the accounts in their hands."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tenure.base.clock import SetClock
from tenure.blueprint.model import Model
from tenure.identity.people import Person
from tenure.records.account import Account
from tenure.records.contact import Contact
from tenure.records.contract import Contract
from tenure.records.deliverable import Deliverable
from tenure.records.goal import Goal
from tenure.records.meeting import Meeting
from tenure.simulation.chance import Chance
from tenure.simulation.doors import Doors
from tenure.simulation.life import Life
from tenure.simulation.plans import Client, Habits, Plan, Worker
from tenure.simulation.scene import Scene
from tenure.simulation.talk import Speech

Act = Callable[[], None]
NOTHING: Any = object()  # an act that makes something new has no subject


@dataclass
class Case:
    """An account in the hands of the company: its rows, and what stands in the calendar."""

    client: Client
    life: Life
    account: Account | None = None
    contract: Contract | None = None
    portal: Person | None = None
    ends_on: date | None = None
    contacts: dict[str, Contact] = field(default_factory=dict)  # by name, those who are there
    addresses: set[str] = field(default_factory=set)
    carriers: dict[str, str] = field(default_factory=dict)  # role: the key of who has it for this account
    meetings: dict[str, Meeting] = field(default_factory=dict)  # those ahead, by id
    deliverables: dict[str, Deliverable] = field(default_factory=dict)  # open ones, by id
    goals: dict[str, Goal] = field(default_factory=dict)  # open ones, by id
    streams: bool = False  # the weekly work has begun
    leaves_on: date | None = None
    seen_on: date | None = None  # when the client was last in the portal

    @property
    def id(self) -> str:
        return self.account.pk if self.account else ""

    @property
    def is_active(self) -> bool:
        return self.account is not None and not self.life.is_gone

    @property
    def contact(self) -> Contact | None:
        """Whom one writes to: the first contact, else whoever is left."""
        first = self.contacts.get(self.client.primary.name)
        return first or next(iter(self.contacts.values()), None)

    def ahead(self, type_: str) -> Meeting | None:
        """The next meeting of a kind that stands in the calendar."""
        found = [meeting for meeting in self.meetings.values() if meeting.type == type_]
        return min(found, key=lambda meeting: meeting.starts_at, default=None)


class Office:
    """What all who work here share. Every list is in a fixed order, so that a seed tells the whole story."""

    def __init__(self, plan: Plan, model: Model, scene: Scene, clock: SetClock) -> None:
        self.plan = plan
        self.model = model
        self.scene = scene
        self.clock = clock
        self.chance = Chance(plan.seed, model.company.name)
        self.doors = Doors(plan, model, clock)
        self.speech = Speech(scene, self.chance.of("speech"))
        self.cases: dict[str, Case] = {}  # by the account's id
        self.day = plan.first_day
        self.pods: dict[str, str] = {}  # by name, their ids
        self.away: dict[str, str] = {}  # who is away today: who covers
        self._workers = {worker.key: worker for worker in plan.workers}
        self._lists: dict[str, list[tuple[datetime, int, Act]]] = {worker.key: [] for worker in plan.workers}
        self._number = 0
        self._appointments: list[tuple[datetime, int, Act]] = []

    # Time.

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.model.company.zone)

    def local(self, day: date, at: time, zone: str = "") -> datetime:
        return datetime.combine(day, at, ZoneInfo(zone or self.model.company.zone))

    def next_morning(self, moment: datetime, zone: str = "") -> datetime:
        """Nine o'clock of the working day after a moment."""
        day = moment.astimezone(ZoneInfo(zone or self.model.company.zone)).date() + timedelta(days=1)
        while day.weekday() >= 5:
            day += timedelta(days=1)
        return self.local(day, time(9), zone)

    # People.

    def worker(self, key: str) -> Worker:
        return self._workers[key]

    def habits(self, key: str) -> Habits:
        return self._workers[key].habits

    def acting(self, key: str) -> str:
        """Who does somebody's work today: they themselves, or whoever covers."""
        seen = {key}
        while key in self.away and self.away[key] not in seen:
            key = self.away[key]
            seen.add(key)
        return key

    def carrier(self, case: Case, role: str = "") -> str:
        """Who has a role for an account, whether here or away; the main one where nobody has it."""
        held = case.carriers
        return held.get(role) or held.get(self.plan.main_role) or next(iter(held.values()))

    def person(self, key: str) -> str:
        """The id of somebody of the company."""
        return self.doors.people[key].pk

    def name(self, case: Case) -> str:
        return self.worker(self.carrier(case)).name

    # Lists.

    def remember(self, key: str, at: datetime, act: Act) -> None:
        """Put something on somebody's list, not to be done before a moment."""
        self._number += 1
        heapq.heappush(self._lists[key], (at, self._number, act))

    def ripe(self, key: str) -> Iterator[Act]:
        """What on somebody's list is to be done by now, in order; new entries join in."""
        own = self._lists[key]
        while own and own[0][0] <= self.now:
            yield heapq.heappop(own)[2]

    def appoint(self, at: datetime, act: Act) -> None:
        """Let something happen at a moment to the minute, whoever looks at their list."""
        self._number += 1
        heapq.heappush(self._appointments, (at, self._number, act))

    def appointed(self, until: datetime) -> Iterator[tuple[datetime, Act]]:
        """What was appointed for up to a moment, in order; new appointments join in."""
        while self._appointments and self._appointments[0][0] <= until:
            at, _, act = heapq.heappop(self._appointments)
            yield at, act

    # Acts.

    def do(self, who: str, name: str, case: Case, subject: Any = None, /, **arguments: Any) -> Any:
        """Do an act about an account as somebody; `subject` is the account where none is named, `NOTHING` no row."""
        row = None if subject is NOTHING else case.account if subject is None else subject
        return self.doors.do(self.acting(who), name, row, self.day, case.carriers, **arguments)

    def say(self, deck: str, case: Case, kind: str = "") -> str:
        """A sentence about an account."""
        self._number += 1
        chance = self.chance.of("say", deck, case.client.key, self._number)
        return self.speech.say(deck, case.client, self.name(case), self.day, chance, kind)

    def draw(self, *names: object) -> Chance:
        """A source of draws for one decision, named by what it is about."""
        return self.chance.of(*names)

    def ready_by(self, who: str, start: datetime, due: datetime, *about: object) -> datetime:
        """When somebody gets to a thing that may take from `start` to `due`: in time, or late where they forget it.

        Most see to what falls due before they are back, such as over a weekend, before they leave.
        """
        habits, chance = self.habits(who), self.draw("ready", who, *about)
        whole = max((due - start).total_seconds(), 3600.0)
        if chance.happens(habits.forgets):
            return start + timedelta(seconds=whole * chance.between(1.05, 1.9))
        latest = 1.02 - 0.55 * habits.punctual
        planned = start + timedelta(seconds=whole * chance.between(0.04, latest) ** 1.25)
        if chance.happens(0.55 + 0.4 * habits.punctual):
            planned = min(planned, max(start, self._last_chance(habits, due)))
        return planned

    def _last_chance(self, habits: Habits, due: datetime) -> datetime:
        """The last moment before `due` at which somebody goes through their list."""
        zone = ZoneInfo(self.model.company.zone)
        day = due.astimezone(zone).date()
        while True:
            for at in (habits.ends, habits.starts):
                moment = datetime.combine(day, at, zone) - timedelta(minutes=30 if at == habits.ends else -30)
                if day.weekday() < 5 and moment < due:
                    return moment - timedelta(minutes=5)
            day -= timedelta(days=1)

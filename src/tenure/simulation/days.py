"""The company lives through its days: what clients do, what people do about it, and what the system makes of both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Protocol

from tenure.base.clock import SetClock
from tenure.blueprint.model import Model
from tenure.facts.contract import Fact
from tenure.identity.hours import calendar_of_company
from tenure.simulation import deals, errands, founding, gatherings, handovers, letters, plots, stream, troubles
from tenure.simulation.desk import Desk
from tenure.simulation.life import Happening, Life
from tenure.simulation.office import Case, Office
from tenure.simulation.plans import Client, Plan
from tenure.simulation.scene import Scene
from tenure.simulation.truth import Truth
from tenure.simulation.walks import Walk

Act = Callable[[], None]
MORNING, BEFORE_LUNCH, AFTERNOON, EVENING = time(7, 40), time(11, 20), time(13, 10), time(18, 30)
WEEKEND_LOOK = time(10, 30)
SICK_DAYS = 3


class RoundTrip(Protocol):
    """The pipeline as the company meets it by day: readers and ticks, and what sources bring."""

    def catch_up(self) -> None: ...

    def arrive(self, day: date, cases: list[Case]) -> None: ...


@dataclass
class Company:
    """A company on its way through its days."""

    office: Office
    trip: RoundTrip
    truth: Truth
    desk: Desk
    coming: list[Client] = field(default_factory=list)
    walks: dict[str, list[Walk]] = field(default_factory=dict)
    absent: dict[str, tuple[date, str]] = field(default_factory=dict)  # until when, and who covers

    @classmethod
    def found(cls, plan: Plan, model: Model, scene: Scene, clock: SetClock, trip: RoundTrip, truth: Truth) -> Company:
        """Open the doors on the first morning: everybody who works here is in."""
        office = Office(plan, model, scene, clock)
        founding.found_company(office)
        company = cls(
            office,
            trip,
            truth,
            Desk(office),
            sorted(plan.clients, key=lambda client: (client.begins, int(client.key[1:]))),
        )
        office.doors.listeners.append(company.hear)
        return company

    @property
    def cases(self) -> list[Case]:
        return list(self.office.cases.values())

    def live(self, day: date, *, looks: int = 2) -> None:
        """One day, from the first mail to the figures of the evening. People read their lists once or twice."""
        office = self.office
        office.day = day
        self._who_is_here(day)
        events = sorted(self._events(day, looks), key=lambda event: (event[0], event[1]))
        for moment, _, act in events:
            self._keep_appointments(moment)
            office.doors.at(moment)
            act()
        self._keep_appointments(office.local(day, EVENING))
        office.doors.at(office.local(day, EVENING))
        office.doors.flush()
        self.trip.arrive(day, self.cases)
        self.truth.day(day, self.cases)

    def _keep_appointments(self, until: datetime) -> None:
        for moment, act in self.office.appointed(until):
            self.office.doors.at(moment)
            act()
            self.office.doors.flush()

    def _events(self, day: date, looks: int) -> Iterator[tuple[datetime, int, Act]]:
        """The moments of a day in their order; where two fall together, what came first counts first."""
        office, number = self.office, 0

        def at(moment: datetime, act: Act) -> tuple[datetime, int, Act]:
            nonlocal number
            number += 1
            return moment, number, act

        working = day.weekday() < 5
        while self.coming and self.coming[0].begins <= day:
            yield at(office.local(day, time(8, 50)), partial(self._take_on, self.coming.pop(0)))
        for case in self.cases:
            happenings = case.life.begin(day, *stream.owed(case, day))
            for happening in happenings:
                yield at(happening.at, partial(self._happen, case, happening))
            for plot in plots.on_day(office, case):
                yield at(office.local(day, plots.AT), plot)
        if working:
            for moment in (MORNING, AFTERNOON)[:looks]:
                yield at(office.local(day, moment), self._look)
            yield from (at(*each) for each in self._sessions(day))
            yield at(office.local(day, time(8, 20)), self._daily)
        elif office.draw("weekend", day).happens(0.8):
            yield from (
                at(office.local(day, WEEKEND_LOOK), partial(self._work, worker.key))
                for worker in office.plan.workers
                if worker.role == office.plan.main_role
            )

    def _sessions(self, day: date) -> Iterator[tuple[datetime, Act]]:
        """When each person goes through their list: whoever carries accounts four times a day, the others twice."""
        office = self.office
        for number, worker in enumerate(office.plan.workers):
            if worker.key in office.away:
                continue
            starts, ends = (office.local(day, each) for each in (worker.habits.starts, worker.habits.ends))
            step = timedelta(minutes=3 * (number % 9))
            often = worker.role == office.plan.main_role
            moments = [starts + step, office.local(day, AFTERNOON) + timedelta(minutes=20) + step]
            moments += [office.local(day, BEFORE_LUNCH) + step, ends - timedelta(minutes=25) + step] if often else []
            for moment in moments:
                yield moment, partial(self._work, worker.key)

    # Who is here.

    def _who_is_here(self, day: date) -> None:
        """Leave that was planned, and illness that was not; each is entered with who covers."""
        office = self.office
        office.doors.at(office.local(day, time(7)))
        for key in [key for key, (until, _) in self.absent.items() if until < day]:
            del self.absent[key]
        if day.weekday() < 5:
            for worker in office.plan.workers:
                if worker.key not in self.absent:
                    self._may_be_away(worker.key, day)
        office.away = {key: cover for key, (_, cover) in self.absent.items()}

    def _may_be_away(self, key: str, day: date) -> None:
        office = self.office
        worker, chance = office.worker(key), office.draw("away", key, day)
        until = next((last for first, last in worker.leave if first <= day <= last), None)
        reason = "leave"
        if until is None and chance.happens(worker.habits.sick):
            until, reason = day + timedelta(days=chance.whole(0, SICK_DAYS - 1)), "sick"
        cover = self._cover_for(key)
        if until is None or cover is None:
            return
        person = office.doors.people[key]
        taken = office.doors.do(
            key, "leave.take", person, day, cover=office.person(cover), from_day=day, until_day=until, reason=reason
        )
        if taken is not None:
            self.absent[key] = (until, cover)

    def _cover_for(self, key: str) -> str | None:
        """A colleague of the same role who is here, else anyone who carries accounts."""
        office = self.office
        worker = office.worker(key)
        same = [other.key for other in office.plan.workers if other.role == worker.role and other.key != key]
        others = [
            other.key for other in office.plan.workers if other.role == office.plan.main_role and other.key != key
        ]
        return next((other for other in (*same, *others) if other not in self.absent), None)

    # What happens.

    def _take_on(self, client: Client) -> None:
        office = self.office
        life = Life(client, office.scene, office.chance.of("life", client.key))
        case = Case(client, life, carriers=dict(client.carriers))
        journeys = [journey for journey in office.model.journeys.values() if journey.applies is None]
        self.walks[client.key] = [
            Walk(office, case, journey, calendar_of_company(office.model)) for journey in journeys
        ]
        founding.take_on(office, case)
        self.truth.account(case)

    def hear(self, fact: Fact) -> None:
        """Follow what people do: the journeys of accounts go on by it."""
        case = self.office.cases.get(fact.account or "")
        if case is None:
            return
        if fact.kind in ("handover.given", "handover.returned"):
            handovers.receive(self.office, case, fact.subject_id)
        if fact.kind == "meeting.held":
            stream.plan_ahead(self.office, case, fact.data.get("type") or "", fact.subject_id)
        for walk in self.walks[case.client.key]:
            walk.hear(fact)

    def _happen(self, case: Case, happening: Happening) -> None:
        if not case.is_active:
            return
        match happening.kind:
            case "writes":
                letters.receive(self.office, case, happening.mood)
            case "trouble":
                troubles.open_trouble(self.office, case, happening.hard)
            case "sends_material":
                stream.take_material(self.office, case)
            case "champion_leaves":
                self._lose_champion(case)
            case "wants_out":
                deals.want_out(self.office, case)

    def _lose_champion(self, case: Case) -> None:
        name = case.client.primary.name
        contact = case.contacts.pop(name, None)
        if contact is not None and case.contacts:
            self.office.do(self.office.carrier(case), "contact.leave", case, contact)
            case.life.let_down(0.12)

    def _daily(self) -> None:
        """What is looked at once a day for every account: contracts, goals that are due, surveys, praise."""
        office = self.office
        for case in self.cases:
            if not case.is_active:
                continue
            deals.see_to_contract(office, case)
            for survey, days in office.scene.surveys.items():
                lived = (office.day - case.client.begins).days
                if lived and lived % days == days // 2:
                    gatherings.ask(office, case, survey)
            self._judge_goals(case)
            self._praise(case)
        if office.day.weekday() == 0 and office.day.day <= 7:
            self._even_out()
        office.doors.flush()

    def _even_out(self) -> None:
        """Once a month an account goes from the fullest book to the emptiest."""
        office, role = self.office, self.office.plan.main_role
        books: dict[str, list[Case]] = {worker.key: [] for worker in office.plan.workers if worker.role == role}
        for case in self.cases:
            if case.is_active:
                books[case.carriers[role]].append(case)
        fullest, emptiest = max(books, key=lambda key: len(books[key])), min(books, key=lambda key: len(books[key]))
        if len(books[fullest]) < 2 or fullest == emptiest:
            return
        case = office.draw("moves", office.day).one(books[fullest])
        head = office.doors.able("account.assign", "", case.carriers) or ""
        if office.do(head, "account.assign", case, person=office.person(emptiest), role=role) is not None:
            case.carriers[role] = emptiest

    def _judge_goals(self, case: Case) -> None:
        """Say how goals ended that are due and that nobody has judged."""
        if any(goal.due_on and goal.due_on <= self.office.day for goal in case.goals.values()):
            errands.judge_goals(self.office, case)

    def _praise(self, case: Case) -> None:
        """Now and then a happy client says so in public, or sends somebody; who carries them writes it down."""
        office = self.office
        chance = office.draw("praise", case.client.key, office.day)
        for kind, likely in (("testimonial", 0.010), ("referral", 0.006)):
            if case.life.mood > 0.7 and chance.happens(likely):
                words = office.say("praise", case)
                office.do(
                    office.carrier(case),
                    "advocacy.log",
                    case,
                    type=kind,
                    stage="given",
                    evidence=words or "They said so",
                )

    # What people do about it.

    def _look(self) -> None:
        """The system catches up, and people read what it says."""
        self.office.doors.flush()
        self.trip.catch_up()
        self.desk.read()

    def _work(self, key: str) -> None:
        """Somebody goes through their list, and through those of whom they cover for."""
        office = self.office
        for owner in (key, *(absent for absent in office.away if office.acting(absent) == key)):
            for act in office.ripe(owner):
                act()
        office.doors.flush()

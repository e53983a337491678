"""The journey as an account goes it: items become ready, somebody sees to each, and stages follow from that."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from tenure.base.calendar import WorkCalendar
from tenure.base.duration import parse
from tenure.blueprint.model import Journey, JourneyItem
from tenure.facts.contract import Fact
from tenure.simulation import errands, makings, visits, watched
from tenure.simulation.office import Act, Case, Office
from tenure.simulation.wishes import fits, wish_of
from tenure.work.journeys import ChecklistItem

LOOK_AGAIN = timedelta(days=3)
LONGEST_STAY = timedelta(days=45)  # in a stage that has no checklist
ON_ITS_WAY = timedelta(hours=5)  # until the system has opened what people know to be open
HELD_UP = 0.2  # of what clients owe, so much that somebody writes down why
RENEWAL_AHEAD = timedelta(days=80)
# No tool is connected to a simulated company, and its people send no drafts: they say by hand that it is done.
BY_HAND = ("tool_call.done", "draft.approved")


class Walk:
    """How far an account has come on a journey."""

    def __init__(self, office: Office, case: Case, journey: Journey, calendar: WorkCalendar) -> None:
        self.office = office
        self.case = case
        self.journey = journey
        self.calendar = calendar
        self.entered: dict[str, datetime] = {}
        self.done: dict[str, datetime] = {}
        self._begun: set[str] = set()
        self._stages = list(journey.stages)

    def hear(self, fact: Fact) -> None:
        """Learn from a fact which stages were entered and which items are done."""
        for key, stage in self.journey.stages.items():
            if key not in self.entered and stage.enters and fits(stage.enters, fact):
                self._enter(key)
            for name, item in stage.items.items():
                if name not in self.done and item.done_by and fits(item.done_by, fact):
                    self._finish(name)

    @property
    def here(self) -> str:
        """The furthest stage that was entered."""
        return max(self.entered, key=self._stages.index, default="")

    def _enter(self, stage: str) -> None:
        self.entered[stage] = self.office.now
        self._open_ready()
        self._see_to_next_stage()

    def _finish(self, name: str) -> None:
        if name not in self.done:
            self.done[name] = self.office.now
            self._open_ready()
            self._see_to_next_stage()

    def _open_ready(self) -> None:
        for stage in self.entered:
            for name, item in self.journey.stages[stage].items.items():
                if name not in self._begun and name not in self.done and all(each in self.done for each in item.after):
                    self._begun.add(name)
                    self._begin(name, item)

    def _begin(self, name: str, item: JourneyItem) -> None:
        office, now = self.office, self.office.now
        who = office.carrier(self.case, item.owner)
        due = self.calendar.add(now, parse(item.due))
        if item.waits_for == "us":
            at = office.ready_by(who, now, due, name, self.case.client.key)
        else:
            chance = office.draw("client", name, self.case.client.key)
            at = now + (due - now) * chance.between(0.2, 2.0 - 1.2 * self.case.life.mood)
            if office.draw("held up", name, self.case.client.key).happens(HELD_UP):
                office.remember(who, now + (at - now) * 0.5, partial(self._block, name, item))
        if item.done_by is None or item.done_by.on in BY_HAND:
            office.remember(who, at, partial(self._tick, name, who))
            return
        wish = wish_of(item.done_by)
        if wish.kind == "deliverable.delivered":
            makings.make(office, self.case, wish.one("type"), now, due)
        elif wish.kind.startswith("meeting."):
            office.remember(who, now + (at - now) * 0.25, partial(self._see_to, name, item, due))
        else:
            office.remember(who, at, partial(self._see_to, name, item, due))

    def _row(self, name: str) -> ChecklistItem | None:
        """The item as the system has it, where it is open there."""
        rows = ChecklistItem.objects.filter(
            run__account_id=self.case.id, run__status="running", key=name, status="open"
        )
        return rows.first()

    def _tick(self, name: str, who: str, tries: int = 5) -> None:
        """Say in the system that an item is done; where it is not open there yet, later."""
        if not self.case.is_active or name in self.done or self._stalls(who, partial(self._tick, name, who, tries)):
            return
        row = self._row(name)
        if row is None and tries:
            self.office.remember(who, self.office.now + ON_ITS_WAY, partial(self._tick, name, who, tries - 1))
            return
        if row is not None and not (row.terms.client_ticks and visits.confirm(self.office, self.case, row)):
            self.office.do(who, "journey.tick", self.case, row)
        self._finish(name)

    def _stalls(self, who: str, act: Act) -> bool:
        """Whether everything stands still here; what was to be done is looked at again when that is over."""
        planted = self.case.client.exactly("stalls", self.office.day)
        if planted is None:
            return False
        over = self.office.local(planted.ends + timedelta(days=1), watched.AFTERWARDS)
        self.office.remember(who, over, act)
        return True

    def _block(self, name: str, item: JourneyItem) -> None:
        """Write down what an item waits for."""
        row = self._row(name) if self.case.is_active and name not in self.done else None
        if row is not None:
            reason = self.office.say("pauses", self.case)
            who = self.office.carrier(self.case, item.owner)
            self.office.do(who, "journey.block", self.case, row, waits_for=item.waits_for, reason=reason)

    def _see_to(self, name: str, item: JourneyItem, due: datetime) -> None:
        """Bring about what ends an item; where it did not work out, look again in a few days."""
        if not self.case.is_active or name in self.done or item.done_by is None:
            return
        who = self.office.carrier(self.case, item.owner)
        if self._stalls(who, partial(self._see_to, name, item, due)):
            return
        by = max(due, self.office.now + timedelta(days=2))
        if errands.run(self.office, self.case, who, wish_of(item.done_by), by):
            self.office.remember(who, self.office.now + LOOK_AGAIN, partial(self._see_to, name, item, due))

    def _see_to_next_stage(self) -> None:
        """Move an account on by hand where this stage is through and nothing but its name begins the next one."""
        here = self.here
        if not here or self.case.ends_on is None:
            return
        at = self._stages.index(here) + 1
        if at >= len(self._stages) or any(name not in self.done for name in self.journey.stages[here].items):
            return
        following = self.journey.stages[self._stages[at]]
        if following.enters is None or following.enters.on != "account.changed":
            return
        when = self.office.now if self.journey.stages[here].items else self.office.now + LONGEST_STAY
        if any(item.done_by and item.done_by.on == "contract.renewed" for item in following.items.values()):
            ends = datetime.combine(self.case.ends_on, datetime.min.time(), self.office.now.tzinfo)
            when = max(when, ends - RENEWAL_AHEAD)
        owner = self.office.carrier(self.case)
        self.office.remember(owner, when, partial(self._move_on, here, self._stages[at]))

    def _move_on(self, here: str, stage: str) -> None:
        if self.case.is_active and self.here == here:
            self.office.do(self.office.carrier(self.case), "account.set_stage", self.case, stage=stage)

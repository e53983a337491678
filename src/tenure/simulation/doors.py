"""The doors of the system as simulated people use them: each act is an operation, done by whoever may do it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Model as Row

from tenure.base.clock import SetClock
from tenure.base.errors import Awaiting, Forbidden, Refused
from tenure.blueprint.model import Model
from tenure.facts.contract import Fact
from tenure.identity.access import rule_for
from tenure.identity.actor import Actor
from tenure.identity.operations import Run, batch, perform
from tenure.identity.people import Person
from tenure.simulation.plans import Client, Plan, Worker

MACHINE = "simulation"
OF_PEOPLE = ("person.", "leave.", "portal.withdraw")  # acts after which somebody may be another actor
LONGEST_BATCH = 40
NOBODY: Mapping[str, str] = {}  # role: the key of who has it for an account
Listener = Callable[[Fact], None]


class Doors:
    """Who may do what, and the doing of it.

    Acts of one person that follow each other share a transaction. `refusals` counts what the system did not let
    happen, by act and code; a simulated company meets some, as people do.
    """

    def __init__(self, plan: Plan, model: Model, clock: SetClock) -> None:
        self.plan = plan
        self.model = model
        self.clock = clock
        self.people: dict[str, Person] = {}  # by the worker's key, and of clients by "client:" and theirs
        self.done: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self.listeners: list[Listener] = []
        self._actors: dict[str, Actor] = {}
        self._doers: dict[str, tuple[str, ...]] = {}
        self._holders: dict[str, list[Worker]] = {}
        for worker in plan.workers:
            self._holders.setdefault(worker.role, []).append(worker)
        self._roles = {worker.key: worker.role for worker in plan.workers}
        self._told = 0
        self._stack: ExitStack | None = None
        self._run: Run | None = None
        self._held: tuple[str, int] = ("", 0)

    # Time.

    def at(self, moment: datetime) -> None:
        """Let it be so late; a moment that has passed is now."""
        if moment > self.clock.now():
            self.clock.set(moment)

    def later(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))

    # Who.

    def doers(self, name: str) -> tuple[str, ...]:
        """The roles that may do an act, whoever answers for it first."""
        if name not in self._doers:
            found = rule_for(self.model, name)
            self._doers[name] = (found[1].accountable, *found[1].responsible) if found else ()
        return self._doers[name]

    def able(self, name: str, who: str, carriers: Mapping[str, str] = NOBODY) -> str | None:
        """Who does an act: the one who would, where their role may; else somebody who has a role that may."""
        roles = self.doers(name)
        if who and self._roles[who] in roles:
            return who
        for role in roles:
            if role in carriers:
                return carriers[role]
        for role in roles:
            if self._holders.get(role) and self.model.roles[role].reach in ("all", "team"):
                return self._same_team(self._holders[role], who)
        return None

    def _same_team(self, holders: list[Worker], who: str) -> str:
        team = self.plan.worker(who).team if who else ""
        return next((worker for worker in holders if worker.team == team), holders[0]).key

    def actor(self, who: str, day: date) -> Actor:
        """Somebody as an actor of a day; the empty name is the system."""
        known = self._actors.get(who)
        if known is None:
            known = Actor.of(self.people[who]) if who else Actor.machine(MACHINE)
        elif known.day != day:
            known = replace(known, day=day)
        self._actors[who] = known
        return known

    # What.

    def do(
        self,
        who: str,
        name: str,
        subject: Row | None,
        day: date,
        carriers: Mapping[str, str] = NOBODY,
        /,
        **arguments: Any,
    ) -> Any:
        """Do an act as somebody of the company; what it returns, or None where it was refused or has to wait."""
        doer = self.able(name, who, carriers)
        if doer is None:
            self.refusals[f"{name}: nobody may"] += 1
            return None
        return self._try(doer, name, subject, day, arguments)

    def do_as_client(self, client: Client, name: str, subject: Row | None, day: date, /, **arguments: Any) -> Any:
        """Do an act as the client's own person in the portal, else let the system log it."""
        key = f"client:{client.key}"
        may = self.plan.client_role in self.doers(name) and key in self.people
        return self._try(key if may else "", name, subject, day, arguments)

    def do_by_itself(self, name: str, subject: Row | None, day: date, /, **arguments: Any) -> Any:
        """Let the system do an act, as a mailbox or a desk that is connected does."""
        return self._try("", name, subject, day, arguments)

    def _try(self, doer: str, name: str, subject: Row | None, day: date, arguments: dict[str, Any]) -> Any:
        actor = self.actor(doer, day)
        rule = rule_for(self.model, name)
        if rule is not None and rule[1].consulted and not actor.is_system:
            self.flush()  # an act that others are asked about stands in a transaction of its own
        else:
            self._hold(doer, actor)
        try:
            made = perform(name, subject, arguments, actor)
        except Awaiting:
            self.done["asked first"] += 1
            return None
        except (Refused, Forbidden) as refusal:
            code = refusal.code if isinstance(refusal, Refused) else "forbidden"
            self.refusals[f"{name}: {code}"] += 1
            return None
        self.done[name] += 1
        if name.startswith(OF_PEOPLE):
            self._actors.clear()
        self.later(11)
        self._tell()
        return made

    def _hold(self, doer: str, actor: Actor) -> None:
        """Go on in the running transaction where the same person acts again, else begin one."""
        if self._stack is not None and (self._held[0] != doer or self._held[1] >= LONGEST_BATCH):
            self.flush()
        if self._stack is None:
            self._stack = ExitStack()
            self._run, self._told = self._stack.enter_context(batch(actor)), 0
            self._held = (doer, 0)
        self._held = (doer, self._held[1] + 1)

    def _tell(self) -> None:
        """Let those who follow the company's life hear of the facts of the last act."""
        if self._run is None:
            return
        new, self._told = self._run.entries[self._told :], len(self._run.entries)
        for entry in new:
            for listener in self.listeners:
                listener(entry.fact)

    def flush(self) -> None:
        """End the running transaction, so that others see what was done."""
        if self._stack is not None:
            stack, self._stack, self._run = self._stack, None, None
            stack.close()

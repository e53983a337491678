"""The pipeline under a simulated clock: readers and ticks by day, nights after it, and figures from sources."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tenure.base import clock
from tenure.facts.lake import Lake
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.pipeline.cursors import Cursor
from tenure.pipeline.night import run_night
from tenure.pipeline.readers import Round, pump
from tenure.pipeline.stations import READERS, Standings
from tenure.pipeline.ticks import tick
from tenure.simulation import figures
from tenure.simulation.office import Case
from tenure.simulation.plans import Plan
from tenure.simulation.scene import Scene


class Pipeline:
    """The home's own pipeline, run by hand. Figures are handed to the lake before each night that reads them."""

    def __init__(self, lake: Lake, plan: Plan, scene: Scene, zone: str) -> None:
        self.lake = lake
        self.plan = plan
        self.scene = scene
        self.zone = ZoneInfo(zone)
        self._events: list[figures.Row] = []
        self._points: list[figures.Row] = []
        self.rows = {"events": 0, "points": 0}
        self._since = plan.first_day
        self._readers = [reader for reader in READERS if reader.name != Standings.name]

    def catch_up(self) -> None:
        """Let the readers follow, time bring what is due, and the readers follow that; what is left waits for the next.

        Facts go before time, as in the home's own process: what was done in time is read before it is judged. The
        standing of accounts waits for the night, which brings all of them up to date in any case.
        """
        actor = Actor.machine("pipeline")
        self._follow(actor)
        if tick(actor):
            self._follow(actor)

    def _follow(self, actor: Actor) -> None:
        shared = Round(self._readers)
        while sum([pump(reader, actor, shared=shared) for reader in self._readers]):
            pass

    def _until_idle(self) -> None:
        actor = Actor.machine("pipeline")
        self._follow(actor)
        while tick(actor):
            self._follow(actor)

    def arrive(self, day: date, cases: list[Case]) -> None:
        """Gather what the sources say of a day; of an account that is new, what they say of the time before it, too."""
        for case in cases:
            if case.account is None:
                continue
            if case.client.begins == day and self.scene.history_days:
                self._history(case, day)
            self._events += figures.usage_rows(case.life, case.id, day)
            self._points += figures.point_rows(case.life, case.id, day)

    def _history(self, case: Case, day: date) -> None:
        lived = max((day - case.client.since).days, 0)
        for back in range(self.scene.history_days, 0, -1):
            past = day - timedelta(days=back)
            if back <= lived:
                self._events += figures.usage_rows(case.life, case.id, past, clock.now())
            self._points += figures.point_rows(case.life, case.id, past, clock.now())

    def deliver(self, through: date) -> None:
        """Hand the figures gathered so far to the lake, with the days on which the sources were live."""
        now = clock.now()
        for table, rows in (("events", self._events), ("points", self._points)):
            if rows:
                self.rows[table] += len(rows)
                self.lake.append(
                    table, [_told(row, now) for row in rows], batch=f"simulation/{table}/{through.isoformat()}"
                )
        self._events, self._points = [], []
        coverage = figures.coverage_rows(
            self.scene, self._since - timedelta(days=self.scene.history_days), through, now
        )
        if coverage:
            self.lake.append("coverage", coverage, batch=f"simulation/coverage/{through.isoformat()}")

    def night(self, day: date) -> None:
        """Hand over what came in, and close a company day."""
        self.deliver(day)
        self._until_idle()
        run_night(self.lake, day)
        newest = LedgerEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0
        Cursor.objects.update_or_create(reader=Standings.name, defaults={"position": newest, "moved_at": clock.now()})


def _told(row: figures.Row, now: datetime) -> figures.Row:
    """A row as the lake gets it: written down now, and known at the latest now."""
    return row | {"recorded_at": now, "known_at": min(row["known_at"], now)}

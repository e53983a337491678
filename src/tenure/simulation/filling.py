"""Fill an empty home: its tables, its blueprint, and a company that lives through its days in it."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count

from tenure.base import clock, ids
from tenure.base.errors import Refused
from tenure.identity.blueprints import BlueprintVersion
from tenure.identity.company import install
from tenure.identity.ledger import LedgerEntry
from tenure.pipeline.home import migrate, read_folder
from tenure.pipeline.lake import lake
from tenure.pipeline.schedule import NIGHT_AT
from tenure.simulation import staging
from tenure.simulation.casting import draw_plan
from tenure.simulation.days import Company
from tenure.simulation.ledger_lines import write_ledger
from tenure.simulation.round_trip import Pipeline
from tenure.simulation.scene import Plant, scene_of
from tenure.simulation.truth import Truth

LEDGER, TRUTH = "ledger.jsonl", "truth.jsonl"
NIGHT = (datetime.combine(date.min, NIGHT_AT) + timedelta(minutes=5)).time()
QUARTER = 91  # days
Watcher = Callable[[date, int, int], None]  # told after each day: the day, its number, of how many


@dataclass(frozen=True)
class Wanted:
    """What is to be simulated.

    `daily_nights` are the last days whose nights are all run; of the days before them every seventh has one, and every
    28th of those that are longer ago than `weekly_nights`. None runs them all. `nights` names the days that have one
    instead.
    `planted` befalls accounts besides what the blueprint plants.
    """

    blueprint: str
    accounts: int
    days: int
    seed: int
    last_day: date
    daily_nights: int | None = None
    weekly_nights: int = QUARTER
    demo: bool = False
    nights: frozenset[date] | None = None
    planted: tuple[Plant, ...] = ()

    @property
    def first_day(self) -> date:
        return self.last_day - timedelta(days=self.days - 1)

    def is_near(self, day: date) -> bool:
        """Whether a day belongs to those that are lived in full."""
        if self.nights is not None:
            return day in self.nights
        return self.daily_nights is None or (self.last_day - day).days < self.daily_nights

    def has_night(self, day: date) -> bool:
        if self.nights is not None:
            return day in self.nights
        every = 7 if (self.last_day - day).days < self.weekly_nights else 28
        return self.is_near(day) or (day - self.first_day).days % every == 6


@dataclass
class Filled:
    """What came of a simulation."""

    facts: Counter[str] = field(default_factory=Counter)
    rows: dict[str, int] = field(default_factory=dict)
    nights: int = 0
    accounts: int = 0
    acts: int = 0
    refusals: Counter[str] = field(default_factory=Counter)


def fill(wanted: Wanted, folder: Path, watcher: Watcher | None = None) -> Filled:
    """Simulate into the home that this process was started for; ledger and truth are written into `folder`,
    of a demonstration the truth alone.

    Raises Refused where the home has a blueprint already.
    """
    migrate()
    if BlueprintVersion.objects.exists():
        raise Refused("not_empty", f"{settings.HOME} has a company already; simulate into an empty folder.")
    _hurry()
    read = read_folder(wanted.blueprint)
    scene = scene_of(read.model)
    scene = scene.model_copy(update={"planted": (*scene.planted, *wanted.planted)})
    plan = draw_plan(
        read.model,
        scene,
        accounts=wanted.accounts,
        first_day=wanted.first_day,
        days=wanted.days,
        seed=wanted.seed,
        demo=wanted.demo,
    )
    zone = read.model.company.zone
    began = clock.SetClock(datetime.combine(wanted.first_day, time(6), ZoneInfo(zone)))
    with clock.use(began), ids.seeded(wanted.seed), Truth(folder / TRUTH) as truth:
        install(read.model, files=read.files, folder=read.name)
        with lake() as opened:
            trip = Pipeline(opened, plan, scene, zone)
            company = Company.found(plan, read.model, scene, began, trip, truth)
            nights = _live(company, trip, wanted, watcher)
    if not wanted.demo:
        write_ledger(folder / LEDGER)
    return _told(company, trip, nights)


def _live(company: Company, trip: Pipeline, wanted: Wanted, watcher: Watcher | None) -> int:
    nights = 0
    for number in range(wanted.days):
        day = wanted.first_day + timedelta(days=number)
        with transaction.atomic():  # nobody else writes here, and a filling that is broken off begins again
            company.live(day, looks=2 if wanted.is_near(day) else 1)
        if wanted.demo and day == wanted.last_day - timedelta(days=2):
            staging.two_days_before(company)
        if wanted.demo and day == wanted.last_day:
            staging.evening_before(company)
        if wanted.has_night(day):
            company.office.doors.at(min(company.office.local(day + timedelta(days=1), NIGHT), _real_now()))
            trip.night(day)
            nights += 1
        if watcher:
            watcher(day, number + 1, wanted.days)
    return nights


def _real_now() -> datetime:
    """The machine's own time: a simulated company never writes facts of the future."""
    return datetime.now(UTC)


def _hurry() -> None:
    """An empty home that is being filled can be filled again: until then the disk need not confirm each commit.

    What was loaded so far is for good, so that the collector of garbage need not look at it again and again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=OFF")
            cursor.execute("PRAGMA cache_size=-64000")


def _told(company: Company, trip: Pipeline, nights: int) -> Filled:
    kinds = LedgerEntry.objects.values_list("kind").annotate(number=Count("id")).order_by("kind")
    return Filled(
        facts=Counter(dict(kinds)),
        rows=dict(trip.rows),
        nights=nights,
        accounts=len(company.cases),
        acts=sum(company.office.doors.done.values()),
        refusals=company.office.doors.refusals,
    )

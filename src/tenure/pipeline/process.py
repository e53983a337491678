"""The pipeline's process: what came in, what follows from it, what time brings, and the night. Killed, it goes on."""

from __future__ import annotations

import logging
import signal
import threading
from datetime import date, datetime, timedelta
from types import FrameType

from django.db import OperationalError, close_old_connections, connection

from tenure.base import clock
from tenure.facts.lake import Lake
from tenure.facts.upkeep import maintain
from tenure.identity.actor import Actor
from tenure.outlets.calling import call_due
from tenure.outlets.mail import send_due
from tenure.pipeline import night
from tenure.pipeline.cursors import Run
from tenure.pipeline.lake import open_lake
from tenure.pipeline.lease import Held
from tenure.pipeline.readers import pump_all
from tenure.pipeline.schedule import nights_due
from tenure.pipeline.stations import CONCLUDING, DESCRIBING
from tenure.pipeline.ticks import tick
from tenure.records.upload import sweep
from tenure.sources import spool
from tenure.sources.connectors import rounds as connectors
from tenure.sources.engine.work import advance as advance_imports
from tenure.sources.tidying import tidy

logger = logging.getLogger(__name__)
IMPORTS_AT_ONCE = 1.0  # seconds of an import between looks at what else there is to do
PAUSE = 1.0  # seconds between rounds in which there was nothing to do
BUSY = 5.0  # seconds after which a database that was away is tried again
DESCRIBED_EVERY = 20  # batches of conclusions
CROWDED = 24  # snapshots of a table after which the lake wants upkeep
WRITTEN_NIGHTLY = ("ledger", "measures", "scores", "events_daily")


class Pipeline:
    """One round after another: intake, readers, ticks, and the nights that are due.

    The lease is checked inside every transaction that it writes, where one is given. `keep` is how long a snapshot of
    the lake stays readable once another has followed it; nothing at all where nobody else reads, as in a simulation.
    """

    def __init__(self, lake: Lake, lease: Held | None = None, *, keep: timedelta = timedelta(hours=1)) -> None:
        self.lake = lake
        self.lease = lease
        self.keep = keep
        self._looked_at: datetime | None = None
        self._kept_up_at: datetime | None = None

    def round(self) -> int:
        """Everything that can be done now, nights aside, once; returns how much was done."""
        guard = self.lease.check if self.lease else None
        actor = Actor.machine("pipeline")
        done = int(advance_imports(IMPORTS_AT_ONCE)) + connectors.advance(guard) + spool.drain(self.lake)
        # What people see of accounts is described once all is concluded, and now and then while much is coming in.
        for _ in range(DESCRIBED_EVERY):
            concluded = pump_all(CONCLUDING, actor, guard) + tick(actor, guard)
            done += concluded
            if not concluded:
                break
        return done + pump_all(DESCRIBING, actor, guard)

    def send(self) -> int:
        """Send the mails and make the calls to tools that are due; returns how many were tried.

        Apart from `round`, in which no act of ours reaches the network.
        """
        guard = self.lease.check if self.lease else None
        return send_due(guard) + call_due(guard)

    def run_until_idle(self, *, nights: bool = True) -> int:
        """Rounds until nothing is left to do now, and the nights that are due; returns how much was done."""
        total = self._rounds()
        while nights and (due := nights_due(clock.now())):
            self.night(due[0])
            total += 1 + self._rounds()
        return total

    def _rounds(self) -> int:
        total = 0
        while done := self.round():
            total += done
        return total

    def night(self, day: date) -> Run:
        """Close a company day, and see to the lake where it has grown crowded."""
        run = night.run_night(self.lake, day, self.lease)
        tidy(clock.now())
        sweep()
        crowded = any(len(self.lake.current(name).metadata.snapshots) > CROWDED for name in WRITTEN_NIGHTLY)
        # Snapshots expire by real time, so upkeep before they may do so would find nothing to do.
        now = _machine.now()
        rested = self._kept_up_at is None or now - self._kept_up_at >= self.keep
        if crowded and rested:
            self._kept_up_at = now
            maintain(self.lake, keep=self.keep)
        return run

    def look_if_useful(self) -> bool:
        """Score the day that runs, where facts have come in since and the last look was cheap enough and long ago."""
        now = clock.now()
        if self._looked_at is not None and now - self._looked_at < night.look_again_after():
            return False
        if not night.may_look(now, self.lake.zone) or not night.has_news(self.lake):
            return False
        self._looked_at = now
        night.look(self.lake, self.lease)
        return True


def run_forever() -> None:
    """Run the pipeline until SIGTERM or SIGINT; the work at hand is finished first. Raises LeaseTaken."""
    stop = threading.Event()

    def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask_to_stop)
    with Held() as lease, open_lake() as lake:
        pipeline = Pipeline(lake, lease)
        logger.info("%s runs the pipeline", lease.holder)
        while not stop.is_set():
            stop.wait(_turn(pipeline))
    logger.info("the pipeline has stopped")


def _turn(pipeline: Pipeline) -> float:
    """One turn of the loop; returns the seconds to wait before the next."""
    close_old_connections()
    try:
        if pipeline.round() + pipeline.send():
            return 0
        due = nights_due(clock.now())
        if due:
            pipeline.night(due[0])
            return 0
        return 0 if pipeline.look_if_useful() else PAUSE
    except OperationalError:
        # A database that is locked or away comes back; nothing was half done.
        logger.exception("the database did not answer; trying again in %s s", BUSY)
        connection.close()
        return BUSY


_machine = clock.SystemClock()

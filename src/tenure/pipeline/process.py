"""The pipeline's process: what came in, what follows from it, what time brings, and the night. Killed, it goes on."""

from __future__ import annotations

import logging
import signal
import threading
from datetime import datetime
from types import FrameType

from django.db import OperationalError, close_old_connections, connection

from tenure.base import clock
from tenure.facts.lake import Lake
from tenure.identity.actor import Actor
from tenure.pipeline import night
from tenure.pipeline.lake import open_lake
from tenure.pipeline.lease import Held
from tenure.pipeline.readers import pump
from tenure.pipeline.schedule import nights_due
from tenure.pipeline.stations import READERS
from tenure.pipeline.ticks import tick
from tenure.sources import spool

logger = logging.getLogger(__name__)
PAUSE = 1.0  # seconds between rounds in which there was nothing to do
BUSY = 5.0  # seconds after which a database that was away is tried again


class Pipeline:
    """One round after another: intake, readers, ticks, and the nights that are due.

    The lease is checked inside every transaction that it writes, where one is given.
    """

    def __init__(self, lake: Lake, lease: Held | None = None) -> None:
        self.lake = lake
        self.lease = lease
        self._looked_at: datetime | None = None

    def round(self) -> int:
        """Everything that can be done now, nights aside, once; returns how much was done."""
        guard = self.lease.check if self.lease else None
        actor = Actor.machine("pipeline")
        done = spool.drain(self.lake)
        for reader in READERS:
            done += pump(reader, actor, guard)
        return done + tick(actor, guard)

    def run_until_idle(self, *, nights: bool = True) -> int:
        """Rounds until nothing is left to do now, and the nights that are due; returns how much was done."""
        total = 0
        while done := self.round():
            total += done
        for day in nights_due(clock.now()) if nights else ():
            night.run_night(self.lake, day, self.lease)
            total += 1
            while done := self.round():
                total += done
        return total

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
        if pipeline.round():
            return 0
        due = nights_due(clock.now())
        if due:
            night.run_night(pipeline.lake, due[0], pipeline.lease)
            return 0
        return 0 if pipeline.look_if_useful() else PAUSE
    except OperationalError:
        # A database that is locked or away comes back; nothing was half done.
        logger.exception("the database did not answer; trying again in %s s", BUSY)
        connection.close()
        return BUSY

"""The demonstration: a home filled with a simulated company up to yesterday evening, then pages and pipeline."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from tenure.base.errors import Refused
from tenure.identity.blueprints import BlueprintVersion
from tenure.pipeline.home import migrate, read_folder
from tenure.simulation.filling import TRUTH, Filled, Wanted, Watcher, fill
from tenure.simulation.mark import Mark, read_mark

SEED = 20
DAILY_NIGHTS, WEEKLY_NIGHTS = 3, 35  # days back that have a night each, and one a week
TOLD_EVERY = 4  # days between what waiting visitors are told
STARTS_WITHIN = 60.0  # seconds until the pages must answer
STOPS_WITHIN = 20.0  # seconds that a child has to finish the work at hand
Told = Callable[[], object]


def make_ready(
    company: str, accounts: int, days: int, watcher: Watcher | None = None, begun: Told | None = None
) -> Filled | None:
    """Fill the home where it is empty, or where filling it was broken off; None where it was filled before.

    `begun` is called once there are tables, so that pages can be served that tell how far it is. Raises Refused where
    somebody works in this home in earnest.
    """
    home = Path(settings.HOME)
    mark = read_mark(home)
    if mark is not None and mark.state == "filling":
        _empty(home)
    migrate()
    if BlueprintVersion.objects.exists():
        if mark is None:
            raise Refused("in_earnest", f"{home} is somebody's own; name an empty one with TENURE_HOME for a demo.")
        return None
    zone = read_folder(company).model.company.zone
    last = datetime.now(UTC).astimezone(ZoneInfo(zone)).date() - timedelta(days=1)
    Mark("filling", company, days=days).write(home)
    if begun:
        begun()

    def watch(day: date, number: int, of: int) -> None:
        if number % TOLD_EVERY == 0:
            Mark("filling", company, day, number, of).write(home)
        if watcher:
            watcher(day, number, of)

    filled = fill(Wanted(company, accounts, days, SEED, last, DAILY_NIGHTS, WEEKLY_NIGHTS, demo=True), home, watch)
    Mark("ready", company, seed=SEED, until=last).write(home)
    return filled


def _empty(home: Path) -> None:
    """Take away what a filling that was broken off has left; nothing else is in the home of a demo."""
    connection.close()
    name = Path(str(settings.DATABASES["default"]["NAME"]))
    for path in (
        name,
        name.with_name(name.name + "-wal"),
        name.with_name(name.name + "-shm"),
        home / TRUTH,
    ):
        path.unlink(missing_ok=True)
    shutil.rmtree(home / "lake", ignore_errors=True)


class Processes:
    """The processes of a home: pages, and the pipeline. All of them end when this one does, or when one of them does.

    `step_in` lets visitors step in as anyone, as in a demonstration.
    """

    def __init__(self, port: int, *, step_in: bool = True) -> None:
        self.address = f"http://127.0.0.1:{port}/"
        self._port = port
        self._more = {"TENURE_DEMO": "1" if step_in else "0"}
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _leave)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        _stop(list(self._children.values()))

    def show(self) -> None:
        """Serve the pages from now on."""
        self._begin("serve", "--port", str(self._port))

    def run(self, announce: Callable[[str], None]) -> int:
        """Serve the pages, run the pipeline, and say when they answer; returns when one of them has ended, with 1."""
        self.show()
        self._begin("work")
        told, began = False, time.monotonic()
        while all(child.poll() is None for child in self._children.values()):
            if not told and (told := _answers(self.address)):
                announce(self.address)
            if not told and time.monotonic() - began > STARTS_WITHIN:
                break
            time.sleep(0.2)
        return 1

    def _begin(self, *arguments: str) -> None:
        """One of the processes, once, in a group of its own so that Ctrl-C reaches it through us alone."""
        name = arguments[0]
        if name not in self._children:
            command = [sys.executable, "-m", "tenure.cli", *arguments]
            self._children[name] = subprocess.Popen(  # noqa: S603 - our own command
                command, env=os.environ | self._more, start_new_session=True
            )


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status < 500)
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def _stop(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

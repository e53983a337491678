"""The demonstration: a home filled with a simulated company up to yesterday evening, then pages and pipeline."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from tenure.base.errors import Refused
from tenure.identity.blueprints import BlueprintVersion
from tenure.pipeline.home import migrate, read_folder
from tenure.simulation.filling import LEDGER, TRUTH, Filled, Wanted, Watcher, fill

MARK = "demo.json"
SEED = 20
DAILY_NIGHTS = 5
STARTS_WITHIN = 60.0  # seconds until the pages must answer
STOPS_WITHIN = 20.0  # seconds that a child has to finish the work at hand


def make_ready(company: str, accounts: int, days: int, watcher: Watcher | None = None) -> Filled | None:
    """Fill the home where it is empty, or where filling it was broken off; None where it was filled before.

    Raises Refused where somebody works in this home in earnest.
    """
    home = Path(settings.HOME)
    mark = home / MARK
    state = json.loads(mark.read_text()) if mark.exists() else {}
    if state.get("state") == "filling":
        _empty(home)
    migrate()
    if BlueprintVersion.objects.exists():
        if not state:
            raise Refused("in_earnest", f"{home} is somebody's own; name an empty one with TENURE_HOME for a demo.")
        return None
    zone = read_folder(company).model.company.zone
    last = datetime.now(UTC).astimezone(ZoneInfo(zone)).date() - timedelta(days=1)
    mark.write_text(json.dumps({"state": "filling", "company": company}))
    wanted = Wanted(company, accounts, days, SEED, last, DAILY_NIGHTS, demo=True)
    filled = fill(wanted, home, watcher)
    mark.write_text(json.dumps({"state": "ready", "company": company, "seed": SEED, "until": last.isoformat()}))
    return filled


def _empty(home: Path) -> None:
    """Take away what a filling that was broken off has left; nothing else is in the home of a demo."""
    connection.close()
    name = Path(str(settings.DATABASES["default"]["NAME"]))
    for path in (
        name,
        name.with_name(name.name + "-wal"),
        name.with_name(name.name + "-shm"),
        home / LEDGER,
        home / TRUTH,
    ):
        path.unlink(missing_ok=True)
    shutil.rmtree(home / "lake", ignore_errors=True)


def serve(port: int, announce: Callable[[str], None], *, step_in: bool = True) -> int:
    """Run pages and pipeline until told to stop, or until one of them ends; returns the exit code.

    `step_in` lets visitors step in as anyone, as in a demonstration.
    """
    address = f"http://127.0.0.1:{port}/"
    more = {"TENURE_DEMO": "1" if step_in else "0"}
    children = [_child(more, "serve", "--port", str(port)), _child(more, "work")]
    stopping = [False]

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping[0] = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    told, began = False, time.monotonic()
    while not stopping[0] and all(child.poll() is None for child in children):
        if not told and (told := _answers(address)):
            announce(address)
        if not told and time.monotonic() - began > STARTS_WITHIN:
            break
        time.sleep(0.2)
    failed = not stopping[0]
    _stop(children)
    return 1 if failed else 0


def _child(more: dict[str, str], *arguments: str) -> subprocess.Popen[bytes]:
    """One of the home's processes, in a group of its own so that Ctrl-C reaches it through us alone."""
    command = [sys.executable, "-m", "tenure.cli", *arguments]
    return subprocess.Popen(command, env=os.environ | more, start_new_session=True)  # noqa: S603


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

"""A process that the fault tests kill: it makes a home, imports, undoes, takes events in, says how things stand."""

import contextlib
import json
import os
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.db import connections

django.setup()

from django.core.management import call_command  # noqa: E402 - all that follows needs Django
from django.db.models import Count  # noqa: E402

from tenure.base import clock  # noqa: E402
from tenure.facts.lake import Lake  # noqa: E402
from tenure.identity.actor import Actor  # noqa: E402
from tenure.identity.company import install  # noqa: E402
from tenure.identity.ledger import LedgerEntry  # noqa: E402
from tenure.records.account import Account, create_account  # noqa: E402
from tenure.sources.engine import running, undoing  # noqa: E402
from tenure.sources.engine.work import advance  # noqa: E402
from tenure.sources.importing import (  # noqa: E402
    GivenFile,
    correct_row,
    load,
    prepare,
    running_like,
    start_import,
    undo_import,
)
from tenure.sources.imports import Finding, Import, ImportedAct, ImportRow, Link  # noqa: E402
from tenure.sources.inbox import Spooled, spool  # noqa: E402
from tenure.sources.keys import WriteKey, create_key  # noqa: E402
from tenure.sources.messages import read_messages  # noqa: E402
from tenure.sources.parcels import Parcel  # noqa: E402
from tenure.sources.spool import drain  # noqa: E402
from tests.cast import blueprint  # noqa: E402
from tests.sources.conftest import CHURNS, MAPPING  # noqa: E402


def serve() -> None:
    """Do what each line of the input asks for in a process of its own, and answer with how that ended.

    A process that has everything loaded is forked for each, since loading takes longer than any of the acts.
    """
    for line in sys.stdin:
        asked = json.loads(line)
        said = Path(asked["home"]).parent / f"said-{os.getpid()}"
        child = os.fork()
        if child == 0:
            _be_child(said, Path(asked["home"]), asked["acts"], asked["fault"])
        if asked["after"] is not None:
            timer = threading.Timer(asked["after"], _kill, [child])
            timer.start()
        _, status = os.waitpid(child, 0)
        if asked["after"] is not None:
            timer.cancel()
        code = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        print(json.dumps({"code": code, "said": said.read_text()}), flush=True)


def _kill(child: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)


def _be_child(said: Path, home: Path, acts: list[str], fault: str) -> None:
    try:
        output = os.open(said, os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.environ["TENURE_FAULT"] = fault
        settings.HOME = home
        connections["default"].settings_dict["NAME"] = str(home / "tenure.sqlite3")
        for act in acts:
            ACTS[act](home)
        sys.stdout.flush()
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)


def make(home: Path) -> None:
    call_command("migrate", verbosity=0, skip_checks=True)
    install(blueprint(), files={}, folder="cast")


def _given(home: Path) -> tuple[Any, list[Any]]:
    texts = {"accounts": accounts(), "tickets": tickets(), "churns": CHURNS.replace("A2", "A10"), "usage": usage()}
    folder = home / "given"
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text)
    mapping = MAPPING.replace("owner is not null", "owner is not null and seats < 0")  # nobody of ours is here
    return load(mapping), [GivenFile.at(folder / f"{name}.csv") for name in texts]


def accounts() -> str:
    rows = [f"A{number},Account {number},Core,{number},05-01-2026," for number in range(20)]
    return "id,Account Name,tier,seats,signed,owner\n" + "\n".join(rows)


def tickets() -> str:
    rows = []
    for number in range(60):
        closed = "11-01-2026 09:00" if number % 3 else ""
        account = f"A{number % 20}" if number % 25 else "A999"
        rows.append(f"T{number},{account},10-01-2026 09:00,{closed},P2,no")
    return "id,account,opened,closed,severity,spam\n" + "\n".join(rows)


def usage() -> str:
    rows = [f"U{number % 290},A{number % 20},2026-01-{number % 28 + 1:02},search,{number % 7}" for number in range(300)]
    return "id,account,day,feature,clicks\n" + "\n".join(rows)


def _lake(home: Path) -> Any:
    return Lake.open(
        f"sqlite:///{home / 'lake' / 'catalog.sqlite3'}", home / "lake" / "warehouse", zone="America/New_York"
    )


def _drain(home: Path) -> None:
    with _lake(home) as lake:
        while drain(lake):
            pass


def run_import(home: Path) -> None:
    """What `tenure import` does, and after a kill does again."""
    running.SECONDS = 0.02  # many small chunks
    loaded, given = _given(home)
    actor = Actor.machine("test")
    imported = running_like(loaded, given) or Import.objects.filter(status=Import.Status.DONE).first()
    imported = imported or start_import(prepare(loaded, given, actor), actor=actor)
    if imported.status == Import.Status.RUNNING:
        running.run_import(imported)
    _drain(home)


def correct(home: Path) -> None:
    row = ImportRow.objects.get(file="tickets", key="T0")
    if row.is_open and not row.corrected:
        correct_row(row, values={"account": "A1"}, actor=Actor.machine("test"))
    while advance():
        pass
    _drain(home)


def undo(home: Path) -> None:
    undoing.SECONDS, undoing.KEYS = 0.02, 200
    imported = Import.objects.get()
    if imported.status == Import.Status.DONE:
        imported = undo_import(imported, actor=Actor.machine("test"))
    if imported.status == Import.Status.UNDOING:
        undoing.run_undo(imported)
    _drain(home)


def take_in(home: Path) -> None:
    """What an application and the pipeline do: send, and send again where no answer came; take in."""
    actor = Actor.machine("test")
    if not Account.objects.exists():
        create_account(name="Acme", website="acme.test", actor=actor)
    key = WriteKey.objects.first() or create_key(label="App", source="app", actor=actor)
    batch: list[dict[str, Any]] = [{"type": "group", "userId": "u", "groupId": "g", "traits": {"website": "acme.test"}}]
    batch += [{"type": "track", "userId": "u", "event": f"E{number}"} for number in range(40)]
    messages = [message | {"messageId": str(number)} for number, message in enumerate(batch)]
    if Spooled.objects.count() < len(messages):
        spool(key, read_messages("batch", {"batch": messages}, clock.now()), clock.now())
    with _lake(home) as lake:
        while drain(lake, limit=15):
            pass


def state(home: Path) -> None:
    """How things stand, without ids and moments of recording, so that two homes can be compared."""

    entries = list(LedgerEntry.objects.values("id", "kind", "happened_at", "retracts"))
    gone = {entry["retracts"] for entry in entries}
    facts = [(e["kind"], e["happened_at"]) for e in entries if e["id"] not in gone and e["retracts"] is None]
    own = ("account.", "issue.", "contract.")
    with _lake(home) as lake:
        events = lake.execute(lake.read("events", columns=["key", "name", "count"])).to_pylist()
        covered = lake.execute(lake.read("coverage", columns=["relation", "from_day", "through_day"])).to_pylist()
    found = {
        "imports": [[each.status, each.counts] for each in Import.objects.exclude(status="previewed").order_by("id")],
        "facts": sorted(
            [kind, moment.isoformat()] for kind, moment in facts if kind.startswith(own) and "created" not in kind
        ),
        "accounts": sum(kind == "account.created" for kind, _ in facts),
        "links": sorted(Link.objects.values_list("noun", "key")),
        "acts": dict(ImportedAct.objects.values_list("what").annotate(Count("id")).order_by("what")),
        "rows": sorted(ImportRow.objects.values_list("file", "line", "status", "checks")),
        "findings": sorted(Finding.objects.values_list("file", "code", "count", "fresh", "checked")),
        "messages": sorted(Spooled.objects.values_list("message_id", "status")),
        "events": sorted([each["key"].rpartition("/")[2], each["name"], each["count"]] for each in events),
        "covered": sorted(json.dumps(row, sort_keys=True, default=str) for row in covered),
        "waiting": Parcel.objects.filter(stored_at=None).count(),
    }
    print(json.dumps(found, default=str))


ACTS = {"make": make, "import": run_import, "undo": undo, "correct": correct, "intake": take_in, "state": state}

if __name__ == "__main__":
    serve()

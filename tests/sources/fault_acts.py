"""What the fault tests kill: files are imported and undone, events taken in, and it is said how all stands."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db.models import Count

from tenure.base import clock
from tenure.identity.actor import Actor
from tenure.identity.company import install
from tenure.identity.ledger import LedgerEntry
from tenure.pipeline.lake import open_lake
from tenure.records.account import Account, create_account
from tenure.sources.engine import running, undoing
from tenure.sources.engine.work import advance
from tenure.sources.importing import (
    GivenFile,
    correct_row,
    load,
    prepare,
    running_like,
    start_import,
    undo_import,
)
from tenure.sources.imports import Finding, Import, ImportedAct, ImportRow, Link
from tenure.sources.inbox import Spooled, spool
from tenure.sources.keys import WriteKey, create_key
from tenure.sources.messages import read_messages
from tenure.sources.parcels import Parcel
from tenure.sources.spool import drain
from tests.cast import blueprint
from tests.sources.conftest import CHURNS, MAPPING


def make() -> None:
    call_command("migrate", verbosity=0, skip_checks=True)
    install(blueprint(), files={}, folder="cast")


def _given() -> tuple[Any, list[Any]]:
    texts = {"accounts": accounts(), "tickets": tickets(), "churns": CHURNS.replace("A2", "A10"), "usage": usage()}
    folder = Path(settings.HOME) / "given"
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


def _drain() -> None:
    with open_lake() as lake:
        while drain(lake):
            pass


def run_import() -> None:
    """What `tenure import` does, and after a kill does again."""
    running.SECONDS = 0.02  # many small chunks
    loaded, given = _given()
    actor = Actor.machine("test")
    imported = running_like(loaded, given) or Import.objects.filter(status=Import.Status.DONE).first()
    imported = imported or start_import(prepare(loaded, given, actor), actor=actor)
    if imported.status == Import.Status.RUNNING:
        running.run_import(imported)
    _drain()


def correct() -> None:
    row = ImportRow.objects.get(file="tickets", key="T0")
    if row.is_open and not row.corrected:
        correct_row(row, values={"account": "A1"}, actor=Actor.machine("test"))
    while advance():
        pass
    _drain()


def undo() -> None:
    undoing.SECONDS, undoing.KEYS = 0.02, 200
    imported = Import.objects.get()
    if imported.status == Import.Status.DONE:
        imported = undo_import(imported, actor=Actor.machine("test"))
    if imported.status == Import.Status.UNDOING:
        undoing.run_undo(imported)
    _drain()


def take_in() -> None:
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
    with open_lake() as lake:
        while drain(lake, limit=15):
            pass


def state() -> None:
    """How things stand, without ids and moments of recording, so that two homes can be compared."""

    entries = list(LedgerEntry.objects.values("id", "kind", "happened_at", "retracts"))
    gone = {entry["retracts"] for entry in entries}
    facts = [(e["kind"], e["happened_at"]) for e in entries if e["id"] not in gone and e["retracts"] is None]
    own = ("account.", "issue.", "contract.")
    with open_lake() as lake:
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

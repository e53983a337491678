"""A process that the fault tests kill: it makes a home, imports, undoes, takes events in, says how things stand."""

import json
import sys
from pathlib import Path
from typing import Any

import django


def main(home: Path, acts: list[str]) -> None:
    django.setup()
    known = {"make": make, "import": run_import, "undo": undo, "correct": correct, "intake": take_in, "state": state}
    for act in acts:
        known[act](home)


def make(home: Path) -> None:
    from django.core.management import call_command

    from tenure.identity.company import install
    from tests.cast import blueprint

    call_command("migrate", verbosity=0, skip_checks=True)
    install(blueprint(), files={}, folder="cast")


def _given(home: Path) -> tuple[Any, list[Any]]:
    from tenure.sources.importing import GivenFile, load
    from tests.sources.conftest import CHURNS, MAPPING

    texts = {"accounts": accounts(), "tickets": tickets(), "churns": CHURNS.replace("A2", "A10"), "usage": usage()}
    folder = home / "given"
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text)
    mapping = MAPPING.replace("owner is not null", "owner is not null and seats < 0")  # nobody of ours is here
    return load(mapping), [GivenFile.at(folder / f"{name}.csv") for name in texts]


def accounts() -> str:
    rows = [f"A{number},Account {number},Core,{number},05-01-2026," for number in range(60)]
    return "id,Account Name,tier,seats,signed,owner\n" + "\n".join(rows)


def tickets() -> str:
    rows = []
    for number in range(150):
        closed = "11-01-2026 09:00" if number % 3 else ""
        account = f"A{number % 60}" if number % 50 else "A999"
        rows.append(f"T{number},{account},10-01-2026 09:00,{closed},P2,no")
    return "id,account,opened,closed,severity,spam\n" + "\n".join(rows)


def usage() -> str:
    rows = [f"U{number % 590},A{number % 60},2026-01-{number % 28 + 1:02},search,{number % 7}" for number in range(600)]
    return "id,account,day,feature,clicks\n" + "\n".join(rows)


def _lake(home: Path) -> Any:
    from tenure.facts.lake import Lake

    return Lake.open(
        f"sqlite:///{home / 'lake' / 'catalog.sqlite3'}", home / "lake" / "warehouse", zone="America/New_York"
    )


def _drain(home: Path) -> None:
    from tenure.sources.spool import drain

    with _lake(home) as lake:
        while drain(lake):
            pass


def run_import(home: Path) -> None:
    """What `tenure import` does, and after a kill does again."""
    from tenure.identity.actor import Actor
    from tenure.sources.engine import running
    from tenure.sources.importing import prepare, running_like, start_import
    from tenure.sources.imports import Import

    running.SECONDS = 0.02  # many small chunks
    loaded, given = _given(home)
    actor = Actor.machine("test")
    imported = running_like(loaded, given) or Import.objects.filter(status=Import.Status.DONE).first()
    imported = imported or start_import(prepare(loaded, given, actor), actor=actor)
    if imported.status == Import.Status.RUNNING:
        running.run_import(imported)
    _drain(home)


def correct(home: Path) -> None:
    from tenure.identity.actor import Actor
    from tenure.sources.engine.work import advance
    from tenure.sources.importing import correct_row
    from tenure.sources.imports import ImportRow

    row = ImportRow.objects.filter(file="tickets", status="open").order_by("line").first()
    if row is not None and not row.corrected:
        correct_row(row, values={"account": "A1"}, actor=Actor.machine("test"))
    while advance():
        pass
    _drain(home)


def undo(home: Path) -> None:
    from tenure.identity.actor import Actor
    from tenure.sources.engine import undoing
    from tenure.sources.importing import undo_import
    from tenure.sources.imports import Import

    undoing.SECONDS, undoing.KEYS = 0.02, 200
    imported = Import.objects.get()
    if imported.status == Import.Status.DONE:
        imported = undo_import(imported, actor=Actor.machine("test"))
    if imported.status == Import.Status.UNDOING:
        undoing.run_undo(imported)
    _drain(home)


def take_in(home: Path) -> None:
    """What an application and the pipeline do: send, and send again where no answer came; take in."""
    from tenure.base import clock
    from tenure.identity.actor import Actor
    from tenure.records.account import Account, create_account
    from tenure.sources import spool as taking
    from tenure.sources.inbox import Spooled, spool
    from tenure.sources.keys import WriteKey, create_key
    from tenure.sources.messages import read_messages

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
        while taking.drain(lake, limit=15):
            pass


def state(home: Path) -> None:
    """How things stand, without ids and moments of recording, so that two homes can be compared."""
    from django.db.models import Count

    from tenure.identity.ledger import LedgerEntry
    from tenure.sources.imports import Finding, Import, ImportedAct, ImportRow, Link
    from tenure.sources.inbox import Spooled
    from tenure.sources.parcels import Parcel

    entries = list(LedgerEntry.objects.values("id", "kind", "happened_at", "retracts"))
    gone = {entry["retracts"] for entry in entries}
    facts = [(e["kind"], e["happened_at"]) for e in entries if e["id"] not in gone and e["retracts"] is None]
    own = ("account.", "issue.", "contract.")
    with _lake(home) as lake:
        events = lake.execute(lake.read("events", columns=["key", "name", "count"])).to_pylist()
        covered = lake.execute(lake.read("coverage", columns=["relation", "from_day", "through_day"])).to_pylist()
    found = {
        "imports": [[each.status, each.counts] for each in Import.objects.order_by("id")],
        "facts": sorted(
            [kind, moment.isoformat()] for kind, moment in facts if kind.startswith(own) and "created" not in kind
        ),
        "accounts": sum(kind == "account.created" for kind, _ in facts),
        "links": sorted(Link.objects.values_list("noun", "key")),
        "acts": dict(ImportedAct.objects.values_list("what").annotate(Count("id")).order_by("what")),
        "rows": sorted(ImportRow.objects.values_list("file", "line", "status", "checks")),
        "findings": sorted(Finding.objects.values_list("file", "code", "count", "fresh", "checked")),
        "messages": sorted(Spooled.objects.values_list("message_id", "status")),
        "events": sorted(json.dumps(event, sort_keys=True, default=str).split("/", 1)[-1][-40:] for event in events),
        "covered": sorted(json.dumps(row, sort_keys=True, default=str) for row in covered),
        "waiting": Parcel.objects.filter(stored_at=None).count(),
    }
    print(json.dumps(found, default=str))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])

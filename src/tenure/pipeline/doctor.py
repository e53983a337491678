"""What is missing, late or slow in a home, each with its mend."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tenure.base.clock import SystemClock
from tenure.facts.tables import TABLES
from tenure.identity import blueprints
from tenure.identity.ledger import LedgerEntry
from tenure.pipeline.cursors import Cursor, Run, SetAside
from tenure.pipeline.lake import lake
from tenure.pipeline.lease import Lease
from tenure.pipeline.retention import overdue
from tenure.pipeline.schedule import nights_due
from tenure.pipeline.stations import READERS
from tenure.records.delivery import Mail, why_kept
from tenure.sources.connectors.arrival import Arrival
from tenure.sources.connectors.connector import Connector
from tenure.sources.tools.call import Call
from tenure.sources.tools.call import why_kept as why_no_calls

LAG = 1000  # entries that a reader may be behind
STALE = timedelta(hours=36)
LEAST_FREE = 1_000_000_000  # bytes
SMALL_FILES = 200
MAIL_LATE = timedelta(minutes=15)
MANY_ASIDE = 100  # arrivals set aside, from which on somebody has lost sight of them


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: whether it is well, what is so, and what mends it."""

    name: str
    is_well: bool
    says: str
    mend: str = ""


Check = Callable[[datetime], Iterator[Finding]]


def examine() -> list[Finding]:
    """Look at everything. A check that cannot be made is a finding itself, and the rest goes on."""
    now = SystemClock().now()
    findings: list[Finding] = []
    for name, check in CHECKS.items():
        try:
            findings += check(now)
        except Exception as error:
            findings.append(Finding(name, False, f"could not be looked at: {error}", _MENDS.get(name, "")))
        if name in ("database", "tables") and not all(finding.is_well for finding in findings):
            break  # nothing below can be read without them
    return findings


def _database(now: datetime) -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    name = settings.DATABASES["default"]["NAME"]
    yield Finding("database", True, f"{connection.vendor} at {name} answers")


def _tables(now: datetime) -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        yield Finding("tables", False, f"{len(waiting)} migrations wait", "Run `tenure django migrate`.")
    else:
        yield Finding("tables", True, "are of this version")


def _blueprint(now: datetime) -> Iterator[Finding]:
    version, model = blueprints.version_in_force()
    yield Finding("blueprint", True, f"version {version} of {model.company.name} is in force")


def _lake(now: datetime) -> Iterator[Finding]:
    with lake(writes=False) as opened:
        files = {name: opened.planned(name) for name in TABLES}
    rows, size = (sum(getattr(f, part) for found in files.values() for f in found) for part in ("rows", "bytes"))
    yield Finding("lake", True, f"{rows:,} rows in {sum(map(len, files.values()))} files, {size / 1e6:,.1f} MB")
    crowded = {name: len(found) for name, found in files.items() if len(found) > SMALL_FILES}
    for name, count in crowded.items():
        yield Finding(
            "lake", False, f"{name} lies in {count} files", "Upkeep has not run; let `tenure work` run a night."
        )


def _lease(now: datetime) -> Iterator[Finding]:
    found = Lease.objects.filter(name="pipeline").exclude(holder="").first()
    if found is None or found.expires_at <= now:
        last = f"; last heard of at {found.heartbeat_at:%Y-%m-%d %H:%M} UTC" if found else ""
        yield Finding("pipeline", False, f"nobody runs it{last}", "Start `tenure work`.")
    else:
        yield Finding("pipeline", True, f"{found.holder} runs it, heard of {(now - found.heartbeat_at).seconds} s ago")


def _readers(now: datetime) -> Iterator[Finding]:
    newest = LedgerEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0
    positions = dict(Cursor.objects.values_list("reader", "position"))
    behind = {reader.name: newest - positions.get(reader.name, 0) for reader in READERS}
    for name, entries in behind.items():
        if entries > LAG:
            yield Finding("readers", False, f"{name} is {entries:,} entries behind", "Let `tenure work` catch up.")
    if all(entries <= LAG for entries in behind.values()):
        yield Finding("readers", True, f"are at most {max(behind.values(), default=0)} entries behind")


def _set_aside(now: datetime) -> Iterator[Finding]:
    failed = SetAside.objects.filter(settled_at=None).exclude(error="").order_by("entry_id")
    count = failed.count()
    if count:
        first = failed[0]
        says = (
            f"{count} entries could not be digested; the first is {first.entry_id} ({first.kind}): {first.error[:120]}"
        )
        yield Finding("set aside", False, says, "Mend the cause, then retry them on the Ledger page.")
    else:
        yield Finding("set aside", True, "nothing is")


def _nights(now: datetime) -> Iterator[Finding]:
    done = Run.objects.filter(is_night=True, status=Run.Status.DONE).order_by("-day").first()
    due = nights_due(now)
    last = "none yet"
    if done:
        last = f"the last was that of {done.day}, {done.accounts} accounts in {done.seconds or 0:.1f} s"
    if len(due) > 1:
        yield Finding("nights", False, f"{len(due)} are due, {due[0]} first; {last}", "Leave `tenure work` running.")
    else:
        yield Finding("nights", True, last)


def _retention(now: datetime) -> Iterator[Finding]:
    done = Run.objects.filter(is_night=True, status=Run.Status.DONE).order_by("-day").first()
    found = list(overdue(blueprints.in_force(), done.day)) if done else []
    for each in found:
        if each.failed:
            named, goes = each.rule.named(each.failed), each.rule.goes
            says = f"{each.failed:,} {named} could not be {goes}: {', '.join(each.reasons)}"
            mend = "Find them on the Ledger page, and the cause in the log of `tenure work`."
            yield Finding("retention", False, says, mend)
    if found and not any(each.failed for each in found):
        waiting = ", ".join(f"{each.waiting:,} {each.rule.named(each.waiting)}" for each in found if each.waiting)
        yield Finding("retention", True, f"{waiting} wait for the coming nights" if waiting else "nothing is overdue")


def _disk(now: datetime) -> Iterator[Finding]:
    usage = shutil.disk_usage(settings.HOME)
    says = f"{usage.free / 1e9:,.1f} GB of {usage.total / 1e9:,.1f} GB are free in {settings.HOME}"
    enough = usage.free >= LEAST_FREE
    yield Finding("disk", enough, says, "" if enough else "Make room, or move the home with TENURE_HOME.")


def _sources(now: datetime) -> Iterator[Finding]:
    latest: dict[str, Any] = {}
    for data in LedgerEntry.objects.filter(kind="source.read_through").order_by("id").values_list("data", flat=True):
        latest[data["source"]] = data["through"]
    for source, through in sorted(latest.items()):
        age = now - datetime.fromisoformat(through)
        if age > STALE:
            hours = int(age.total_seconds() // 3600)
            yield Finding(
                "sources", False, f"{source} was last read {hours} hours ago", "See its last error under Sources."
            )
    if latest and all(now - datetime.fromisoformat(through) <= STALE for through in latest.values()):
        yield Finding("sources", True, f"{len(latest)} were read within {STALE.total_seconds() / 3600:.0f} hours")


def _mail(now: datetime) -> Iterator[Finding]:
    kept = why_kept()
    failed = Mail.objects.filter(status=Mail.Status.FAILED).count()
    late = Mail.objects.filter(status=Mail.Status.WAITING, not_before__lt=now - MAIL_LATE)
    if kept:
        waiting = Mail.objects.filter(status=Mail.Status.WAITING).count()
        # A home without a mail server is whole: only what waits in it for one is amiss.
        yield Finding("mail", not waiting or settings.KEEPS_MAIL, f"{waiting} wait. {kept}")
    elif late.exists():
        why = late.exclude(last_error="").values_list("last_error", flat=True).first()
        says = f"{late.count()} should have gone out" + (f": {why}" if why else "")
        yield Finding("mail", False, says, "See TENURE_MAIL_URL and the Outbox; `tenure work` sends them.")
    elif failed:
        yield Finding("mail", False, f"{failed} were not delivered", "See them under Outbox; retry or stop them.")
    else:
        yield Finding("mail", True, f"goes out as {settings.MAIL_FROM}")


def _connectors(now: datetime) -> Iterator[Finding]:
    rows = list(Connector.objects.exclude(status=Connector.Status.REMOVED).order_by("label", "pk"))
    failing = [row for row in rows if row.error and row.status == Connector.Status.ACTIVE]
    for row in failing:
        says = f"{row.label} ({row.source}) fails: {row.error}"
        yield Finding("connectors", False, says, "Mend it under Data, Sources.")
    waiting = Arrival.objects.filter(status=Arrival.Status.ASIDE).count()
    if waiting > MANY_ASIDE:
        mend = "Give them to accounts, or dismiss them, under Data, Arrivals."
        yield Finding("connectors", False, f"{waiting:,} arrivals wait for somebody", mend)
    if rows and not failing and waiting <= MANY_ASIDE:
        yield Finding("connectors", True, f"{len(rows)} are connected, {waiting} arrivals wait for somebody")


def _tools(now: datetime) -> Iterator[Finding]:
    failed = Call.objects.filter(status=Call.Status.FAILED).count()
    late = Call.objects.filter(
        status=Call.Status.WAITING, not_before__lt=now - MAIL_LATE, connector__status=Connector.Status.ACTIVE
    )
    if failed:
        yield Finding("tools", False, f"{failed:,} calls failed", "See them under Outbox, Calls to tools.")
    if not why_no_calls() and (waiting := late.count()):
        why = late.exclude(last_error="").values_list("last_error", flat=True).first()
        says = f"{waiting:,} calls should have been made" + (f": {why}" if why else "")
        yield Finding("tools", False, says, "Start `tenure work`; see Outbox, Calls to tools.")
    elif not failed and (made := Call.objects.filter(status=Call.Status.DONE).count()):
        yield Finding("tools", True, f"{made:,} calls were made, none failed")


CHECKS: dict[str, Check] = {
    "database": _database,
    "tables": _tables,
    "blueprint": _blueprint,
    "lake": _lake,
    "pipeline": _lease,
    "readers": _readers,
    "set aside": _set_aside,
    "nights": _nights,
    "retention": _retention,
    "disk": _disk,
    "sources": _sources,
    "mail": _mail,
    "connectors": _connectors,
    "tools": _tools,
}
_MENDS = {
    "database": "See TENURE_DATABASE_URL; for SQLite the home must be writable.",
    "blueprint": "Run `tenure init --blueprint NAME`.",
    "lake": "See TENURE_LAKE_URL; the folder must be readable.",
}

"""Upkeep of the lake: small files become large ones, old snapshots go, and so do files that nothing refers to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pyarrow.fs as pafs
from pyiceberg.exceptions import CommitFailedException

from tenure.base import fault
from tenure.facts import rollups
from tenure.facts.lake import BATCH, Lake
from tenure.facts.places import path_of
from tenure.facts.plan import DataOf, summary_of
from tenure.facts.tables import EVENTS_DAILY, TABLES, LakeTable

if TYPE_CHECKING:
    from pyiceberg.expressions import BooleanExpression
    from pyiceberg.table import Table
    from pyiceberg.table.snapshots import Snapshot

SMALL_BYTES = 32 * 1024 * 1024
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What upkeep did to a table: files merged away, snapshots expired, files removed from disk."""

    table: str
    merged: int
    expired: int
    removed: int


def maintain(
    lake: Lake,
    *,
    keep: timedelta = timedelta(hours=1),
    small_files: int = 8,
    orphaned_for: timedelta = timedelta(days=1),
    tables: Iterable[str] = tuple(TABLES),
) -> list[Upkeep]:
    """Keep every table quick to append to and to read. Nothing that can be read changes.

    Parameters
    ----------
    keep : how long a snapshot that is no longer the present one stays readable; longer than the longest query.
    small_files : how many small files of one month (or one day, in a lake of that grain) may lie side by side.
    orphaned_for : files that no snapshot refers to are removed after this long; a writer that was killed left them.
    """
    done = []
    for name in tables:
        # Expiring comes first: what compaction replaces is still being read, and goes at the next upkeep.
        expired, unused = _expire(lake, name, keep)
        merged = _compact(lake, TABLES[name], small_files)
        removed = _remove(lake.current(name), unused) + _remove_orphans(lake, name, orphaned_for)
        done.append(Upkeep(name, merged, expired, removed))
    return done


def _compact(lake: Lake, spec: LakeTable, small_files: int) -> int:
    merged = 0
    for first, last, files in _crowded(lake, spec, small_files):
        for attempt in range(_ATTEMPTS):
            try:
                _rewrite(lake, spec, first, last)
                merged += len(files)
                break
            except CommitFailedException:
                if attempt == _ATTEMPTS - 1:
                    raise
    return merged


def _crowded(lake: Lake, spec: LakeTable, small_files: int) -> list[tuple[date | None, date | None, list[DataOf]]]:
    """The partitions with many small files, as the first and last day that such a partition spans."""
    daily = lake.grain == "day"
    groups: dict[date | None, list[DataOf]] = defaultdict(list)
    for file in lake.planned(spec.name):
        if file.bytes < SMALL_BYTES:
            groups[file.first and (file.first if daily else file.first.replace(day=1))].append(file)
    crowded = [(first, files) for first, files in groups.items() if len(files) > small_files]
    return [(first, first and (first if daily else _month_ends(first)), files) for first, files in crowded]


def _rewrite(lake: Lake, spec: LakeTable, first: date | None, last: date | None) -> None:
    """Write the rows of a partition into one file. A row that arrives meanwhile makes the commit fail, and it is done
    again: the filter names days, so overwriting on top of a newer snapshot would lose that row."""
    from pyiceberg.expressions import AlwaysTrue

    from tenure.facts.commits import Commit

    current = lake.current(spec.name)
    inside: BooleanExpression | str = AlwaysTrue()
    if first and last:
        inside = f"{spec.day} >= '{first}' AND {spec.day} <= '{last}'"
    files = lake.files(spec.name, days=(first, last) if first and last else None, current=current)
    stored = lake.engine.prepared(("upkeep", spec.name), spec.relation)
    rows = lake.engine.run(stored, {spec.name: files}).cast(spec.arrow())
    if spec is EVENTS_DAILY:
        rows = rollups.latest_revisions(rows)
    order = [(name, "ascending") for name in (*spec.cluster, spec.day) if name]  # one account's months lie together
    transaction = Commit(current)
    transaction.overwrite(rows.sort_by(order), overwrite_filter=inside)
    transaction.commit_transaction()


def _expire(lake: Lake, name: str, keep: timedelta) -> tuple[int, set[str]]:
    """Let old snapshots go; the files that only they referred to. Their batches stay remembered.

    A snapshot's time runs from when it was superseded: until then readers may have begun on it. Snapshots of events
    that the rollups have not seen stay, for they say which days changed.
    """
    current = lake.current(name)
    horizon = datetime.now(UTC) - keep
    seen = rollups.filled(lake) if name == "events" else None
    snapshots = sorted(current.metadata.snapshots, key=lambda each: each.sequence_number or 0)
    going = 0
    while going < len(snapshots) - 1 and _made_at(snapshots[going + 1]) <= horizon:
        if seen is not None and (snapshots[going].sequence_number or 0) > seen:
            break
        going += 1
    if not going:
        return 0, set()
    first_kept = snapshots[going]
    old = [each for each in snapshots if each.timestamp_ms < first_kept.timestamp_ms]
    lake.remember_batches(name, [batch for each in old if (batch := summary_of(each).get(BATCH))])
    fault.point("lake.remembered")
    read: dict[str, set[str]] = {}
    held = {path for snapshot in snapshots if snapshot not in old for path in _referred(current, snapshot, read)}
    unused = {path for snapshot in old for path in _referred(current, snapshot, read)} - held
    # By time rather than one by one: each identifier named would copy all of the table's metadata.
    current.maintenance.expire_snapshots().older_than(_made_at(first_kept)).commit()
    return len(old), unused


def _made_at(snapshot: Snapshot) -> datetime:
    return datetime.fromtimestamp(snapshot.timestamp_ms / 1000, UTC)


def _referred(table: Table, snapshot: Snapshot, read: dict[str, set[str]]) -> set[str]:
    """Every file that a snapshot needs: its manifest list, its manifests and their data files.

    `read` keeps what each manifest names: snapshots share most of them.
    """
    paths = {snapshot.manifest_list}
    for manifest in snapshot.manifests(table.io):
        path = manifest.manifest_path
        if path not in read:
            read[path] = {entry.data_file.file_path for entry in manifest.fetch_manifest_entry(table.io)}
        paths |= read[path] | {path}
    return paths


def _remove(table: Table, paths: Iterable[str]) -> int:
    removed = 0
    for path in sorted(paths):
        # Upkeep that was killed has removed some of them already.
        with suppress(FileNotFoundError):
            table.io.delete(path)
            removed += 1
    return removed


def _remove_orphans(lake: Lake, name: str, orphaned_for: timedelta) -> int:
    """Remove what a killed writer left: old files in the table's folder that nothing refers to."""
    from pyiceberg.io.pyarrow import PyArrowFileIO

    table = lake.current(name)
    location = lake.here(table.location())
    folder = urlsplit(location)
    if not isinstance(table.io, PyArrowFileIO):
        return 0
    files = table.io.fs_by_scheme(folder.scheme or "file", folder.netloc)
    root = _path(location)
    held = {entry.metadata_file for entry in table.metadata.metadata_log} | {table.metadata_location}
    read: dict[str, set[str]] = {}
    for snapshot in table.metadata.snapshots:
        held |= _referred(table, snapshot, read)
    held_paths = {_path(lake.here(address)) for address in held}
    horizon = datetime.now(UTC) - orphaned_for
    removed = 0
    for info in files.get_file_info(pafs.FileSelector(root, recursive=True, allow_not_found=True)):
        if info.type == pafs.FileType.File and info.path not in held_paths and info.mtime <= horizon:
            files.delete_file(info.path)
            removed += 1
    return removed


def _path(address: str) -> str:
    parts = urlsplit(address)
    return path_of(address) or parts.netloc + parts.path


def _month_ends(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)

"""Which files hold the rows of a snapshot, and of which days: what the catalog's manifests say, read once each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from tenure.facts.rows import LakeError
from tenure.facts.tables import LakeTable

if TYPE_CHECKING:
    from pyiceberg.manifest import DataFile, ManifestFile
    from pyiceberg.table import Table
    from pyiceberg.table.snapshots import Snapshot

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class DataOf:
    """A data file: its address, its size, and the first and last day of its rows (None where the table keeps none)."""

    path: str
    rows: int
    bytes: int
    first: date | None
    last: date | None

    def touches(self, first: date, last: date) -> bool:
        """Whether it may hold rows of these days."""
        return self.first is None or self.last is None or (self.first <= last and self.last >= first)


class Planner:
    """Plans snapshots of tables. A manifest never changes, so each is read once for as long as it is in use."""

    def __init__(self) -> None:
        self._read: dict[str, dict[str, tuple[DataOf, ...]]] = {}

    def files(self, spec: LakeTable, table: Table, snapshot: Snapshot | None = None) -> list[DataOf]:
        """The data files of a snapshot, or of the present one. Raises LakeError on row-level deletes: nobody here
        writes them, and a reader that overlooked them would show what was deleted."""
        snapshot = snapshot or table.current_snapshot()
        if snapshot is None:
            return []
        before, now = self._read.get(spec.name, {}), {}
        for manifest in snapshot.manifests(table.io):
            path = manifest.manifest_path
            now[path] = before[path] if path in before else _entries(spec, table, manifest)
        self._read[spec.name] = now
        return [file for files in now.values() for file in files]


def summary_of(snapshot: Snapshot) -> Mapping[str, str]:
    """The properties that whoever committed a snapshot gave it."""
    return snapshot.summary.additional_properties if snapshot.summary else {}


def last_commit(table: Table) -> int:
    """The number of a table's latest commit; 0 before the first."""
    return max((snapshot.sequence_number or 0 for snapshot in table.metadata.snapshots), default=0)


def _entries(spec: LakeTable, table: Table, manifest: ManifestFile) -> tuple[DataOf, ...]:
    from pyiceberg.manifest import ManifestContent

    if manifest.content == ManifestContent.DELETES:
        raise LakeError(f"{spec.name} has row-level deletes, written by another program; let that program compact it")
    field = table.schema().find_field(spec.day).field_id if spec.day else 0
    entries = manifest.fetch_manifest_entry(table.io, discard_deleted=True)
    return tuple(_data_of(entry.data_file, field) for entry in entries)


def _data_of(file: DataFile, field: int) -> DataOf:
    first, last = _bound(file.lower_bounds, field), _bound(file.upper_bounds, field)
    return DataOf(file.file_path, file.record_count, file.file_size_in_bytes, first, last)


def _bound(bounds: Mapping[int, bytes] | None, field: int) -> date | None:
    from pyiceberg.conversions import from_bytes
    from pyiceberg.types import DateType

    if not bounds or field not in bounds:
        return None
    return _EPOCH + timedelta(days=int(from_bytes(DateType(), bounds[field])))

"""The lake: Iceberg tables under a SQL catalog. Batches are appended once; readers each see one snapshot.

Iceberg's own library takes a second to load; it is imported where a lake is opened, not where one is spoken of.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self
from urllib.parse import unquote, urlsplit

import ibis
import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.exceptions import (
    CommitFailedException,
    NamespaceAlreadyExistsError,
    NoSuchTableError,
    TableAlreadyExistsError,
)

from tenure.base import clock, fault
from tenure.facts.days import spans
from tenure.facts.engine import Engine, Files
from tenure.facts.places import address_of, here, path_of, properties_of
from tenure.facts.plan import DataOf, Planner, summary_of
from tenure.facts.reading import Cut, standing
from tenure.facts.rows import LakeError, to_arrow
from tenure.facts.tables import BATCHES, TABLES, LakeTable

if TYPE_CHECKING:
    from pyiceberg.catalog.sql import SqlCatalog
    from pyiceberg.table import Table

NAMESPACE = "tenure"
BATCH = "tenure.batch"  # in a snapshot's properties: the batch that it stored
DAYS = "tenure.days"  # and the happened-days of its rows, as first..last
KNOWN = "tenure.known_through"  # and the latest moment at which one of its rows was known
_ATTEMPTS = 6
_PROPERTIES = {
    # A lost race is ours to repeat: only then is the batch looked for among what the winner stored.
    "commit.retry.num-retries": "0",
    "commit.manifest-merge.enabled": "true",
    "commit.manifest.min-count-to-merge": "25",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "20",
}


class Lake:
    """Facts at rest. One process writes (the pipeline); any number read.

    Open it with `Lake.open`. Every row has three times, and is kept by its company day.
    """

    def __init__(self, catalog: SqlCatalog, zone: str, grain: str, engine: Engine) -> None:
        self._catalog = catalog
        self.zone = zone
        self.grain = grain
        self.engine = engine
        self._loaded: dict[str, Table] = {}
        self._planner = Planner()
        self._expired: tuple[str, dict[str, set[str]]] = ("", {})
        self._lock = threading.RLock()

    @classmethod
    def open(
        cls,
        catalog_url: str,
        warehouse: Path | str,
        *,
        zone: str | None = None,
        grain: Literal["month", "day"] = "month",
        engine: Engine | None = None,
    ) -> Self:
        """Open a lake, making what is not there yet.

        Parameters
        ----------
        catalog_url : ``sqlite:///path`` or ``postgresql://user:password@host/name``.
        warehouse : a folder, or the address of one in object storage such as ``s3://bucket/lake``.
        zone : the company's zone; it is fixed when the lake is made, and UTC where nobody says.
        grain : how finely a new lake is partitioned: by month, or by day where a day has a million rows.
        engine : what reads are run by; a small one for pages where nobody says.

        Raises LakeError where the lake was made for another zone.
        """
        from pyiceberg.catalog.sql import SqlCatalog

        catalog = SqlCatalog("tenure", uri=_catalog_url(catalog_url), warehouse=_address(warehouse))
        catalog.properties |= properties_of(_written_at(catalog), _address(warehouse), NAMESPACE)
        with contextlib.suppress(NamespaceAlreadyExistsError):
            catalog.create_namespace(NAMESPACE, {"zone": zone or "UTC", "grain": grain})
        kept = catalog.load_namespace_properties(NAMESPACE)
        if zone and kept["zone"] != zone:
            raise LakeError(f"this lake counts days in {kept['zone']}, not in {zone}; a lake keeps its zone")
        lake = cls(catalog, kept["zone"], kept["grain"], engine or Engine())
        for spec in TABLES.values():
            lake._make(spec)
        return lake

    def close(self) -> None:
        self._catalog.close()
        self.engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def append(self, table: str, rows: pa.Table | Sequence[Mapping[str, Any]], *, batch: str) -> bool:
        """Store a batch of rows, at once or not at all. False where this batch is stored already: nothing is written.

        `batch` names the delivery, so that delivering it again does no harm; the table remembers it for good. Days
        that rows leave out are filled from their moments. Raises LakeError on rows that do not fit the table.
        """
        spec = _spec(table)
        arrow = to_arrow(spec, rows, self.zone).sort_by([(name, "ascending") for name in spec.order])
        properties = {BATCH: batch}
        if spec.day:
            days = set(arrow[spec.day].unique().to_pylist())
            properties[DAYS] = ",".join(f"{first}..{last}" for first, last in spans(days))
        if spec.known and arrow.num_rows:
            properties[KNOWN] = pc.max(arrow[spec.known]).as_py().isoformat()
        return self._store(spec, arrow, batch, properties)

    def has_batch(self, table: str, batch: str) -> bool:
        """Whether a batch is stored."""
        return self._remembers(self.current(table), table, batch)

    def retract(self, table: str, keys: Iterable[str], *, batch: str, hindsight: bool = False) -> bool:
        """Take back the rows with these keys: they are gone for whoever asks what is known from now on.

        What was known before stays as it was, so that editions can be made again. With `hindsight` the rows count as
        never known, whatever the moment asked for: so is an import undone whose rows claim to have been known long
        ago. False where this batch is stored already.
        """
        spec = _spec(table)
        if not spec.retractable:
            raise LakeError(f"rows of {table} are not taken back by key; the ledger retracts by an entry")
        now = clock.now()
        wanted = ibis.memtable({"key": pa.array(list(keys), pa.string())}, schema={"key": "string"})
        rows = self.engine.execute(self.read(table).semi_join(wanted, "key")).to_pylist()
        for row in rows:
            # A clock that stands still must not make the taking back look as old as what it takes back.
            row |= {"retracted": True, "recorded_at": max(now, row["recorded_at"] + timedelta(microseconds=1))}
            if not hindsight:
                row["known_at"] = row["recorded_at"]
                row.pop("known_day", None)
        return self.append(table, rows, batch=batch)

    def read(
        self,
        table: str,
        *,
        days: tuple[date, date] | None = None,
        known_through: datetime | None = None,
        recorded_through: datetime | None = None,
        columns: Sequence[str] | None = None,
    ) -> ibis.Table:
        """The rows that stand, as a relation of this lake's engine over the table's present snapshot.

        Parameters
        ----------
        days : the first and last happened-day, both included.
        known_through : as the table was known at this moment.
        recorded_through : as it was written down at this moment; what was claimed later to have been known is absent.
        columns : only these.
        """
        spec = _spec(table)
        rows = standing(
            spec,
            self.engine.relation(table, self.files(table, days=days)),
            Cut(known_through, recorded_through, days),
        )
        return rows.select(*columns) if columns else rows

    def execute(self, expression: ibis.Table) -> pa.Table:
        """The rows of an expression over relations that `read` gave."""
        return self.engine.execute(expression)

    def files(self, table: str, *, days: tuple[date, date] | None = None, current: Table | None = None) -> Files:
        """The files that may hold rows of these days, also rows that do not stand: of the present snapshot, or of the
        one that `current` has."""
        spec = _spec(table)
        current = current or self.current(table)
        planned = self.planned(table, current)
        kept = [file for file in planned if days is None or file.touches(*days)]
        numbers = tuple(current.schema().find_field(name).field_id for name in spec.columns)
        paths = tuple(sorted(self.here(file.path) for file in kept))
        return Files(spec.arrow(), numbers, paths, _filesystem(current))

    def here(self, address: str) -> str:
        """Where a file of the lake lies, whose folder may have been moved since the file was written."""
        return here(address, self._catalog.properties)

    def planned(self, table: str, current: Table | None = None) -> list[DataOf]:
        """The data files of a table's present snapshot, or of the snapshot that `current` has."""
        with self._lock:
            return self._planner.files(_spec(table), current or self.current(table))

    def current(self, table: str) -> Table:
        """The Iceberg table as the catalog has it now."""
        from pyiceberg.catalog.sql import IcebergTables
        from sqlalchemy import select

        with self._lock, self._catalog.engine.connect() as connection:
            location = connection.execute(
                select(IcebergTables.metadata_location).where(
                    IcebergTables.catalog_name == self._catalog.name,
                    IcebergTables.table_namespace == NAMESPACE,
                    IcebergTables.table_name == table,
                )
            ).scalar()
            loaded = self._loaded.get(table)
            if loaded is None or loaded.metadata_location != location:
                loaded = self._loaded[table] = self._catalog.load_table((NAMESPACE, table))
            return loaded

    def commit(
        self, table: Table, rows: pa.Table, *, snapshot: Mapping[str, str], properties: Mapping[str, str] | None = None
    ) -> None:
        """Write files and publish them. Until the catalog has taken the commit nobody sees them."""
        from tenure.facts.commits import Commit

        transaction = Commit(table)
        if rows.num_rows:
            transaction.append(rows, snapshot_properties=dict(snapshot))
        if properties:
            transaction.set_properties(dict(properties))
        fault.point("lake.written")
        transaction.commit_transaction()
        fault.point("lake.committed")

    def remember_batches(self, table: str, batches: Sequence[str]) -> None:
        """Keep the names of batches whose snapshots are about to expire."""
        if not batches:
            return
        rows = [{"table": table, "batch": batch, "stored_at": clock.now()} for batch in batches]
        self.commit(self.current("batches"), to_arrow(BATCHES, rows, self.zone), snapshot={})

    def _store(self, spec: LakeTable, rows: pa.Table, batch: str, properties: Mapping[str, str]) -> bool:
        for attempt in range(_ATTEMPTS):
            with self._lock:
                current = self.current(spec.name)
                if self._remembers(current, spec.name, batch):
                    return False
                if not rows.num_rows:
                    return True
                try:
                    self.commit(current, rows, snapshot=properties)
                    return True
                except CommitFailedException:
                    self._loaded.pop(spec.name, None)
                    if attempt == _ATTEMPTS - 1:
                        raise
            time.sleep(0.02 * 2**attempt)
        raise AssertionError("the last attempt returns or raises")

    def _remembers(self, current: Table, table: str, batch: str) -> bool:
        recent = (summary_of(snapshot).get(BATCH) for snapshot in current.metadata.snapshots)
        return batch in recent or batch in self._remembered().get(table, ())

    def _remembered(self) -> dict[str, set[str]]:
        """Per table, the batches whose snapshots have expired."""
        current = self.current("batches")
        if self._expired[0] != current.metadata_location:
            names: dict[str, set[str]] = {}
            for row in self.engine.execute(self.read("batches", columns=["table", "batch"])).to_pylist():
                names.setdefault(row["table"], set()).add(row["batch"])
            self._expired = (current.metadata_location, names)
        return self._expired[1]

    def _make(self, spec: LakeTable) -> None:
        from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC, PartitionField, PartitionSpec
        from pyiceberg.transforms import DayTransform, MonthTransform

        partition = UNPARTITIONED_PARTITION_SPEC
        if spec.day:
            field = spec.iceberg().find_field(spec.day).field_id
            by = {"month": MonthTransform, "day": DayTransform}[self.grain]
            partition = PartitionSpec(PartitionField(field, 1000, by(), f"{spec.day}_{self.grain}"))
        try:
            self._loaded[spec.name] = self._catalog.load_table((NAMESPACE, spec.name))
        except NoSuchTableError:
            with contextlib.suppress(TableAlreadyExistsError):
                self._catalog.create_table(
                    (NAMESPACE, spec.name), spec.iceberg(), partition_spec=partition, properties=_PROPERTIES
                )
        self._widen(spec)

    def _widen(self, spec: LakeTable) -> None:
        """Give a table that an older version made the columns that it lacks."""
        table = self.current(spec.name)
        has = {field.name for field in table.schema().fields}
        if missing := [field for field in spec.iceberg().fields if field.name not in has]:
            with table.update_schema() as update:
                for field in missing:
                    update.add_column(field.name, field.field_type)
        if {field.name for field in table.schema().fields} != set(spec.columns):
            raise LakeError(f"{spec.name} has columns that this version does not know; a newer one wrote this lake")


def _spec(table: str) -> LakeTable:
    if table not in TABLES:
        raise LakeError(f"the lake has no table {table!r}; it has {', '.join(sorted(TABLES))}")
    return TABLES[table]


def _catalog_url(url: str) -> str:
    """The URL as SQLAlchemy reads it. A SQLite catalog gets its folder, and readers that never block the writer."""
    parts = urlsplit(url)
    if parts.scheme in ("postgresql", "postgres"):
        return "postgresql+psycopg" + url[len(parts.scheme) :]
    if parts.scheme == "sqlite":
        path = Path(unquote(parts.path[1:]))
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        from sqlalchemy import URL

        made = URL.create("sqlite", database=str(path), query={"timeout": "20"})
        return made.render_as_string(hide_password=False)
    raise LakeError(f"{parts.scheme!r} is no catalog; expected sqlite:///… or postgresql://…")


def _written_at(catalog: SqlCatalog) -> str:
    """The address of the warehouse as the catalog's tables know it; empty before there are any."""
    from pyiceberg.catalog.sql import IcebergTables
    from sqlalchemy import select

    with catalog.engine.connect() as connection:
        tables = select(IcebergTables.metadata_location).where(IcebergTables.table_namespace == NAMESPACE)
        location = connection.execute(tables.limit(1)).scalar()
    return str(location).rpartition(f"/{NAMESPACE}/")[0] if location else ""


def _address(warehouse: Path | str) -> str:
    if isinstance(warehouse, str) and "://" in warehouse:
        return warehouse.rstrip("/")
    return address_of(Path(warehouse))


def _filesystem(table: Table) -> Any:
    """pyarrow's view of where the files lie, for what is not a local disk."""
    from pyiceberg.io.pyarrow import PyArrowFileIO

    if path_of(table.location()) is not None or not isinstance(table.io, PyArrowFileIO):
        return None
    parts = urlsplit(table.location())
    return table.io.fs_by_scheme(parts.scheme, parts.netloc)

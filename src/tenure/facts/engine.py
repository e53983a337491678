"""The engine: DuckDB in memory, over the files that the catalog planned. No other module knows which engine it is."""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow as pa

from tenure.facts.places import path_of

if TYPE_CHECKING:
    import duckdb

_DUCKDB = {
    pa.large_string(): "VARCHAR",
    pa.float64(): "DOUBLE",
    pa.int64(): "BIGINT",
    pa.bool_(): "BOOLEAN",
    pa.timestamp("us", tz="UTC"): "TIMESTAMPTZ",
    pa.date32(): "DATE",
}


INTERRUPTED_EVERY = 0.02  # seconds


class TimedOut(Exception):
    """A query took longer than its engine allows."""


@dataclass(frozen=True, slots=True)
class Files:
    """A table as the files of one snapshot.

    Attributes
    ----------
    numbers : the number by which the files know each column of `schema`.
    paths : their addresses.
    filesystem : pyarrow's, for files that do not lie on a local disk.
    """

    schema: pa.Schema
    numbers: tuple[int, ...]
    paths: tuple[str, ...]
    filesystem: Any = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Query:
    """An expression made ready once, to be run over whatever its tables are bound to."""

    sql: str
    schema: pa.Schema
    tables: tuple[str, ...]


Source: TypeAlias = Files | pa.Table


class Engine:
    """Runs Ibis expressions within limits of memory, threads and time.

    An engine serves one thread at a time: the others wait. Nothing is written to disk unless `spill` names a folder.

    Parameters
    ----------
    memory : what DuckDB may use, such as ``512MB``.
    threads : how many it may use.
    timeout_seconds : after which a query ends with `TimedOut`; None never.
    spill : a folder for what does not fit in memory; without one such a query fails.
    """

    def __init__(
        self,
        memory: str = "512MB",
        threads: int = 1,
        timeout_seconds: float | None = 2,
        spill: Path | None = None,
    ) -> None:
        self.timeout_seconds = timeout_seconds
        self._backend = ibis.duckdb.connect(
            memory_limit=memory,
            threads=threads,
            temp_directory=str(spill) if spill else "",
            autoinstall_known_extensions=False,
            autoload_known_extensions=False,
        )
        self._duckdb: duckdb.DuckDBPyConnection = self._backend.con
        self._duckdb.execute("SET GLOBAL TimeZone = 'UTC'")
        self._lock = threading.RLock()
        self._views: dict[tuple[str, Files], str] = {}
        self._queries: dict[Hashable, Query] = {}
        self._numbers = itertools.count(1)

    def close(self) -> None:
        self._backend.disconnect()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def relation(self, name: str, files: Files) -> ibis.Table:
        """The files as a relation of this engine; the same files give the same relation."""
        with self._lock:
            view = self._views.get((name, files))
            if view is None:
                if len(self._views) >= 200:  # a long-lived reader sees many snapshots; the oldest goes
                    oldest = self._views.pop(next(iter(self._views)))
                    self._duckdb.execute(f'DROP VIEW "{oldest}"')
                view = f"{name}/{next(self._numbers)}"
                self._bind(self._duckdb, view, files)
                self._views[(name, files)] = view
            return self._backend.table(view)

    def prepared(self, name: Hashable, build: Callable[[], ibis.Table]) -> Query:
        """The query of this name, built and compiled at its first use: compiling costs more than many a small query."""
        with self._lock:
            if name not in self._queries:
                if len(self._queries) >= 200:
                    self._queries.pop(next(iter(self._queries)))
                self._queries[name] = self.compile(build())
            return self._queries[name]

    def compile(self, expression: ibis.Table) -> Query:
        """Make an expression over named, unbound tables ready to be run."""
        tables = tuple(sorted({table.name for table in expression.op().find(ibis.expr.operations.UnboundTable)}))
        with self._lock:
            return Query(self._backend.compile(expression), expression.schema().to_pyarrow(), tables)

    def run(self, query: Query, tables: Mapping[str, Source]) -> pa.Table:
        """The rows of a query over the named tables. Raises TimedOut, and KeyError where a table is not given."""
        with self.session({name: tables[name] for name in query.tables}) as session:
            return session.rows(query)

    @contextmanager
    def session(self, tables: Mapping[str, Source]) -> Iterator[Session]:
        """Several queries over the same tables, which may keep what they find for the next ones."""
        with self._lock, self._duckdb.cursor() as cursor:
            for name, source in tables.items():
                self._bind(cursor, name, source)
            yield Session(self, cursor)

    def execute(self, expression: ibis.Table) -> pa.Table:
        """The rows of an expression over this engine's relations. Raises TimedOut."""
        with self._lock, self.interrupted_when_late(self._duckdb):
            return self._backend.to_pyarrow(expression)

    @contextmanager
    def interrupted_when_late(self, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Whatever this connection does inside ends with `TimedOut` when it takes too long."""
        if self.timeout_seconds is None:
            yield
            return
        import duckdb

        limit, done = self.timeout_seconds, threading.Event()

        def interrupt() -> None:
            # Again and again: DuckDB forgets what comes while a query is still being made ready.
            late = not done.wait(limit)
            while late and not done.wait(INTERRUPTED_EVERY):
                connection.interrupt()

        watch = threading.Thread(target=interrupt, daemon=True)
        watch.start()
        try:
            yield
        except duckdb.InterruptException as error:
            raise TimedOut(f"no answer within {limit:g} seconds") from error
        finally:
            done.set()
            watch.join()  # so that nothing of this is left for the next query

    def _bind(self, connection: duckdb.DuckDBPyConnection, name: str, source: Source) -> None:
        """Give a name to rows in memory or to files, for as long as this connection lives."""
        if isinstance(source, pa.Table):
            connection.register(name, source)
        elif source.filesystem is not None and source.paths:
            import pyarrow.dataset as ds

            # DuckDB reads object storage by an extension that it would download; Arrow is here already.
            paths = list(source.paths)
            dataset = ds.dataset(paths, schema=source.schema, format="parquet", filesystem=source.filesystem)
            connection.register(name, dataset)
        else:
            connection.execute(f'CREATE TEMP VIEW "{name}" AS {_scan(source)}')


class Session:
    """A stretch of work on one connection. What it keeps is gone when it ends."""

    def __init__(self, engine: Engine, connection: duckdb.DuckDBPyConnection) -> None:
        self._engine = engine
        self._connection = connection

    def bind(self, name: str, rows: pa.Table) -> None:
        """Give rows in memory a name, which they take over from what had it before."""
        self._connection.register(name, rows)

    def keep(self, name: str, query: Query) -> None:
        """Keep a query's rows as a table of this name."""
        with self._engine.interrupted_when_late(self._connection):
            self._connection.execute(f'CREATE TEMP TABLE "{name}" AS {query.sql}')

    def rows(self, query: Query) -> pa.Table:
        """The rows of a query, in the types that its expression has."""
        with self._engine.interrupted_when_late(self._connection):
            rows = self._connection.execute(query.sql).to_arrow_table()
        # DuckDB sums whole numbers into wider ones than Ibis says.
        return rows.cast(query.schema)


def found_in(data: ir.JSONValue, names: Sequence[str]) -> list[ir.JSONValue]:
    """What stands under some names in a JSON column, which is looked through once for all; ``a.b`` lies in ``a``."""
    paths = ["$" + "".join(f'."{part}"' for part in name.split(".")) for name in names]
    found = _json_extract(data, paths)
    return [found[at] for at in range(len(paths))]


@ibis.udf.scalar.builtin(name="json_extract")  # type: ignore[untyped-decorator]
def _json_extract(data: dt.JSON, paths: dt.Array[dt.String]) -> dt.Array[dt.JSON]:
    """DuckDB's own: it would be asked once for each path, and look through the data as often."""


def _scan(files: Files) -> str:
    """The statement that reads the files, each column by its number, so that older files may lack newer columns."""
    types = [(column.name, _DUCKDB[column.type]) for column in files.schema]
    if not files.paths:
        empty = ", ".join(f'NULL::{type_} AS "{name}"' for name, type_ in types)
        return f"SELECT {empty} WHERE false"
    paths = ", ".join(_quote(_local(path)) for path in files.paths)
    fields = ", ".join(
        f"{number}: {{name: {_quote(name)}, type: {_quote(type_)}, default_value: NULL}}"
        for number, (name, type_) in zip(files.numbers, types, strict=True)
    )
    return f"SELECT * FROM read_parquet([{paths}], schema = MAP {{{fields}}})"  # noqa: S608 - quoted, and our own names


def _local(address: str) -> str:
    """The path of a file, with the characters that DuckDB takes for a pattern taken at their word."""
    path = path_of(address) or address
    return re.sub(r"([*?\[])", r"[\1]", path)


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

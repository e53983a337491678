"""The engine: limits of time and memory, relations over files near and far, older files with fewer columns."""

import time
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq
import pytest

from tenure.facts.engine import Engine, Files, TimedOut

NUMBERS = (1, 2, 3)
SCHEMA = pa.schema([("a", pa.int64()), ("b", pa.large_string()), ("c", pa.float64())])


def _written(path: Path, columns: dict[str, pa.Array]) -> str:
    """A file whose columns carry the numbers by which Iceberg knows them."""
    numbers = {"a": b"1", "b": b"2", "c": b"3"}
    table = pa.table(columns)
    fields = [field.with_metadata({b"PARQUET:field_id": numbers[field.name]}) for field in table.schema]
    pq.write_table(table.cast(pa.schema(fields)), path)
    return f"file://{path}"  # as a lake writes it: nothing in it stands for anything else


def test_a_query_that_takes_too_long_is_ended() -> None:
    with Engine(timeout_seconds=0.2) as engine:
        numbers = ibis.range(0, 100_000).unnest().name("n").as_table()
        pairs = numbers.cross_join(numbers.rename(m="n"))
        with pytest.raises(TimedOut, match=r"no answer within 0\.2 seconds"):
            engine.execute(pairs.aggregate(total=((pairs.n * pairs.m) % 7).sum()))
        # And the next one is answered.
        small = ibis.range(0, 10).unnest().name("n").as_table()
        assert engine.execute(small.count().name("rows").as_table()).to_pylist() == [{"rows": 10}]


def test_a_query_that_was_made_ready_too_late_is_ended_all_the_same() -> None:
    with Engine(timeout_seconds=0.05) as engine, pytest.raises(TimedOut):  # noqa: SIM117 - the order matters
        with engine.interrupted_when_late(engine._duckdb):
            time.sleep(0.2)  # as where its tables are looked for first
            engine._duckdb.execute("SELECT sum(a.range * b.range % 7) FROM range(100000) a, range(100000) b").fetchall()


def test_memory_is_limited_and_nothing_spills_unless_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = ibis.range(0, 2_000).unnest().name("n").as_table()
    pairs = numbers.cross_join(numbers.rename(m="n"))
    large = pairs.mutate(text=pairs.n.cast("string") + " and " + pairs.m.cast("string"))
    ranked = large.mutate(place=ibis.row_number().over(order_by=[large.text]))
    monkeypatch.chdir(tmp_path)
    with Engine(memory="64MB", timeout_seconds=60) as engine, pytest.raises(Exception, match="Out of Memory"):
        engine.execute(ranked.filter(ranked.place == 5))
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_found_whatever_its_folder_is_called(tmp_path: Path) -> None:
    folder = tmp_path / "what? [it's] a *"
    folder.mkdir()
    path = _written(folder / "one.parquet", {"a": pa.array([1]), "b": pa.array(["x"])})
    other = tmp_path / "what! i a b"
    other.mkdir()
    _written(other / "one.parquet", {"a": pa.array([2]), "b": pa.array(["y"])})
    with Engine() as engine:
        rows = engine.execute(engine.relation("t", Files(SCHEMA, NUMBERS, (path,))))
    assert rows["a"].to_pylist() == [1]


def test_files_near_and_far_read_the_same(tmp_path: Path) -> None:
    path = _written(
        tmp_path / "it's.parquet", {"a": pa.array([1, 2]), "b": pa.array(["x", None]), "c": pa.array([1.0, 2.0])}
    )
    near = Files(SCHEMA, NUMBERS, (path,))
    far = Files(SCHEMA, NUMBERS, ("it's.parquet",), pafs.SubTreeFileSystem(str(tmp_path), pafs.LocalFileSystem()))
    table = ibis.table({"a": "int64", "b": "string", "c": "float64"}, name="t")
    with Engine() as engine:
        query = engine.compile(table.filter(table.a > 1))
        expected = [{"a": 2, "b": None, "c": 2.0}]
        assert engine.run(query, {"t": near}).to_pylist() == expected
        assert engine.run(query, {"t": far}).to_pylist() == expected
        assert engine.execute(engine.relation("near", near).filter(ibis._.a > 1)).to_pylist() == expected
        assert engine.execute(engine.relation("far", far).filter(ibis._.a > 1)).to_pylist() == expected


def test_a_file_from_before_a_column_was_added_reads_as_null(tmp_path: Path) -> None:
    old = _written(tmp_path / "old.parquet", {"a": pa.array([1]), "b": pa.array(["x"])})
    new = _written(tmp_path / "new.parquet", {"a": pa.array([2]), "b": pa.array(["y"]), "c": pa.array([0.5])})
    with Engine() as engine:
        rows = engine.execute(engine.relation("t", Files(SCHEMA, NUMBERS, (old, new))).order_by("a"))
    assert rows.to_pylist() == [{"a": 1, "b": "x", "c": None}, {"a": 2, "b": "y", "c": 0.5}]


def test_no_files_are_an_empty_relation() -> None:
    with Engine() as engine:
        rows = engine.execute(engine.relation("t", Files(SCHEMA, NUMBERS, ())))
    assert (rows.num_rows, rows.column_names) == (0, ["a", "b", "c"])


def test_many_snapshots_do_not_fill_an_engine(tmp_path: Path) -> None:
    path = _written(tmp_path / "one.parquet", {"a": pa.array([1]), "b": pa.array(["x"])})
    with Engine() as engine:
        for number in range(210):
            engine.relation(f"t{number}", Files(SCHEMA, NUMBERS, (path,)))
        assert len(engine._views) == 200
        # The first went, and comes again.
        assert engine.execute(engine.relation("t0", Files(SCHEMA, NUMBERS, (path,)))).num_rows == 1


def test_the_same_query_is_compiled_once() -> None:
    table = ibis.table({"a": "int64"}, name="t")
    built = []

    def build() -> ibis.Table:
        built.append(True)
        return table.aggregate(total=table.a.sum())

    with Engine() as engine:
        for numbers in ([1, 2], [3, 4]):
            query = engine.prepared("total", build)
            assert engine.run(query, {"t": pa.table({"a": numbers})}).to_pylist() == [{"total": sum(numbers)}]
    assert built == [True]


def test_a_session_keeps_what_it_found_for_its_next_query() -> None:
    table, kept = ibis.table({"a": "int64"}, name="t"), ibis.table({"a": "int64"}, name="large")
    with Engine() as engine:
        with engine.session({"t": pa.table({"a": [1, 20, 30]})}) as session:
            session.keep("large", engine.compile(table.filter(table.a > 10)))
            session.bind("t", pa.table({"a": [99]}))
            assert session.rows(engine.compile(kept.order_by("a"))).to_pylist() == [{"a": 20}, {"a": 30}]
            assert session.rows(engine.compile(table.filter(table.a > 10))).to_pylist() == [{"a": 99}]
        with pytest.raises(KeyError):
            engine.run(engine.compile(kept), {})

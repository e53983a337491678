"""One writes and many read: every reader sees whole batches of one snapshot, and the writer waits for nobody."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from tenure.facts.engine import Engine
from tenure.facts.lake import Lake
from tenure.facts.rollups import refresh
from tenure.facts.upkeep import maintain

from .conftest import event

BATCHES, ROWS = 14, 7


def test_readers_see_whole_batches_while_one_writes_and_tidies(tmp_path: Path, open_lake: Callable[..., Lake]) -> None:
    writer = open_lake()
    done, failures, seen = threading.Event(), [], [[], [], []]

    def read(counts: list[int]) -> None:
        url = f"sqlite:///{tmp_path / 'lake' / 'catalog.sqlite3'}"
        try:
            with Lake.open(url, tmp_path / "lake" / "files", engine=Engine(timeout_seconds=60)) as lake:
                while not done.is_set():
                    rows = lake.read("events", columns=["key"])
                    counts.append(lake.execute(rows).num_rows)
        except Exception as error:
            failures.append(error)

    readers = [threading.Thread(target=read, args=(counts,)) for counts in seen]
    for reader in readers:
        reader.start()
    for batch in range(BATCHES):
        writer.append("events", [event(f"{batch}/{row}", batch) for row in range(ROWS)], batch=str(batch))
        if batch % 5 == 4:
            refresh(writer)
            maintain(writer, keep=timedelta(minutes=5), small_files=3)
    done.set()
    for reader in readers:
        reader.join(timeout=60)

    assert failures == []
    for counts in seen:
        assert counts
        assert counts == sorted(counts)
        assert {count % ROWS for count in counts} == {0}
    assert writer.execute(writer.read("events")).num_rows == BATCHES * ROWS

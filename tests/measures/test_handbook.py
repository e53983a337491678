"""The handbook's chapter on measures lists every one, as it is, and its example runs."""

import doctest
import re
from pathlib import Path

from tenure.measures.registry import MEASURES
from tenure.measures.request import vocabulary

CHAPTER = Path(__file__).resolve().parents[2] / "docs" / "handbook" / "measures.md"


def test_every_measure_is_listed_with_its_unit_and_window() -> None:
    rows = dict(re.findall(r"^\| `([a-z_]+)` \|(.*)\|$", CHAPTER.read_text(), re.MULTILINE))
    assert set(rows) == set(MEASURES)
    for name, row in rows.items():
        said, unit, days = (cell.strip() for cell in row.split("|"))
        measure = MEASURES[name]
        assert (measure.function.__doc__ or "").replace("\n    ", " ").strip().startswith(said), name
        assert unit == measure.unit, name
        assert days == (str(measure.window) if vocabulary()[name].windowed else "as of the day"), name


def test_the_example_gives_what_it_says() -> None:
    assert doctest.testfile(str(CHAPTER), module_relative=False).failed == 0

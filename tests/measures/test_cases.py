"""Every measure on tiny tables, against numbers worked out by hand; see `cases`."""

import pytest

from tenure.blueprint.model import Metric
from tenure.facts.engine import Engine
from tenure.measures.registry import MEASURES
from tenure.measures.trial import trial

from .cases import CASES, Example
from .cases_of_work import WORKFLOW

EVERY = (*CASES, *WORKFLOW)

METRICS = {
    "leads": Metric(label="Leads"),
    "price": Metric(label="Price", aggregate="mean"),
    "peak": Metric(label="Peak", aggregate="max"),
    "stock": Metric(label="Stock", aggregate="last"),
}


@pytest.mark.requirement("P-03")
@pytest.mark.parametrize("example", EVERY, ids=[f"{index}: {each.column}" for index, each in enumerate(EVERY)])
def test_a_measure_comes_to_what_the_table_says(engine: Engine, example: Example) -> None:
    found = trial(example.column, *example.lines, on=example.on, zone=example.zone, metrics=METRICS, engine=engine)
    if example.expected is None:
        assert found is None
    else:
        assert found == pytest.approx(example.expected, rel=1e-12)


def test_every_measure_of_the_catalogue_has_cases() -> None:
    tried = {example.column.partition("@")[0].partition("/")[0] for example in EVERY}
    assert set(MEASURES) - tried == set()


def test_there_are_as_many_measures_as_the_field_needs() -> None:
    assert len(MEASURES) >= 40

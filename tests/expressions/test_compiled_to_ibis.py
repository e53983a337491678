"""Expressions as an engine evaluates them: the same table of cases as for Python, over typed columns."""

from decimal import Decimal

import ibis
import pyarrow as pa
import pytest

from tenure.blueprint.expressions import columns, parse
from tenure.facts.engine import Engine
from tenure.measures.compiled import to_ibis

from .cases import CASES, Example, type_of

ARROW = {"number": pa.float64(), "text": pa.string(), "boolean": pa.bool_(), "day": pa.date32()}
IBIS = {"number": "float64", "text": "string", "boolean": "boolean", "day": "date"}


@pytest.fixture(scope="module")
def engine():
    with Engine(timeout_seconds=30) as engine:
        yield engine


@pytest.mark.parametrize("example", CASES, ids=[f"{index}: {each.expression}" for index, each in enumerate(CASES)])
def test_every_case_gives_what_the_table_says(engine: Engine, example: Example) -> None:
    expr = parse(example.expression)
    types = {column.key: type_of(column.key) for column in columns(expr)}
    table = ibis.table({"line": "int64"} | {key: IBIS[kind] for key, kind in types.items()}, name="cases")
    row = {"line": pa.array([1])} | {key: pa.array([example.row.get(key)], ARROW[types[key]]) for key in types}
    query = engine.compile(table.select(result=to_ibis(expr, table)))

    result = engine.run(query, {"cases": pa.table(row)})["result"].to_pylist()

    expected = float(example.expected) if isinstance(example.expected, Decimal) else example.expected
    assert result == [expected]
    assert type(result[0]) is type(expected)


def test_a_column_that_the_table_lacks_is_a_mistake_and_no_unknown() -> None:
    table = ibis.table({"a": "float64"}, name="cases")
    with pytest.raises(KeyError, match="usage_days"):
        to_ibis(parse("usage_days > 1"), table)

"""Expressions as Python evaluates them: the table of cases, and what a row may hold."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tenure.blueprint.expressions import columns, infer_type, parse
from tenure.watch.compiled import compile_expression

from .cases import CASES, TYPES, Example, type_of


@pytest.mark.parametrize("example", CASES, ids=[f"{index}: {each.expression}" for index, each in enumerate(CASES)])
def test_every_case_gives_what_the_table_says(example: Example) -> None:
    result = compile_expression(parse(example.expression))(example.row)
    expected = example.expected
    assert result == expected
    assert type(result) is type(expected)


def test_every_case_is_well_typed_and_its_row_holds_just_its_columns() -> None:
    for example in CASES:
        expr = parse(example.expression)
        infer_type(expr, TYPES)
        assert {column.key for column in columns(expr)} >= set(example.row), example.expression
        for key in example.row:
            assert type_of(key)


def test_the_table_holds_enough() -> None:
    assert len(CASES) >= 60


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (float("nan"), None),
        (float("inf"), None),
        (Decimal("NaN"), None),
        (0.1, Decimal("0.1")),
        (10**30, Decimal(10**30)),
        (True, True),
    ],
)
def test_what_is_not_a_number_is_unknown(value: Any, expected: Any) -> None:
    assert compile_expression(parse("a"))({"a": value}) == expected


def test_a_key_that_the_row_lacks_is_unknown() -> None:
    assert compile_expression(parse("a > 1"))({}) is None
    assert compile_expression(parse("a is null"))({}) is True


def test_days_kept_as_text_compare_with_days() -> None:
    is_due = compile_expression(parse("data.due_on < date '2026-01-15'"))
    assert is_due({"data.due_on": "2026-01-14"}) is True
    assert is_due({"data.due_on": "2026-01-15"}) is False
    # From January 1 to 15 are 14 days.
    since = compile_expression(parse("days_since(data.due_on)"))
    assert since({"data.due_on": "2026-01-01", "day": date(2026, 1, 15)}) == 14


def test_a_moment_is_never_taken_for_a_day() -> None:
    since = compile_expression(parse("days_since(d)"))
    with pytest.raises(TypeError, match="zone"):
        since({"d": datetime(2026, 1, 1, 23, 30, tzinfo=UTC), "day": date(2026, 1, 2)})


def test_arithmetic_is_exact_where_floats_are_not() -> None:
    assert compile_expression(parse("a + b = 0.3"))({"a": 0.1, "b": 0.2}) is True


def test_numbers_beyond_reach_are_unknown_and_do_not_fail() -> None:
    huge = Decimal("9e999999")
    assert compile_expression(parse("a * a"))({"a": huge}) is None
    assert compile_expression(parse("round(a, 2)"))({"a": huge}) == huge

"""Random expressions give in Python what SQLite gives: an evaluator that nobody here wrote.

Only what both have in common is drawn: SQLite's scalar min and max are least and greatest. Numbers are halves and
quarters of small ones, divided by powers of two or nought, so that both count exactly.
"""

import sqlite3
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.blueprint.expressions import infer_type, parse
from tenure.watch.compiled import compile_expression

from .cases import TYPES

NUMBERS = st.sampled_from(["0.0", "1.0", "2.0", "0.5", "3.0", "10.0", "a", "b", "c"])
TEXTS = st.sampled_from(["'pro'", "'basic'", "'it''s'", "''", "t", "u", "lower(t)"])
CONDITIONS = st.sampled_from(["true", "false", "p", "q", "a is null", "t is not null"])
DIVISORS = st.sampled_from(["0.0", "1.0", "2.0", "4.0", "0.5", "b"])
COMPARISON = st.sampled_from(["=", "!=", "<>", "<", "<=", ">", ">="])


def numbers(depth: int) -> st.SearchStrategy[str]:
    if depth == 0:
        return NUMBERS
    below, truth = numbers(depth - 1), conditions(depth - 1)
    return st.one_of(
        NUMBERS,
        st.tuples(below, st.sampled_from("+-*"), below).map(lambda each: f"({each[0]} {each[1]} {each[2]})"),
        st.tuples(below, DIVISORS).map(lambda each: f"{each[0]} / {each[1]}"),
        below.map(lambda each: f"(- {each})"),
        below.map(lambda each: f"abs({each})"),
        below.map(lambda each: f"round({each})"),
        st.tuples(st.sampled_from(["least", "greatest"]), below, below).map(
            lambda each: f"{each[0]}({each[1]}, {each[2]})"
        ),
        st.tuples(below, below).map(lambda each: f"coalesce({each[0]}, {each[1]})"),
        st.tuples(truth, below, below).map(lambda each: f"case when {each[0]} then {each[1]} else {each[2]} end"),
        st.tuples(truth, below).map(lambda each: f"(case when {each[0]} then {each[1]} end)"),
    )


def conditions(depth: int) -> st.SearchStrategy[str]:
    if depth == 0:
        return CONDITIONS
    number, truth = numbers(depth - 1), conditions(depth - 1)
    return st.one_of(
        CONDITIONS,
        st.tuples(number, COMPARISON, number).map(lambda each: f"({each[0]} {each[1]} {each[2]})"),
        st.tuples(TEXTS, COMPARISON, TEXTS).map(lambda each: f"({each[0]} {each[1]} {each[2]})"),
        st.tuples(truth, st.sampled_from(["and", "or"]), truth).map(lambda each: f"({each[0]} {each[1]} {each[2]})"),
        st.tuples(CONDITIONS, CONDITIONS, CONDITIONS).map(lambda each: f"({each[0]} or {each[1]} and not {each[2]})"),
        truth.map(lambda each: f"(not {each})"),
        st.tuples(number, number, number).map(lambda each: f"({each[0]} between {each[1]} and {each[2]})"),
        st.tuples(number, number, number).map(lambda each: f"({each[0]} not between {each[1]} and {each[2]})"),
        st.tuples(TEXTS, st.sampled_from(["in", "not in"])).map(lambda each: f"({each[0]} {each[1]} ('pro', 'free'))"),
        st.tuples(number, st.sampled_from(["in", "not in"])).map(
            lambda each: f"({each[0]} {each[1]} (1.0, -2.5, 0.0))"
        ),
        number.map(lambda each: f"({each} is null)"),
    )


VALUE = st.one_of(st.none(), st.integers(-16, 16).map(lambda each: each / 2))
ROWS = st.fixed_dictionaries(
    {
        "a": VALUE,
        "b": st.sampled_from([None, 0.0, 0.5, 1.0, 2.0, -4.0]),
        "c": VALUE,
        "t": st.sampled_from([None, "", "pro", "PRO", "basic"]),
        "u": st.sampled_from([None, "pro", "free"]),
        "p": st.sampled_from([None, True, False]),
        "q": st.sampled_from([None, True, False]),
    }
)
SQLITE = sqlite3.connect(":memory:")


def in_sqlite(text: str, row: dict[str, Any]) -> Any:
    sql = text.replace("least(", "min(").replace("greatest(", "max(")
    kinds = {name: "real" if name in "abc" else "text" if name in "tu" else "integer" for name in row}
    columns = ", ".join(f"cast(:{name} as {kind}) as {name}" for name, kind in kinds.items())
    return SQLITE.execute(f"select {sql} from (select {columns})", row).fetchone()[0]


def same(ours: Any, theirs: Any) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    if isinstance(ours, bool):
        return ours is bool(theirs)
    return ours == (Decimal(repr(theirs)) if isinstance(ours, Decimal) else theirs)


@settings(max_examples=500, deadline=None)
@given(st.one_of(numbers(3), conditions(3)), ROWS)
def test_python_agrees_with_sqlite(text: str, row: dict[str, Any]) -> None:
    expr = parse(text)
    infer_type(expr, TYPES)
    assert same(compile_expression(expr)(row), in_sqlite(text, row))


@settings(max_examples=200, deadline=None)
@given(conditions(2))
def test_a_reading_depends_neither_on_brackets_nor_on_spaces(text: str) -> None:
    assert parse(f"(({text}))") == parse(text) == parse(text.replace(" ", " \n\t "))

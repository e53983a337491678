"""What an expression may say: its tree, its columns, and where each part stands."""

from datetime import date
from decimal import Decimal

import pytest

from tenure.blueprint.expressions import (
    Between,
    Binary,
    Call,
    Case,
    Column,
    ExpressionError,
    In,
    IsNull,
    Literal,
    Negate,
    Not,
    columns,
    hidden_unknown,
    infer_type,
    names,
    parse,
    substitute,
)

A, B = Column("a"), Column("b")
ONE, TWO = Literal(Decimal(1)), Literal(Decimal(2))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a", A),
        ("data.type", Column("data.type")),
        ("a + 1 * b", Binary("+", A, Binary("*", ONE, B))),
        ("(a + 1) * b", Binary("*", Binary("+", A, ONE), B)),
        ("a or b and a", Binary("or", A, Binary("and", B, A))),
        ("not a = 1", Not(Binary("=", A, ONE))),
        ("-a", Negate(A)),
        ("- 1", Literal(Decimal(-1))),
        ("a NOT IN (1, 2)", Not(In(A, (ONE, TWO)))),
        ("a between 1 and 2 and b", Binary("and", Between(A, ONE, TWO), B)),
        ("a is not null", Not(IsNull(A))),
        ("case when a then 1 end", Case(((A, ONE),), None)),
        ("case when a then 1 else 2 end", Case(((A, ONE),), TWO)),
        ("round(a)", Call("round", (A, Literal(Decimal(0))))),
        ("days_since(a)", Call("days_since", (A, Column("day")))),
        ("over(a, 7)", Column("a", 7)),
        ("ago(over(a, 7), 28)", Column("a", 7, 28)),
        ("change(a, 28)", Binary("-", A, Column("a", None, 28))),
        ("date '2026-01-31'", Literal(date(2026, 1, 31))),
        ("null", Literal(None)),
        # Words of some dialect are names here, as long as the language does not use them.
        ("user = data.end", Binary("=", Column("user"), Column("data.end"))),
        ("data.order > data.values", Binary(">", Column("data.order"), Column("data.values"))),
    ],
)
def test_a_text_becomes_one_tree(text: str, tree: object) -> None:
    assert parse(text) == tree


def test_keys_say_window_and_distance() -> None:
    assert Column("m").key == "m"
    assert Column("m", 7).key == "m/7"
    assert Column("m", None, 28).key == "m@28"
    assert Column("m", 7, 28).key == "m/7@28"


def test_columns_and_names_are_gathered_from_everywhere() -> None:
    expr = parse("case when over(a, 7) > 1 then least(b, c) else -d end between e and f or g in (1) or h is null")
    assert names(expr) == frozenset("abcdefgh")
    assert Column("a", 7) in columns(expr)
    assert names(parse("days_since(data.due_on)")) == {"data.due_on", "day"}


def test_nodes_know_their_column() -> None:
    expr = parse("aa > 1 and\n  bbb = 'x'")
    assert isinstance(expr, Binary)
    assert isinstance(expr.right, Binary)
    assert expr.right.left == Column("bbb")
    assert expr.right.left.at == 14


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a", "number"),
        ("a / 2 > 1", "boolean"),
        ("t", "text"),
        ("subject_id", "text"),
        ("seats", "number"),
        ("case when p then 1 end", "number"),
        ("case when p then null else t end", "text"),
        ("coalesce(d, date '2026-01-01')", "day"),
        ("greatest(d, d)", "day"),
        ("days_since(d)", "number"),
        ("moment = moment", "boolean"),
        ("null", "any"),
    ],
)
def test_types_are_inferred(text: str, kind: str) -> None:
    assert infer_type(parse(text), _TYPES) == kind


_TYPES = {
    "a": "number",
    "t": "text",
    "p": "boolean",
    "d": "day",
    "moment": "moment",
    "subject_id": "id",
    "seats": "integer",
    "custom": "object",
    "day": "day",
}


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("t > 3", "beside a number", 5),
        ("a = 'x'", "beside a text", 5),
        ("a + t", "wants a number", 5),
        ("-t", "minus wants a number", 2),
        ("not a", "not wants true or false", 5),
        ("a and p", "and wants true or false", 1),
        ("p < p", "wants values that have an order", 1),
        ("a in (1, 'x')", "in puts a number beside a text", 10),
        ("a between 1 and 'x'", "between puts", 17),
        ("a = null", "write “is null”", 5),
        ("case when a then 1 end", "when wants true or false", 11),
        ("case when p then 1 else 'x' end", "case puts", 25),
        ("lower(a)", "lower wants a text", 7),
        ("days_since(moment)", "wants a day, and this is a moment", 12),
        ("d < moment", "a day beside a moment", 5),
        ("least(t, t)", "wants numbers or days", 1),
        ("abs(p)", "abs wants a number", 5),
        ("custom = 'x'", "a list or an object", 1),
    ],
)
def test_misfits_are_told_with_their_column(text: str, message: str, column: int) -> None:
    with pytest.raises(ExpressionError, match=message) as error:
        infer_type(parse(text), _TYPES)
    assert error.value.column == column


def test_an_unknown_name_comes_with_the_nearest() -> None:
    with pytest.raises(ExpressionError) as error:
        infer_type(parse("a > 1 and seat > 3"), _TYPES)
    assert (error.value.column, error.value.nearest) == (11, "seats")


@pytest.mark.requirement("P-04")
@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("coalesce(m, 0)", 10),
        ("1 + coalesce(tier, ago(m, 28))", 24),
        ("case when m is null then 0 else m end", 11),
        ("case when tier = 'pro' then 1 when m > 3 then 2 else 3 end", 36),
    ],
)
def test_an_unknown_measure_is_never_passed_off_as_known(text: str, column: int) -> None:
    found = hidden_unknown(parse(text), lambda name: name == "m")
    assert found is not None
    assert found.column == column


@pytest.mark.parametrize(
    "text", ["m is null", "case when tier = 'pro' then m else m * 2 end", "coalesce(tier, 'none')"]
)
def test_asking_whether_a_measure_is_known_hides_nothing(text: str) -> None:
    assert hidden_unknown(parse(text), lambda name: name == "m") is None


def test_own_measures_are_replaced_by_what_they_stand_for() -> None:
    definitions = {"use": parse("over(events, 7) / seats_licensed"), "trend": parse("change(use, 7)")}
    expr = substitute(parse("trend < 0 and ago(use, 28) > 1"), definitions, fixed={"seats_licensed"})
    assert expr == parse(
        "over(events, 7) / seats_licensed - ago(over(events, 7), 7) / seats_licensed < 0"
        " and ago(over(events, 7), 28) / seats_licensed > 1"
    )


def test_a_window_reaches_only_measures_that_ask_for_none() -> None:
    definitions = {"use": parse("events + over(errors, 90)")}
    assert substitute(parse("over(use, 7)"), definitions) == parse("over(events, 7) + over(errors, 90)")

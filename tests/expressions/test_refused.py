"""What an expression may not say. Each is refused at once, with a column, whatever its size."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tenure.blueprint.expressions import ExpressionError, parse

REFUSED = [
    # Another language's powers.
    ("(select 1)", 2, "select"),
    ("a in (select b from c)", 7, "select"),
    ("exists(select 1)", 1, "exists"),
    ("cast(a as integer)", 1, "cast"),
    ("a::text", 2, "“:”"),
    ("convert(a, 3)", 1, "convert"),
    ("a; drop", 2, "“;”"),
    ("a -- b", 3, "comments"),
    ("a /* b */", 3, "comments"),
    ("# a", 1, "“#”"),
    ("x -> x + 1", 4, "value is missing"),
    ("lambda x: x", 1, "lambda"),
    ("a like 'b%'", 3, "like"),
    ("a ~ 'b'", 3, "“~”"),
    ("a || b", 3, "“|”"),
    ("a[1]", 2, "“\\["),
    ("{a}", 1, "“{”"),
    ("$1", 1, "“\\$”"),
    ("@a", 1, "“@”"),
    ("a ? b", 3, "“\\?”"),
    ('"a"', 1, "single quotes"),
    ("`a`", 1, "“`”"),
    ("\\x41", 1, "“\\\\”"),
    ("sum(a)", 1, "no function"),
    ("__import__('os')", 1, "no function"),
    ("read_csv('x')", 1, "no function"),
    ("a over (b)", 3, "operator is missing"),
    ("current_date()", 1, "no function"),
    ("timestamp '2026-01-01'", 11, "operator is missing"),
    ("interval '1' day", 1, "interval"),
    # Numbers and texts.
    ("9" * 31, 1, "at most 30 digits"),
    ("9" * 1900, 1, "at most 30 digits"),
    ("1e99999", 1, "digits"),
    ("0x1F", 1, "digits"),
    ("1_000", 1, "digits"),
    (".5", 1, "“.”"),
    ("5.", 1, "digits"),
    ("1.2.3", 1, "digits"),
    ("'open", 1, "not closed"),
    ("N'x'", 1, "not a name"),
    ("x'1F'", 2, "operator is missing"),
    ("date '2026-02-30'", 1, "a day in quotes"),
    ("date '20260101'", 1, "a day in quotes"),
    ("date", 1, "a day in quotes"),
    # Signs that look like others, or like nothing.
    ("ａ > 1", 1, "fullwidth"),
    ("аctive > 1", 1, "cyrillic"),
    ("a\u200b > 1", 2, "zero width"),
    ("a\u00a0> 1", 2, "no-break space"),
    ("a \u2264 1", 3, "less-than or equal"),
    ("a = \u2018x\u2019", 5, "quotation mark"),
    ("t = 'x\u202ey'", 7, "invisible"),
    ("t = 'x\x00'", 7, "invisible"),
    ("a\x00", 2, "U\\+0000"),
    ("²", 1, "superscript"),
    ("١", 1, "arabic"),
    # Names.
    ("A > 1", 1, "lower-case"),
    ("a.b.c", 1, "one dot"),
    ("_a", 1, "not a name"),
    ("a" * 130, 1, "not a name"),
    # Form.
    ("", 1, "empty"),
    (" \n", 1, "empty"),
    ("a b", 3, "operator is missing"),
    ("a and", 6, "ends where a value"),
    ("and a", 1, "value is missing"),
    ("a == b", 4, "value is missing"),
    ("+a", 1, "value is missing"),
    ("a = = b", 5, "value is missing"),
    ("(a", 1, "not closed"),
    ("a)", 2, "closes nothing"),
    ("case when a then (1 end )", 21, "closes nothing"),
    ("end", 1, "closes nothing"),
    ("case a when 1 then 2 end", 6, "not part"),
    ("case when a then 1", 1, "not closed"),
    ("a, b", 2, "cannot be read"),
    ("(a, b)", 2, "not part"),
    ("()", 1, "not part"),
    ("a in ()", 1, "not part"),
    ("a in (b)", 7, "holds literals"),
    ("a in (1, null)", 10, "no null"),
    ("a is true", 3, "followed by"),
    ("a not null", 3, "followed by"),
    ("a between 1", 11, "cannot be read"),
    ("a is not b", 3, "followed by"),
    # Arguments.
    ("abs()", 1, "one argument"),
    ("abs(a, b)", 1, "one argument"),
    ("coalesce(a)", 1, "2 to 20"),
    ("ago(a)", 1, "2 arguments"),
    ("ago(a, b)", 8, "whole number"),
    ("ago(a, 1.5)", 8, "whole number"),
    ("ago(a, 0)", 8, "whole number"),
    ("ago(a, 99999)", 8, "whole number"),
    ("over(a, -7)", 10, "whole number"),
    ("over(a, 400)", 9, "whole number"),
    ("over(ago(a, 7), 7)", 10, "name of a measure"),
    ("over(over(a, 7), 7)", 11, "name of a measure"),
    ("ago(a + b, 7)", 5, "name of a measure"),
    ("change(3, 7)", 8, "name of a measure"),
    ("days_since(date '2026-01-01')", 12, "name of a field"),
    ("round(a, b)", 10, "whole number"),
    ("round(a, 9)", 10, "whole number"),
]


@pytest.mark.requirement("P-01")
@pytest.mark.parametrize(("text", "column", "message"), REFUSED, ids=[text[:30] for text, *_ in REFUSED])
def test_each_is_refused_at_its_column(text: str, column: int, message: str) -> None:
    with pytest.raises(ExpressionError, match=message) as error:
        parse(text)
    assert error.value.column == column


HUGE = {
    "10 kB of parentheses": "(" * 10_000,
    "nested parentheses": "(" * 900 + "a" + ")" * 900,
    "nested calls": "abs(" * 400 + "a" + ")" * 400,
    "a row of not": "not " * 450 + "a",
    "a row of minus": "- " * 900 + "a",
    "nested cases": "case when a then " * 100 + "1" + " end" * 100,
    "a long sum": "a" + "+a" * 900,
    "a long or": "p" + " or p" * 390,
    "a long text": "'" + "x" * 100_000 + "'",
    "a million spaces": " " * 1_000_000 + "a",
    "unclosed quotes": "'" * 1999,
}


@pytest.mark.requirement("P-01")
@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE.keys())
def test_size_is_refused_before_it_is_parsed(text: str) -> None:
    began = time.perf_counter()
    with pytest.raises(ExpressionError):
        parse(text)
    assert time.perf_counter() - began < 0.1


@pytest.mark.parametrize(
    "text", ["(" * 31 + "a" + ")" * 31, "not " * 31 + "p", "(" * 16 + "not " * 15 + "p" + ")" * 16]
)
def test_one_level_too_many_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError, match="nests deeper than 30 levels"):
        parse(text)


def test_what_lies_just_within_the_limits_is_read() -> None:
    assert parse("(" * 30 + "a" + ")" * 30) == parse("a")
    assert parse("not " * 30 + "p")
    parse("p" + " or p" * 200)
    parse("a = " + "9" * 30)


def test_a_near_function_is_named() -> None:
    with pytest.raises(ExpressionError) as error:
        parse("days_sinse(d) > 3")
    assert error.value.nearest == "days_since"


PIECES = """and |or |not |in |is |null |case |when |then |else |end |between |date |abs(|over(|select |1|2.5|true | """
ALPHABET = st.sampled_from([*"ab.'();,+-*/=<>!\n\"[]{}:#@é\u202e", *PIECES.split("|")])


@given(st.lists(ALPHABET, max_size=40).map("".join))
@example("a is is null")
@example("case when then end")
@example("not in (1)")
def test_any_text_is_either_read_or_refused(text: str) -> None:
    try:
        parse(text)
    except ExpressionError as error:
        assert 1 <= error.column <= len(text) + 1

"""The one table of what expressions give. Every compiler is tried on all of it.

A case is an expression, a row, and what comes out. The row maps column keys to values; `TYPES` says what each name
holds, so that an engine can build typed columns from it although the value is unknown (None).
"""

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

TYPES = {
    "a": "number",
    "b": "number",
    "c": "number",
    "t": "text",
    "u": "text",
    "p": "boolean",
    "q": "boolean",
    "d": "day",
    "e": "day",
    "day": "day",
    "data.type": "text",
    "data.value": "number",
    "account.tier": "text",
    "kind": "text",
}


class Example(NamedTuple):
    expression: str
    row: dict[str, Any]
    expected: Any


def type_of(key: str) -> str:
    """The type of a column's values by its key: ``a/7@28`` holds what ``a`` holds."""
    return TYPES[key.partition("@")[0].partition("/")[0]]


NEW_YEAR = date(2026, 1, 1)
JANUARY_15 = date(2026, 1, 15)
FEBRUARY_1 = date(2026, 2, 1)

CASES: tuple[Example, ...] = (
    # Literals and columns.
    Example("1", {}, Decimal(1)),
    Example("1.50", {}, Decimal("1.5")),
    Example("-2", {}, Decimal(-2)),
    Example("'it''s'", {}, "it's"),
    Example("true", {}, True),
    Example("FALSE", {}, False),
    Example("date '2026-01-15'", {}, JANUARY_15),
    Example("a", {"a": 3}, Decimal(3)),
    Example("a", {"a": None}, None),
    Example("t", {"t": "Zürich"}, "Zürich"),
    Example("data.value", {"data.value": 4}, Decimal(4)),
    # Arithmetic, its precedence, and its unknowns.
    Example("a + b * c", {"a": 1, "b": 2, "c": 3}, Decimal(7)),
    Example("(a + b) * c", {"a": 1, "b": 2, "c": 3}, Decimal(9)),
    Example("a - b - c", {"a": 10, "b": 3, "c": 2}, Decimal(5)),
    Example("a / b / c", {"a": 40, "b": 4, "c": 2}, Decimal(5)),
    Example("a / b", {"a": 1, "b": 4}, Decimal("0.25")),
    Example("7 / 2", {}, Decimal("3.5")),
    Example("-a", {"a": 3}, Decimal(-3)),
    Example("- -a", {"a": 3}, Decimal(3)),
    Example("-a * b", {"a": 3, "b": 2}, Decimal(-6)),
    Example("a + b", {"a": 1, "b": None}, None),
    Example("a * 0", {"a": None}, None),
    Example("-a", {"a": None}, None),
    Example("a / b", {"a": 1, "b": 0}, None),
    Example("a / b", {"a": 0, "b": 0}, None),
    Example("a / (b - b)", {"a": 5, "b": 3}, None),
    Example("a / b", {"a": None, "b": 0}, None),
    Example("1 / 0 + 1", {}, None),
    # Comparisons.
    Example("a < b", {"a": 1, "b": 2}, True),
    Example("a < b", {"a": 2, "b": 2}, False),
    Example("a <= b", {"a": 2, "b": 2}, True),
    Example("a > b", {"a": 3, "b": 2}, True),
    Example("a >= b", {"a": 1, "b": 2}, False),
    Example("a = b", {"a": 2.0, "b": 2}, True),
    Example("a != b", {"a": 2, "b": 2}, False),
    Example("a <> b", {"a": 1, "b": 2}, True),
    Example("t = 'pro'", {"t": "pro"}, True),
    Example("t = 'pro'", {"t": "Pro"}, False),
    Example("t < u", {"t": "abc", "u": "abd"}, True),
    Example("p = true", {"p": True}, True),
    Example("p != q", {"p": True, "q": False}, True),
    Example("d < date '2026-01-15'", {"d": NEW_YEAR}, True),
    Example("d = e", {"d": NEW_YEAR, "e": FEBRUARY_1}, False),
    Example("a < b", {"a": None, "b": 2}, None),
    Example("a = b", {"a": None, "b": None}, None),
    Example("a != b", {"a": 1, "b": None}, None),
    Example("t = 'pro'", {"t": None}, None),
    Example("a / b > 1", {"a": 5, "b": 0}, None),
    Example("data.type = 'sync' and account.tier != 'pro'", {"data.type": "sync", "account.tier": "basic"}, True),
    Example("kind = 'meeting.held'", {"kind": "meeting.missed"}, False),
    # Logic with three values: every pair.
    Example("p and q", {"p": True, "q": True}, True),
    Example("p and q", {"p": True, "q": False}, False),
    Example("p and q", {"p": True, "q": None}, None),
    Example("p and q", {"p": False, "q": None}, False),
    Example("p and q", {"p": None, "q": False}, False),
    Example("p and q", {"p": None, "q": None}, None),
    Example("p or q", {"p": False, "q": False}, False),
    Example("p or q", {"p": True, "q": None}, True),
    Example("p or q", {"p": None, "q": True}, True),
    Example("p or q", {"p": False, "q": None}, None),
    Example("p or q", {"p": None, "q": None}, None),
    Example("not p", {"p": True}, False),
    Example("not p", {"p": None}, None),
    Example("not p or q", {"p": True, "q": True}, True),
    Example("p or q and p", {"p": True, "q": False}, True),
    Example("not a > 3", {"a": 2}, True),
    Example("a > 3 or b > 3", {"a": None, "b": 4}, True),
    Example("a > 3 and b > 3", {"a": None, "b": 1}, False),
    # Null tests, lists and ranges.
    Example("a is null", {"a": None}, True),
    Example("a is null", {"a": 0}, False),
    Example("a is not null", {"a": None}, False),
    Example("a / b is null", {"a": 1, "b": 0}, True),
    Example("t in ('pro', 'basic')", {"t": "basic"}, True),
    Example("t in ('pro', 'basic')", {"t": "free"}, False),
    Example("t in ('pro', 'basic')", {"t": None}, None),
    Example("t not in ('pro', 'basic')", {"t": "free"}, True),
    Example("t not in ('pro', 'basic')", {"t": None}, None),
    Example("a in (1, 2.5, -3)", {"a": -3}, True),
    Example("a between 1 and 3", {"a": 3}, True),
    Example("a between 1 and 3", {"a": 3.5}, False),
    Example("a not between 1 and 3", {"a": 0}, True),
    Example("a between 1 and 3", {"a": None}, None),
    Example("a between b and c", {"a": 5, "b": None, "c": 4}, False),
    Example("a between b and c", {"a": 3, "b": None, "c": 4}, None),
    Example("d between date '2026-01-01' and date '2026-01-31'", {"d": JANUARY_15}, True),
    # Case.
    Example("case when a > 3 then 'high' else 'low' end", {"a": 4}, "high"),
    Example("case when a > 3 then 'high' else 'low' end", {"a": 2}, "low"),
    Example("case when a > 3 then 'high' else 'low' end", {"a": None}, "low"),
    Example("case when a > 3 then 1 when a > 1 then 2 end", {"a": 2}, Decimal(2)),
    Example("case when a > 3 then 1 when a > 1 then 2 end", {"a": 0}, None),
    Example("1 + case when p then a else b end", {"p": False, "a": 10, "b": 20}, Decimal(21)),
    # Functions. Halves are rounded away from zero; least and greatest of an unknown are unknown.
    Example("abs(a)", {"a": -3}, Decimal(3)),
    Example("abs(a)", {"a": None}, None),
    Example("round(a)", {"a": 2.5}, Decimal(3)),
    Example("round(a)", {"a": -2.5}, Decimal(-3)),
    Example("round(a, 1)", {"a": 0.25}, Decimal("0.3")),
    Example("round(a, 2)", {"a": 3}, Decimal(3)),
    Example("round(a / b, 2)", {"a": 1, "b": 3}, Decimal("0.33")),
    Example("least(a, b, c)", {"a": 3, "b": 1, "c": 2}, Decimal(1)),
    Example("least(a, b)", {"a": 3, "b": None}, None),
    Example("greatest(a, b)", {"a": 3, "b": 7}, Decimal(7)),
    Example("greatest(a, b, 9)", {"a": None, "b": 7}, None),
    Example("greatest(d, e)", {"d": NEW_YEAR, "e": FEBRUARY_1}, FEBRUARY_1),
    Example("coalesce(a, b, 5)", {"a": None, "b": None}, Decimal(5)),
    Example("coalesce(a, b, 5)", {"a": None, "b": 2}, Decimal(2)),
    Example("coalesce(t, u)", {"t": None, "u": None}, None),
    Example("lower(t) = 'pro'", {"t": "PRO"}, True),
    Example("lower(t)", {"t": None}, None),
    # History: each is a column of its own.
    Example("ago(a, 28)", {"a@28": 5}, Decimal(5)),
    Example("over(a, 7)", {"a/7": 5}, Decimal(5)),
    Example("ago(over(a, 7), 14)", {"a/7@14": 5}, Decimal(5)),
    Example("change(a, 28)", {"a": 5, "a@28": 8}, Decimal(-3)),
    Example("change(over(a, 7), 7)", {"a/7": 5, "a/7@7": 3}, Decimal(2)),
    Example("change(a, 28) / ago(a, 28)", {"a": 5, "a@28": 0}, None),
    Example("change(a, 28) < 0", {"a": 5, "a@28": None}, None),
    # Days. January 1 to 15 is 14 days, January 15 to February 1 is 17.
    Example("days_since(d)", {"d": NEW_YEAR, "day": JANUARY_15}, Decimal(14)),
    Example("days_since(d)", {"d": FEBRUARY_1, "day": JANUARY_15}, Decimal(-17)),
    Example("days_since(d) >= 14", {"d": NEW_YEAR, "day": JANUARY_15}, True),
    Example("days_since(d)", {"d": None, "day": JANUARY_15}, None),
)

"""The third compiler of expressions: filters over the standing of accounts, under the one table of cases."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tenure.blueprint.expressions import ExpressionError, infer_type, parse
from tenure.identity.accounts import AccountAnchor
from tenure.work.filters import to_q, to_value
from tenure.work.standing import Standing
from tests.expressions.cases import CASES, TYPES, Example

pytestmark = pytest.mark.django_db


def stored(value: Any) -> Any:
    """A value as the row's JSON keeps it."""
    match value:
        case Decimal():
            return float(value)
        case date():
            return value.isoformat()
        case _:
            return value


def standing_with(row: dict[str, Any]) -> None:
    metrics = {key: stored(value) for key, value in row.items() if key != "day" and value is not None}
    Standing.objects.create(
        account=AccountAnchor.objects.create(), name="Acme", metrics=metrics, score_day=row.get("day")
    )


@pytest.mark.parametrize("example", CASES, ids=[f"{index}: {each.expression}" for index, each in enumerate(CASES)])
def test_every_case_gives_what_the_table_says(example: Example) -> None:
    standing_with(example.row)
    value = Standing.objects.values_list(to_value(example.expression, types=TYPES), flat=True).get()
    if isinstance(example.expected, Decimal):
        assert Decimal(repr(value)).quantize(Decimal("1e-9")) == example.expected.quantize(Decimal("1e-9"))
    elif isinstance(example.expected, date):
        assert value == example.expected
    else:
        assert value == example.expected
        assert type(value) is type(example.expected)


@pytest.mark.parametrize(
    "example",
    [each for each in CASES if infer_type(parse(each.expression), TYPES) == "boolean"],
    ids=lambda each: each.expression,
)
def test_a_filter_keeps_a_row_only_where_the_condition_is_true(example: Example) -> None:
    standing_with(example.row)
    assert Standing.objects.filter(to_q(example.expression, types=TYPES)).count() == (
        1 if example.expected is True else 0
    )


def test_an_account_s_own_fields_are_read_as_they_are_now() -> None:
    account = AccountAnchor.objects.create()
    Standing.objects.create(
        account=account, name="Acme", fields={"tier": "core", "seats": 40}, metrics={"usage_days": 3}
    )
    fields = {"tier": "text", "seats": "integer"}
    assert Standing.objects.filter(to_q("tier = 'core' and seats >= 40 and usage_days < 4", fields)).count() == 1
    assert Standing.objects.filter(to_q("tier = 'growth'", fields)).count() == 0


def test_what_cannot_be_read_is_refused() -> None:
    with pytest.raises(ExpressionError):
        to_q("select 1")

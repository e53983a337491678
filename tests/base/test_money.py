"""Money is exact, rounds half away from zero, and no cent is lost when it is split."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.base.money import Money, MoneyError, minor_digits

AMOUNTS = st.decimals(min_value=-(10**9), max_value=10**9, places=4, allow_nan=False, allow_infinity=False)
CURRENCIES = st.sampled_from(["USD", "EUR", "JPY", "KWD", "CLF"])


def test_adds_what_floats_cannot() -> None:
    assert Money("0.10", "USD") + Money("0.20", "USD") == Money("0.30", "USD")


def test_two_and_a_half_per_cent_keeps_its_parts_of_a_cent_until_rounded() -> None:
    # 2.5 % of 1,000.10 = 25.0025, which rounds to 25.00; 5 % of 0.30 = 0.015, which rounds to 0.02
    commission = Money("1000.10", "USD").percent(Decimal("2.5"))
    assert commission.amount == Decimal("25.0025")
    assert not commission.is_whole
    assert commission.rounded() == Money("25.00", "USD")
    assert Money("0.30", "USD").percent(5).rounded() == Money("0.02", "USD")


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        ("2.345", "USD", "2.35"),  # a banker would say 2.34
        ("2.335", "USD", "2.34"),
        ("-2.345", "USD", "-2.35"),
        ("2.5", "JPY", "3"),
        ("1.2345", "KWD", "1.235"),
        ("1.23445", "CLF", "1.2345"),
    ],
)
def test_half_a_unit_goes_away_from_zero(amount: str, currency: str, rounded: str) -> None:
    assert str(Money(amount, currency).rounded().amount) == rounded


def test_a_split_gives_what_is_left_over_to_the_first() -> None:
    assert Money("10.00", "USD").split(3) == (Money("3.34", "USD"), Money("3.33", "USD"), Money("3.33", "USD"))
    assert Money("-10.00", "USD").split(3) == (Money("-3.34", "USD"), Money("-3.33", "USD"), Money("-3.33", "USD"))
    assert Money("100", "JPY").split(3) == (Money(34, "JPY"), Money(33, "JPY"), Money(33, "JPY"))


def test_a_weighted_split_gives_what_is_left_over_to_who_lost_most() -> None:
    # 1.00 by 1:2:3 is 0.1666…, 0.3333…, 0.50; cut 0.16, 0.33, 0.50 leaves 0.01, and the first lost most
    assert [str(part.amount) for part in Money("1.00", "USD").split_by([1, 2, 3])] == ["0.17", "0.33", "0.50"]


@given(AMOUNTS, CURRENCIES, st.lists(st.integers(0, 1000), min_size=1, max_size=12).filter(any))
def test_no_cent_is_lost_or_made_by_a_split(amount: Decimal, currency: str, weights: list[int]) -> None:
    money = Money(amount, currency)
    parts = money.split_by(weights)
    unit = Decimal(1).scaleb(-minor_digits(currency))
    assert Money.total(parts, currency) == money.rounded()
    for part, weight in zip(parts, weights, strict=True):
        assert part.is_whole
        assert abs(part.amount - money.rounded().amount * weight / sum(weights)) < unit
        assert weight or not part


@given(AMOUNTS, AMOUNTS)
def test_what_is_added_can_be_taken_away(one: Decimal, other: Decimal) -> None:
    assert Money(one, "USD") + Money(other, "USD") - Money(other, "USD") == Money(one, "USD")


def test_currencies_do_not_mix() -> None:
    with pytest.raises(MoneyError, match="USD and EUR do not mix"):
        Money(1, "USD") + Money(1, "EUR")
    with pytest.raises(MoneyError):
        _ = Money(1, "USD") < Money(1, "EUR")
    assert Money(1, "USD") != Money(1, "EUR")


@pytest.mark.parametrize("amount", [1.5, True, "ten", "NaN", "Infinity"])
def test_only_exact_amounts_are_money(amount: object) -> None:
    with pytest.raises(MoneyError):
        Money(amount, "USD")  # type: ignore[arg-type]


def test_a_float_is_no_factor() -> None:
    with pytest.raises(MoneyError):
        Money(1, "USD") * 1.5  # type: ignore[operator]


@pytest.mark.parametrize("currency", ["usd", "US", "DOLLAR", "U$D", ""])
def test_a_currency_is_three_capital_letters(currency: str) -> None:
    with pytest.raises(MoneyError):
        Money(1, currency)


@pytest.mark.parametrize("weights", [[], [0, 0], [2, -1]])
def test_weights_must_mean_something(weights: list[int]) -> None:
    with pytest.raises(MoneyError):
        Money(1, "USD").split_by(weights)


def test_a_ratio_to_nothing_is_unknown() -> None:
    assert Money(5, "USD").ratio(Money(2, "USD")) == Decimal("2.5")
    assert Money(5, "USD").ratio(Money(0, "USD")) is None


def test_reads_as_people_write_it() -> None:
    assert str(Money("1234.5", "USD")) == "1,234.50 USD"
    assert str(Money("-1234567", "JPY")) == "-1,234,567 JPY"

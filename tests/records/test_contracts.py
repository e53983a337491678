"""Contracts: started, amended, renewed, ended, and what runs on a day."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tenure.base.errors import Refused
from tenure.records.account import Account
from tenure.records.contract import (
    Contract,
    change_contract,
    end_contract,
    last_day,
    renew_contract,
    renewal_day,
    running,
    start_contract,
    yearly_amounts,
)
from tests.cast import Cast
from tests.records.facts import data_of, facts_of, last_fact

pytestmark = pytest.mark.requirement("A-05")


def start(acme: Account, cast: Cast, **values: Any) -> Contract:
    terms = {"starts_on": date(2026, 1, 1), "amount": "12000"} | values
    return start_contract(acme, **terms, actor=cast.actor("alice"))


def test_a_contract_tells_all_its_terms(acme: Account, cast: Cast) -> None:
    contract = start(
        acme,
        cast,
        amount="33432.109",
        term_months=12,
        seats=14,
        auto_renew=True,
        notice_days=60,
        billing="monthly",
        tier="core",
    )
    fact = last_fact("contract.started")
    # 33,432.11 a year is 2,786.009... a month, 2,786.01 to the cent; twelve months from 1 January end on 31 December.
    assert fact.data == {
        "amount": 33432.11,
        "amount_monthly": 2786.01,
        "currency": "USD",
        "seats": 14,
        "starts_on": "2026-01-01",
        "ends_on": "2026-12-31",
        "auto_renew": True,
        "notice_days": 60,
        "billing": "monthly",
        "status": "active",
        "tier": "core",
        "trial": False,
        "renews": None,
    }
    assert contract.notice_by == date(2026, 11, 1)  # 60 days before 31 December


def test_lines_make_the_yearly_amount(acme: Account, cast: Cast) -> None:
    lines = [
        {"product": "Seats", "quantity": "10", "unit_amount": "25.50", "period": "month"},
        {"product": "Support", "unit_amount": "500", "period": "quarter"},
        {"product": "Set-up", "unit_amount": "900", "period": "once"},
    ]
    contract = start(acme, cast, amount=None, lines=lines)
    # 10 x 25.50 x 12 = 3,060; 500 x 4 = 2,000; what is paid once does not recur.
    assert contract.amount == Decimal("5060.00")
    assert [(line.product, line.amount, line.amount_yearly) for line in contract.lines.order_by("id")] == [
        ("Seats", Decimal("255.00"), Decimal("3060.00")),
        ("Support", Decimal(500), Decimal(2000)),
        ("Set-up", Decimal(900), Decimal(0)),
    ]
    amended = change_contract(contract, lines=lines[:1], actor=cast.actor("alice"))
    assert (amended.amount, amended.lines.count()) == (Decimal("3060.00"), 1)
    assert data_of("contract.changed", "amount", "amount_before") == {"amount": 3060.0, "amount_before": 5060.0}


@pytest.mark.parametrize(
    ("start_day", "months", "end_day"),
    [
        (date(2026, 3, 1), 12, date(2027, 2, 28)),
        (
            date(2026, 1, 31),
            1,
            date(2026, 2, 27),
        ),  # a month on is the 28th; it ends the day before
        (date(2024, 2, 29), 12, date(2025, 2, 27)),
        (date(2026, 11, 15), 3, date(2027, 2, 14)),
        (date(2026, 12, 1), 1, date(2026, 12, 31)),
    ],
)
def test_a_term_in_months_ends_the_day_before(start_day: date, months: int, end_day: date) -> None:
    assert last_day(start_day, months) == end_day


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"amount": None}, "no_amount", "amount"),
        ({"amount": "-1"}, "invalid", "amount"),
        ({"amount": "NaN"}, "invalid", "amount"),
        ({"ends_on": date(2025, 12, 31)}, "backwards", "ends_on"),
        ({"currency": "dollars"}, "no_amount", "amount"),
        ({"tier": "gold"}, "unknown_tier", "tier"),
        ({"seats": -1}, "no_count", "seats"),
        ({"billing": "weekly"}, "invalid", "billing"),
    ],
)
def test_what_does_not_fit_is_refused(acme: Account, cast: Cast, values: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(Refused) as refusal:
        start(acme, cast, **values)
    assert (refusal.value.code, refusal.value.field) == (code, field)


def test_a_renewal_is_a_term_of_its_own_and_both_run_in_their_time(acme: Account, cast: Cast) -> None:
    first = start(acme, cast, ends_on=date(2026, 6, 30), seats=10)
    second = renew_contract(first, amount="15000", term_months=12, actor=cast.actor("alice"))
    assert (second.starts_on, second.ends_on, second.seats) == (date(2026, 7, 1), date(2027, 6, 30), 10)
    assert data_of("contract.renewed", "amount", "amount_before", "renews", "starts_on") == {
        "amount": 15000.0,
        "amount_before": 12000.0,
        "renews": first.pk,
        "starts_on": "2026-07-01",
    }
    assert yearly_amounts(acme, date(2026, 6, 30)) == {"USD": Decimal(12000)}
    assert yearly_amounts(acme, date(2026, 7, 1)) == {"USD": Decimal(15000)}
    assert yearly_amounts(acme, date(2025, 12, 31)) == {}
    with pytest.raises(Refused) as refusal:
        renew_contract(first, actor=cast.actor("alice"))
    assert refusal.value.code == "renewed"


def test_an_early_renewal_shortens_the_running_term(acme: Account, cast: Cast) -> None:
    first = start(acme, cast, ends_on=date(2026, 12, 31))
    renew_contract(first, starts_on=date(2026, 9, 1), amount="18000", actor=cast.actor("alice"))
    first.refresh_from_db()
    assert first.ends_on == date(2026, 8, 31)
    assert [fact.kind for fact in facts_of(first.pk)] == ["contract.started", "contract.changed"]
    assert yearly_amounts(acme, date(2026, 9, 1)) == {"USD": Decimal(18000)}


def test_without_an_end_the_new_term_says_when_it_starts(acme: Account, cast: Cast) -> None:
    first = start(acme, cast)
    with pytest.raises(Refused) as refusal:
        renew_contract(first, actor=cast.actor("alice"))
    assert (refusal.value.code, refusal.value.field) == ("no_end", "starts_on")


def test_what_renews_by_itself_runs_on_until_it_is_ended_or_renewed(acme: Account, cast: Cast) -> None:
    start(acme, cast, ends_on=date(2026, 3, 31))
    by_itself = start(acme, cast, ends_on=date(2026, 3, 31), auto_renew=True, amount="100", currency="EUR")
    assert yearly_amounts(acme, date(2026, 3, 31)) == {"USD": Decimal(12000), "EUR": Decimal(100)}
    assert yearly_amounts(acme, date(2026, 4, 1)) == {"EUR": Decimal(100)}
    end_contract(by_itself, on=date(2026, 4, 30), reason="Moved in house", actor=cast.actor("alice"))
    assert yearly_amounts(acme, date(2026, 4, 30)) == {"EUR": Decimal(100)}
    assert yearly_amounts(acme, date(2026, 5, 1)) == {}
    assert running(acme.contracts.all(), date(2026, 3, 31)).count() == 2


def test_what_renews_by_itself_gives_way_to_its_renewal(acme: Account, cast: Cast) -> None:
    first = start(acme, cast, ends_on=date(2026, 6, 30), auto_renew=True)
    # Agreed later than its own end: the first runs on by itself until the new term begins.
    renew_contract(first, starts_on=date(2026, 8, 1), amount="15000", actor=cast.actor("alice"))
    assert yearly_amounts(acme, date(2026, 7, 31)) == {"USD": Decimal(12000)}
    assert yearly_amounts(acme, date(2026, 8, 1)) == {"USD": Decimal(15000)}


def test_ending_says_why_and_whether_the_client_was_lost(acme: Account, cast: Cast) -> None:
    contract = start(acme, cast, auto_renew=True)
    ended = end_contract(contract, on=date(2026, 2, 28), reason="Merged", churned=False, actor=cast.actor("alice"))
    assert (ended.status, ended.ends_on, ended.auto_renew) == ("ended", date(2026, 2, 28), False)
    assert data_of("contract.ended", "reason", "churned", "amount_before", "ends_on", "status") == {
        "reason": "merged",
        "churned": False,
        "amount_before": 12000.0,
        "ends_on": "2026-02-28",
        "status": "ended",
    }
    for act in (
        lambda: end_contract(contract, on=date(2026, 3, 1), reason="x", actor=cast.actor("alice")),
        lambda: change_contract(contract, seats=3, actor=cast.actor("alice")),
        lambda: renew_contract(contract, actor=cast.actor("alice")),
    ):
        with pytest.raises(Refused) as refusal:
            act()
        assert refusal.value.code == "ended"


def test_the_renewal_day_is_the_next_end_that_nobody_answered_for(acme: Account, cast: Cast) -> None:
    today = date(2026, 3, 2)
    assert renewal_day(acme, today) is None
    later = start(acme, cast, ends_on=date(2026, 12, 31))
    sooner = start(acme, cast, ends_on=date(2026, 5, 31))
    assert renewal_day(acme, today) == date(2026, 5, 31)
    renew_contract(sooner, term_months=12, actor=cast.actor("alice"))
    assert renewal_day(acme, today) == date(2026, 12, 31)
    end_contract(later, on=date(2026, 12, 31), reason="x", actor=cast.actor("alice"))
    assert renewal_day(acme, today) is None


def test_an_amendment_tells_before_and_after(acme: Account, cast: Cast) -> None:
    contract = start(acme, cast)
    change_contract(contract, amount="14000", seats=20, actor=cast.actor("alice"))
    assert data_of("contract.changed", "amount", "amount_before", "seats", "changed") == {
        "amount": 14000.0,
        "amount_before": 12000.0,
        "seats": 20,
        "changed": ["amount", "seats"],
    }
    change_contract(contract, amount="14000", actor=cast.actor("alice"))
    assert len(facts_of(contract.pk)) == 2
    with pytest.raises(Refused):
        change_contract(contract, ends_on=date(2020, 1, 1), actor=cast.actor("alice"))

"""Whom measures are taken of: accounts that exist on the day, closed ones with their status, and their fields then."""

from datetime import date

import pytest

from tenure.facts.engine import Engine
from tenure.facts.rows import to_arrow
from tenure.facts.tables import TABLES
from tenure.measures.catalogue import Sight, columns_of, take
from tenure.measures.request import Request
from tenure.measures.trial import tables_of, trials

pytestmark = pytest.mark.requirement("P-03")
LINES = (
    "01-10 account.created account=ann status=active tier=basic",
    "02-10 account.changed account=ann status=active tier=pro",
    "02-01 account.created account=bob status=prospect custom.x=1",
    "03-01 account.closed account=bob status=closed tier=basic",
    "05-01 account.created account=cid status=active",
)


def _rows(engine: Engine, day: date, columns: list[str]) -> list[dict[str, object]]:
    rows = trials(columns, LINES, days=[day], engine=engine).to_pylist()
    return [row for row in rows if row["account_id"] != "acme"]


def test_accounts_are_there_from_the_day_of_their_creation(engine: Engine) -> None:
    assert [row["account_id"] for row in _rows(engine, date(2026, 1, 9), [])] == []
    assert [row["account_id"] for row in _rows(engine, date(2026, 1, 10), [])] == ["ann"]
    assert [row["account_id"] for row in _rows(engine, date(2026, 2, 1), [])] == ["ann", "bob"]


def test_closed_accounts_stay_with_their_status(engine: Engine) -> None:
    assert {row["account_id"]: row["status"] for row in _rows(engine, date(2026, 3, 31), [])} == {
        "ann": "active",
        "bob": "closed",
    }


def test_fields_are_as_they_stood_on_the_day(engine: Engine) -> None:
    tiers = {day: _rows(engine, day, ["tier"])[0]["tier"] for day in (date(2026, 2, 9), date(2026, 2, 10))}
    assert tiers == {date(2026, 2, 9): "basic", date(2026, 2, 10): "pro"}


def test_a_field_so_many_days_ago_is_what_it_was_then(engine: Engine) -> None:
    rows = _rows(engine, date(2026, 3, 1), ["tier", "tier@20", "status@1"])
    assert rows == [
        {
            "account_id": "ann",
            "day": date(2026, 3, 1),
            "status": "active",
            "tier": "pro",
            "tier@20": "basic",
            "status@1": "active",
        },
        {
            "account_id": "bob",
            "day": date(2026, 3, 1),
            "status": "closed",
            "tier": "basic",
            "tier@20": None,
            "status@1": "prospect",
        },
    ]


def test_an_account_whose_creation_was_taken_back_never_was(engine: Engine) -> None:
    lines = ("02-01 account.created account=dan id=50", "02-01 account.withdrawn account=dan retracts=50")
    rows = trials([], lines, engine=engine).to_pylist()
    assert [row["account_id"] for row in rows] == ["acme"]


def test_only_the_accounts_that_were_asked_for(engine: Engine) -> None:
    lines = (*LINES, "03-10 event account=ann", "03-10 event account=bob", "03-10 meeting.held account=bob")
    columns = ["usage_events", "meetings_held", "days_since_usage", "metric_leads"]
    rows = trials(columns, lines, accounts=["bob"], engine=engine).to_pylist()
    assert [tuple(row[name] for name in ("account_id", *columns)) for row in rows] == [("bob", 1.0, 1.0, 21.0, 0.0)]


def test_own_fields_of_the_company(engine: Engine) -> None:
    tables = tables_of(("01-01 account.created", "01-01 coverage relation=events through=03-31"), "UTC")
    row = tables["ledger"].to_pylist()[0] | {
        "data": {"status": "active", "custom": {"go_live": "2026-02-01", "arr_band": "large", "size": 3, "vip": True}}
    }
    tables["ledger"] = to_arrow(TABLES["ledger"], [row], "UTC")
    custom = {"go_live": "day", "arr_band": "text", "size": "number", "vip": "boolean"}
    request = Request.of(columns_of(custom), {}, custom)
    found = take(engine, tables, request, [date(2026, 3, 31)], Sight("UTC")).to_pylist()[0]
    assert {name: found[name] for name in custom} == {
        "go_live": date(2026, 2, 1),
        "arr_band": "large",
        "size": 3.0,
        "vip": True,
    }

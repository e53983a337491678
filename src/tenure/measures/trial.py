"""Trying a measure on a few facts, written down by hand, a line each.

A line is a day of 2026, a kind, and words of the form ``name=value``::

    03-10 meeting.held attended=true             a fact of the ledger; words are its data
    03-10T09:30 issue.opened subject=i1 id=7     at a time of the company's zone, about a subject, under an id
    03-12 issue.opened corrects=7 known=03-20    known later than it happened, replacing another
    03-10 event user=ann name=export count=2     product usage; also seconds, errors, key, retracted
    03-10 point metric=leads value=3             a point of a metric
    01-01 coverage relation=events through=03-31 a source that was live; also of=<account>

Every account (``account=acme`` where a line names none) was created on 1 January, unless a line says otherwise. Sources
of usage and of points were live all year, unless a line speaks of coverage.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime, time
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from tenure.blueprint.model import Metric
from tenure.facts.engine import Engine
from tenure.facts.rows import to_arrow
from tenure.facts.tables import TABLES
from tenure.measures.catalogue import Sight, columns_of, take
from tenure.measures.request import Request

ON = date(2026, 3, 31)
METRICS = {"leads": Metric(label="Leads")}


def trial(
    column: str,
    *lines: str,
    on: date = ON,
    account: str = "acme",
    zone: str = "UTC",
    known: datetime | None = None,
    metrics: Mapping[str, Metric] = METRICS,
    engine: Engine | None = None,
) -> float | str | bool | None:
    """The value of one column for one account on one day, over the facts of these lines."""
    rows = trials([column], lines, days=[on], zone=zone, known=known, metrics=metrics, engine=engine)
    value: float | str | bool | None = next(row[column] for row in rows.to_pylist() if row["account_id"] == account)
    return value


def trials(
    columns: Collection[str],
    lines: Collection[str],
    *,
    days: Collection[date] = (ON,),
    zone: str = "UTC",
    known: datetime | None = None,
    metrics: Mapping[str, Metric] = METRICS,
    custom: Mapping[str, str] | None = None,
    card: str | None = None,
    accounts: Collection[str] | None = None,
    engine: Engine | None = None,
) -> pa.Table:
    """The columns for all accounts on all days, over the facts of these lines, as `catalogue.compute` gives them."""
    request = Request.of(columns_of(columns), metrics, custom or {})
    sight = Sight(zone, known_through=known, card=card)
    return take(engine or _engine(), tables_of(lines, zone), request, sorted(days), sight, accounts)


def tables_of(lines: Collection[str], zone: str) -> dict[str, pa.Table]:
    """The lake's tables that hold the facts of these lines."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in ("events", "points", "ledger", "coverage")}
    for number, line in enumerate(lines, start=1):
        table, row = _row(line, number, zone)
        rows[table].append(row)
    named = {row["account_id"] for table in ("ledger", "events", "points") for row in rows[table]} | {"acme"}
    created = {row["account_id"] for row in rows["ledger"] if row["kind"] == "account.created"}
    for at, account in enumerate(sorted(named - created)):
        rows["ledger"].append(_row(f"01-01 account.created account={account}", -1 - at, zone)[1])
    if not rows["coverage"]:
        for relation in ("events", "points"):
            rows["coverage"].append(_row(f"01-01 coverage relation={relation} through=12-31", 0, zone)[1])
    return {name: to_arrow(TABLES[name], table, zone) for name, table in rows.items()}


@cache
def _engine() -> Engine:
    return Engine(timeout_seconds=60)


def _row(line: str, number: int, zone: str) -> tuple[str, dict[str, Any]]:
    when, what, *rest = line.split()
    words = dict(word.split("=", 1) for word in rest)
    happened = _moment(when, zone)
    known = _moment(words.pop("known"), zone) if "known" in words else happened
    times = {"known_at": known, "recorded_at": known}
    if what == "coverage":
        return what, {
            "source": words.get("source", "trial"),
            "relation": words["relation"],
            "account_id": words.get("of"),
            "from_day": _day(when),
            "through_day": _day(words["through"]),
            **times,
        }
    row = {"account_id": words.pop("account", "acme"), "happened_at": happened, **times}
    match what:
        case "event":
            return "events", _event(row, words, number)
        case "point":
            return "points", _point(row, words, number)
        case _:
            return "ledger", _fact(row, what, words, number)


def _event(row: dict[str, Any], words: dict[str, str], number: int) -> dict[str, Any]:
    numbers: dict[str, Any] = {name: float(words[name]) for name in ("count", "seconds", "errors") if name in words}
    names = {"user_id": words.get("user"), "name": words.get("name", "used"), "key": words.get("key", str(number))}
    return {**row, **numbers, **names, "source": "trial", "retracted": words.get("retracted") == "true"}


def _point(row: dict[str, Any], words: dict[str, str], number: int) -> dict[str, Any]:
    names = {"metric": words["metric"], "value": float(words["value"]), "key": words.get("key", str(number))}
    return {**row, **names, "source": "trial", "retracted": words.get("retracted") == "true"}


def _fact(row: dict[str, Any], what: str, words: dict[str, str], number: int) -> dict[str, Any]:
    noun = what.partition(".")[0]
    subject = words.pop("subject", f"{row['account_id']}-{number}")
    return {
        **row,
        "id": int(words.pop("id", number)),
        "kind": what,
        "subject": noun,
        "subject_id": row["account_id"] if noun == "account" else subject,
        "corrects": int(words.pop("corrects")) if "corrects" in words else None,
        "retracts": int(words.pop("retracts")) if "retracts" in words else None,
        "data": {name: _value(text) for name, text in words.items()},
    }


def _value(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    try:
        return float(text)
    except ValueError:
        return text


def _day(text: str) -> date:
    return date.fromisoformat(text if len(text) > 5 else f"2026-{text}")


def _moment(text: str, zone: str) -> datetime:
    day, _, clock = text.partition("T")
    return datetime.combine(_day(day), time.fromisoformat(clock) if clock else time(12), ZoneInfo(zone))

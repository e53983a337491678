"""Editions: the results of one night, kept under what was known and by which rules; never overwritten."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa

from tenure.base import clock
from tenure.facts.lake import Lake
from tenure.measures.kpis import HUNDREDTH, Result
from tenure.measures.scorecards import Score

ENGINE_VERSION = 1  # raised when the arithmetic of measures or scores changes, so that editions tell apart


@dataclass(frozen=True, slots=True)
class Edition:
    """What a night's results are of: the company day, the moment through which facts were known, and the rules."""

    day: date
    known_through: datetime
    blueprint_version: int
    engine_version: int = ENGINE_VERSION

    @property
    def name(self) -> str:
        """What tells this edition from every other."""
        known = self.known_through.isoformat(timespec="microseconds")
        return f"{self.day.isoformat()}|{known}|b{self.blueprint_version}|e{self.engine_version}"


@dataclass(frozen=True, slots=True)
class Published:
    """One score of an edition, as it is read back."""

    account: str
    day: date
    card: str
    score: Decimal | None
    band: str
    coverage: Decimal
    explanation: Mapping[str, Any]


def publish(
    lake: Lake,
    edition: Edition,
    measures: Mapping[str, Mapping[str, float | None]],
    scores: Mapping[str, Sequence[tuple[Score, Mapping[str, Any]]]],
) -> bool:
    """Keep an edition: per account its measures by column key, and its scores with their explanations.

    False where this edition was published already: it is stored once, whatever is delivered.
    """
    held = _common(edition)
    values = [
        held | {"account_id": account, "name": name, "value": value, "key": f"{edition.name}|{account}|{name}"}
        for account, columns in measures.items()
        for name, value in columns.items()
    ]
    rows = [
        held | _score_row(edition, account, found, explained)
        for account, each in scores.items()
        for found, explained in each
    ]
    fresh = lake.append("measures", values, batch=f"measures|{edition.name}")
    return lake.append("scores", rows, batch=f"scores|{edition.name}") or fresh


def publish_kpis(lake: Lake, edition: Edition, results: Mapping[tuple[str, str], Result]) -> bool:
    """Keep an edition's KPIs by scope and key, without their rows, which are found again. False where they were."""
    held = _common(edition)
    rows = [
        held
        | {
            "scope": scope,
            "kpi": kpi,
            "value": None if found.value is None else float(found.value),
            "at_least": found.at_least,
            "count": found.count,
            "unknown": found.unknown,
            "open": found.open,
            "key": f"{edition.name}|{scope}|{kpi}",
        }
        for (scope, kpi), found in results.items()
    ]
    return lake.append("kpis", rows, batch=f"kpis|{edition.name}")


@dataclass(frozen=True, slots=True)
class Figure:
    """A KPI's figure without its rows, as it was published: see `tenure.measures.kpis.Result`."""

    value: Decimal | None
    at_least: bool
    count: int
    unknown: int
    open: int


def kpis_on(
    lake: Lake, days: Collection[date], scopes: Collection[str], *, known_through: datetime | None = None
) -> dict[tuple[date, str, str], Figure]:
    """The KPIs of some days and scopes by day, scope and key; days without an edition are absent."""
    if not days:
        return {}
    rows = lake.read("kpis", days=(min(days), max(days)))
    rows = rows.filter(rows.day.isin(sorted(days)), rows.scope.isin(sorted(scopes)))
    if known_through is not None:
        rows = rows.filter(rows.known_through <= ibis.literal(known_through))
    kept: dict[tuple[date, str, str], dict[str, Any]] = {}
    for row in lake.execute(rows).to_pylist():
        key = (row["day"], row["scope"], row["kpi"])
        if key not in kept or _age(row) > _age(kept[key]):
            kept[key] = row
    return {key: _figure(row) for key, row in kept.items()}


def _figure(row: Mapping[str, Any]) -> Figure:
    value = None if row["value"] is None else Decimal(str(row["value"])).quantize(HUNDREDTH)
    return Figure(value, row["at_least"], row["count"], row["unknown"], row["open"])


def _common(edition: Edition) -> dict[str, Any]:
    return {
        "edition": edition.name,
        "day": edition.day,
        "known_through": edition.known_through,
        "blueprint_version": str(edition.blueprint_version),
        "engine_version": str(edition.engine_version),
        "published_at": clock.now(),
    }


def _score_row(edition: Edition, account: str, found: Score, explained: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "account_id": account,
        "card": found.card,
        "card_version": found.version,
        "score": None if found.value is None else float(found.value),
        "band": found.band,
        "coverage": float(found.coverage),
        "explanation": json.dumps(explained, separators=(",", ":")),
        "key": f"{edition.name}|{account}|{found.card}",
    }


def scores_on(
    lake: Lake, day: date, *, known_through: datetime | None = None, accounts: Collection[str] | None = None
) -> list[Published]:
    """The scores of a day from the newest edition of it, or the newest that was known at a moment; of some accounts."""
    rows = _of(lake.read("scores", days=(day, day)), accounts)
    if known_through is not None:
        rows = rows.filter(rows.known_through <= ibis.literal(known_through))
    return _newest(lake.execute(rows))


def bands_on(
    lake: Lake,
    days: Collection[date],
    card: str,
    *,
    accounts: Collection[str] | None = None,
    known_through: datetime | None = None,
) -> dict[tuple[str, date], tuple[Decimal | None, str]]:
    """Score and band per account and day on one card, without explanations; days without an edition are absent."""
    if not days:
        return {}
    rows = _of(lake.read("scores", days=(min(days), max(days))), accounts)
    rows = rows.filter(rows.card == card, rows.day.isin(sorted(days)))
    if known_through is not None:
        rows = rows.filter(rows.known_through <= ibis.literal(known_through))
    wanted = rows.select("account_id", "day", "card", "known_through", "published_at", "score", "band")
    return {
        (row["account_id"], row["day"]): (None if row["score"] is None else Decimal(str(row["score"])), row["band"])
        for row in _only_newest(lake.execute(wanted), "card")
    }


def series_of(
    lake: Lake, account: str, names: Collection[str], days: Collection[date]
) -> dict[str, dict[date, float | None]]:
    """One account's measures by column key and day, as each day's newest edition has them."""
    if not days or not names:
        return {}
    rows = _of(lake.read("measures", days=(min(days), max(days))), [account])
    rows = rows.filter(rows.name.isin(sorted(names)), rows.day.isin(sorted(days)))
    found: dict[str, dict[date, float | None]] = {}
    for row in _only_newest(lake.execute(rows), "name"):
        found.setdefault(row["name"], {})[row["day"]] = row["value"]
    return found


def _of(rows: ibis.Table, accounts: Collection[str] | None) -> ibis.Table:
    return rows if accounts is None else rows.filter(rows.account_id.isin(sorted(accounts)))


def history(lake: Lake, account: str, card: str, first: date, last: date) -> list[Published]:
    """One account's scores on one card from day to day, oldest first; days without an edition are absent."""
    rows = lake.read("scores", days=(first, last))
    return _newest(lake.execute(rows.filter(rows.account_id == account, rows.card == card)))


def measures_on(
    lake: Lake,
    day: date,
    *,
    known_through: datetime | None = None,
    accounts: Collection[str] | None = None,
    names: Collection[str] | None = None,
) -> dict[str, dict[str, float | None]]:
    """Per account the measures of the newest edition of a day, by column key; of all accounts or some, all or some."""
    rows = _of(lake.read("measures", days=(day, day)), accounts)
    if names is not None:
        rows = rows.filter(rows.name.isin(sorted(names)))
    if known_through is not None:
        rows = rows.filter(rows.known_through <= ibis.literal(known_through))
    found: dict[str, dict[str, float | None]] = {}
    for row in _only_newest(lake.execute(rows), "name"):
        found.setdefault(row["account_id"], {})[row["name"]] = row["value"]
    return found


def _newest(rows: pa.Table) -> list[Published]:
    """Of every account, day and card the row of the newest edition, in order of day and account."""
    kept = _only_newest(rows, "card")
    return [
        Published(
            row["account_id"],
            row["day"],
            row["card"],
            None if row["score"] is None else Decimal(str(row["score"])),
            row["band"],
            Decimal(str(row["coverage"])),
            json.loads(row["explanation"]),
        )
        for row in sorted(kept, key=lambda row: (row["day"], row["account_id"], row["card"]))
    ]


def _only_newest(rows: pa.Table, name: str) -> list[dict[str, Any]]:
    kept: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows.to_pylist():
        key = (row["account_id"], row["day"], row[name])
        if key not in kept or _age(row) > _age(kept[key]):
            kept[key] = row
    return list(kept.values())


def _age(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """What makes an edition newer: what was known, then when it was published (later rules are published later)."""
    return row["known_through"], row["published_at"]

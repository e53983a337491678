"""Real files that nobody here wrote: all of them is loaded or set aside, and what is odd is counted right.

An independent reading by pandas says what must come out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from django.db import transaction
from django.test.utils import override_settings

from tenure.facts.lake import Lake
from tenure.identity.actor import Actor
from tenure.identity.company import install
from tenure.identity.ledger import LedgerEntry
from tenure.records.account import Account
from tenure.records.contract import Contract
from tenure.records.issue import Issue
from tenure.sources.engine.running import run_import
from tenure.sources.importing import GivenFile, load, prepare, start_import
from tenure.sources.imports import Import, ImportRow, Link
from tenure.sources.quality import findings
from tenure.sources.spool import drain
from tests.cast import at, blueprint

ROOT = Path(__file__).parents[2]
DATA = ROOT / ".." / "shared" / "data" / "ravenstack"
MAPPING = ROOT / "examples" / "ravenstack" / "mapping.yaml"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not DATA.is_dir(), reason=f"the ravenstack data set is not at {DATA}: its import is NOT proven here"
    ),
]


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(DATA / f"ravenstack_{name}.csv", encoding="utf-8-sig", dtype=str, keep_default_na=False)


def days(column: pd.Series) -> pd.Series:
    return pd.to_datetime(column, format="%d-%m-%Y", errors="coerce")


@dataclass(frozen=True)
class World:
    first: Import
    again: Import
    facts_after_first: int
    facts_after_again: int
    lake: Lake
    odd: dict[str, Any]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The five files imported twice, once for all tests of this module, and rolled back at its end."""
    home = tmp_path_factory.mktemp("home")
    tiers = {key: {"label": key.capitalize()} for key in ("basic", "pro", "enterprise")}
    with django_db_blocker.unblock(), override_settings(HOME=home), transaction.atomic():
        install(blueprint(tiers=tiers), files={}, folder="cast")
        actor = Actor.machine("test")
        loaded = load(MAPPING)
        given = [GivenFile.at(path) for path in sorted(DATA.glob("*.csv"))]
        runs, facts = [], []
        with Lake.open(f"sqlite:///{home / 'catalog.sqlite3'}", home / "warehouse", zone="America/New_York") as lake:
            for _ in range(2):
                started = start_import(prepare(loaded, given, actor), actor=actor)
                run_import(started)
                while drain(lake):
                    pass
                runs.append(started)
                facts.append(LedgerEntry.objects.exclude(account_id=None).count())
            odd = {f"{each.file}.{each.check}": each for each in findings(actor)}
            yield World(runs[0], runs[1], facts[0], facts[1], lake, odd)
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _in_the_same_database(world: World, db: None) -> None:
    """Each test sees what the module has imported."""


@pytest.mark.requirement("P-09")
def test_every_row_is_loaded_or_set_aside(world: World) -> None:
    files = {"accounts": 500, "subscriptions": 5_000, "usage": 25_000, "tickets": 2_000, "churn_events": 600}
    assert {file: world.first.counts[file]["read"] for file in files} == files
    for file, rows in files.items():
        counts = world.first.counts[file]
        assert counts.get("made", 0) + counts.get("quarantined", 0) == rows, file
    assert world.first.totals["quarantined"] == ImportRow.objects.filter(severity="quarantine").count() == 21
    assert all(row.reasons for row in ImportRow.objects.filter(severity="quarantine"))
    assert (Account.objects.count(), Contract.objects.count(), Issue.objects.count()) == (500, 5_000, 2_000)
    assert LedgerEntry.objects.filter(kind="account.churned").count() == 600
    events = world.lake.execute(world.lake.read("events", columns=["key", "count"]))
    assert events.num_rows == 24_979
    assert len(set(events["key"].to_pylist())) == 24_979


@pytest.mark.requirement("P-09", "O-11")
def test_repeated_usage_ids_are_set_aside(world: World) -> None:
    usage = table("feature_usage")
    repeated = usage[usage.usage_id.duplicated()]
    assert len(repeated) == 21
    found = world.odd["usage.key_repeated"]
    assert (found.rows, found.open, found.severity, found.label) == (21, 21, "quarantine", "The usage id repeats")
    # The first row of a frame stands on line 2 of its file.
    rows = ImportRow.objects.filter(severity="quarantine").order_by("line")
    assert [(row.line, row.key) for row in rows] == [(line + 2, key) for line, key in repeated.usage_id.items()]


@pytest.mark.requirement("P-09", "O-11")
def test_usage_before_the_subscription_began_is_counted(world: World) -> None:
    joined = table("feature_usage").merge(table("subscriptions"), on="subscription_id")
    too_early = days(joined.usage_date) < days(joined.start_date)
    too_late = days(joined.usage_date) > days(joined.end_date)
    assert (too_early.sum(), too_late.sum()) == (19_142, 290)
    assert world.odd["usage.after_start"].rows == 19_142
    assert world.odd["usage.before_end"].rows == 290
    assert world.odd["usage.after_start"].checked == 25_000


@pytest.mark.requirement("P-09", "O-11")
def test_tickets_before_sign_up_are_counted(world: World) -> None:
    joined = table("supports_ticket").merge(table("accounts"), on="account_id")
    assert (days(joined.submitted_at) < days(joined.signup_date)).sum() == 1_077
    late = joined.first_response_time_minutes.astype(float) > joined.resolution_time_hours.astype(float) * 60
    assert world.odd["tickets.after_sign_up"].rows == 1_077
    assert world.odd["tickets.answered_before_closed"].rows == late.sum() == 36


@pytest.mark.requirement("P-09", "O-11")
def test_churn_flags_that_contradict_churn_events_are_counted(world: World) -> None:
    accounts, churned = table("accounts"), set(table("churn_events").account_id)
    contradicts = (accounts.churn_flag == "TRUE") != accounts.account_id.isin(churned)
    assert contradicts.sum() == 312
    found = world.odd["accounts.churn_flag_agrees"]
    assert (found.rows, found.checked) == (312, 500)
    marked = ImportRow.objects.filter(file="accounts").values_list("key", flat=True)
    assert set(marked) == set(accounts[contradicts].account_id)


def test_nothing_else_is_odd(world: World) -> None:
    assert set(world.odd) == {
        "usage.key_repeated",
        "usage.after_start",
        "usage.before_end",
        "tickets.after_sign_up",
        "tickets.answered_before_closed",
        "accounts.churn_flag_agrees",
    }


@pytest.mark.requirement("P-09")
def test_rows_read_by_eye(world: World) -> None:
    """Three rows of the files, copied by hand.

    A-2e4581,Company_0,EdTech,US,16-10-2024,partner,Basic,9,FALSE,FALSE
    S-8cec59,A-3c1a3f,23-12-2023,12-04-2024,Enterprise,14,2786,33432,FALSE,FALSE,FALSE,TRUE,monthly,TRUE
    T-0024de,A-712f1c,27-07-2023,28-07-2023 03:00,27,high,74,,FALSE
    """
    account = Account.objects.get(pk=Link.objects.get(noun="account", key="A-2e4581").subject_id)
    assert (account.name, account.industry, account.country, account.source) == ("Company_0", "EdTech", "US", "partner")
    assert (account.tier, account.seats, account.trial, account.started_on.isoformat()) == (
        "basic",
        9,
        False,
        "2024-10-16",
    )

    contract = Contract.objects.get(pk=Link.objects.get(noun="contract", key="S-8cec59").subject_id)
    assert (contract.amount, contract.tier, contract.billing, contract.status) == (
        33432,
        "enterprise",
        "monthly",
        "ended",
    )
    assert (contract.starts_on.isoformat(), contract.ends_on.isoformat()) == ("2023-12-23", "2024-04-12")
    ended = LedgerEntry.objects.get(kind="contract.ended", subject_id=contract.pk)
    assert (ended.happened_at, ended.known_at) == (at("2024-04-12 00:00"), at("2024-04-12 00:00"))
    assert (ended.data["churned"], ended.data["amount_before"]) == (True, 33432.0)

    issue = Issue.objects.get(title="Ticket T-0024de")
    assert (issue.severity, issue.satisfaction, issue.escalated) == ("high", None, False)
    assert issue.opened_at == at("2023-07-27 00:00")
    assert issue.responded_at == at("2023-07-27 01:14")  # 74 minutes
    assert issue.resolved_at == at("2023-07-28 03:00")

    # U-1c6c24,S-0fcf7d,27-07-2023,feature_20,9,5004,0,FALSE
    columns = ["key", "name", "count", "seconds", "errors", "properties", "happened_at"]
    rows = world.lake.execute(world.lake.read("events", columns=columns)).to_pylist()
    [row] = [each for each in rows if each["key"] == "ravenstack/usage/U-1c6c24"]
    assert (row["name"], row["count"], row["seconds"], row["errors"]) == ("feature_20", 9.0, 5004.0, 0.0)
    assert (row["properties"], row["happened_at"]) == ('{"beta": false}', at("2023-07-27 00:00"))


@pytest.mark.requirement("P-09")
def test_sums_agree_with_the_files(world: World) -> None:
    usage = table("feature_usage")
    kept = usage[~usage.usage_id.duplicated()]
    rows = world.lake.execute(world.lake.read("events", columns=["count", "seconds", "errors"])).to_pandas()
    assert rows["count"].sum() == kept.usage_count.astype(int).sum()
    assert rows["seconds"].sum() == kept.usage_duration_secs.astype(int).sum()
    assert rows["errors"].sum() == kept.error_count.astype(int).sum()
    subscriptions = table("subscriptions")
    amounts = sum(Contract.objects.values_list("amount", flat=True))
    assert amounts == int(subscriptions.arr_amount.astype(int).sum())
    ended = subscriptions[subscriptions.end_date != ""]
    assert Contract.objects.filter(status="ended").count() == len(ended) == 486
    refunds = sum(
        entry["refund"] for entry in LedgerEntry.objects.filter(kind="account.churned").values_list("data", flat=True)
    )
    assert refunds == pytest.approx(table("churn_events").refund_amount_usd.astype(float).sum())


@pytest.mark.requirement("P-09")
def test_importing_them_again_changes_nothing(world: World) -> None:
    assert world.facts_after_again == world.facts_after_first
    totals = world.again.totals
    assert (totals["made"], totals["changed"], totals["unchanged"], totals["quarantined"]) == (0, 0, 33_079, 21)
    assert Link.objects.count() == 500 + 5_000 + 24_979 + 2_000 + 600
    assert world.odd["usage.after_start"].rows == 19_142  # each counted once
    assert len(world.odd["usage.after_start"].imports) == 2


def test_usage_is_covered_on_every_day_of_the_files(world: World) -> None:
    rows = world.lake.execute(world.lake.read("coverage")).to_pylist()
    usage = [row for row in rows if row["relation"] == "events"]
    # 1 January 2023 to 31 December 2024 are 731 days, which both imports cover and one says.
    assert len(usage) == len({row["from_day"] for row in usage}) == 731
    assert (
        min(row["from_day"] for row in usage).isoformat(),
        max(row["through_day"] for row in usage).isoformat(),
    ) == (
        "2023-01-01",
        "2024-12-31",
    )

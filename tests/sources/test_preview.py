"""A look at an import says what it would do, and writes nothing."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.base.errors import Refused
from tenure.identity.ledger import LedgerEntry
from tenure.records.account import Account
from tenure.sources.importing import load, look, prepare
from tenure.sources.imports import Import, ImportRow, Link
from tenure.sources.parcels import Parcel
from tests.cast import Cast
from tests.sources.conftest import ACCOUNTS, CHURNS, MAPPING, TICKETS, USAGE, Importing


@pytest.mark.requirement("P-09")
def test_counts_and_samples_without_a_write(cast: Cast, files) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        seen = look(load(MAPPING), files(accounts=ACCOUNTS, tickets=TICKETS, churns=CHURNS, usage=USAGE))
    assert [query["sql"] for query in queries if not query["sql"].startswith("SELECT")] == []
    assert seen["totals"] == {
        "read": 11,
        "made": 8,
        "changed": 0,
        "unchanged": 0,
        "quarantined": 2,
        "flagged": 0,
        "duplicates": 0,
        "left_out": 1,
    }
    tickets = seen["files"]["tickets"]
    assert {code: found["count"] for code, found in tickets["findings"].items()} == {
        "closed_later": 1,
        "unknown_account": 1,
    }
    assert tickets["samples"][0] == {
        "line": 2,
        "makes": [
            {
                "noun": "issue",
                "key": "T1",
                "account": "A1",
                "told": [
                    {
                        "do": "issue.open",
                        "arguments": {"title": "Ticket T1", "severity": "urgent"},
                        "happened_at": "2026-01-10T09:00:00+00:00",
                    },
                    {"do": "issue.resolve", "arguments": {}, "happened_at": "2026-01-10T11:00:00+00:00"},
                ],
                "row": {},
            }
        ],
    }


def test_columns_that_nobody_reads_are_named(cast: Cast, files) -> None:
    wider = "".join(f"{line},{word}\n" for line, word in zip(ACCOUNTS.splitlines(), ("phone", "1", "2"), strict=True))
    assert look(load(MAPPING), files(accounts=wider))["files"]["accounts"]["ignored"] == ["phone"]


def test_a_check_that_joins_an_absent_file_is_said_not_to_be_made(cast: Cast, importing: Importing, files) -> None:
    importing(accounts=ACCOUNTS)
    seen = look(load(MAPPING), files(tickets=TICKETS))
    found = seen["files"]["tickets"]["findings"]
    assert found["after_sign_up"]["is_unchecked"] is True
    assert seen["totals"]["made"] == 2


def test_what_was_imported_before_is_seen(cast: Cast, importing: Importing, files) -> None:
    importing(accounts=ACCOUNTS, tickets=TICKETS)
    changed = TICKETS.replace("P1", "P2")
    seen = look(load(MAPPING), files(accounts=ACCOUNTS, tickets=changed))["totals"]
    assert (seen["made"], seen["changed"], seen["unchanged"]) == (0, 1, 3)


def test_an_argument_of_the_wrong_type_is_seen_before_anything_runs(cast: Cast, files) -> None:
    mapping = MAPPING.replace("tier: tier, seats: seats", "tier: tier, seats: name")
    found = look(load(mapping), files(accounts=ACCOUNTS))["files"]["accounts"]["findings"]
    assert found["invalid"]["count"] == 2


def test_preparing_keeps_the_files_and_imports_nothing(cast: Cast, files) -> None:
    prepared = prepare(load(MAPPING), files(accounts=ACCOUNTS, usage=USAGE), cast.actor("olive"))
    assert prepared.status == "previewed"
    assert prepared.header_of("usage") == ["id", "account", "day", "feature", "clicks"]
    assert [(file["key"], file["name"], file["size"]) for file in prepared.files] == [
        ("accounts", "accounts.csv", len(ACCOUNTS)),
        ("usage", "usage.csv", len(USAGE)),
    ]
    assert sorted(path.name for path in prepared.folder.iterdir()) == ["0.csv", "1.csv"]
    assert not (
        Account.objects.exists() or Link.objects.exists() or ImportRow.objects.exists() or Parcel.objects.exists()
    )
    assert [entry.kind for entry in LedgerEntry.objects.all()] == ["import.prepared"]


def test_a_file_without_a_column_that_the_mapping_names_is_refused(cast: Cast, files) -> None:
    with pytest.raises(Refused, match=r"accounts.csv:1: There is no column Account Name \(near: Account name\)"):
        prepare(load(MAPPING), files(accounts=ACCOUNTS.replace("Account Name", "Account name")), cast.actor("olive"))
    assert not Import.objects.exists()

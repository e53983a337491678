"""A whole import is undone: its facts are retracted, what it made goes, what it changed is as before."""

import pytest

from tenure.base.errors import Refused
from tenure.identity.accounts import AccountAnchor, Assignment
from tenure.identity.ledger import LedgerEntry
from tenure.identity.operations import perform
from tenure.records.account import Account
from tenure.records.issue import Issue
from tenure.sources.engine.undoing import run_undo
from tenure.sources.engine.work import advance
from tenure.sources.importing import load, prepare, start_import, undo_import
from tenure.sources.imports import Finding, Import, ImportedAct, ImportRow, Link
from tenure.sources.spool import drain
from tests.cast import Cast, at
from tests.sources.conftest import ACCOUNTS, CHURNS, MAPPING, TICKETS, USAGE, Importing, rows_of

EVERYTHING = {"accounts": ACCOUNTS, "tickets": TICKETS, "churns": CHURNS, "usage": USAGE}


def undo(imported: Import, cast: Cast, **options: bool) -> Import:
    undo_import(imported, actor=cast.actor("olive"), **options)
    run_undo(imported)
    imported.refresh_from_db()
    return imported


def standing() -> list[str]:
    """The kinds of the facts of accounts that stand."""
    entries = list(LedgerEntry.objects.exclude(account_id=None).order_by("id"))
    gone = {entry.retracts for entry in entries}
    return [entry.kind for entry in entries if entry.pk not in gone and entry.retracts is None]


def drained(lake) -> None:
    while drain(lake):
        pass


@pytest.mark.requirement("P-09", "P-02")
def test_nothing_of_an_undone_import_stands(cast: Cast, importing: Importing, lake) -> None:
    done = importing(**EVERYTHING)
    drained(lake)
    assert len(rows_of(lake, "events")) == 3
    undone = undo(done, cast)
    drained(lake)
    assert undone.status == "undone"
    assert standing() == []
    for table in (Account, AccountAnchor, Issue, Assignment, Link, ImportRow, ImportedAct, Finding):
        assert not table.objects.exists(), table
    assert rows_of(lake, "events") == rows_of(lake, "coverage") == []
    assert not undone.folder.exists()


@pytest.mark.requirement("P-03")
def test_whoever_asks_for_the_past_sees_nothing_of_an_undone_import(cast: Cast, importing: Importing, lake) -> None:
    done = importing(**EVERYTHING)
    undo(done, cast)
    drained(lake)
    assert rows_of(lake, "events", known_through=at("2026-02-01 00:00")) == []
    opened = LedgerEntry.objects.filter(kind="issue.opened").first()
    taken = LedgerEntry.objects.get(retracts=opened.pk)
    assert (taken.kind, taken.happened_at, taken.known_at) == ("issue.withdrawn", opened.happened_at, opened.known_at)


def test_the_ledger_says_what_was_undone_and_by_whom(cast: Cast, importing: Importing) -> None:
    undo(importing(**EVERYTHING), cast)
    assert LedgerEntry.objects.get(kind="import.undo_started").actor_id == cast.olive.pk
    said = LedgerEntry.objects.get(kind="import.undone").data
    # Facts: 2 accounts, 1 assignment, 2 issues opened, 1 resolved, 1 churn. Rows: 2 accounts, 2 issues, 3 events.
    assert (said["facts"], said["rows"], said["kept"]) == (7, 7, 0)


def test_an_undone_import_can_be_imported_again(cast: Cast, importing: Importing, lake) -> None:
    first = importing(**EVERYTHING)
    drained(lake)
    undo(first, cast)
    drained(lake)
    again = importing(**EVERYTHING)
    drained(lake)
    assert again.totals["made"] == 8
    assert [row["key"] for row in rows_of(lake, "events")] == ["crm/use/U1", "crm/use/U2", "crm/use/U3"]
    assert len(rows_of(lake, "coverage")) == 3


@pytest.mark.requirement("P-09")
def test_what_a_later_import_changed_is_put_back_when_that_is_undone(cast: Cast, importing: Importing) -> None:
    importing(accounts=ACCOUNTS, tickets=TICKETS)
    later = importing(
        accounts=ACCOUNTS.replace("Ashdown,Core,10", "Ashdown & Co,Growth,12"),
        tickets=TICKETS.replace("11-01-2026 09:00,,P2", "11-01-2026 09:00,14-01-2026 09:00,P2"),
    )
    undo(later, cast)
    ashdown = Account.objects.get(name="Ashdown")
    assert (ashdown.tier, ashdown.seats) == ("core", 10)
    issue = Issue.objects.get(title="Ticket T2")
    assert (issue.status, issue.resolved_at) == ("open", None)
    assert "account.changed" not in standing()
    # The links are as the first import left them, so the later files change the same things again.
    third = importing(accounts=ACCOUNTS.replace("Ashdown,Core,10", "Ashdown & Co,Growth,12"))
    assert third.by_noun == {"account": {"changed": 1, "unchanged": 1}}


@pytest.mark.requirement("P-09")
def test_rows_on_which_people_built_are_named(cast: Cast, importing: Importing) -> None:
    done = importing(**EVERYTHING)
    ashdown = Account.objects.get(name="Ashdown")
    perform("note.log", ashdown, {"text": "Spoke with the owner."}, cast.actor("alice"))
    with pytest.raises(Refused) as refused:
        undo_import(done, actor=cast.actor("olive"))
    assert (refused.value.code, refused.value.field) == ("built_upon", "keep")
    today = LedgerEntry.objects.get(kind="note.logged").happened_at.date().isoformat()
    assert f"on 1 of its rows: Ashdown (“Note” was done on {today})." in refused.value.message
    done.refresh_from_db()
    assert done.status == "done"


@pytest.mark.requirement("P-09")
def test_rows_on_which_people_built_are_kept_where_that_is_wanted(cast: Cast, importing: Importing, lake) -> None:
    done = importing(**EVERYTHING)
    ashdown = Account.objects.get(name="Ashdown")
    note = perform("note.log", ashdown, {"text": "Spoke with the owner."}, cast.actor("alice"))
    undone = undo(done, cast, keep=True)
    assert list(Account.objects.values_list("name", flat=True)) == ["Ashdown"]
    note.refresh_from_db()
    assert not Issue.objects.exists()
    assert set(standing()) == {"account.created", "note.logged", "assignment.started"}
    assert LedgerEntry.objects.get(kind="import.undone").data["kept"] == 1
    # The key still leads to the account that was kept.
    assert Link.objects.get().subject_id == ashdown.pk
    assert undone.status == "undone"


def test_a_field_that_somebody_changed_since_is_named(cast: Cast, importing: Importing) -> None:
    importing(accounts=ACCOUNTS)
    later = importing(accounts=ACCOUNTS.replace("Ashdown,Core,10", "Ashdown,Core,12"))
    perform("account.change", Account.objects.get(name="Ashdown"), {"seats": 15}, cast.actor("alice"))
    with pytest.raises(Refused, match="seats changed since"):
        undo_import(later, actor=cast.actor("olive"))
    undo(later, cast, keep=True)
    assert Account.objects.get(name="Ashdown").seats == 15


def test_the_first_import_is_not_undone_under_a_later_one(cast: Cast, importing: Importing) -> None:
    first = importing(accounts=ACCOUNTS)
    importing(tickets=TICKETS)
    with pytest.raises(Refused, match="another import of Our CRM brought its issue T1"):
        undo_import(first, actor=cast.actor("olive"))


def test_an_import_that_still_runs_is_stopped_and_undone(cast: Cast, files) -> None:
    started = start_import(
        prepare(load(MAPPING), files(accounts=ACCOUNTS), cast.actor("olive")), actor=cast.actor("olive")
    )
    undo_import(started, actor=cast.actor("olive"))
    assert advance() is True
    started.refresh_from_db()
    assert (started.status, Account.objects.count()) == ("undone", 0)


def test_an_import_is_undone_once(cast: Cast, importing: Importing) -> None:
    undone = undo(importing(accounts=ACCOUNTS), cast)
    with pytest.raises(Refused, match="undone"):
        undo_import(undone, actor=cast.actor("olive"))


def test_days_that_another_import_covers_stay_covered(cast: Cast, importing: Importing, lake) -> None:
    importing(accounts=ACCOUNTS, usage=USAGE)
    longer = importing(usage=USAGE + "U4,A2,2026-01-24,export,2\n")
    drained(lake)
    assert len(rows_of(lake, "coverage")) == 5  # 20 to 24 January
    undo(longer, cast)
    drained(lake)
    assert [row["from_day"].day for row in rows_of(lake, "coverage")] == [20, 21, 22]

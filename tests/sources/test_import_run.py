"""An import tells facts through the same operations as anyone, once, at the moments that the file states."""

import socket
from datetime import UTC, datetime, timedelta

import pytest

from tenure.base.errors import Forbidden, Refused
from tenure.identity.accounts import AccountAnchor, Assignment
from tenure.identity.ledger import LedgerEntry
from tenure.records.account import Account
from tenure.records.issue import Issue
from tenure.sources.engine import running
from tenure.sources.engine.planning import FilePlan
from tenure.sources.engine.running import Overtaken, run_import
from tenure.sources.engine.work import advance
from tenure.sources.importing import load, prepare, start_import
from tenure.sources.imports import Import, ImportRow, Link
from tenure.sources.spool import drain
from tests.cast import Cast, at
from tests.sources.conftest import ACCOUNTS, CHURNS, MAPPING, TICKETS, USAGE, Importing, rows_of

EVERYTHING = {"accounts": ACCOUNTS, "tickets": TICKETS, "churns": CHURNS, "usage": USAGE}


def told() -> list[tuple[str, str, str]]:
    """What stands in the ledger of accounts and issues: kind, when it happened, when it was known."""
    entries = LedgerEntry.objects.exclude(account_id=None).order_by("id")
    return [(entry.kind, f"{entry.happened_at:%m-%d %H:%M}", f"{entry.known_at:%m-%d %H:%M}") for entry in entries]


@pytest.mark.requirement("P-09")
def test_every_row_is_loaded_or_set_aside_with_its_reason(cast: Cast, importing: Importing) -> None:
    done = importing(**EVERYTHING)
    assert done.status == "done"
    # T1 and T2 load; T3 closes before it opens, T4 has no account; T5 is spam.
    assert done.counts["tickets"] == {"read": 5, "made": 2, "quarantined": 2, "left_out": 1, "flagged": 0}
    assert done.totals == {
        "read": 11,
        "made": 8,
        "changed": 0,
        "unchanged": 0,
        "quarantined": 2,
        "flagged": 0,
        "duplicates": 0,
        "left_out": 1,
    }
    assert done.by_noun == {"account": {"made": 2}, "issue": {"made": 2}, "churn": {"made": 1}, "use": {"made": 3}}
    aside = {row.key: row for row in ImportRow.objects.all()}
    assert {key: row.reasons[0]["code"] for key, row in aside.items()} == {
        "T3": "closed_later",
        "T4": "unknown_account",
    }
    assert aside["T3"].reasons[0]["mend"] == "Correct one of the two moments."
    assert (aside["T4"].line, aside["T4"].raw["account"]) == (5, "A9")


@pytest.mark.requirement("P-02", "P-09")
def test_facts_carry_the_moments_that_the_file_states(cast: Cast, importing: Importing) -> None:
    importing(**EVERYTHING)
    assert told()[2:] == [
        ("account.created", "01-06 00:00", "01-06 00:00"),
        ("issue.opened", "01-10 09:00", "01-10 09:00"),
        ("issue.resolved", "01-10 11:00", "01-10 11:00"),
        ("issue.opened", "01-11 09:00", "01-11 09:00"),
        ("account.churned", "02-01 00:00", "02-01 00:00"),
    ]
    first, second = told()[:2]
    assert first == ("account.created", "01-05 00:00", "01-05 00:00")
    assert second[0] == "assignment.started"
    # An assignment says no moment of its own: it was known at import.
    assert LedgerEntry.objects.get(kind="assignment.started").known_at > at("2026-02-01 00:00")


def test_rows_are_told_by_the_system_and_the_importer_stands_in_the_ledger(cast: Cast, importing: Importing) -> None:
    importing(by=cast.actor("olive"), accounts=ACCOUNTS)
    assert LedgerEntry.objects.get(kind="import.started").actor_id == cast.olive.pk
    assert set(LedgerEntry.objects.filter(kind="account.created").values_list("actor_id", flat=True)) == {None}


@pytest.mark.requirement("P-05")
def test_who_may_not_import_prepares_nothing(cast: Cast, files) -> None:
    with pytest.raises(Forbidden):
        prepare(load(MAPPING), files(accounts=ACCOUNTS), cast.actor("alice"))
    assert not Import.objects.exists()


def test_an_import_is_run_once(cast: Cast, importing: Importing) -> None:
    done = importing(accounts=ACCOUNTS)
    with pytest.raises(Refused, match="done"):
        start_import(done, actor=cast.actor("olive"))


def test_references_and_colleagues_become_ids(cast: Cast, importing: Importing) -> None:
    importing(**EVERYTHING)
    ashdown = Account.objects.get(name="Ashdown")
    assert (ashdown.tier, ashdown.seats, ashdown.started_on.isoformat()) == ("core", 10, "2026-01-05")
    assert Assignment.objects.get().person_id == cast.alice.pk
    assert Issue.objects.get(title="Ticket T1").account_id == ashdown.pk
    assert Link.objects.get(noun="account", key="A1").subject_id == ashdown.pk


def test_what_an_operation_refuses_is_set_aside_and_the_rest_goes_on(cast: Cast, importing: Importing) -> None:
    accounts = ACCOUNTS.replace("Ashdown,Core", "Ashdown,Platinum").replace("alice", "alice")
    done = importing(accounts=accounts)
    row = ImportRow.objects.get()
    assert (row.key, row.reasons[0]["code"], row.reasons[0]["field"]) == ("A1", "unknown_tier", "tier")
    assert list(Account.objects.values_list("name", flat=True)) == ["Birch"]
    assert done.totals["made"] == 1


def test_a_row_is_granted_whole_or_not_at_all(cast: Cast, importing: Importing) -> None:
    # The account could be made, but its owner is nobody of ours.
    importing(accounts=ACCOUNTS.replace("alice@example.com", "nobody@example.com"))
    assert list(Account.objects.values_list("name", flat=True)) == ["Birch"]
    assert not Link.objects.filter(key="A1").exists()
    assert LedgerEntry.objects.filter(kind="account.created").count() == 1


@pytest.mark.requirement("P-09")
def test_importing_the_same_files_again_changes_nothing(cast: Cast, importing: Importing, lake) -> None:
    importing(**EVERYTHING)
    while drain(lake):
        pass
    stored = lake.current("coverage").metadata.current_snapshot_id
    before = (told(), Link.objects.count(), ImportRow.objects.count(), rows_of(lake, "events"))
    again = importing(**EVERYTHING)
    while drain(lake):
        pass
    assert (told(), Link.objects.count(), ImportRow.objects.count(), rows_of(lake, "events")) == before
    assert lake.current("coverage").metadata.current_snapshot_id == stored
    assert again.totals | {"quarantined": 0, "left_out": 0} == {
        "read": 11,
        "made": 0,
        "changed": 0,
        "unchanged": 8,
        "quarantined": 0,
        "flagged": 0,
        "duplicates": 0,
        "left_out": 0,
    }


def test_a_changed_row_changes_what_it_made(cast: Cast, importing: Importing) -> None:
    importing(accounts=ACCOUNTS)
    again = importing(accounts=ACCOUNTS.replace("Core,10", "Growth,"))
    assert again.by_noun == {"account": {"changed": 1, "unchanged": 1}}
    ashdown = Account.objects.get(name="Ashdown")
    assert (ashdown.tier, ashdown.seats) == ("growth", None)
    changed = LedgerEntry.objects.get(kind="account.changed")
    # A change is known when it is imported; the file says no moment for it.
    assert changed.happened_at >= again.started_at
    assert changed.known_at >= again.started_at
    assert (changed.data["tier"], changed.data["seats"]) == ("growth", None)
    assert Account.objects.count() == AccountAnchor.objects.count() == 2


def test_a_step_that_a_row_tells_later_follows(cast: Cast, importing: Importing) -> None:
    importing(accounts=ACCOUNTS, tickets=TICKETS)
    importing(tickets=TICKETS.replace("11-01-2026 09:00,,P2", "11-01-2026 09:00,14-01-2026 09:00,P2"))
    issue = Issue.objects.get(title="Ticket T2")
    assert issue.is_resolved
    assert told()[-1] == ("issue.resolved", "01-14 09:00", "01-14 09:00")


@pytest.mark.requirement("P-02")
def test_a_step_that_a_row_tells_otherwise_is_taken_back_and_told_anew(cast: Cast, importing: Importing) -> None:
    importing(accounts=ACCOUNTS, tickets=TICKETS)
    first = LedgerEntry.objects.get(kind="issue.resolved")
    importing(tickets=TICKETS.replace("10-01-2026 11:00", "10-01-2026 15:00"))
    issue = Issue.objects.get(title="Ticket T1")
    assert issue.resolved_at == at("2026-01-10 15:00")
    withdrawn = LedgerEntry.objects.get(kind="issue.withdrawn")
    assert (withdrawn.retracts, withdrawn.data["fact"]) == (first.pk, "issue.resolved")
    assert LedgerEntry.objects.filter(kind="issue.resolved").latest("id").happened_at == at("2026-01-10 15:00")


def test_a_step_that_a_row_tells_no_more_is_taken_back(cast: Cast, importing: Importing) -> None:
    importing(accounts=ACCOUNTS, tickets=TICKETS)
    importing(tickets=TICKETS.replace("10-01-2026 11:00", ""))
    issue = Issue.objects.get(title="Ticket T1")
    assert (issue.status, issue.resolved_at) == ("open", None)


def test_a_fact_that_nothing_changes_is_taken_back_and_told_anew(cast: Cast, importing: Importing) -> None:
    importing(accounts=ACCOUNTS, churns=CHURNS)
    first = LedgerEntry.objects.get(kind="account.churned")
    again = importing(churns=CHURNS.replace("too expensive", "support"))
    assert again.by_noun == {"churn": {"changed": 1}}
    told_again = LedgerEntry.objects.filter(kind="account.churned").latest("id")
    assert (first.data["reason_code"], told_again.data["reason_code"]) == ("too_expensive", "support")
    assert LedgerEntry.objects.get(kind="account.withdrawn").retracts == first.pk
    assert Account.objects.count() == 2
    third = importing(churns=CHURNS.replace("too expensive", "support"))
    assert third.by_noun == {"churn": {"unchanged": 1}}


def test_what_people_changed_since_is_not_overwritten(cast: Cast, importing: Importing) -> None:
    from tenure.identity.operations import perform

    importing(accounts=ACCOUNTS, tickets=TICKETS)
    issue = Issue.objects.get(title="Ticket T1")
    perform("issue.reopen", issue, {}, cast.actor("alice"))
    importing(tickets=TICKETS.replace("10-01-2026 11:00", "10-01-2026 15:00"))
    row = ImportRow.objects.get(key="T1")
    assert row.reasons[0]["code"] == "worked_on"
    issue.refresh_from_db()
    assert issue.status == "open"


def test_equal_rows_of_one_file_count_once_and_a_repeated_key_is_set_aside(cast: Cast, importing: Importing) -> None:
    doubled = ACCOUNTS + "A2,Birch,Growth,,06-01-2026,\n" + "A1,Another,Core,1,07-01-2026,\n"
    done = importing(accounts=doubled)
    assert (done.totals["made"], done.totals["duplicates"], done.totals["quarantined"]) == (2, 1, 1)
    row = ImportRow.objects.get()
    assert (row.line, row.reasons[0]["code"]) == (5, "key_repeated")
    assert row.reasons[0]["message"] == "The key repeats: line 2 has it too."


def test_a_thing_that_lies_in_the_future_is_set_aside(cast: Cast, importing: Importing) -> None:
    importing(accounts=ACCOUNTS.replace("06-01-2026", "06-01-2126"))
    assert ImportRow.objects.get().reasons[0]["code"] == "in_the_future"


@pytest.mark.requirement("P-09")
def test_usage_goes_to_the_lake_with_what_the_file_says_of_it(cast: Cast, importing: Importing, lake) -> None:
    importing(**EVERYTHING)
    while drain(lake):
        pass
    ashdown = Account.objects.get(name="Ashdown").pk
    events = rows_of(lake, "events")
    assert [(row["key"], row["name"], row["count"], row["properties"]) for row in events] == [
        ("crm/use/U1", "search", 3.0, '{"raw": 3}'),
        ("crm/use/U2", "search", 1.5, '{"raw": "1.5"}'),
        ("crm/use/U3", "export", 1.0, "{}"),
    ]
    assert events[0]["account_id"] == ashdown
    assert events[0]["happened_at"] == events[0]["known_at"] == at("2026-01-20 00:00")


@pytest.mark.requirement("P-09")
def test_days_are_covered_where_the_mapping_says_so(cast: Cast, importing: Importing, lake) -> None:
    importing(**EVERYTHING)
    while drain(lake):
        pass
    covered = rows_of(lake, "coverage")
    assert [(row["relation"], row["from_day"].isoformat(), row["through_day"].isoformat()) for row in covered] == [
        ("events", "2026-01-20", "2026-01-20"),
        ("events", "2026-01-21", "2026-01-21"),
        ("events", "2026-01-22", "2026-01-22"),
    ]
    # What a day brought is known when it is over.
    assert covered[0]["known_at"] == at("2026-01-21 00:00")
    read = LedgerEntry.objects.get(kind="source.read_through")
    assert (read.data["source"], read.data["through"]) == ("crm", "2026-02-01T00:00:00+00:00")


def test_a_changed_row_of_the_lake_replaces_the_earlier_one(cast: Cast, importing: Importing, lake) -> None:
    importing(accounts=ACCOUNTS, usage=USAGE)
    while drain(lake):
        pass
    done = importing(usage=USAGE.replace("search,3", "search,4"))
    while drain(lake):
        pass
    assert done.by_noun == {"use": {"changed": 1, "unchanged": 2}}
    assert [(row["key"], row["count"]) for row in rows_of(lake, "events")] == [
        ("crm/use/U1#2", 4.0),
        ("crm/use/U2", 1.5),
        ("crm/use/U3", 1.0),
    ]


def test_files_are_gone_once_nothing_needs_them(cast: Cast, importing: Importing) -> None:
    assert not importing(accounts=ACCOUNTS).folder.exists()
    assert importing(tickets=TICKETS).folder.exists()  # T3 and T4 wait to be corrected


@pytest.fixture
def started(cast: Cast, files) -> Import:
    olive = cast.actor("olive")
    return start_import(prepare(load(MAPPING), files(accounts=ACCOUNTS, usage=USAGE), olive), actor=olive)


@pytest.mark.parametrize(
    ("runner", "seconds_ago", "is_free"),
    [
        ("", 0, True),
        ("elsewhere:1", 5, False),
        ("elsewhere:1", 30, True),
        (f"{socket.gethostname()}:1", 5, False),  # the first process of a machine always lives
        (f"{socket.gethostname()}:4999999", 5, True),  # beyond every process id
    ],
)
def test_one_process_runs_an_import_at_a_time(started: Import, runner: str, seconds_ago: int, is_free: bool) -> None:
    said_at = datetime.now(UTC) - timedelta(seconds=seconds_ago)
    Import.objects.update(runner=runner, runner_at=said_at if runner else None)
    if is_free:
        assert run_import(started) is True
        assert Import.objects.get().runner == ""
    else:
        with pytest.raises(Overtaken):
            run_import(started)
        assert advance() is False
        assert not Account.objects.exists()


def test_an_import_runs_in_pieces_without_reading_again_what_was_read(started: Import, monkeypatch) -> None:
    monkeypatch.setattr(running, "SECONDS", 0)  # a row a chunk
    read: list[int] = []
    rows = FilePlan.rows
    monkeypatch.setattr(FilePlan, "rows", lambda self, after=0: (read.append(after), rows(self, after))[1])
    pieces = 1
    while advance(seconds=0):
        pieces += 1
    started.refresh_from_db()
    assert (started.status, started.totals["made"]) == ("done", 5)
    assert pieces >= 5
    assert read == [0, 0]  # each of the two files once


def test_an_import_that_went_on_elsewhere_is_read_anew(started: Import, monkeypatch) -> None:
    monkeypatch.setattr(running, "SECONDS", 0)
    advance(seconds=0)
    run_import(started)  # the same process by another door
    assert advance() is False
    started.refresh_from_db()
    assert (started.status, started.totals["made"]) == ("done", 5)

"""A row that was set aside is corrected and tried again by a person, or dismissed with a reason."""

import csv
import io

import pytest

from tenure.base.errors import Forbidden, Refused
from tenure.identity.ledger import LedgerEntry
from tenure.records.account import Account
from tenure.records.issue import Issue
from tenure.sources.engine.correcting import correct, try_again
from tenure.sources.engine.work import advance
from tenure.sources.exports import harmless, rows_as_csv
from tenure.sources.importing import correct_row, dismiss_row, dismiss_rows, retry_rows
from tenure.sources.imports import Import, ImportRow
from tenure.sources.spool import drain
from tests.cast import Cast
from tests.sources.conftest import ACCOUNTS, TICKETS, USAGE, Importing, rows_of


@pytest.fixture
def done(cast: Cast, importing: Importing) -> Import:
    return importing(accounts=ACCOUNTS, tickets=TICKETS)


def aside(key: str) -> ImportRow:
    return ImportRow.objects.get(key=key)


@pytest.mark.requirement("P-09")
def test_a_corrected_row_is_loaded(cast: Cast, done: Import) -> None:
    row = correct(aside("T3"), {"closed": "12-01-2026 17:00"}, cast.actor("olive"))
    assert (row.status, row.settled_by_id, row.corrected) == (
        "corrected",
        cast.olive.pk,
        {"closed": "12-01-2026 17:00"},
    )
    assert Issue.objects.get(title="Ticket T3").resolved_at.isoformat() == "2026-01-12T17:00:00+00:00"
    done.refresh_from_db()
    assert (done.totals["made"], done.totals["quarantined"]) == (5, 1)
    told = LedgerEntry.objects.get(kind="import.row_corrected")
    # The ledger knows that a cell was corrected, never what stood in it.
    assert (told.actor_id, told.data["line"], told.data["fields"]) == (cast.olive.pk, 4, ["closed"])


def test_a_row_that_is_still_wrong_stays_with_its_new_reason(cast: Cast, done: Import) -> None:
    row = correct(aside("T4"), {"account": "A8"}, cast.actor("olive"))
    assert (row.status, row.reasons[0]["code"]) == ("open", "unknown_account")
    assert "A8" in row.reasons[0]["message"]
    row = correct(row, {"opened": "tomorrow"}, cast.actor("olive"))
    assert (row.reasons[0]["code"], row.values["opened"]) == ("not_a_moment", "tomorrow")
    row = correct(row, {"opened": "13-01-2026 09:00", "account": "A1"}, cast.actor("olive"))
    assert row.status == "corrected"
    assert Issue.objects.get(title="Ticket T4").account == Account.objects.get(name="Ashdown")


def test_joined_files_are_read_again_for_a_corrected_row(cast: Cast, importing: Importing) -> None:
    # T4 moves to A1, which signed on 5 January: on 4 January the ticket still comes too early.
    importing(accounts=ACCOUNTS, tickets=TICKETS)
    row = correct(aside("T4"), {"account": "A1", "opened": "04-01-2026 09:00"}, cast.actor("olive"))
    assert row.status == "corrected"
    assert Issue.objects.filter(title="Ticket T4").exists()


def test_rows_are_tried_again_after_what_they_waited_for_has_come(
    cast: Cast, done: Import, importing: Importing
) -> None:
    importing(accounts=ACCOUNTS + "A9,Cedar,Core,3,09-01-2026,\n")
    assert retry_rows(done, check="unknown_account", actor=cast.actor("olive")) == 1
    while advance():
        pass
    assert aside("T4").status == "corrected"
    assert aside("T3").status == "open"
    assert Issue.objects.get(title="Ticket T4").account.name == "Cedar"


def test_a_row_that_loads_when_its_file_comes_again_is_mended(cast: Cast, done: Import, importing: Importing) -> None:
    importing(accounts=ACCOUNTS + "A9,Cedar,Core,3,09-01-2026,\n", tickets=TICKETS)
    assert aside("T4").status == "mended"
    assert ImportRow.objects.count() == 2


def test_a_corrected_row_stays_corrected_when_its_file_comes_again(
    cast: Cast, done: Import, importing: Importing
) -> None:
    correct(aside("T3"), {"closed": "12-01-2026 17:00"}, cast.actor("olive"))
    facts = LedgerEntry.objects.exclude(account_id=None).count()
    again = importing(tickets=TICKETS)
    assert LedgerEntry.objects.exclude(account_id=None).count() == facts
    assert again.totals["unchanged"] == 3
    assert aside("T3").status == "corrected"


@pytest.mark.requirement("P-09")
def test_a_dismissed_row_stays_out_with_its_reason(cast: Cast, done: Import, importing: Importing) -> None:
    dismiss_row(aside("T3"), reason="A test ticket", actor=cast.actor("olive"))
    row = aside("T3")
    assert (row.status, row.note, row.settled_by_id) == ("dismissed", "A test ticket", cast.olive.pk)
    importing(tickets=TICKETS)
    assert aside("T3").status == "dismissed"
    assert not Issue.objects.filter(title="Ticket T3").exists()
    with pytest.raises(Refused, match="dismissed already"):
        dismiss_row(row, reason="Again", actor=cast.actor("olive"))


def test_all_rows_of_a_check_are_dismissed_at_once(cast: Cast, done: Import) -> None:
    assert dismiss_rows(done, check="closed_later", reason="Known", actor=cast.actor("olive")) == 1
    assert [row.status for row in ImportRow.objects.order_by("line")] == ["dismissed", "open"]


@pytest.mark.parametrize(("values", "code"), [({"colour": "red"}, "unknown_column")])
def test_only_cells_of_the_file_are_corrected(cast: Cast, done: Import, values: dict[str, str], code: str) -> None:
    with pytest.raises(Refused) as refused:
        correct_row(aside("T3"), values=values, actor=cast.actor("olive"))
    assert refused.value.code == code


def test_dismissing_wants_a_reason(cast: Cast, done: Import) -> None:
    with pytest.raises(Refused, match="Say why"):
        dismiss_row(aside("T3"), reason="  ", actor=cast.actor("olive"))


@pytest.mark.requirement("P-05")
def test_who_may_not_correct_is_told_who_may(cast: Cast, done: Import) -> None:
    with pytest.raises(Forbidden) as forbidden:
        correct(aside("T3"), {"closed": ""}, cast.actor("bob"))
    assert forbidden.value.who_may == ("Operations", "Team lead")


def test_a_killed_retry_goes_on_by_itself(cast: Cast, done: Import) -> None:
    # The operation is done and its process gone: the row waits until somebody looks for work.
    correct_row(aside("T3"), values={"closed": ""}, actor=cast.actor("olive"))
    assert not Issue.objects.filter(title="Ticket T3").exists()
    assert advance() is True
    assert Issue.objects.get(title="Ticket T3").status == "open"
    assert advance() is False


def test_a_corrected_row_of_usage_reaches_the_lake(cast: Cast, importing: Importing, lake) -> None:
    importing(accounts=ACCOUNTS, usage=USAGE.replace("U2,A1", "U2,"))
    correct(aside("U2"), {"account": "A1"}, cast.actor("olive"))
    while drain(lake):
        pass
    assert [row["key"] for row in rows_of(lake, "events")] == ["crm/use/U1", "crm/use/U2", "crm/use/U3"]


def test_files_stay_until_the_last_row_is_settled(cast: Cast, done: Import) -> None:
    correct(aside("T3"), {"closed": ""}, cast.actor("olive"))
    assert done.folder.exists()
    correct(aside("T4"), {"account": "A1"}, cast.actor("olive"))
    assert not done.folder.exists()


def test_without_its_files_a_row_says_so(cast: Cast, done: Import) -> None:
    import shutil

    shutil.rmtree(done.folder)
    assert correct(aside("T3"), {"closed": ""}, cast.actor("olive")).reasons[0]["code"] == "file_gone"
    assert try_again(done) == 0


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30 1", "'+49 30 1"),
        ("-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("-12.5", "-12.5"),
        ("plain", "plain"),
        (None, ""),
    ],
)
def test_no_exported_cell_is_a_formula(cell: str | None, safe: str) -> None:
    assert harmless(cell) == safe


def test_rows_set_aside_are_exported_with_their_reasons(cast: Cast, importing: Importing) -> None:
    importing(accounts=ACCOUNTS.replace("Ashdown,Core", '"=HYPERLINK(""x"")",Gold'))
    text = "".join(rows_as_csv(ImportRow.objects.all()))
    header, row = csv.reader(io.StringIO(text))
    assert header == ["line", "id", "Account Name", "tier", "seats", "signed", "owner", "why it was set aside"]
    assert row[:4] == ["2", "A1", '\'=HYPERLINK("x")', "Gold"]
    assert row[-1] == "“Gold” is none of Core, Growth, Platinum."

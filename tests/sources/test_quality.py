"""The data-quality page: what is odd, counted once however often a file comes, with samples and the mend."""

import pytest

from tenure.base.errors import Forbidden
from tenure.sources.engine.correcting import correct
from tenure.sources.engine.undoing import run_undo
from tenure.sources.importing import dismiss_row, undo_import
from tenure.sources.imports import ImportRow
from tenure.sources.quality import Oddity, findings, list_imports, list_rows
from tests.cast import Cast
from tests.sources.conftest import ACCOUNTS, TICKETS, Importing

# T1 is opened on 4 January, the day before its account signed.
EARLY = TICKETS.replace("T1,A1,10-01-2026 09:00", "T1,A1,04-01-2026 09:00")


def found(cast: Cast) -> dict[str, Oddity]:
    return {each.check: each for each in findings(cast.actor("olive"))}


@pytest.mark.requirement("O-11", "P-09")
def test_each_check_says_how_many_rows_it_found_of_how_many(cast: Cast, importing: Importing) -> None:
    mapping_checks_days = {"accounts": ACCOUNTS, "tickets": EARLY}
    done = importing(**mapping_checks_days)
    odd = found(cast)
    assert list(odd) == ["closed_later", "unknown_account"]
    closed = odd["closed_later"]
    assert (closed.rows, closed.open, closed.checked, closed.severity) == (1, 1, 5, "quarantine")
    assert closed.share == pytest.approx(0.2)
    assert closed.label == "A ticket was closed before it was opened"
    assert closed.mend == "Correct one of the two moments."
    assert closed.samples == [
        {
            "line": 4,
            "key": "T3",
            "values": {"opened": "2026-01-12T09:00:00+00:00", "closed": "2026-01-11T09:00:00+00:00"},
        }
    ]
    assert [name for name, _ in closed.imports] == [done.pk]


FLAGGED = ACCOUNTS.replace("05-01-2026", "15-01-2026")
DAYS = """
    checks:
      small:
        expect: seats < 5
        label: An account with many seats
        shows: [seats]
    key: id
    makes:
      - noun: account
"""


@pytest.fixture
def flagging() -> str:
    from tests.sources.conftest import MAPPING

    return MAPPING.replace("\n    key: id\n    makes:\n      - noun: account\n", DAYS)


def test_a_flagged_row_is_loaded_and_marked(cast: Cast, importing: Importing, flagging: str) -> None:
    done = importing(mapping=flagging, accounts=ACCOUNTS)
    assert (done.totals["made"], done.totals["flagged"], done.totals["quarantined"]) == (2, 1, 0)
    row = ImportRow.objects.get()
    assert (row.severity, row.key, row.status) == ("flag", "A1", "open")
    # Birch states no seats: what is unknown fails no check.
    assert found(cast)["small"].rows == 1


@pytest.mark.requirement("O-11")
def test_a_row_counts_once_however_often_its_file_comes(cast: Cast, importing: Importing, flagging: str) -> None:
    for _ in range(3):
        importing(mapping=flagging, accounts=ACCOUNTS)
    small = found(cast)["small"]
    assert (small.rows, small.open, len(small.imports)) == (1, 1, 3)
    assert ImportRow.objects.count() == 1


def test_a_row_that_comes_mended_is_open_no_more(cast: Cast, importing: Importing, flagging: str) -> None:
    importing(mapping=flagging, accounts=ACCOUNTS)
    importing(mapping=flagging.replace("seats < 5", "seats < 50"), accounts=ACCOUNTS)
    small = found(cast)["small"]
    assert (small.rows, small.open) == (1, 0)


def test_what_is_settled_is_open_no_more(cast: Cast, importing: Importing) -> None:
    importing(accounts=ACCOUNTS, tickets=TICKETS)
    correct(ImportRow.objects.get(key="T3"), {"closed": ""}, cast.actor("olive"))
    dismiss_row(ImportRow.objects.get(key="T4"), reason="A test", actor=cast.actor("olive"))
    assert {check: (each.rows, each.open) for check, each in found(cast).items()} == {
        "closed_later": (1, 0),
        "unknown_account": (1, 0),
    }


def test_an_undone_import_leaves_nothing_odd(cast: Cast, importing: Importing) -> None:
    done = importing(accounts=ACCOUNTS, tickets=TICKETS)
    run_undo(undo_import(done, actor=cast.actor("olive")))
    assert found(cast) == {}


def test_a_check_without_its_file_is_said_not_to_be_made(cast: Cast, importing: Importing) -> None:
    importing(accounts=ACCOUNTS)
    importing(tickets=TICKETS)
    after = found(cast)["after_sign_up"]
    assert (after.is_unchecked, after.rows, after.checked, after.share) == (True, 0, 0, None)


def test_rows_are_listed_by_what_they_have(cast: Cast, importing: Importing) -> None:
    done = importing(accounts=ACCOUNTS, tickets=TICKETS)
    olive = cast.actor("olive")
    assert [row.key for row in list_rows(olive, done)] == ["T3", "T4"]
    assert [row.key for row in list_rows(olive, check="unknown_account")] == ["T4"]
    assert [row.key for row in list_rows(olive, file="accounts")] == []
    assert [each.pk for each in list_imports(olive)] == [done.pk]


@pytest.mark.requirement("P-05")
def test_who_may_not_see_it_is_refused(cast: Cast) -> None:
    for name in ("alice", "carl"):
        for look in (findings, list_rows, list_imports):
            with pytest.raises(Forbidden):
                look(cast.actor(name))


@pytest.mark.parametrize("times", [1, 3])
def test_the_page_asks_as_many_questions_however_much_there_is(
    cast: Cast, importing: Importing, django_assert_num_queries, flagging: str, times: int
) -> None:
    for number in range(times):
        importing(mapping=flagging, accounts=ACCOUNTS, tickets=TICKETS.replace("T1", f"X{number}"))
    olive = cast.actor("olive")
    with django_assert_num_queries(2):
        findings(olive)

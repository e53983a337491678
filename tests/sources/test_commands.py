"""``tenure import`` and ``tenure import undo`` on the command line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tenure.records.account import Account
from tenure.sources.commands import import_group
from tenure.sources.imports import Import
from tests.sources.conftest import ACCOUNTS, MAPPING, TICKETS


@pytest.fixture
def tenure(tmp_path: Path, company: object, system: object) -> Callable[..., Result]:
    """Run ``tenure import …`` in a folder with a mapping and files."""
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    (tmp_path / "accounts.csv").write_text(ACCOUNTS.replace("alice@example.com", ""))
    (tmp_path / "tickets.csv").write_text(TICKETS)
    group = import_group(lambda: "The lake has it.")

    def run(*arguments: str) -> Result:
        given = [str(tmp_path / each) if "." in each else each for each in arguments]
        return CliRunner().invoke(group, given)

    return run


@pytest.mark.requirement("P-07", "P-09")
def test_files_are_imported_by_a_mapping(tenure: Callable[..., Result]) -> None:
    result = tenure("mapping.yaml", "accounts.csv", "tickets.csv")
    assert result.exit_code == 0, result.output
    imported = Import.objects.get()
    assert result.output.splitlines() == [
        f"Import {imported.pk} is done.",
        "accounts: 2 read, 2 made",
        "tickets: 5 read, 2 made, 2 quarantined, 1 left out",
        "  quarantine: tickets: A ticket was closed before it was opened: 1",
        "  quarantine: tickets: Rows of accounts that nobody imported: 1",
        "The lake has it.",
    ]
    assert Account.objects.count() == 2


@pytest.mark.requirement("P-09")
def test_a_preview_writes_nothing(tenure: Callable[..., Result]) -> None:
    result = tenure("mapping.yaml", "accounts.csv", "--preview")
    assert result.output.splitlines() == ["accounts: accounts.csv", "  2 read, 2 made", "Nothing was written."]
    assert not Import.objects.exists()


@pytest.mark.requirement("P-09")
def test_an_import_is_undone_by_its_id(tenure: Callable[..., Result]) -> None:
    tenure("mapping.yaml", "accounts.csv")
    result = tenure("undo", Import.objects.get().pk)
    assert result.output.splitlines() == ["Undone: 2 rows gone, 2 facts retracted.", "The lake has it."]
    assert not Account.objects.exists()


def test_what_is_wrong_with_a_mapping_is_told_with_its_lines(tenure: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "mapping.yaml").write_text(MAPPING.replace("do: account.create", "do: account.creat"))
    result = tenure("mapping.yaml", "accounts.csv")
    assert result.exit_code == 1
    assert "mapping.yaml:17:13: files.accounts.makes.0.do: there is no operation “account.creat”" in result.output
    assert "did you mean “account.create”?" in result.output


def test_a_file_that_fits_none_of_the_mapping_is_told(tenure: Callable[..., Result]) -> None:
    result = tenure("mapping.yaml", "mapping.yaml")
    assert result.exit_code == 1
    assert "“mapping.yaml” fits none of the mapping's files" in result.output


def test_an_import_that_is_not_there_is_told(tenure: Callable[..., Result]) -> None:
    result = tenure("undo", "nothing")
    assert (result.exit_code, result.output) == (1, "Error: There is no import nothing.\n")

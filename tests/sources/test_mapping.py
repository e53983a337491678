"""A mapping is checked whole before a row is read; each mistake says its line and the nearest right name."""

from pathlib import Path

import pytest

from tenure.blueprint.problems import Problem
from tenure.sources.importing import GivenFile, load, match_files
from tenure.sources.mapping.checking import Act, check_mapping
from tenure.sources.mapping.loading import MappingRefused, load_mapping, read_mapping
from tests.sources.conftest import MAPPING

ACTS = {
    "account.create": Act(frozenset(("name", "seats", "at", "known_at")), frozenset(("name",)), has_subject=False),
    "issue.open": Act(frozenset(("title", "severity", "at", "known_at")), frozenset(("title",))),
    "account.assign": Act(frozenset(("person", "role")), frozenset(("person", "role"))),
}


def mistakes(text: str) -> list[Problem]:
    with pytest.raises(MappingRefused) as refused:
        check_mapping(read_mapping(text), ACTS)
    return list(refused.value.problems)


def of_accounts(*lines: str) -> str:
    """A mapping of one file; `lines` stand below ``makes:``, from line 12 on."""
    head = [
        "source: crm",
        "label: CRM",
        "files:",
        "  accounts:",
        "    name: accounts.csv",
        "    columns:",
        "      id: {required: true}",
        "      seats: {type: integer}",
        "      signed: {type: day}",
        "    key: id",
        "    makes:",
    ]
    return "\n".join([*head, *(f"      {line}" for line in lines)])


@pytest.mark.requirement("P-09")
def test_a_sound_mapping_is_read() -> None:
    text = of_accounts("- noun: account", "  do: account.create", "  arguments: {name: id, seats: seats}")
    loaded = read_mapping(text)
    check_mapping(loaded, ACTS)
    assert loaded.mapping.files["accounts"].makes[0].arguments == {"name": "id", "seats": "seats"}
    assert len(loaded.digest) == 64


@pytest.mark.requirement("P-09")
def test_every_mistake_of_form_is_told_at_once_with_its_line() -> None:
    text = of_accounts(
        "- noun: account", "  do: account.create", "  argument: {name: id}", "  arguments: {name: {vale: 1}}"
    )
    found = mistakes(text.replace("type: integer", "typ: integer"))
    assert [(each.line, each.nearest) for each in found] == [(8, "type"), (14, "arguments"), (15, "")]
    assert found[0].message == "there is no “typ” here"
    assert "value:, text:, ref:" in found[2].expected
    assert str(found[0]).startswith("mapping/mapping.yaml:8:")


@pytest.mark.parametrize(
    ("lines", "line", "says", "nearest"),
    [
        (["- noun: account", "  do: account.creat"], 13, "no operation “account.creat”", "account.create"),
        (["- noun: account", "  do: account.create"], 13, "wants “name”", ""),
        (
            ["- noun: account", "  do: account.create", "  arguments: {name: id, seat: seats}"],
            14,
            "takes no “seat”",
            "seats",
        ),
        (["- noun: account", "  do: account.create", "  arguments: {name: idd}"], 14, "no “idd”", "id"),
        (
            ["- noun: account", "  do: account.create", "  arguments: {name: id}", "  happened_at: seats"],
            15,
            "gives a number",
            "",
        ),
        (
            ["- noun: account", "  do: account.create", "  arguments: {name: id}", "  only_if: seats + 1"],
            15,
            "gives a number",
            "",
        ),
        (
            ["- noun: account", "  do: account.create", "  arguments: {name: id}", "  only_if: seats > signed"],
            15,
            "puts a number beside a day",
            "",
        ),
        (["- noun: issue", "  do: issue.open", "  arguments: {title: id}"], 13, "acts on a row", ""),
        (
            ["- noun: issue", "  do: issue.open", "  account: {ref: accoun, column: id}", "  arguments: {title: id}"],
            14,
            "no file of this mapping makes “accoun”",
            "",
        ),
        (
            ["- noun: issue", "  do: issue.open", "  account: {ref: issue, column: id}", "  arguments: {title: id}"],
            14,
            "made by a file further down",
            "",
        ),
        (
            ["- noun: account", "  do: account.create", "  arguments: {name: {text: 'Hi {nme}'}}"],
            14,
            "no column “nme”",
            "",
        ),
        (["- noun: use", "  event: {name: id}", "  happened_at: signed"], 12, "names its account", ""),
        (["- noun: use", "  do: account.create", "  event: {name: id}"], 12, "one of do, event and point", ""),
        (
            [
                "- noun: account",
                "  do: account.create",
                "  arguments: {name: id}",
                "  then:",
                "    owned: {do: account.assign, happened_at: signed, arguments: {person: id, role: id}}",
            ],
            16,
            "does not say when it happened",
            "",
        ),
    ],
)
def test_a_mapping_that_could_not_work_is_refused(lines: list[str], line: int, says: str, nearest: str) -> None:
    found = [each for each in mistakes(of_accounts(*lines)) if says in each.message]
    assert [(each.line, each.nearest) for each in found] == [(line, nearest)]


@pytest.mark.parametrize(
    ("column", "says"),
    [
        ("{type: day, format: DD-MM}", "says no year"),
        ("{type: number, format: DD-MM-YYYY}", "only a day or a moment has a format"),
        ("{type: moment, after: signed}", "says both after and by"),
        ("{after: signed, by: seats}", "is a moment"),
        ("{type: moment, after: seats, by: seats}", "gives a number"),
        ("{expression: seats + unknown}", "there is no “unknown”"),
        ("{expression: later}", "there is no “later”"),
    ],
)
def test_a_column_that_cannot_be_worked_out_is_refused(column: str, says: str) -> None:
    text = of_accounts("- noun: account", "  do: account.create", "  arguments: {name: id}")
    text = text.replace("    key: id", f"      extra: {column}\n      later: {{}}\n    key: id")
    found = [each for each in mistakes(text) if says in each.message]
    assert [each.line for each in found] == [10]


def test_a_join_names_a_file_and_its_column() -> None:
    text = of_accounts("- noun: account", "  do: account.create", "  arguments: {name: id}")
    joins = (
        "    joins:\n      a: {file: acounts, on: id, to: id}\n      b: {file: accounts, on: idd, to: ide}\n    key: id"
    )
    found = mistakes(text.replace("    key: id", joins))
    assert [(each.message, each.nearest) for each in found] == [
        ("there is no file “acounts”", "accounts"),
        ("there is no column “idd”", "id"),
        ("there is no column “ide”", "id"),
    ]


@pytest.mark.parametrize("name", ["../secrets.csv", "/etc/passwd", "a\\b.csv", ""])
def test_a_file_name_leads_nowhere_else(name: str) -> None:
    text = of_accounts("- noun: account", "  do: account.create", "  arguments: {name: id}")
    assert "name" in mistakes(text.replace("name: accounts.csv", f"name: '{name}'"))[0].path


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("source: [", "not YAML"),
        ("- a list", "no sections"),
        (
            "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
            + "\n".join(f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 10)}]" for i in range(8)),
            "expands to more than",
        ),
        ("source: !!python/object/apply:os.system [ls]", "tag"),
    ],
    ids=["broken", "list", "alias bomb", "tag"],
)
def test_a_hostile_file_is_refused(text: str, says: str) -> None:
    assert any(says in str(each) for each in mistakes(text))


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text("source: x")
    folder = tmp_path / "mappings"
    folder.mkdir()
    (folder / "mapping.yaml").symlink_to(secret)
    with pytest.raises(MappingRefused, match="leads out of the folder"):
        load_mapping(folder / "mapping.yaml")


def test_files_are_known_by_their_names(company: object) -> None:
    mapping = load(MAPPING).mapping
    found = match_files(
        mapping, [GivenFile("C:\\Exports\\Accounts-2026.CSV", Path("x")), GivenFile("tickets.csv", Path("y"))]
    )
    assert {key: file.name for key, file in found.items()} == {
        "accounts": "Accounts-2026.CSV",
        "tickets": "tickets.csv",
    }


@pytest.mark.parametrize(
    ("names", "code"),
    [(["other.csv"], "unknown_file"), (["accounts1.csv", "accounts2.csv"], "file_twice"), ([], "no_files")],
)
def test_files_that_do_not_fit_are_refused(company: object, names: list[str], code: str) -> None:
    from tenure.base.errors import Refused

    with pytest.raises(Refused) as refused:
        match_files(load(MAPPING).mapping, [GivenFile(name, Path(name)) for name in names])
    assert refused.value.code == code


def test_the_shipped_example_is_sound(company: object) -> None:
    path = Path(__file__).parents[2] / "examples" / "ravenstack" / "mapping.yaml"
    assert list(load(path).mapping.files) == ["accounts", "subscriptions", "usage", "tickets", "churn_events"]

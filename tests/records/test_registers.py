"""The registers: what the room declares fits together."""

import warnings

import pytest

from tenure.facts.contract import KINDS
from tenure.identity.operations import OPERATIONS
from tenure.records import models
from tenure.records.row import AccountRow
from tenure.records.timeline import GROUPS, WORDINGS
from tests.records.conftest import NOUNS

OURS = sorted(name for name, made in OPERATIONS.items() if made.function.__module__.startswith("tenure.records"))


def test_every_noun_is_known_to_ledger_and_timeline() -> None:
    rows = [getattr(models, name) for name in models.__all__]
    nouns = {row.noun for row in rows if hasattr(row, "noun")}
    assert nouns == NOUNS
    assert nouns <= {kind.subject for kind in KINDS.values()}
    assert nouns - {"mention"} <= set(WORDINGS)
    assert {wording.group for wording in WORDINGS.values()} <= set(GROUPS)


def test_after_values_are_declared_fields_of_every_kind_of_the_noun() -> None:
    rows = [getattr(models, name) for name in models.__all__]
    for row in rows:
        if not hasattr(row, "noun"):
            continue
        for name, kind in KINDS.items():
            if kind.subject == row.noun and not name.startswith("account."):
                assert set(row.ledger_fields) <= set(kind.fields), name


@pytest.mark.requirement("P-07")
@pytest.mark.parametrize("name", OURS)
def test_arguments_are_described_for_others_and_read_back(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        schema = OPERATIONS[name].arguments.model_json_schema()
    assert schema["type"] == "object"
    assert (OPERATIONS[name].function.__doc__ or "").strip(), name


@pytest.mark.requirement("P-02")
def test_an_argument_that_is_left_out_is_not_an_empty_one() -> None:
    change = OPERATIONS["account.change"].arguments
    assert change.model_validate({"seats": None}).model_fields_set == {"seats"}
    assert change.model_json_schema()["properties"]["seats"]["default"] is None


def test_no_kind_declares_a_field_for_words() -> None:
    words = {"name", "email", "phone", "text", "body", "title", "subject", "notes", "evidence", "summary", "address"}
    for noun_row in models.__all__:
        row = getattr(models, noun_row)
        if issubclass(row, AccountRow):
            for name, kind in KINDS.items():
                if kind.subject == row.noun:
                    assert not words & set(kind.fields), name

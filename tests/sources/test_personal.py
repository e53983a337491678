"""A contact's data in this room is exported with the rest, and erased with the rest."""

import pytest

from tenure.base import clock
from tenure.identity.operations import perform
from tenure.records.account import Account
from tenure.sources.imports import Finding, Import, ImportRow
from tenure.sources.inbox import Spooled, spool
from tenure.sources.keys import create_key
from tenure.sources.messages import read_messages
from tenure.sources.spool import take_in
from tenure.sources.users import SourceUser
from tests.cast import Cast
from tests.sources.conftest import ACCOUNTS, MAPPING, Importing

CONTACTS = """
  contacts:
    name: contacts*.csv
    columns:
      id: {required: true}
      account: {required: true}
      name: {required: true}
      email: {}
      role: {values: {User: user}}
    key: id
    makes:
      - noun: contact
        account: {ref: account, column: account}
        do: contact.add
        change: contact.change
        arguments: {name: name, email: email, role: role}
"""
ROWS = "id,account,name,email,role\nP1,A1,Jane Doe,jane@ashdown.test,User\nP2,A1,Jane Doe,jane@ashdown.test,Boss\n"


@pytest.fixture
def jane(cast: Cast, importing: Importing):
    importing(mapping=MAPPING + CONTACTS, accounts=ACCOUNTS, contacts=ROWS)
    key = create_key(label="App", source="app", actor=cast.actor("olive"))
    sent = {
        "batch": [
            {
                "type": "identify",
                "userId": "jane@ashdown.test",
                "traits": {"email": "jane@ashdown.test"},
                "messageId": "1",
            },
            {"type": "track", "event": "Search", "userId": "jane@other.test", "messageId": "2"},
        ]
    }
    spool(key, read_messages("batch", sent, clock.now()), clock.now())
    take_in()
    return Account.objects.get(name="Ashdown").contacts.get()


@pytest.mark.requirement("P-15")
def test_what_sources_keep_of_a_contact_is_exported(cast: Cast, jane) -> None:
    kept = perform("contact.export", jane, {}, cast.actor("olive"))["sources"]
    assert [user["key"] for user in kept["users"]] == ["jane@ashdown.test"]
    assert [row["raw"]["name"] for row in kept["rows"]] == ["Jane Doe"]


@pytest.mark.requirement("P-15")
def test_an_erased_contact_stands_nowhere(cast: Cast, jane) -> None:
    imported = Import.objects.get()
    assert imported.folder.exists()  # P2 waits to be corrected
    perform("contact.erase", jane, {}, cast.actor("olive"))
    tables = [SourceUser, Spooled, ImportRow, Import, Finding]
    stored = str([list(table.objects.values()) for table in tables])
    assert "jane@ashdown.test" not in stored
    assert "Jane Doe" not in stored
    assert not imported.folder.exists()
    # Another user of the source is untouched.
    assert SourceUser.objects.filter(key="jane@other.test").exists()

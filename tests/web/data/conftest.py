"""An import as the tests of pages have it: four rows of a CRM, of which two can be loaded, and who may do what."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.sources.connectors.arrival import Arrival, store
from tenure.sources.connectors.connector import Connector, add_connector
from tenure.sources.connectors.items import Item
from tenure.sources.connectors.rounds import take_in as take_arrivals
from tenure.sources.engine.running import run_import
from tenure.sources.importing import GivenFile, load, prepare, start_import
from tenure.sources.imports import Import
from tenure.sources.inbox import spool
from tenure.sources.keys import create_key
from tenure.sources.messages import read_messages
from tenure.sources.spool import take_in
from tests.cast import Cast, blueprint

MAPPING = """\
source: crm
label: Our CRM
zone: UTC
files:
  accounts:
    name: accounts*.csv
    columns:
      id: {required: true}
      name: {from: Account Name, required: true}
      seats: {type: integer, least: 0}
      signed: {type: day, format: DD-MM-YYYY, required: true}
    key: id
    checks:
      has_seats: {expect: seats is not null, label: An account without seats, mend: Ask sales., shows: [seats]}
    makes:
      - noun: account
        do: account.create
        change: account.change
        arguments: {name: name, seats: seats, started_on: signed}
        happened_at: signed
        known_at: signed
"""
# Line 2 is sound, line 3 is loaded and marked (no seats), line 4 has no name, line 5 has no such day.
ACCOUNTS = """\
id,Account Name,seats,signed
A1,Ashdown,10,05-01-2026
A2,Birch,,06-01-2026
A3,,4,07-01-2026
A4,Dover,4,31-02-2026
"""


@pytest.fixture
def model() -> Model:
    """Operations import; the lead may look at what came of it and do nothing."""
    raci = blueprint().model_dump(mode="json")["raci"]
    return blueprint(
        raci=raci
        | {
            "import.*": {"accountable": "ops"},
            "import.view": {"accountable": "ops", "responsible": ["lead"]},
            "source.*": {"accountable": "ops"},
            "connector.*": {"accountable": "ops"},
            "connector.view": {"accountable": "ops", "responsible": ["lead"]},
            "arrival.*": {"accountable": "ops"},
            "source.match": {"accountable": "ops", "responsible": ["lead"]},
        }
    )


@pytest.fixture
def olive(client: Client, cast: Cast) -> Client:
    client.force_login(cast.olive)
    return client


Importing = Callable[..., Import]


@pytest.fixture
def looked_at(cast: Cast, tmp_path: Path) -> Importing:
    """An import as Olive has looked at it."""

    def prepared(accounts: str = ACCOUNTS, mapping: str = MAPPING) -> Import:
        path = tmp_path / "accounts.csv"
        path.write_text(accounts)
        return prepare(load(mapping), [GivenFile.at(path)], cast.actor("olive"))

    return prepared


@pytest.fixture
def imported(looked_at: Importing, cast: Cast) -> Importing:
    """An import that has run."""

    def ran(accounts: str = ACCOUNTS, mapping: str = MAPPING) -> Import:
        started = start_import(looked_at(accounts, mapping), actor=cast.actor("olive"))
        run_import(started)
        started.refresh_from_db()
        return started

    return ran


def csv(name: str = "accounts.csv", text: str = ACCOUNTS) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode())


def page(client: Client, url: str, **asked: str) -> str:
    answered = client.get(url, asked)
    assert answered.status_code == 200
    return answered.content.decode()


def said(client: Client) -> str:
    """What the next page says of the act before."""
    return client.get("/more/").content.decode()


def hold(cast: Cast, user: str, events: int) -> None:
    """Let events of somebody whom nobody knows wait."""
    key = create_key(label="The app", source="app", actor=cast.actor("olive"))
    now = clock.now()
    for number in range(events):
        message = {"userId": user, "event": "Search", "messageId": f"{user}-{number}"}
        spool(key, read_messages("track", message, now), now)
    take_in()


FORM = """\
form: "2436"
account: q3_code
contact: q4_email
do: message.log
arguments:
  direction: {value: in}
  channel: {value: form}
  subject: "Upload: {q5_title}"
  body: "{q6_what}"
"""


def set_aside(cast: Cast, number: int = 0) -> Arrival:
    """A submission of a form that names an account which nobody knows."""
    actor = cast.actor("olive")
    settings = {"mapping": FORM}
    connector = Connector.objects.filter(source="uploads").first() or add_connector(
        kind="forms", label="Uploads", source="uploads", settings=settings, actor=actor
    )
    answers = {
        "formID": "2436",
        "formTitle": "Upload",
        "q3_code": "A-77",
        "q5_title": "Spring",
        "q6_what": "Six photos",
    }
    store(connector, [Item(key=f"s{number}", happened_at=clock.now(), payload=answers)])
    take_arrivals()
    return Arrival.objects.get(key=f"s{number}")

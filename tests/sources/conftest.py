"""A small company's files: accounts, contacts, tickets and usage of a CRM called crm, and how they are imported."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tenure.facts.lake import Lake
from tenure.identity.actor import Actor
from tenure.sources.engine.running import run_import
from tenure.sources.importing import GivenFile, load, prepare, start_import
from tenure.sources.imports import Import

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
      tier: {values: {Core: core, Growth: growth, Platinum: platinum}}
      seats: {type: integer, least: 0}
      signed: {type: day, format: DD-MM-YYYY, required: true}
      owner: {}
    key: id
    makes:
      - noun: account
        do: account.create
        change: account.change
        arguments: {name: name, tier: tier, seats: seats, started_on: signed}
        happened_at: signed
        known_at: signed
        then:
          owned:
            do: account.assign
            only_if: owner is not null
            arguments: {person: {person: owner}, role: {value: csm}}
  tickets:
    name: tickets*.csv
    columns:
      id: {required: true}
      account: {required: true}
      opened: {type: moment, format: "DD-MM-YYYY HH:mm", required: true}
      closed: {type: moment, format: "DD-MM-YYYY HH:mm"}
      severity: {values: {P1: urgent, P2: normal}}
      spam: {type: boolean, default: false}
    key: id
    only_if: not spam
    joins:
      owner: {file: accounts, on: account, to: id}
    checks:
      after_sign_up:
        expect: days_since(owner.signed) >= 0
        label: A ticket of an account that has not signed
      closed_later:
        expect: closed >= opened
        severity: quarantine
        label: A ticket was closed before it was opened
        mend: Correct one of the two moments.
        shows: [opened, closed]
    makes:
      - noun: issue
        account: {ref: account, column: account}
        do: issue.open
        change: issue.change
        arguments: {title: {text: "Ticket {id}"}, severity: severity}
        happened_at: opened
        known_at: opened
        then:
          resolved:
            do: issue.resolve
            only_if: closed is not null
            happened_at: closed
            known_at: closed
  churns:
    name: churns*.csv
    columns:
      id: {required: true}
      account: {required: true}
      on: {type: day, required: true}
      why: {required: true}
    key: id
    makes:
      - noun: churn
        about: {ref: account, column: account}
        do: account.report_churn
        arguments: {reason_code: why}
        happened_at: "on"
        known_at: "on"
  usage:
    name: usage*.csv
    columns:
      id: {required: true}
      account: {required: true}
      day: {type: day, required: true}
      feature: {required: true}
      clicks: {type: number}
    key: id
    makes:
      - noun: use
        account: {ref: account, column: account}
        event: {name: feature, count: clicks, properties: {raw: clicks}}
        happened_at: day
        known_at: day
    covers:
      - {relation: events, from: min, through: max, known: daily}
"""

ACCOUNTS = """\
id,Account Name,tier,seats,signed,owner
A1,Ashdown,Core,10,05-01-2026,alice@example.com
A2,Birch,Growth,,06-01-2026,
"""
TICKETS = """\
id,account,opened,closed,severity,spam
T1,A1,10-01-2026 09:00,10-01-2026 11:00,P1,no
T2,A2,11-01-2026 09:00,,P2,no
T3,A2,12-01-2026 09:00,11-01-2026 09:00,P2,no
T4,A9,13-01-2026 09:00,,P2,no
T5,A1,13-01-2026 10:00,,P2,yes
"""
CHURNS = """\
id,account,on,why
C1,A2,2026-02-01,too expensive
"""
USAGE = """\
id,account,day,feature,clicks
U1,A1,2026-01-20,search,3
U2,A1,2026-01-21,search,1.5
U3,A2,2026-01-22,export,
"""

Importing = Callable[..., Import]


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., list[GivenFile]]:
    """Write files by name (``accounts`` becomes accounts.csv) and hand them in."""
    folder = tmp_path / "given"
    folder.mkdir()

    def write(**texts: str | bytes) -> list[GivenFile]:
        given = []
        for name, text in texts.items():
            path = folder / f"{name}.csv"
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            given.append(GivenFile.at(path))
        return given

    return write


@pytest.fixture
def importing(system: Actor, files: Callable[..., list[GivenFile]]) -> Importing:
    """Import texts by name to the end: ``importing(accounts=ACCOUNTS)``."""

    def run(*, mapping: str = MAPPING, by: Actor = system, **texts: str | bytes) -> Import:
        prepared = prepare(load(mapping), files(**texts), by)
        started = start_import(prepared, actor=by)
        run_import(started)
        started.refresh_from_db()
        return started

    return run


@pytest.fixture
def lake(tmp_path: Path, company: Any) -> Iterator[Lake]:
    """The company's lake, empty."""
    with Lake.open(
        f"sqlite:///{tmp_path / 'catalog.sqlite3'}", tmp_path / "warehouse", zone="America/New_York"
    ) as opened:
        yield opened


def rows_of(lake: Lake, table: str, **read: Any) -> list[dict[str, Any]]:
    """The rows of a table that stand, by key."""
    return sorted(lake.execute(lake.read(table, **read)).to_pylist(), key=lambda row: str(row["key"]))

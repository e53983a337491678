"""A simulated half-year of each shipped blueprint, day by day: what must always hold, by an oracle of our own.

Each home is filled in a process of its own, both at once. Everything but the recomputation reads files: the exported
ledger, the truth, and the database through sqlite3.
"""

import json
import random
import sqlite3
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from tenure.simulation.detection import Detection, detect, read_lines
from tests.simulation.oracle import Hours, Length, length_of, read_promises, said, verdicts

ROOT = Path(__file__).parents[2]
DAYS, SEED, UNTIL = 182, 11, date(2025, 6, 29)
ACCOUNTS = {"r7-creative": 12, "saas": 36}
FIRST = UNTIL - timedelta(days=DAYS - 1)
MORNINGS = sorted(FIRST + timedelta(days=back) for back in random.Random(SEED).sample(range(30, DAYS), 10))
NIGHT = time(4, 5)
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

Line = dict[str, Any]


@dataclass(frozen=True)
class Lived:
    """A home in which a company has lived, as files."""

    name: str
    home: Path

    @property
    def folder(self) -> Path:
        return ROOT / "blueprints" / self.name

    @property
    def ended(self) -> datetime:
        """When the last night was over."""
        zone, _ = read_promises(self.folder)
        return datetime.combine(UNTIL + timedelta(days=1), NIGHT, zone).astimezone(UTC)

    def ledger(self) -> list[Line]:
        return [dict(line) for line in read_lines(self.home / "ledger.jsonl")]

    def mornings(self) -> list[Line]:
        return [dict(line) for line in read_lines(self.home / "mornings.jsonl")]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with sqlite3.connect(f"file:{self.home / 'tenure.sqlite3'}?mode=ro", uri=True) as database:
            return database.execute(query).fetchall()


def run(module: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", f"tests.simulation.{module}", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finished(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate()
    assert process.returncode == 0, err[-4000:]
    return out


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Lived]:
    """Both companies, having lived their half-year side by side."""
    lived = {name: Lived(name, tmp_path_factory.mktemp(name)) for name in ACCOUNTS}
    mornings = [day.isoformat() for day in MORNINGS]
    started = [
        run("lived", name, ACCOUNTS[name], DAYS, SEED, UNTIL, each.home, *mornings) for name, each in lived.items()
    ]
    for process in started:
        finished(process)
    return lived


@pytest.fixture(scope="session")
def again(homes: dict[str, Lived]) -> dict[str, Line]:
    """What scoring past days again and delivering everything twice came to, per company."""
    days = [day.isoformat() for day in MORNINGS]
    started = {name: run("again", each.home, *days) for name, each in homes.items()}
    return {name: json.loads(finished(process)) for name, process in started.items()}


@pytest.fixture(params=list(ACCOUNTS))
def lived(request: pytest.FixtureRequest, homes: dict[str, Lived]) -> Lived:
    return homes[request.param]


# What must always hold.


@pytest.mark.requirement("P-10")
def test_people_do_all_that_people_do(lived: Lived) -> None:
    facts = Counter(line["kind"] for line in lived.ledger())
    corrections = facts["commitment.judged"] + sum(line["corrects"] is not None for line in lived.ledger())
    overturned = sum(was == "missed" and now == "met" for was, now in restated(lived.ledger()))
    assert facts["commitment.missed"] >= 20
    assert facts["commitment.paused"] >= 20
    assert facts["signal.snoozed"] >= 20
    assert corrections + overturned >= 20


def restated(ledger: list[Line]) -> Iterator[tuple[str, str]]:
    """Each verdict that followed another one on the same promise, with the one before."""
    before: dict[tuple[str, str], str] = {}
    for line in ledger:
        if line["kind"] in ("commitment.met", "commitment.missed", "commitment.cancelled", "commitment.restated"):
            key = (line["account_id"], line["data"]["opening"])
            if key in before:
                yield before[key], line["data"]["verdict"]
            before[key] = line["data"]["verdict"]


@pytest.mark.requirement("P-13")
def test_a_mail_is_called_by_a_whole_sentence(lived: Lived) -> None:
    mails = lived.rows("SELECT subject, body FROM records_message WHERE subject <> '' AND channel = 'email'")
    rests = [(subject, body[len(subject) :]) for subject, body in mails if body.startswith(subject)]
    cut = [subject for subject, rest in rests if rest and rest[0] != "." and subject[-1] not in "?!"]
    assert len(rests) > 20 and not cut


def test_no_clock_is_open_past_its_verdict(lived: Lived) -> None:
    zone, promises = read_promises(lived.folder)
    hours = Hours(zone)
    open_ = lived.rows("SELECT rule, due_at FROM work_opening WHERE status IN ('running', 'warned')")
    assert open_
    for rule, due_at in open_:
        due = datetime.fromisoformat(due_at).replace(tzinfo=UTC)
        assert hours.add(due, settle_of(promises[rule])) > lived.ended


def settle_of(terms: Line) -> Length:
    return length_of(terms.get("settle")) or Length(0, "hour")


@pytest.mark.requirement("P-13")
def test_a_miss_is_said_by_the_next_morning(lived: Lived) -> None:
    # Promises are looked at twice on a working day and every night, so a miss waits at most until the night after it.
    # Of a promise that was told of after it had been missed, it waits from the telling on.
    zone, promises = read_promises(lived.folder)
    told: dict[tuple[str, str], datetime] = {}
    missed = 0
    for line in lived.ledger():
        key, said_at = (
            (line["account_id"], line["data"].get("opening", "")),
            datetime.fromisoformat(line["recorded_at"]),
        )
        if line["kind"] == "commitment.opened":
            told[key] = said_at
        elif line["kind"] == "commitment.missed":
            due = datetime.fromisoformat(line["data"]["due_at"])
            settled = Hours(zone).add(due.astimezone(UTC), settle_of(promises[line["data"]["rule"]]))
            assert settled <= said_at <= max(settled, told[key]) + timedelta(hours=25)
            missed += 1
    assert missed >= 20


def test_a_rule_has_one_open_signal_on_an_account(lived: Lived) -> None:
    firing: set[tuple[str, str]] = set()
    for line in lived.ledger():
        key = (line["account_id"], line["data"].get("rule"))
        if line["kind"] == "signal.fired":
            assert key not in firing
            firing.add(key)
        elif line["kind"] == "signal.resolved":
            firing.remove(key)
    stored = lived.rows("SELECT account_id, rule FROM work_opensignal WHERE state = 'firing'")
    assert sorted(stored) == sorted(firing)
    assert len(set(lived.rows("SELECT account_id, rule FROM work_opensignal WHERE state != 'resolved'"))) == len(
        lived.rows("SELECT account_id, rule FROM work_opensignal WHERE state != 'resolved'")
    )


def test_every_task_has_an_owner_who_works_here(lived: Lived) -> None:
    owners = lived.rows(
        "SELECT person.kind, person.is_active FROM work_task AS task LEFT JOIN identity_person AS person "
        "ON person.id = task.owner_id"
    )
    assert len(owners) >= 20
    assert set(owners) == {("staff", 1)}
    created = [line for line in lived.ledger() if line["kind"] == "task.created"]
    assert all(line["data"]["owner"] for line in created)


@pytest.mark.requirement("P-02")
def test_the_ledger_is_in_the_order_in_which_it_was_written(lived: Lived) -> None:
    ledger = lived.ledger()
    recorded = [datetime.fromisoformat(line["recorded_at"]) for line in ledger]
    assert recorded == sorted(recorded)
    assert [line["id"] for line in ledger] == sorted({line["id"] for line in ledger})
    assert all(line["happened_at"] <= line["known_at"] <= line["recorded_at"] for line in ledger)


def test_nobody_was_refused_more_than_people_are(lived: Lived) -> None:
    told = json.loads((lived.home / "told.json").read_text())
    assert sum(told["refusals"].values()) <= sum(told["facts"].values()) / 100
    assert not any("nobody may" in what for what in told["refusals"])
    # What somebody meant to do for a client who by then was another's is rightly forbidden; it is rare.
    forbidden = sum(count for what, count in told["refusals"].items() if what.endswith("forbidden"))
    assert forbidden <= sum(told["facts"].values()) / 1000


# The oracle.


@pytest.mark.requirement("P-13", "R-02", "R-09")
def test_an_oracle_agrees_on_every_verdict(lived: Lived) -> None:
    ledger = lived.ledger()
    judged = {(line["account_id"], line["data"]["opening"]) for line in ledger if line["kind"] == "commitment.judged"}
    expected, found = verdicts(ledger, lived.folder, lived.ended), said(ledger)
    assert set(expected) == set(found)
    for key, (verdict, at) in expected.items():
        assert found[key][0] == verdict, key
        if key not in judged:
            assert found[key][1] == at, key
    assert {"met", "missed", "open"} <= {verdict for verdict, _ in found.values()}


@pytest.mark.requirement("P-13")
def test_promises_ended_in_every_way(homes: dict[str, Lived]) -> None:
    ends = {verdict for each in homes.values() for verdict, _ in said(each.ledger()).values()}
    assert ends == {"met", "missed", "cancelled", "open"}


# The past.


@pytest.mark.requirement("P-03")
def test_past_mornings_are_rebuilt_from_the_ledger(lived: Lived) -> None:
    ledger, mornings = lived.ledger(), lived.mornings()
    assert [morning["day"] for morning in mornings] == [day.isoformat() for day in MORNINGS]
    for morning in mornings:
        known = [line for line in ledger if line["id"] <= morning["ledger_through"]]
        rebuilt = stages(known)
        for account, row in morning["accounts"].items():
            assert rebuilt[account] == {name: row[name] for name in ("stage", "owner", "band", "status")}, morning[
                "day"
            ]
        assert open_commitments(known) == [tuple(each) for each in morning["commitments"]]
        assert firing_signals(known) == [tuple(each) for each in morning["signals"]]


def stages(ledger: list[Line]) -> dict[str, Line]:
    """Stage, owner, band and status of every account, from nothing but facts."""
    found: dict[str, Line] = defaultdict(lambda: {"stage": "", "owner": None, "band": "unknown", "status": ""})
    moved: dict[str, str] = {}
    for line in ledger:
        account, data = line["account_id"], line["data"]
        if account is None:
            continue
        if line["subject"] == "account":
            found[account]["status"] = data["status"]
            # The stage that stands is the one that was reached last, whenever that was told.
            if line["happened_at"] >= moved.get(account, "") and data["stage"] != found[account]["stage"]:
                found[account]["stage"], moved[account] = data["stage"], line["happened_at"]
        elif line["kind"] == "assignment.started" and data["role"] == "csm":
            found[account]["owner"] = data["person_id"]
        elif line["kind"] == "score.banded":
            found[account]["band"] = data["band"]
    return found


def open_commitments(ledger: list[Line]) -> list[tuple[str, str]]:
    return sorted(key for key, (verdict, _) in said(ledger).items() if verdict == "open")


def firing_signals(ledger: list[Line]) -> list[tuple[str, str]]:
    firing: set[tuple[str, str]] = set()
    for line in ledger:
        if line["kind"] == "signal.fired":
            firing.add((line["account_id"], line["data"]["rule"]))
        elif line["kind"] == "signal.resolved":
            firing.discard((line["account_id"], line["data"]["rule"]))
    return sorted(firing)


@pytest.mark.requirement("P-03", "P-04")
def test_scores_made_again_are_those_of_the_morning(lived: Lived, again: dict[str, Line]) -> None:
    for morning in lived.mornings():
        made = again[lived.name]["scores"][morning["day"]]
        active = {account: row for account, row in morning["accounts"].items() if row["status"] == "active"}
        recorded = {account: [row["score"], row["band"]] for account, row in active.items()}
        assert {account: made[account] for account in recorded if account in made} == recorded
    assert sum(score is not None for day in again[lived.name]["scores"].values() for score, _ in day.values()) >= 50


@pytest.mark.requirement("P-02", "P-09")
def test_everything_delivered_again_shuffled_and_a_week_late_changes_nothing(
    lived: Lived, again: dict[str, Line]
) -> None:
    found = again[lived.name]
    assert found["delivered"]["facts"] == len(lived.ledger())
    assert found["delivered"]["events"] + found["delivered"]["points"] >= 10_000
    assert found["after"] == found["before"]


# Detection.


@pytest.mark.requirement("P-10")
def test_what_was_planted_is_mostly_found_and_decoys_mostly_fool_nobody(homes: dict[str, Lived]) -> None:
    found: list[Detection] = []
    for each in homes.values():
        zone, _ = read_promises(each.folder)
        found += detect(
            read_lines(each.home / "truth.jsonl"), read_lines(each.home / "ledger.jsonl"), str(zone)
        ).values()
    planted, hits = sum(each.planted for each in found), sum(each.found for each in found)
    assert planted >= 5
    assert hits / planted >= 0.6
    assert sum(each.fooled for each in found) <= sum(each.decoys for each in found) / 2

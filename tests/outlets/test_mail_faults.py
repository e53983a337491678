"""Kill -9 around the sending of a mail: it goes out once, and twice only where nobody can know that it did."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.outlets.conftest import Mailbox

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def run(home: Path, what: str, port: int = 25, fault: str = "") -> subprocess.CompletedProcess[str]:
    given = {**os.environ, "TENURE_HOME": str(home), "TENURE_FAULT": fault, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    given |= {"TENURE_DATABASE_URL": "sqlite://", "TENURE_MAIL_FROM": "hello@cast.example"}
    given |= {"TENURE_MAIL_URL": f"smtp://127.0.0.1:{port}"}
    command = [sys.executable, "-m", "tests.outlets.mail_scenario", what]
    return subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True)


def told(home: Path) -> tuple[Any, ...]:
    with closing(sqlite3.connect(home / "tenure.sqlite3")) as connection:
        (row,) = connection.execute("SELECT status, tries, doubts FROM records_mail")
        (sent,) = connection.execute("SELECT count(*) FROM identity_ledgerentry WHERE kind = 'mail.sent'")
    return (*row, sent[0])


# Where it is killed; how often it arrived then and in the end; tries and doubts in the end.
KILLS = {
    "mail.marked": (0, 1, 2, 1),  # before it was handed over: sent by the next process
    "mail.handed_over": (1, 2, 2, 1),  # the server has it, and nobody noted it: the copy that cannot be avoided
    "mail.noted": (1, 1, 1, 0),  # noted: never again
}


@pytest.mark.requirement("P-02")
@pytest.mark.parametrize("point", KILLS)
def test_killed_while_sending_it_goes_out_as_rarely_as_can_be(
    point: str, mailbox: Mailbox, settings: Any, tmp_path: Path
) -> None:
    before, after, tries, doubts = KILLS[point]
    made = run(tmp_path, "make")
    assert made.returncode == 0, made.stderr
    killed = run(tmp_path, "send", settings.EMAIL_PORT, point)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(mailbox.received) == before
    for _ in range(2):
        again = run(tmp_path, "send", settings.EMAIL_PORT)
        assert again.returncode == 0, again.stderr
    assert len(mailbox.received) == after
    assert len({mail["Message-ID"] for mail in mailbox.received}) == 1
    assert told(tmp_path) == ("sent", tries, doubts, 1)

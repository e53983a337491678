"""Kill -9 around the sending of a mail: it goes out once, and twice only where nobody can know that it did."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.forks import Ended, Forks, forks_of
from tests.outlets.conftest import Mailbox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
forks = forks_of("tests.outlets.mail_scenario")


@pytest.fixture(scope="module")
def made(forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose mail is due."""
    home = tmp_path_factory.mktemp("made") / "home"
    ended = forks.do(home, "make")
    assert ended.code == 0, ended.errors
    return home


def send(forks: Forks, home: Path, port: int, fault: str = "") -> Ended:
    mail = {"TENURE_MAIL_FROM": "hello@cast.example", "TENURE_MAIL_URL": f"smtp://127.0.0.1:{port}"}
    return forks.do(home, "send", fault=fault, **mail)


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
    point: str, forks: Forks, made: Path, mailbox: Mailbox, settings: Any, tmp_path: Path
) -> None:
    before, after, tries, doubts = KILLS[point]
    home = shutil.copytree(made, tmp_path / "home")
    killed = send(forks, home, settings.EMAIL_PORT, point)
    assert killed.was_killed, killed.errors
    assert len(mailbox.received) == before
    for _ in range(2):
        again = send(forks, home, settings.EMAIL_PORT)
        assert again.code == 0, again.errors
    assert len(mailbox.received) == after
    assert len({mail["Message-ID"] for mail in mailbox.received}) == 1
    assert told(home) == ("sent", tries, doubts, 1)

"""A real IMAP server on loopback, letters in it, and a connector that reads them."""

from __future__ import annotations

import imaplib
import itertools
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.records.account import Account
from tenure.records.contact import Contact, add_contact
from tenure.sources.connectors.connector import Connector, add_connector
from tenure.sources.connectors.rounds import advance
from tests.book import Book
from tests.cast import Cast, blueprint
from tests.days import Days, days

__all__ = ["days"]

USER, PASSWORD = "hello@ours.example", "correct horse"
REPLIES = {
    "label": "Replies",
    "promise": "Whoever writes to us has an answer within a day.",
    "opens": {"on": "message.received"},
    "met_by": [{"on": "message.sent"}, {"on": "message.settled"}],
    "match": "all",
    "within": "24 hours",
    "owner": "csm",
}
_numbers = itertools.count(1)


@pytest.fixture
def model() -> Model:
    return blueprint(
        commitments={"replies": REPLIES}, metrics={"views": {"label": "Views"}, "leads": {"label": "Leads"}}
    )


@pytest.fixture(autouse=True)
def _loopback(settings: Any, days: Days) -> None:
    """Loopback is a private network: a test allows it as whoever runs a home does. The clock stands from the start."""
    settings.PRIVATE_HOSTS = ("127.0.0.0/8", "::1")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def serve(*options: str) -> Iterator[int]:
    """Run the IMAP server until the test is over. Without one these tests are skipped by name, and fail where CI is."""
    program = shutil.which("pymap", path=str(Path(sys.executable).parent))
    if program is None:
        message = "no pymap: the mailbox was not read (install the dev extra)"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    port = free_port()
    command = [program, "--host", "127.0.0.1", "--port", str(port), *options, "dict"]
    running = subprocess.Popen([*command, "--demo-user", USER, "--demo-password", PASSWORD], stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with socket.socket() as knocking:
                if knocking.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        running.terminate()
        running.wait(10)


@pytest.fixture(scope="session")
def imap_port() -> Iterator[int]:
    yield from serve("--no-tls")


class Mailbox:
    """The folders of one test, as a mail program and a mail server fill them."""

    def __init__(self, port: int) -> None:
        number = next(_numbers)
        self.port, self.inbox, self.sent = port, f"In {number}", f"Gesendet für {number}"
        with self.open() as imap:
            imap.create(f'"{self.inbox}"')
            imap.create(self._name(self.sent))

    def open(self) -> imaplib.IMAP4:
        imap = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        imap.login(USER, PASSWORD)
        return imap

    @staticmethod
    def _name(folder: str) -> str:
        return '"' + folder.replace("ü", "&APw-") + '"'

    def put(self, folder: str, raw: bytes, stored_at: datetime) -> None:
        with self.open() as imap:
            kind, said = imap.append(self._name(folder), "", imaplib.Time2Internaldate(stored_at), raw)
            assert kind == "OK", said

    def recreate(self, folder: str) -> None:
        """The folder as a server has it that was moved: other numbers, another UIDVALIDITY, no letter."""
        with self.open() as imap:
            assert imap.delete(self._name(folder))[0] == "OK"
            assert imap.create(self._name(folder))[0] == "OK"

    def comes(self, at: datetime, **letter: Any) -> bytes:
        """A letter that our server takes at a moment."""
        raw = written(**{"to": USER, "received": at} | letter)
        self.put(self.inbox, raw, at)
        return raw

    def goes(self, at: datetime, **letter: Any) -> bytes:
        """A letter that we send at a moment; a copy lies in the sent folder."""
        raw = written(**{"sender": USER, "date": at} | letter)
        self.put(self.sent, raw, at)
        return raw


def written(
    *,
    sender: str = "Dana Whitfield <dana@acme.example>",
    to: str = USER,
    subject: str = "Budget",
    body: str = "Can we talk about the budget?",
    id: str = "",
    answers: str = "",
    references: str = "",
    date: datetime | None = None,
    received: datetime | None = None,
    **heads: str,
) -> bytes:
    """A letter as bytes. `id` and `answers` are Message-IDs without their brackets."""
    letter = EmailMessage()
    if received is not None:
        letter["Received"] = f"from a.example by mx.ours.example; {format_datetime(received)}"
    letter["From"], letter["To"], letter["Subject"] = sender, to, subject
    letter["Message-ID"] = f"<{id or f'letter-{next(_numbers)}@acme.example'}>"
    if date is not None:
        letter["Date"] = format_datetime(date)
    if answers:
        letter["In-Reply-To"] = f"<{answers}>"
    if references:
        letter["References"] = references
    for name, value in heads.items():
        letter[name.replace("_", "-")] = value
    letter.set_content(body)
    return letter.as_bytes()


@pytest.fixture
def mailbox(imap_port: int) -> Mailbox:
    return Mailbox(imap_port)


@pytest.fixture
def acme(days: Days, book: Book) -> Account:
    return book.alices


@pytest.fixture
def dana(acme: Account, cast: Cast) -> Contact:
    return add_contact(acme, name="Dana Whitfield", email="dana@acme.example", actor=cast.actor("alice"))


def settings_of(mailbox: Mailbox, **more: Any) -> dict[str, Any]:
    plain = {"host": "127.0.0.1", "port": mailbox.port, "security": "plain", "user": USER}
    return plain | {"inbox": mailbox.inbox, "sent": mailbox.sent} | more


@pytest.fixture
def connector(mailbox: Mailbox, cast: Cast, dana: Contact) -> Connector:
    return add_connector(
        kind="mailbox",
        label="Hello",
        source="mail",
        settings=settings_of(mailbox),
        secrets={"password": PASSWORD},
        actor=cast.actor("olive"),
    )


@pytest.fixture
def reading(days: Days) -> Callable[[], None]:
    """Let the pipeline read what there is, until nothing is left to do."""

    def run() -> None:
        assert clock.now() is not None
        Connector.objects.filter(status="active").update(next_at=clock.now())
        while advance():
            pass
        days.run()

    return run

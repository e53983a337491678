"""A real mail server on the loopback, that keeps what it is given and refuses what a test tells it to."""

import email
import email.policy
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tenure.base.clock import SetClock
from tenure.facts.lake import Lake
from tenure.outlets.mail import send_due
from tenure.pipeline.lake import open_lake
from tests.records.conftest import acme, dana, model, now  # noqa: F401 - fixtures


@pytest.fixture
def lake(now: SetClock, company: object) -> Iterator[Lake]:
    """The home's lake, open for as long as the test lasts."""
    with open_lake() as opened:
        yield opened


class Mailbox:
    """What the server was given, and how it answers to an address."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.answers: dict[str, str] = {}

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        answer = self.answers.get(address, "")
        if not answer:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        found = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(found, EmailMessage)
        self.received.append(found)
        return "250 taken"


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    """A home that sends its mails to this server."""
    box = Mailbox()
    port = free_port()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 5
    settings.MAIL_FROM, settings.KEEPS_MAIL = "hello@cast.example", False
    settings.PUBLIC_URL = "https://tenure.cast.example"
    yield box
    server.stop()


@pytest.fixture
def later(now: SetClock) -> Callable[..., int]:
    """Let time pass, and send what is due then."""

    def pass_time(**span: float) -> int:
        now.advance(timedelta(**span))
        return send_due()

    return pass_time

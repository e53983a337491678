"""HTTP to other machines: addresses that were checked, no redirect followed, bounded in size and in time. No Django."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit

from tenure.sources.connectors.items import Failed
from tenure.sources.connectors.network import connect, is_open

TIMEOUT = 15.0  # seconds without a sign from the other side
DEADLINE = 40.0  # seconds for all of it, however slowly it drips
LARGEST_ANSWER = 512_000
CHUNK = 64 * 1024
MOST_HOPS = 4
REDIRECTS = frozenset({301, 302, 303, 307, 308})
AGENT: Final = "Tenure"


class Unsure(Exception):
    """The request may have arrived and no answer came: whether it was done nobody can know."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `headers` have small names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    method: str
    address: str
    headers: Mapping[str, str]
    body: bytes | None = None


class _Checked(http.client.HTTPConnection):
    """A connection to an address that was checked, encrypted where the address says so."""

    def __init__(self, host: str, port: int, *, is_encrypted: bool, allowed: Sequence[str]) -> None:
        super().__init__(host, port, timeout=TIMEOUT)
        self._is_encrypted, self._allowed = is_encrypted, allowed

    def connect(self) -> None:
        """Raises Failed where nobody may or can be spoken to: then nothing has been sent."""
        plain = connect(self.host, self.port, timeout=TIMEOUT, allowed=self._allowed)
        if not self._is_encrypted:
            peer = ipaddress.ip_address(str(plain.getpeername()[0]).partition("%")[0])
            if is_open(peer, "", ()):
                plain.close()
                raise Failed("not_encrypted", f"“{self.host}” is on the open internet and asked without encryption.")
            self.sock = plain
            return
        try:
            self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)
        except (ssl.SSLError, OSError) as error:
            plain.close()
            words = f"“{self.host}” cannot be spoken to securely: {getattr(error, 'reason', '') or 'no answer'}."
            raise Failed("not_secure", words) from error


@contextmanager
def _bounded(connection: http.client.HTTPConnection, seconds: float) -> Iterator[None]:
    """Hang up once a deadline has passed, whatever is being waited for."""

    def hang_up() -> None:
        held = connection.sock
        if held is not None:
            try:
                held.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it has hung up itself

    timer = threading.Timer(seconds, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextmanager
def _opened(asked: Asked, allowed: Sequence[str], deadline: float) -> Iterator[http.client.HTTPResponse]:
    """Send a request and give its answer, not read yet.

    Raises Failed where nothing was sent, and Unsure where it may have arrived. No message holds a header's value.
    """
    parts = urlsplit(asked.address)
    is_encrypted = parts.scheme == "https"
    port = parts.port or (443 if is_encrypted else 80)
    connection = _Checked(parts.hostname or "", port, is_encrypted=is_encrypted, allowed=allowed)
    way = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.connect()
        with _bounded(connection, deadline):
            try:
                connection.request(asked.method, way, body=asked.body, headers={"User-Agent": AGENT, **asked.headers})
            except (ValueError, UnicodeError) as error:
                words = "A header or the path cannot be written; type the secret again, without line breaks."
                raise Failed("not_writable", words) from error
            except (OSError, http.client.HTTPException) as error:
                raise Unsure(f"The connection broke while it was asked ({type(error).__name__}).") from error
            try:
                answer = connection.getresponse()
            except TimeoutError as error:
                raise Unsure(f"No answer came within {TIMEOUT:.0f} seconds.") from error
            except (OSError, http.client.HTTPException) as error:
                raise Unsure(f"No whole answer came ({type(error).__name__}).") from error
            try:
                yield answer
            finally:
                answer.close()
    finally:
        connection.close()


def _chunks(answer: http.client.HTTPResponse, most: int, says: Callable[[], Exception]) -> Iterator[bytes]:
    size = 0
    while True:
        try:
            chunk = answer.read(CHUNK)
        except (OSError, http.client.HTTPException) as error:
            raise Unsure(f"The answer broke off ({type(error).__name__}).") from error
        if not chunk:
            return
        size += len(chunk)
        if size > most:
            raise says()
        yield chunk


def ask(asked: Asked, allowed: Sequence[str] = (), *, deadline: float = DEADLINE) -> Answer:
    """Make a request and read its answer. A redirect is an answer like any other; nobody follows it."""
    with _opened(asked, allowed, deadline) as answer:
        large = Unsure(f"The answer is larger than {LARGEST_ANSWER // 1000} kB.")
        body = b"".join(_chunks(answer, LARGEST_ANSWER, lambda: large))
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, body)


def download(
    address: str, allowed: Sequence[str], *, most: int, deadline: float, may_follow: Callable[[str], bool]
) -> Iterator[bytes]:
    """A file, piece by piece; where it is said to lie elsewhere, there, if one may. Raises Failed where it is not given
    out, is too large, or does not come.
    """
    try:
        for _ in range(MOST_HOPS):
            with _opened(Asked("GET", address, {}), allowed, deadline) as answer:
                if answer.status == 200:
                    yield from _chunks(answer, most, lambda: Failed("too_large", "The file is too large."))
                    return
                elsewhere = urljoin(address, answer.getheader("location") or "")
                if answer.status not in REDIRECTS or not may_follow(elsewhere):
                    raise Failed("not_given", f"The file was not given out (answer {answer.status}).")
                address = elsewhere
        raise Failed("not_given", "The file was not given out: its address leads from one to another.")
    except Unsure as error:
        raise Failed("broke_off", str(error)) from error

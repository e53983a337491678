"""Tests through the door that others use: a live server on the loopback, and a database of the test's own below it.

A request is answered in a thread. Were the test's own connection shared with those threads, as Django does it for a
database in memory, a request that nobody waits for (a page asks again every few seconds) would begin, commit and close
in the middle of whatever the test thread does, and in the middle of the next test's transaction. Here each thread has
a connection of its own, as in earnest, to a file that belongs to this one test; and the test ends only when every
request has ended.
"""

import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.db import connection, connections
from django.test.testcases import LiveServerThread, QuietWSGIRequestHandler


class WaitingServer(ThreadedWSGIServer):
    """A server that is closed only when each request it has taken is answered."""

    daemon_threads = False  # so that `server_close` joins them

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def serve_forever(self, poll_interval: float = 0.02) -> None:
        super().serve_forever(poll_interval)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def close_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().close_request(request)

    def server_close(self) -> None:
        """Read no further request from whoever keeps a line open, and wait for those that were read."""
        with self._lock:
            for each in self._open:
                try:
                    each.shutdown(socket.SHUT_RD)
                except OSError:
                    continue  # they have hung up already
        super().server_close()


class WaitingThread(LiveServerThread):
    server_class = WaitingServer

    def _create_server(self, connections_override: Any = None) -> WaitingServer:
        return self.server_class((self.host, self.port), QuietWSGIRequestHandler)


class Site:
    """The pages at an address of their own."""

    def __init__(self) -> None:
        self._thread = WaitingThread("localhost", StaticFilesHandler)
        self._thread.daemon = True
        self._thread.start()
        self._thread.is_ready.wait()
        if self._thread.error:
            raise self._thread.error

    @property
    def url(self) -> str:
        return f"http://{self._thread.host}:{self._thread.port}"

    def close(self) -> None:
        """Take no more requests, and wait for those under way."""
        self._thread.terminate()


@pytest.fixture(scope="session")
def migrated(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with every table and no row, to be copied."""
    path = tmp_path_factory.mktemp("database") / "migrated.sqlite3"
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(path)])
    return path


@contextmanager
def _database_in(path: Path) -> Iterator[None]:
    """For this thread and for those that begin meanwhile, the default database is this file."""
    usual = connections["default"]
    connections.settings["default"] = usual.settings_dict | {"NAME": str(path)}
    del connections["default"]
    try:
        yield
    finally:
        connections["default"].close()
        connections.settings["default"] = usual.settings_dict
        connections["default"] = usual


@pytest.fixture(autouse=True)
def _own_database(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test with a live server has its own database before any other fixture writes a row."""
    if "site" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("db")
    assert connection.vendor == "sqlite", "tests with a live server copy a database file"
    path = request.getfixturevalue("tmp_path") / "site.sqlite3"
    shutil.copy(request.getfixturevalue("migrated"), path)
    with _database_in(path):
        yield


@pytest.fixture
def site(migrated: Path, _own_database: None) -> Iterator[Site]:
    """The pages on a live server of this test; it is closed before the test's database is."""
    served = Site()
    yield served
    served.close()


@pytest.fixture(scope="session")
def live_server() -> None:
    """Whoever asks for pytest-django's server, which shares its connection with the test, is sent to ours."""
    pytest.fail("use `site`: a live server with a database of its own, which waits for its requests")

"""A tool on the loopback that keeps what it is asked, makes what it is told to make, and fails as a test wants."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

TOKEN = "pk_17_correct_horse"
RECIPE: dict[str, Any] = {
    "label": "Desk",
    "settings": {
        "token": {"label": "Token", "secret": True},
        "space": {"label": "Space"},
        "field_rvs": {"label": "Field: score", "required": False},
        "field_stage": {"label": "Field: stage", "required": False},
    },
    "headers": {"Authorization": "{secret.token}"},
    "idempotency": "Idempotency-Key",
    "says": "err",
    "provisions": {
        "folder": {
            "label": "Folder of the client",
            "on": [{"on": "journey.deployed", "where": "data.journey = 'onboarding'"}],
            "path": "/api/v2/space/{setting.space}/folder",
            "body": {"name": "{account_name}", "options": {"return_immediately": True}},
            "lookup": {
                "path": "/api/v2/space/{setting.space}/folder",
                "within": "folders",
                "where": {"name": "{account_name}"},
            },
            "keep": {"id": "id"},
            "link": {"title": "{account_name}: project", "url": "https://app.clickup.com/9/v/o/f/{kept.folder.id}"},
        }
    },
    "writes": {
        "figures": {
            "label": "Figures",
            "nightly": True,
            "on": [{"on": "account.changed"}],
            "each": {
                "rvs": {"field": "{setting.field_rvs}", "value": "{score}"},
                "stage": {"field": "{setting.field_stage}", "value": "{stage}"},
            },
            "path": "/api/v2/task/{kept.folder.id}/field/{each.field}",
            "body": {"value": "{each.value}"},
        }
    },
}


class Desk:
    """What was asked of the tool, and how it answers: ``answers`` are given first, in their order."""

    def __init__(self) -> None:
        self.port = 0
        self.asked: list[tuple[str, str, Any, dict[str, str]]] = []
        self.folders: list[dict[str, str]] = []
        self.answers: list[tuple[int, Any, dict[str, str]]] = []
        self.slow = 0.0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def written(self) -> list[tuple[str, Any]]:
        """What was told or made, without what was only looked for."""
        return [(path, body) for method, path, body, _ in self.asked if method != "GET"]

    def fails(self, status: int, data: Any = None, **headers: str) -> None:
        """Answer the next request so."""
        self.answers.append((status, data or {}, {name.replace("_", "-"): value for name, value in headers.items()}))

    def answer(self, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
        self.asked.append((method, path, body, headers))
        if self.slow:
            time.sleep(self.slow)
        if self.answers:
            return self.answers.pop(0)
        if headers.get("authorization") != TOKEN:
            return 401, {"err": "Token invalid"}, {}
        if path.endswith("/folder") and method == "GET":
            return 200, {"folders": self.folders}, {}
        if path.endswith("/folder"):
            self.folders.append({"id": f"f{len(self.folders) + 1}", "name": body["name"]})
            return 200, self.folders[-1], {}
        return 200, {}, {}


@contextmanager
def running() -> Iterator[Desk]:
    """The tool, until the block is left."""
    desk = Desk()

    class Handler(BaseHTTPRequestHandler):
        def _take(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
            try:
                body = json.loads(raw) if raw else None
            except ValueError:
                body = raw.decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, data, more = desk.answer(self.command, urlsplit(self.path).path, body, headers)
            said = data if isinstance(data, bytes) else json.dumps(data).encode()
            try:
                self.send_response(status)
                for name, value in more.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)
            except OSError:
                return  # whoever asked has hung up

        do_GET = do_POST = do_PUT = do_PATCH = _take

        def log_message(self, *_: Any) -> None:
            """A test reads what was asked, not a log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    desk.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield desk
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)

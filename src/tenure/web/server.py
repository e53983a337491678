"""The web process: gunicorn in front of Django, static files collected first."""

from __future__ import annotations

import os
from typing import Any

from django.core.management import call_command
from gunicorn.app.base import BaseApplication


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn with our settings rather than its own command line. It stops cleanly on SIGTERM."""

    def __init__(self, bind: str, workers: int) -> None:
        self.bind = bind
        self.workers = workers
        super().__init__()

    def load_config(self) -> None:
        wanted: dict[str, Any] = {
            "bind": self.bind,
            "workers": self.workers,
            "threads": 4,
            "worker_class": "gthread",
            "graceful_timeout": 10,
            "timeout": 60,
            "proc_name": "tenure",
            "loglevel": os.environ.get("TENURE_LOG", "warning").lower(),
        }
        for name, value in wanted.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from tenure.web.wsgi import application

        return application


def serve(host: str = "127.0.0.1", port: int = 8000, workers: int = 2) -> None:
    """Serve the pages until told to stop. Static files are collected into the home when they changed."""
    call_command("collectstatic", "--noinput", verbosity=0)
    Server(f"{host}:{port}", workers).run()

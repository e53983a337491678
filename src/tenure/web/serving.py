"""Answering requests: gunicorn over the pages, with the static files collected first."""

from __future__ import annotations

import os
import sys

from django.core.management import call_command


def serve(host: str, port: int, workers: int) -> None:
    """Become the web server; returns never. Tables are brought up to date and static files collected first."""
    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    arguments = [
        "gunicorn",
        "tenure.web.wsgi:application",
        f"--bind={host}:{port}",
        f"--workers={workers}",
        "--threads=4",
        "--access-logfile=-" if os.environ.get("TENURE_LOG", "INFO") == "DEBUG" else "--log-level=warning",
    ]
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", *arguments])  # noqa: S606 - our own server, nobody's input

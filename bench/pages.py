"""What a page takes with 10,000 accounts, against the same page with 100, by median and 95th percentile: at most 1.5x.

Two homes are asked in turn, request by request, each by a process of its own, so that whatever else the machine does
falls on both alike.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.figures import heading, line, quantile

SIZES = (100, 10_000)
ROUNDS = 100
WARM = 5
LIMIT = 1.5
ROOT = Path(__file__).parent.parent
ADDRESSES = {
    "Today": "/today/",
    "Portfolio": "/portfolio/",
    "Portfolio by renewal, red or yellow": "/portfolio/?sort=renewal&tone=red&tone=yellow",
    "Heat map": "/portfolio/?view=heat",
    "Signals": "/signals/",
    "Meetings": "/meetings/",
    "Tasks": "/tasks/",
    "Commitments": "/commitments/",
    "Ledger": "/ledger/",
    "An account": "/accounts/{account}/",
}


class Home:
    """A process with a home of so many accounts that answers how long a request took."""

    def __init__(self, size: int, folder: str) -> None:
        environment = os.environ | {"TENURE_HOME": folder, "DJANGO_SETTINGS_MODULE": "tenure.settings"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.pages", str(size)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.ready = json.loads(self._heard())

    def _heard(self) -> str:
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        if not said:
            raise SystemExit(f"the process ended with {self.process.wait()}")
        return said

    def ask(self, address: str) -> float:
        """Seconds from a request to its answer."""
        assert self.process.stdin is not None
        print(address, file=self.process.stdin, flush=True)
        return float(self._heard())

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def serve(size: int) -> None:
    """Make a home of `size` accounts and answer each address on standard input with the seconds that it took."""
    import django

    django.setup()
    account, person = _fill(size)
    from django.conf import settings
    from django.test import Client

    client = Client(headers={"host": "localhost"})
    client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
    print(json.dumps({"size": size}), flush=True)
    for address in sys.stdin:
        url = address.strip().format(account=account)
        began = time.perf_counter()
        answer = client.get(url)
        took = time.perf_counter() - began
        if answer.status_code != 200:
            raise SystemExit(f"{url} answered {answer.status_code}")
        print(took, flush=True)


def _fill(size: int) -> tuple[str, Any]:
    """A small company and a crowd of accounts; returns one account's id and the person who sees all."""
    from django.core.management import call_command
    from django.db import connection

    from tenure.identity.actor import Actor
    from tenure.identity.company import install
    from tests.book import take_on
    from tests.cast import join
    from tests.web.crowd import add_crowd
    from tests.web.world import lived_in

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    install(lived_in(), files={}, folder="bench")
    alice, olive = join("Alice", "csm"), join("Olive", "ops")
    account = take_on("Acme Ltd", alice, Actor.machine("bench"), tier="core")
    crowd = add_crowd(size, alice, account)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return crowd[0], olive


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        small, large = (Home(size, f"{folder}/{size}") for size in SIZES)
        print(heading(f"Pages, {ROUNDS} requests each, median and 95th percentile", f"{SIZES[0]:,}", f"{SIZES[1]:,}"))
        for name, address in ADDRESSES.items():
            for _ in range(WARM):
                small.ask(address), large.ask(address)
            pairs = [(small.ask(address), large.ask(address)) for _ in range(ROUNDS)]
            for share, limit in ((0.5, None), (0.95, LIMIT)):
                few, many = (quantile(times, share) for times in zip(*pairs, strict=True))
                print(line(f"{name}, {share:.0%}", few, many, limit), flush=True)
        small.close(), large.close()


if __name__ == "__main__":
    serve(int(sys.argv[1])) if len(sys.argv) > 1 else main()

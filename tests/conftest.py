"""What every test stands on."""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.core.management.commands import flush
from django.db import connection

from tests.book import book  # noqa: F401 - a fixture
from tests.cast import *  # noqa: F403 - the cast are fixtures
from tests.live import _own_database, live_server, migrated, site  # noqa: F401 - fixtures

# Tests start many processes. Where none of them may keep what it compiled, each compiles everything for itself: 7 s of
# work before its first line, instead of 3.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

append_only = import_module("tenure.identity.migrations.0002_append_only")


def pytest_configure(config: pytest.Config) -> None:
    """Workers take the modules in our order: pytest-xdist by itself keeps those with few, long tests for the end."""
    config.option.loadscopereorder = False


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long modules come first, so that no worker ends with one while the others have nothing left to do."""
    order = {item.path: 1 for item in items if item.get_closest_marker("browser")}
    order |= {item.path: 0 for item in items if item.get_closest_marker("slow")}
    tests = Counter(item.path for item in items)
    items.sort(key=lambda item: (order.get(item.path, 2), -tests[item.path] * (item.path not in order), item.path))


@contextmanager
def ledger_may_change() -> Iterator[None]:
    """Take the ledger's triggers away for a moment: only the emptying of a test database needs it."""
    statements = {"sqlite": append_only.SQLITE, "postgresql": append_only.POSTGRESQL}[connection.vendor]
    with connection.cursor() as cursor:
        for statement in append_only.UNDO[connection.vendor]:
            cursor.execute(statement)
        yield
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture(autouse=True, scope="session")
def _flush_empties_the_ledger() -> Iterator[None]:
    """Transactional tests end by a flush, which the ledger itself would refuse."""
    handle = flush.Command.handle

    def handle_without_triggers(self: flush.Command, **options: Any) -> None:
        with ledger_may_change():
            handle(self, **options)

    flush.Command.handle = handle_without_triggers  # type: ignore[method-assign]
    yield
    flush.Command.handle = handle  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _home(settings: Any, tmp_path: Path) -> None:
    """Each test has a home of its own for whatever reaches the disk."""
    settings.HOME = tmp_path
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real one is slow on purpose
    settings.CACHES = {"default": project.CACHES["default"] | {"LOCATION": tmp_path / "cache"}}
    settings.UPLOADS = tmp_path / "uploads"
    settings.LAKE_URL = f"sqlite:///{tmp_path / 'lake' / 'catalog.sqlite3'}"

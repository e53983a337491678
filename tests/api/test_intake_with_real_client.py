"""Segment's own Python library talks to the intake over HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from segment.analytics.client import Client

from tenure.records.account import Account
from tenure.sources.inbox import Spooled
from tenure.sources.keys import WriteKey, create_key
from tenure.sources.spool import drain
from tests.cast import Cast
from tests.live import Site
from tests.sources.conftest import ACCOUNTS, Importing, files, importing, lake, rows_of

__all__ = ["files", "importing", "lake"]
pytestmark = [pytest.mark.urls("tests.api.urls"), pytest.mark.django_db]


@pytest.fixture
def key(cast: Cast) -> WriteKey:
    cache.clear()
    return create_key(label="The app", source="app", actor=cast.actor("olive"))


@pytest.fixture(params=[False, True], ids=["plain", "gzip"])
def library(request: pytest.FixtureRequest, key: WriteKey, site: Site) -> Iterator[Client]:
    """The library as an application configures it; it delivers everything."""
    errors: list[Any] = []
    client = Client(
        key.secret,
        host=site.url,
        gzip=request.param,
        on_error=lambda error, batch: errors.append(error),
        timeout=60,
    )
    yield client
    client.shutdown()
    assert errors == []


@pytest.mark.requirement("P-07")
def test_events_of_the_library_reach_the_lake(library: Client, importing: Importing, lake: Any) -> None:
    importing(accounts=ACCOUNTS)
    library.identify("u1", {"email": "jo@ashdown.test"})
    library.group("u1", "A1", {"name": "Ashdown"})
    for number in range(250):
        library.track("u1", "Search", {"results": number})
    library.page("u1", "Docs", "Pricing")
    library.screen("u1", "App", "Home")
    library.alias("u0", "u1")
    library.flush()
    assert Spooled.objects.count() == 255
    while drain(lake):
        pass
    events = rows_of(lake, "events")
    assert {name: sum(row["name"] == name for row in events) for name in ("Search", "page", "screen")} == {
        "Search": 250,
        "page": 1,
        "screen": 1,
    }
    assert {row["account_id"] for row in events} == {Account.objects.get(name="Ashdown").pk}


@pytest.mark.requirement("P-07", "P-09")
def test_an_event_that_the_library_sends_again_is_stored_once(library: Client, key: WriteKey) -> None:
    for _ in range(2):
        library.track("u1", "Search", message_id="the-same")
        library.flush()
    assert Spooled.objects.filter(message_id="the-same").count() == 1


def test_a_wrong_key_is_told_to_the_library(key: WriteKey, site: Site) -> None:
    errors: list[Any] = []
    client = Client("wrong", host=site.url, on_error=lambda error, batch: errors.append(error), max_retries=0)
    client.track("u1", "Search")
    client.flush()
    client.shutdown()
    assert [(error.status, error.code) for error in errors] == [(401, "unknown_key")]
    assert not Spooled.objects.exists()

"""The live server of the tests: a request has a connection of its own, and no test ends before its requests do."""

from collections.abc import Iterator
from socket import create_connection
from threading import Thread
from urllib.parse import urlsplit

import pytest
from django.db import connection

from tenure.identity.people import Team
from tests import slow_pages
from tests.live import Site

pytestmark = [pytest.mark.urls("tests.slow_pages"), pytest.mark.django_db]


@pytest.fixture
def under_way(site: Site) -> Iterator[Site]:
    """Somebody asked for a page and hung up; the server is still at it."""
    for each in (slow_pages.begun, slow_pages.may_go_on, slow_pages.ended):
        each.clear()
    parts = urlsplit(site.url)
    with create_connection((parts.hostname, parts.port)) as line:
        line.sendall(b"GET /slow/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert slow_pages.begun.wait(30)
    yield site
    slow_pages.may_go_on.set()


def test_the_test_thread_stands_outside_the_transaction_of_a_request(under_way: Site) -> None:
    assert not connection.in_atomic_block and not Team.objects.exists()
    slow_pages.may_go_on.set()
    under_way.close()
    assert Team.objects.get().name == "Late"


def test_closing_waits_for_a_request_that_nobody_waits_for(under_way: Site) -> None:
    closing = Thread(target=under_way.close)
    closing.start()
    closing.join(0.2)
    assert closing.is_alive() and not slow_pages.ended.is_set()
    slow_pages.may_go_on.set()
    closing.join(30)
    assert not closing.is_alive() and slow_pages.ended.is_set()


def test_the_next_test_has_nothing_of_the_one_before(site: Site) -> None:
    assert not Team.objects.exists()

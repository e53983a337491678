"""The shell costs every page the same few queries, however many places and accounts there are."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_what_a_page_pays_for_the_shell(client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    # Session, person; company day, memberships, blueprint in force; company name, zone; freshness. Places count apart.
    monkeypatch.setattr("tenure.web.places.every_place", lambda: ())
    client.force_login(cast.alice)
    client.get("/more/")
    with CaptureQueriesContext(
        connection,
    ) as seen:
        client.get("/more/")
    said = [query["sql"] for query in seen.captured_queries]
    assert len(said) <= 8, "\n".join(said)


def test_a_fragment_pays_for_nothing_it_does_not_show(
    client: Client, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    client.force_login(cast.alice)
    with django_assert_max_num_queries(6):
        client.get("/find/", {"q": ">log"}, headers={"HX-Request": "true"})

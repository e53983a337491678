"""The people page: who is here, and how many stand in each team and pod today."""

import re

import pytest
from django.test import Client

from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("P-08")]


def test_teams_and_pods_say_how_many_are_in_them(client: Client, cast: Cast) -> None:
    # North is Alice, Bob and Lena; South is Mallory alone; the pod is Alice and Sam. Olive may change them: links.
    client.force_login(cast.olive)
    page = client.get("/people/").content.decode()
    sizes = dict(
        re.findall(
            r"<span class=\"text\"><a [^>]+>([^<]+)</a>(?:<small>[^<]*</small>)?</span><span class=\"tail\">([^<]+)<",
            page,
        )
    )
    assert sizes == {"North": "3 people", "South": "1 person", cast.pod.name: "2 people"}

"""Event intake: keys that are shown once, and users whose events wait for an account."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from tenure.identity.actor import Actor
from tenure.records.account import create_account
from tenure.sources.inbox import Spooled
from tenure.sources.keys import WriteKey, create_key, find_key
from tenure.sources.users import SourceUser
from tests.cast import Cast
from tests.web.data.conftest import hold, page

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("P-07")]


def test_a_key_is_shown_once(olive: Client) -> None:
    made = olive.post(reverse("keys_of_sources"), {"label": "The web app", "source": "web_app"})
    secret = re.search(r'<code class="secret">([^<]+)</code>', made.content.decode())
    assert secret and made["Cache-Control"] == "no-store"
    key = find_key(secret[1])
    assert key and key.label == "The web app"
    again = page(olive, reverse("keys_of_sources"))
    assert secret[1] not in again and key.begins in again and "never used" in again


def test_a_key_wants_a_source_that_can_be_one(olive: Client) -> None:
    refused = olive.post(reverse("keys_of_sources"), {"label": "The web app", "source": "Web App"})
    assert refused.status_code == 422
    assert "Write small letters" in refused.content.decode() and 'value="The web app"' in refused.content.decode()
    assert not WriteKey.objects.exists()


def test_a_key_is_revoked(olive: Client, cast: Cast) -> None:
    key = create_key(label="The old app", source="app", actor=cast.actor("olive"))
    olive.post(f"/data/events/keys/{key.pk}/revoke/")
    assert find_key(key.secret) is None
    assert "revoked" in page(olive, reverse("keys_of_sources"))


def test_what_waits_for_an_account_is_matched(olive: Client, cast: Cast, system: Actor) -> None:
    account = create_account(name="Ashdown Mill", actor=system)
    create_account(name="Ashdown Farm", actor=system)
    hold(cast, "u1", 3)
    shown = page(olive, reverse("keys_of_sources"))
    assert "3 events" in shown and "u1" in shown
    user = SourceUser.objects.get(key="u1")
    which = olive.post(f"/data/events/users/{user.pk}/match/", {"account": "Ashdown"})
    assert which.status_code == 422 and "Which one: Ashdown Farm, Ashdown Mill?" in which.content.decode()
    assert olive.post(f"/data/events/users/{user.pk}/match/", {"account": "ashdown mill"}).status_code == 303
    user.refresh_from_db()
    assert (user.account_id, user.matched_by) == (account.pk, "person")


def test_the_door_is_open_without_a_session(client: Client, cast: Cast) -> None:
    key = create_key(label="The app", source="app", actor=cast.actor("olive"))
    sent = {"type": "track", "userId": "u1", "event": "Search", "messageId": "m1", "writeKey": key.secret}
    assert client.post("/v1/track", sent, content_type="application/json").status_code == 200
    assert Spooled.objects.count() == 1

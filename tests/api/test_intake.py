"""The door of the event intake: who is let in, what is taken, and what the answer promises."""

import base64
import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from tenure.api import doors, intake
from tenure.base import clock
from tenure.sources.inbox import Spooled
from tenure.sources.keys import WriteKey, create_key, revoke_key
from tenure.sources.messages import (
    LARGEST_BATCH,
    LARGEST_MESSAGE,
    BadMessage,
    happened_at,
    plain_properties,
    read_messages,
    unpack,
)
from tests.cast import Cast, at

pytestmark = pytest.mark.urls("tests.api.urls")
TRACK = {"type": "track", "userId": "u1", "event": "Search", "messageId": "m1"}


@pytest.fixture(autouse=True)
def _calm() -> None:
    cache.clear()


@pytest.fixture
def key(cast: Cast) -> WriteKey:
    return create_key(label="The app", source="app", actor=cast.actor("olive"))


def post(endpoint: str, body: Any, secret: str = "", **headers: str) -> HttpResponse:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    if secret:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{secret}:".encode()).decode()
    return Client(enforce_csrf_checks=True).post(
        f"/v1/{endpoint}", data=data, content_type="application/json", headers=headers
    )


def code(response: HttpResponse) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


@pytest.mark.requirement("P-07")
@pytest.mark.parametrize(
    ("endpoint", "body"),
    [
        ("identify", {"userId": "u1", "traits": {"email": "u1@acme.test"}}),
        ("group", {"userId": "u1", "groupId": "g1"}),
        ("track", {"userId": "u1", "event": "Search"}),
        ("page", {"anonymousId": "a1", "name": "Pricing"}),
        ("screen", {"userId": "u1"}),
        ("alias", {"previousId": "a1", "userId": "u1"}),
        ("batch", {"batch": [TRACK]}),
        ("import", {"batch": [TRACK]}),
        ("track/", {"userId": "u1", "event": "Search"}),
    ],
)
def test_each_kind_of_message_is_stored_before_the_answer(key: WriteKey, endpoint: str, body: dict[str, Any]) -> None:
    response = post(endpoint, body, key.secret)
    assert (response.status_code, response.json()) == (200, {"success": True})
    stored = Spooled.objects.get()
    kind = endpoint.strip("/")
    assert stored.type == ("track" if kind in ("batch", "import") else kind)
    assert stored.status == "waiting"


@pytest.mark.requirement("P-07")
def test_the_key_comes_by_basic_authentication_or_in_the_body(key: WriteKey) -> None:
    assert post("track", TRACK | {"writeKey": key.secret}).status_code == 200
    assert post("track", TRACK | {"messageId": "m2"}, key.secret).status_code == 200
    assert "writeKey" not in Spooled.objects.first().payload


@pytest.mark.requirement("P-07")
def test_an_unknown_or_revoked_key_is_turned_away(cast: Cast, key: WriteKey) -> None:
    assert code(post("track", TRACK)) == (401, "unknown_key")
    assert code(post("track", TRACK, "nonsense")) == (401, "unknown_key")
    assert code(post("track", TRACK, "", Authorization="Basic !!!")) == (401, "unknown_key")
    revoke_key(key, actor=cast.actor("olive"))
    assert code(post("track", TRACK, key.secret)) == (401, "unknown_key")
    assert not Spooled.objects.exists()


def test_only_a_digest_of_the_key_is_kept(key: WriteKey) -> None:
    kept = str(WriteKey.objects.values().get())
    assert key.secret not in kept
    assert WriteKey.objects.get().begins == key.secret[:6]
    assert WriteKey.objects.get().secret == ""


@pytest.mark.requirement("P-07", "P-09")
def test_a_message_with_the_same_id_is_stored_once(key: WriteKey) -> None:
    for _ in range(2):
        assert post("batch", {"batch": [TRACK, TRACK | {"messageId": "m2"}]}, key.secret).status_code == 200
    assert sorted(Spooled.objects.values_list("message_id", flat=True)) == ["m1", "m2"]


def test_messages_without_an_id_are_each_their_own(key: WriteKey) -> None:
    anonymous = {name: value for name, value in TRACK.items() if name != "messageId"}
    post("batch", {"batch": [anonymous, anonymous]}, key.secret)
    assert Spooled.objects.count() == 2


def test_packed_bodies_are_unpacked(key: WriteKey) -> None:
    body = gzip.compress(json.dumps({"batch": [TRACK]}).encode())
    assert post("batch", body, key.secret, **{"Content-Encoding": "gzip"}).status_code == 200
    assert Spooled.objects.get().message_id == "m1"


@pytest.mark.requirement("P-07")
@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        (b"", {}, (400, "json")),
        (b"{", {}, (400, "json")),
        (b"[]", {}, (400, "json")),
        (b'{"a": NaN}', {}, (400, "json")),
        (b"\xff\xfe", {}, (400, "json")),
        (b"[" * 100_000, {}, (400, "json")),
        (b"{}", {}, (400, "batch")),
        (b'{"batch": {}}', {}, (400, "batch")),
        (b'{"batch": [1]}', {}, (400, "message")),
        (b'{"batch": [{"userId": "u"}]}', {}, (400, "type")),
        (b'{"batch": [{"type": "track", "event": "x"}]}', {}, (400, "user")),
        (b'{"batch": [{"type": "track", "userId": {"a": 1}, "event": "x"}]}', {}, (400, "id")),
        (b'{"batch": [{"type": "track", "userId": "u"}]}', {}, (400, "missing")),
        (b'{"batch": [{"type": "group", "userId": "u"}]}', {}, (400, "missing")),
        (b"not packed", {"Content-Encoding": "gzip"}, (400, "gzip")),
        (gzip.compress(b'{"batch": []}', mtime=0)[:-6], {"Content-Encoding": "gzip"}, (400, "gzip")),
        (b"x", {"Content-Encoding": "br"}, (415, "encoding")),
        (b" " * (LARGEST_BATCH + 1), {}, (413, "too_large")),
        (gzip.compress(b" " * 50_000_000, mtime=0), {"Content-Encoding": "gzip"}, (413, "too_large")),
    ],
)
def test_what_cannot_be_taken_says_why(
    key: WriteKey, body: bytes, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    assert code(post("batch", body, key.secret, **headers)) == expected
    assert not Spooled.objects.exists()


@pytest.mark.requirement("P-07")
def test_an_event_has_at_most_32_kilobytes(key: WriteKey) -> None:
    def sized(size: int) -> dict[str, Any]:
        bare = TRACK | {"properties": {"x": ""}}
        room = size - len(json.dumps(bare, separators=(",", ":")))
        return TRACK | {"properties": {"x": "a" * room}}

    assert post("track", sized(LARGEST_MESSAGE), key.secret).status_code == 200
    response = post("batch", {"batch": [TRACK | {"messageId": "m0"}, sized(LARGEST_MESSAGE + 1)]}, key.secret)
    assert code(response) == (400, "too_large")
    assert response.json()["message"].startswith("Message 2 has more than 32,768 bytes")
    assert Spooled.objects.count() == 1  # of the refused batch none is stored


def test_only_post_is_answered_and_no_other_site_is_let_in(key: WriteKey) -> None:
    for method in ("get", "put", "options", "delete"):
        response = getattr(Client(), method)("/v1/batch")
        assert (response.status_code, response["Allow"]) == (405, "POST")
    response = post("track", TRACK, key.secret, Origin="https://elsewhere.test")
    assert response.status_code == 200
    assert not [name for name in response.headers if name.lower().startswith("access-control")]
    assert response["Cache-Control"] == "no-store"


@pytest.mark.requirement("P-07")
def test_too_many_messages_a_minute_are_turned_away_for_a_while(key: WriteKey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MESSAGES_PER_MINUTE", 3)
    three = {"batch": [TRACK | {"messageId": str(number)} for number in range(3)]}
    assert post("batch", three, key.secret).status_code == 200
    response = post("track", TRACK, key.secret)
    assert (code(response), response["Retry-After"]) == ((429, "throttled"), "60")
    assert Spooled.objects.count() == 3


def test_guessing_keys_is_throttled_by_address(key: WriteKey) -> None:
    answers = {code(post("track", TRACK, "guess")) for _ in range(doors.STRANGERS_PER_MINUTE)}
    assert answers == {(401, "unknown_key")}
    assert code(post("track", TRACK, "guess")) == (429, "throttled")


def test_a_character_nought_is_taken_out(key: WriteKey) -> None:
    post("track", {"userId": "u\u00001", "event": "Se\u0000arch", "properties": {"a\u0000": ["\u0000b"]}}, key.secret)
    stored = Spooled.objects.get()
    assert stored.user_key == "u1"
    assert stored.payload["event"] == "Search"
    assert stored.payload["properties"] == {"a": ["b"]}


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.requirement("P-07")
@pytest.mark.parametrize(
    ("said", "sent", "expected"),
    [
        # The sender's clock is an hour ahead: it sent at 13:00 what we received at 12:00, and did it at 12:30.
        (NOON + HOUR / 2, NOON + HOUR, NOON - HOUR / 2),
        # An hour behind: sent at 11:00, done at 10:00, so at 11:00 by our clock.
        (NOON - 2 * HOUR, NOON - HOUR, NOON - HOUR),
        (NOON - HOUR, None, NOON - HOUR),
        (None, NOON, NOON),
        (NOON + HOUR, None, NOON),
        (NOON - timedelta(days=365 * 40), None, NOON),
        (datetime.max.replace(tzinfo=UTC), NOON - HOUR, NOON),
    ],
)
def test_moments_are_corrected_by_when_they_were_sent(
    said: datetime | None, sent: datetime | None, expected: datetime
) -> None:
    assert happened_at(said, sent, NOON) == expected


def test_the_envelope_says_when_a_batch_was_sent() -> None:
    body = {"sentAt": "2026-03-02T13:00:00Z", "batch": [TRACK | {"timestamp": "2026-03-02T12:30:00.000Z"}]}
    [message] = read_messages("batch", body, NOON)
    assert message.happened_at == at("2026-03-02 11:30")


def test_a_moment_stored_is_the_corrected_one(key: WriteKey) -> None:
    with clock.use(clock.SetClock(NOON)):
        post("track", TRACK | {"timestamp": "2026-03-02T12:30:00Z", "sentAt": "2026-03-02T13:00:00Z"}, key.secret)
    stored = Spooled.objects.get()
    assert (stored.happened_at, stored.received_at) == (NOON - HOUR / 2, NOON)


@pytest.mark.parametrize(
    ("properties", "kept"),
    [
        ({"results": 3, "ok": True, "plan": "pro"}, {"results": 3, "ok": True, "plan": "pro"}),
        ({"email": "a", "userEmail": "a", "first_name": "a", "ip": "1", "phoneNumber": "1"}, {}),
        ({"ship": 1, "tip": 2, "emails_sent": 3}, {"ship": 1, "tip": 2}),
        ({"note": "write to jo@acme.test", "url": "https://x.test"}, {}),
        ({"long": "x" * 81, "list": [1], "object": {"a": 1}, "null": None}, {}),
        ("nonsense", {}),
    ],
)
@pytest.mark.requirement("P-15")
def test_properties_that_may_name_somebody_are_left_out(properties: Any, kept: dict[str, Any]) -> None:
    expected = kept | (
        {"emails_sent": 3} if "emails_sent" in (properties if isinstance(properties, dict) else {}) else {}
    )
    assert plain_properties(properties) == expected


def test_unpacking_never_holds_more_than_it_may() -> None:
    with pytest.raises(BadMessage) as bad:
        unpack(gzip.compress(b"0" * 10_000, mtime=0), "gzip", most=9_999)
    assert bad.value.status == 413

"""The HTTP door of the event intake: what Segment's libraries speak. It answers once a message is stored for good."""

from __future__ import annotations

import base64
import binascii
import os
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from tenure.base import clock
from tenure.sources.inbox import spool
from tenure.sources.keys import WriteKey, find_key
from tenure.sources.messages import LARGEST_BATCH, BadMessage, read_json, read_messages, unpack

MESSAGES_PER_MINUTE = int(os.environ.get("TENURE_INTAKE_PER_MINUTE", "60000"))  # per key and process
STRANGERS_PER_MINUTE = 60  # refused keys per address and process, after which nobody looks any more


@login_not_required
@csrf_exempt  # a library sends no cookie: the write key alone says who it is
def take(request: HttpRequest, endpoint: str) -> HttpResponse:
    """Take one message, or a batch of them. 200 says that all of them are stored; otherwise none is."""
    try:
        if request.method != "POST":
            raise BadMessage(405, "method", "Messages are sent by POST.")
        data = read_json(_body(request))
        key = _key(request, data)
        received_at = clock.now()
        messages = read_messages(endpoint, data, received_at)
        _throttle(f"intake:{key.pk}", len(messages), MESSAGES_PER_MINUTE)
        spool(key, messages, received_at)
    except BadMessage as bad:
        return _refusal(bad)
    return _plain(JsonResponse({"success": True}))


def _body(request: HttpRequest) -> bytes:
    """The body, never more than a batch may have, packed or unpacked."""
    length = request.headers.get("Content-Length", "")
    if length.isdigit() and int(length) > LARGEST_BATCH:
        raise BadMessage(413, "too_large", f"A request has at most {LARGEST_BATCH:,} bytes.")
    try:
        body = request.read(LARGEST_BATCH + 1)
    except (RequestDataTooBig, UnreadablePostError) as error:
        raise BadMessage(400, "unreadable", "The body could not be read.") from error
    if len(body) > LARGEST_BATCH:
        raise BadMessage(413, "too_large", f"A request has at most {LARGEST_BATCH:,} bytes.")
    return unpack(body, request.headers.get("Content-Encoding", "").strip().lower())


def _key(request: HttpRequest, data: dict[str, Any]) -> WriteKey:
    """The write key: the user name of basic authentication, else ``writeKey`` in the body."""
    stranger = f"intake:stranger:{request.META.get('REMOTE_ADDR', '')}"
    if cache.get(stranger, 0) >= STRANGERS_PER_MINUTE:
        raise BadMessage(429, "throttled", "Too many refused keys; wait a minute.")
    given = data.get("writeKey")
    key = find_key(_basic(request) or (given if isinstance(given, str) else ""))
    if key is None:
        _count(stranger, 1)
        raise BadMessage(401, "unknown_key", "This write key is unknown or was revoked.")
    return key


def _basic(request: HttpRequest) -> str:
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")[0]
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


def _throttle(name: str, amount: int, most: int) -> None:
    if _count(name, amount) > most:
        raise BadMessage(429, "throttled", f"At most {most:,} messages a minute.")


def _count(name: str, amount: int) -> int:
    """Count something within the present minute; returns the count."""
    cache.add(name, 0, timeout=60)
    try:
        return int(cache.incr(name, amount))
    except ValueError:  # the minute ended in between
        cache.set(name, amount, timeout=60)
        return amount


def _refusal(bad: BadMessage) -> HttpResponse:
    body = {"success": False, "code": bad.code, "message": bad.message}
    response = JsonResponse(body, status=bad.status)
    if bad.status == 429:
        response["Retry-After"] = "60"
    if bad.status == 401:
        response["WWW-Authenticate"] = 'Basic realm="tenure"'
    if bad.status == 405:
        response["Allow"] = "POST"
    return _plain(response)


def _plain(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response

"""What the HTTP doors for machines share: bodies that are bounded, keys that are shown, limits, plain refusals."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from django.core.cache import cache
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError

from tenure.sources.keys import WriteKey, find_key
from tenure.sources.messages import LARGEST_BATCH, BadMessage, unpack

STRANGERS_PER_MINUTE = 60  # refused keys per address and process, after which nobody looks any more


def body_of(request: HttpRequest, most: int = LARGEST_BATCH) -> bytes:
    """The body, never more than `most` bytes of it, packed or unpacked."""
    length = request.headers.get("Content-Length", "")
    if length.isdigit() and int(length) > most:
        raise BadMessage(413, "too_large", f"A request has at most {most:,} bytes.")
    try:
        body = request.read(most + 1)
    except (RequestDataTooBig, UnreadablePostError) as error:
        raise BadMessage(400, "unreadable", "The body could not be read.") from error
    if len(body) > most:
        raise BadMessage(413, "too_large", f"A request has at most {most:,} bytes.")
    return unpack(body, request.headers.get("Content-Encoding", "").strip().lower(), most)


def key_of(request: HttpRequest, data: dict[str, Any]) -> WriteKey:
    """The write key: the user name of basic authentication, else ``writeKey`` in the body."""
    check_stranger(request)
    given = data.get("writeKey")
    key = find_key(_basic(request) or (given if isinstance(given, str) else ""))
    if key is None:
        count_stranger(request)
        raise BadMessage(401, "unknown_key", "This write key is unknown or was revoked.")
    return key


def check_stranger(request: HttpRequest) -> None:
    """Raise BadMessage where too many wrong keys came from one address."""
    if cache.get(_stranger(request), 0) >= STRANGERS_PER_MINUTE:
        raise BadMessage(429, "throttled", "Too many refused keys; wait a minute.")


def count_stranger(request: HttpRequest) -> None:
    """Remember that a wrong key came from an address."""
    count(_stranger(request), 1)


def _stranger(request: HttpRequest) -> str:
    return f"intake:stranger:{request.META.get('REMOTE_ADDR', '')}"


def _basic(request: HttpRequest) -> str:
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")[0]
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


def throttle(name: str, amount: int, most: int, what: str = "messages") -> None:
    """Count something within the present minute. Raises BadMessage where it is more than `most`."""
    if count(name, amount) > most:
        raise BadMessage(429, "throttled", f"At most {most:,} {what} a minute.")


def count(name: str, amount: int) -> int:
    """Count something within the present minute; returns the count."""
    cache.add(name, 0, timeout=60)
    try:
        return int(cache.incr(name, amount))
    except ValueError:  # the minute ended in between
        cache.set(name, amount, timeout=60)
        return amount


def refusal(bad: BadMessage) -> HttpResponse:
    """The answer to what cannot be taken."""
    body = {"success": False, "code": bad.code, "message": bad.message}
    response = JsonResponse(body, status=bad.status)
    if bad.status == 429:
        response["Retry-After"] = "60"
    if bad.status == 401:
        response["WWW-Authenticate"] = 'Basic realm="tenure"'
    if bad.status == 405:
        response["Allow"] = "POST"
    return plain(response)


def plain(response: HttpResponse) -> HttpResponse:
    """An answer that nobody keeps."""
    response["Cache-Control"] = "no-store"
    return response

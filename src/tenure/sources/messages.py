"""Event messages as Segment's libraries send them: read, bounded and checked. No Django."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from tenure.base.ids import new_id

LARGEST_MESSAGE = 32 * 1024
LARGEST_BATCH = 500 * 1024
MOST_MESSAGES = 5_000
LONGEST_ID = 200
TYPES = ("identify", "group", "track", "page", "screen", "alias")
ENDPOINTS = (*TYPES, "batch", "import")
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
MOST_PROPERTIES = 40
LONGEST_PROPERTY = 80
# Words in a property's name that promise a person's data; the lake holds none.
PERSONAL = (
    "email",
    "mail",
    "phone",
    "address",
    "firstname",
    "lastname",
    "fullname",
    "username",
    "password",
    "ip",
    "birthday",
)


class BadMessage(Exception):
    """What is wrong with what was sent: the HTTP status, a stable code, and a sentence."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status, self.code, self.message = status, code, message
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Message:
    """One message that can be stored: who, what, when, and everything that was said beside it."""

    type: str
    id: str
    user: str
    anonymous: str
    group: str
    happened_at: datetime
    payload: dict[str, Any]


def unpack(body: bytes, encoding: str, most: int = LARGEST_BATCH) -> bytes:
    """A body as it was before it was compressed, never more than `most` bytes of it. Raises BadMessage."""
    if encoding in ("", "identity"):
        return body
    if encoding != "gzip":
        raise BadMessage(415, "encoding", "Content-Encoding is gzip or nothing.")
    reader = zlib.decompressobj(wbits=31)
    try:
        unpacked = reader.decompress(body, most + 1)
    except zlib.error as error:
        raise BadMessage(400, "gzip", "The body is no valid gzip.") from error
    if len(unpacked) > most:
        raise BadMessage(413, "too_large", f"A request has at most {most:,} bytes.")
    if not reader.eof:
        raise BadMessage(400, "gzip", "The body is cut off.")
    return unpacked


def read_json(body: bytes) -> dict[str, Any]:
    """The object that a body holds. Raises BadMessage."""
    try:
        data = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise BadMessage(400, "json", "The body is no JSON.") from error
    if not isinstance(data, dict):
        raise BadMessage(400, "json", "The body is no JSON object.")
    return data


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


def read_messages(endpoint: str, data: Mapping[str, Any], received_at: datetime) -> list[Message]:
    """Every message of a request. Raises BadMessage where one of them cannot be stored: then none is."""
    if endpoint not in ("batch", "import"):
        return [_message({**data, "type": endpoint}, data, received_at, "The message")]
    batch = data.get("batch")
    if not isinstance(batch, list) or not batch:
        raise BadMessage(400, "batch", "“batch” is a list of messages.")
    if len(batch) > MOST_MESSAGES:
        raise BadMessage(413, "too_many", f"A batch has at most {MOST_MESSAGES:,} messages.")
    return [_message(each, data, received_at, f"Message {number}") for number, each in enumerate(batch, start=1)]


def _message(given: Any, envelope: Mapping[str, Any], received_at: datetime, what: str) -> Message:
    if not isinstance(given, dict):
        raise BadMessage(400, "message", f"{what} is no object.")
    if len(json.dumps(given, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")) > LARGEST_MESSAGE:
        raise BadMessage(400, "too_large", f"{what} has more than {LARGEST_MESSAGE:,} bytes.")
    kind = given.get("type")
    if kind not in TYPES:
        raise BadMessage(400, "type", f"{what}: “type” is one of {', '.join(TYPES)}.")
    user, anonymous = _id(given, "userId", what), _id(given, "anonymousId", what)
    if not user and not anonymous:
        raise BadMessage(400, "user", f"{what} names neither userId nor anonymousId.")
    _check(kind, given, user, what)
    group = _id(given, "groupId", what) or _id(_object(given, "context"), "groupId", what)
    sent = _moment(given.get("sentAt")) or _moment(envelope.get("sentAt"))
    said = _moment(given.get("timestamp")) or _moment(given.get("originalTimestamp"))
    happened = happened_at(said, sent, received_at)
    payload = {name: value for name, value in given.items() if name not in ("writeKey", "type", "messageId")}
    message_id = _id(given, "messageId", what) or new_id()
    return Message(str(kind), message_id, user, anonymous, group, happened, payload)


def _check(kind: Any, given: Mapping[str, Any], user: str, what: str) -> None:
    needed = {"track": "event", "group": "groupId", "alias": "previousId"}.get(str(kind))
    value = given.get(needed) if needed else "-"
    if value is None or str(value).strip() == "":
        raise BadMessage(400, "missing", f"{what}: a {kind} names “{needed}”.")
    if kind == "alias" and not user:
        raise BadMessage(400, "missing", f"{what}: an alias names “userId”.")


def _id(given: Mapping[str, Any], name: str, what: str) -> str:
    value = given.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BadMessage(400, "id", f"{what}: “{name}” is a text.")
    text = str(value).replace("\x00", "").strip()
    if len(text) > LONGEST_ID:
        raise BadMessage(400, "id", f"{what}: “{name}” has at most {LONGEST_ID} characters.")
    return text


def _object(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = given.get(name)
    return value if isinstance(value, dict) else {}


def _moment(value: Any) -> datetime | None:
    """A moment as JSON says it; None where it says none. One without a zone is UTC."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def happened_at(said: datetime | None, sent: datetime | None, received: datetime) -> datetime:
    """When a message happened by our clock: the sender's clock is off by as much as the moment of sending shows.

    What says nothing happened when it was received, and so did what would lie in the future or before 2000.
    """
    if said is None:
        return received
    skew = received - sent if sent is not None else timedelta()
    try:
        moment = said + skew
    except OverflowError:
        return received
    return moment if EARLIEST <= moment <= received else received


def plain_properties(properties: Any) -> dict[str, Any]:
    """What the lake may keep of an event's properties: figures, yes and no, and short words that name nobody."""
    kept: dict[str, Any] = {}
    for name, value in properties.items() if isinstance(properties, dict) else ():
        if len(kept) == MOST_PROPERTIES:
            break
        if _is_plain(value) and len(name) <= 60 and not _is_personal(name):
            kept[name] = value
    return kept


def _is_plain(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= LONGEST_PROPERTY and "@" not in value and "://" not in value
    return isinstance(value, bool | int | float)


def _is_personal(name: str) -> bool:
    """Whether a property's name promises a person's data, such as ``userEmail`` or ``ip``."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower()
    parts = re.findall(r"[a-z0-9]+", words)
    return any(part in PERSONAL for part in (*parts, *(a + b for a, b in pairwise(parts))))


def figure(value: Any) -> float | None:
    """A number that can stand in the lake; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e15 else None

"""A letter as a mailbox holds it, read with suspicion: whatever its MIME says, this never raises. No Django.

When a letter happened is told by the clock that can be trusted. What comes in happened when our own server took it: by
the topmost ``Received``, which survives a move to another server, unless the mailbox says earlier; the sender's
``Date`` is whatever the sender says. What we send happened at its ``Date``, the clock of our own mail program, unless
the mailbox had it earlier: the copy in the sent folder may be stored long after.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from email.policy import compat32
from email.utils import getaddresses, parsedate_to_datetime
from html.parser import HTMLParser

LONGEST_BODY = 19_000
MOST_PARTS = 200
MOST_ADDRESSES = 100
CUT = "\n\n[The rest is in the mailbox.]"
_ADDRESS = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\".]+")
_ID = re.compile(r"<([^<>\s]{1,900})>")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter says. Addresses are in small letters; `references` begin with the conversation's first letter."""

    message_id: str
    sender: str
    sender_name: str
    receivers: tuple[str, ...]
    subject: str
    body: str
    references: tuple[str, ...]
    answers: str
    said_at: datetime | None
    received_at: datetime | None
    is_automatic: bool


def read_letter(raw: bytes) -> Letter:
    """Read the bytes of a letter, or of its beginning."""
    heads = _heads(raw)
    name, sender = _first_address(heads)
    references = tuple(_ids(heads, "references"))[:100]
    answers = next(iter(_ids(heads, "in-reply-to")), references[-1] if references else "")
    return Letter(
        message_id=next(iter(_ids(heads, "message-id")), ""),
        sender=sender,
        sender_name=name,
        receivers=tuple(dict.fromkeys(_addresses(heads, "to", "cc", "bcc"))),
        subject=_words(heads.get("subject", [""])[0])[:200].strip(),
        body=_body(raw),
        references=references or ((answers,) if answers else ()),
        answers=answers,
        said_at=_moment(heads.get("date", [""])[0]),
        received_at=_moment(heads.get("received", [""])[0].rpartition(";")[2]),
        is_automatic=is_automatic(heads, sender),
    )


def happened_at(letter: Letter, stored_at: datetime, *, was_sent: bool) -> datetime:
    """When a letter happened; `stored_at` is what the mailbox says of when it got it."""
    said = letter.said_at if was_sent else letter.received_at
    return min(said, stored_at) if said is not None else stored_at


def is_automatic(heads: Mapping[str, list[str]], sender: str) -> bool:
    """Whether a machine wrote a letter: an absence note, a notice, a report of failed delivery (RFC 3834, RFC 6522).

    A mailing list is no machine: what people write to a shared address arrives with its marks.
    """
    word = {name: values[0].strip().lower() for name, values in heads.items() if values}
    return (
        word.get("auto-submitted", "no").partition(";")[0].strip() != "no"
        or word.get("precedence", "") in ("bulk", "junk", "auto_reply")
        or any(name in word for name in ("x-autoreply", "x-autorespond", "x-failed-recipients"))
        or word.get("content-type", "").startswith("multipart/report")
        or word.get("return-path", "") == "<>"
        or sender.partition("@")[0] in ("mailer-daemon", "postmaster")
    )


def _heads(raw: bytes) -> dict[str, list[str]]:
    """The headers by their names in small letters, unfolded, in their order."""
    found: dict[str, list[str]] = {}
    with suppress(Exception):  # a parser that stumbles over a hostile header leaves what it had read
        for name, value in BytesHeaderParser(policy=compat32).parsebytes(raw).raw_items():
            plain = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
            found.setdefault(name.lower(), []).append(re.sub(r"\r?\n[ \t]?", " ", plain))
    return found


def _words(text: str) -> str:
    """A header's text with its encoded words read."""
    try:
        parts = [_decoded(part, charset) for part, charset in decode_header(text)]
    except Exception:
        parts = [text]
    return _CONTROL.sub("", "".join(parts).replace("\n", " ")).strip()


def _decoded(part: bytes | str, charset: str | None) -> str:
    if isinstance(part, str):
        return part
    try:
        return part.decode(charset or "utf-8", "replace")
    except (LookupError, ValueError):
        return part.decode("utf-8", "replace")


def _pairs(heads: Mapping[str, list[str]], *names: str) -> Iterator[tuple[str, str]]:
    for name in names:
        given: list[tuple[str, str]] = []
        with suppress(Exception):
            given = getaddresses([value[:20_000] for value in heads.get(name, [])[:20]])
        for words, address in given[:MOST_ADDRESSES]:
            plain = _CONTROL.sub("", address).strip().lower()
            if len(plain) <= 254 and _ADDRESS.fullmatch(plain):
                yield _words(words)[:200], plain


def _addresses(heads: Mapping[str, list[str]], *names: str) -> list[str]:
    return [address for _, address in _pairs(heads, *names)][:MOST_ADDRESSES]


def _first_address(heads: Mapping[str, list[str]]) -> tuple[str, str]:
    return next(_pairs(heads, "from", "sender"), ("", ""))


def _ids(heads: Mapping[str, list[str]], name: str) -> list[str]:
    return [found for value in heads.get(name, [])[:5] for found in _ID.findall(value[:50_000])]


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text.strip())
    except Exception:
        return None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def _body(raw: bytes) -> str:
    """The text of a letter: its plain part, else what its HTML says."""
    plain, html = "", ""
    try:
        for part in _parts(BytesParser(policy=compat32).parsebytes(raw)):
            kind = part.get_content_type()
            if part.get_filename() or part.is_multipart() or kind not in ("text/plain", "text/html"):
                continue
            if kind == "text/plain" and not plain.strip():
                plain = _text_of(part)
            elif kind == "text/html" and not html:
                html = _text_of(part)
    except Exception:  # a letter that cannot be taken apart still is a letter, with what was read of it
        plain = plain or ""
    text = plain if plain.strip() else _without_tags(html)
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return text if len(text) <= LONGEST_BODY else text[:LONGEST_BODY].rstrip() + CUT


def _parts(message: Message) -> Iterator[Message]:
    """The parts of a letter, without recursion and no more than so many."""
    waiting, seen = [message], 0
    while waiting and seen < MOST_PARTS:
        part = waiting.pop(0)
        seen += 1
        yield part
        inner = part.get_payload()
        if part.is_multipart() and isinstance(inner, list):
            waiting[:0] = [each for each in inner[:MOST_PARTS] if isinstance(each, Message)]


def _text_of(part: Message) -> str:
    held = part.get_payload(decode=True)
    return _decoded(held, part.get_content_charset()) if isinstance(held, bytes) else ""


class _Stripper(HTMLParser):
    """Gathers the words of HTML; what stands in a script or a style is none."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in ("script", "style", "title"):
            self._silent += 1
        elif tag in ("br", "p", "div", "tr", "li", "blockquote", "h1", "h2", "h3"):
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "title"):
            self._silent = max(0, self._silent - 1)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(data)


def _without_tags(html: str) -> str:
    stripper = _Stripper()
    with suppress(Exception):
        stripper.feed(html[: LONGEST_BODY * 10])
    lines = [" ".join(line.split()) for line in "".join(stripper.words).splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()

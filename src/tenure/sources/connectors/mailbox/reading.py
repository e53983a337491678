"""Reading a mailbox over IMAP (RFC 3501): what is new in two folders since last time. No Django.

A folder's numbers hold as long as its UIDVALIDITY; once that changes, everything since the first reading is fetched
again, and each letter is known again by its key.
"""

from __future__ import annotations

import base64
import imaplib
import re
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from tenure.sources.connectors.items import Failed, Item, Reading, digest
from tenure.sources.connectors.mailbox.letters import Letter, happened_at, read_letter
from tenure.sources.connectors.network import connect, resolve

TIMEOUT = 10.0  # seconds for one answer of the server
LONGEST = 45.0  # seconds for a whole reading, however slowly the server answers
MOST_LETTERS = 200  # of one folder in one reading
AT_ONCE = 20
MOST_BYTES = 256 * 1024  # of one letter; the text stands at its beginning, attachments after it
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UID = re.compile(rb"\bUID (\d+)")
_STORED = re.compile(rb'INTERNALDATE "([^"]+)"')
_LISTED = re.compile(rb'\(([^)]*)\) (?:"(?:[^"\\]|\\.)*"|NIL) (.+)')


def read(
    settings: Mapping[str, Any],
    secrets: Mapping[str, str],
    cursor: Mapping[str, Any],
    now: datetime,
    allowed: Sequence[str] = (),
) -> Reading:
    """What is new in the mailbox. Raises Failed with what to mend."""
    since = str(cursor.get("since") or (now - timedelta(days=settings["since_days"] or 0)).date().isoformat())
    items: list[Item] = []
    after: dict[str, Any] = {"since": since}
    more = False
    with _session(settings, secrets, allowed) as imap, imap:
        for place, folder in (("inbox", settings["inbox"] or "INBOX"), ("sent", settings["sent"] or _sent(imap))):
            found, after[place], waits = _folder(imap, folder, cursor.get(place) or {}, since, place == "sent")
            items += found
            more = more or waits
    return Reading(sorted(items, key=lambda item: item.happened_at), after, more)


class _Imap(imaplib.IMAP4):
    """The library's client over a connection that was checked before."""

    def __init__(self, host: str, port: int, made: socket.socket) -> None:
        self._made = made
        super().__init__(host, port, TIMEOUT)

    def _create_socket(self, timeout: float | None = None) -> socket.socket:  # noqa: ARG002
        return self._made


@contextmanager
def _session(
    settings: Mapping[str, Any], secrets: Mapping[str, str], allowed: Sequence[str]
) -> Iterator[imaplib.IMAP4]:
    host, port = settings["host"], int(settings["port"] or 993)
    plain = settings["security"] == "plain"
    if plain and any(not _is_here(address) for address in resolve(host, port, allowed)):
        raise Failed("not_encrypted", "Without encryption only a server on this machine is read; choose TLS.")
    # The last of these is the one that is spoken through: encryption wraps the one before.
    held = [connect(host, port, timeout=TIMEOUT, allowed=allowed)]
    guard = threading.Timer(LONGEST, lambda: _hang_up(held[-1]))
    guard.daemon = True
    guard.start()
    try:
        yield _signed_in(held, settings, secrets)
    except ssl.SSLError as error:
        words = f"“{host}” shows no certificate that can be trusted: {getattr(error, 'reason', '') or 'TLS failed'}."
        raise Failed("tls", words) from error
    except (imaplib.IMAP4.error, OSError, ValueError) as error:
        raise Failed("broken", f"The connection to “{host}” broke off: {type(error).__name__}.") from error
    finally:
        guard.cancel()
        _hang_up(held[-1])


def _signed_in(held: list[socket.socket], settings: Mapping[str, Any], secrets: Mapping[str, str]) -> imaplib.IMAP4:
    host, security = settings["host"], settings["security"]
    trusted = ssl.create_default_context()
    if security == "tls":
        held.append(trusted.wrap_socket(held[-1], server_hostname=host))
    imap = _Imap(host, int(settings["port"] or 993), held[-1])
    if security == "starttls":
        imap.starttls(trusted)
        held.append(imap.sock)
    _sign_in(imap, settings["user"], secrets.get("password", ""))
    return imap


def _is_here(address: str) -> bool:
    return address == "::1" or address.startswith("127.")


def _hang_up(made: socket.socket) -> None:
    with suppress(OSError):
        made.shutdown(socket.SHUT_RDWR)
    with suppress(OSError):
        made.close()


def _sign_in(imap: imaplib.IMAP4, user: str, password: str) -> None:
    try:
        if "AUTH=PLAIN" in imap.capabilities:
            imap.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())
        else:
            imap.login(user, password)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        raise Failed("refused", "The server refuses this user name or password.") from error


def _sent(imap: imaplib.IMAP4) -> str:
    """The folder that the server marks as that of sent messages (RFC 6154)."""
    _, lines = imap.list()
    for line in lines or ():
        found = _LISTED.match(line) if isinstance(line, bytes) else None
        if found and b"\\sent" in found[1].lower().split():
            return _from_utf7(found[2].decode("ascii", "replace").strip().strip('"').replace('\\"', '"'))
    raise Failed("no_folder", "The server marks no folder of sent messages; name it in the settings.")


def _folder(
    imap: imaplib.IMAP4, folder: str, state: Mapping[str, Any], since: str, is_sent: bool
) -> tuple[list[Item], dict[str, int], bool]:
    """The new letters of a folder, how far it is read now, and whether more wait."""
    kind, _ = imap.select(_quoted(folder), readonly=True)
    if kind != "OK":
        raise Failed("no_folder", f"The mailbox has no folder “{folder}”; name it as the server does.")
    _, said = imap.response("UIDVALIDITY")
    validity = int(said[0]) if said and said[0] else 0
    last = int(state.get("uid", 0)) if state.get("validity") == validity else 0
    if last:
        _, found = imap.uid("SEARCH", f"UID {last + 1}:*")
    else:
        day = datetime.fromisoformat(since)
        _, found = imap.uid("SEARCH", f"SINCE {day.day:02d}-{MONTHS[day.month - 1]}-{day.year}")
    # A range up to the last number holds that one even where nothing is new.
    uids = sorted(uid for uid in map(int, (found[0] or b"").split()) if uid > last)
    wanted = uids[:MOST_LETTERS]
    items: list[Item] = []
    for start in range(0, len(wanted), AT_ONCE):
        items += _fetched(imap, wanted[start : start + AT_ONCE], is_sent)
    return items, {"validity": validity, "uid": wanted[-1] if wanted else last}, len(uids) > len(wanted)


def _fetched(imap: imaplib.IMAP4, uids: Sequence[int], is_sent: bool) -> Iterator[Item]:
    parts = f"(UID INTERNALDATE BODY.PEEK[]<0.{MOST_BYTES}>)"
    _, lines = imap.uid("FETCH", ",".join(map(str, uids)), parts)
    for position, line in enumerate(lines):
        if not isinstance(line, tuple):
            continue
        rest = lines[position + 1] if position + 1 < len(lines) else b""
        about = line[0] + b" " + (rest if isinstance(rest, bytes) else b"")
        if _UID.search(about):
            yield _item(bytes(line[1])[:MOST_BYTES], _stored_at(about), is_sent)


def _stored_at(about: bytes) -> datetime:
    found = _STORED.search(about)
    if found:
        with suppress(ValueError):
            return datetime.strptime(found[1].decode("ascii", "replace").strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(
                UTC
            )
    return datetime.now(UTC)


def _item(raw: bytes, stored_at: datetime, is_sent: bool) -> Item:
    letter = read_letter(raw)
    # Whoever reuses another letter's id hides nothing: the sender counts too. One without an id is known by its text.
    key = digest(letter.message_id, letter.sender) if letter.message_id else digest("", raw.decode("latin-1"))
    return Item(
        key=key,
        happened_at=happened_at(letter, stored_at, was_sent=is_sent),
        payload=_payload(letter, is_sent),
        address=letter.receivers[0] if is_sent and letter.receivers else letter.sender,
        name=digest(letter.message_id) if letter.message_id else "",
        thread=digest(letter.references[0] if letter.references else letter.message_id or key),
    )


def _payload(letter: Letter, is_sent: bool) -> dict[str, Any]:
    return {
        "folder": "sent" if is_sent else "inbox",
        "from": letter.sender,
        "from_name": letter.sender_name,
        "to": list(letter.receivers),
        "subject": letter.subject,
        "body": letter.body,
        "answers": digest(letter.answers) if letter.answers else "",
        "automatic": letter.is_automatic,
    }


def _quoted(folder: str) -> str:
    return '"' + _to_utf7(folder).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _to_utf7(folder: str) -> str:
    """A folder's name as IMAP writes it: modified UTF-7 (RFC 3501, 5.1.3)."""

    def written(found: re.Match[str]) -> str:
        text = base64.b64encode(found[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
        return f"&{text}-"

    plain = re.sub(r"[\r\n\x00]", "", folder).replace("&", "&-")
    return re.sub(r"[^\x20-\x7e]+", written, plain)


def _from_utf7(name: str) -> str:
    def read_back(found: re.Match[str]) -> str:
        text = found[1].replace(",", "/")
        with suppress(ValueError):
            return base64.b64decode(text + "=" * (-len(text) % 4)).decode("utf-16-be") if text else "&"
        return found[0]

    return re.sub(r"&([^-]*)-", read_back, name)

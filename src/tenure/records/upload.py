"""The upload: raw material that a client or one of us hands in, kept outside the web root under a name of our own."""

from __future__ import annotations

import hashlib
import shlex
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.core import signing
from django.db import models, transaction
from django.db.models import Q

from tenure.base import clock
from tenure.base.errors import Refused
from tenure.base.ids import new_id
from tenure.facts.contract import declare
from tenure.identity.actor import Actor
from tenure.identity.holds import check_unheld
from tenure.identity.operations import operation
from tenure.identity.people import Person
from tenure.identity.staff import ERASURES, EXPORTS
from tenure.records.account import Account
from tenure.records.checks import Code
from tenure.records.contact import Contact
from tenure.records.deliverable import Deliverable
from tenure.records.file_content import kind_of_file
from tenure.records.personal import CONTACT_ERASURES, CONTACT_EXPORTS, WORDS
from tenure.records.row import AccountRow, Moment, fact, related, when
from tenure.records.visibility import is_client
from tenure.records.workflow import receive_material

FIELDS = {"type": "text", "size": "integer", "status": "text", "by_client": "boolean", "deliverable": "id"}
declare("upload.received", "File received", internal=False, **FIELDS)
declare("upload.quarantined", "File held back", internal=True, **FIELDS)
declare("upload.removed", "File removed", internal=True, **FIELDS, reason="text")
declare("upload.withdrawn", "File taken back", internal=True, **FIELDS, fact="text")

SALT = "tenure.upload"
LASTS = timedelta(days=1)
LOOKED_UP = 500  # files that are looked up at once
SCAN_TAKES = 120  # seconds at most
MEGABYTE = 1024 * 1024


class Upload(AccountRow):
    """One file. `name` is what its giver calls it; on the disk it is called by its id alone."""

    class Status(models.TextChoices):
        KEPT = "kept", "Kept"
        QUARANTINED = "quarantined", "Held back"
        REMOVED = "removed", "Removed"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="uploads")
    deliverable = models.ForeignKey(Deliverable, on_delete=models.SET_NULL, null=True, related_name="uploads")
    name = models.CharField(max_length=200, blank=True)
    type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    digest = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.KEPT)
    received_at = models.DateTimeField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="uploads")
    by_client = models.BooleanField(default=False)
    held_back_because = models.CharField(max_length=200, blank=True)

    noun: ClassVar[str] = "upload"
    ledger_fields: ClassVar[tuple[str, ...]] = ("type", "size", "status", "by_client")
    client_sees: ClassVar[Q | None] = Q(by_client=True, status="kept")

    class Meta:
        indexes = [
            models.Index(fields=["account", "-received_at"]),
            models.Index(fields=["deliverable", "-received_at"]),
        ]

    def __str__(self) -> str:
        return self.name or "A file"

    @property
    def path(self) -> Path:
        """Where it lies."""
        return place(self.status) / self.pk


def place(status: str = Upload.Status.KEPT) -> Path:
    """The folder of files that are kept, or of those that are held back; nothing is served from either by itself."""
    return Path(settings.UPLOADS) / ("held-back" if status == Upload.Status.QUARANTINED else "material")


@dataclass(frozen=True)
class Taken:
    """A file that lies on the disk and was looked at, before the operation that receives it."""

    id: str
    owner: str
    name: str
    type: str
    size: int
    digest: str
    refusal: str = ""  # what the scanner said against it

    @property
    def token(self) -> str:
        """The argument ``file`` of `receive_upload`: signed, for a day, for whoever handed the file in."""
        return signing.dumps([getattr(self, name) for name in self.__dataclass_fields__], salt=SALT)

    @classmethod
    def read(cls, token: str) -> Taken:
        try:
            return cls(*signing.loads(token, salt=SALT, max_age=LASTS))
        except (signing.BadSignature, TypeError):
            raise Refused("not_there", "This file is no longer there. Choose it again.", field="file") from None


def take_in(chunks: Iterable[bytes], name: str, actor: Actor) -> Taken:
    """Write a file down, look at what it is and let the scanner look at it, all outside a transaction.

    Raises Refused where it is too large, or of a kind that is not taken; then nothing of it is left.
    """
    id, folder = new_id(), place()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / id
    try:
        size, digest = _write(chunks, path)
        kind = kind_of_file(path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    refusal = scan(path)
    if refusal:
        held = place(Upload.Status.QUARANTINED)
        held.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.replace(held / id)
    return Taken(id, actor.id or "", _plain(name), kind, size, digest, refusal[:200])


def _write(chunks: Iterable[bytes], path: Path) -> tuple[int, str]:
    most, size, digest = settings.UPLOAD_MOST, 0, hashlib.sha256()
    with path.open("xb") as out:
        path.chmod(0o600)
        for chunk in chunks:
            size += len(chunk)
            if size > most:
                raise Refused("too_large", f"A file may have at most {most // MEGABYTE} MB.", field="file")
            digest.update(chunk)
            out.write(chunk)
    return size, digest.hexdigest()


def _plain(name: str) -> str:
    """The name without folders and signs that nobody can see."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in last if sign.isprintable()).strip()[-200:] or "file"


def scan(path: Path) -> str:
    """What the scanner of ``TENURE_SCAN`` says against a file; empty where it says nothing, and where there is none.

    The setting is a command, such as ``clamdscan --no-summary {path}``. One that cannot be run, or does not end, speaks
    against the file.
    """
    if not settings.UPLOAD_SCAN:
        return ""
    words = shlex.split(settings.UPLOAD_SCAN)
    command = [word.replace("{path}", str(path)) for word in words]
    if command == words:
        command.append(str(path))
    try:
        # The words are the operator's own setting, and no shell reads them.
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, timeout=SCAN_TAKES, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"The scanner did not answer ({type(error).__name__})."
    if done.returncode == 0:
        return ""
    said = (done.stdout or done.stderr).replace(str(path), "file").strip().partition("\n")[0]
    return said or f"The scanner ended with {done.returncode}."


def sweep() -> int:
    """Remove files that were handed in a day ago and that no row keeps; returns how many. For every night.

    Such are files that were taken in and then not received, and those that a process removed which was killed before
    it came to the file itself.
    """
    oldest, gone = (clock.now() - LASTS).timestamp(), 0
    for folder in (place(), place(Upload.Status.QUARANTINED)):
        old = [path for path in folder.glob("*") if path.stat().st_mtime < oldest]
        for start in range(0, len(old), LOOKED_UP):
            some = old[start : start + LOOKED_UP]
            rows = Upload.objects.filter(pk__in=[path.name for path in some]).exclude(status=Upload.Status.REMOVED)
            known = set(rows.values_list("pk", flat=True))
            for path in some:
                if path.name not in known:
                    path.unlink(missing_ok=True)
                    gone += 1
    return gone


@operation("upload.receive", label="Hand in a file")
def receive_upload(
    account: Account, *, file: str, deliverable: str | None = None, at: Moment | None = None, actor: Actor
) -> Upload:
    """Receive a file that was taken in; material for a deliverable that waited for it moves that along.

    What the scanner spoke against is held back: it is kept from everybody, and moves nothing along.
    """
    taken = Taken.read(file)
    if taken.owner != (actor.id or "") or Upload.objects.filter(pk=taken.id).exists():
        raise Refused("not_there", "This file is no longer there. Choose it again.", field="file")
    piece, times = related(Deliverable, deliverable, account.pk, "deliverable"), when(actor, at)
    by_client = not actor.is_system and is_client(actor)
    if piece is not None and by_client and not piece.client_visible:
        raise Refused("unknown_deliverable", "There is no such thing to hand material in for.", field="deliverable")
    upload = Upload.objects.create(
        id=taken.id,
        account=account,
        deliverable=piece,
        name=taken.name,
        type=taken.type,
        size=taken.size,
        digest=taken.digest,
        status=Upload.Status.QUARANTINED if taken.refusal else Upload.Status.KEPT,
        received_at=times.moment,
        by=actor.person,
        by_client=by_client,
        held_back_because=taken.refusal,
    )
    kind = "upload.quarantined" if taken.refusal else "upload.received"
    fact(kind, upload, times, deliverable=upload.deliverable_id)
    if piece is not None and not taken.refusal:
        receive_material(piece, times, actor)
    return upload


@operation("upload.remove", label="Remove a file")
def remove_upload(upload: Upload, *, reason: Code = "not_needed", actor: Actor) -> Upload:
    """Remove a file and what it was called; that it was received stays."""
    if upload.status == Upload.Status.REMOVED:
        raise Refused("removed", "This file was removed already.")
    for giver in (upload.by, *upload.by.contacts.all()) if upload.by else ():
        check_unheld(giver, actor)
    _forget(upload)
    fact("upload.removed", upload, deliverable=upload.deliverable_id, reason=reason)
    return upload


def _forget(upload: Upload) -> None:
    """Take the file from the disk, and from its row what it was called and what it was."""
    path = upload.path
    transaction.on_commit(lambda: path.unlink(missing_ok=True))
    upload.status, upload.name, upload.digest, upload.held_back_because = Upload.Status.REMOVED, "", "", ""
    upload.save(update_fields=["status", "name", "digest", "held_back_because"])


def _export(person: Person) -> list[dict[str, Any]]:
    names = ("received_at", "name", "type", "size", "status")
    return [{name: getattr(each, name) for name in names} for each in person.uploads.order_by("received_at")]


def _erase(person: Person) -> None:
    """What somebody of a client's handed in goes whole; of a colleague's only what it was called."""
    if person.kind == Person.Kind.CLIENT:
        for upload in person.uploads.exclude(status=Upload.Status.REMOVED):
            _forget(upload)
    else:
        person.uploads.update(name="")


def _export_contact(contact: Contact) -> dict[str, Any]:
    return {"uploads": _export(contact.person) if contact.person else []}


def _erase_contact(contact: Contact) -> None:
    if contact.person:
        _erase(contact.person)


WORDS[Upload] = ("name",)
EXPORTS.add("uploads", lambda person: {"uploads": _export(person)})
ERASURES.add("uploads", _erase)
CONTACT_EXPORTS.add("uploads", _export_contact)
CONTACT_ERASURES.add("uploads", _erase_contact)

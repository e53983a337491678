"""Raw material that is handed in: looked at by content, kept apart from the web, scanned, counted as material."""

import io
import stat
import sys
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core import signing
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from tenure.base.clock import SetClock
from tenure.base.errors import Forbidden, Refused
from tenure.identity.actor import Actor
from tenure.identity.staff import erase_person, export_person
from tenure.records.account import Account
from tenure.records.contact import add_contact, change_contact
from tenure.records.deliverable import Deliverable, plan_deliverable
from tenure.records.lookup import access_upload, list_uploads
from tenure.records.personal import erase_contact, export_contact
from tenure.records.upload import SALT, Upload, place, receive_upload, remove_upload, sweep, take_in
from tests.book import Book
from tests.cast import Cast, at
from tests.records.facts import data_of, facts_of, last_fact

pytestmark = pytest.mark.requirement("R-05")

JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 200
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 200
MOV = b"\x00\x00\x00\x14ftypqt  " + b"\x00" * 200


@pytest.fixture(autouse=True)
def _place(settings: Settings, tmp_path: Path) -> None:
    settings.UPLOADS = tmp_path / "uploads"


@pytest.fixture
def piece(acme: Account, cast: Cast) -> Deliverable:
    return plan_deliverable(
        acme,
        type="piece",
        title="Rye",
        material_on=date(2026, 3, 9),
        due_on=date(2026, 3, 16),
        actor=cast.actor("alice"),
    )


def archive(*entries: tuple[str, bytes], mode: int = 0) -> bytes:
    """A zip archive of some files; `mode` is what the first one claims to be."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for number, (name, content) in enumerate(entries):
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = mode << 16 if number == 0 else 0
            made.writestr(info, content)
    return out.getvalue()


def hand_in(content: bytes, name: str, account: Account, actor: Actor, piece: Deliverable | None = None) -> Upload:
    taken = take_in([content], name, actor)
    return receive_upload(account, file=taken.token, deliverable=piece.pk if piece else None, actor=actor)


def test_the_client_hands_in_material_and_the_piece_is_captured(piece: Deliverable, acme: Account, cast: Cast) -> None:
    upload = hand_in(JPEG, "IMG 0001.jpg", acme, cast.actor("carl"), piece)
    assert (upload.name, upload.type, upload.size, upload.by_client) == ("IMG 0001.jpg", "image/jpeg", 204, True)
    assert upload.path.read_bytes() == JPEG
    assert (upload.path.name, stat.S_IMODE(upload.path.stat().st_mode)) == (upload.pk, 0o600)
    piece.refresh_from_db()
    assert (piece.state, piece.received_on) == ("captured", date(2026, 3, 2))
    # The fact holds ids, type and size, and never what the file is called.
    assert last_fact("upload.received").data == {
        "type": "image/jpeg",
        "size": 204,
        "status": "kept",
        "by_client": True,
        "deliverable": piece.pk,
    }
    assert data_of("deliverable.moved", "moved_to", "received_on") == {
        "moved_to": "captured",
        "received_on": "2026-03-02",
    }


def test_more_material_moves_nothing_back(piece: Deliverable, acme: Account, cast: Cast) -> None:
    hand_in(JPEG, "1.jpg", acme, cast.actor("carl"), piece)
    hand_in(PNG, "2.png", acme, cast.actor("carl"), piece)
    assert [fact.kind for fact in facts_of(piece.pk)] == ["deliverable.planned", "deliverable.moved"]
    assert piece.uploads.count() == 2


def test_material_may_be_for_no_piece_at_all(acme: Account, cast: Cast) -> None:
    assert hand_in(MOV, "walk.mov", acme, cast.actor("alice")).type == "video/mp4"
    assert last_fact("upload.received").data["by_client"] is False


TAKEN: dict[str, tuple[bytes, str]] = {
    "photo.jpg": (JPEG, "image/jpeg"),
    "photo.png": (PNG, "image/png"),
    "photo.heic": (b"\x00\x00\x00\x18ftypheic" + b"\x00" * 20, "image/heic"),
    "film.webm": (b"\x1aE\xdf\xa3" + b"\x00" * 20, "video/webm"),
    "sound.wav": (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
    "plan.pdf": (b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\n", "application/pdf"),
    "words.txt": ("Öffnungszeiten: 9 bis 5\n".encode(), "text/plain"),
    "photos.zip": (archive(("a.jpg", JPEG), ("b/c.png", PNG)), "application/zip"),
    "sheet.xlsx": (
        archive(("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", b"<w/>")),
        "office/excel",
    ),
}
REFUSED: dict[str, tuple[bytes, str]] = {
    "empty.jpg": (b"", "empty"),
    # What it is called does not matter: a program that claims to be a photograph.
    "holiday.jpg": (b"MZ\x90\x00" + b"\x00" * 100, "script"),
    "linux.png": (b"\x7fELF" + b"\x00" * 100, "script"),
    "run.txt": (b"#!/bin/sh\nrm -rf /\n", "script"),
    "page.txt": (b"  <!DOCTYPE html><script>alert(1)</script>", "script"),
    "drawing.png": (b'<?xml version="1.0"?><svg onload="x()"/>', "script"),
    "shell.jpg": (b"<?php system($_GET['c']); ?>", "script"),
    "acts.pdf": (b"%PDF-1.7\n<< /OpenAction << /S /JavaScript /JS (x) >> >>", "acts"),
    "blob.bin": (b"\x00\x01\x02\x03" * 50, "not_taken"),
    "old.rar": (b"Rar!\x1a\x07\x00" + b"\x00" * 20, "not_taken"),
    "broken.zip": (b"PK\x03\x04" + b"\x00" * 40, "no_archive"),
    "script.zip": (archive(("a.jpg", JPEG), ("run.js", b"alert(1)")), "script"),
    "hidden.zip": (archive(("a.jpg", b"MZ\x90\x00")), "script"),
    "nested.zip": (archive(("inner.dat", archive(("a.txt", b"x")))), "script"),
    "outside.zip": (archive(("../../etc/cron.d/x", b"x")), "unsafe_path"),
    "link.zip": (archive(("a", b"/etc/passwd"), mode=stat.S_IFLNK | 0o777), "unsafe_entry"),
    "bomb.zip": (archive(("zero.txt", b"\x00" * 20_000_000)), "bomb"),
    "macro.docx": (archive(("[Content_Types].xml", b"<Types/>"), ("word/vbaProject.bin", b"x")), "macros"),
}


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_taken(acme: Account, cast: Cast, name: str) -> None:
    content, kind = TAKEN[name]
    assert hand_in(content, name, acme, cast.actor("carl")).type == kind


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_taken_whatever_it_is_called(acme: Account, cast: Cast, name: str) -> None:
    content, code = REFUSED[name]
    with pytest.raises(Refused) as refusal:
        take_in([content], name, cast.actor("carl"))
    assert (refusal.value.code, refusal.value.field) == (code, "file")
    assert list(place().iterdir()) == []


def test_a_file_has_a_size_that_it_may_not_exceed(cast: Cast, company: object, settings: Settings) -> None:
    settings.UPLOAD_MOST = 1_000_000
    with pytest.raises(Refused) as refusal:
        take_in([JPEG, b"\x00" * 600_000, b"\x00" * 600_000], "long.jpg", cast.actor("carl"))
    assert refusal.value.code == "too_large"
    assert list(place().iterdir()) == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\a.jpg", "a.jpg"),
        ("a\u202egpj.exe\x00", "agpj.exe"),
        ("", "file"),
    ],
)
def test_a_name_is_a_name_and_no_path(cast: Cast, given: str, kept: str) -> None:
    assert take_in([JPEG], given, cast.actor("carl")).name == kept


@pytest.fixture
def scanner(tmp_path: Path, settings: Settings) -> Callable[[str], None]:
    """Sets a scanner that runs a line of Python on the file's path."""

    def use(line: str) -> None:
        script = tmp_path / "scan.py"
        script.write_text(f"import sys, pathlib\npath = pathlib.Path(sys.argv[1])\n{line}\n")
        settings.UPLOAD_SCAN = f"{sys.executable} {script} {{path}}"

    return use


def test_what_the_scanner_speaks_against_is_held_back(
    piece: Deliverable, acme: Account, cast: Cast, scanner: Callable[[str], None]
) -> None:
    scanner("print(f'{path}: Eicar-Test FOUND'); sys.exit(b'bad' in path.read_bytes())")
    clean = hand_in(JPEG, "good.jpg", acme, cast.actor("carl"))
    assert clean.status == "kept"
    held = hand_in(JPEG + b"bad", "evil.jpg", acme, cast.actor("carl"), piece)
    assert (held.status, held.held_back_because) == ("quarantined", "file: Eicar-Test FOUND")
    assert held.path.parent.name == "held-back"
    assert not (place() / held.pk).exists()
    piece.refresh_from_db()
    assert (piece.state, last_fact("upload.quarantined").data["status"]) == ("planned", "quarantined")
    for person in ("carl", "alice"):
        with pytest.raises(Forbidden) as refusal:
            access_upload(cast.actor(person), held.pk)
        assert refusal.value.hidden


@pytest.mark.parametrize("line", ["sys.exit(2)", "import time; time.sleep(30)", "no python at all"])
def test_a_scanner_that_fails_speaks_against_the_file(
    acme: Account, cast: Cast, scanner: Callable[[str], None], line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenure.records.upload.SCAN_TAKES", 0.5)
    scanner(line)
    assert hand_in(JPEG, "a.jpg", acme, cast.actor("carl")).status == "quarantined"


def test_a_scanner_that_is_not_there_speaks_against_the_file(acme: Account, cast: Cast, settings: Settings) -> None:
    settings.UPLOAD_SCAN = "no-such-scanner --quick"
    held = hand_in(JPEG, "a.jpg", acme, cast.actor("carl"))
    assert held.held_back_because == "The scanner did not answer (FileNotFoundError)."


def test_a_file_is_received_once_and_by_whoever_handed_it_in(acme: Account, cast: Cast, now: SetClock) -> None:
    carl = cast.actor("carl")
    taken = take_in([JPEG], "a.jpg", carl)
    with pytest.raises(Refused):
        receive_upload(acme, file=taken.token, actor=cast.actor("alice"))
    receive_upload(acme, file=taken.token, actor=carl)
    for token in (taken.token, taken.token + "x", signing.dumps(["a", "b"], salt=SALT)):
        with pytest.raises(Refused) as refusal:
            receive_upload(acme, file=token, actor=carl)
        assert refusal.value.code == "not_there"


def test_a_client_hands_in_to_their_own_account_and_its_own_pieces(book: Book, cast: Cast, now: SetClock) -> None:
    carl = cast.actor("carl")
    taken = take_in([JPEG], "a.jpg", carl)
    with pytest.raises(Forbidden) as refusal:
        receive_upload(book.bobs, file=taken.token, actor=carl)
    assert refusal.value.hidden
    theirs = plan_deliverable(book.bobs, type="piece", title="Tea", actor=cast.actor("bob"))
    with pytest.raises(Refused) as other:
        receive_upload(book.alices, file=taken.token, deliverable=theirs.pk, actor=carl)
    assert other.value.code == "unknown_deliverable"


def test_each_reads_what_is_theirs(acme: Account, cast: Cast) -> None:
    theirs = hand_in(JPEG, "theirs.jpg", acme, cast.actor("carl"))
    ours = hand_in(PNG, "ours.png", acme, cast.actor("alice"))
    assert [each.name for each in list_uploads(cast.actor("carl"), acme)] == ["theirs.jpg"]
    assert {each.pk for each in list_uploads(cast.actor("sam"), acme)} == {theirs.pk, ours.pk}
    for person in ("bob", "mallory"):
        with pytest.raises(Forbidden):
            access_upload(cast.actor(person), theirs.pk)


def test_what_nobody_received_is_swept_away(acme: Account, cast: Cast, now: SetClock) -> None:
    import os

    kept = hand_in(JPEG, "kept.jpg", acme, cast.actor("carl"))
    lost = take_in([JPEG], "lost.jpg", cast.actor("carl"))
    old = (at("2026-03-02 15:00") - timedelta(days=3)).timestamp()
    for name in (kept.pk, lost.id):
        os.utime(place() / name, (old, old))
    new = take_in([JPEG], "next.jpg", cast.actor("carl"))
    assert sweep() == 1
    assert (place() / new.id).exists()
    assert kept.path.exists()
    assert not (place() / lost.id).exists()


def test_removing_takes_file_and_name_and_leaves_the_fact(
    acme: Account, cast: Cast, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    upload = hand_in(JPEG, "wrong.jpg", acme, cast.actor("carl"))
    path = upload.path
    with django_capture_on_commit_callbacks(execute=True):
        remove_upload(upload, reason="Wrong file", actor=cast.actor("olive"))
    upload.refresh_from_db()
    assert (upload.status, upload.name, path.exists()) == ("removed", "", False)
    assert last_fact("upload.removed").data["reason"] == "wrong_file"
    with pytest.raises(Refused):
        remove_upload(upload, actor=cast.actor("olive"))


@pytest.mark.requirement("P-12")
def test_export_and_erasure_reach_the_files(
    acme: Account, cast: Cast, system: Actor, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    theirs = hand_in(JPEG, "me-and-dog.jpg", acme, cast.actor("carl"))
    ours = hand_in(PNG, "notes-on-carl.png", acme, cast.actor("alice"))
    path = theirs.path
    contact = add_contact(acme, name="Carl Client", actor=cast.actor("alice"))
    contact = change_contact(contact, person=cast.carl.pk, actor=cast.actor("alice"))
    told = [each["name"] for each in export_contact(contact, actor=cast.actor("olive"))["uploads"]["uploads"]]
    assert told == ["me-and-dog.jpg"]
    assert [each["name"] for each in export_person(cast.alice, actor=system)["uploads"]["uploads"]] == [
        "notes-on-carl.png"
    ]
    with django_capture_on_commit_callbacks(execute=True):
        erase_contact(contact, actor=cast.actor("olive"))
    theirs.refresh_from_db()
    assert (theirs.name, theirs.status, path.exists()) == ("", "removed", False)
    cast.alice.is_active = False
    cast.alice.save()
    erase_person(cast.alice, actor=system)
    ours.refresh_from_db()
    assert (ours.name, ours.status, ours.path.exists()) == ("", "kept", True)

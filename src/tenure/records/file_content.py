"""What a file is, told by its content alone: kinds that are taken, and what is turned away whatever it is called."""

from __future__ import annotations

import re
import stat
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, LargeZipFile, ZipFile, ZipInfo

from tenure.base.errors import Refused

HEAD = 4096  # bytes in which a kind shows itself
MOST_ENTRIES = 2_000
MOST_UNPACKED = 2 * 1024**3
MOST_RATIO = 200  # unpacked to packed; photographs and films hardly shrink at all
SAFE_RATIO_BELOW = 1024**2  # a little text may shrink as much as it likes
# Endings that a system may run, or that hide further files from this check.
NEVER_INSIDE = frozenset(
    {"ade", "adp", "app", "bat", "bin", "cab", "chm", "cmd", "com", "cpl", "dll", "dmg", "docm", "elf", "exe"}
    | {"gadget", "gz", "hta", "htm", "html", "img", "inf", "iso", "jar", "jnlp", "js", "jse", "lnk", "mde", "msc"}
    | {"msi", "msp", "mst", "nsh", "ocx", "pif", "pl", "potm", "ppam", "pptm", "ps1", "psm1", "py", "rar", "reg"}
    | {"scf", "scr", "sct", "sh", "shb", "svg", "sys", "tar", "tgz", "vb", "vbe", "vbs", "vxd", "wsc", "wsf", "wsh"}
    | {"xlam", "xlsm", "xltm", "xz", "zip", "7z"}
)
MARKUP = re.compile(rb"<\s*(script|html|svg|!doctype|\?php|iframe|\?xml)", re.IGNORECASE)
ACTS_IN_PDF = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFile)\b")

_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)
_BRANDS = {b"heic": "image/heic", b"heix": "image/heic", b"mif1": "image/heic", b"avif": "image/avif"}
_RIFF = {b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo", b"WEBP": "image/webp"}
_OFFICE = {"word/": "office/word", "xl/": "office/excel", "ppt/": "office/powerpoint"}
TAKEN = "photographs, films, sound, PDF, Word, Excel and PowerPoint files, plain text, and zip archives of these"


def kind_of_file(path: Path) -> str:
    """The kind of a file, such as ``image/jpeg``, read from its first bytes and, of an archive, its list.

    Raises Refused for what is not taken: programs, scripts, markup that a browser would run, archives that unpack to
    more than they should, lead outside themselves, are locked, or hold such things.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise _refused("empty", "This file is empty.")
    kind = _by_start(head)
    if kind == "application/pdf":
        _check_pdf(path)
    if kind:
        return kind
    if head.startswith(b"PK\x03\x04"):
        return _archive(path)
    if _is_text(path, head):
        return "text/plain"
    raise _refused("not_taken", f"Files of this kind are not taken. What is: {TAKEN}.")


def _refused(code: str, message: str) -> Refused:
    return Refused(code, message, field="file")


def _by_start(head: bytes) -> str:
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return _BRANDS.get(brand, "audio/mp4" if brand == b"M4A " else "video/mp4")
    return _RIFF.get(head[8:12], "") if head.startswith(b"RIFF") else ""


def _in_pieces(path: Path, found: Callable[[bytes], object]) -> bool:
    """Whether anything is found in a file that is read piece by piece, with a little overlap."""
    before = b""
    with path.open("rb") as file:
        while piece := file.read(1024 * 1024):
            if found(before + piece):
                return True
            before = piece[-64:]
    return False


def _check_pdf(path: Path) -> None:
    if _in_pieces(path, ACTS_IN_PDF.search):
        raise _refused("acts", "This PDF acts by itself or carries files inside. Save it as a plain PDF.")


def _is_text(path: Path, head: bytes) -> bool:
    if head.startswith((b"#!", b"MZ", b"\x7fELF")) or MARKUP.search(head):
        raise _refused("script", "Scripts, programs and web pages are not taken.")
    try:
        head.decode("utf-8") if len(head) < HEAD else head[:-4].decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not _in_pieces(path, lambda piece: b"\x00" in piece)


def _archive(path: Path) -> str:
    """The kind of a zip: an office file, or an archive of things that are taken themselves."""
    try:
        with ZipFile(path) as opened:
            infos = opened.infolist()
            _check_entries(infos, path.stat().st_size)
            names = {info.filename for info in infos}
            if "[Content_Types].xml" in names:
                return _office(names)
            for info in infos:
                if not info.is_dir():
                    _check_inside(opened, info)
    except (BadZipFile, LargeZipFile, zlib.error, NotImplementedError, EOFError, UnicodeDecodeError, OSError) as error:
        raise _refused("no_archive", "This archive cannot be read. Make it again, as a plain zip.") from error
    return "application/zip"


def _check_entries(infos: list[ZipInfo], packed: int) -> None:
    unpacked = sum(info.file_size for info in infos)
    if len(infos) > MOST_ENTRIES or unpacked > MOST_UNPACKED:
        raise _refused("bomb", "This archive holds more than it should. Send it in parts.")
    if unpacked > SAFE_RATIO_BELOW and unpacked > packed * MOST_RATIO:
        raise _refused("bomb", "This archive unpacks to far more than it is. It was not taken.")
    for info in infos:
        parts = PurePosixPath(info.filename).parts
        if info.filename.startswith("/") or ".." in parts or "\\" in info.filename or "\x00" in info.filename:
            raise _refused("unsafe_path", "This archive leads out of itself. It was not taken.")
        if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise _refused("unsafe_entry", "This archive holds a link or a device. It was not taken.")
        if info.flag_bits & 0x1:
            raise _refused("locked", "This archive is locked. Send it without a password.")


def _office(names: set[str]) -> str:
    if any("vbaProject" in name for name in names):
        raise _refused("macros", "This file holds macros. Save it without them.")
    for folder, kind in _OFFICE.items():
        if any(name.startswith(folder) for name in names):
            return kind
    raise _refused("not_taken", f"Files of this kind are not taken. What is: {TAKEN}.")


def _check_inside(opened: ZipFile, info: ZipInfo) -> None:
    ending = PurePosixPath(info.filename).suffix.removeprefix(".").lower()
    if ending in NEVER_INSIDE:
        raise _refused("script", f"This archive holds a .{ending} file. Such files are not taken.")
    with opened.open(info) as file:
        head = file.read(HEAD)
    if head.startswith((b"#!", b"MZ", b"\x7fELF", b"PK\x03\x04")) and ending not in ("docx", "xlsx", "pptx"):
        raise _refused("script", "This archive holds a program, a script or another archive. It was not taken.")

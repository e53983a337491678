"""A blueprint's folder handed in as a zip archive: read within bounds, its paths trusted in nothing."""

from __future__ import annotations

import re
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO
from zipfile import BadZipFile, LargeZipFile, ZipFile, ZipInfo

from tenure.base.errors import Refused

MOST_ENTRIES = 2_000
MOST_FILES = 400
LARGEST_FILE = 1_000_000  # bytes, as the reader of blueprints has it
LARGEST_TOTAL = 8_000_000
FOLDER = re.compile(r"[^A-Za-z0-9_-]+")
EXTENDS = re.compile(r"^extends:[ \t]*[\"']?([a-z0-9][a-z0-9_-]*)", re.MULTILINE)


def unpack(archive: IO[bytes], name: str, into: Path) -> Path:
    """Write the blueprints of an archive below a folder; returns the one to read, which no other of them extends.

    A blueprint is a folder with company.yaml, wherever it stands in the archive; only its YAML files are taken. Raises
    Refused where the archive is none, is out of bounds, points outside itself, or holds no blueprint or several.
    """
    try:
        with ZipFile(archive) as opened:
            wanted = dict(_blueprint_files(_entries(opened), PurePosixPath(name).stem))
            _write(opened, wanted, into)
    except (BadZipFile, LargeZipFile, zlib.error, NotImplementedError, EOFError, UnicodeDecodeError) as error:
        raise _refused("no_archive", "This file is no zip archive that can be read.") from error
    return blueprint_in(into)


def blueprint_in(place: Path) -> Path:
    """The blueprint below a folder that no other there extends. Raises Refused where there is none, or several."""
    folders = sorted(path.parent for path in place.glob("*/company.yaml"))
    extended = {found[1] for each in folders if (found := EXTENDS.search(_text(each / "company.yaml")))}
    own = [each for each in folders if each.name not in extended]
    if len(own) == 1:
        return own[0]
    if not own:
        raise _refused("no_blueprint", "The archive holds no blueprint: a folder with company.yaml.")
    named = ", ".join(each.name for each in own)
    raise _refused("several_blueprints", f"The archive holds several blueprints: {named}. Hand in one of them.")


def _refused(code: str, message: str) -> Refused:
    return Refused(code, message, field="archive")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _entries(archive: ZipFile) -> Iterator[tuple[PurePosixPath, ZipInfo]]:
    """The files of an archive by their checked paths. One path that leads outside is enough to refuse all."""
    infos = archive.infolist()
    if len(infos) > MOST_ENTRIES:
        raise _refused("too_many_files", f"The archive holds {len(infos)} entries; {MOST_ENTRIES} are the most.")
    for info in infos:
        path = PurePosixPath(info.filename)
        parts = info.filename.split("/")
        if path.is_absolute() or ".." in parts or "\\" in info.filename or ":" in parts[0] or "\x00" in info.filename:
            raise _refused("unsafe_path", f"“{info.filename[:80]}” leads out of the archive. Nothing of it was read.")
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise _refused("unsafe_entry", f"“{info.filename[:80]}” is a link or a device. Nothing of it was read.")
        if info.flag_bits & 0x1:
            raise _refused("encrypted", "The archive is encrypted. Hand it in without a password.")
        if not info.is_dir():
            yield path, info


def _blueprint_files(entries: Iterator[tuple[PurePosixPath, ZipInfo]], otherwise: str) -> Iterator[tuple[str, ZipInfo]]:
    """The YAML files that stand beside a company.yaml, as ``folder/file``; a bare one gets the archive's own name."""
    found = dict(entries)
    homes: dict[str, PurePosixPath] = {}
    for path in found:
        if path.name == "company.yaml" and "__MACOSX" not in path.parts:
            folder = FOLDER.sub("-", path.parent.name or otherwise).strip("-") or "blueprint"
            if folder in homes:
                raise _refused("folder_twice", f"Two folders of the archive are called “{folder}”.")
            homes[folder] = path.parent
    names = {home: folder for folder, home in homes.items()}
    wanted = [(path, info) for path, info in found.items() if path.parent in names and _is_yaml(path)]
    if len(wanted) > MOST_FILES:
        raise _refused("too_many_files", f"The blueprint has {len(wanted)} files; {MOST_FILES} are the most.")
    for path, info in wanted:
        yield f"{names[path.parent]}/{path.name}", info


def _is_yaml(path: PurePosixPath) -> bool:
    return path.suffix in (".yaml", ".yml") and not path.name.startswith(".")


def _write(archive: ZipFile, wanted: dict[str, ZipInfo], into: Path) -> None:
    """Write the files, never more of one than a blueprint's file may have, whatever the archive says of its size."""
    total = 0
    for name, info in wanted.items():
        with archive.open(info) as file:
            content = file.read(LARGEST_FILE + 1)
        total += len(content)
        if len(content) > LARGEST_FILE or total > LARGEST_TOTAL:
            most = LARGEST_TOTAL if total > LARGEST_TOTAL else LARGEST_FILE
            raise _refused("too_large", f"“{name}” unpacks to more than {most // 1_000_000} MB.")
        path = into / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_bytes(content)

"""Acts on imports: prepare, run, correct or dismiss a row, undo."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from tenure.base import clock
from tenure.base.errors import Refused
from tenure.base.ids import new_id
from tenure.identity import access
from tenure.identity.actor import Actor, company_day, company_zone
from tenure.identity.ledger import LedgerEntry
from tenure.identity.operations import operation, record
from tenure.sources.engine.preview import preview
from tenure.sources.engine.subjects import acts
from tenure.sources.engine.taking_back import obstacles
from tenure.sources.files.limits import FileRefused
from tenure.sources.files.tabular import format_of, stamp_of
from tenure.sources.imports import Import, ImportRow
from tenure.sources.mapping.checking import check_mapping
from tenure.sources.mapping.loading import Loaded, load_mapping, read_mapping
from tenure.sources.mapping.model import Mapping

NAMED = 5  # how many rows a refusal names


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A file that somebody hands in: the name that they call it by, and where it lies."""

    name: str
    path: Path

    @classmethod
    def at(cls, path: Path) -> GivenFile:
        return cls(path.name, path)


def load(mapping: Path | str, name: str = "mapping.yaml") -> Loaded:
    """A mapping from its path or its text, checked against everything that the rooms know. Raises MappingRefused."""
    loaded = load_mapping(mapping) if isinstance(mapping, Path) else read_mapping(mapping, name)
    check_mapping(loaded, acts())
    return loaded


def match_files(mapping: Mapping, given: Iterable[GivenFile]) -> dict[str, GivenFile]:
    """Which file is which of the mapping's, by their names. Raises Refused where one fits none, or two fit one."""
    found: dict[str, GivenFile] = {}
    for file in given:
        name = PureWindowsPath(PurePosixPath(file.name).name).name  # what a browser sends may be a whole path
        keys = [key for key, each in mapping.files.items() if fnmatchcase(name.lower(), each.name.lower())]
        if len(keys) != 1:
            names = ", ".join(each.name for each in mapping.files.values())
            why = "fits none" if not keys else "fits more than one"
            raise Refused("unknown_file", f"“{name}” {why} of the mapping's files: {names}.", field="files")
        if keys[0] in found:
            raise Refused("file_twice", f"“{name}” and “{found[keys[0]].name}” are both “{keys[0]}”.", field="files")
        found[keys[0]] = GivenFile(name, file.path)
    if not found:
        raise Refused("no_files", "Give at least one file.", field="files")
    return found


def look(loaded: Loaded, given: Iterable[GivenFile]) -> dict[str, Any]:
    """What an import would do; nothing is written. Raises Refused where a file does not fit or cannot be read."""
    files = match_files(loaded.mapping, given)
    paths = {key: file.path for key, file in files.items()}
    try:
        seen = preview(loaded, paths, zone=loaded.mapping.zone or company_zone(), today=company_day())
    except FileRefused as refusal:
        raise Refused("unreadable", str(refusal), field="files") from refusal
    for key, file in files.items():
        seen["files"][key]["name"] = file.name
    return seen


def prepare(loaded: Loaded, given: Sequence[GivenFile], actor: Actor, *, mapping_name: str = "mapping.yaml") -> Import:
    """Look at files by a mapping and keep them, ready to be run. Nothing of them is imported yet.

    Raises Refused where a file does not fit the mapping or cannot be read.
    """
    access.require(actor, "import.prepare")
    seen = look(loaded, given)
    found = match_files(loaded.mapping, given)
    files: list[dict[str, Any]] = []
    for key in (key for key in loaded.mapping.files if key in found):
        try:
            stamp = stamp_of(found[key].path)
        except FileRefused as refusal:
            raise Refused("unreadable", str(refusal), field="files") from refusal
        format = format_of(found[key].name, loaded.mapping.files[key].format)
        stated = {"key": key, "name": found[key].name, "size": stamp.size, "sha256": stamp.sha256, "format": format}
        files.append(stated | {"header": seen["files"][key]["header"]})
    import_id = new_id()
    kept = Import(id=import_id, files=files).folder
    kept.mkdir(parents=True, mode=0o700)
    try:
        for number, file in enumerate(files):
            shutil.copyfile(
                found[file["key"]].path, kept / f"{number}{'.xlsx' if file['format'] == 'xlsx' else '.csv'}"
            )
        return prepare_import(
            id=import_id, mapping=loaded.text, mapping_name=mapping_name, files=files, preview=seen, actor=actor
        )
    except BaseException:
        shutil.rmtree(kept, ignore_errors=True)
        raise


@operation("import.prepare", label="Prepare an import")
def prepare_import(
    *, id: str, mapping: str, mapping_name: str, files: list[dict[str, Any]], preview: dict[str, Any], actor: Actor
) -> Import:
    """Keep what a look at files has shown, so that they can be imported as they were seen."""
    loaded = load(mapping, mapping_name)
    made = Import.objects.create(
        id=id,
        source=loaded.mapping.source,
        label=loaded.mapping.label,
        mapping_name=Path(mapping_name).name[:200],
        mapping=loaded.text,
        mapping_digest=loaded.digest,
        files=files,
        preview=preview,
        created_by=actor.person,
        created_at=clock.now(),
    )
    digests = [file["sha256"] for file in files]
    record("import.prepared", made, source=made.source, files=digests, mapping=made.mapping_digest)
    return made


@operation("import.run", label="Run an import")
def start_import(imported: Import, *, actor: Actor) -> Import:
    """Let a prepared import run. Its rows are told by the system; who let it run stands in the ledger."""
    if imported.status != Import.Status.PREVIEWED:
        raise Refused("already_run", f"This import is {imported.get_status_display().lower()}; prepare it anew.")
    imported.status, imported.started_at = Import.Status.RUNNING, clock.now()
    imported.save(update_fields=["status", "started_at"])
    digests = [file["sha256"] for file in imported.files]
    record("import.started", imported, source=imported.source, files=digests, mapping=imported.mapping_digest)
    return imported


@operation("import.undo", label="Undo an import")
def undo_import(imported: Import, *, keep: bool = False, actor: Actor) -> Import:
    """Take back everything that an import brought. Rows on which people built since are named; `keep` leaves them."""
    if imported.status not in (Import.Status.DONE, Import.Status.FAILED, Import.Status.RUNNING):
        raise Refused("nothing_to_undo", f"This import is {imported.get_status_display().lower()}.")
    blocked = obstacles(imported)
    if blocked and not keep:
        named = "; ".join(f"{each.name} ({each.because})" for each in list(blocked.values())[:NAMED])
        more = f", and {len(blocked) - NAMED} more" if len(blocked) > NAMED else ""
        raise Refused(
            "built_upon",
            f"Since then people have built on {len(blocked)} of its rows: {named}{more}. Undo the rest and keep these?",
            field="keep",
        )
    after = LedgerEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0
    imported.status, imported.keep = Import.Status.UNDOING, keep
    imported.progress = imported.progress | {"kept": sorted(blocked), "undo": {"facts": 0, "rows": 0, "after": after}}
    imported.save(update_fields=["status", "keep", "progress"])
    record("import.undo_started", imported, source=imported.source, keep=keep)
    return imported


@operation("import.correct_row", label="Correct an imported row")
def correct_row(row: ImportRow, *, values: dict[str, str], actor: Actor) -> ImportRow:
    """Write down what the cells of a row should have been; the row is tried again with them.

    An empty mapping tries it as it is. `tenure.sources.engine.correcting.correct` does both at once.
    """
    _check_open(row)
    if row.severity != "quarantine":
        raise Refused("loaded", "This row is loaded; change what it made, or dismiss the mark.")
    unknown = sorted(set(values) - set(row.raw))
    if unknown:
        raise Refused("unknown_column", f"The file has no column {', '.join(unknown)}.", field=unknown[0])
    row.corrected = row.corrected | values
    row.retry, row.settled_by = True, actor.person
    row.save(update_fields=["corrected", "retry", "settled_by"])
    record("import.row_corrected", row, file=row.file, line=row.line, fields=sorted(values))
    return row


@operation("import.dismiss_row", label="Dismiss an imported row")
def dismiss_row(row: ImportRow, *, reason: str, actor: Actor) -> ImportRow:
    """Leave a row out, or accept the mark on it, for a reason."""
    _check_open(row)
    _dismiss([row], reason, actor)
    record("import.row_dismissed", row, file=row.file, line=row.line, reason="told")
    return row


@operation("import.dismiss_rows", label="Dismiss rows of an import")
def dismiss_rows(imported: Import, *, check: str, reason: str, actor: Actor) -> int:
    """Leave out, or accept, every open row that one check found, for a reason; returns how many."""
    rows = list(open_rows(imported, check))
    _dismiss(rows, reason, actor)
    for row in rows[:1]:
        record("import.row_dismissed", row, file=row.file, line=row.line, reason=check)
    return len(rows)


@operation("import.retry_rows", label="Try rows of an import again")
def retry_rows(imported: Import, *, check: str = "", actor: Actor) -> int:
    """Try again what was set aside, such as after the accounts that it asked for were imported; returns how many."""
    if not imported.is_current:
        raise Refused("not_current", f"This import is {imported.get_status_display().lower()}.")
    rows = open_rows(imported, check).filter(severity="quarantine")
    count: int = rows.update(retry=True, settled_by=actor.person)
    record("import.rows_retried", imported, rows=count, check=check)
    return count


def open_rows(imported: Import, check: str = "") -> Any:
    """The open rows of an import, of one check where it is given."""
    rows = ImportRow.objects.filter(made_by=imported, status=ImportRow.Status.OPEN).order_by("file", "line", "id")
    return rows.filter(checks__contains=f" {check} ") if check else rows


def _check_open(row: ImportRow) -> None:
    if not row.is_open:
        raise Refused("settled", f"This row is {row.get_status_display().lower()} already.")
    if row.made_by.status in (Import.Status.UNDOING, Import.Status.UNDONE):
        raise Refused("undone", "The import of this row was undone.")


def _dismiss(rows: Sequence[ImportRow], reason: str, actor: Actor) -> None:
    if not reason.strip():
        raise Refused("no_reason", "Say why it can be left out.", field="reason")
    for row in rows:
        row.status, row.note = ImportRow.Status.DISMISSED, reason.strip()[:400]
        row.settled_by, row.settled_at, row.retry = actor.person, clock.now(), False
    ImportRow.objects.bulk_update(rows, ["status", "note", "settled_by", "settled_at", "retry"], batch_size=200)


def running_like(loaded: Loaded, given: Sequence[GivenFile]) -> Import | None:
    """An import of the very same files by the same mapping that is still under way; None where there is none."""
    try:
        found = match_files(loaded.mapping, given)
        digests = {key: stamp_of(file.path).sha256 for key, file in found.items()}
    except (Refused, FileRefused):
        return None
    same = Import.objects.filter(status=Import.Status.RUNNING, mapping_digest=loaded.digest).order_by("-id")
    return next((each for each in same if {file["key"]: file["sha256"] for file in each.files} == digests), None)

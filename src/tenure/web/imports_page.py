"""What the pages about imported data show: figures and words of an import, its progress, how to begin one."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db.models import Count
from django.urls import reverse

from tenure.base.clock import SystemClock
from tenure.blueprint.problems import Problem
from tenure.identity import access
from tenure.identity.access import may
from tenure.identity.actor import Actor
from tenure.identity.operations import OPERATIONS
from tenure.pipeline.home import PACKAGE
from tenure.pipeline.lease import Lease
from tenure.sources.engine.correcting import try_again
from tenure.sources.engine.running import Overtaken, run_import
from tenure.sources.engine.undoing import run_undo
from tenure.sources.imports import Finding, Import, ImportRow
from tenure.sources.quality import Oddity
from tenure.web import wording
from tenure.web.portfolio import Tab
from tenure.web.subjects import fetch

COUNTS = (
    ("read", "Rows", ""),
    ("made", "New", "not here before"),
    ("changed", "Changed", "here, and told anew"),
    ("unchanged", "As before", "nothing to do"),
    ("quarantined", "Set aside", "cannot be loaded as they are"),
    ("flagged", "Marked", "loaded, and odd"),
    ("duplicates", "Repeated", "the same row again"),
    ("left_out", "Left out", "as the mapping says"),
)
ALWAYS = ("read", "made", "changed", "unchanged", "quarantined")
STATES = {
    Import.Status.PREVIEWED: "paused",
    Import.Status.RUNNING: "running",
    Import.Status.DONE: "met",
    Import.Status.UNDOING: "running",
    Import.Status.UNDONE: "snoozed",
    Import.Status.FAILED: "missed",
}
EXAMPLES = (PACKAGE / "examples", PACKAGE.parent.parent / "examples")  # in a wheel, in a checkout
PIECE = 2.0  # seconds of work in one request, where no pipeline does it
_clock = SystemClock()


def tabs(actor: Actor, shown: str) -> list[Tab]:
    """The pages about data that are open to the actor."""
    every = (
        ("imports", "Imports", "import.view"),
        ("quality", "Quality", "quality.view"),
        ("keys_of_sources", "Events", "quality.view"),
        ("sources", "Sources", "connector.view"),
        ("arrivals", "Arrivals", "connector.view"),
    )
    return [Tab(label, reverse(url), None, url == shown) for url, label, view in every if may(actor, view)]


def access_import(actor: Actor, import_id: str, operation: str = "import.view") -> Import:
    """An import that the actor may do `operation` on. Raises Forbidden, hidden where there is none."""
    access.require(actor, operation)
    return fetch(Import, actor, import_id, operation)


def rights(actor: Actor, *names: str) -> dict[str, bool]:
    """Which of these acts are open to the actor, as ``may_import_run``."""
    return {f"may_{name.replace('.', '_')}": bool(may(actor, name)) for name in names}


@dataclass(frozen=True)
class Figure:
    """One count with its words."""

    key: str
    label: str
    value: int
    note: str


def figures(counts: Mapping[str, int]) -> list[Figure]:
    """The counts of an import or a file: the usual ones, and the others where there are any."""
    return [
        Figure(key, label, counts.get(key, 0), note) for key, label, note in COUNTS if key in ALWAYS or counts.get(key)
    ]


@dataclass
class Odd:
    """What one check found in one file, before or after the import ran."""

    code: str
    label: str
    mend: str
    severity: str
    count: int
    samples: Sequence[str]
    is_unchecked: bool = False


@dataclass
class FileBlock:
    """One file of an import: what it was, what became of its rows, what is odd, and rows as they would be told."""

    key: str
    name: str
    notes: str
    figures: list[Figure]
    odd: list[Odd] = field(default_factory=list)
    samples: list[dict[str, Any]] = field(default_factory=list)


def file_blocks(imported: Import) -> list[FileBlock]:
    """The files of an import: as the look at them said, or as they were loaded once it has run. One query."""
    looked = imported.preview.get("files", {})
    ran = imported.started_at is not None
    found: dict[str, list[Odd]] = {}
    for each in Finding.objects.filter(made_by=imported).order_by("severity", "-count", "code") if ran else ():
        samples = [sample_words(sample) for sample in each.samples]
        odd = Odd(each.code, each.label, each.mend, each.severity, each.count, samples, each.is_unchecked)
        found.setdefault(each.file, []).append(odd)
    blocks = []
    for file in imported.files:
        seen = looked.get(file["key"], {})
        counts = imported.counts.get(file["key"], {}) if ran else seen.get("counts", {})
        block = FileBlock(file["key"], file["name"], _notes(file, seen), figures(counts))
        block.odd = found.get(file["key"], []) if ran else _looked(seen.get("findings", {}))
        block.samples = [] if ran else [_sample(each) for each in seen.get("samples", ())]
        blocks.append(block)
    return blocks


def _looked(findings: Mapping[str, Mapping[str, Any]]) -> list[Odd]:
    """What a look found; its samples say in words what is wrong with each row."""
    made = [
        Odd(
            code,
            each["label"],
            each.get("mend", ""),
            each["severity"],
            each["count"],
            [f"line {sample['line']}: {sample['message']}" for sample in each["samples"]],
            bool(each.get("is_unchecked")),
        )
        for code, each in findings.items()
    ]
    return sorted(made, key=lambda odd: (odd.severity != "quarantine", -odd.count))


def sample_words(sample: Mapping[str, Any]) -> str:
    """One row that a check found: ``line 4: opened 2026-01-12 09:00, closed empty``."""
    values = (f"{name} {_cell(value)}" for name, value in sample["values"].items())
    return f"line {sample['line']}: {', '.join(values)}"


def _cell(value: Any) -> str:
    """A value of a sample; a moment without its seconds and its zone, which is the mapping's."""
    if value is None or value == "":
        return "empty"
    text = str(value)
    return f"{text[:10]} {text[11:16]}" if len(text) >= 19 and text[10] == "T" and text[13] == ":" else text


def _notes(file: Mapping[str, Any], seen: Mapping[str, Any]) -> str:
    """What a file is: its size, how it is written, and the columns that nobody reads."""
    delimiter = {",": "commas", ";": "semicolons", "\t": "tabs"}.get(seen.get("delimiter", ""), seen.get("delimiter"))
    said = [size_words(file["size"])]
    if file["format"] == "xlsx":
        said.append("Excel")
    elif delimiter:
        said.append(f"{seen.get('encoding', '')}, {delimiter}")
    if seen.get("ignored"):
        said.append(f"not read: {', '.join(seen['ignored'])}")
    return " · ".join(said)


def size_words(size: int) -> str:
    """A file's size: ``830 bytes``, ``12 kB``, ``3.4 MB``."""
    if size < 1000:
        return f"{size} bytes"
    return f"{size / 1000:,.0f} kB" if size < 1_000_000 else f"{size / 1_000_000:,.1f} MB"


def _sample(given: Mapping[str, Any]) -> dict[str, Any]:
    """One row of a look, as the acts that it would bring about."""
    return {"line": given["line"], "acts": [act for wish in given["makes"] for act in _acts(wish)]}


def _acts(wish: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """An act in words and what it would say: (Open an account, name Ashdown, tier core)."""
    about = f"{wish['noun']} {wish['key']}" + (f" of account {wish['account']}" if wish["account"] else "")
    for told in wish["told"]:
        label = OPERATIONS[told["do"]].label if told["do"] in OPERATIONS else told["do"]
        happened = f"happened {told['happened_at'][:10]}" if told["happened_at"] else ""
        yield f"{label}: {about}", " · ".join(filter(None, (_listed(told["arguments"]), happened)))
    if wish["row"]:
        yield f"Into the lake: {about}", _listed(wish["row"])


def _listed(values: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{wording.sentence(name).lower()} {_said(value)}"
        for name, value in values.items()
        if value not in (None, "", {}, [])
    )


def _said(value: Any) -> str:
    """A value of a look; a colleague is named by their address."""
    return str(value).removeprefix("colleague/")


@dataclass(frozen=True)
class Found:
    """What one check found over all imports, with its samples in words."""

    oddity: Oddity
    samples: list[str]


def oddities(odd: Iterable[Oddity], severity: str) -> list[Found]:
    """What was found of one severity, in the order that it was given."""
    return [Found(each, [sample_words(one) for one in each.samples]) for each in odd if each.severity == severity]


@dataclass(frozen=True)
class Progress:
    """Long work: what it counts, its share of the whole, and whether this page has to do it itself."""

    words: str
    share: int
    runs_here: bool


def progress_of(imported: Import) -> Progress | None:
    """How far an import that runs, or is being undone, has come; None where nothing is under way."""
    if imported.status == Import.Status.RUNNING:
        done, of = imported.totals["read"], int(imported.preview.get("totals", {}).get("read", 0))
        said = "Importing"
    elif imported.status == Import.Status.UNDOING:
        done, of = int(imported.progress.get("undo", {}).get("rows", 0)), rows_made(imported)
        said = "Taking back"
    else:
        return None
    share = min(99, round(100 * done / of)) if of else 0
    return Progress(f"{said}: {done:,} of {of:,} rows, {share} %.", share, not pipeline_runs())


def rows_made(imported: Import) -> int:
    """How many rows an import has made."""
    return sum(counts.get("made", 0) for counts in imported.by_noun.values())


def pipeline_runs() -> bool:
    """Whether a pipeline process is alive that does the work of imports."""
    return Lease.objects.filter(name="pipeline", expires_at__gt=_clock.now()).exclude(holder="").exists()


def go_on(imported: Import, seconds: float = PIECE) -> None:
    """Do a piece of what an import has under way, in this process; what another process has done is noticed."""
    until = time.monotonic() + seconds
    try:
        if imported.status == Import.Status.UNDOING:
            run_undo(imported, seconds=seconds)
        elif imported.status == Import.Status.RUNNING:
            run_import(imported, seconds=seconds)
        else:
            while time.monotonic() < until and try_again(imported, most=20):
                pass
    except Overtaken:
        pass
    imported.refresh_from_db()


def set_aside(imports: Iterable[Import]) -> dict[str, int]:
    """How many rows of each import are set aside and open. One query."""
    rows = ImportRow.objects.filter(made_by__in=imports, severity="quarantine", status=ImportRow.Status.OPEN)
    return dict(rows.values_list("made_by").annotate(n=Count("pk")).order_by())


def waiting_rows(imported: Import) -> dict[str, int]:
    """How many rows of an import are set aside or marked and open, and how many wait to be tried again."""
    rows = ImportRow.objects.filter(made_by=imported, status=ImportRow.Status.OPEN)
    counts = {"quarantine": 0, "flag": 0, "retry": 0}
    for severity, retry, number in rows.values_list("severity", "retry").annotate(n=Count("pk")).order_by():
        counts[severity] = counts.get(severity, 0) + number
        counts["retry"] += number if retry else 0
    return counts


@dataclass(frozen=True)
class KnownMapping:
    """A mapping that one can choose: one that was used before, or that comes with Tenure."""

    value: str
    label: str


def known_mappings() -> list[KnownMapping]:
    """Mappings of earlier imports, each once, the newest first; then the examples that come with Tenure."""
    seen: set[str] = set()
    found = []
    rows = Import.objects.order_by("-id").values_list("pk", "label", "mapping_name", "mapping_digest", "created_at")
    for pk, label, name, digest, created in rows[:200]:
        if digest not in seen:
            seen.add(digest)
            found.append(KnownMapping(f"import:{pk}", f"{label} ({name}, {created:%d %b %Y})"))
    return [*found[:20], *(KnownMapping(f"example:{name}", f"Example: {name}") for name in sorted(_examples()))]


def _examples() -> dict[str, Path]:
    return {file.parent.name: file for place in EXAMPLES for file in place.glob("*/mapping.yaml")}


def mapping_text(chosen: str) -> tuple[str, str]:
    """The text of a known mapping and the name of its file; empty where there is none."""
    kind, _, name = chosen.partition(":")
    if kind == "import":
        found = Import.objects.filter(pk=name).values_list("mapping", "mapping_name").first()
        return found or ("", "")
    example = _examples().get(name) if kind == "example" else None
    return (example.read_text(encoding="utf-8"), example.name) if example else ("", "")


def problem_rows(problems: Iterable[Problem], name: str) -> list[tuple[str, str]]:
    """Mistakes as (place, words); the folder that a text was read in is nothing to its writer."""
    rows = []
    for each in problems:
        hint = f" Did you mean “{each.nearest}”?" if each.nearest else ""
        expected = f" Expected: {each.expected}." if each.expected else ""
        where = f"{each.path}: " if each.path else ""
        rows.append((f"{name}:{each.line}:{each.column}", f"{where}{each.message}.{expected}{hint}"))
    return rows

"""Imports: files that were read by a mapping, what they made, what was set aside, and the keys that tie it together."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from tenure.base.ids import ID_LENGTH, new_id
from tenure.facts.contract import declare
from tenure.identity.operations import view
from tenure.identity.people import Person

declare("import.prepared", "Import prepared", internal=True, source="text", files="list", mapping="text")
declare("import.started", "Import started", internal=True, source="text", files="list", mapping="text")
declare("import.finished", "Import finished", internal=True, source="text", counts="object")
declare("import.failed", "Import failed", internal=True, source="text", error="text")
declare("import.undo_started", "Import is being undone", internal=True, source="text", keep="boolean")
declare("import.undone", "Import undone", internal=True, source="text", facts="integer", rows="integer", kept="integer")
declare("import.row_corrected", "Imported row corrected", internal=True, file="text", line="integer", fields="list")
declare("import.row_dismissed", "Imported row dismissed", internal=True, file="text", line="integer", reason="text")
declare("import.rows_retried", "Imported rows tried again", internal=True, rows="integer", check="text")
declare("source.read_through", "Source read", internal=True, source="text", through="moment")

view("import.view", "See imports and their rows")
view("quality.view", "See what is odd in the data")


class Import(models.Model):
    """One reading of files by a mapping.

    `files` says in the order of the mapping what each was: key, name, size, sha256, format and header. The order of
    keys in `counts`, `preview` and a row's `raw` means nothing: a database may keep it otherwise.
    """

    class Status(models.TextChoices):
        PREVIEWED = "previewed", "Looked at"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        UNDOING = "undoing", "Being undone"
        UNDONE = "undone", "Undone"
        FAILED = "failed", "Failed"

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    source = models.CharField(max_length=60)
    label = models.CharField(max_length=120)
    mapping_name = models.CharField(max_length=200)
    mapping = models.TextField()
    mapping_digest = models.CharField(max_length=64)
    files = models.JSONField(default=list)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PREVIEWED)
    preview = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    progress = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    keep = models.BooleanField(default=False)
    runner = models.CharField(max_length=200, blank=True)  # the process that runs it now, and when it last said so
    runner_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    ledger_fields: ClassVar[tuple[str, ...]] = ("status",)

    class Meta:
        indexes = [models.Index(fields=["status", "id"]), models.Index(fields=["source", "-id"])]

    def __str__(self) -> str:
        return self.label

    @property
    def folder(self) -> Path:
        """Where the files lie until nothing needs them any more."""
        return Path(settings.HOME) / "imports" / self.id

    def path_of(self, key: str) -> Path | None:
        """The stored copy of a file, under a name of our own; None where it was not given or is gone."""
        for number, file in enumerate(self.files):
            if file["key"] == key:
                suffix = ".xlsx" if file["format"] == "xlsx" else ".csv"
                path = self.folder / f"{number}{suffix}"
                return path if path.is_file() else None
        return None

    def header_of(self, key: str) -> list[str]:
        """The column names of a file, in its order."""
        return next((file["header"] for file in self.files if file["key"] == key), [])

    @property
    def lines(self) -> dict[str, Any]:
        """Per file the line up to which it was read, or “done”."""
        lines: dict[str, Any] = self.progress.setdefault("lines", {})
        return lines

    def add_counts(self, file: str, counts: dict[str, int]) -> None:
        held = self.counts.setdefault(file, {})
        for name, count in counts.items():
            held[name] = held.get(name, 0) + count

    @property
    def totals(self) -> dict[str, int]:
        """The counts of all files together, by the names of `COUNTS`."""
        totals = dict.fromkeys(COUNTS, 0)
        for file, counts in self.counts.items():
            if "." not in file:
                for name in COUNTS:
                    totals[name] += counts.get(name, 0)
        return totals

    @property
    def by_noun(self) -> dict[str, dict[str, int]]:
        """Per noun how many were made, changed and left unchanged."""
        nouns: dict[str, dict[str, int]] = {}
        for name, counts in self.counts.items():
            file, _, noun = name.partition(".")
            for outcome, count in counts.items() if noun and file else ():
                held = nouns.setdefault(noun, {})
                held[outcome] = held.get(outcome, 0) + count
        return nouns

    @property
    def is_current(self) -> bool:
        """Whether what it brought still holds."""
        return self.status in CURRENT


CURRENT = (Import.Status.RUNNING, Import.Status.DONE, Import.Status.FAILED)
LONGEST_KEY = 400
POURED = ("events", "points")  # tables of the lake that an import fills
HEAVY = ("made_by__mapping", "made_by__preview", "made_by__progress")  # what no list of rows reads of their import
COUNTS = ("read", "made", "changed", "unchanged", "quarantined", "flagged", "duplicates", "left_out")


class ImportRow(models.Model):
    """A row that was set aside (quarantine), or loaded with a mark on it (flag). `raw` is what stood in the file."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        CORRECTED = "corrected", "Corrected"
        DISMISSED = "dismissed", "Dismissed"
        MENDED = "mended", "Mended by a later import"

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    made_by = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows")
    source = models.CharField(max_length=60)
    file = models.CharField(max_length=60)
    line = models.PositiveIntegerField()
    key = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=32)
    raw = models.JSONField()
    reasons = models.JSONField(default=list)
    checks = models.CharField(max_length=1000, blank=True)  # the reasons' codes between spaces: " ragged no_key "
    severity = models.CharField(max_length=10)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    corrected = models.JSONField(default=dict)
    retry = models.BooleanField(default=False)
    note = models.CharField(max_length=400, blank=True)
    settled_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)

    ledger_fields: ClassVar[tuple[str, ...]] = ("status", "severity")

    class Meta:
        indexes = [
            models.Index(fields=["made_by", "severity", "status", "file", "line"]),
            models.Index(fields=["source", "file", "digest"]),
            models.Index(fields=["retry", "id"], condition=models.Q(retry=True), name="rows_to_retry"),
        ]

    @property
    def values(self) -> dict[str, Any]:
        """The row's cells with what a person made of them."""
        values: dict[str, Any] = self.raw | self.corrected
        return values

    @property
    def cells(self) -> list[tuple[str, Any]]:
        """The row's cells in the order of its file, as a person made them."""
        values = self.values
        names = [name for name in self.made_by.header_of(self.file) if name in values]
        return [(name, values[name]) for name in [*names, *(name for name in values if name not in names)]]

    @property
    def is_open(self) -> bool:
        return self.status == ImportRow.Status.OPEN


class Link(models.Model):
    """What an external key of a source stands for here; `digest` and `steps` say what its row looked like."""

    id = models.BigAutoField(primary_key=True)
    source = models.CharField(max_length=60)
    noun = models.CharField(max_length=60)
    key = models.CharField(max_length=LONGEST_KEY)
    model = models.CharField(max_length=80)  # the row's model, such as records.Contract, or the lake's table
    subject_id = models.CharField(max_length=ID_LENGTH, blank=True)
    account_id = models.CharField(max_length=ID_LENGTH, blank=True)
    digest = models.CharField(max_length=32)
    steps = models.JSONField(default=dict)
    version = models.PositiveSmallIntegerField(default=1)  # of a row of the lake: a changed one is told under a new key
    made_by = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="links")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "noun", "key"], name="one_link_per_key")]
        indexes = [models.Index(fields=["noun", "key"]), models.Index(fields=["subject_id"])]

    @property
    def is_poured(self) -> bool:
        """Whether it stands for a row of the lake."""
        return self.model in POURED

    @property
    def lake_key(self) -> str:
        """The key under which a row of the lake stands there."""
        return lake_key(self.source, self.noun, self.key, self.version)


def lake_key(source: str, noun: str, key: str, version: int = 1) -> str:
    return f"{source}/{noun}/{key}" + (f"#{version}" if version > 1 else "")


class ImportedAct(models.Model):
    """One act of an import on one row: its ledger entries, and what it changed, so that it can be undone."""

    class What(models.TextChoices):
        MADE = "made", "Made"
        TOLD = "told", "Told"
        CHANGED = "changed", "Changed"
        POURED = "poured", "Put into the lake anew"

    id = models.BigAutoField(primary_key=True)
    made_by = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="acts")
    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="acts")
    what = models.CharField(max_length=8, choices=What.choices)
    step = models.CharField(max_length=60, blank=True)
    entries = models.JSONField(default=list)  # ids of the ledger
    fields = models.JSONField(default=dict)  # of the link's row: field, [before, after]
    link_before = models.JSONField(null=True)  # the link's digest and steps before; None where the act made the link

    class Meta:
        indexes = [models.Index(fields=["made_by", "-id"])]


class Finding(models.Model):
    """What one check found in one import: how many rows, how many that no earlier import had shown, and samples."""

    made_by = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="findings")
    source = models.CharField(max_length=60)
    file = models.CharField(max_length=60)
    code = models.CharField(max_length=60)  # the check's key, or the reader's own word
    label = models.CharField(max_length=200)
    mend = models.CharField(max_length=400, blank=True)
    severity = models.CharField(max_length=10)
    count = models.PositiveIntegerField(default=0)
    fresh = models.PositiveIntegerField(default=0)
    checked = models.PositiveIntegerField(default=0)
    is_unchecked = models.BooleanField(default=False)
    samples = models.JSONField(default=list)  # [{line, values}], at most `SAMPLES`
    found_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["made_by", "file", "code"], name="one_finding_per_check")]
        indexes = [models.Index(fields=["source", "file", "code"])]


SAMPLES = 5

"""Keeping what was odd: rows set aside or marked, each once however often its file is read, and what checks found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tenure.base import clock
from tenure.sources.engine.planning import FilePlan, Planned
from tenure.sources.imports import SAMPLES, Import, ImportRow
from tenure.sources.rows.reasons import Reason
from tenure.sources.rows.takes import as_json

LABELS = {
    "ragged": "Rows with too many or too few cells",
    "no_key": "Rows without a key",
    "missing": "Empty cells that must be filled",
    "unknown_value": "Words that the mapping does not know",
    "not_a_number": "Cells that are no number",
    "not_whole": "Cells that are no whole number",
    "not_a_boolean": "Cells that are neither true nor false",
    "not_a_day": "Cells that are no day",
    "not_a_moment": "Cells that are no moment",
    "in_the_future": "Things that lie in the future",
    "known_too_early": "Things known before they happened",
    "unknown_account": "Rows of accounts that nobody imported",
}


class Keeper:
    """What one file of an import keeps of its odd rows."""

    def __init__(self, imported: Import, plan: FilePlan) -> None:
        self._imported, self._plan = imported, plan
        self._rows = ImportRow.objects.filter(source=imported.source, file=plan.key)
        self._has_history = self._rows.exists()
        self._known: dict[str, ImportRow] = {}
        self._made: list[ImportRow] = []
        self._changed: list[ImportRow] = []
        self._flagged = 0

    def prepare(self, planned: Iterable[Planned]) -> None:
        """Read what is kept of these rows already."""
        self._made, self._changed = [], []
        if self._has_history:
            digests = [each.row.digest for each in planned]
            self._known = {row.digest: row for row in self._rows.filter(digest__in=digests)}

    def known_outcome(self, planned: Planned) -> str | None:
        """What becomes of a row without its wishes being granted; None where they are to be."""
        if planned.repeats is not None:
            return "duplicates"
        if planned.is_left_out:
            return "left_out"
        known = self._known.get(planned.row.digest) if self._known else None
        if known is not None and known.status == ImportRow.Status.CORRECTED and known.severity == "quarantine":
            return "unchanged"  # it stands as a person corrected it
        return "quarantined" if planned.row.is_quarantined else None

    def keep(self, planned: Planned, outcome: str) -> str:
        """Keep a row that is odd; returns its outcome as it is counted."""
        if outcome in ("duplicates", "left_out"):
            return outcome
        row = planned.row
        known = self._known.get(row.digest) if self._known else None
        if outcome == "unchanged" and known is not None and known.status == ImportRow.Status.CORRECTED:
            return outcome
        self._note_moment(planned, outcome)
        if not row.reasons:
            if known is not None and known.is_open:
                self._settle(known)
            return outcome
        self._flagged += outcome != "quarantined"
        if known is None:
            self._made.append(self._new(planned))
        elif known.is_open and known.reasons != [reason.as_json() for reason in row.reasons]:
            self._tell(known, row.reasons)
            self._changed.append(known)
        for code in dict.fromkeys(reason.code for reason in row.reasons):
            self._note_finding(planned, next(each for each in row.reasons if each.code == code), is_fresh=known is None)
        return outcome

    def take_flagged(self) -> int:
        """How many rows were loaded with a mark since this was last asked."""
        flagged, self._flagged = self._flagged, 0
        return flagged

    def store(self) -> None:
        """Store what was kept since `prepare`."""
        ImportRow.objects.bulk_create(self._made, batch_size=500)
        if self._changed:
            names = ["reasons", "checks", "severity", "status", "settled_at"]
            ImportRow.objects.bulk_update(self._changed, names, batch_size=200)
        self._has_history = self._has_history or bool(self._made)

    def _new(self, planned: Planned) -> ImportRow:
        made = ImportRow(
            made_by=self._imported,
            source=self._imported.source,
            file=self._plan.key,
            line=planned.row.line,
            key=planned.key[:200],
            digest=planned.row.digest,
            raw=as_json(planned.row.raw),
        )
        self._tell(made, planned.row.reasons)
        return made

    def _tell(self, row: ImportRow, reasons: list[Reason]) -> None:
        tell(row, reasons)

    def _settle(self, known: ImportRow) -> None:
        known.status, known.settled_at = ImportRow.Status.MENDED, clock.now()
        self._changed.append(known)

    def _note_moment(self, planned: Planned, outcome: str) -> None:
        """Remember the first and last moment at which something loaded from this file happened."""
        happened = planned.happened_at
        if outcome == "quarantined" or happened is None:
            return
        spans = self._imported.progress.setdefault("spans", {})
        first, last = spans.get(self._plan.key, (None, None))
        text = happened.isoformat()
        spans[self._plan.key] = [min(first or text, text), max(last or text, text)]

    def _note_finding(self, planned: Planned, reason: Reason, *, is_fresh: bool) -> None:
        found = self._finding(reason)
        found["count"] += 1
        found["fresh"] += is_fresh
        if len(found["samples"]) < SAMPLES:
            found["samples"].append(
                {"line": planned.row.line, "key": planned.key, "values": self._shown(planned, reason)}
            )

    def _finding(self, reason: Reason) -> dict[str, Any]:
        findings = self._imported.progress.setdefault("findings", {})
        made: dict[str, Any] = findings.setdefault(
            f"{self._plan.key}.{reason.code}",
            {
                "label": label_of(self._plan, reason.code, reason.message),
                "mend": reason.mend,
                "severity": reason.severity,
                "count": 0,
                "fresh": 0,
                "samples": [],
            },
        )
        return made

    def _shown(self, planned: Planned, reason: Reason) -> dict[str, Any]:
        """The values that show what is odd: those that the check names, else the row's first cells."""
        check = self._plan.file.checks.get(reason.code)
        names = (
            list(check.shows)
            if check is not None and check.shows
            else [*self._plan.file.key, *reason.field.split(", ")]
        )
        values = {name: as_json(planned.row.values[name]) for name in names if name in planned.row.values}
        return values or {name: as_json(cell) for name, cell in list(planned.row.raw.items())[:6]}

    def note_unchecked(self) -> None:
        """Say which checks could not be made, since the file that they compare with was not given."""
        for code in sorted(self._plan.unchecked):
            check = self._plan.file.checks[code]
            found = self._finding(Reason(code, check.label, mend=check.mend, severity=check.severity))
            found["is_unchecked"] = True


def tell(row: ImportRow, reasons: list[Reason]) -> None:
    """Write down why a row is odd."""
    row.reasons = [reason.as_json() for reason in reasons]
    row.checks = f" {' '.join(dict.fromkeys(reason.code for reason in reasons))} "[:1000]
    row.severity = "quarantine" if any(reason.severity == "quarantine" for reason in reasons) else "flag"


def label_of(plan: FilePlan, code: str, message: str) -> str:
    """What a finding is called: as its check says, else in the reader's own words."""
    file = plan.file
    if code in file.checks:
        return file.checks[code].label
    if code in file.unique:
        return file.unique[code].label
    return file.repeated if code == "key_repeated" else LABELS.get(code, message)[:200]

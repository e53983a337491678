"""A look at an import before anything is written: what each file would bring, with samples and what is odd."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from tenure.base.errors import Refused
from tenure.identity.operations import OPERATIONS
from tenure.sources.engine.keeping import label_of
from tenure.sources.engine.planning import FilePlan, Planned
from tenure.sources.engine.subjects import LOOK_UP
from tenure.sources.engine.wishes import Telling, Wish
from tenure.sources.imports import COUNTS, SAMPLES, Link
from tenure.sources.mapping.loading import Loaded
from tenure.sources.rows.reasons import Reason
from tenure.sources.rows.takes import ColleagueAt, Reference, as_json

Json = dict[str, Any]


def preview(loaded: Loaded, paths: Mapping[str, Path], *, zone: str, today: date) -> Json:
    """What an import would do, per file: counts, samples, findings, columns that nobody reads.

    Nothing is written. Whether an operation refuses a value (a tier that the blueprint has not) shows when it runs.
    Raises FileRefused where a file cannot be read.
    """
    looking = _Looking(loaded)
    files = {}
    for key in loaded.mapping.files:
        if key in paths:
            plan = FilePlan(loaded.mapping, key, paths, zone=zone, today=today)
            files[key] = looking.file(plan)
    totals = {name: sum(file["counts"][name] for file in files.values()) for name in COUNTS}
    return {"files": files, "totals": totals}


class _Looking:
    def __init__(self, loaded: Loaded) -> None:
        self._source = loaded.mapping.source
        self._coming: set[tuple[str, str]] = set()  # what files above would make
        self._links: dict[tuple[str, str, str], tuple[str, dict[str, str]]] = {}
        self._fresh = not Link.objects.exists()

    def file(self, plan: FilePlan) -> Json:
        """Look at one file."""
        counts = dict.fromkeys(COUNTS, 0)
        findings: dict[str, Json] = {}
        samples: list[Json] = []
        block: list[Planned] = []
        for planned in plan.rows():
            block.append(planned)
            if len(block) == LOOK_UP:
                self._block(plan, block, counts, findings, samples)
                block = []
        self._block(plan, block, counts, findings, samples)
        for code in sorted(plan.unchecked):
            check = plan.file.checks[code]
            findings[code] = _finding(check.label, check.mend, check.severity) | {"is_unchecked": True}
        dialect = plan.reader.tabular.dialect
        return {
            "name": plan.reader.path.name,
            "format": plan.reader.tabular.format,
            "encoding": dialect.encoding if dialect else "",
            "delimiter": dialect.delimiter if dialect else "",
            "header": list(plan.reader.tabular.header),
            "ignored": list(plan.reader.ignored),
            "counts": counts,
            "findings": findings,
            "samples": samples,
        }

    def _block(
        self,
        plan: FilePlan,
        block: list[Planned],
        counts: dict[str, int],
        findings: dict[str, Json],
        samples: list[Json],
    ) -> None:
        self._read(wish for planned in block for wish in planned.wishes)
        for planned in block:
            outcome = self._outcome(planned)
            counts["read"] += 1
            counts[outcome] += 1
            if planned.row.reasons and outcome not in ("quarantined", "left_out", "duplicates"):
                counts["flagged"] += 1
            if outcome not in ("duplicates", "left_out"):
                for reason in planned.row.reasons:
                    _note(plan, planned, reason, findings)
            if len(samples) < SAMPLES and planned.wishes:
                samples.append({"line": planned.row.line, "makes": [_said(wish) for wish in planned.wishes]})

    def _outcome(self, planned: Planned) -> str:
        if planned.repeats is not None:
            return "duplicates"
        if planned.is_left_out:
            return "left_out"
        if not planned.row.is_quarantined:
            for wish in planned.wishes:
                planned.row.reasons += self._refusals(wish)
        if planned.row.is_quarantined:
            return "quarantined"
        outcomes = {self._outcome_of(wish) for wish in planned.wishes}
        self._coming |= {(wish.noun, wish.key) for wish in planned.wishes}
        return "made" if "made" in outcomes else "changed" if "changed" in outcomes else "unchanged"

    def _outcome_of(self, wish: Wish) -> str:
        known = self._links.get((self._source, wish.noun, wish.key))
        if known is None:
            return "changed" if (wish.noun, wish.key) in self._coming else "made"
        digest, steps = known
        told = {telling.step: telling.digest for telling in wish.tellings[1:]}
        return "unchanged" if digest == wish.digest and steps == told else "changed"

    def _refusals(self, wish: Wish) -> list[Reason]:
        """What can be said of a wish without granting it: references that lead nowhere, arguments of the wrong type."""
        found = []
        for reference in (wish.account, wish.about):
            if reference is not None and not self._exists(reference):
                noun = reference.noun.replace("_", " ")
                found.append(
                    Reason(f"unknown_{reference.noun}", f"There is no {noun} “{reference.key[:80]}”.", reference.noun)
                )
        for telling in wish.tellings:
            try:
                _check(telling)
            except Refused as refusal:
                found.append(Reason(refusal.code, refusal.message, refusal.field or ""))
        return found

    def _exists(self, reference: Reference) -> bool:
        if reference.source == self._source and (reference.noun, reference.key) in self._coming:
            return True
        return (reference.source, reference.noun, reference.key) in self._links

    def _read(self, wishes: Any) -> None:
        if self._fresh:
            return
        wanted: dict[tuple[str, str], set[str]] = {}
        for wish in wishes:
            wanted.setdefault((self._source, wish.noun), set()).add(wish.key)
            for reference in (wish.account, wish.about):
                if reference is not None:
                    wanted.setdefault((reference.source, reference.noun), set()).add(reference.key)
        for (source, noun), keys in wanted.items():
            missing = [key for key in keys if (source, noun, key) not in self._links]
            for start in range(0, len(missing), LOOK_UP):
                rows = Link.objects.filter(source=source, noun=noun, key__in=missing[start : start + LOOK_UP])
                for key, digest, steps in rows.values_list("key", "digest", "steps"):
                    self._links[source, noun, key] = (digest, steps)


def _check(telling: Telling) -> None:
    if telling.do in OPERATIONS:
        arguments = {name: _stand_in(value) for name, value in telling.arguments.items()}
        OPERATIONS[telling.do].check_arguments(arguments)


def _stand_in(value: Any) -> Any:
    """A value with ids in place of what is not looked up yet."""
    match value:
        case Reference() | ColleagueAt():
            return "0" * 26
        case dict():
            return {name: _stand_in(each) for name, each in value.items()}
        case list():
            return [_stand_in(each) for each in value]
        case _:
            return value


def _said(wish: Wish) -> Json:
    """A wish as a page shows it."""
    told = [
        {"do": telling.do, "arguments": as_json(telling.arguments), "happened_at": as_json(telling.happened_at)}
        for telling in wish.tellings
    ]
    account = wish.account.key if wish.account else ""
    return {"noun": wish.noun, "key": wish.key, "account": account, "told": told, "row": as_json(wish.lake)}


def _finding(label: str, mend: str, severity: str) -> Json:
    return {"label": label, "mend": mend, "severity": severity, "count": 0, "samples": []}


def _note(plan: FilePlan, planned: Planned, reason: Reason, findings: dict[str, Json]) -> None:
    label = label_of(plan, reason.code, reason.message)
    found = findings.setdefault(reason.code, _finding(label, reason.mend, reason.severity))
    found["count"] += 1
    if len(found["samples"]) < SAMPLES:
        found["samples"].append({"line": planned.row.line, "key": planned.key, "message": reason.message})

"""Taking back what an import did: facts are retracted, what it changed is put back, rows that it made go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import ProtectedError, RestrictedError

from tenure.base.errors import Refused
from tenure.facts.contract import KINDS, declare
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.identity.operations import attempt, record
from tenure.sources.engine.subjects import LOOK_UP, exact, fetched, model_of, restore
from tenure.sources.imports import HEAVY, POURED, Import, ImportedAct, Link

declare("import.retracted", "Taken back with its import", internal=True, fact="text", of="text", of_id="id")


@dataclass(frozen=True, slots=True)
class BuiltUpon:
    """Why something cannot be taken back: the row as people call it, and what was done to it since."""

    noun: str
    subject_id: str
    name: str
    because: str

    def as_json(self) -> dict[str, str]:
        return {"noun": self.noun, "id": self.subject_id, "name": self.name, "because": self.because}


@dataclass(frozen=True, slots=True)
class Told:
    """What the ledger holds of some acts: their entries by id, and which of them are taken back already."""

    entries: dict[int, LedgerEntry]
    gone: set[int]

    @classmethod
    def by(cls, acts: Iterable[ImportedAct]) -> Told:
        """Two queries for some hundred entries, whatever the number of acts."""
        ids = [entry for act in acts for entry in act.entries]
        entries: dict[int, LedgerEntry] = {}
        gone: set[int] = set()
        for start in range(0, len(ids), LOOK_UP):
            some = ids[start : start + LOOK_UP]
            entries |= LedgerEntry.objects.in_bulk(some)
            taken = LedgerEntry.objects.filter(retracts__in=some).values_list("retracts", flat=True)
            gone |= {each for each in taken if each is not None}
        return cls(entries, gone)

    def of(self, act: ImportedAct) -> list[LedgerEntry]:
        """The entries of an act that stand, newest first."""
        ids = sorted(act.entries, reverse=True)
        return [self.entries[each] for each in ids if each in self.entries and each not in self.gone]


def take_back(acts: Sequence[ImportedAct], actor: Actor) -> int:
    """Take back acts of one link, newest first, inside the caller's batch; returns how many facts were retracted.

    Raises Refused where somebody has since changed what an act changed, or built on a row that it made.
    """
    told = Told.by(acts)
    retracted = 0
    for act in sorted(acts, key=lambda each: each.pk, reverse=True):
        found = obstacle(act)
        if found is not None:
            raise Refused("worked_on", f"{found.name}: {found.because}. Change it by hand, then dismiss this row.")
        retracted += undo_act(act, told)
        act.delete()
    return retracted


def undo_act(act: ImportedAct, told: Told) -> int:
    """Take one act back, whatever was built upon it; returns how many facts were retracted.

    Raises Refused where the database holds rows that protect this one.
    """
    link = act.link
    row = None if link.is_poured else fetched(model_of(link.model), link.subject_id)
    retracted = _retract(act, row, told)
    if act.link_before:
        Link.objects.filter(pk=link.pk).update(digest=act.link_before["digest"], steps=act.link_before["steps"])
    if row is None:
        return retracted
    if act.what == ImportedAct.What.MADE:
        try:
            with attempt():
                row.delete()
        except (ProtectedError, RestrictedError) as error:
            raise Refused("protected", f"{_name(row)} is used by other rows that must go first.") from error
    else:
        restore(row, {name: before for name, (before, _) in act.fields.items()})
    return retracted


def _retract(act: ImportedAct, row: models.Model | None, told: Told) -> int:
    entries = told.of(act)
    for entry in entries:
        is_own = row is not None and entry.subject == getattr(row, "noun", None) and entry.subject_id == str(row.pk)
        kind = f"{entry.subject}.withdrawn"
        # Whoever asks for what was known in the past sees nothing of what should never have been imported.
        times: dict[str, Any] = {"happened_at": entry.happened_at, "known_at": entry.known_at, "retracts": entry.pk}
        if is_own and row is not None and kind in KINDS:
            record(kind, row, account_id=entry.account_id, fact=entry.kind, **times)
        else:
            data: dict[str, Any] = {"fact": entry.kind, "of": entry.subject, "of_id": entry.subject_id}
            record("import.retracted", act.made_by, account_id=entry.account_id, **data, **times)
    return len(entries)


Overlay = dict[tuple[int, str], Any]  # (link, field): the value that stands once later acts are taken back


def obstacle(act: ImportedAct, overlay: Overlay | None = None) -> BuiltUpon | None:
    """What stands in the way of taking an act back; None where nothing does.

    `overlay` holds what the taking back of later acts of the same import will have restored by then.
    """
    link = act.link
    row = None if link.is_poured else fetched(model_of(link.model), link.subject_id)
    if row is None:
        return None
    if act.what == ImportedAct.What.MADE:
        return _used_since(act, link, row)
    restored = overlay if overlay is not None else {}
    changed = []
    for name, (before, after) in act.fields.items():
        if restored.get((link.pk, name), exact(getattr(row, name))) != after:
            changed.append(name)
        restored[link.pk, name] = before
    return _built(link, row, f"{', '.join(changed)} changed since") if changed else None


def _used_since(act: ImportedAct, link: Link, row: models.Model) -> BuiltUpon | None:
    """What was done since to a row that an act made: by a person, or by another import."""
    people = LedgerEntry.objects.filter(pk__gt=max(act.entries, default=0)).exclude(actor_id=None)
    is_account = link.account_id == link.subject_id
    entry = people.filter(subject=str(getattr(row, "noun", "")), subject_id=link.subject_id).order_by("id").first()
    if entry is None and is_account:
        entry = people.filter(account_id=link.subject_id).order_by("id").first()
    if entry is not None:
        said = KINDS[entry.kind].label if entry.kind in KINDS else entry.kind
        return _built(link, row, f"“{said}” was done on {entry.happened_at.date().isoformat()}")
    later = (
        ImportedAct.objects.filter(link=link)
        .exclude(made_by=act.made_by)
        .select_related("made_by")
        .defer(*HEAVY)
        .first()
    )
    if later is not None:
        return _built(link, row, f"another import of {later.made_by.label} changed it")
    if is_account:
        others = Link.objects.filter(account_id=link.account_id).exclude(made_by=act.made_by)
        one = others.select_related("made_by").defer(*HEAVY).first()
        if one is not None:
            return _built(link, row, f"another import of {one.made_by.label} brought its {one.noun} {one.key}")
    return None


def _built(link: Link, row: models.Model, because: str) -> BuiltUpon:
    return BuiltUpon(link.noun, link.subject_id, _name(row), because)


def _name(row: models.Model) -> str:
    return str(row)[:80]


def obstacles(imported: Import) -> dict[int, BuiltUpon]:
    """What people or other imports have built on since, by the link that therefore cannot be taken back."""
    found: dict[int, BuiltUpon] = {}
    overlay: Overlay = {}
    for act in _suspects(imported):
        act.made_by = imported
        why = obstacle(act, overlay)
        if why is not None:
            found.setdefault(act.link_id, why)
    return found


def _suspects(imported: Import) -> Iterable[ImportedAct]:
    """Acts, newest first, whose rows may have been touched since by a person or by another import."""
    acts = (
        ImportedAct.objects.filter(made_by=imported).exclude(link__model__in=POURED).select_related("link", "made_by")
    )
    since = imported.started_at or imported.created_at
    touched = LedgerEntry.objects.exclude(actor_id=None).filter(recorded_at__gte=since)
    elsewhere = ImportedAct.objects.exclude(made_by=imported)
    brought = Link.objects.exclude(made_by=imported).exclude(account_id="")
    made = models.Q(what=ImportedAct.What.MADE) & (
        models.Q(link__subject_id__in=touched.values("subject_id"))
        | models.Q(link__subject_id__in=touched.exclude(account_id=None).values("account_id"))
        | models.Q(link__in=elsewhere.values("link"))
        | models.Q(link__subject_id__in=brought.values("account_id"))
    )
    # A row that the import made goes as a whole; in one that was there before, each field is compared.
    compared = ~models.Q(what=ImportedAct.What.MADE) & ~models.Q(fields={})
    there_before = ~models.Q(link__made_by=imported) | models.Q(what=ImportedAct.What.TOLD, step="")
    return acts.filter(made | (compared & there_before)).order_by("-id").iterator(chunk_size=500)

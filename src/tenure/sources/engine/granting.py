"""Granting wishes: facts told through operations, rows poured into the lake, each remembered for an undo."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, get_args

from django.db import InterfaceError, OperationalError, models

from tenure.base import clock
from tenure.base.errors import Awaiting, Forbidden, Refused
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.identity.operations import OPERATIONS, Operation, Run, attempt
from tenure.sources.engine.subjects import (
    Links,
    differences,
    fetched,
    model_of,
    returns_subject,
    snapshot,
    stub,
)
from tenure.sources.engine.taking_back import take_back
from tenure.sources.engine.wishes import MADE, Telling, Wish
from tenure.sources.imports import Import, ImportedAct, Link
from tenure.sources.rows.reasons import Reason
from tenure.sources.rows.takes import Reference

logger = logging.getLogger(__name__)
MENDS = {"unknown_account": "Import the account first and try again, or correct the key."}


@dataclass
class Draft:
    """What one row, or one chunk of rows, has brought about and that is still to be stored."""

    links: list[Link] = field(default_factory=list)
    changed: list[Link] = field(default_factory=list)
    acts: list[tuple[ImportedAct, list[LedgerEntry]]] = field(default_factory=list)
    poured: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    recalled: dict[str, list[str]] = field(default_factory=dict)
    nouns: dict[str, dict[str, int]] = field(default_factory=dict)

    def add(self, other: Draft) -> None:
        self.links += other.links
        self.changed += other.changed
        self.acts += other.acts
        for table, rows in other.poured.items():
            self.poured.setdefault(table, []).extend(rows)
        for table, keys in other.recalled.items():
            self.recalled.setdefault(table, []).extend(keys)
        for noun, counts in other.nouns.items():
            held = self.nouns.setdefault(noun, {})
            for name, count in counts.items():
                held[name] = held.get(name, 0) + count


class Granter:
    """Grants the wishes of rows inside the batch of one chunk; `draft` gathers what is stored at its end."""

    def __init__(self, imported: Import, run: Run, actor: Actor) -> None:
        self.imported, self._run, self._actor = imported, run, actor
        self.links = Links()
        self.draft = Draft()
        self._row = Draft()
        self._states: dict[tuple[str, str], dict[str, Any]] = {}  # rows as this chunk left them

    def prepare(self, wishes: Iterable[Wish]) -> None:
        """Read what these wishes refer to."""
        self.links.read(key for wish in wishes for key in _keys(self.imported.source, wish))

    def grant(self, wishes: list[Wish]) -> tuple[str, list[Reason]]:
        """Grant all wishes of a row or none. Returns made, changed or unchanged; or "", with the reasons why not."""
        self._row = Draft()
        try:
            with attempt() if any(wish.tellings for wish in wishes) else nullcontext():
                outcomes = [self._grant(wish) for wish in wishes]
        except (Refused, Forbidden, Awaiting) as refusal:
            self._forget()
            return "", [_reason(refusal)]
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            # One row that nobody foresaw must not keep the others out; what it was stands in the log.
            logger.exception("import %s: a row could not be granted", self.imported.pk)
            self._forget()
            return "", [Reason("unexpected", f"This failed unexpectedly: {type(error).__name__}.", mend="See the log.")]
        self.draft.add(self._row)
        return ("made" if "made" in outcomes else "changed" if "changed" in outcomes else "unchanged"), []

    def _forget(self) -> None:
        for link in self._row.links:
            self.links.drop(link)
        for link in self._row.changed:
            self.links.keep(Link.objects.get(pk=link.pk)) if link.pk else None
        self._states.clear()

    def _grant(self, wish: Wish) -> str:
        link = self.links.get(self.imported.source, wish.noun, wish.key)
        outcome = self._pour(wish, link) if wish.table else self._tell_all(wish, link)
        counts = self._row.nouns.setdefault(wish.noun, {})
        counts[outcome] = counts.get(outcome, 0) + 1
        return outcome

    # Rows of the lake

    def _pour(self, wish: Wish, link: Link | None) -> str:
        if link is not None and link.digest == wish.digest:
            return "unchanged"
        account_id = self.links.of(wish.account).account_id if wish.account else ""
        table = str(wish.table)
        if link is None:
            link = self._new_link(wish, model=table, account_id=account_id)
        else:
            self._row.recalled.setdefault(table, []).append(link.lake_key)
            self._act(ImportedAct.What.POURED, link, [], was=_state(link))
            link.digest, link.version, link.account_id = wish.digest, link.version + 1, account_id
            self._row.changed.append(link)
        row = {name: self.links.resolved(value) for name, value in wish.lake.items()}
        row |= {"account_id": account_id, "source": self.imported.source, "key": link.lake_key}
        row["known_at"] = row.get("known_at") or clock.now()
        self._row.poured.setdefault(table, []).append(row)
        return "made" if link.version == 1 else "changed"

    # Facts through operations

    def _tell_all(self, wish: Wish, link: Link | None) -> str:
        first, steps = wish.tellings[0], wish.tellings[1:]
        if link is None:
            link = self._make(wish, first)
            outcome = "made"
        elif link.digest != first.digest:
            outcome = "changed"
            link = self._change(wish, link, first) if wish.change else self._make_anew(wish, link, first)
        else:
            outcome = "unchanged"
        if outcome != "made" and self._retract_stale(link, steps):
            outcome = "changed"
        for step in steps:
            if step.step not in link.steps:
                self._step(link, step)
                outcome = "made" if outcome == "made" else "changed"
        return outcome

    def _make(self, wish: Wish, telling: Telling) -> Link:
        operation = self._operation(telling.do)
        subject = self._subject(operation, wish)
        about_itself = returns_subject(operation) and subject is not None
        before = self._state_of(type(subject), str(subject.pk)) if about_itself and subject is not None else {}
        with self._recording() as entries:
            result = self._perform(operation, subject, telling)
        row = subject if about_itself else result
        if not isinstance(row, models.Model):
            raise Refused("nothing_made", f"{telling.do} makes no row that an import could name.")
        account_id = str(getattr(result, "account_id", None) or self._account_id(wish))
        link = self._new_link(wish, model=row._meta.label, subject_id=str(row.pk), account_id=account_id)
        what = ImportedAct.What.TOLD if about_itself else ImportedAct.What.MADE
        self._act(what, link, entries, fields=self._learn(link, result, before))
        return link

    def _make_anew(self, wish: Wish, link: Link, telling: Telling) -> Link:
        """A fact that no operation changes is taken back and told as it is now."""
        before = _state(link)
        take_back(self._stored_acts(link), self._actor)
        made = self._make(wish, telling)
        # The link stays the same row: others may refer to it.
        self._row.links.remove(made)
        link.model, link.subject_id, link.account_id = made.model, made.subject_id, made.account_id
        link.digest, link.steps = telling.digest, {}
        act, entries = self._row.acts.pop()
        act.link, act.link_before = link, before
        self._row.acts.append((act, entries))
        self._row.changed.append(link)
        self.links.keep(link)
        return link

    def _change(self, wish: Wish, link: Link, telling: Telling) -> Link:
        operation = self._operation(str(wish.change))
        arguments = _change_arguments(operation, telling)
        changed = Telling(MADE, operation.name, arguments, wish.changed_at, None)
        before = self._state_of(model_of(link.model), link.subject_id)
        was = _state(link)
        with self._recording() as entries:
            result = self._perform(operation, stub(operation.subject_model, link.subject_id), changed)
        link.digest = telling.digest
        self._act(ImportedAct.What.CHANGED, link, entries, was=was, fields=self._learn(link, result, before))
        self._row.changed.append(link)
        return link

    def _step(self, link: Link, telling: Telling) -> None:
        operation = self._operation(telling.do)
        before = self._state_of(model_of(link.model), link.subject_id)
        was = _state(link)
        with self._recording() as entries:
            result = self._perform(operation, stub(operation.subject_model, link.subject_id), telling)
        link.steps[telling.step] = telling.digest
        self._act(
            ImportedAct.What.TOLD, link, entries, step=telling.step, was=was, fields=self._learn(link, result, before)
        )
        if link not in self._row.links:
            self._row.changed.append(link)

    def _retract_stale(self, link: Link, steps: tuple[Telling, ...]) -> bool:
        """Take back the steps that the row now tells otherwise or no more, and whatever followed them."""
        now = {step.step: step.digest for step in steps}
        stale = {step for step, digest in link.steps.items() if now.get(step) != digest}
        if not stale:
            return False
        stored = self._stored_acts(link)
        first = min(act.pk for act in stored if act.step in stale)
        gone = [act for act in stored if act.pk >= first and act.what == ImportedAct.What.TOLD and act.step]
        take_back(gone, self._actor)
        for act in gone:
            link.steps.pop(act.step, None)
        self._states.clear()
        self._row.changed.append(link)
        return True

    # Small parts

    def _operation(self, name: str) -> Operation[Any, Any]:
        if name not in OPERATIONS:
            raise Refused("unknown_operation", f"There is no operation “{name}”.")
        return OPERATIONS[name]

    def _subject(self, operation: Operation[Any, Any], wish: Wish) -> models.Model | None:
        if not operation.has_subject:
            return None
        if wish.about is not None:
            return stub(operation.subject_model, self.links.of(wish.about).subject_id)
        return stub(operation.subject_model, self._account_id(wish))

    def _account_id(self, wish: Wish) -> str:
        if wish.account is not None:
            return self.links.of(wish.account).account_id
        return self.links.of(wish.about).account_id if wish.about is not None else ""

    def _perform(self, operation: Operation[Any, Any], subject: models.Model | None, telling: Telling) -> Any:
        arguments = {name: self.links.resolved(value) for name, value in telling.arguments.items()}
        times = {"at": telling.happened_at, "known_at": telling.known_at}
        arguments |= {
            name: moment for name, moment in times.items() if moment is not None and name in _taken(operation)
        }
        return operation(*([subject] if operation.has_subject else []), **arguments, actor=self._actor)

    @contextmanager
    def _recording(self) -> Iterator[list[LedgerEntry]]:
        """The entries that the block records."""
        entries: list[LedgerEntry] = []
        before = len(self._run.entries)
        yield entries
        entries += self._run.entries[before:]

    def _state_of(self, model: type[models.Model], pk: str) -> dict[str, Any]:
        held = self._states.get((model._meta.label, pk))
        return held if held is not None else snapshot(fetched(model, pk))

    def _learn(self, link: Link, result: Any, before: dict[str, Any]) -> dict[str, list[Any]]:
        """What an act changed in the link's row, and how the row stands now."""
        is_row = isinstance(result, models.Model) and (result._meta.label, str(result.pk)) == (
            link.model,
            link.subject_id,
        )
        now = snapshot(result if is_row else fetched(model_of(link.model), link.subject_id))
        self._states[link.model, link.subject_id] = now
        return differences(before, now)

    def _new_link(self, wish: Wish, *, model: str = "", subject_id: str = "", account_id: str = "") -> Link:
        made = Link(
            source=self.imported.source,
            noun=wish.noun,
            key=wish.key,
            model=model,
            subject_id=subject_id,
            account_id=account_id,
            digest=wish.digest,
            made_by=self.imported,
        )
        self._row.links.append(made)
        self.links.keep(made)
        return made

    def _act(
        self,
        what: str,
        link: Link,
        entries: list[LedgerEntry],
        *,
        step: str = "",
        was: dict[str, Any] | None = None,
        fields: dict[str, list[Any]] | None = None,
    ) -> None:
        act = ImportedAct(made_by=self.imported, link=link, what=what, step=step, link_before=was, fields=fields or {})
        self._row.acts.append((act, entries))

    def _stored_acts(self, link: Link) -> list[ImportedAct]:
        """The acts on a link, oldest first. Those of this very chunk have no ledger ids and cannot be undone in it."""
        if link.pk is None or any(act.link is link for act, _ in self.draft.acts):
            raise Refused(
                "told_twice", "Another row of this import tells this already; import the later one by itself."
            )
        return list(ImportedAct.objects.filter(link=link).order_by("id"))


def _keys(source: str, wish: Wish) -> Iterator[tuple[str, str, str]]:
    yield source, wish.noun, wish.key
    values: list[Any] = [wish.account, wish.about, wish.lake]
    values += [telling.arguments for telling in wish.tellings]
    while values:
        match values.pop():
            case Reference(of, noun, key):
                yield of, noun, key
            case dict() as inner:
                values += inner.values()
            case list() as inner:
                values += inner


def _taken(operation: Operation[Any, Any]) -> Any:
    return operation.arguments.model_fields


def _change_arguments(operation: Operation[Any, Any], telling: Telling) -> dict[str, Any]:
    """What a change takes of the first fact's arguments; what the row no longer says is cleared where it can be."""
    taken = _taken(operation)
    arguments = {name: value for name, value in telling.arguments.items() if name in taken}
    for name in telling.empty:
        choices = {type(None) if choice is None else choice for choice in _choices(operation, name)}
        if type(None) in choices:
            arguments[name] = None
        elif str in choices:
            arguments[name] = ""
    return arguments


def _choices(operation: Operation[Any, Any], name: str) -> tuple[Any, ...]:
    """The plain types that an argument may have; none where the operation does not take it."""
    if name not in _taken(operation):
        return ()
    annotation = _taken(operation)[name].annotation
    return get_args(annotation) or (annotation,)


def _state(link: Link) -> dict[str, Any]:
    return {"digest": link.digest, "steps": dict(link.steps), "version": link.version, "subject_id": link.subject_id}


def _reason(refusal: Refused | Forbidden | Awaiting) -> Reason:
    if isinstance(refusal, Refused):
        return Reason(refusal.code[:60], refusal.message, refusal.field or "", MENDS.get(refusal.code, ""))
    code = "forbidden" if isinstance(refusal, Forbidden) else "awaiting"
    return Reason(code, str(refusal))

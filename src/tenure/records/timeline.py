"""The timeline: an account's facts, newest first, with the words of the rows that they are about.

Facts hold no words. Each noun says how its rows are worded, one query for a page of them; other rooms add their nouns
with `word`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from tenure.base.errors import Refused
from tenure.base.registry import Registry
from tenure.blueprint.model import Model
from tenure.facts.contract import KINDS
from tenure.identity import access
from tenure.identity.accounts import AccountAnchor
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.identity.people import Person
from tenure.records.visibility import is_client
from tenure.records.withdrawal import standing

GROUPS = {
    "meetings": "Meetings",
    "messages": "Messages",
    "notes": "Notes and activities",
    "issues": "Issues",
    "goals": "Goals and deliverables",
    "feedback": "Ratings and answers",
    "commercial": "Contracts",
    "people": "People",
    "work": "Promises, signals and plays",
    "account": "Account",
}
PEOPLE_IN_DATA = ("owner", "by", "facilitator", "to", "person_id")
LONGEST = 280


@dataclass(frozen=True, slots=True)
class Line:
    """How a row reads: its words, and whether a client may read them."""

    text: str
    client_visible: bool = False


Lines = Callable[[Collection[str], Model], Mapping[str, Line]]


@dataclass(frozen=True, slots=True)
class Wording:
    """Where a noun's facts stand on the timeline, under which icon, and how to word many of its rows at once."""

    group: str
    icon: str
    lines: Lines | None = None


WORDINGS: Registry[Wording] = Registry("wordings of the timeline")
_ELSEWHERE = Wording("work", "ledger")


def word(noun: str, group: str, icon: str, lines: Lines | None = None) -> None:
    """Say how a noun's facts appear. `lines` words rows by their ids in one query."""
    if group not in GROUPS:
        raise ValueError(f"{noun}: there is no group {group!r}")
    WORDINGS.add(noun, Wording(group, icon, lines))


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One fact as people read it. `actor` is a name, empty for the system."""

    id: int
    kind: str
    label: str
    group: str
    icon: str
    noun: str
    subject_id: str
    text: str
    actor_id: str | None
    actor: str
    happened_at: datetime
    known_at: datetime
    recorded_at: datetime
    is_internal: bool
    is_replaced: bool  # a later entry corrects it
    corrects: int | None
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of the timeline. `next` asks for the one below it; None at the end. `people` names ids in the data."""

    entries: list[TimelineEntry] = field(default_factory=list)
    next: str | None = None
    people: Mapping[str, str] = field(default_factory=dict)


def timeline(
    account: AccountAnchor,
    actor: Actor,
    *,
    before: str | None = None,
    limit: int = 50,
    groups: Collection[str] = (),
    known_through: datetime | None = None,
) -> Page:
    """A page of an account's facts, the newest first, without what was taken back; as they were known at a moment.

    A client reads what no kind keeps inside and what its row lets them see. Raises Forbidden out of reach and Refused
    for a cursor that was not ours.
    """
    access.require(actor, "account.view", account)
    every = LedgerEntry.objects.filter(account_id=account.pk)
    every = every if known_through is None else every.filter(known_at__lte=known_through)
    marks = every.filter(Q(retracts__isnull=False) | Q(corrects__isnull=False)).values_list("retracts", "corrects")
    retracted, replaced = set(), set()
    for retracts, corrects in marks:
        retracted.add(retracts)
        replaced.add(corrects)
    client = is_client(actor)
    wanted = _wanted(every, groups, client)
    kept: list[TimelineEntry] = []
    cursor = _read(before)
    names: dict[str, str] = {}
    while len(kept) <= limit:
        chunk = list(_below(wanted, cursor)[: limit + 1])
        if not chunk:
            break
        cursor = (chunk[-1].happened_at, chunk[-1].id)
        found = [entry for entry in chunk if entry.id not in retracted]
        lines = _lines(found, actor.model)
        names |= _names(found)
        made = (_entry(entry, lines, names, entry.id in replaced) for entry in found)
        kept += [entry for entry in made if not (client and entry.is_internal)]
        if len(chunk) <= limit:
            break
    more = len(kept) > limit
    kept = kept[:limit]
    below = f"{kept[-1].happened_at.isoformat()}|{kept[-1].id}" if more else None
    return Page(kept, below, names)


def _wanted(every: QuerySet[LedgerEntry], groups: Collection[str], client: bool) -> QuerySet[LedgerEntry]:
    entries = every.filter(retracts=None).order_by("-happened_at", "-id")
    if groups:
        named = {noun: wording.group for noun, wording in WORDINGS.items()}
        nouns = {kind.subject for kind in KINDS.values()}
        entries = entries.filter(subject__in=[noun for noun in nouns if named.get(noun, _ELSEWHERE.group) in groups])
    if client:
        entries = entries.filter(kind__in=[name for name, kind in KINDS.items() if not kind.internal])
    return entries


def _below(entries: QuerySet[LedgerEntry], cursor: tuple[datetime, int] | None) -> QuerySet[LedgerEntry]:
    if cursor is None:
        return entries
    happened, id_ = cursor
    return entries.filter(Q(happened_at__lt=happened) | Q(happened_at=happened, id__lt=id_))


def _read(cursor: str | None) -> tuple[datetime, int] | None:
    if not cursor:
        return None
    moment, _, id_ = cursor.partition("|")
    try:
        read = datetime.fromisoformat(moment), int(id_)
    except ValueError as error:
        raise Refused(
            "bad_cursor", "This page of the timeline is not known; start at its top.", field="before"
        ) from error
    if read[0].tzinfo is None:
        raise Refused("bad_cursor", "This page of the timeline is not known; start at its top.", field="before")
    return read


def _lines(entries: Iterable[LedgerEntry], model: Model) -> dict[tuple[str, str], Line]:
    """The words of every row that the entries are about: one query for each noun."""
    ids: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        ids[entry.subject].add(entry.subject_id)
    found: dict[tuple[str, str], Line] = {}
    for noun, wanted in ids.items():
        wording = WORDINGS.get(noun)
        if wording is not None and wording.lines is not None:
            found |= {(noun, id_): line for id_, line in wording.lines(wanted, model).items()}
    return found


def words_of(noun: str, row_id: str, model: Model) -> str:
    """How the timeline words one row; empty where its noun says nothing."""
    wording = WORDINGS.get(noun)
    lines = wording.lines([row_id], model) if wording and wording.lines else {}
    return lines[row_id].text if row_id in lines else ""


def _names(entries: Iterable[LedgerEntry]) -> dict[str, str]:
    """The names of everyone who acted or whom the data name."""
    ids = set()
    for entry in entries:
        ids |= {entry.actor_id, *(entry.data.get(key) for key in PEOPLE_IN_DATA)}
    wanted = {id_ for id_ in ids if isinstance(id_, str)}
    return dict(Person.objects.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}


def _entry(
    entry: LedgerEntry, lines: Mapping[tuple[str, str], Line], names: Mapping[str, str], is_replaced: bool
) -> TimelineEntry:
    kind = KINDS.get(entry.kind)
    wording = WORDINGS.get(entry.subject, _ELSEWHERE)
    line = lines.get((entry.subject, entry.subject_id), Line(""))
    text = line.text if len(line.text) <= LONGEST else line.text[: LONGEST - 1].rstrip() + "…"
    return TimelineEntry(
        id=entry.id,
        kind=entry.kind,
        label=kind.label if kind else entry.kind,
        group=wording.group,
        icon=wording.icon,
        noun=entry.subject,
        subject_id=entry.subject_id,
        text=text,
        actor_id=entry.actor_id,
        actor=names.get(entry.actor_id or "", ""),
        happened_at=entry.happened_at,
        known_at=entry.known_at,
        recorded_at=entry.recorded_at,
        is_internal=kind is None or kind.internal or not line.client_visible,
        is_replaced=is_replaced,
        corrects=entry.corrects,
        data=entry.data,
    )


def history_of(noun: str, subject_id: str, actor: Actor) -> list[TimelineEntry]:
    """Every standing fact about one row, oldest first, for its own page."""
    entries = standing(LedgerEntry.objects.filter(subject=noun, subject_id=subject_id).order_by("id"))
    lines, names = _lines(entries, actor.model), _names(entries)
    made = [_entry(entry, lines, names, False) for entry in entries]
    return [entry for entry in made if not (is_client(actor) and entry.is_internal)]

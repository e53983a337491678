"""What one promise notes of the ledger: the few facts that matter to it, each with the part that it plays."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from tenure.facts.contract import Fact, Json
from tenure.watch.terms import ACTS, LIFE, FactView, Terms

# The parts that a fact can play: it opens, meets, cancels; it plans what would meet, moves it, drops it, excuses it.
OPENS, MEETS, CANCELS, PLANS, MOVES, DROPS, EXCUSES = "o", "m", "c", "p", "r", "d", "x"
_AROUND = {"scheduled": PLANS, "rescheduled": PLANS + MOVES, "cancelled": DROPS, "missed": EXCUSES}
SAYS = ("explain", "judge")
_TOLD = ("opening", "verdict", "whose", "starts_at")


@dataclass(frozen=True, slots=True)
class Part:
    """What a fact is under one set of terms: its parts as letters, and the value by which it finds its opening."""

    terms: str
    letters: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Mark:
    """A fact as a promise keeps it.

    Attributes
    ----------
    id : the fact's; 0 for what a tick said.
    root : the id of the first entry of its chain of corrections; the place that it keeps in the order of things.
    subject : the id of what it is about. about_account : whether that is the account itself.
    parts : what it is under each set of terms that was in force or runs on.
    act : what people or the account's life do to it: pause, resume, explain, judge, begin, end, apply, cease.
    told : the opening, verdict, cause, whose and starts_at that it carries.
    """

    id: int
    root: int
    at: datetime
    recorded_at: datetime
    subject: str
    about_account: bool
    parts: tuple[Part, ...]
    act: str = ""
    told: Mapping[str, str] | None = None
    corrects: int | None = None
    retracts: int | None = None
    _json: dict[str, Json] | None = field(default=None, init=False, compare=False, repr=False)

    def part(self, terms: Terms) -> Part | None:
        for each in self.parts:
            if each.terms == terms.digest:
                return each
        return None

    @property
    def letters(self) -> str:
        """The parts that it plays under any terms."""
        return self.parts[0].letters if len(self.parts) == 1 else "".join(each.letters for each in self.parts)

    def says(self, name: str) -> str | None:
        return self.told.get(name) if self.told else None

    def under(self, terms: Terms, old: Terms) -> "Mark":
        """The same mark, playing under `terms` the part that it played under `old`."""
        part = self.part(old)
        if part is None or self.part(terms) is not None:
            return self
        return replace(self, parts=(*self.parts, replace(part, terms=terms.digest)))

    def to_json(self) -> dict[str, Json]:
        """The mark as JSON, made once: a mark never changes, and is written with every word on its promise."""
        if self._json is None:
            object.__setattr__(self, "_json", self._as_json())
        return self._json or {}

    def _as_json(self) -> dict[str, Json]:
        plain: dict[str, Json] = {
            "id": self.id,
            "at": self.at.isoformat(),
            "recorded_at": None if self.recorded_at == self.at else self.recorded_at.isoformat(),
            "subject": self.subject,
            "about_account": self.about_account,
            "parts": [[each.terms, each.letters, each.value] for each in self.parts],
            "act": self.act,
            "told": dict(self.told) if self.told else None,
            "corrects": self.corrects,
            "retracts": self.retracts,
        }
        return {name: value for name, value in plain.items() if value not in (None, "", [], False)}


def mark_from_json(data: Mapping[str, Json]) -> Mark:
    return Mark(
        id=data["id"],
        root=data["id"],
        at=datetime.fromisoformat(data["at"]),
        recorded_at=datetime.fromisoformat(data.get("recorded_at", data["at"])),
        subject=data.get("subject", ""),
        about_account=data.get("about_account", False),
        parts=tuple(Part(*each) for each in data.get("parts", ())),
        act=data.get("act", ""),
        told=data.get("told"),
        corrects=data.get("corrects"),
        retracts=data.get("retracts"),
    )


def mark_of(fact: Fact, terms: Iterable[Terms], account: Mapping[str, Any] | None = None) -> Mark | None:
    """What a promise notes of a fact; None where it plays no part and corrects nothing.

    `terms` are all those under which it may matter: the ones in force, and those of openings that still run.
    """
    known = tuple(terms)
    view = FactView(fact, account)
    parts = tuple(part for each in known if (part := _part(fact, view, each)))
    act = _act(fact, known)
    if not (parts or act or fact.corrects or fact.retracts):
        return None
    return Mark(
        id=fact.id,
        root=fact.id,
        at=fact.happened_at.astimezone(UTC),
        recorded_at=fact.recorded_at.astimezone(UTC),
        subject=fact.subject_id,
        about_account=fact.subject == "account",
        parts=parts,
        act=act,
        told=_told(fact) if parts or act else None,
        corrects=fact.corrects,
        retracts=fact.retracts,
    )


def standing(marks: Iterable[Mark], since: datetime | None = None) -> list[Mark]:
    """The marks that count, in the order in which things happened; from `since` on, and what people said at any time.

    An entry counts until another one corrects or retracts it, whichever of them arrives first. A correction keeps the
    place of what it corrects. At one moment come first what ticks said, then openings, then what may open and meet,
    then the rest.
    """
    entries = {each.id: each for each in marks}
    gone = {named for each in entries.values() for named in (each.corrects, each.retracts) if named is not None}
    counting = [
        each if each.corrects is None else replace(each, root=_root(each, entries))
        for each in entries.values()
        if each.id not in gone and each.retracts is None
        if since is None or each.at >= since or each.act in SAYS
    ]
    return sorted(counting, key=order)


def order(mark: Mark) -> tuple[datetime, int, int]:
    letters = mark.letters
    rank = 0 if mark.act in ("apply", "cease") else 1
    if rank and OPENS not in letters and mark.act != "begin":
        rank = 3
    elif rank and MEETS in letters:
        rank = 2
    return mark.at, rank, mark.root


def _root(mark: Mark, entries: Mapping[int, Mark]) -> int:
    root, seen = mark, {mark.id}
    while root.corrects is not None:
        before = entries.get(root.corrects)
        if before is None or before.id in seen:
            return root.corrects
        seen.add(before.id)
        root = before
    return root.id


def _part(fact: Fact, view: FactView, terms: Terms) -> Part | None:
    letters = ""
    if terms.opens and terms.opens.on == fact.kind and terms.opens.holds(view):
        letters += OPENS
    if any(each.on == fact.kind and each.holds(view) for each in terms.met_by):
        letters += MEETS
    if any(each.on == fact.kind and each.holds(view) for each in terms.cancelled_by):
        letters += CANCELS
    noun, _, verb = fact.kind.partition(".")
    around = _AROUND.get(verb)
    if around and any(each.on.partition(".")[0] == noun and each.holds(view) for each in terms.met_by):
        letters += around
    if not letters:
        return None
    named = fact.data.get(terms.match) if terms.match not in ("account", "subject", "all") else None
    return Part(terms.digest, letters, None if named is None else str(named))


def _act(fact: Fact, terms: tuple[Terms, ...]) -> str:
    act = ACTS.get(fact.kind)
    if act:
        return act if any(fact.data.get("rule") == each.key for each in terms) else ""
    return LIFE.get(fact.kind, "") if any(each.kind == "cadence" for each in terms) else ""


def _told(fact: Fact) -> dict[str, str] | None:
    told = {name: str(fact.data[name]) for name in _TOLD if fact.data.get(name) is not None}
    cause = fact.data.get("cause") or fact.data.get("reason")
    if cause is not None:
        told["cause"] = str(cause)
    return told or None

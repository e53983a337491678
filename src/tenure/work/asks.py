"""What waits for a client: one reading of it, for their portal and for what is written to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from tenure.records.action import ActionItem
from tenure.records.goal import Goal
from tenure.work.boards import Asked

SOON = timedelta(days=14)
OLD = timedelta(days=60)  # what is longer past its day is asked for apart from what is late
Kind = Literal["checklist", "plan", "worth", "decide", "material", "action", "rating"]


class Wanting(Protocol):
    """Something made for a client, with what it wants of them."""

    @property
    def pk(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def wants(self) -> str: ...
    @property
    def due_on(self) -> date | None: ...
    @property
    def material_on(self) -> date | None: ...


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing that waits for the client, in their words: what, why, since when, and until when."""

    kind: Kind
    text: str
    why: str = ""
    since: datetime | None = None
    due: date | datetime | None = None
    is_late: bool = False
    row: str = ""
    item: str = ""  # of a checklist, where the client may mark it as done
    fact: str = ""  # the kind of fact that shows that it is done
    pieces: tuple[str, ...] = ()  # the titles of all that it is asked for

    def due_on(self, zone: ZoneInfo) -> date | None:
        """The client's day until which it is asked for."""
        return self.due.astimezone(zone).date() if isinstance(self.due, datetime) else self.due

    def is_old(self, day: date, zone: ZoneInfo) -> bool:
        """Whether its day is so long past that one asks whether it still counts."""
        due = self.due_on(zone)
        return due is not None and due < day - OLD


def asks(
    asked: Sequence[Asked],
    goals: Iterable[Goal],
    pieces: Iterable[Wanting],
    actions: Iterable[ActionItem],
    day: date,
) -> list[Ask]:
    """All that waits for a client, of rows that they may see: journey, plan, work, and what they took on."""
    plan = [each for each in goals if each.status in (Goal.Status.OPEN, Goal.Status.ATTAINED)]
    work = list(pieces)
    found = [
        Ask("checklist", each.text, "", each.since, each.due_at, each.is_late, each.item, each.item, each.fact)
        for each in asked
    ]
    new = [each.set_at for each in plan if each.status == Goal.Status.OPEN and each.agreed_at is None]
    if new and "goal.agreed" not in {each.fact for each in asked}:
        found.append(Ask("plan", "Confirm your plan", "Read it, and say that it is right", min(new)))
    found += [
        Ask("worth", f"Was it worth it? {each.title}", "Marked as reached; you have the last word", each.judged_at)
        for each in plan
        if each.status == Goal.Status.ATTAINED and each.client_confirmed_at is None
    ]
    found += [_decide(each, day) for wish in ("approve", "accept") for each in work if each.wants == wish]
    return found + _material([each for each in work if each.wants == "material"], day) + _actions(actions, day)


def _decide(piece: Wanting, day: date) -> Ask:
    late = bool(piece.due_on and piece.due_on < day)
    return Ask("decide", piece.title, "For you to approve", due=piece.due_on, is_late=late, row=piece.pk)


def _material(pieces: Sequence[Wanting], day: date) -> list[Ask]:
    """One ask for the material that is late, one for that of the next two weeks, each by the day of its first piece.

    What is late for long is an ask of its own, after them: it may not count any more.
    """
    by = sorted(pieces, key=lambda each: each.material_on or date.max)
    past = [each for each in by if each.material_on and each.material_on < day]
    old = [each for each in past if each.material_on and each.material_on < day - OLD]
    late = [each for each in past if each not in old]
    coming = [each for each in by if each not in past]
    soon = [each for each in coming if each.material_on and each.material_on <= day + SOON] or coming[: not past]
    return [
        Ask(
            "material", _for(some), due=some[0].material_on, is_late=some is not soon, row=some[0].pk,
            pieces=tuple(each.title for each in some),
        )
        for some in (late, soon, old)
        if some
    ]  # fmt: skip


def _for(pieces: Sequence[Wanting]) -> str:
    more = len(pieces) - 1
    said = f" and {more} more piece{'' if more == 1 else 's'}" if more else ""
    return f"Material for “{pieces[0].title}”{said}"


def _actions(rows: Iterable[ActionItem], day: date) -> list[Ask]:
    """What the client took on in a meeting."""
    return [
        Ask(
            "action", row.text, "Noted in a meeting", row.noted_at, row.due_on,
            bool(row.due_on and row.due_on < day), row.pk,
        )
        for row in rows
    ]  # fmt: skip

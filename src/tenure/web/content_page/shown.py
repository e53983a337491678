"""A deliverable as lists, board and calendar draw it: its words, its days, where it goes next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from tenure.blueprint.model import DeliverableType, Model
from tenure.identity.actor import Actor
from tenure.records.deliverable import Deliverable
from tenure.web.actors import may


@dataclass(frozen=True)
class Shown:
    """One of them, with what its kind says of it. `on` and `back` are the states one key away, or empty."""

    row: Deliverable
    kind: DeliverableType
    today: date
    may_move: bool

    @property
    def pk(self) -> str:
        return self.row.pk

    def __str__(self) -> str:
        return self.row.title

    @property
    def state(self) -> str:
        """The state in the company's words."""
        found = self.kind.states.get(self.row.state)
        return found.label if found else self.row.state or self.row.get_status_display()

    @property
    def format(self) -> str:
        found = self.kind.formats.get(self.row.format)
        return found.label if found else ""

    @property
    def guide(self) -> str:
        found = self.kind.formats.get(self.row.format)
        return found.guide if found else ""

    @property
    def waits_for_client(self) -> bool:
        return self.row.means == "review" or (self.row.means == "planned" and self.row.material_by == "client")

    @property
    def on(self) -> str:
        """The next state; none while the client decides, and after the last."""
        if not self.may_move or not self.row.is_open or self.row.means == "review":
            return ""
        return self.kind.after(self.row.state)

    @property
    def on_label(self) -> str:
        return self.kind.states[self.on].label if self.on else ""

    @property
    def back(self) -> str:
        """The state before."""
        at = self.kind.place(self.row.state)
        return list(self.kind.states)[at - 1] if at > 0 and self.may_move and self.row.is_open else ""

    @property
    def back_label(self) -> str:
        return self.kind.states[self.back].label if self.back else ""

    @property
    def next_day(self) -> date | None:
        """The day that matters now: that of its material until it is there, then the one on which it goes out."""
        return self.row.material_on if self.row.means in ("idea", "planned") else self.row.due_on

    @property
    def next_day_is(self) -> str:
        return "material" if self.row.means in ("idea", "planned") else "out"

    @property
    def is_late(self) -> bool:
        return bool(self.row.is_open and self.next_day and self.next_day < self.today)


def shown(rows: Iterable[Deliverable], actor: Actor) -> list[Shown]:
    """Rows as they are drawn."""
    may_move = bool(may(actor, "deliverable.move"))
    blank = DeliverableType(label="Deliverable")
    return [Shown(row, actor.model.deliverables.get(row.type, blank), actor.day, may_move) for row in rows]


def kinds_with_states(model: Model) -> dict[str, DeliverableType]:
    """The kinds of deliverable that go through states."""
    return {key: kind for key, kind in model.deliverables.items() if kind.states}


def word(model: Model, key: str, *, many: bool = False) -> str:
    """What the company calls a thing, such as its material."""
    words = model.words.get(key)
    return (words.many if many else words.one) if words else key.replace("_", " ").capitalize()

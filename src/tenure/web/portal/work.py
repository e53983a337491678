"""What is made for a client, as they may know of it: what waits for their word, for their material, and the rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from tenure.records.deliverable import Deliverable
from tenure.records.upload import Upload
from tenure.web.portal.seen import Portal

OPENED = ("review", "ready", "done")  # states in which there is something to look at
LATEST = 12


@dataclass(frozen=True)
class Piece:
    """One thing that is made. No note, maker, state or figure of our own is in it."""

    pk: str
    title: str
    kind: str
    state: str
    format: str
    guide: str
    brief: str
    url: str
    material_on: date | None
    due_on: date | None
    changes_asked: str
    wants: str  # a word, an acceptance, material, or nothing of the client
    is_late: bool


@dataclass
class Work:
    """The pieces by what they want of the client."""

    approve: list[Piece] = field(default_factory=list)
    accept: list[Piece] = field(default_factory=list)
    material: list[Piece] = field(default_factory=list)
    ahead: list[Piece] = field(default_factory=list)
    done: list[Piece] = field(default_factory=list)

    @property
    def to_decide(self) -> list[Piece]:
        """What waits for the client's word."""
        return [*self.approve, *self.accept]


def piece_of(row: Deliverable, portal: Portal) -> Piece:
    kind = portal.actor.model.deliverables.get(row.type)
    state = kind.states.get(row.state) if kind else None
    form = kind.formats.get(row.format) if kind else None
    opened = row.means in OPENED or row.status in (Deliverable.Status.DELIVERED, Deliverable.Status.ACCEPTED)
    wants = row.wants
    by = {"material": row.material_on, "approve": row.due_on}.get(wants)  # until when they are waited for
    return Piece(
        pk=row.pk,
        title=row.title,
        kind=kind.label if kind else "",
        state=(state.client_label or state.label) if state else _plain_state(row),
        format=form.label if form else "",
        guide=form.guide if form and wants == "material" else "",
        brief=row.brief,
        url=row.url if opened else "",
        material_on=row.material_on,
        due_on=row.due_on,
        changes_asked=row.changes_asked,
        wants=wants,
        is_late=bool(by and by < portal.actor.day),
    )


def _plain_state(row: Deliverable) -> str:
    return {"planned": "We are on it", "delivered": "Delivered", "accepted": "Accepted by you"}.get(row.status, "")


def pieces(portal: Portal) -> Work:
    """Everything that the client may know of, without what was given up."""
    rows = portal.rows(Deliverable).exclude(status=Deliverable.Status.CANCELLED)
    open_ = rows.filter(status=Deliverable.Status.PLANNED).order_by("due_on", "planned_at", "pk")
    ended = rows.exclude(status=Deliverable.Status.PLANNED).order_by("-delivered_at", "pk")
    found = Work()
    for row in [*open_[:60], *ended[:LATEST]]:
        piece = piece_of(row, portal)
        ahead = found.ahead if row.is_open else found.done
        (getattr(found, piece.wants) if piece.wants else ahead).append(piece)
    return found


def handed_in(portal: Portal, piece: str = "") -> list[Upload]:
    """The files that the client's people handed in and that are kept, the latest first."""
    rows = portal.rows(Upload).order_by("-received_at", "pk")
    return list((rows.filter(deliverable_id=piece) if piece else rows)[:40])

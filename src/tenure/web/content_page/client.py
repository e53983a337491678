"""The client's side of work in states: what waits for them, and the files that they hand in. Nothing internal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.core.files.uploadedfile import UploadedFile

from tenure.identity.accounts import AccountAnchor
from tenure.identity.actor import Actor
from tenure.records.account import Account
from tenure.records.deliverable import Deliverable
from tenure.records.lookup import list_uploads, list_work
from tenure.records.upload import Upload, receive_upload, take_in

MOST = 40


@dataclass(frozen=True)
class ForClient:
    """One thing as its client may know it. No note, owner, state or figure of our own is in it."""

    pk: str
    account_id: str
    title: str
    kind: str
    state: str  # in the words that the blueprint keeps for clients
    format: str
    guide: str
    brief: str
    url: str
    material_on: date | None
    due_on: date | None
    is_late: bool
    files: int


def _for_client(row: Deliverable, actor: Actor, files: int) -> ForClient:
    kind = actor.model.deliverables.get(row.type)
    state = kind.states.get(row.state) if kind else None
    form = kind.formats.get(row.format) if kind else None
    return ForClient(
        pk=row.pk,
        account_id=row.account_id,
        title=row.title,
        kind=kind.label if kind else "",
        state=(state.client_label or state.label) if state else "",
        format=form.label if form else "",
        guide=form.guide if form else "",
        brief=row.brief,
        url=row.url if row.means in ("review", "ready", "done") else "",
        material_on=row.material_on,
        due_on=row.due_on,
        is_late=bool(row.means == "planned" and row.material_on and row.material_on < actor.day),
        files=files,
    )


def _awaiting(actor: Actor, account: AccountAnchor | None, order: str, **wanted: str) -> list[ForClient]:
    rows = list(
        list_work(actor, account)
        .filter(client_visible=True, account__closed_on=None, **wanted)
        .order_by(order, "planned_at", "pk")[:MOST]
    )
    handed_in = list_uploads(actor, account).filter(deliverable__in=rows, status=Upload.Status.KEPT)
    files: dict[str, int] = {}
    for upload in handed_in.order_by():
        files[upload.deliverable_id or ""] = files.get(upload.deliverable_id or "", 0) + 1
    return [_for_client(row, actor, files.get(row.pk, 0)) for row in rows]


def awaiting_approval(actor: Actor, account: AccountAnchor | None = None) -> list[ForClient]:
    """What the client is to decide about, the one that goes out first at the top.

    A form posts to ``content_approve`` or, with ``text``, to ``content_ask_changes``.
    """
    return _awaiting(actor, account, "due_on", means="review")


def awaiting_material(actor: Actor, account: AccountAnchor | None = None) -> list[ForClient]:
    """What waits for the client's material, with its guide, what is due first at the top.

    A form posts its files as ``file`` to ``content_hand_in`` with the account, and ``piece`` for which they are.
    """
    return _awaiting(actor, account, "material_on", means="planned", material_by="client")


def on_its_way(actor: Actor, account: AccountAnchor | None = None) -> list[ForClient]:
    """Everything under way that the client may know of, by the day on which it goes out; ideas are ours."""
    rows = list_work(actor, account).filter(client_visible=True).exclude(means="idea")[:MOST]
    return [_for_client(row, actor, 0) for row in rows]


def hand_in(account: Account, files: Iterable[UploadedFile[bytes]], piece: str, actor: Actor) -> list[Upload]:
    """Take files in and receive them, one after the other. Raises Refused with the first that is not taken."""
    return [
        receive_upload(
            account,
            file=take_in(file.chunks(), str(file.name), actor).token,
            deliverable=piece or None,
            actor=actor,
        )
        for file in files
    ]

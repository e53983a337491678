"""The page of one deliverable: where it stands, its brief and material, its history, what it did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from tenure.blueprint.model import Model
from tenure.facts.contract import KINDS
from tenure.identity.actor import Actor
from tenure.identity.people import Person
from tenure.records.deliverable import Deliverable, kind_of
from tenure.records.lookup import list_uploads
from tenure.records.result import Result
from tenure.records.upload import Upload
from tenure.records.withdrawal import entries_of, standing
from tenure.web.account_page.journey import StageShown
from tenure.web.actors import may
from tenure.web.content_page.shown import Shown, shown, word

ACTS = (
    "deliverable.move",
    "deliverable.change",
    "deliverable.reschedule",
    "deliverable.hand_over",
    "deliverable.hand_back",
    "deliverable.approve",
    "deliverable.ask_changes",
    "deliverable.cancel",
    "deliverable.deliver",
    "upload.receive",
    "upload.remove",
    "result.add",
)


@dataclass(frozen=True)
class Told:
    """One line of the history."""

    label: str
    why: str
    at: datetime


@dataclass(frozen=True)
class ResultShown:
    """The latest figure of one metric."""

    label: str
    unit: str
    value: Decimal
    result: Result


def steps(piece: Shown) -> list[StageShown]:
    """Its states as a way that is gone."""
    here = piece.kind.place(piece.row.state)
    found = []
    for at, (key, state) in enumerate(piece.kind.states.items()):
        is_now = key == piece.row.state and piece.row.is_open
        place = "now" if is_now else "behind" if at <= here else "ahead"
        since = piece.row.state_since if key == piece.row.state else None
        found.append(StageShown(state.label, since, place))
    return found


def history(row: Deliverable, actor: Actor) -> list[Told]:
    """What happened to it, the latest first, in the company's words."""
    entries = standing(entries_of("deliverable", [row.pk])[row.pk])
    names = dict(Person.objects.filter(pk__in={each.actor_id for each in entries}).values_list("pk", "name"))
    states = kind_of(row, actor).states
    found = []
    for entry in reversed(entries):
        if entry.kind == "deliverable.delivered" and row.state:
            continue  # the move into the last state says it
        label = KINDS[entry.kind].label
        to = entry.data.get("moved_to")
        if entry.kind == "deliverable.moved" and to:
            label = states[to].label if to in states else str(to)
        found.append(Told(label, names.get(entry.actor_id or "", "by the system"), entry.happened_at))
    return found


def latest(results: Iterable[Result], model: Model) -> list[ResultShown]:
    """Of the figures noted, the latest of each metric."""
    newest: dict[str, Result] = {}
    for result in results:
        if result.metric not in newest or result.day > newest[result.metric].day:
            newest[result.metric] = result
    found = []
    for key, result in newest.items():
        metric = model.metrics.get(key)
        found.append(ResultShown(metric.label if metric else key, metric.unit if metric else "", result.value, result))
    return found


def context(row: Deliverable, actor: Actor) -> dict[str, Any]:
    """Everything that the page shows."""
    (piece,) = shown([row], actor)
    uploads = list_uploads(actor, row.account).filter(deliverable=row).exclude(status=Upload.Status.REMOVED)
    return {
        "piece": piece,
        "row": row,
        "account": row.account,
        "steps": steps(piece),
        "told": history(row, actor),
        "uploads": uploads[:50],
        "results": latest(row.results.all(), actor.model),
        "acts": {name for name in ACTS if may(actor, name)},
        "material": word(actor.model, "material"),
    }

"""Work on its way through its states: moved along, handed over and back, decided by the client, put off, taken back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet

from tenure.base.errors import Refused
from tenure.blueprint.model import Model
from tenure.facts.contract import declare
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.identity.operations import operation
from tenure.records.checks import Text, check_address, check_word
from tenure.records.deliverable import FIELDS, Deliverable, check_open, check_reviewed, kind_of, step_to, tell
from tenure.records.pace import Pace
from tenure.records.row import UNSET, Moment, When, colleague, said, set_fields, when
from tenure.records.visibility import is_client
from tenure.records.withdrawal import entries_of, standing, undo_fact

AHEAD = ("planned", "received", "making", "review", "ready")

declare("deliverable.approved", "Deliverable approved", internal=False, **FIELDS, by_client="boolean")
declare("deliverable.changes_asked", "Changes asked for", internal=False, **FIELDS, by_client="boolean")
declare("deliverable.rescheduled", "Deliverable moved to another day", internal=False, **FIELDS, changed="list")


def _check_states(deliverable: Deliverable, actor: Actor) -> None:
    check_open(deliverable)
    if not kind_of(deliverable, actor).states:
        raise Refused("no_states", "This kind of deliverable goes through no states; deliver it when it is done.")


@operation("deliverable.move", label="Move a deliverable along", undo="deliverable.take_back")
def move_deliverable(
    deliverable: Deliverable,
    *,
    to: str,
    url: str = "",
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Deliverable:
    """Put it into another state, on or back. Out of a review it goes on by the client's decision alone."""
    _check_states(deliverable, actor)
    kind = kind_of(deliverable, actor)
    check_word("state", to, kind.states, "to")
    if not to:
        raise Refused("no_state", "Choose the state.", field="to")
    if to == deliverable.state:
        return deliverable
    check_reviewed(deliverable, to, actor)
    times = when(actor, at, known_at)
    deliverable.url = check_address(url, "url") or deliverable.url
    step_to(deliverable, to, times, actor, "url")
    return deliverable


@operation("deliverable.hand_over", label="Hand to production", undo="deliverable.take_back")
def hand_over(
    deliverable: Deliverable, *, maker: str | None = None, note: Text = "", at: Moment | None = None, actor: Actor
) -> Deliverable:
    """Give it to whoever makes it, with a note for them."""
    _check_states(deliverable, actor)
    making = kind_of(deliverable, actor).first("making")
    if not making:
        raise Refused("no_making", "This kind of deliverable is made in no state of its own.")
    deliverable.maker = colleague(maker, "maker") or deliverable.maker or actor.person
    _add_note(deliverable, note)
    step_to(deliverable, making, when(actor, at), actor, "maker", "internal_note")
    return deliverable


@operation("deliverable.hand_back", label="Hand back from production", undo="deliverable.take_back")
def hand_back(
    deliverable: Deliverable, *, to: str = "", url: str = "", note: Text = "", at: Moment | None = None, actor: Actor
) -> Deliverable:
    """Say that it is made, and where it lies; or with `to`, an earlier state, that something is missing."""
    _check_states(deliverable, actor)
    if deliverable.means != "making":
        raise Refused("not_making", "It is not being made at present.")
    kind = kind_of(deliverable, actor)
    to = check_word("state", to, kind.states, "to") or kind.after(deliverable.state)
    check_reviewed(deliverable, to, actor)
    deliverable.url = check_address(url, "url") or deliverable.url
    _add_note(deliverable, note)
    step_to(deliverable, to, when(actor, at), actor, "url", "internal_note")
    return deliverable


def _add_note(deliverable: Deliverable, note: str) -> None:
    deliverable.internal_note = f"{deliverable.internal_note}\n{note.strip()}".strip()


def _check_in_review(deliverable: Deliverable, actor: Actor) -> None:
    _check_states(deliverable, actor)
    if deliverable.means != "review":
        raise Refused("not_in_review", "There is nothing to decide about this at present.")


@operation("deliverable.approve", label="Approve a deliverable", undo="deliverable.take_back")
def approve_deliverable(
    deliverable: Deliverable, *, at: Moment | None = None, known_at: Moment | None = None, actor: Actor
) -> Deliverable:
    """Say, as the client, that it may go out as it is."""
    _check_in_review(deliverable, actor)
    times = when(actor, at, known_at)
    deliverable.approved_at, deliverable.changes_asked = times.moment, ""
    tell("deliverable.approved", deliverable, times, actor, by_client=_by_client(actor))
    step_to(deliverable, kind_of(deliverable, actor).after(deliverable.state), times, actor, "changes_asked")
    return deliverable


@operation("deliverable.ask_changes", label="Ask for changes", undo="deliverable.take_back")
def ask_for_changes(
    deliverable: Deliverable, *, text: Text, at: Moment | None = None, known_at: Moment | None = None, actor: Actor
) -> Deliverable:
    """Say, as the client, what is to be different; it goes back to whoever makes it."""
    _check_in_review(deliverable, actor)
    times = when(actor, at, known_at)
    deliverable.changes_asked = said(text, "text", "what is to be different")
    tell("deliverable.changes_asked", deliverable, times, actor, by_client=_by_client(actor))
    step_to(deliverable, _makes_again(deliverable, actor), times, actor, "changes_asked")
    return deliverable


def _makes_again(deliverable: Deliverable, actor: Actor) -> str:
    """The last state before the review in which it is made; else the state before it."""
    kind = kind_of(deliverable, actor)
    before = list(kind.states)[: kind.place(deliverable.state)]
    return next((key for key in reversed(before) if kind.states[key].means == "making"), before[-1])


def _by_client(actor: Actor) -> bool:
    return not actor.is_system and is_client(actor)


@operation("deliverable.reschedule", label="Move to another day", undo="deliverable.take_back")
def reschedule_deliverable(
    deliverable: Deliverable,
    *,
    material_on: date | None = UNSET,
    due_on: date | None = UNSET,
    at: Moment | None = None,
    actor: Actor,
) -> Deliverable:
    """Give its material, or the thing itself, another day. An ask that has passed stays asked."""
    check_open(deliverable)
    changed = set_fields(deliverable, material_on=material_on, due_on=due_on)
    material, due = deliverable.material_on, deliverable.due_on
    if "material_on" in changed and material and due and material > due:
        raise Refused("too_late", "Its material would come after the day on which it goes out.", field="material_on")
    if changed:
        deliverable.save(update_fields=changed)
        tell("deliverable.rescheduled", deliverable, when(actor, at), actor, changed=changed)
    return deliverable


def receive_material(deliverable: Deliverable, times: When, actor: Actor) -> None:
    """Its material came: one that waited for it goes to the state that says so, or to where it is made.

    For other operations to call; whoever may hand material in need not be allowed to move work.
    """
    kind = kind_of(deliverable, actor)
    to = kind.first("received") or kind.first("making")
    if deliverable.is_open and deliverable.means in ("idea", "planned") and to:
        step_to(deliverable, to, times, actor)


def weeks_ahead(
    accounts: Collection[str] | QuerySet[Any, Any], type: str, model: Model, day: date
) -> dict[str, Decimal | None]:
    """Weeks that planned work of a kind reaches, by account, as of now: the measure `work_planned_weeks` of one kind.

    None where no rhythm is known. An account of which nothing was ever planned and with which no rhythm was agreed is
    left out.
    """
    rows = Deliverable.objects.filter(account__in=accounts, type=type).exclude(state="")
    ahead = Q(status=Deliverable.Status.PLANNED, means__in=AHEAD) & (Q(due_on=None) | Q(due_on__gt=day))
    counts = dict(rows.values_list("account").annotate(count=Count("pk", filter=ahead)))
    agreed = dict(Pace.objects.filter(account__in=accounts, type=type).values_list("account", "per_week"))
    usual = model.deliverables[type].per_week if type in model.deliverables else None
    found: dict[str, Decimal | None] = {}
    for account in {*counts, *agreed}:
        pace = agreed.get(account, usual)
        found[account] = Decimal(counts.get(account, 0)) / pace if pace else None
    return found


@operation("deliverable.take_back", label="Undo a step")
def take_back(deliverable: Deliverable, *, actor: Actor) -> Deliverable:
    """Take back what the actor did last, within ten seconds: its facts are retracted, the row stands as before."""
    entries = standing(entries_of("deliverable", [deliverable.pk])[deliverable.pk])
    if not entries or entries[-1].kind == "deliverable.planned":
        raise Refused("nothing", "There is no step to take back.")
    last = entries[-1]
    step = (last.operation, last.happened_at)
    at_once = [entry for entry in entries if (entry.operation, entry.happened_at) == step]
    for entry in reversed(at_once):
        undo_fact(deliverable, entry.kind, actor)
    _stand_as(deliverable, [entry for entry in entries if entry not in at_once])
    return deliverable


def _stand_as(deliverable: Deliverable, entries: list[LedgerEntry]) -> None:
    """Set a row to what its facts say, after some were taken back."""
    data = entries[-1].data
    for name in ("status", "state", "means", "format", "material_by"):
        setattr(deliverable, name, data.get(name) or "")
    for name in ("due_on", "material_on", "received_on"):
        setattr(deliverable, name, date.fromisoformat(data[name]) if data.get(name) else None)
    deliverable.owner_id, deliverable.maker_id = data.get("owner"), data.get("maker")
    moments = {entry.kind: entry.happened_at for entry in entries}
    moved = moments.get("deliverable.moved") or moments.get("deliverable.planned")
    deliverable.state_since = moved if deliverable.state else None
    deliverable.delivered_at = moments.get("deliverable.delivered")
    was_approved = deliverable.means in ("review", "ready", "done")
    deliverable.approved_at = moments.get("deliverable.approved") if was_approved else None
    deliverable.save()

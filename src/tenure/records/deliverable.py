"""The deliverable: something that is made for a client, planned, worked on, delivered and accepted."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Literal

from django.db import models
from django.db.models import Q
from pydantic import BaseModel, ConfigDict

from tenure.base.errors import Refused
from tenure.blueprint.model import DeliverableType
from tenure.facts.contract import declare
from tenure.identity.actor import Actor
from tenure.identity.operations import operation
from tenure.identity.people import Person
from tenure.identity.rows import store
from tenure.records.account import Account
from tenure.records.checks import Code, Short, Text, check_address, check_word
from tenure.records.meeting import Meeting
from tenure.records.pace import pace_of
from tenure.records.row import (
    NOW,
    UNSET,
    AccountRow,
    Moment,
    When,
    colleague,
    day_in,
    fact,
    related,
    said,
    set_fields,
    when,
)
from tenure.records.withdrawal import undo

FIELDS = {
    "type": "text",
    "due_on": "day",
    "status": "text",
    "owner": "id",
    # Of work that goes through states alone.
    "state": "text",
    "means": "text",
    "format": "text",
    "material_on": "day",
    "material_by": "text",
    "received_on": "day",
    "maker": "id",
    "per_week": "number",
}
declare("deliverable.planned", "Deliverable planned", internal=False, **FIELDS)
declare("deliverable.changed", "Deliverable changed", internal=True, **FIELDS, changed="list")
declare("deliverable.moved", "Deliverable moved along", internal=True, **FIELDS, moved_from="text", moved_to="text")
declare("deliverable.delivered", "Deliverable delivered", internal=False, **FIELDS)
declare("deliverable.accepted", "Deliverable accepted", internal=False, **FIELDS)
declare("deliverable.cancelled", "Deliverable cancelled", internal=True, **FIELDS, reason="text")
declare("deliverable.withdrawn", "Deliverable taken back", internal=True, **FIELDS, fact="text")

MOST_AT_ONCE = 40
STEPPED = ("state", "means", "state_since", "received_on", "approved_at", "status", "delivered_at")
WITH_MATERIAL = ("received", "making", "review", "ready", "done")  # what a state means once the material is there


class Deliverable(AccountRow):
    """One thing made for a client; of a kind that has states, its `state`, and in `means` what that means.

    `due_on` is the day on which it goes out, `material_on` the day by which what it is made from is there.
    """

    class Status(models.TextChoices):
        PLANNED = "planned", "Planned"
        DELIVERED = "delivered", "Delivered"
        ACCEPTED = "accepted", "Accepted"
        CANCELLED = "cancelled", "Cancelled"

    class Giver(models.TextChoices):
        CLIENT = "client", "The client"
        US = "us", "Us"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="deliverables")
    type = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PLANNED)
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="deliverables")
    url = models.CharField(max_length=500, blank=True)
    due_on = models.DateField(null=True, blank=True)
    planned_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    client_visible = models.BooleanField(default=True)

    state = models.CharField(max_length=60, blank=True)
    means = models.CharField(max_length=10, blank=True)
    state_since = models.DateTimeField(null=True, blank=True)
    format = models.CharField(max_length=60, blank=True)
    material_on = models.DateField(null=True, blank=True)
    material_by = models.CharField(max_length=6, choices=Giver.choices, blank=True)
    received_on = models.DateField(null=True, blank=True)
    maker = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="makes")
    brief = models.TextField(blank=True)  # for the client to read
    internal_note = models.TextField(blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    changes_asked = models.TextField(blank=True)  # in the client's words, of the last time that they asked
    meeting = models.ForeignKey(Meeting, on_delete=models.SET_NULL, null=True, related_name="deliverables")

    noun: ClassVar[str] = "deliverable"
    ledger_fields: ClassVar[tuple[str, ...]] = ("type", "due_on", "status")
    client_sees: ClassVar[Q | None] = Q(client_visible=True) & ~Q(means="idea")  # what we only think of is ours

    class Meta:
        indexes = [
            models.Index(fields=["account", "status", "due_on"]),
            models.Index(fields=["means", "due_on"]),
            models.Index(fields=["maker", "means", "due_on"]),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.PLANNED

    @property
    def wants(self) -> str:
        """What it waits for from its client: ``approve``, ``accept`` or ``material``; empty where nothing."""
        if self.status == self.Status.DELIVERED:
            return "" if self.means else "accept"
        if self.status != self.Status.PLANNED:
            return ""
        if self.means == "review":
            return "approve"
        return "material" if self.means == "planned" and self.material_by == self.Giver.CLIENT else ""


def tell(kind: str, deliverable: Deliverable, times: When, actor: Actor, **data: Any) -> None:
    """Record a fact; of work that goes through states it says where it stands, and in which rhythm it is planned."""
    if deliverable.state:
        names = ("state", "means", "format", "material_on", "material_by", "received_on")
        data |= {name: getattr(deliverable, name) for name in names}
        pace = pace_of(deliverable.account_id, deliverable.type, actor.model)
        data |= {"maker": deliverable.maker_id, "per_week": pace}
    fact(kind, deliverable, times, owner=deliverable.owner_id, **data)


def kind_of(deliverable: Deliverable, actor: Actor) -> DeliverableType:
    """Its kind; one without any states where the blueprint no longer knows it."""
    return actor.model.deliverables.get(deliverable.type) or DeliverableType(label=deliverable.type or "Deliverable")


def check_open(deliverable: Deliverable, *expected: str) -> None:
    """Raises Refused where it is not in one of the statuses, planned where none is named."""
    if deliverable.status not in (expected or (Deliverable.Status.PLANNED,)):
        raise Refused("wrong_state", f"This deliverable is {deliverable.get_status_display().lower()}.")


def step_to(deliverable: Deliverable, state: str, times: When, actor: Actor, *changed: str) -> None:
    """Put it into another state and tell it; the last one is that it went out, and is told as delivered, too.

    `changed` names what else of it was changed with the step, to be stored with it.
    """
    kind, before = kind_of(deliverable, actor), deliverable.state
    deliverable.state, deliverable.means = state, kind.states[state].means
    deliverable.state_since = times.moment
    if deliverable.means in WITH_MATERIAL:
        deliverable.received_on = deliverable.received_on or day_in(times.moment, actor.model.company.zone)
    else:
        deliverable.received_on = None
    if deliverable.means not in ("review", "ready", "done"):
        deliverable.approved_at = None
    is_out = deliverable.means == "done"
    if is_out:
        deliverable.status, deliverable.delivered_at = Deliverable.Status.DELIVERED, times.moment
    store(deliverable, *STEPPED, *changed)
    tell("deliverable.moved", deliverable, times, actor, moved_from=before, moved_to=state)
    if is_out:
        tell("deliverable.delivered", deliverable, times, actor)


class Planned(BaseModel):
    """One of several that are planned together."""

    model_config = ConfigDict(extra="forbid")

    title: Short
    format: str = ""
    material_on: date | None = None
    material_by: Literal["client", "us"] = "client"
    due_on: date | None = None
    owner: str | None = None
    brief: Text = ""


def _plan(account: Account, type: str, planned: Planned, times: When, actor: Actor, **more: Any) -> Deliverable:
    kind = actor.model.deliverables.get(check_word("deliverable", type, actor.model.deliverables, "type"))
    if kind is None:
        raise Refused("no_type", "Choose what kind of deliverable it is.", field="type")
    state = more.pop("state", "") or kind.first("planned") or next(iter(kind.states), "")
    check_word("state", state, kind.states, "state")
    check_word("format", planned.format, kind.formats, "format")
    if planned.material_on and planned.due_on and planned.material_on > planned.due_on:
        raise Refused("too_late", "Its material would come after the day on which it goes out.", field="material_on")
    deliverable = Deliverable.objects.create(
        account=account,
        type=type,
        title=said(planned.title, "title", "what is to be made"),
        due_on=planned.due_on,
        owner=colleague(planned.owner) or actor.person,
        client_visible=kind.client_visible,
        planned_at=times.moment,
        state=state,
        means=kind.states[state].means if state else "",
        state_since=times.moment if state else None,
        format=planned.format,
        material_on=planned.material_on,
        material_by=planned.material_by if state else "",
        brief=planned.brief.strip(),
        **more,
    )
    tell("deliverable.planned", deliverable, times, actor)
    return deliverable


@operation("deliverable.plan", label="Plan a deliverable", undo="deliverable.withdraw")
def plan_deliverable(
    account: Account,
    *,
    type: str,
    title: Short,
    due_on: date | None = None,
    owner: str | None = None,
    state: str = "",
    format: str = "",
    material_on: date | None = None,
    material_by: Literal["client", "us"] = "client",
    maker: str | None = None,
    brief: Text = "",
    internal_note: Text = "",
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Deliverable:
    """Plan something to be made for a client. Of a kind with states it begins as planned, unless `state` says else."""
    planned = Planned(
        title=title,
        format=format,
        material_on=material_on,
        material_by=material_by,
        due_on=due_on,
        owner=owner,
        brief=brief,
    )
    more = {"state": state, "maker": colleague(maker, "maker"), "internal_note": internal_note.strip()}
    return _plan(account, type, planned, when(actor, at, known_at), actor, **more)


@operation("deliverable.plan_several", label="Plan several deliverables", undo="deliverable.withdraw_plan")
def plan_deliverables(
    account: Account,
    *,
    type: str,
    planned: list[Planned],
    meeting: str | None = None,
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> list[Deliverable]:
    """Plan several at once, as in a meeting; all of them, or none where one does not fit."""
    if not planned:
        raise Refused("nothing", "Write at least one title.", field="planned")
    if len(planned) > MOST_AT_ONCE:
        raise Refused("too_many", f"Plan at most {MOST_AT_ONCE} at once.", field="planned")
    times, held = when(actor, at, known_at), related(Meeting, meeting, account.pk, "meeting")
    made = []
    for number, each in enumerate(planned):
        try:
            made.append(_plan(account, type, each, times, actor, meeting=held))
        except Refused as refusal:
            raise Refused(refusal.code, refusal.message, field=f"planned.{number}.{refusal.field}") from None
    return made


@operation("deliverable.withdraw_plan", label="Undo a plan")
def withdraw_plan(deliverable: Deliverable, *, actor: Actor) -> None:
    """Take back a deliverable with all that were planned in one go with it."""
    together = Deliverable.objects.filter(
        account=deliverable.account_id, type=deliverable.type, planned_at=deliverable.planned_at
    )
    for row in together:
        undo(row, actor)


@operation("deliverable.change", label="Change a deliverable")
def change_deliverable(
    deliverable: Deliverable,
    *,
    title: Short = UNSET,
    due_on: date | None = UNSET,
    owner: str | None = UNSET,
    url: str = UNSET,
    format: str = UNSET,
    material_by: Literal["client", "us"] = UNSET,
    maker: str | None = UNSET,
    brief: Text = UNSET,
    internal_note: Text = UNSET,
    actor: Actor,
) -> Deliverable:
    """Change what is given."""
    kind = kind_of(deliverable, actor)
    changed = set_fields(
        deliverable,
        title=title if title is UNSET else said(title, "title", "what is to be made"),
        due_on=due_on,
        owner=owner if owner is UNSET else colleague(owner),
        url=url if url is UNSET else check_address(url, "url"),
        format=format if format is UNSET else check_word("format", format, kind.formats, "format"),
        material_by=material_by,
        maker=maker if maker is UNSET else colleague(maker, "maker"),
        brief=brief if brief is UNSET else brief.strip(),
        internal_note=internal_note if internal_note is UNSET else internal_note.strip(),
    )
    if changed:
        deliverable.save(update_fields=changed)
        tell("deliverable.changed", deliverable, NOW, actor, changed=changed)
    return deliverable


@operation("deliverable.deliver", label="Deliver a deliverable")
def deliver_deliverable(
    deliverable: Deliverable,
    *,
    url: str = "",
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Deliverable:
    """Say that it went to the client, and where it lies; work with states is in its last one then."""
    check_open(deliverable)
    times = when(actor, at, known_at)
    deliverable.url = check_address(url, "url") or deliverable.url
    last = kind_of(deliverable, actor).first("done")
    if deliverable.state and last:
        check_reviewed(deliverable, last, actor)
        step_to(deliverable, last, times, actor, "url")
        return deliverable
    deliverable.status, deliverable.delivered_at = Deliverable.Status.DELIVERED, times.moment
    deliverable.save(update_fields=["status", "delivered_at", "url"])
    tell("deliverable.delivered", deliverable, times, actor)
    return deliverable


def check_reviewed(deliverable: Deliverable, to: str, actor: Actor) -> None:
    """Raises Refused where a move would pass by the client's decision: out of a review, or around a required one.

    What an import tells has happened already.
    """
    kind = kind_of(deliverable, actor)
    if actor.is_system or deliverable.approved_at:
        return
    for key, state in kind.states.items():
        here = deliverable.state == key
        passes = kind.place(deliverable.state) <= kind.place(key) < kind.place(to)
        if state.means == "review" and passes and (here or state.required):
            raise Refused(
                "not_approved", f"The client decides first: it goes on once it was approved in {state.label}."
            )


@operation("deliverable.accept", label="Accept a deliverable")
def accept_deliverable(
    deliverable: Deliverable, *, at: Moment | None = None, known_at: Moment | None = None, actor: Actor
) -> Deliverable:
    """Say that the client took it as it is."""
    check_open(deliverable, Deliverable.Status.DELIVERED)
    times = when(actor, at, known_at)
    deliverable.status, deliverable.accepted_at = Deliverable.Status.ACCEPTED, times.moment
    deliverable.save(update_fields=["status", "accepted_at"])
    tell("deliverable.accepted", deliverable, times, actor)
    return deliverable


@operation("deliverable.cancel", label="Cancel a deliverable", undo="deliverable.take_back")
def cancel_deliverable(
    deliverable: Deliverable, *, reason: Code, at: Moment | None = None, known_at: Moment | None = None, actor: Actor
) -> Deliverable:
    """Say that it is not made, and why."""
    check_open(deliverable)
    times = when(actor, at, known_at)
    deliverable.status = Deliverable.Status.CANCELLED
    deliverable.save(update_fields=["status"])
    tell("deliverable.cancelled", deliverable, times, actor, reason=reason)
    return deliverable


@operation("deliverable.withdraw", label="Undo a deliverable")
def withdraw_deliverable(deliverable: Deliverable, *, actor: Actor) -> None:
    """Take back a deliverable that was just planned."""
    undo(deliverable, actor)

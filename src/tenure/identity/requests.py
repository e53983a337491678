"""Act requests: an act that waits for a role to be asked first, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.apps import apps
from django.db import models, transaction

from tenure.base import clock, duration
from tenure.base.errors import Awaiting, Forbidden, Refused
from tenure.base.ids import ID_LENGTH, new_id
from tenure.facts.contract import declare
from tenure.identity import access
from tenure.identity.accounts import AccountAnchor, owner
from tenure.identity.actor import Actor
from tenure.identity.hours import calendar_of_company
from tenure.identity.ledger import plain
from tenure.identity.operations import Operation, approved, batch, operation, perform, record
from tenure.identity.people import Membership, Person, acting_for, current

declare("request.made", "Asked before acting", internal=True, operation="text", roles="list", due_at="moment")
declare("request.approved", "Agreed to an act", internal=True, operation="text", reason="text")
declare("request.declined", "Declined an act", internal=True, operation="text", reason="text")
declare("request.settled", "Silence settled a request", internal=True, operation="text", outcome="text")


class ActRequest(models.Model):
    """An act somebody wants to do, stored with its arguments until the consulted role has spoken."""

    class Status(models.TextChoices):
        PENDING = "pending", "Waits"
        APPROVED = "approved", "Approved"
        DECLINED = "declined", "Declined"
        PROCEEDED = "proceeded", "Went ahead on silence"
        ESCALATED = "escalated", "Escalated"
        LAPSED = "lapsed", "Lapsed"

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    account = models.ForeignKey(AccountAnchor, on_delete=models.CASCADE, null=True)
    operation = models.CharField(max_length=80)
    consulted = models.CharField(max_length=80)
    consulted_on = models.CharField(max_length=ID_LENGTH, blank=True)
    subject_model = models.CharField(max_length=80, blank=True)
    subject_id = models.CharField(max_length=ID_LENGTH, blank=True)
    arguments = models.JSONField(default=dict)
    roles = models.JSONField(default=list)
    asked_by = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="requests_made")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    on_silence = models.CharField(max_length=10)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    decided_by = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, related_name="requests_decided")
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=400, blank=True)

    anchor_path: ClassVar[str] = "account"
    ledger_fields: ClassVar[tuple[str, ...]] = ("status",)

    class Meta:
        indexes = [models.Index(fields=["status", "due_at"])]

    @property
    def subject(self) -> models.Model | None:
        return (
            apps.get_model(self.subject_model).objects.filter(pk=self.subject_id).first()
            if self.subject_model
            else None
        )


def ask(
    wanted: Operation[Any, Any],
    subject: models.Model | None,
    arguments: dict[str, Any],
    actor: Actor,
    *,
    consulted: str,
    on: str,
    roles: tuple[str, ...],
) -> Awaiting:
    """Store the act that rolled back, for the consulted roles to answer, and return what the actor is told."""
    found = access.rule_for(actor.model, consulted)
    if found is None or actor.person is None:
        raise RuntimeError(f"{consulted} was to be consulted on without a rule")
    rule = found[1]
    now = clock.now()
    request = ActRequest(
        account=access.anchor_of(subject),
        operation=wanted.name,
        consulted=consulted,
        consulted_on=on,
        subject_model=subject._meta.label if subject is not None else "",
        subject_id=str(subject.pk) if subject is not None else "",
        arguments=plain(wanted.arguments.model_validate(arguments).model_dump(mode="json", exclude_unset=True)),
        roles=list(roles),
        asked_by=actor.person,
        asked_at=now,
        due_at=calendar_of_company(actor.model).add(now, duration.parse(rule.within)),
        on_silence=rule.on_silence,
    )
    with batch(actor):
        request.save(force_insert=True)
        record("request.made", request, operation=wanted.name, roles=list(roles), due_at=request.due_at)
    return Awaiting(request.id, tuple(actor.model.roles[role].label for role in roles))


def _check_may_decide(request: ActRequest, actor: Actor) -> None:
    """Those asked decide: who holds the role for the account (or covers), else the role's holders, else a lead."""
    if request.status not in (ActRequest.Status.PENDING, ActRequest.Status.ESCALATED):
        raise Refused("already_decided", f"This request is {request.get_status_display().lower()} already.")
    if actor.is_system:
        return
    if actor.id == request.asked_by_id:
        raise Forbidden("request.approve", "Nobody answers their own request.", tuple(request.roles))
    if actor.id not in deciders(request, actor):
        labels = tuple(actor.model.roles[role].label for role in request.roles if role in actor.model.roles)
        raise Forbidden("request.approve", "This request was put to somebody else.", labels)


def deciders(request: ActRequest, actor: Actor) -> set[str]:
    """Ids of the people who can answer a request today: holders, their cover, and where a role is absent its leads."""
    found: set[str] = set()
    for role in request.roles:
        held = owner(request.account_id, role, actor.day) if request.account_id else None
        holders = Membership.objects.filter(current(actor.day), role=role, person__is_active=True)
        found |= (
            {held}
            if held
            else {acting_for(person, actor.day) for person in holders.values_list("person_id", flat=True)}
        )
    found.discard(request.asked_by_id)
    if not found or request.status == ActRequest.Status.ESCALATED:
        leads = [role for role, definition in actor.model.roles.items() if definition.reach == "team"]
        rows = Membership.objects.filter(current(actor.day), role__in=leads, person__is_active=True)
        found |= set(rows.values_list("person_id", flat=True)) - {request.asked_by_id}
    return found


def _settle(request: ActRequest, status: str, actor: Actor, reason: str, now: datetime) -> None:
    request.status, request.reason, request.decided_at = status, reason, now
    request.decided_by = actor.person
    request.save(update_fields=["status", "reason", "decided_at", "decided_by"])


def rerun(request: ActRequest) -> Any:
    """Do the act as whoever asked for it, under checks made afresh, with the consultation given."""
    asker = approved(Actor.of(request.asked_by), (request.consulted, request.consulted_on))
    return perform(request.operation, request.subject, request.arguments, asker)


@operation("request.approve", label="Agree to an act")
def approve_request(request: ActRequest, *, reason: str = "", actor: Actor) -> ActRequest:
    """Agree to an act that waits, and have it done under fresh checks."""
    _check_may_decide(request, actor)
    _settle(request, ActRequest.Status.APPROVED, actor, reason, clock.now())
    record("request.approved", request, operation=request.operation, reason=reason)
    rerun(request)
    return request


@operation("request.decline", label="Decline an act")
def decline_request(request: ActRequest, *, reason: str, actor: Actor) -> ActRequest:
    """Say no to an act that waits; the reason goes to whoever asked."""
    _check_may_decide(request, actor)
    _settle(request, ActRequest.Status.DECLINED, actor, reason, clock.now())
    record("request.declined", request, operation=request.operation, reason=reason)
    return request


def settle_silent_requests(now: datetime) -> int:
    """Apply `on_silence` to requests that nobody answered in time; returns how many were settled."""
    waiting = ActRequest.objects.filter(status=ActRequest.Status.PENDING, due_at__lte=now).order_by("due_at", "id")
    settled = 0
    for found in waiting:
        actor = Actor.machine("requests")
        with batch(actor), transaction.atomic():
            request = ActRequest.objects.select_for_update().get(pk=found.pk)
            if request.status != ActRequest.Status.PENDING:
                continue
            outcome = {"proceed": "proceeded", "escalate": "escalated", "lapse": "lapsed"}[request.on_silence]
            _settle(request, outcome, actor, "", now)
            record("request.settled", request, operation=request.operation, outcome=outcome)
            if outcome == "proceeded":
                try:
                    rerun(request)
                except (Refused, Forbidden) as refusal:
                    _settle(request, ActRequest.Status.LAPSED, actor, str(refusal)[:400], now)
        settled += 1
    return settled

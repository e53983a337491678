"""Signals as they stand on accounts: pending, firing, over; snoozed, taken note of, inhibited. They inform people."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q, QuerySet

from tenure.base import clock
from tenure.base.errors import Refused
from tenure.base.ids import ID_LENGTH, new_id
from tenure.facts.contract import declare
from tenure.identity.accounts import AccountAnchor
from tenure.identity.actor import Actor
from tenure.identity.operations import operation, record
from tenure.identity.people import Person

_FIELDS = {"rule": "text", "severity": "text", "state": "text"}
declare("signal.fired", "Signal", internal=True, **_FIELDS, inhibited="boolean")
declare("signal.resolved", "Signal is over", internal=True, **_FIELDS, reason="text")
declare("signal.snoozed", "Signal snoozed", internal=True, **_FIELDS, until="moment")
declare("signal.woken", "Signal back from snooze", internal=True, **_FIELDS)
declare("signal.acknowledged", "Signal taken note of", internal=True, **_FIELDS)
declare("signal.inhibited", "Signal stands behind another", internal=True, **_FIELDS)
declare("signal.uninhibited", "Signal stands by itself again", internal=True, **_FIELDS)


class OpenSignal(models.Model):
    """One rule that came true of one account, from then until it is over. Rows that are over are history."""

    class State(models.TextChoices):
        PENDING = "pending", "Pending"
        FIRING = "firing", "Firing"
        RESOLVED = "resolved", "Over"

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    account = models.ForeignKey(AccountAnchor, on_delete=models.CASCADE, related_name="signals")
    rule = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    severity = models.CharField(max_length=10)
    kind = models.CharField(max_length=10)
    owner_role = models.CharField(max_length=60)
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="signals")
    fold = models.JSONField(default=dict)  # the state of the watch's fold
    since = models.DateTimeField()  # since when the condition has been true
    fired_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    resolved_reason = models.CharField(max_length=400, blank=True)
    reason = models.CharField(max_length=400, blank=True)
    evidence = models.JSONField(default=dict)  # the rule, and the measures that it read with their values
    evidence_day = models.DateField(null=True)
    is_inhibited = models.BooleanField(default=False)
    inhibited_by = models.CharField(max_length=60, blank=True)
    snoozed_until = models.DateTimeField(null=True)
    snooze_reason = models.CharField(max_length=400, blank=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    anchor_path: ClassVar[str] = "account"
    ledger_fields: ClassVar[tuple[str, ...]] = ("rule", "severity", "state")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "account"],
                condition=Q(state__in=("pending", "firing")),
                name="one_open_signal_per_rule",
            )
        ]
        indexes = [
            models.Index(fields=["account", "state"]),
            models.Index(fields=["state", "severity", "-fired_at"]),
            models.Index(fields=["owner", "state"]),
            models.Index(fields=["snoozed_until"], condition=Q(snoozed_until__isnull=False), name="snoozed_signals"),
        ]

    @property
    def is_open(self) -> bool:
        return self.state != OpenSignal.State.RESOLVED

    @property
    def is_snoozed(self) -> bool:
        return self.snoozed_until is not None and self.snoozed_until > clock.now()


def loud(now: datetime) -> Q:
    """Signals that ask for attention: firing, neither snoozed nor behind another."""
    awake = Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=now)
    return Q(state=OpenSignal.State.FIRING, is_inhibited=False) & awake


def record_signal(kind: str, signal: OpenSignal, happened_at: datetime | None = None, **data: Any) -> None:
    """Record a fact about a signal in the running transaction."""
    record(kind, signal, account_id=signal.account_id, happened_at=happened_at, **data)


@operation("signal.snooze", label="Snooze a signal", undo="signal.wake")
def snooze_signal(signal: OpenSignal, *, until: datetime, reason: str, actor: Actor) -> OpenSignal:
    """Put a signal aside until a moment, with the reason; it stays in the lists, marked."""
    _check_firing(signal)
    if until <= clock.now():
        raise Refused("past", "Snooze until a moment that is still to come.", field="until")
    if not reason.strip():
        raise Refused("no_reason", "Say why this can wait.", field="reason")
    signal.snoozed_until, signal.snooze_reason = until, reason.strip()[:400]
    signal.save(update_fields=["snoozed_until", "snooze_reason"])
    record_signal("signal.snoozed", signal, until=until)
    return signal


@operation("signal.wake", label="End a snooze")
def wake_signal(signal: OpenSignal, *, actor: Actor) -> OpenSignal:
    """Bring a snoozed signal back."""
    if signal.snoozed_until is None:
        raise Refused("awake", "This signal is not snoozed.")
    wake(signal)
    return signal


def wake(signal: OpenSignal) -> None:
    """End the snooze of a signal. Called in an operation or a batch."""
    signal.snoozed_until, signal.snooze_reason = None, ""
    signal.save(update_fields=["snoozed_until", "snooze_reason"])
    record_signal("signal.woken", signal)


@operation("signal.acknowledge", label="Take note of a signal")
def acknowledge_signal(signal: OpenSignal, *, actor: Actor) -> OpenSignal:
    """Say that somebody has seen a signal and takes care of it."""
    _check_firing(signal)
    if signal.acknowledged_at is not None:
        raise Refused("acknowledged", "Somebody has taken note of this already.")
    signal.acknowledged_at, signal.acknowledged_by = clock.now(), actor.person
    signal.save(update_fields=["acknowledged_at", "acknowledged_by"])
    record_signal("signal.acknowledged", signal)
    return signal


@operation("signal.resolve", label="Close a signal")
def resolve_signal(signal: OpenSignal, *, reason: str, actor: Actor) -> OpenSignal:
    """Close a signal by hand. Where its condition still holds it can come back only after the condition was false."""
    _check_firing(signal)
    if not reason.strip():
        raise Refused("no_reason", "Say what became of it.", field="reason")
    resolve(signal, clock.now(), reason.strip())
    return signal


def resolve(signal: OpenSignal, moment: datetime, reason: str = "") -> None:
    """End a signal and record it where people had seen it. Called in an operation or a batch."""
    had_fired = signal.state == OpenSignal.State.FIRING
    signal.state, signal.resolved_at, signal.resolved_reason = OpenSignal.State.RESOLVED, moment, reason[:400]
    signal.snoozed_until, signal.is_inhibited = None, False
    signal.save()
    if had_fired:
        record_signal("signal.resolved", signal, moment, reason="by_hand" if reason else "condition")


def _check_firing(signal: OpenSignal) -> None:
    if signal.state != OpenSignal.State.FIRING:
        raise Refused("not_firing", f"This signal is {signal.get_state_display().lower()}.")


def firing() -> QuerySet[OpenSignal]:
    """Every signal that fires, quiet ones included."""
    return OpenSignal.objects.filter(state=OpenSignal.State.FIRING)


def wake_due(now: datetime, actor: Actor, limit: int = 200) -> int:
    """Bring back the signals whose snooze is over; returns how many. Called in a batch."""
    due = OpenSignal.objects.select_for_update(of=("self",)).filter(snoozed_until__lte=now)
    found = list(due.order_by("snoozed_until", "id")[:limit])
    for signal in found:
        wake(signal)
    return len(found)

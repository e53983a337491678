"""Signals as they stand on accounts: pending, firing, over; snoozed, taken note of, inhibited. They inform people."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from pydantic import AwareDatetime

from tenure.base import clock, duration
from tenure.base.errors import Refused
from tenure.base.ids import ID_LENGTH, new_id
from tenure.facts.contract import declare
from tenure.identity.accounts import AccountAnchor
from tenure.identity.actor import Actor
from tenure.identity.operations import operation, record
from tenure.identity.people import Person
from tenure.watch import signals as watch

NO_TIME = duration.parse("0 days")  # what people say of a signal does not ask how long its condition must hold

_FIELDS = {"rule": "text", "severity": "text", "state": "text"}
declare("signal.fired", "Signal fired", internal=True, **_FIELDS, inhibited="boolean")
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
    is_held_back = models.BooleanField(default=False)  # closed by hand while its condition held
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
            models.Index(fields=["account"], condition=Q(is_held_back=True), name="signals_held_back"),
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


def _take(signal: OpenSignal, event: watch.Event) -> bool:
    """Let a person's word or time into the signal's fold; False where it changes nothing."""
    rule = watch.Rule(signal.rule, NO_TIME, signal.severity)
    state, told = watch.advance(watch.from_json(signal.fold), event, rule)
    signal.fold = watch.to_json(state)
    signal.snoozed_until, signal.snooze_reason = state.snoozed_until, (state.snooze_reason or "")[:400]
    signal.save(update_fields=["fold", "snoozed_until", "snooze_reason"])
    return bool(told)


@operation("signal.snooze", label="Snooze a signal", undo="signal.wake")
def snooze_signal(signal: OpenSignal, *, until: AwareDatetime, reason: str, actor: Actor) -> OpenSignal:
    """Put a signal aside until a moment, with the reason; it stays in the lists, marked."""
    _check_firing(signal)
    now = clock.now()
    if until <= now:
        raise Refused("past", "Snooze until a moment that is still to come.", field="until")
    if not reason.strip():
        raise Refused("no_reason", "Say why this can wait.", field="reason")
    if not _take(signal, watch.Snooze(now, until, reason.strip()[:400])):
        raise Refused("same", "It is snoozed like this already.")
    record_signal("signal.snoozed", signal, until=until)
    return signal


@operation("signal.wake", label="End a snooze")
def wake_signal(signal: OpenSignal, *, actor: Actor) -> OpenSignal:
    """Bring a snoozed signal back."""
    if signal.snoozed_until is None:
        raise Refused("awake", "This signal is not snoozed.")
    _take(signal, watch.Wake(signal.snoozed_until))
    record_signal("signal.woken", signal)
    return signal


@operation("signal.acknowledge", label="Take note of a signal")
def acknowledge_signal(signal: OpenSignal, *, actor: Actor) -> OpenSignal:
    """Say that somebody has seen a signal and takes care of it."""
    _check_firing(signal)
    now = clock.now()
    if signal.acknowledged_at is not None or not _take(signal, watch.Acknowledge(now, actor.id or "system")):
        raise Refused("acknowledged", "Somebody has taken note of this already.")
    signal.acknowledged_at, signal.acknowledged_by = now, actor.person
    signal.save(update_fields=["acknowledged_at", "acknowledged_by"])
    record_signal("signal.acknowledged", signal)
    return signal


@operation("signal.resolve", label="Close a signal")
def resolve_signal(signal: OpenSignal, *, reason: str, actor: Actor) -> OpenSignal:
    """Close a signal by hand. Where its condition still holds it comes back only after the condition was false."""
    _check_firing(signal)
    if not reason.strip():
        raise Refused("no_reason", "Say what became of it.", field="reason")
    now = clock.now()
    rule = watch.Rule(signal.rule, NO_TIME, signal.severity)
    state, _ = watch.advance(watch.from_json(signal.fold), watch.Reading(now, False), rule)
    signal.fold, signal.is_held_back = watch.to_json(state), True
    resolve(signal, now, reason.strip())
    return signal


def resolve(signal: OpenSignal, moment: datetime, reason: str = "") -> None:
    """End a signal and record it where people had seen it. Called in an operation or a batch."""
    had_fired = signal.state == OpenSignal.State.FIRING
    signal.state, signal.resolved_at, signal.resolved_reason = OpenSignal.State.RESOLVED, moment, reason[:400]
    signal.snoozed_until, signal.is_inhibited, signal.inhibited_by = None, False, ""
    signal.save()
    if had_fired:
        record_signal("signal.resolved", signal, moment, reason="by_hand" if reason else "condition")


def _check_firing(signal: OpenSignal) -> None:
    if signal.state != OpenSignal.State.FIRING:
        raise Refused("not_firing", f"This signal is {signal.get_state_display().lower()}.")


def wake_due(now: datetime, actor: Actor, limit: int = 200) -> int:
    """Bring back the signals whose snooze is over; returns how many. Called in a batch."""
    due = OpenSignal.objects.select_for_update(of=("self",)).filter(snoozed_until__lte=now)
    found = list(due.order_by("snoozed_until", "id")[:limit])
    for signal in found:
        until = signal.snoozed_until
        _take(signal, watch.Wake(now))
        record_signal("signal.woken", signal, until)
    return len(found)

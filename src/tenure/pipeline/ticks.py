"""What time alone brings about: due promises, silent requests, snoozes that end, escalations that go on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from tenure.base import clock, fault
from tenure.identity.actor import Actor
from tenure.identity.operations import batch
from tenure.identity.requests import ActRequest, settle_silent_requests
from tenure.work import escalations, keeping, running, signals
from tenure.work.commitments import CommitmentBook
from tenure.work.escalations import Escalation
from tenure.work.plays import PlayStep
from tenure.work.signals import OpenSignal

Guard = Callable[[], None]
MOST = 200  # done in one transaction


@dataclass(frozen=True, slots=True)
class Tick:
    """Something that falls due: what is due by a moment, and what then is done about the oldest of it, in a batch."""

    name: str
    due: Callable[[datetime], QuerySet[Any]]
    act: Callable[[datetime, Actor, int], int]


TICKS = (
    Tick("commitments", lambda now: CommitmentBook.objects.filter(next_tick_at__lte=now), keeping.tick_due),
    Tick("snoozes", lambda now: OpenSignal.objects.filter(snoozed_until__lte=now), signals.wake_due),
    Tick("steps", lambda now: PlayStep.objects.filter(acts_at__lte=now), running.act_due),
    Tick("escalations", lambda now: Escalation.objects.filter(status="open", due_at__lte=now), escalations.pass_on_due),
)


def tick(actor: Actor, guard: Guard | None = None) -> int:
    """Do what has become due by now, in short transactions; returns how much was done."""
    now = clock.now()
    done = 0
    if ActRequest.objects.filter(status=ActRequest.Status.PENDING, due_at__lte=now).exists():
        done += settle_silent_requests(now)
    for each in TICKS:
        while each.due(now).exists():
            with batch(actor):
                if guard:
                    guard()
                acted = each.act(now, actor, MOST)
                fault.point(f"ticks.{each.name}")
            done += acted
            if acted < MOST:
                break
    return done

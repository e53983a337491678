"""What time alone brings about: due promises, silent requests, snoozes that end, escalations that go on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tenure.base import clock, fault
from tenure.identity.actor import Actor
from tenure.identity.operations import batch
from tenure.identity.requests import settle_silent_requests
from tenure.work import escalations, keeping, running, signals

Guard = Callable[[], None]


def tick(actor: Actor, guard: Guard | None = None) -> int:
    """Do what has become due by now, in short transactions; returns how much was done."""
    now = clock.now()
    done = settle_silent_requests(now)
    for name, due in (
        ("commitments", keeping.tick_due),
        ("snoozes", signals.wake_due),
        ("steps", running.act_due),
        ("escalations", escalations.pass_on_due),
    ):
        done += _until_none(name, due, now, actor, guard)
    return done


def _until_none(
    name: str, due: Callable[[datetime, Actor], int], now: datetime, actor: Actor, guard: Guard | None
) -> int:
    total = 0
    while True:
        with batch(actor):
            if guard:
                guard()
            done = due(now, actor)
            fault.point(f"ticks.{name}")
        total += done
        if not done:
            return total

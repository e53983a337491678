"""One act on many accounts. Each is an operation of its own: what is refused for one does not stop the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from django.http import QueryDict

from tenure.base import clock
from tenure.base.errors import Awaiting, Forbidden, Refused
from tenure.identity.actor import Actor
from tenure.identity.people import Membership, Person, current
from tenure.identity.staff import assign
from tenure.records.account import Account
from tenure.records.activity import log_activity
from tenure.work.plays import start_play
from tenure.work.signals import OpenSignal, loud, snooze_signal
from tenure.work.standing import Standing


def colleagues(actor: Actor) -> list[tuple[str, str]]:
    """Everyone who can carry accounts today, by name."""
    roles = [key for key, role in actor.model.roles.items() if role.reach == "book"]
    held = Membership.objects.filter(current(actor.day), role__in=roles).values("person_id")
    return list(Person.objects.filter(pk__in=held, is_active=True).order_by("name").values_list("pk", "name"))


def _touch(account: Account, given: QueryDict, actor: Actor) -> None:
    log_activity(account, type=given.get("type", "call"), text=given.get("text", ""), actor=actor)


def _play(account: Account, given: QueryDict, actor: Actor) -> None:
    start_play(account, playbook=given.get("playbook", ""), actor=actor)


def _assign(account: Account, given: QueryDict, actor: Actor) -> None:
    assign(account, person=given.get("person", ""), role=given.get("role", ""), actor=actor)


def _snooze(account: Account, given: QueryDict, actor: Actor) -> None:
    asked = str(given.get("days") or "")
    days = int(asked) if asked.isdigit() else 7
    until = clock.now() + timedelta(days=min(days, 90))
    found: Sequence[OpenSignal] = list(OpenSignal.objects.filter(loud(clock.now()), account_id=account.pk))
    for signal in found:
        snooze_signal(signal, until=until, reason=given.get("reason", ""), actor=actor)
    if not found:
        raise Refused("no_signals", "it has no open signal")


ACTS: dict[str, tuple[Callable[[Account, QueryDict, Actor], Any], str]] = {
    "touch": (_touch, "Touch logged on"),
    "play": (_play, "Playbook started on"),
    "assign": (_assign, "Assigned"),
    "snooze": (_snooze, "Signals snoozed on"),
}


def perform_on(rows: Sequence[Standing], given: QueryDict, actor: Actor) -> str:
    """Do the named act on each account; returns what was done and what was not, and why, as one sentence."""
    if given.get("act") not in ACTS:
        raise Refused("unknown_act", "Choose what to do with the selected accounts.")
    if not rows:
        raise Refused("none_selected", "Select at least one account first.")
    act, words = ACTS[str(given["act"])]
    accounts = Account.objects.in_bulk([row.pk for row in rows])
    failed = []
    for row in rows:
        try:
            act(accounts[row.pk], given, actor)
        except (Refused, Forbidden, Awaiting) as refusal:
            failed.append(f"{row.name}: {refusal}")
    count = len(rows) - len(failed)
    said = f"{words} {count} account{'' if count == 1 else 's'}"
    return said if not failed else f"{said}; not on {len(failed)}. {' '.join(failed[:3])}"

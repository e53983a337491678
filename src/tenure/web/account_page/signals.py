"""The signals that fire on an account, and the plays that answer them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tenure.blueprint.model import Model
from tenure.web import wording
from tenure.work.plays import Play
from tenure.work.signals import OpenSignal


@dataclass(frozen=True)
class SignalShown:
    signal: OpenSignal
    label: str
    why: str
    play: Play | None
    is_snoozed: bool


def signal_rows(signals: Iterable[OpenSignal], plays: Sequence[Play], model: Model, now: datetime) -> list[SignalShown]:
    """The firing signals, the gravest first, each with the play that runs for it."""
    order = {"red": 0, "yellow": 1, "green": 2}
    by_rule = {play.rule: play for play in plays}
    shown = []
    for signal in sorted(signals, key=lambda each: (order.get(each.severity, 3), each.since)):
        label = model.signals[signal.rule].label if signal.rule in model.signals else signal.rule
        why = f"{signal.reason} · " if signal.reason else ""
        why += f"firing for {wording.span(now - (signal.fired_at or signal.since))}"
        snoozed = signal.snoozed_until is not None and signal.snoozed_until > now
        shown.append(SignalShown(signal, label, why, by_rule.get(signal.rule), snoozed))
    return shown


def playbook_label(play: Play, model: Model) -> str:
    return model.playbooks[play.playbook].label if play.playbook in model.playbooks else play.playbook

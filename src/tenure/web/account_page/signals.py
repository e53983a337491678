"""The signals that fire on an account, the plays that answer them, and what happened to one of either."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tenure.blueprint.model import Model
from tenure.identity.actor import Actor
from tenure.records.timeline import TimelineEntry, history_of
from tenure.web import wording
from tenure.web.conditions import Speaker
from tenure.work.plays import Play, PlayStep
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


def what_it_read(signal: OpenSignal, speaker: Speaker) -> list[tuple[str, str]]:
    """The measures of a signal's rule by the company's names for them, with what they were."""
    read = signal.evidence.get("values", {})
    return [(wording.capital(speaker.condition(name)), _said(value)) for name, value in read.items()]


def _said(value: object) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return wording.number(value) if isinstance(value, int | float) else str(value)


@dataclass(frozen=True)
class Happened:
    """One fact about a signal or a play, with what it adds to its label: why, and until when."""

    fact: TimelineEntry
    why: str = ""
    until: datetime | None = None


def history_of_signal(signal: OpenSignal, actor: Actor) -> list[Happened]:
    """What happened to a signal, oldest first."""
    return [
        Happened(fact, _because(fact.data, signal), _moment(fact.data.get("until")))
        for fact in history_of("signal", signal.pk, actor)
    ]


def _because(data: Mapping[str, object], signal: OpenSignal) -> str:
    if data.get("inhibited"):
        return "behind another"
    ended = {"condition": "its condition holds no more", "by_hand": signal.resolved_reason or "closed by hand"}
    return ended.get(str(data.get("reason", "")), "")


def _moment(written: object) -> datetime | None:
    return datetime.fromisoformat(written) if isinstance(written, str) else None


def history_of_play(play: Play, steps: Iterable[PlayStep], actor: Actor) -> list[Happened]:
    """What happened to a play, oldest first, each step by its name."""
    labels = {step.key: step.label for step in steps}
    facts = history_of("play", play.pk, actor)
    return [Happened(fact, labels.get(str(fact.data.get("step")), "")) for fact in facts]

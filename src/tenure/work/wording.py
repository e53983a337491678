"""How the timeline reads what is done about accounts: promises, signals, plays, journeys, tasks, escalations, bands."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from tenure.blueprint.model import Model
from tenure.records.timeline import Line, word
from tenure.work.commitments import Opening
from tenure.work.escalations import Escalation
from tenure.work.journeys import ChecklistItem, JourneyRun
from tenure.work.plays import Play
from tenure.work.signals import OpenSignal
from tenure.work.standing import Standing
from tenure.work.tasks import Task


def _label(section: Mapping[str, Any], key: str) -> str:
    return section[key].label if key in section else key.replace("_", " ").capitalize()


def _promises(ids: Collection[str], model: Model) -> Mapping[str, Line]:
    rows = Opening.objects.filter(pk__in=ids).values_list("pk", "rule")
    return {pk: Line(_label(model.commitments, rule)) for pk, rule in rows}


def _signals(ids: Collection[str], model: Model) -> Mapping[str, Line]:
    rows = OpenSignal.objects.filter(pk__in=ids).values_list("pk", "rule", "reason")
    return {pk: Line(f"{_label(model.signals, rule)}: {reason}" if reason else _label(model.signals, rule))
            for pk, rule, reason in rows}  # fmt: skip


def _plays(ids: Collection[str], model: Model) -> Mapping[str, Line]:
    rows = Play.objects.filter(pk__in=ids).values_list("pk", "playbook")
    return {pk: Line(_label(model.playbooks, playbook)) for pk, playbook in rows}


def _journeys(ids: Collection[str], model: Model) -> Mapping[str, Line]:
    rows = JourneyRun.objects.filter(pk__in=ids)
    return {run.pk: Line(run.definition.label) for run in rows}


def _items(ids: Collection[str], model: Model) -> Mapping[str, Line]:
    rows = ChecklistItem.objects.filter(pk__in=ids).select_related("run")
    return {item.pk: Line(item.label) for item in rows}


def _tasks(ids: Collection[str], model: Model) -> Mapping[str, Line]:
    return {pk: Line(title) for pk, title in Task.objects.filter(pk__in=ids).values_list("pk", "title")}


def _escalations(ids: Collection[str], model: Model) -> Mapping[str, Line]:
    rows = Escalation.objects.filter(pk__in=ids).select_related("owner")
    return {row.pk: Line(f"{row.reason} (with {row.owner.name})") for row in rows}


def _scores(ids: Collection[str], model: Model) -> Mapping[str, Line]:
    rows = Standing.objects.filter(pk__in=ids).values_list("pk", "reason")
    return {pk: Line(reason) for pk, reason in rows}


word("commitment", "work", "clock", _promises)
word("signal", "work", "signal", _signals)
word("play", "work", "flag", _plays)
word("journey", "work", "flag", _journeys)
word("checklist", "work", "check", _items)
word("task", "work", "task", _tasks)
word("escalation", "work", "up", _escalations)
word("score", "work", "report", _scores)

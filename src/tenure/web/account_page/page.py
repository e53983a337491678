"""The page of an account: its state in a sentence and everything below it, in a constant number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tenure.base import clock
from tenure.identity.actor import Actor
from tenure.records.account import Account
from tenure.records.lookup import (
    list_actions,
    list_advocacy,
    list_deliverables,
    list_issues,
    list_links,
    list_meetings,
    list_unanswered,
)
from tenure.sources.tools.queueing import tool_links
from tenure.web import survey_page
from tenure.web.account_page.goals import goals
from tenure.web.account_page.handovers import handovers
from tenure.web.account_page.journey import journey
from tenure.web.account_page.movement import movement
from tenure.web.account_page.people import people, terms
from tenure.web.account_page.promises import promises
from tenure.web.account_page.ratings import rated
from tenure.web.account_page.signals import playbook_label, signal_rows
from tenure.web.actors import may
from tenure.web.content_page.board import of_account
from tenure.web.portfolio import primary_card
from tenure.web.portfolio_rows import Drawn, scale_of
from tenure.work.boards import checklists
from tenure.work.plays import Play
from tenure.work.signals import OpenSignal
from tenure.work.standing import Standing
from tenure.work.tasks import Task


@dataclass(frozen=True)
class PartShown:
    """A part of the score beside the scale."""

    label: str
    steps: float | None
    said: str
    low: bool
    value: str | None
    href: str


def parts(standing: Standing, href: str) -> list[PartShown]:
    """The parts of the score as five steps each, as the standing keeps them."""
    shown = []
    for part in standing.parts:
        level = part.get("level")
        said = f"{part['label']} {'unknown' if level is None else f'{level} of 5'}"
        shown.append(
            PartShown(
                part["label"],
                level,
                said,
                level is not None and level <= 2,
                None if level is None else str(level),
                href,
            )
        )
    return shown


def context(account: Account, standing: Standing, actor: Actor, evidence: str) -> dict[str, Any]:
    """Everything that the page shows; some twenty queries and two reads of the lake, however much there was."""
    now, lists = clock.now(), checklists(account, actor.model)
    card = primary_card(actor.model)
    signals = OpenSignal.objects.filter(account_id=account.pk, state=OpenSignal.State.FIRING).select_related("owner")
    plays = list(Play.objects.filter(account_id=account.pk, status=Play.Status.RUNNING).prefetch_related("steps"))
    return {
        "account": account,
        "row": Drawn(standing, actor),
        "card": card,
        "scale": scale_of(actor.model),
        "parts": parts(standing, evidence),
        "evidence": evidence,
        "journey": journey(account, actor),
        "checklists": lists,
        "is_under_way": not lists or any(each.run.is_running for each in lists),
        "waiting": [line for each in lists if each.run.is_running for line in each.open if line.waiting],
        "journeys": actor.model.journeys.items(),
        "handovers": handovers(account, actor),
        "promises": promises(account, actor.model, now),
        "goals": goals(account, actor),
        "movement": movement(account, actor),
        "signals": signal_rows(signals, plays, actor.model, now),
        "plays": [(play, playbook_label(play, actor.model), list(play.steps.all())) for play in plays],
        "waits": list_actions(actor, account).filter(client_owned=True, status="open")[:6],
        "actions": list_actions(actor, account).filter(client_owned=False, status="open")[:6],
        "tasks": Task.objects.filter(account_id=account.pk, status=Task.Status.OPEN)
        .exclude(source=Task.Source.JOURNEY)  # they stand on the checklist
        .select_related("owner")[:8],
        "unanswered": list_unanswered(actor, account)[:5],
        "meetings": list_meetings(actor, account)[:6],
        "deliverables": list_deliverables(actor, account).filter(status="planned", state="")[:6],
        **of_account(account, actor),
        "links": list(list_links(actor, account)[:12]),
        **tool_links(account.pk),
        "issues": list_issues(actor, account).exclude(status="resolved")[:6],
        "people": people(account, actor),
        "rated": rated(account, actor),
        **survey_page.of_account(account, actor),
        "advocacy": list_advocacy(actor, account)[:5],
        "terms": terms(account, standing, actor),
        "meeting_labels": {key: kind.label for key, kind in actor.model.meetings.items()},
        "acts": open_acts(actor),
        "playbooks": list(actor.model.playbooks.items()),
    }


def open_acts(actor: Actor) -> set[str]:
    """Names of the acts on an account that are open to the reader."""
    names = ("note.log", "message.log", "meeting.schedule", "task.create", "issue.open", "contact.add", "goal.set")
    more = ("account.change", "account.plan_next_step", "account.set_stage", "account.close", "contract.start")
    last = (
        "play.start",
        "deliverable.plan",
        "point.enter",
        "activity.log",
        "signal.snooze",
        "commitment.pause",
        "action.add",
        "journey.deploy",
        "journey.tick",
        "advocacy.log",
        "link.add",
        "contact.export",
        "draft.make",
        "tool_call.ask",
        "tool_call.view",
    )
    return {name for name in (*names, *more, *last) if may(actor, name)}

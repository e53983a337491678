"""The page of an account as it stood on an earlier day, from what was known then. Nothing on it can be changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from tenure.pipeline import as_of, goal_figures
from tenure.records.account import Account
from tenure.records.goal import Goal
from tenure.web.account_page.goals import goals_shown
from tenure.web.account_page.journey import journey
from tenure.web.account_page.movement import movement
from tenure.web.account_page.page import parts
from tenure.web.account_page.promises import promises_of
from tenure.web.account_page.signals import signal_rows
from tenure.web.actors import Reader
from tenure.web.portfolio import primary_card
from tenure.web.portfolio_rows import Drawn, scale_of
from tenure.web.reading import lake
from tenure.work.standing import Standing


def standing_then(account: Account, at: as_of.Cut) -> Standing:
    """How the account stood."""
    with lake() as opened:
        return as_of.standings(opened, at, [account.pk])[0]


def viewer_of(actor: Reader, at: as_of.Cut) -> Reader:
    """The reader under the blueprint and on the day that are shown."""
    return replace(actor, model=at.model, day=at.day)


def context(account: Account, actor: Reader, day: date, evidence: str) -> dict[str, Any]:
    """Everything that the page shows of a day."""
    at = as_of.cut(day)
    viewer, standing = viewer_of(actor, at), standing_then(account, at)
    held = as_of.latest(at, ("account",), [account.pk])
    planned = [entry for entry in held.values() if entry.kind == "account.next_step_planned"]
    return {
        "account": account,
        "existed": bool(as_of.fields(at, [account.pk])),
        "row": Drawn(standing, viewer),
        "card": primary_card(at.model),
        "scale": scale_of(at.model),
        "parts": parts(standing, evidence),
        "evidence": evidence,
        "planned_on": _planned_on(planned[-1].data.get("on") if planned else None),
        "journey": journey(account, viewer, stage=standing.stage, now=at.ends),
        "promises": promises_of(as_of.openings(at, [account.pk]), at.model, at.ends),
        "goals": goals_shown(_goals_then(account, at), viewer),
        "movement": movement(account, viewer, at=at),
        "signals": signal_rows(as_of.signals(at, [account.pk]), [], at.model, at.ends),
        "meetings": as_of.meetings(at, account.pk)[:6],
        "meeting_labels": {key: kind.label for key, kind in at.model.meetings.items()},
        "acts": frozenset(),
        "plays": (),
        "playbooks": (),
        "day": day,
        "scored_on": at.night.day if at.night else None,
    }


def _goals_then(account: Account, at: as_of.Cut) -> list[Goal]:
    """The outcomes that were not given up, with their figures as they were read then."""
    held = [goal for goal in as_of.goals(at, account.pk) if goal.status != Goal.Status.DROPPED]
    with lake() as opened:
        return goal_figures.as_of(opened, at.model, held, at)


def _planned_on(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None

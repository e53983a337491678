"""The first page of the portal: how the plan stands, what we wait for and since when, what comes next, when we meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse

from tenure.records.action import ActionItem
from tenure.web.portal import meetings, plan, work
from tenure.web.portal.plan import Outcome
from tenure.web.portal.seen import Portal
from tenure.web.portal.work import Work
from tenure.work.asks import Ask, asks
from tenure.work.boards import Asked, client_checklist

# Where somebody does what a checklist item waits for, by the fact that ends it.
WHERE = {
    "goal.agreed": "portal_plan",
    "goal.confirmed": "portal_plan",
    "deliverable.accepted": "portal_work",
    "deliverable.approved": "portal_work",
    "upload.received": "portal_work",
    "meeting.scheduled": "portal_messages",
}


@dataclass(frozen=True)
class Need:
    """Something that waits for the client, and how it is drawn: its icon, where it is done, the word on the button."""

    ask: Ask
    icon: str
    href: str
    label: str
    is_old: bool


# How each kind of ask is drawn: its icon, the page on which it is done, and the word on the button.
DRAWN = {
    "checklist": ("flag", "", "Open"),
    "plan": ("flag", "portal_plan", "Read the plan"),
    "worth": ("check", "portal_plan", "Look"),
    "decide": ("content", "portal_piece", "Decide"),
    "material": ("upload", "portal_work", "Send"),
    "action": ("task", "", ""),
    "rating": ("voice", "portal_meeting", "Answer"),
}
OF_ROW = ("portal_piece", "portal_meeting")  # the pages of one row


def _need(ask: Ask, portal: Portal) -> Need:
    icon, page, label = DRAWN[ask.kind]
    page = page or ("" if ask.item else WHERE.get(ask.fact, ""))
    about = [portal.account.pk, ask.row] if page in OF_ROW else [portal.account.pk]
    is_old = ask.is_old(portal.actor.day, ZoneInfo(portal.account.zone_in(portal.actor.model)))
    return Need(ask, icon, reverse(page, args=about) if page else "", label, is_old)


def needs(portal: Portal, outcomes: Sequence[Outcome], made: Work, asked: Sequence[Asked]) -> list[Need]:
    """What we wait for from the client, from all that can wait for them; how satisfied they are is asked here alone."""
    actions = portal.rows(ActionItem).filter(status=ActionItem.Status.OPEN, client_owned=True)
    found = asks(
        asked,
        [each.goal for each in outcomes],
        [*made.approve, *made.accept, *made.material],
        actions.order_by("due_on", "noted_at", "pk")[:12],
        portal.actor.day,
    )
    found += [
        Ask("rating", "How satisfied are you?", meetings.titled(each, portal.actor.model), each.starts_at, row=each.pk)
        for each in meetings.to_answer(portal)
    ]
    return [_need(each, portal) for each in found]


def context(portal: Portal) -> dict[str, Any]:
    """Everything that the first page shows."""
    checklist = client_checklist(portal.account)
    outcomes, made = plan.outcomes(portal), work.pieces(portal)
    asked = needs(portal, outcomes, made, checklist.asked)
    ours = portal.rows(ActionItem).filter(status=ActionItem.Status.OPEN, client_owned=False)
    return {
        "outcomes": outcomes,
        "home_run": next((each for each in outcomes if each.goal.home_run), outcomes[0] if outcomes else None),
        "plan_words": plan.in_words(outcomes),
        "needs": [each for each in asked if not each.is_old],
        "old": [each for each in asked if each.is_old],
        "steps": checklist.steps,
        "next": checklist.next,
        "ahead": made.ahead[:5],
        "ours": ours.select_related("owner").order_by("due_on", "noted_at", "pk")[:6],
        "meeting": meetings.ahead(portal).first(),
        "labels": {key: kind.label for key, kind in portal.actor.model.meetings.items()},
    }

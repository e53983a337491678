"""The first page of the portal: how the plan stands, what we wait for and since when, what comes next, when we meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

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
    """One thing that waits for the client: what, why, since when, and where it is done."""

    text: str
    icon: str
    why: str = ""
    since: datetime | None = None
    due: date | datetime | None = None
    is_late: bool = False
    href: str = ""
    label: str = ""
    item: str = ""


# How each kind of ask is drawn: its icon, the page on which it is done, and the word on the button.
DRAWN = {
    "checklist": ("flag", "", "Open"),
    "plan": ("flag", "portal_plan", "Read the plan"),
    "worth": ("check", "portal_plan", "Look"),
    "decide": ("content", "portal_piece", "Decide"),
    "material": ("upload", "portal_work", "Send"),
    "action": ("task", "", ""),
}


def _need(ask: Ask, portal: Portal) -> Need:
    icon, page, label = DRAWN[ask.kind]
    page = page or ("" if ask.item else WHERE.get(ask.fact, ""))
    about = [portal.account.pk, ask.row] if page == "portal_piece" else [portal.account.pk]
    href = reverse(page, args=about) if page else ""
    return Need(ask.text, icon, ask.why, ask.since, ask.due, ask.is_late, href, label, ask.item)


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
    satisfied = [
        Need("How satisfied are you?", "voice", meetings.titled(each, portal.actor.model), each.starts_at, None, False,
             reverse("portal_meeting", args=[portal.account.pk, each.pk]), "Answer")
        for each in meetings.to_answer(portal)
    ]  # fmt: skip
    return [_need(each, portal) for each in found] + satisfied


def context(portal: Portal) -> dict[str, Any]:
    """Everything that the first page shows."""
    checklist = client_checklist(portal.account)
    outcomes, made = plan.outcomes(portal), work.pieces(portal)
    ours = portal.rows(ActionItem).filter(status=ActionItem.Status.OPEN, client_owned=False)
    return {
        "outcomes": outcomes,
        "home_run": next((each for each in outcomes if each.goal.home_run), outcomes[0] if outcomes else None),
        "plan_words": plan.in_words(outcomes),
        "needs": needs(portal, outcomes, made, checklist.asked),
        "steps": checklist.steps,
        "next": checklist.next,
        "ahead": made.ahead[:5],
        "ours": ours.select_related("owner").order_by("due_on", "noted_at", "pk")[:6],
        "meeting": meetings.ahead(portal).first(),
        "labels": {key: kind.label for key, kind in portal.actor.model.meetings.items()},
    }

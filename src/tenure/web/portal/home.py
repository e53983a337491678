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


def _checklist_need(asked: Asked, portal: Portal) -> Need:
    where = WHERE.get(asked.fact, "")
    href = reverse(where, args=[portal.account.pk]) if where and not asked.item else ""
    return Need(
        asked.text, "flag", since=asked.since, due=asked.due_at, is_late=asked.is_late, href=href, label="Open",
        item=asked.item,
    )  # fmt: skip


def needs(portal: Portal, outcomes: Sequence[Outcome], made: Work, asked: Sequence[Asked]) -> list[Need]:
    """What we wait for from the client, from all that can wait for them."""
    account = portal.account.pk
    plan_page, work_page = reverse("portal_plan", args=[account]), reverse("portal_work", args=[account])
    told = {each.fact for each in asked}
    found = [_checklist_need(each, portal) for each in asked]
    new = plan.to_agree(outcomes)
    if new and "goal.agreed" not in told:
        oldest = min(each.goal.set_at for each in new)
        found.append(Need("Confirm your plan", "flag", "Read it, and say that it is right.", oldest, None, False,
                          plan_page, "Read the plan"))  # fmt: skip
    found += [
        Need(f"Was it worth it? {each.title}", "check", "Marked as reached; you have the last word.",
             each.goal.judged_at, None, False, plan_page, "Look")
        for each in outcomes if each.to_confirm
    ]  # fmt: skip
    found += [
        Need(each.title, "content", "For you to approve", None, each.due_on, each.is_late,
             reverse("portal_piece", args=[account, each.pk]), "Decide")
        for each in (*made.approve, *made.accept)
    ]  # fmt: skip
    if made.material:
        first = made.material[0]
        more = len(made.material) - 1
        title = first.title if not more else f"{first.title}, and {more} more"
        found.append(Need(f"Send us: {title}", "upload", "", None, first.material_on, first.is_late,
                          work_page, "Send"))  # fmt: skip
    found += [
        Need("How satisfied are you?", "voice", meetings.titled(each, portal.actor.model), each.starts_at, None, False,
             reverse("portal_meeting", args=[account, each.pk]), "Answer")
        for each in meetings.to_answer(portal)
    ]  # fmt: skip
    return found + _actions(portal)


def _actions(portal: Portal) -> list[Need]:
    """What the client took on in a meeting."""
    rows = portal.rows(ActionItem).filter(status=ActionItem.Status.OPEN, client_owned=True)
    return [
        Need(row.text, "task", "Noted in a meeting", row.noted_at, row.due_on,
             bool(row.due_on and row.due_on < portal.actor.day))
        for row in rows.order_by("due_on", "noted_at", "pk")[:12]
    ]  # fmt: skip


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

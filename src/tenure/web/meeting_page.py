"""What the page of a meeting shows: agenda, results since last time, what was noted, ratings, and what is promised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse

from tenure.base import clock
from tenure.blueprint.model import MeetingType
from tenure.identity.actor import Actor
from tenure.records.action import ActionItem
from tenure.records.delivery import why_kept
from tenure.records.lookup import list_goals
from tenure.records.meeting import Meeting
from tenure.records.minutes import Decision, receivers
from tenure.records.rating import Rating
from tenure.web import review_page, wording
from tenure.web.account_page.goals import goals, goals_shown
from tenure.web.actors import may
from tenure.web.content_page import planning
from tenure.web.portfolio_rows import Drawn
from tenure.work.commitments import Opening
from tenure.work.signals import OpenSignal
from tenure.work.standing import access_standing

EARLY = timedelta(hours=1)  # so long before its time one may say that it was held


@dataclass(frozen=True)
class LineShown:
    """One line of what was noted: a note, a decision or an action."""

    kind: str
    text: str
    why: str
    at: datetime | None = None
    href: str = ""  # where it is changed


def lines(meeting: Meeting) -> list[LineShown]:
    """Everything noted so far: our own notes line by line, then decisions, then actions."""
    found = [LineShown("note", text, "") for text in meeting.notes_internal.splitlines() if text.strip()]
    for decision in Decision.objects.filter(meeting=meeting).order_by("made_at"):
        found.append(LineShown("decision", decision.text, "", decision.made_at))
    actions = ActionItem.objects.filter(meeting=meeting).exclude(status=ActionItem.Status.CANCELLED)
    for action in actions.select_related("owner", "contact").order_by("noted_at"):
        who = action.owner or action.contact
        why = who.name if who else "the client" if action.client_owned else "nobody yet"
        href = reverse("act", args=["action.change", action.pk])
        found.append(LineShown("action", action.text, f"{why}{_due(action)}", action.noted_at, href))
    return found


def _due(action: ActionItem) -> str:
    return f", by {action.due_on:%a} {action.due_on.day} {action.due_on:%b}" if action.due_on else ""


def noted(found: list[LineShown]) -> str:
    """How much was noted: ``1 decision, 2 actions``."""
    counts = [(sum(line.kind == kind for line in found), kind) for kind in ("note", "decision", "action")]
    return ", ".join(f"{count} {kind}{'' if count == 1 else 's'}" for count, kind in counts if count)


def notes_context(meeting: Meeting, actor: Actor) -> dict[str, Any]:
    """The pad: what was noted, what is promised of it by when, and whether the reader may write."""
    found = lines(meeting)
    running = Opening.objects.filter(
        account_id=meeting.account_id, subject="meeting", subject_id=meeting.pk, status__in=Opening.OPEN
    ).order_by("due_at")
    labels = {key: terms.label for key, terms in actor.model.commitments.items()}
    return {
        "meeting": meeting,
        "lines": found,
        "noted": noted(found),
        "promised": [(labels.get(each.rule, each.rule), each.due_at) for each in running],
        "may_write": bool(may(actor, "meeting.write_notes")),
    }


def agenda_context(meeting: Meeting, actor: Actor) -> dict[str, Any]:
    """The agenda, and whether the reader may change it."""
    items = list(meeting.items.order_by("order"))
    drawn, minute = agenda_drawing(meeting, [item.text for item in items])
    return {
        "meeting": meeting,
        "items": items,
        "agenda": drawn,
        "minute": minute,
        "may_prepare": bool(may(actor, "meeting.prepare")),
    }


@dataclass(frozen=True)
class RatingShown:
    """One question of the rating, with the answer that it has."""

    part: str
    text: str
    hint: str
    value: int | None


def ratings(meeting: Meeting, actor: Actor) -> list[RatingShown]:
    """The questions that this kind of meeting asks at its end."""
    kind = actor.model.meetings.get(meeting.type)
    given = {rating.part: rating.value for rating in Rating.objects.filter(meeting=meeting)}
    asked = kind.ratings.items() if kind else ()
    return [RatingShown(key, q.text, _ends(q.low, q.high), given.get(key)) for key, q in asked]


def _wants_evidence(kind: MeetingType | None) -> bool:
    """Whether a rating of this kind of meeting says what speaks for it."""
    return kind is not None and any(question.evidence for question in kind.ratings.values())


def rated(given: QueryDict) -> dict[str, int]:
    """The answers of a rating form by part; a part left empty stays unknown."""
    answers = {key.removeprefix("part-"): str(given[key]) for key in given if key.startswith("part-")}
    return {part: int(value) for part, value in answers.items() if value.isdigit()}


def _ends(low: str, high: str) -> str:
    return "; ".join(word for word in (f"1: {low}" if low else "", f"5: {high}" if high else "") if word)


def agenda_drawing(meeting: Meeting, texts: list[str]) -> tuple[list[tuple[str, int]], float | None]:
    """The agenda's lines with an even share of the minutes, and the minute that it is while the meeting runs."""
    if not texts:
        return [], None
    each, rest = divmod(meeting.minutes, len(texts))
    minute = (clock.now() - meeting.starts_at).total_seconds() / 60
    room = 96 // len(texts)  # letters that fit above one line's share of the rule
    drawn = [(wording.cut(text, room), max(1, each + (at < rest))) for at, text in enumerate(texts)]
    return drawn, minute if 0 <= minute < meeting.minutes else None


def context(meeting: Meeting, actor: Actor) -> dict[str, Any]:
    """Everything that the page of our own side shows."""
    kind = actor.model.meetings.get(meeting.type)
    account = meeting.account
    asked = ratings(meeting, actor)
    signals = OpenSignal.objects.filter(account_id=account.pk, state=OpenSignal.State.FIRING)
    return {
        "meeting": meeting,
        "account": account,
        "kind": kind,
        "title": meeting.title or (kind.label if kind else meeting.type),
        "invited": meeting.invited.select_related("contact", "person"),
        "before": earlier(meeting).first(),
        "row": Drawn(access_standing(actor, account.pk), actor),
        "goals": goals(account, actor),
        "ratings": asked,
        "rated": sum(each.value is not None for each in asked),
        "wants_evidence": _wants_evidence(kind) and all(each.value is None for each in asked),
        "signals": [(s, actor.model.signals[s.rule].label) for s in signals if s.rule in actor.model.signals],
        "open_actions": ActionItem.objects.filter(account=account, status="open").exclude(meeting=meeting)[:8],
        "may_run": bool(may(actor, "meeting.hold")),
        "may_rate": bool(may(actor, "rating.give")),
        "begins": meeting.starts_at <= clock.now() + EARLY,
        **review_page.context(meeting, actor),
        **notes_context(meeting, actor),
        **agenda_context(meeting, actor),
        **(planning.context(account, meeting, kind.plans, actor) if kind and kind.plans else {}),
    }


def shown(meeting: Meeting, actor: Actor) -> dict[str, Any]:
    """What a client may see of a meeting, and no more."""
    kind = actor.model.meetings.get(meeting.type)
    return {
        "title": meeting.title or (kind.label if kind else meeting.type),
        "meeting": meeting,
        "account": meeting.account,
        "items": meeting.items.filter(client_visible=True).order_by("order"),
        "goals": goals_shown(list_goals(actor, meeting.account).filter(client_visible=True), actor, paced=False),
        "decisions": Decision.objects.filter(meeting=meeting, client_visible=True).order_by("made_at"),
        "actions": meeting.actions.filter(client_visible=True).select_related("owner", "contact"),
    }


def earlier(meeting: Meeting) -> QuerySet[Meeting]:
    """Meetings of the same kind with the same client before this one, the latest first."""
    rows = Meeting.objects.filter(account_id=meeting.account_id, type=meeting.type, status=Meeting.Status.HELD)
    return rows.filter(starts_at__lt=meeting.starts_at).order_by("-starts_at")


def sending(meeting: Meeting) -> dict[str, Any]:
    """To whom the notes go, and whether this home sends mail; a demonstration shows it and keeps the mail."""
    return {"meeting": meeting, "account": meeting.account, "receivers": receivers(meeting)} | mail_state()


def mail_state() -> dict[str, Any]:
    """Whether this home sends mail, and why it keeps it; a demonstration shows the act and keeps the mail."""
    return {"sends": not why_kept() or settings.KEEPS_MAIL, "kept": why_kept()}


def draft(meeting: Meeting) -> str:
    """Notes for the client drafted from what they may see: the agenda, what was decided, who does what by when."""
    seen = [item.text for item in meeting.items.filter(client_visible=True).order_by("order")]
    decided = Decision.objects.filter(meeting=meeting, client_visible=True).order_by("made_at")
    actions = ActionItem.objects.filter(meeting=meeting, client_visible=True, status=ActionItem.Status.OPEN)
    parts = []
    if seen:
        parts.append("We talked about:\n" + "\n".join(f"- {text}" for text in seen))
    if decided:
        parts.append("We decided:\n" + "\n".join(f"- {decision.text}" for decision in decided))
    if actions:
        said = (
            f"- {a.text} ({a.contact.name if a.contact else a.owner.name if a.owner else 'open'}{_due(a)})"
            for a in actions
        )
        parts.append("Next steps:\n" + "\n".join(said))
    return "\n\n".join(parts)

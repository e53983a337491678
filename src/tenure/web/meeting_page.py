"""What the page of a meeting shows: agenda, results since last time, what was noted, ratings, and what is promised."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import QueryDict
from django.urls import reverse

from tenure.assist.filling import Occasion, fill_known
from tenure.base import clock
from tenure.blueprint.model import Question
from tenure.identity.actor import Actor
from tenure.records.action import ActionItem
from tenure.records.deliverable import Deliverable
from tenure.records.delivery import why_kept
from tenure.records.lookup import list_goals
from tenure.records.meeting import Meeting
from tenure.records.minutes import Decision, receivers
from tenure.records.rating import Rating
from tenure.web import review_page, wording
from tenure.web.account_page.goals import goals, goals_shown
from tenure.web.actors import may
from tenure.web.content_page import planning
from tenure.web.content_page.shown import word
from tenure.web.meeting_next import next_meeting
from tenure.web.meeting_since import figures_since, last_time, quoted, since_then
from tenure.web.portfolio_rows import Drawn
from tenure.work.commitments import Opening
from tenure.work.refresh import access_standing
from tenure.work.signals import OpenSignal

EARLY = timedelta(hours=1)  # so long before its time one may say that it was held
LIVE = timedelta(hours=12)  # so long before and after its time the client's page keeps itself up to date


@dataclass(frozen=True)
class LineShown:
    """One line of what was noted: a note, a decision or an action."""

    kind: str
    text: str
    why: str
    at: datetime | None = None
    href: str = ""  # where it is changed
    by: date | None = None  # the day until which it is to be done


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
        found.append(LineShown("action", action.text, why, action.noted_at, href, action.due_on))
    return found


def _due(action: ActionItem) -> str:
    """The day of an action in a text that is sent: whoever reads it sees no page of ours."""
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
        "quoted": quoted(meeting),
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
    evidence: str
    wants_evidence: bool


def ratings(meeting: Meeting, actor: Actor) -> list[RatingShown]:
    """The questions that this kind of meeting asks at its end."""
    kind = actor.model.meetings.get(meeting.type)
    given = {rating.part: rating for rating in Rating.objects.filter(meeting=meeting)}
    asked = kind.ratings.items() if kind else ()
    return [_rating(key, question, given.get(key)) for key, question in asked]


def _rating(part: str, question: Question, given: Rating | None) -> RatingShown:
    ends = _ends(question.low, question.high)
    value, words = (given.value, given.evidence) if given else (None, "")
    return RatingShown(part, question.text, ends, value, words, question.evidence)


def rated(given: QueryDict) -> tuple[dict[str, int], dict[str, str]]:
    """The answers of a rating form by part, and what speaks for each; a part left empty stays unknown."""
    answers = {key.removeprefix("part-"): str(given[key]) for key in given if key.startswith("part-")}
    values = {part: int(value) for part, value in answers.items() if value.isdigit()}
    return values, {part: str(given.get(f"evidence-{part}", "")) for part in values}


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
    asked, before = ratings(meeting, actor), last_time(meeting)
    firing = OpenSignal.objects.filter(account_id=account.pk, state=OpenSignal.State.FIRING)
    signals = [(each, actor.model.signals[each.rule].label) for each in firing if each.rule in actor.model.signals]
    actions = list(ActionItem.objects.filter(account=account, status="open").exclude(meeting=meeting)[:8])
    return {
        "meeting": meeting,
        "account": account,
        "kind": kind,
        "title": meeting.title or (kind.label if kind else meeting.type),
        "invited": meeting.invited.select_related("contact", "person"),
        "before": before,
        "figures": figures_since(meeting, before, actor),
        "since": since_then(meeting, before, actor),
        "following": next_meeting(meeting, actor),
        "row": Drawn(access_standing(actor, account.pk), actor),
        "goals": goals(account, actor),
        "ratings": asked,
        "rated": sum(each.value is not None for each in asked),
        "signals": signals,
        "open_actions": actions,
        "open_count": len(signals) + len(actions),
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
    before = last_time(meeting)
    return meeting_so_far(meeting, actor) | {
        "goals": goals_shown(list_goals(actor, meeting.account).filter(client_visible=True), actor, paced=False),
        "figures": figures_since(meeting, before, actor),
        "before": before,
        "since": since_then(meeting, before, actor),
    }


def meeting_so_far(meeting: Meeting, actor: Actor) -> dict[str, Any]:
    """The part of the client's page that grows as the meeting goes on; it is asked for again and again."""
    kind = actor.model.meetings.get(meeting.type)
    planned = Deliverable.objects.filter(meeting=meeting, client_visible=True, status=Deliverable.Status.PLANNED)
    actions = meeting.actions.filter(client_visible=True).exclude(status=ActionItem.Status.CANCELLED)
    grows: dict[str, list[Any]] = {
        "items": list(meeting.items.filter(client_visible=True).order_by("order")),
        "decisions": list(Decision.objects.filter(meeting=meeting, client_visible=True).order_by("made_at")),
        "actions": list(actions.select_related("owner", "contact").order_by("noted_at", "pk")),
        "pieces": list(planned.exclude(means="idea").order_by("material_on", "due_on", "pk")),
    }
    return grows | {
        "title": meeting.title or (kind.label if kind else meeting.type),
        "meeting": meeting,
        "account": meeting.account,
        "quoted": quoted(meeting),
        "material": word(actor.model, "material"),
        "is_live": abs(clock.now() - meeting.starts_at) < LIVE,
        "mark": _mark(grows),
    }


def _mark(grows: dict[str, list[Any]]) -> str:
    """A mark of all that is shown, by which a page knows whether it shows it already."""
    shows = ("text", "title", "is_done", "status", "due_on", "material_on", "owner_id", "contact_id")
    told = [[[str(getattr(row, name, "")) for name in shows] for row in rows] for rows in grows.values()]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def sending(meeting: Meeting) -> dict[str, Any]:
    """To whom the notes go, and whether this home sends mail; a demonstration shows it and keeps the mail."""
    return {"meeting": meeting, "account": meeting.account, "receivers": receivers(meeting)} | mail_state()


def mail_state() -> dict[str, Any]:
    """Whether this home sends mail, and why it keeps it; a demonstration shows the act and keeps the mail."""
    return {"sends": not why_kept() or settings.KEEPS_MAIL, "kept": why_kept()}


def draft(meeting: Meeting, actor: Actor) -> tuple[str, str]:
    """Subject and words of the notes for the client, drafted from what they may see, in the company's own template.

    Without a template: the agenda, what was decided, who does what by when.
    """
    kind = actor.model.meetings.get(meeting.type)
    if kind is None or kind.notes is None:
        return "", _plain_draft(meeting)
    to = next(iter(receivers(meeting)), None)
    known = {"metric_changes": figures_since(meeting, last_time(meeting), actor).told}
    occasion = Occasion(meeting.account, actor.model, meeting, to, actor.person or meeting.facilitator, known)
    subject, body = fill_known(actor.model.templates[kind.notes], occasion)
    return subject, body.strip()


def _plain_draft(meeting: Meeting) -> str:
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

"""Today as it is drawn: each thing that is due with the page it opens and the one act that answers it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse

from tenure.facts.contract import KINDS
from tenure.identity.access import may
from tenure.identity.actor import Actor
from tenure.web import drawing, wording
from tenure.web.account_page.promises import spent, used_words, verdict_words
from tenure.work.today import Due, News, Slip, Today

OPENS, CLOSES = 8, 18


@dataclass(frozen=True)
class DueShown:
    """One line of what is due: where it leads, the tag of its clock, and its one act."""

    item: Due
    href: str
    title: str
    clock: str
    verdict: str
    words: str
    act: str
    act_href: str
    in_dialog: bool
    posts: bool


ACTS = {
    "message": ("Answer", "message.send", "act", "message.send"),
    "meeting": ("Prepare", "meeting.prepare", "meeting", ""),
    "task": ("Done", "task.do", "task_done", ""),
    "action": ("Done", "action.do", "act", "action.do"),
    "request": ("Answer", "request.approve", "requests", ""),
    "escalation": ("Answer", "escalation.answer", "act", "escalation.answer"),
}


def due(item: Due, actor: Actor, now: datetime) -> DueShown:
    """One line of what is due."""
    state, words, image = "", "", ""
    if item.noun == "commitment":
        state, words = verdict_words(item.row, now)
        if item.row.is_open:
            image = drawing.used(spent(item.row, now), label=used_words(item.row, now), state=item.row.status)
    elif item.is_late and item.at is not None:
        state, words = "missed", f"{wording.span(now - item.at)} over"
    act, href, dialog, posts = _act(item, actor)
    return DueShown(item, _address(item), item.title, image, state, words, act, href, dialog, posts)


def _act(item: Due, actor: Actor) -> tuple[str, str, bool, bool]:
    """The one act that answers a thing: its label, address, whether it opens a dialog, whether it is done at once."""
    if item.noun == "commitment":
        return _promise_act(item, actor)
    if item.noun not in ACTS:
        return "", "", False, False
    label, permission, url, operation = ACTS[item.noun]
    if not may(actor, permission):
        return "", "", False, False
    if item.noun == "message":
        return label, f"{reverse('act', args=[operation, item.account_id])}?answers={item.id}", True, False
    if url == "act":
        return label, reverse("act", args=[operation, item.id]), True, False
    if item.noun == "meeting":
        label = "Say how it went" if item.is_late else label
    return label, reverse(url, args=[item.id] if url != "requests" else []), False, url == "task_done"


def _promise_act(item: Due, actor: Actor) -> tuple[str, str, bool, bool]:
    if item.row.status == "missed" and may(actor, "commitment.explain"):
        return "Say why", reverse("act", args=["commitment.explain", item.id]), True, False
    if item.row.subject == "meeting" and item.row.subject_id:
        return "Open", reverse("meeting", args=[item.row.subject_id]), False, False
    return "", "", False, False


def _address(item: Due) -> str:
    """The page on which a thing that is due stands."""
    if item.noun == "meeting":
        return reverse("meeting", args=[item.id])
    if item.noun == "commitment":
        return reverse("promise", args=[item.account_id, item.row.rule])
    if item.noun == "task":
        return reverse("act", args=["task.change", item.id])
    if item.noun == "request":
        return reverse("requests")
    return reverse("account", args=[item.account_id]) if item.account_id else reverse("tasks")


@dataclass(frozen=True)
class NewsShown:
    """A fact since yesterday as one line."""

    at: datetime
    label: str
    account: str
    href: str
    why: str
    tone: str


def news(items: Sequence[News], actor: Actor, most: int = 12) -> list[NewsShown]:
    """What changed, each in a line; scores say from what to what, signals which."""
    shown = []
    for item in items[:most]:
        entry = item.entry
        label = KINDS[entry.kind].label if entry.kind in KINDS else entry.kind
        tone, why = "", ""
        rule = entry.data.get("rule", "")
        if entry.kind == "score.banded":
            label, tone = _banded(entry.data, actor)
        elif rule in actor.model.signals:
            why = actor.model.signals[rule].label
            tone = entry.data.get("severity", "")
        elif rule in actor.model.commitments:
            why = actor.model.commitments[rule].label
        href = reverse("account", args=[item.account_id]) if item.account_id else reverse("home")
        shown.append(NewsShown(entry.happened_at, label, item.account, href, why, tone))
    return shown


def _banded(data: dict[str, Any], actor: Actor) -> tuple[str, str]:
    """``Health: Green to Yellow`` and the new tone."""
    card = actor.model.scorecards.get(str(data.get("card", "")))
    bands = card.bands if card else {}
    band, before = str(data.get("band", "")), str(data.get("before") or "")
    words = [bands[each].label if each in bands else "unknown" for each in (before, band)]
    return f"{card.label if card else 'Score'}: {words[0]} to {words[1]}", bands[
        band
    ].tone if band in bands else "unknown"


def day_rule(found: Today, actor: Actor) -> dict[str, Any]:
    """The working day as a rule: meetings as blocks, what is due at a time as marks, and now."""
    zone = ZoneInfo(actor.person.zone if actor.person and actor.person.zone else actor.model.company.zone)
    local = found.now.astimezone(zone)
    meetings = [item for item in found.due if item.noun == "meeting" and item.at is not None]
    blocks = []
    for item in meetings:
        start = _hour(item.at, zone)  # type: ignore[arg-type]
        if item.at is not None and item.at.astimezone(zone).date() == local.date() and OPENS <= start < CLOSES:
            end = min(CLOSES, start + item.row.minutes / 60)
            blocks.append((start, end, item.account[:14], item.title[:14], True))
    marks: dict[float, int] = {}
    for item in found.due:
        if item.noun != "meeting" and item.at is not None and item.at.astimezone(zone).date() == local.date():
            hour = round(_hour(item.at, zone) * 2) / 2
            if OPENS < hour <= CLOSES:
                marks[hour] = marks.get(hour, 0) + 1
    said = ", ".join(f"{b[2]} at {int(b[0]):02}:{int(b[0] % 1 * 60):02}" for b in blocks) or "no meeting"
    return {
        "label": f"Today from {OPENS} to {CLOSES}: {said}. It is {local:%H:%M}.",
        "blocks": blocks,
        "marks": [(hour, f"{count} due") for hour, count in sorted(marks.items())],
        "now": _hour(found.now, zone),
        "now_words": f"{local:%H:%M}",
        "opens": OPENS,
        "closes": CLOSES,
    }


def _hour(at: datetime, zone: ZoneInfo) -> float:
    local = at.astimezone(zone)
    return local.hour + local.minute / 60


def slip_words(slip: Slip, now: datetime) -> str:
    """How long something has been slipping, or until when it sleeps."""
    if slip.is_snoozed and slip.snoozed_until is not None:
        return f"snoozed for {wording.span(max(timedelta(0), slip.snoozed_until - now))}"
    return wording.span(now - slip.since)

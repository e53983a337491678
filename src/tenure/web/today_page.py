"""Today as it is drawn: each thing that is due with the page it opens and the one act that answers it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse

from tenure.facts.contract import KINDS
from tenure.identity.actor import Actor
from tenure.web import drawing, wording
from tenure.web.account_page.promises import spent, used_words, verdict_words
from tenure.web.actors import may, zone_of
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
    is_today: bool

    @property
    def why(self) -> str:
        """The line below, without the account's name where it stands beside it already."""
        return self.item.why.removeprefix(f"{self.item.account}: ")


RANKS = {"red": 0, "yellow": 1}


@dataclass(frozen=True)
class SlipShown:
    """Something that goes wrong slowly: a signal that fires, or a promise that will not hold by itself."""

    tone: str
    account_id: str | None
    account: str
    label: str
    href: str
    why: str
    drawing: str
    verdict: str
    words: str
    is_snoozed: bool = False
    also: tuple[str, ...] = ()  # what else slips on the same account, less grave


ACTS = {
    "message": ("Answer", "message.send", "act", "message.send"),
    "meeting": ("Prepare", "meeting.prepare", "meeting", ""),
    "handover": ("Read", "handover.write", "handover", ""),
    "task": ("Done", "task.do", "task_done", ""),
    "action": ("Done", "action.do", "act", "action.do"),
    "request": ("Answer", "request.approve", "requests", ""),
    "draft": ("Read", "draft.send", "draft", ""),
    "escalation": ("Answer", "escalation.answer", "act", "escalation.answer"),
    "goal": ("Judge", "goal.judge", "act", "goal.judge"),
}


OLD = timedelta(days=14)  # what is late for longer stands below what the day itself asks for
AT_ONCE = 7  # lines of a section that stand open; the rest unfold


@dataclass(frozen=True)
class Arranged:
    """The day in two lists: what is to be done, and what goes wrong slowly."""

    due: Sequence[DueShown]
    slips: Sequence[SlipShown]
    late: int

    @property
    def first_due(self) -> Sequence[DueShown]:
        return self.due[:AT_ONCE]

    @property
    def more_due(self) -> Sequence[DueShown]:
        return self.due[AT_ONCE:]

    @property
    def first_slips(self) -> Sequence[SlipShown]:
        return self.slips[:AT_ONCE]

    @property
    def more_slips(self) -> Sequence[SlipShown]:
        return self.slips[AT_ONCE:]


def arrange(found: Today, actor: Actor) -> Arranged:
    """Put promises at risk of a later day among what is slipping, and what is long overdue below the day's own work."""
    zone = ZoneInfo(zone_of(actor))
    tomorrow = found.day + timedelta(days=1)
    risks = [item for item in found.due if _is_risk(item, tomorrow, zone)]
    rest = [item for item in found.due if not _is_risk(item, tomorrow, zone)]
    old = [item for item in rest if item.is_late and item.at is not None and found.now - item.at > OLD]
    ordered = [item for item in rest if item not in old] + old
    slips = [_signal_slip(slip, found.now) for slip in found.slipping if slip.severity != "green"]
    slips += [_promise_slip(item, actor, found.now) for item in risks]
    slips = _by_account(sorted(slips, key=lambda slip: (slip.is_snoozed, RANKS.get(slip.tone, 3))))
    drawn = [due(item, actor, found.now, zone) for item in ordered]
    return Arranged(drawn, slips, sum(item.is_late for item in rest))


def _by_account(slips: Sequence[SlipShown]) -> list[SlipShown]:
    """One line per account, the gravest, which names the others; what is snoozed keeps its own line."""
    lines: dict[object, SlipShown] = {}
    for number, slip in enumerate(slips):
        key = number if slip.is_snoozed or slip.account_id is None else slip.account_id
        first = lines.get(key)
        lines[key] = slip if first is None else replace(first, also=(*first.also, slip.label))
    return list(lines.values())


def _is_risk(item: Due, tomorrow: date, zone: ZoneInfo) -> bool:
    later = item.at is not None and item.at.astimezone(zone).date() > tomorrow
    return item.noun == "commitment" and later and not item.is_late


def due(item: Due, actor: Actor, now: datetime, zone: ZoneInfo) -> DueShown:
    """One line of what is due."""
    state, words, image = "", "", ""
    if item.noun == "commitment":
        state, words = verdict_words(item.row, now)
        if item.row.is_open:
            image = drawing.used(spent(item.row, now), label=used_words(item.row, now), state=item.row.status)
    elif item.is_late and item.at is not None:
        state, words = "missed", f"{wording.span(now - item.at)} over"
    act, href, dialog, posts = _act(item, actor)
    is_today = item.at is not None and item.at.astimezone(zone).date() == now.astimezone(zone).date()
    return DueShown(item, _address(item), item.title, image, state, words, act, href, dialog, posts, is_today)


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
    if item.noun in ("meeting", "handover", "draft", "message", "goal"):
        return reverse(item.noun, args=[item.id])
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
    is_today: bool  # so that its hour says more than its date


def news(items: Sequence[News], actor: Actor, now: datetime) -> list[NewsShown]:
    """What changed, each in a line; scores say from what to what, signals which."""
    shown, zone = [], ZoneInfo(zone_of(actor))
    today = now.astimezone(zone).date()
    for item in items:
        entry = item.entry
        label = KINDS[entry.kind].label if entry.kind in KINDS else entry.kind
        tone, why = "", ""
        rule = entry.data.get("rule", "")
        if entry.kind == "score.banded":
            label, tone = _banded(entry.data, actor)
        elif rule in actor.model.signals:
            why = actor.model.signals[rule].label
            tone = entry.data.get("severity", "") if entry.kind == "signal.fired" else ""
        elif rule in actor.model.commitments:
            why = actor.model.commitments[rule].label
        is_today = entry.happened_at.astimezone(zone).date() == today
        shown.append(NewsShown(entry.happened_at, label, item.account, _page_of(item), why, tone, is_today))
    return shown


def _page_of(item: News) -> str:
    """The page on which a fact has its evidence."""
    entry = item.entry
    if item.account_id is None:
        return reverse("home")
    if entry.kind == "score.banded":
        return reverse("account_score", args=[item.account_id])
    if entry.subject in ("signal", "meeting", "handover"):
        return reverse(entry.subject, args=[entry.subject_id])
    if entry.subject == "commitment" and entry.data.get("rule"):
        return reverse("promise", args=[item.account_id, entry.data["rule"]])
    return reverse("account", args=[item.account_id])


def _banded(data: dict[str, Any], actor: Actor) -> tuple[str, str]:
    """``Health: Green to Yellow`` and the new tone."""
    card = actor.model.scorecards.get(str(data.get("card", "")))
    bands = card.bands if card else {}
    band, before = str(data.get("band", "")), str(data.get("before") or "")
    words = [bands[each].label if each in bands else "unknown" for each in (before, band)]
    tone = bands[band].tone if band in bands else "unknown"
    return f"{card.label if card else 'Score'}: {words[0]} to {words[1]}", tone


def day_rule(found: Today, actor: Actor) -> dict[str, Any]:
    """The working day as a rule: meetings as blocks, what is due at a time as marks, and now."""
    zone = ZoneInfo(zone_of(actor))
    local = found.now.astimezone(zone)
    meetings = [item for item in found.due if item.noun == "meeting" and item.at is not None]
    blocks = []
    for item in meetings:
        start = _hour(item.at, zone)  # type: ignore[arg-type]
        if item.at is not None and item.at.astimezone(zone).date() == local.date() and OPENS <= start < CLOSES:
            end = min(CLOSES, start + item.row.minutes / 60)
            room = int((end - start) / (CLOSES - OPENS) * 150)  # letters that fit into the block
            blocks.append((start, end, wording.cut(item.account, room), wording.cut(item.title, room), True))
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


def _signal_slip(slip: Slip, now: datetime) -> SlipShown:
    """A signal, with how long it has been true, or how long it sleeps on."""
    why = f"{slip.label}: {slip.reason}" if slip.reason else slip.label
    state, words = "", wording.span(now - slip.since)
    if slip.is_snoozed and slip.snoozed_until is not None:
        state, words = "snoozed", f"for {wording.span(max(timedelta(0), slip.snoozed_until - now))}"
    href = reverse("signal", args=[slip.id])
    return SlipShown(
        slip.severity, slip.account_id, slip.account, slip.label, href, why, "", state, words, slip.is_snoozed
    )


def _promise_slip(item: Due, actor: Actor, now: datetime) -> SlipShown:
    """A promise at risk, with how much of its time is used."""
    _, words = verdict_words(item.row, now)
    image = drawing.used(spent(item.row, now), label=used_words(item.row, now), state=item.row.status)
    why = f"{item.title}: {item.why}" if item.why else item.title
    label = f"{item.title} at risk"
    return SlipShown("yellow", item.account_id, item.account, label, _address(item), why, image, "", words)

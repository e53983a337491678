"""What a template's placeholders stand for on an account, from rows that its client may read; a gap where unknown."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F
from django.db.models import Model as Row
from django.urls import reverse

from tenure.base import clock
from tenure.blueprint.model import Model, Template
from tenure.identity.people import Person
from tenure.outlets.links import absolute
from tenure.records.account import Account
from tenure.records.action import ActionItem
from tenure.records.contact import Contact
from tenure.records.contract import Contract
from tenure.records.deliverable import Deliverable
from tenure.records.goal import Goal
from tenure.records.issue import Issue
from tenure.records.meeting import Meeting
from tenure.records.minutes import Decision
from tenure.records.row import AccountRow
from tenure.records.win import Win


@dataclass
class Occasion:
    """Why something is written: the account, who writes to whom, what it is about, and which rows were used.

    `known` are words for placeholders that the writer has looked up elsewhere, such as in the lake.
    """

    account: Account
    model: Model
    about: Row | None = None
    contact: Contact | None = None
    owner: Person | None = None
    known: Mapping[str, str] = field(default_factory=dict)
    sources: list[tuple[str, str]] = field(default_factory=list)

    def uses(self, row: AccountRow) -> None:
        """Note a row that the text says something of."""
        if (row.noun, row.pk) not in self.sources:
            self.sources.append((row.noun, row.pk))

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.account.zone_in(self.model))


def fill(template: Template, occasion: Occasion) -> tuple[str, str]:
    """Subject and body with every placeholder replaced; what is not known stands in square brackets."""
    if isinstance(occasion.about, AccountRow):
        occasion.uses(occasion.about)
    return _filled(template.subject, occasion), _filled(template.body, occasion)


def fill_known(template: Template, occasion: Occasion) -> tuple[str, str]:
    """Subject and body as `fill` makes them, without the paragraphs of whose placeholders none is known.

    For what is written in any case, such as the notes of a meeting in which nothing was decided.
    """
    paragraphs = [each for each in template.body.split("\n\n") if _says_something(each, occasion)]
    return _filled(template.subject, occasion), _filled("\n\n".join(paragraphs), occasion)


def _says_something(paragraph: str, occasion: Occasion) -> bool:
    names = [name for _, name, _, _ in string.Formatter().parse(paragraph) if name is not None]
    return not names or any(_value(name, occasion) for name in names)


def _filled(text: str, occasion: Occasion) -> str:
    parts = []
    for before, name, _, _ in string.Formatter().parse(text):
        parts.append(before)
        if name is not None:
            parts.append(_value(name, occasion) or f"[{name.replace('_', ' ')}]")
    return "".join(parts)


def _value(name: str, occasion: Occasion) -> str:
    if name in occasion.known:
        return occasion.known[name]
    return FILLERS[name](occasion) if name in FILLERS else ""


def spoken_day(day: date | datetime, zone: ZoneInfo | None = None) -> str:
    """A day as one says it: ``Tuesday 1 December``."""
    local = day.astimezone(zone) if isinstance(day, datetime) else day
    return f"{local:%A} {local.day} {local:%B}"


def figure(value: Decimal) -> str:
    """A figure as one writes it: ``1,240`` or ``4.5``."""
    whole = value == value.to_integral_value()
    return f"{value:,.0f}" if whole else f"{value.normalize():,f}"


def _next_meeting(occasion: Occasion) -> str:
    rows = Meeting.objects.filter(account=occasion.account, status="scheduled", client_visible=True)
    found = rows.filter(starts_at__gte=clock.now()).order_by("starts_at").first()
    if found is None:
        return ""
    occasion.uses(found)
    return spoken_day(found.starts_at, occasion.zone)


def _last_meeting(occasion: Occasion) -> Meeting | None:
    """The meeting that it is about, else the last one that the client was at."""
    if isinstance(occasion.about, Meeting):
        return occasion.about
    rows = Meeting.objects.filter(account=occasion.account, status="held", client_visible=True)
    found = rows.order_by("-starts_at").first()
    if found is not None:
        occasion.uses(found)
    return found


def _goal(occasion: Occasion) -> Goal | None:
    """The outcome that it is about, else the one that matters most."""
    about = occasion.about
    found = about if isinstance(about, Goal) else about.goal if isinstance(about, Win) else None
    if found is None:
        rows = Goal.objects.filter(account=occasion.account, client_visible=True).exclude(status="dropped")
        found = rows.order_by("-home_run", "due_on", "pk").first()
    if found is not None:
        occasion.uses(found)
    return found


def _goal_progress(occasion: Occasion) -> str:
    goal = _goal(occasion)
    now = goal.now if goal else None
    if goal is None or now is None or goal.target is None:
        return ""
    unit = goal.unit or (occasion.model.metrics[goal.metric].unit if goal.metric in occasion.model.metrics else "")
    return f"{figure(now)} of {figure(goal.target)} {unit}".strip()


def _result(occasion: Occasion) -> str:
    """What came about, in a sentence: the win's own, else the outcome with its figures."""
    if isinstance(occasion.about, Win):
        return occasion.about.text
    goal = _goal(occasion)
    now = goal.now if goal else None
    if goal is None or now is None or goal.baseline is None:
        return ""
    return f"{goal.title}: from {figure(goal.baseline)} to {figure(now)}."


def _evidence(occasion: Occasion) -> str:
    about = occasion.about
    return about.evidence.strip() if isinstance(about, Win | Goal) else ""


def _deliverable(occasion: Occasion) -> Deliverable | None:
    if isinstance(occasion.about, Deliverable):
        return occasion.about
    rows = Deliverable.objects.filter(account=occasion.account, client_visible=True).exclude(delivered_at=None)
    found = rows.order_by("-delivered_at").first()
    if found is not None:
        occasion.uses(found)
    return found


def _decisions(occasion: Occasion) -> str:
    meeting = _last_meeting(occasion)
    rows = Decision.objects.filter(meeting=meeting, client_visible=True).order_by("made_at") if meeting else ()
    return "\n".join(f"- {row.text}" for row in rows)


def _next_steps(occasion: Occasion) -> str:
    rows = ActionItem.objects.filter(account=occasion.account, client_visible=True, status="open")
    lines = []
    for row in rows.select_related("owner", "contact").order_by("due_on", "noted_at")[:8]:
        who = row.contact or row.owner
        due = f", by {spoken_day(row.due_on)}" if row.due_on else ""
        lines.append(f"- {row.text} ({who.name if who else 'open'}{due})")
    return "\n".join(lines)


def _agenda(occasion: Occasion) -> str:
    """What is planned next, by its due day."""
    rows = Deliverable.objects.filter(account=occasion.account, client_visible=True, status="planned")
    return "\n".join(
        f"- {row.title}{f', {spoken_day(row.due_on)}' if row.due_on else ''}" for row in rows.order_by("due_on")[:8]
    )


def _material_guides(occasion: Occasion) -> str:
    """What is asked of the client and has not come: by kind of thing, each with its day, and how to make it."""
    rows = Deliverable.objects.filter(
        account=occasion.account, client_visible=True, status="planned", means="planned", material_by="client"
    )
    by_form: dict[tuple[str, str], list[str]] = {}
    for row in rows.order_by(F("material_on").asc(nulls_last=True), "planned_at", "pk")[:20]:
        occasion.uses(row)
        due = f", by {spoken_day(row.material_on)}" if row.material_on else ""
        by_form.setdefault((row.type, row.format), []).append(f"- {row.title}{due}")
    return "\n\n".join("\n".join(_guided(occasion, *form, lines)) for form, lines in by_form.items())


def _guided(occasion: Occasion, type: str, format: str, lines: list[str]) -> list[str]:
    kind = occasion.model.deliverables.get(type)
    form = kind.formats.get(format) if kind else None
    if form is None:
        return lines
    return [f"{form.label}:", *lines, *([f"How: {form.guide.strip()}"] if form.guide else [])]


def _planned_pieces(occasion: Occasion) -> str:
    """What was planned in the meeting, each with the day by which its material is wanted."""
    meeting = _last_meeting(occasion)
    if meeting is None:
        return ""
    rows = Deliverable.objects.filter(meeting=meeting, client_visible=True, status="planned").exclude(means="idea")
    word = occasion.model.words["material"].one if "material" in occasion.model.words else "Material"
    lines = []
    for row in rows.order_by("material_on", "due_on", "pk"):
        days = [f"{word.lower()} by {spoken_day(row.material_on)}" if row.material_on else ""]
        days.append(f"out on {spoken_day(row.due_on)}" if row.due_on else "")
        lines.append(", ".join([f"- {row.title}", *(each for each in days if each)]))
    return "\n".join(lines)


def _renewal(occasion: Occasion) -> str:
    rows = Contract.objects.filter(account=occasion.account, ends_on__isnull=False).order_by("-ends_on")
    found = rows.first()
    return spoken_day(found.ends_on) if found and found.ends_on else ""


def _issue(occasion: Occasion, name: str) -> str:
    rows = Issue.objects.filter(account=occasion.account, client_visible=True).order_by("-opened_at")
    found = occasion.about if isinstance(occasion.about, Issue) else rows.first()
    if found is None:
        return ""
    occasion.uses(found)
    return found.title if name == "summary" else found.get_status_display().lower()


def _of(row: Any, name: str) -> str:
    return str(getattr(row, name, "") or "") if row is not None else ""


FILLERS: dict[str, Callable[[Occasion], str]] = {
    "account_name": lambda o: o.account.name,
    "agenda": _agenda,
    "company_name": lambda o: o.model.company.name,
    "contact_name": lambda o: _of(o.contact, "name").partition(" ")[0],
    "decisions": _decisions,
    "deliverable_link": lambda o: _of(_deliverable(o), "url") or absolute(reverse("portal")),
    "deliverable_name": lambda o: _of(_deliverable(o), "title"),
    "evidence": _evidence,
    "goal_name": lambda o: _of(_goal(o), "title"),
    "goal_progress": _goal_progress,
    "goal_target": lambda o: figure(g.target) if (g := _goal(o)) and g.target is not None else "",
    "issue_status": lambda o: _issue(o, "status"),
    "issue_summary": lambda o: _issue(o, "summary"),
    "material_guides": _material_guides,
    "meeting_date": lambda o: spoken_day(m.starts_at, o.zone) if (m := _last_meeting(o)) else "",
    "next_meeting_date": _next_meeting,
    "next_steps": _next_steps,
    "owner_name": lambda o: _of(o.owner, "name"),
    "planned_pieces": _planned_pieces,
    "portal_link": lambda _: absolute(reverse("portal")),
    "renewal_date": _renewal,
    "result_summary": _result,
    "today": lambda o: spoken_day(clock.now(), o.zone),
}

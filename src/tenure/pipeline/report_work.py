"""What a report says of the work: what went out, what is late and where it stands, what comes, and who does what next.

Only rows that the client may see are read. What the client is asked for is what their portal asks them for.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.identity.actor import company_zone
from tenure.records.account import Account
from tenure.records.action import ActionItem
from tenure.records.contact import Contact
from tenure.records.deliverable import Deliverable
from tenure.records.goal import Goal
from tenure.records.report import Piece, Step
from tenure.work.asks import Ask, asks
from tenure.work.boards import client_checklist

_SAID = {"decide": "Approve: {}", "worth": "Your answer: {}"}
MOST = 6  # lines of a list: a report is read in a minute


def work_of(account: Account, model: Model, first: date, last: date) -> dict[str, Any]:
    """The parts of a report's content that are about work and steps, as of now."""
    zone = ZoneInfo(account.zone_in(model))
    today = clock.now().astimezone(zone).date()
    made = Deliverable.objects.filter(account=account, client_visible=True)
    published = list(_delivered(made, first, last).order_by("-delivered_at", "pk"))
    coming = list(_coming(made))
    late = [each for each in coming if each.due_on and each.due_on < today]
    ahead = [each for each in coming if each not in late]
    return {
        "published": [_piece(each, _day(each.delivered_at, zone)) for each in published],
        "published_before": _before(made, first, last),
        "planned": [_piece(each, each.due_on, model, today) for each in ahead[:MOST]],
        "planned_more": len(ahead[MOST:]),
        "late": [_piece(each, each.due_on, model, today) for each in late[:MOST]],
        "late_more": len(late[MOST:]),
        "ours": [_ours(each, today) for each in _open_steps(account, client_owned=False)[:MOST]],
        "theirs": _theirs(account, made, zone, today),
    }


def _delivered(made: QuerySet[Deliverable], first: date, last: date) -> QuerySet[Deliverable]:
    zone = ZoneInfo(company_zone())
    begin, end = datetime.combine(first, time(), zone), datetime.combine(last + timedelta(days=1), time(), zone)
    return made.filter(delivered_at__gte=begin, delivered_at__lt=end)


def _before(made: QuerySet[Deliverable], first: date, last: date) -> int | None:
    """How many went out on as many days before; None where the first ever went out later than they began."""
    before = first - timedelta(days=(last - first).days + 1)
    known = _delivered(made, date(2000, 1, 1), before).exists()
    return _delivered(made, before, first - timedelta(days=1)).count() if known else None


def _coming(made: QuerySet[Deliverable]) -> QuerySet[Deliverable]:
    """What is planned and is not an idea, the first to go out first."""
    planned = made.filter(status=Deliverable.Status.PLANNED).exclude(means="idea")
    return planned.order_by("due_on", "planned_at", "pk")


def _day(moment: datetime | None, zone: ZoneInfo) -> date | None:
    return moment.astimezone(zone).date() if moment else None


def _piece(made: Deliverable, on: date | None, model: Model | None = None, today: date | None = None) -> Piece:
    """A piece; of one that is not out yet, too, where it stands and what it waits for.

    It waits for material from the day on that this was agreed for, no earlier.
    """
    if model is None or today is None:
        return Piece(id=made.pk, title=made.title, day=on, url=made.url)
    kind = model.deliverables.get(made.type)
    state = kind.states.get(made.state) if kind else None
    said = (state.client_label or state.label) if state else "We are on it"
    is_early = made.wants == "material" and (made.material_on is None or made.material_on >= today)
    return Piece(id=made.pk, title=made.title, day=on, state=said, waits="" if is_early else made.wants)


def _open_steps(account: Account, *, client_owned: bool) -> list[ActionItem]:
    rows = ActionItem.objects.filter(
        account=account, client_visible=True, status=ActionItem.Status.OPEN, client_owned=client_owned
    )
    return list(rows.select_related("owner", "contact").order_by("due_on", "noted_at", "pk"))


def _ours(action: ActionItem, today: date) -> Step:
    is_late = bool(action.due_on and action.due_on < today)
    who = action.owner.name if action.owner else ""
    return Step(id=action.pk, text=action.text, who=who, by=action.due_on, is_late=is_late)


def _theirs(account: Account, made: QuerySet[Deliverable], zone: ZoneInfo, today: date) -> list[Step]:
    """What their portal asks them for: what is late first, of that what fell due last, then the rest by its day."""
    actions = _open_steps(account, client_owned=True)
    goals = Goal.objects.filter(account=account, client_visible=True).order_by("-home_run", "due_on", "pk")
    wanting = [each for each in _wanting(made) if each.wants]
    found = asks(client_checklist(account).asked, goals, wanting, actions, today)
    who = {each.pk: each.contact for each in actions}
    steps = [_asked(each, who.get(each.row), zone) for each in found]
    return sorted(steps, key=lambda each: (not each.is_late, _nearness(each, today)))[: 2 * MOST]


def _nearness(step: Step, today: date) -> int:
    """How many days lie between today and its day, whichever way; what has none comes last."""
    return abs((step.by - today).days) if step.by else 9999


def _wanting(made: QuerySet[Deliverable]) -> Iterable[Deliverable]:
    open_ = (Deliverable.Status.PLANNED, Deliverable.Status.DELIVERED)
    return made.filter(status__in=open_).exclude(means="idea").order_by("due_on", "planned_at", "pk")


def _asked(ask: Ask, contact: Contact | None, zone: ZoneInfo) -> Step:
    due = ask.due.astimezone(zone).date() if isinstance(ask.due, datetime) else ask.due
    text = _SAID.get(ask.kind, "{}").format(ask.text)
    name = contact.name if contact else ""
    return Step(id=ask.row, text=text, who=name, by=due, is_late=ask.is_late)

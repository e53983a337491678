"""What a report says of the work: what went out, what is late and where it stands, what comes, and who does what next.

Only rows that the client may see are read. What the client is asked for is what their portal asks them for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Min, QuerySet

from tenure.assist.filling import spoken_day
from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.identity.actor import company_zone
from tenure.outlets.words import listed, number
from tenure.records.account import Account
from tenure.records.action import ActionItem
from tenure.records.contact import Contact
from tenure.records.deliverable import Deliverable
from tenure.records.goal import Goal
from tenure.records.meeting import Meeting
from tenure.records.pace import Pace
from tenure.records.report import Piece, Step
from tenure.work.asks import Ask, asks
from tenure.work.boards import client_checklist

_SAID = {"decide": "Your approval of “{}”", "worth": "Your answer to “{}”"}
MOST = 6  # lines of a list: a report is read in a minute
TITLES = 8  # of the pieces of an ask; of others the number is told


def work_of(account: Account, model: Model, first: date, last: date) -> dict[str, Any]:
    """The parts of a report's content that are about work and steps, as of now."""
    zone = ZoneInfo(account.zone_in(model))
    today = clock.now().astimezone(zone).date()
    made = Deliverable.objects.filter(account=account, client_visible=True)
    published = list(_delivered(made, first, last).order_by("-delivered_at", "pk"))
    coming = list(_coming(made).select_related("owner"))
    late = [each for each in coming if each.due_on and each.due_on < today]
    ahead = [each for each in coming if each not in late]
    meeting = _next_meeting(account)
    following = next(iter(ahead), None) or next((each for each in late if not each.wants), None)
    return {
        "published": [_piece(each, _day(each.delivered_at, zone)) for each in published],
        "published_before": _before(made, first, last),
        "planned": [_piece(each, each.due_on, model, today) for each in ahead[:MOST]],
        "planned_more": len(ahead[MOST:]),
        "late": [_piece(each, each.due_on, model, today) for each in late[:MOST]],
        "late_more": len(late[MOST:]),
        "ours": _ours(account, following, meeting, model, zone, today),
        "theirs": _theirs(account, made, zone, today),
        "next_meeting": _meets(meeting, zone) if meeting else "",
    } | _causes(account, made, model, published, first, last)


def _causes(
    account: Account, made: QuerySet[Deliverable], model: Model, published: list[Deliverable], first: date, last: date
) -> dict[str, Any]:
    """What explains how a time went: pieces against the rhythm, material that came, meetings that did not."""
    rhythm = _rhythm(account, made, model, first, last)
    by_client = made.exclude(status=Deliverable.Status.CANCELLED).exclude(means="idea")
    due = by_client.filter(material_by=Deliverable.Giver.CLIENT, material_on__range=(first, last))
    zone = ZoneInfo(company_zone())
    begin, end = datetime.combine(first, time(), zone), datetime.combine(last + timedelta(days=1), time(), zone)
    met = Meeting.objects.filter(account=account, client_visible=True, starts_at__gte=begin, starts_at__lt=end)
    told = list(met.values_list("status", flat=True))
    missed = told.count(Meeting.Status.MISSED)
    received = list(due.values_list("received_on", flat=True))
    return {
        "went": sum(each.type in rhythm for each in published),
        "agreed": round(sum(rhythm.values())) if rhythm else None,
        "asked": len(received),
        "came": sum(on is not None and on <= last for on in received),
        "meetings": missed + told.count(Meeting.Status.HELD),
        "missed": missed,
    }


def _rhythm(account: Account, made: QuerySet[Deliverable], model: Model, first: date, last: date) -> dict[str, float]:
    """How many pieces of each kind its rhythm makes on these days, counted from when the first was to go out."""
    agreed = dict(Pace.objects.filter(account=account).values_list("type", "per_week"))
    begun = dict(made.exclude(means="idea").exclude(due_on=None).values_list("type").annotate(Min("due_on")).order_by())
    found: dict[str, float] = {}
    for type, kind in model.deliverables.items():
        pace = agreed.get(type, kind.per_week)
        if pace and type in begun and begun[type] <= last:
            found[type] = float(pace) * ((last - max(first, begun[type])).days + 1) / 7
    return found


def _next_meeting(account: Account) -> Meeting | None:
    ahead = Meeting.objects.filter(
        account=account, client_visible=True, status=Meeting.Status.SCHEDULED, starts_at__gte=clock.now()
    )
    return ahead.select_related("facilitator").prefetch_related("invited__contact").order_by("starts_at").first()


def _meets(meeting: Meeting, zone: ZoneInfo) -> str:
    """Day, time and with whom: ``Monday 9 March at 10:00, Alice with Dana Whitfield``."""
    who = meeting.facilitator.name if meeting.facilitator else ""
    guests = listed([each.contact.name for each in meeting.invited.all() if each.contact])
    people = f"{who} with {guests}" if who and guests else who and f"with {who}"
    at = f"{spoken_day(meeting.starts_at, zone)} at {meeting.starts_at.astimezone(zone):%H:%M}"
    return f"{at}, {people}" if people else at


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
    who = made.owner.name if made.owner else ""
    return Piece(id=made.pk, title=made.title, day=on, state=said, waits="" if is_early else made.wants, who=who)


def _open_steps(account: Account, *, client_owned: bool) -> list[ActionItem]:
    rows = ActionItem.objects.filter(
        account=account, client_visible=True, status=ActionItem.Status.OPEN, client_owned=client_owned
    )
    return list(rows.select_related("owner", "contact").order_by("due_on", "noted_at", "pk"))


def _ours(
    account: Account, piece: Deliverable | None, meeting: Meeting | None, model: Model, zone: ZoneInfo, today: date
) -> list[Step]:
    """What we do next: what we took on, the next piece, and the next meeting, by their days."""
    extra = [_goes_out(piece, today)] if piece else []
    if meeting:
        kind = model.meetings.get(meeting.type)
        on = meeting.starts_at.astimezone(zone)
        guests = listed([each.contact.name for each in meeting.invited.all() if each.contact])
        text = f"{meeting.title or (kind.label if kind else 'Meeting')} at {on:%H:%M}"
        who = meeting.facilitator.name if meeting.facilitator else ""
        about = f"with {guests}" if guests else ""
        extra.append(Step(id=meeting.pk, text=text, who=who, by=on.date(), is_meeting=True, about=about))
    actions = [_took_on(each, today) for each in _open_steps(account, client_owned=False)[: MOST - len(extra)]]
    return sorted([*actions, *extra], key=lambda each: each.by or date.max)


def _goes_out(piece: Deliverable, today: date) -> Step:
    """The next piece as a step of ours, with what it needs of the client before."""
    needs = {"material": "once your material is there", "approve": "once you have approved it"}.get(piece.wants, "")
    return Step(
        id=piece.pk,
        text=f"“{piece.title}” goes out",
        who=piece.owner.name if piece.owner else "",
        by=piece.due_on,
        is_late=bool(piece.due_on and piece.due_on < today),
        about=needs,
    )


def _took_on(action: ActionItem, today: date) -> Step:
    is_late = bool(action.due_on and action.due_on < today)
    who = action.owner.name if action.owner else ""
    return Step(id=action.pk, text=action.text, who=who, by=action.due_on, is_late=is_late, is_noted=True)


def _theirs(account: Account, made: QuerySet[Deliverable], zone: ZoneInfo, today: date) -> list[Step]:
    """What their portal asks them for: what is late first, of that what fell due last, then the rest by its day.

    Last of all comes what is so long past its day that one asks whether it still counts.
    """
    actions = _open_steps(account, client_owned=True)
    goals = Goal.objects.filter(account=account, client_visible=True).order_by("-home_run", "due_on", "pk")
    wanting = [each for each in _wanting(made) if each.wants]
    found = asks(client_checklist(account).asked, goals, wanting, actions, today)
    who = {each.pk: each.contact for each in actions}
    steps = [_asked(each, who.get(each.row), zone, today) for each in found]
    return sorted(steps, key=lambda each: (each.is_old, not each.is_late, _nearness(each, today)))[: 2 * MOST]


def _nearness(step: Step, today: date) -> int:
    """How many days lie between today and its day, whichever way; what has none comes last."""
    return abs((step.by - today).days) if step.by else 9999


def _wanting(made: QuerySet[Deliverable]) -> Iterable[Deliverable]:
    open_ = (Deliverable.Status.PLANNED, Deliverable.Status.DELIVERED)
    return made.filter(status__in=open_).exclude(means="idea").order_by("due_on", "planned_at", "pk")


def _asked(ask: Ask, contact: Contact | None, zone: ZoneInfo, today: date) -> Step:
    text = _SAID.get(ask.kind, "{}").format(ask.text)
    name = contact.name if contact else ""
    due, is_old, about = ask.due_on(zone), ask.is_old(today, zone), _titles(ask.pieces)
    return Step(
        id=ask.row, text=text, who=name, by=due, is_late=ask.is_late, is_old=is_old, about=about,
        is_noted=ask.kind == "action",
    )  # fmt: skip


def _titles(pieces: Sequence[str]) -> str:
    """The titles of the pieces that an ask is for, where it is for more than the one that it names."""
    if len(pieces) < 2:
        return ""
    named, more = pieces[:TITLES], len(pieces) - TITLES
    return listed([*(f"“{each}”" for each in named), *([f"{number(more)} more"] if more > 0 else [])])

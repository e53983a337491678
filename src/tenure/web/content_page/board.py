"""Work in states across a book: the board by state, the list, the queue of whoever makes it, and how far it reaches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.http import QueryDict
from django.urls import reverse

from tenure.base import clock
from tenure.base.errors import Awaiting, Forbidden, Refused
from tenure.blueprint.model import DeliverableType
from tenure.identity.actor import Actor
from tenure.records.account import Account
from tenure.records.deliverable import Deliverable
from tenure.records.lookup import list_accounts, list_records, list_work
from tenure.records.workflow import move_deliverable, weeks_ahead
from tenure.web.content_page.shown import Shown, kinds_with_states, shown, word
from tenure.web.portfolio import Tab
from tenure.web.subjects import fetch

IN_A_COLUMN = 12
IN_THE_QUEUE = 96
OUT_FOR = timedelta(days=14)  # how long what went out stays on the board
MOST_ACCOUNTS = 200
ON_AN_ACCOUNT = 8
VIEWS = {"": "Board", "list": "List", "production": "Production", "ahead": "Planned ahead"}


@dataclass(frozen=True)
class StateColumn:
    """A state with what stands in it: the first few, and how many there are."""

    key: str
    label: str
    means: str
    rows: list[Shown]
    count: int


@dataclass(frozen=True)
class Reach:
    """How far the work planned for one account reaches."""

    account: Account
    weeks: Decimal | None
    need: int

    @property
    def is_short(self) -> bool:
        return self.weeks is not None and self.weeks < self.need

    @property
    def said(self) -> str:
        """For those who do not see the drawing."""
        return "unknown how many weeks are planned" if self.weeks is None else f"{self.weeks:.1f} weeks planned"


def chosen_kind(asked: str, actor: Actor) -> tuple[str, DeliverableType]:
    """The kind of work that a page is about: the one asked for, else the first that goes through states."""
    kinds = kinds_with_states(actor.model)
    key = asked if asked in kinds else next(iter(kinds), "")
    return key, kinds.get(key) or DeliverableType(label="Content")


def tabs(given: QueryDict, actor: Actor, current: str) -> list[Tab]:
    """The views of the same work; each keeps which kind, whose and whose client."""
    kept = {name: str(given[name]) for name in ("type", "whose", "account") if given.get(name)}

    def href(path: str, **more: str) -> str:
        query = QueryDict(mutable=True)
        query.update({**kept, **{name: value for name, value in more.items() if value}})
        return f"{path}?{query.urlencode()}"

    found = [Tab(label, href(reverse("content"), show=key), None, key == current) for key, label in VIEWS.items()]
    found.insert(2, Tab("Calendar", href(reverse("content_calendar")), None, current == "calendar"))
    return found


def narrowed(rows: QuerySet[Deliverable], given: QueryDict, actor: Actor) -> QuerySet[Deliverable]:
    """Rows of the kind, the person and the account that a page asks for."""
    rows = rows.filter(type=chosen_kind(given.get("type", ""), actor)[0]).select_related("account", "owner", "maker")
    if given.get("whose") == "mine":
        rows = rows.filter(Q(owner__in=actor.people) | Q(maker__in=actor.people))
    if given.get("account"):
        rows = rows.filter(account=str(given["account"]))
    if given.get("state"):
        rows = rows.filter(state=given["state"])
    return rows


def board(given: QueryDict, actor: Actor) -> dict[str, Any]:
    """The columns of the board. What went out stays for two weeks."""
    key, kind = chosen_kind(given.get("type", ""), actor)
    under_way = narrowed(list_work(actor), given, actor)
    counts = dict(under_way.order_by().values_list("state").annotate(Count("pk")))
    out = narrowed(list_records(Deliverable, actor), given, actor).filter(
        means="done", delivered_at__gte=clock.now() - OUT_FOR
    )
    found: dict[str, list[Shown]] = {state: [] for state in kind.states}
    order = [F("due_on").asc(nulls_last=True), F("planned_at").asc(), F("pk").asc()]
    place = Window(RowNumber(), partition_by="state", order_by=order)
    first = under_way.annotate(place=place).filter(place__lte=IN_A_COLUMN)
    many = Window(Count("pk"), partition_by="state")
    latest = list(out.annotate(many=many).order_by("-delivered_at")[:IN_A_COLUMN])
    counts |= {row.state: row.many for row in latest}
    for each in shown([*first, *latest], actor):
        if each.row.state in found:
            found[each.row.state].append(each)
    columns = [
        StateColumn(state, part.label, part.means, found[state], counts.get(state, len(found[state])))
        for state, part in kind.states.items()
    ]
    return {
        "columns": columns,
        "is_empty": not any(each.count for each in columns),
        "type": key,
        "kind": kind,
        "query": _kept(given),
    }


def _kept(given: QueryDict) -> str:
    query = given.copy()
    query.pop("show", None)
    return query.urlencode()


def queue(given: QueryDict, actor: Actor) -> list[Shown]:
    """What is there to be made: one's own and nobody's, what goes out first at the top."""
    made = Q(means="making") | Q(means="received")
    own = Q(maker__in=actor.people) | Q(maker=None)
    whose = own if given.get("whose") != "all" else Q()
    rows = list_work(actor).filter(made, whose).select_related("account", "owner", "maker")
    return shown(rows[:IN_THE_QUEUE], actor)


def reaches(given: QueryDict, actor: Actor) -> list[Reach]:
    """How far planned work reaches, by account: too short first, then unknown, then the rest."""
    key, kind = chosen_kind(given.get("type", ""), actor)
    accounts = list_accounts(actor).filter(closed_on=None)
    if given.get("account"):
        accounts = accounts.filter(pk=given["account"])
    weeks = weeks_ahead(accounts.order_by().values("pk"), key, actor.model, actor.day)
    need = kind.weeks_ahead or 0
    rows = [Reach(account, weeks[account.pk], need) for account in accounts.filter(pk__in=weeks)]
    rank = {True: 0, False: 2}
    return sorted(rows, key=lambda each: (1 if each.weeks is None else rank[each.is_short], each.weeks or 0))[
        :MOST_ACCOUNTS
    ]


def of_account(account: Account, actor: Actor) -> dict[str, Any]:
    """The part of an account's page: what is under way, and how far it reaches."""
    kinds = kinds_with_states(actor.model)
    if not kinds:
        return {"work": [], "reach": None}
    key, kind = next(iter(kinds.items()))
    weeks = weeks_ahead([account.pk], key, actor.model, actor.day)
    reach = Reach(account, weeks[account.pk], kind.weeks_ahead or 0) if account.pk in weeks else None
    rows = list_work(actor, account)[:ON_AN_ACCOUNT]
    return {"work": shown(rows, actor), "reach": reach, "material": word(actor.model, "material")}


def move_all(given: QueryDict, actor: Actor) -> str:
    """Move each selected one; what is refused for one does not stop the others. Says what was done and what was not."""
    selected = given.getlist("selected")
    if not selected:
        raise Refused("none_selected", "Select at least one first.")
    if not given.get("to"):
        raise Refused("no_state", "Choose the state to move them to.", field="to")
    failed, moved = [], 0
    for pk in selected[:500]:
        try:
            row = fetch(Deliverable, actor, pk, "deliverable.move")
            move_deliverable(row, to=str(given["to"]), actor=actor)
            moved += 1
        except (Refused, Forbidden, Awaiting) as refusal:
            failed.append(str(refusal))
    said = f"Moved {moved}"
    return said if not failed else f"{said}; not {len(failed)}. {' '.join(dict.fromkeys(failed))[:300]}"

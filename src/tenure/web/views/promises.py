"""Commitments: every opening of one promise to one account with its verdicts; what runs and is due within reach."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.urls import path

from tenure.base import clock
from tenure.identity import access
from tenure.identity.access import may
from tenure.identity.actor import Actor
from tenure.records.lookup import access_account
from tenure.web.account_page.promises import verdict_words
from tenure.web.actors import SignedIn, actor_of
from tenure.web.answers import answer
from tenure.web.listing import Column, Listing
from tenure.web.portfolio import Tab
from tenure.work.commitments import Opening

COLUMNS = (
    Column("promise", "Promise", "promises/cell_promise.html", ("rule",), head=True),
    Column("account", "Account", "promises/cell_account.html", ("account__standing__name",), "full"),
    Column("due", "Due", "promises/cell_due.html", ("due_at",)),
    Column("verdict", "Verdict", "promises/cell_verdict.html", ("status",)),
    Column("owner", "Owner", "promises/cell_owner.html", ("owner__name",), "fold-away lean-2"),
    Column("acts", "", "promises/cell_acts.html", (), "right"),
)
VIEWS = {
    "": ("Open", Q(status__in=Opening.OPEN)),
    "mine": ("Mine", Q(status__in=Opening.OPEN)),
    "paused": ("Paused", Q(status=Opening.Status.PAUSED)),
    "missed": ("Missed", Q(status=Opening.Status.MISSED)),
    "met": ("Kept", Q(status=Opening.Status.MET)),
}


class Drawn:
    """An opening with the words of its tag."""

    def __init__(self, opening: Opening) -> None:
        self.opening = opening
        self.state, self.words = verdict_words(opening, clock.now())

    def __getattr__(self, name: str) -> object:
        return getattr(self.opening, name)


def _rows(actor: Actor) -> QuerySet[Opening]:
    rows = access.reach(Opening.objects.all(), actor, "commitment.view")
    return rows.select_related("account__standing", "owner")


def index(request: SignedIn) -> HttpResponse:
    """Promises within reach by their due time."""
    actor, shown = actor_of(request), request.GET.get("show", "")
    access.require(actor, "commitment.view")
    label, wanted = VIEWS.get(shown, VIEWS[""])
    rows = _rows(actor).filter(wanted)
    rows = rows.filter(owner__in=actor.people) if shown == "mine" else rows
    listing: Listing[Opening] = Listing(request, COLUMNS, sort="-due" if shown in ("missed", "met") else "due")
    page = listing.page(rows)
    tabs = [Tab(name, f"?show={key}" if key else "?", None, key == shown) for key, (name, _) in VIEWS.items()]
    context = {
        "tabs": tabs,
        "listing": listing,
        "page": page.with_rows([Drawn(row) for row in page.rows]),
        "label": label,
    }
    return answer(request, "promises/page.html", context | _words(actor))


def promise(request: SignedIn, account_id: str, rule: str) -> HttpResponse:
    """Every opening of one promise to one account, with the verdicts that it was given."""
    actor = actor_of(request)
    account = access_account(actor, account_id, "commitment.view")
    if rule not in actor.model.commitments and not Opening.objects.filter(account_id=account_id, rule=rule).exists():
        raise Http404
    openings = Opening.objects.filter(account_id=account_id, rule=rule).select_related("owner")
    rows = [Drawn(row) for row in openings.prefetch_related("verdicts").order_by("-opened_at")[:200]]
    context = {"account": account, "rule": rule, "terms": actor.model.commitments.get(rule), "openings": rows}
    return answer(request, "promises/promise.html", context | _words(actor))


def _words(actor: Actor) -> dict[str, object]:
    return {
        "labels": {key: terms.label for key, terms in actor.model.commitments.items()},
        "may_pause": bool(may(actor, "commitment.pause")),
        "may_explain": bool(may(actor, "commitment.explain")),
        "may_correct": bool(may(actor, "commitment.correct")),
    }


urlpatterns = [
    path("commitments/", index, name="promises"),
    path("accounts/<str:account_id>/commitments/<slug:rule>/", promise, name="promise"),
]

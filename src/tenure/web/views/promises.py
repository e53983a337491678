"""Commitments: every opening of one promise to one account with its verdicts; what runs and is due within reach."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects
from django.http import Http404, HttpResponse
from django.urls import path

from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.identity import access
from tenure.identity.actor import Actor
from tenure.pipeline import as_of
from tenure.records.lookup import access_account
from tenure.web.account_page.promises import MOST, verdict_words
from tenure.web.actors import Reader, SignedIn, actor_of, may
from tenure.web.answers import answer
from tenure.web.conditions import Speaker
from tenure.web.listing import Column, Listing
from tenure.web.portfolio import Tab
from tenure.web.turned_back import shows_the_past
from tenure.work.commitments import CAUSES, Opening, Verdict

COLUMNS = (
    Column("promise", "Promise", "promises/cell_promise.html", ("rule",), head=True),
    Column("account", "Account", "promises/cell_account.html", ("account__standing__name",), "full"),
    Column("due", "Due", "promises/cell_due.html", ("due_at",)),
    Column("verdict", "Verdict", "promises/cell_verdict.html", ("status",)),
    Column("owner", "Owner", "promises/cell_owner.html", ("owner__name",), "fold-away lean-2"),
    Column("acts", "", "promises/cell_acts.html", (), "right fold-away"),
)
VIEWS = {
    "": ("Open", Q(status__in=Opening.OPEN)),
    "mine": ("Mine", Q(status__in=Opening.OPEN)),
    "paused": ("Paused", Q(status=Opening.Status.PAUSED)),
    "missed": ("Missed", Q(status=Opening.Status.MISSED)),
    "met": ("Kept", Q(status=Opening.Status.MET)),
}


class Drawn:
    """An opening with the words of its tag, now or at an earlier moment."""

    def __init__(self, opening: Opening, now: datetime | None = None) -> None:
        self.opening = opening
        self.state, self.words = verdict_words(opening, now or clock.now())

    @property
    def because(self) -> str:
        """The cause of a miss in words: ``We had nobody free, ours``."""
        cause = CAUSES.get(self.opening.cause, self.opening.cause)
        whose = self.opening.get_whose_display().lower() if self.opening.whose else ""
        return ", ".join(words for words in (cause, whose) if words)

    @property
    def restated(self) -> list[Verdict]:
        """The verdicts that followed the first."""
        return sorted((each for each in self.opening.verdicts.all() if each.restated_of_id), key=lambda each: each.pk)

    def __getattr__(self, name: str) -> Any:
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


@shows_the_past
def promise(request: SignedIn, account_id: str, rule: str) -> HttpResponse:
    """Every opening of one promise to one account, with the verdicts that it was given."""
    actor = actor_of(request)
    account = access_account(actor, account_id, "commitment.view")
    if rule not in actor.model.commitments and not Opening.objects.filter(account_id=account_id, rule=rule).exists():
        raise Http404
    rows, model = _openings(actor, account_id, rule)
    judged = [row for row in rows if row.status in (Opening.Status.MET, Opening.Status.MISSED)]
    terms, speaker = model.commitments.get(rule), Speaker(model)
    context = {
        "account": account,
        "rule": rule,
        "terms": terms,
        "opens": speaker.trigger(terms.opens) if terms and terms.opens else "",
        "met_by": "; ".join(speaker.trigger(each) for each in terms.met_by) if terms else "",
        "openings": rows,
        "judged": len(judged),
        "kept": sum(row.status == Opening.Status.MET for row in judged),
    }
    return answer(request, "promises/promise.html", context | _words(actor))


def _openings(actor: Reader, account_id: str, rule: str) -> tuple[list[Drawn], Model]:
    """Every opening of a promise, the latest first, and the blueprint that it is shown under."""
    if actor.as_of is not None:
        at = as_of.cut(actor.as_of)
        told = as_of.openings(at, [account_id], rule)
        prefetch_related_objects(told, Prefetch("verdicts", Verdict.objects.filter(known_at__lte=at.known)))
        return [Drawn(row, at.ends) for row in told], at.model
    rows = Opening.objects.filter(account_id=account_id, rule=rule).select_related("owner")
    return [Drawn(row) for row in rows.prefetch_related("verdicts").order_by("-opened_at")[:MOST]], actor.model


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

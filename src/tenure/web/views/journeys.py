"""Journeys: the board of accounts by stage, deploying one in a click, and ticking the items of a checklist."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from tenure.identity.access import require
from tenure.identity.accounts import AccountAnchor
from tenure.identity.actor import Actor
from tenure.web.actors import SignedIn, actor_of
from tenure.web.answers import answer, done
from tenure.web.places import Place
from tenure.web.portfolio import Tab
from tenure.web.subjects import fetch
from tenure.web.undoing import undo_address
from tenure.work.boards import board
from tenure.work.checklists import deploy_journey, tick_item
from tenure.work.journeys import ChecklistItem

PLACE = Place("Journeys", "flag", "journeys", "account.list", key="j")


def index(request: SignedIn, journey: str = "") -> HttpResponse:
    """The accounts that are on a journey, by stage; one's own, or all within reach."""
    actor = actor_of(request)
    require(actor, "account.list")
    keys = list(actor.model.journeys)
    if journey and journey not in keys:
        raise Http404
    if not keys:
        return answer(request, "journeys/none.html")
    key, mine = journey or keys[0], request.GET.get("show") == "mine"
    context = {"board": board(actor, key, mine=mine), "tabs": _tabs(actor, key, mine=mine), "mine": mine}
    return answer(request, "journeys/page.html", context)


def _tabs(actor: Actor, key: str, *, mine: bool) -> list[Tab]:
    """Everybody's and mine of this journey, then the other journeys."""
    here, others = reverse("journey", args=[key]), [other for other in actor.model.journeys if other != key]
    shown = [Tab("All", here, None, not mine), Tab("Mine", f"{here}?show=mine", None, mine)]
    return shown + [
        Tab(actor.model.journeys[each].label, reverse("journey", args=[each]), None, False) for each in others
    ]


@require_POST
def deploy(request: SignedIn, account_id: str) -> HttpResponse:
    """Begin a journey on an account."""
    actor = actor_of(request)
    account = fetch(AccountAnchor, actor, account_id, "journey.deploy")
    run = deploy_journey(account, journey=request.POST.get("journey", ""), actor=actor)
    return done(request, f"{run.definition.label} has begun", to=reverse("account", args=[account_id]))


@require_POST
def tick(request: SignedIn, item_id: str) -> HttpResponse:
    """Mark an item of a checklist as done, with ten seconds to take it back."""
    actor = actor_of(request)
    item = tick_item(fetch(ChecklistItem, actor, item_id, "journey.tick"), actor=actor)
    return done(request, f"Done: {item.label[:60]}", undo=undo_address("journey.tick", item))


urlpatterns = [
    path("journeys/", index, name="journeys"),
    path("journeys/<slug:journey>/", index, name="journey"),
    path("accounts/<str:account_id>/journeys/deploy/", deploy, name="journey_deploy"),
    path("checklist/<str:item_id>/done/", tick, name="checklist_tick"),
]

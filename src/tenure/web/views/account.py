"""The page of one account, its timeline, and what stands behind its score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.urls import path, reverse

from tenure.blueprint.model import Model
from tenure.pipeline import as_of
from tenure.records.account import Account
from tenure.records.lookup import access_account
from tenure.records.timeline import GROUPS, timeline
from tenure.web import wording
from tenure.web.account_page import page, past
from tenure.web.account_page.movement import ALONE, WEEKS, movement
from tenure.web.actors import SignedIn, actor_of, may
from tenure.web.answers import answer
from tenure.web.conditions import Speaker
from tenure.web.portfolio_rows import Drawn
from tenure.web.turned_back import shows_the_past
from tenure.work.refresh import access_standing


@shows_the_past
def account(request: SignedIn, account_id: str) -> HttpResponse:
    """The whole story of an account, top to bottom; turned back, as it stood that day."""
    actor = actor_of(request)
    found = access_account(actor, account_id)
    if actor.as_of is not None:
        then = past.context(found, actor, actor.as_of, reverse("account_score", args=[account_id]))
        return answer(request, "account_page/past.html", then | _facts(request, found))
    standing = access_standing(actor, account_id)
    context = page.context(found, standing, actor, reverse("account_score", args=[account_id]))
    return answer(request, "account_page/page.html", context | _facts(request, found, most=10))


def _facts(request: SignedIn, account: Account, most: int = 25) -> dict[str, object]:
    """A page of the timeline, of the groups that the address asks for."""
    actor = actor_of(request)
    groups = [group for group in request.GET.getlist("group") if group in GROUPS]
    before, known = request.GET.get("before"), None
    if actor.as_of is not None:
        at = as_of.cut(actor.as_of)
        before, known = before or f"{at.ends.isoformat()}|0", at.known
    told = timeline(account, actor, before=before, limit=most, groups=groups, known_through=known)
    return {"facts": told, "groups": GROUPS.items(), "chosen": groups, "account_id": account.pk}


@shows_the_past
def facts(request: SignedIn, account_id: str) -> HttpResponse:
    """More of the timeline, or some of it."""
    found = access_account(actor_of(request), account_id)
    context = _facts(request, found) | {"account": found}
    return answer(request, "account_page/timeline_page.html", context, fragment="account_page/timeline.html")


@shows_the_past
def score(request: SignedIn, account_id: str) -> HttpResponse:
    """How the score was made: each part, its raw value, its points, the rule, the edition."""
    actor = actor_of(request)
    found, standing = access_account(actor, account_id), access_standing(actor, account_id)
    if actor.as_of is not None:
        at = as_of.cut(actor.as_of)
        actor, standing = past.viewer_of(actor, at), past.standing_then(found, at)
    context = {
        "account": found,
        "standing": standing,
        "explained": standing.explanation,
        "band_word": Drawn(standing, actor).band_words,
        "measures": measures_of(standing.explanation, actor.model),
    }
    return answer(request, "account_page/score_page.html", context, fragment="account_page/score.html")


def measures_of(explained: Mapping[str, Any], model: Model) -> dict[str, str]:
    """What the parts of a score measure, by the company's names for it."""
    speaker = Speaker(model)
    return {part["measure"]: wording.capital(speaker.measure(part["measure"])) for part in explained.get("parts", ())}


@shows_the_past
def movement_page(request: SignedIn, account_id: str) -> HttpResponse:
    """How an account moved, further back than its page shows, with the figures behind each chart."""
    actor = actor_of(request)
    found = access_account(actor, account_id)
    asked = request.GET.get("weeks", "")
    weeks = int(asked) if asked in map(str, WEEKS) else WEEKS[1]
    at = as_of.cut(actor.as_of) if actor.as_of else None
    shown = movement(found, past.viewer_of(actor, at) if at else actor, weeks=weeks, at=at, sizes=ALONE)
    spans = [
        {"label": f"{each} weeks", "href": f"?weeks={each}", "current": each == weeks, "count": None} for each in WEEKS
    ]
    compares = bool(may(actor, "blueprint.view"))
    context = {"account": found, "movement": shown, "spans": spans, "compares": compares}
    return answer(request, "account_page/movement_page.html", context)


urlpatterns = [
    path("accounts/<str:account_id>/", account, name="account"),
    path("accounts/<str:account_id>/timeline/", facts, name="account_timeline"),
    path("accounts/<str:account_id>/score/", score, name="account_score"),
    path("accounts/<str:account_id>/movement/", movement_page, name="account_movement"),
]

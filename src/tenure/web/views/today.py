"""Today: what is due, what is slipping, who to talk to, what changed overnight."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import path, reverse

from tenure.identity.access import require
from tenure.web import today_page
from tenure.web.actors import SignedIn, actor_of, may
from tenure.web.answers import answer
from tenure.web.places import Place
from tenure.work.scopes import TEAM
from tenure.work.today import today as gather

PLACE = Place("Today", "today", "today", "account.list", key="t", phone=True)


def today(request: SignedIn) -> HttpResponse:
    """The page of a working morning."""
    actor = actor_of(request)
    require(actor, "account.list")
    found = gather(actor)
    context = {
        "today": found,
        "day": today_page.arrange(found, actor),
        "news": today_page.news(found.changes, actor, found.now),
        "may_ledger": bool(may(actor, "ledger.view")),
        "rule": today_page.day_rule(found, actor),
        "may_log": bool(may(actor, "activity.log")),
        "may_promises": bool(may(actor, "commitment.view")),
        "may_signals": bool(may(actor, "signal.view")),
        "team_href": reverse("team") if may(actor, TEAM) else "",
    }
    return answer(request, "today/page.html", context)


urlpatterns = [path("today/", today, name="today")]

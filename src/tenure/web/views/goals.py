"""One outcome of the plan: where it stands, by which rule, and the points that it was read from."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpResponse
from django.urls import path

from tenure.base.errors import Forbidden
from tenure.pipeline import as_of
from tenure.records.goal import Goal
from tenure.records.lookup import access_record
from tenure.web import goal_page
from tenure.web.actors import SignedIn, actor_of, may
from tenure.web.answers import answer
from tenure.web.turned_back import shows_the_past


@shows_the_past
def goal(request: SignedIn, goal_id: str) -> HttpResponse:
    """The outcome with its evidence; turned back, as it stood that day."""
    actor = actor_of(request)
    found, at = access_record(Goal, actor, goal_id), None
    if actor.as_of is not None:
        at = as_of.cut(actor.as_of)
        actor = replace(actor, model=at.model, day=at.day)
        held = [each for each in as_of.goals(at, found.account_id) if each.pk == found.pk]
        if not held:
            raise Forbidden("account.view", "This was not set yet on that day.", hidden=True)
        found = held[0]
    context = goal_page.context(found, actor.model, actor.day, at)
    context |= {"may_change": not at and bool(may(actor, "goal.change")), "may_judge": bool(may(actor, "goal.judge"))}
    return answer(request, "goals/goal.html", context)


urlpatterns = [path("goals/<str:goal_id>/", goal, name="goal")]

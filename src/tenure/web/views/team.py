"""Team: every KPI of those one leads against its target, and the rows that each opens."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import path

from tenure.web import kpi_rows, team_page
from tenure.web.actors import SignedIn, actor_of
from tenure.web.answers import answer
from tenure.web.places import Place
from tenure.web.turned_back import shows_the_past
from tenure.work.scopes import TEAM

PLACE = Place("Team", "report", "team", TEAM, key="v", group=2)


@shows_the_past
def team(request: SignedIn) -> HttpResponse:
    """Numbers of the team, who is red, who carries how much."""
    return answer(request, "team/page.html", team_page.context(actor_of(request), request.GET, request.path))


@shows_the_past
def kpi(request: SignedIn, key: str) -> HttpResponse:
    """The rows behind a figure, and the sentence that they make."""
    return answer(request, "team/rows.html", kpi_rows.context(actor_of(request), key, request.GET, request.path))


urlpatterns = [path("team/", team, name="team"), path("kpis/<slug:key>/", kpi, name="kpi")]

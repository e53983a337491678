"""The client's own page: their meetings with us, what both sides do next, the outcomes agreed. Nothing internal."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpResponse
from django.urls import path

from tenure.base import clock
from tenure.base.errors import Forbidden
from tenure.records.action import ActionItem
from tenure.records.lookup import list_accounts, list_goals, list_meetings, list_records
from tenure.records.meeting import Meeting
from tenure.records.report import list_reports
from tenure.records.visibility import is_client, seen_by
from tenure.web.account_page.goals import goals_shown
from tenure.web.actors import SignedIn, actor_of
from tenure.web.answers import answer
from tenure.web.clients import open_to_clients


@open_to_clients
def portal(request: SignedIn) -> HttpResponse:
    """What somebody of the client's side sees of the accounts that are theirs."""
    actor, now = actor_of(request), clock.now()
    if not is_client(actor):
        raise Forbidden("portal.view", "The portal is the client's.", hidden=True)
    meetings = list_meetings(actor).filter(client_visible=True).select_related("account")
    ahead = meetings.filter(status=Meeting.Status.SCHEDULED, starts_at__gte=now - timedelta(hours=2))
    actions = list_records(ActionItem, actor).filter(client_visible=True, status=ActionItem.Status.OPEN)
    context = {
        "accounts": list_accounts(actor)[:5],
        "ahead": ahead.order_by("starts_at")[:5],
        "behind": meetings.filter(status=Meeting.Status.HELD)[:5],
        "actions": actions.select_related("owner", "contact").order_by("due_on", "noted_at")[:12],
        "goals": goals_shown(list_goals(actor).filter(client_visible=True)[:12], actor, paced=False),
        "reports": seen_by(list_reports(actor), actor).select_related("account")[:6],
        "report_kinds": {key: each.label for key, each in actor.model.reports.items()},
        "labels": {key: kind.label for key, kind in actor.model.meetings.items()},
    }
    return answer(request, "portal/page.html", context)


urlpatterns = [path("portal/", portal, name="portal")]

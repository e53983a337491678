"""Stepping into the demo as one of its people."""

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from tenure.identity.actor import Actor
from tenure.identity.people import Person
from tenure.records.lookup import list_accounts
from tenure.records.portal import enter_portal, standing_access
from tenure.records.visibility import is_client
from tenure.web.actors import may


def _enter(person: Person) -> None:
    """Whoever comes in as a client has come into the portal, as by any other way."""
    actor = Actor.of(person)
    if not is_client(actor) or not may(actor, "portal.enter"):
        return
    for account in list_accounts(actor)[:50]:
        held = standing_access(account.pk, person.pk)
        if held is None or held.entered_at is None:
            enter_portal(account, actor=actor)


@login_not_required
@require_POST
def step_in(request: HttpRequest, person_id: str) -> HttpResponse:
    """Sign in as somebody of the demo without a password. Absent unless this deployment is a demo."""
    if not settings.DEMO:
        raise Http404
    person = get_object_or_404(Person, pk=person_id, is_demo=True, is_active=True)
    get_adapter().login(request, person)
    record_authentication(request, person, "demo")
    _enter(person)
    return redirect("home")

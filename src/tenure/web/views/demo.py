"""Stepping into the demo as one of its people."""

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from tenure.identity.people import Person


@login_not_required
@require_POST
def step_in(request: HttpRequest, person_id: str) -> HttpResponse:
    """Sign in as somebody of the demo without a password. Absent unless this deployment is a demo."""
    if not settings.DEMO:
        raise Http404
    person = get_object_or_404(Person, pk=person_id, is_demo=True, is_active=True)
    get_adapter().login(request, person)
    record_authentication(request, person, "demo")
    return redirect("home")

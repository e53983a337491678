"""The portal's door: a link by mail and the page that it opens, the company's colour, and a calendar's address."""

from __future__ import annotations

import logging
from datetime import timedelta
from threading import Thread

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core import ratelimit
from django import forms
from django.contrib.auth.decorators import login_not_required
from django.db import connection, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET, require_safe

from tenure.base import clock
from tenure.identity.actor import Actor
from tenure.identity.blueprints import NoBlueprint, in_force
from tenure.identity.people import Person
from tenure.identity.sign_in_link import whose_key
from tenure.outlets.calendar import Entry, calendar
from tenure.outlets.mail import send_now
from tenure.records.meeting import Meeting
from tenure.records.portal import SIGN_IN, PortalAccess, access_by_calendar, send_link
from tenure.web.answers import answer
from tenure.web.portal.brand import stylesheet
from tenure.web.portal.meetings import titled
from tenure.web.turned_back import works_in_the_past

logger = logging.getLogger(__name__)
BACK = timedelta(days=180)  # how far back a calendar shows meetings


class LinkForm(forms.Form):
    email = forms.EmailField(label="Your email", max_length=254)


@login_not_required
@works_in_the_past
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for a link. The answer is the same whoever asks, so that it says nothing about who is known here."""
    if request.user.is_authenticated:
        return redirect("home")
    form = LinkForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if ratelimit.consume(request, action="portal_link", key=form.cleaned_data["email"].lower()):
            _send(form.cleaned_data["email"])
        return redirect("portal_link_sent")
    return answer(request, "portal/sign_in.html", {"form": form})


def _send(email: str) -> None:
    person = Person.objects.filter(email=email.strip().lower(), is_active=True, kind=Person.Kind.CLIENT).first()
    if person is not None:
        send_link(person, actor=Actor.machine("portal"))
        # After the answer to this request nobody would look whether it went out; the pipeline does, if it did not.
        transaction.on_commit(lambda: Thread(target=_at_once, args=[person.pk], daemon=True).start())


def _at_once(person: str) -> None:
    """Try the link at once, beside the request: how long that takes would tell who is known here."""
    try:
        send_now(SIGN_IN, person)
    except Exception:
        logger.exception("the link could not be sent at once; the pipeline sends it")
    finally:
        connection.close()


@login_not_required
@require_safe
def link_sent(request: HttpRequest) -> HttpResponse:
    """What happens next, whether or not a link is on its way."""
    return render(request, "portal/link_sent.html")


@login_not_required
@works_in_the_past
@never_cache
def enter(request: HttpRequest, key: str) -> HttpResponse:
    """Come in by a link. Opening it changes nothing, since scanners of mail open links too; the button uses it up."""
    if request.method != "POST":
        person = whose_key(key)
        return render(request, "portal/enter.html", {"person": person}, status=200 if person else 410)
    with transaction.atomic():
        person = whose_key(key, lock=True)
        if person is None:
            return render(request, "portal/enter.html", {"person": None}, status=410)
        record_authentication(request, person, "link")
        # Through allauth, so that whoever set a second step is asked for it here too.
        response: HttpResponse = perform_login(request, Login(user=person, redirect_url=None))
    return response


@login_not_required
@require_GET
@cache_control(private=True, max_age=300)
def brand(request: HttpRequest) -> HttpResponse:
    """The company's colour as a stylesheet."""
    try:
        accent = in_force().company.accent
    except NoBlueprint:
        accent = None
    return HttpResponse(stylesheet(accent), content_type="text/css")


@login_not_required
@require_safe
def feed(request: HttpRequest, key: str) -> HttpResponse:
    """A client's meetings for their calendar. The address is the secret; it ends with the access, or when renewed."""
    held = access_by_calendar(key)
    if held is None:
        raise Http404
    company = in_force().company.name
    body = calendar(f"{held.account.name} with {company}", _entries(held), clock.now())
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="meetings.ics"'
    return response


def _entries(held: PortalAccess) -> list[Entry]:
    model = in_force()
    rows = Meeting.objects.filter(account_id=held.account_id).filter(Meeting.client_sees)
    rows = rows.filter(starts_at__gte=clock.now() - BACK).exclude(status=Meeting.Status.MISSED)
    return [
        Entry(
            uid=meeting.pk,
            title=f"{titled(meeting, model)} with {model.company.name}",
            starts_at=meeting.starts_at,
            minutes=meeting.minutes,
            location=meeting.location,
            about="\n".join(item.text for item in meeting.items.all() if item.client_visible),
            is_cancelled=meeting.status == Meeting.Status.CANCELLED,
        )
        for meeting in rows.order_by("starts_at")[:400].prefetch_related("items")
    ]


urlpatterns = [
    path("portal/sign-in/", sign_in, name="portal_sign_in"),
    path("portal/sign-in/sent/", link_sent, name="portal_link_sent"),
    path("portal/come-in/<str:key>/", enter, name="portal_enter"),
    path("portal/brand.css", brand, name="portal_brand"),
    path("portal/calendar/<str:key>/meetings.ics", feed, name="portal_calendar"),
]

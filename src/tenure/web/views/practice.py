"""The practice ground: who practises, and what there is to do for one who does."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django import forms
from django.contrib.auth.decorators import login_not_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from tenure.identity import access
from tenure.identity.actor import Actor
from tenure.records.lookup import access_record
from tenure.records.practice import (
    VIEW,
    Attempt,
    attempt_by_link,
    begin_attempt,
    hand_in,
    invite_to_practice,
    link_key,
    list_attempts,
)
from tenure.web import practice_page
from tenure.web.actors import SignedIn, actor_of, may
from tenure.web.answers import answer, attempt, done
from tenure.web.freshness import catch_up
from tenure.web.places import Place
from tenure.web.practising import in_practice, is_practice
from tenure.web.turned_back import wants_today, works_in_the_past

PLACE = Place("Practice", "flag", "practice", VIEW, key="w", phone=True, exists=is_practice)


class InviteForm(forms.Form):
    """Somebody who is to practise, and on what."""

    name = forms.CharField(label="Name", max_length=120)
    email = forms.EmailField(label="Email", help_text="They sign in by a link; nothing is sent to this address.")
    scenario = forms.ChoiceField(label="Practises on")

    def __init__(self, data: Any, actor: Actor) -> None:
        super().__init__(data)
        self.fields["scenario"].choices = [(key, each.label) for key, each in actor.model.practice.items()]  # type: ignore[attr-defined]


@in_practice
@wants_today
def index(request: SignedIn) -> HttpResponse:
    """Everybody who practises, and a form to invite the next; a candidate's own attempts."""
    actor = actor_of(request)
    access.require(actor, VIEW)
    attempts = list_attempts(actor)
    if not may(actor, "attempt.invite"):
        return _own(request, attempts)
    form = InviteForm(request.POST if request.method == "POST" else None, actor)
    if form.is_valid():
        made = attempt(form, invite_to_practice, **form.cleaned_data, actor=actor)
        if made is not None:
            catch_up(made.account)
            return done(request, "Invited", to=reverse("practice_assess", args=[made.pk]))
    labels = {key: each.label for key, each in actor.model.practice.items()}
    return answer(request, "practice/index.html", {"form": form, "attempts": attempts, "labels": labels})


def _own(request: SignedIn, attempts: QuerySet[Attempt]) -> HttpResponse:
    """Where there is one attempt that goes on, its page; else all of them."""
    running = [each for each in attempts if each.status != Attempt.Status.WITHDRAWN]
    if len(running) == 1:
        return HttpResponseRedirect(reverse("attempt", args=[running[0].pk]))
    return answer(request, "practice/own.html", {"attempts": running})


def own_attempt(request: SignedIn, attempt_id: str) -> tuple[Attempt, Actor]:
    """An attempt within reach, for reading; the candidate themself acts on it."""
    actor = actor_of(request)
    return access_record(Attempt, actor, attempt_id, VIEW), actor


@in_practice
def page(request: SignedIn, attempt_id: str) -> HttpResponse:
    """What there is to do, and how far it is; whoever assesses goes on to their own page."""
    found, actor = own_attempt(request, attempt_id)
    if found.person_id != actor.id:
        return HttpResponseRedirect(reverse("practice_assess", args=[found.pk]))
    return answer(request, "practice/attempt.html", practice_page.candidate_context(found, actor))


@in_practice
@require_POST
def begin(request: SignedIn, attempt_id: str) -> HttpResponse:
    """Begin: the time runs from here."""
    found, actor = own_attempt(request, attempt_id)
    begin_attempt(found, actor=actor)
    return done(request, "Begun", to=reverse("attempt", args=[found.pk]))


@in_practice
@require_POST
def give(request: SignedIn, attempt_id: str) -> HttpResponse:
    """Hand in what was done."""
    found, actor = own_attempt(request, attempt_id)
    hand_in(found, actor=actor)
    return done(request, "Handed in", to=reverse("attempt", args=[found.pk]))


@login_not_required
@in_practice
@works_in_the_past
@never_cache
def come_in(request: HttpRequest, key: str) -> HttpResponse:
    """Come in by a link. Opening it changes nothing; the button signs in."""
    found = attempt_by_link(key)
    if found is None or request.method != "POST":
        return render(request, "practice/come_in.html", {"attempt": found}, status=200 if found else 410)
    record_authentication(request, found.person, "link")
    to = reverse("attempt", args=[found.pk])
    response: HttpResponse = perform_login(request, Login(user=found.person, redirect_url=to))
    return response


def link_of(request: HttpRequest, found: Attempt) -> str:
    """The whole address by which a candidate comes in."""
    return request.build_absolute_uri(reverse("practice_come_in", args=[link_key(found)]))


urlpatterns = [
    path("practice/", index, name="practice"),
    path("practice/come-in/<str:key>/", come_in, name="practice_come_in"),
    path("practice/<str:attempt_id>/", page, name="attempt"),
    path("practice/<str:attempt_id>/begin/", begin, name="practice_begin"),
    path("practice/<str:attempt_id>/hand-in/", give, name="practice_hand_in"),
]

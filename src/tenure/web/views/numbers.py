"""My numbers: a person's own figures, ramp, bonus basis and record; a lead reads those of their team."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.urls import path

from tenure.web import my_numbers
from tenure.web.actors import SignedIn, actor_of
from tenure.web.answers import answer
from tenure.web.places import Place
from tenure.web.turned_back import shows_the_past
from tenure.work.scopes import VIEW, access_person

PLACE = Place("My numbers", "sheet", "numbers", VIEW, key="y")


@shows_the_past
def numbers(request: SignedIn) -> HttpResponse:
    """One's own."""
    return person_numbers(request, request.user.pk)


@shows_the_past
def person_numbers(request: SignedIn, person_id: str) -> HttpResponse:
    """Somebody's numbers, for themselves and for whoever leads them."""
    actor = actor_of(request)
    person = access_person(actor, person_id)
    return answer(request, "numbers/page.html", my_numbers.context(person, actor) | {"mine": person.pk == actor.id})


@shows_the_past
def record(request: SignedIn, person_id: str) -> HttpResponse:
    """Every verdict of a year that was theirs."""
    actor = actor_of(request)
    context = my_numbers.record(
        access_person(actor, person_id), actor, request.GET.get("year", ""), request.GET.get("page", "")
    )
    return answer(request, "numbers/record.html", context | {"mine": person_id == actor.id})


@shows_the_past
def facts(request: SignedIn, person_id: str, stage: str, key: str) -> HttpResponse:
    """The facts that an expectation of the ramp counts."""
    actor = actor_of(request)
    context = my_numbers.facts(access_person(actor, person_id), actor, stage, key)
    if context is None:
        raise Http404
    return answer(request, "numbers/facts.html", context | {"mine": person_id == actor.id})


urlpatterns = [
    path("numbers/", numbers, name="numbers"),
    path("people/<str:person_id>/numbers/", person_numbers, name="person_numbers"),
    path("people/<str:person_id>/record/", record, name="person_record"),
    path("people/<str:person_id>/ramp/<slug:stage>/<slug:key>/", facts, name="person_facts"),
]

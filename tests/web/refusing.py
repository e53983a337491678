"""Addresses that answer as an operation may: done, refused, forbidden, awaiting; for the tests of refusals."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from tenure.base.errors import Awaiting, Forbidden, Refused
from tenure.web.answers import answer, attempt, done, say
from tenure.web.urls import urlpatterns as real


class NoteForm(forms.Form):
    text = forms.CharField()


def refuse_day(**_: object) -> None:
    raise Refused("no_such_day", "November has 30 days.", field="text")


def note(request: HttpRequest) -> HttpResponse:
    form = NoteForm(request.POST or None)
    if form.is_valid() and attempt(form, refuse_day, **form.cleaned_data):
        return done(request)
    return answer(request, "find/page.html", {"form": form}, fragment="notices/gone.html")


def refused(request: HttpRequest) -> HttpResponse:
    raise Refused("too_late", "It was sent at 10:14. Write a new one.", field="text")


def forbidden(request: HttpRequest) -> HttpResponse:
    raise Forbidden("tfr.waive", "You may not waive TFR #2.", ("Team lead", "Operations"))


def hidden(request: HttpRequest) -> HttpResponse:
    raise Forbidden("account.view", "There is no such account within your reach.", hidden=True)


def awaiting(request: HttpRequest) -> HttpResponse:
    raise Awaiting("01J", ["Growth strategist"])


def broken(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


def snoozed(request: HttpRequest) -> HttpResponse:
    return done(request, "Signal snoozed", to="more", undo="/unsnooze/")


def said(request: HttpRequest) -> HttpResponse:
    say(request, "Saved <at once>")
    return answer(request, "find/page.html", fragment="notices/gone.html")


urlpatterns = [
    path("note/", note),
    path("refused/", refused),
    path("forbidden/", forbidden),
    path("hidden/", hidden),
    path("awaiting/", awaiting),
    path("broken/", broken),
    path("snoozed/", snoozed),
    path("said/", said),
    path("", include(real)),
]

"""A page that takes as long as a test wants, for the test of the live server."""

from threading import Event

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path

from tenure.identity.people import Team

begun, may_go_on, ended = Event(), Event(), Event()


@login_not_required
def slow(request: HttpRequest) -> HttpResponse:
    """Write a row and keep its transaction open until the test lets go."""
    with transaction.atomic():
        Team.objects.create(name="Late")
        begun.set()
        may_go_on.wait(30)
    ended.set()
    return HttpResponse("done")


urlpatterns = [path("slow/", slow)]

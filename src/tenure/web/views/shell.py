"""Views of the shell around every page: home, what one finds, what stands nowhere else."""

from http import HTTPStatus

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from tenure.web.actors import SignedIn, actor_of
from tenure.web.answers import answer
from tenure.web.clients import open_to_clients
from tenure.web.finding import list_found
from tenure.web.places import places_of


@open_to_clients
def home(request: SignedIn) -> HttpResponse:
    """Where a person's day begins: the home of their role, else the first place that is open to them."""
    actor = actor_of(request)
    wanted = [actor.model.roles[role].home for role in sorted(actor.roles)]
    open_ = [place.url for place in places_of(actor)]
    homes = [name for name in wanted if name in ("portal", *open_)]
    return redirect(reverse([*homes, *open_, "more"][0]))


def find(request: SignedIn) -> HttpResponse:
    """What answers the typed words: a fragment for the palette, a page without scripts."""
    typed = request.GET.get("q", "").strip()[:80]
    context = {"groups": list_found(actor_of(request), typed), "q": typed}
    return answer(request, "find/page.html", context, fragment="find/found.html")


@open_to_clients
def more(request: SignedIn) -> HttpResponse:
    """Every place, for a phone."""
    return render(request, "shell/more.html")


def lost(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404. To somebody who is not signed in it says nothing about what exists."""
    return render(request, "404.html", status=HTTPStatus.NOT_FOUND)


def states(request: HttpRequest) -> HttpResponse:
    """Every component in every state: a reference for those who build pages, absent outside debugging."""
    if not settings.DEBUG:
        raise Http404
    from tenure.web import samples

    return render(request, "states/page.html", samples.context())


urlpatterns = [
    path("", home, name="home"),
    path("find/", find, name="find"),
    path("more/", more, name="more"),
    path("states/", states, name="states"),
]

"""What each person sets for themselves: light or dark, single keys, and the day that is shown."""

from datetime import date

from django import forms
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST

from tenure.base.errors import Refused
from tenure.identity.people import Person
from tenure.web import turned_back
from tenure.web.actors import SignedIn, actor_of
from tenure.web.answers import answer, done
from tenure.web.clients import open_to_clients
from tenure.web.context import THEME_COOKIE, THEMES
from tenure.web.finding import list_acts
from tenure.web.places import places_of
from tenure.web.turned_back import works_in_the_past

YEAR = 365 * 24 * 3600


@open_to_clients
@works_in_the_past
@require_POST
def theme(request: SignedIn) -> HttpResponse:
    """Keep light, dark or what the system says, in this browser."""
    response = done(request)
    chosen = request.POST.get("theme", "")
    if chosen in dict(THEMES) and chosen:
        response.set_cookie(THEME_COOKIE, chosen, max_age=YEAR, samesite="Lax", secure=request.is_secure())
    else:
        response.delete_cookie(THEME_COOKIE, samesite="Lax")
    return response


class KeysForm(forms.Form):
    single_keys = forms.BooleanField(
        label="Single keys act", required=False, help_text="Off, only Ctrl K, Enter and Esc do something by themselves."
    )


@open_to_clients
@works_in_the_past
def keys(request: SignedIn) -> HttpResponse:
    """Every shortcut, and the switch for single keys."""
    form = KeysForm(
        request.POST if request.method == "POST" else None, initial={"single_keys": request.user.single_keys}
    )
    if form.is_valid():
        Person.objects.filter(pk=request.user.pk).update(single_keys=form.cleaned_data["single_keys"])
        return done(request, "Single keys act" if form.cleaned_data["single_keys"] else "Single keys are off")
    actor = actor_of(request)
    context = {
        "form": form,
        "places": [p for p in places_of(actor) if p.key],
        "acts": [a for a in list_acts(actor) if a.key],
    }
    return answer(request, "keys/page.html", context, fragment="keys/list.html")


@works_in_the_past
@require_POST
def as_of(request: SignedIn) -> HttpResponse:
    """Show everything as of a day, or return to today."""
    given = request.POST.get("day", "")
    written = request.POST.get("typed", "") if given == "typed" else given
    try:
        day = date.fromisoformat(written) if written else None
    except ValueError:
        raise Refused("no_such_day", f"“{written}” is not a day.", field="typed") from None
    turned_back.turn(request, day if day and day < actor_of(request).day else None)
    return done(request)


urlpatterns = [
    path("theme/", theme, name="theme"),
    path("keys/", keys, name="keys"),
    path("as-of/", as_of, name="as_of"),
]

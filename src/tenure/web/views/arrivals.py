"""What connectors brought and nobody could place: whose it is, what is wrong with it, and what becomes of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from tenure.base.errors import Refused
from tenure.identity import access
from tenure.identity.actor import Actor
from tenure.records.account import Account
from tenure.records.lookup import list_accounts
from tenure.sources.connectors.arrival import (
    Arrival,
    assign_arrival,
    correct_arrival,
    dismiss_arrival,
    retry_arrival,
)
from tenure.sources.whose import near_account
from tenure.web import imports_page
from tenure.web.actors import SignedIn, actor_of
from tenure.web.answers import answer, attempt, done
from tenure.web.imports_page import rights
from tenure.web.listing import Column, Listing
from tenure.web.portfolio import Tab
from tenure.web.subjects import fetch
from tenure.web.views.intake import one_account

VIEW = "connector.view"
COLUMNS = (
    Column("what", "What came", "arrivals/cell_what.html", (), head=True),
    Column("from", "From", "arrivals/cell_from.html", ("address",), "full"),
    Column("when", "When", "arrivals/cell_when.html", ("happened_at",)),
    Column("why", "Why it waits", "arrivals/cell_why.html", ("code",), "full"),
    Column("source", "Source", "arrivals/cell_source.html", ("connector__label",), "fold-away lean-2"),
)
VIEWS = {
    "": ("Set aside", (Arrival.Status.ASIDE,)),
    "left": ("Left out", (Arrival.Status.LEFT_OUT,)),
    "settled": ("Settled by somebody", (Arrival.Status.DISMISSED, Arrival.Status.TAKEN)),
}
NAMES = 200
PLAIN = {
    "from",
    "from_name",
    "to",
    "subject",
    "body",
    "folder",
    "answers",
    "automatic",
}  # a letter has a form of its own


class AssignForm(forms.Form):
    """To which account it belongs, and whether whoever sent it becomes a contact there."""

    account = forms.CharField(label="Account", widget=forms.TextInput({"list": "accounts-known"}))
    is_contact = forms.BooleanField(label="Whoever sent it is a contact of this account from now on", required=False)
    name = forms.CharField(label="Their name", max_length=200, required=False)


class DismissForm(forms.Form):
    """Why nothing is made of it."""

    reason = forms.CharField(label="Because", max_length=200, help_text="Others will read it.")
    whole_address = forms.BooleanField(label="Nothing from this address ever again", required=False)


def index(request: SignedIn) -> HttpResponse:
    """What waits for somebody, the newest first; what was left out; what somebody settled."""
    actor, shown = actor_of(request), request.GET.get("show", "")
    access.require(actor, VIEW)
    _, statuses = VIEWS.get(shown, VIEWS[""])
    rows = Arrival.objects.filter(status__in=statuses).select_related("connector")
    rows = rows.exclude(settled_by=None) if shown == "settled" else rows
    listing: Listing[Arrival] = Listing(request, COLUMNS, sort="-when")
    tabs = [Tab(label, f"?show={key}" if key else "?", None, key == shown) for key, (label, _) in VIEWS.items()]
    context = {"tabs": tabs, "data_tabs": imports_page.tabs(actor, "arrivals"), "shown": shown}
    return answer(request, "arrivals/list.html", context | {"listing": listing, "page": listing.page(rows)})


def _access(request: SignedIn, arrival_id: str, operation: str = VIEW) -> tuple[Arrival, Actor]:
    actor = actor_of(request)
    access.require(actor, operation)
    return fetch(Arrival, actor, arrival_id, operation), actor


def one(request: SignedIn, arrival_id: str) -> HttpResponse:
    """One thing that came: what it says, why it waits, and what can be made of it."""
    arrival, actor = _access(request, arrival_id)
    near = near_account(arrival.address) if arrival.is_open else None
    begin = {"account": near.name if near else "", "name": arrival.values.get("from_name", "")}
    return _page(request, arrival, actor, AssignForm(initial=begin), DismissForm(), near)


def _page(
    request: SignedIn, arrival: Arrival, actor: Actor, form: Any, dismiss: Any, near: Account | None = None
) -> HttpResponse:
    is_letter = arrival.connector.kind == "mailbox" and bool(arrival.payload)
    fields = [] if is_letter else sorted(arrival.values.items())
    context = {
        "arrival": arrival,
        "form": form,
        "dismiss": dismiss,
        "near": near,
        "is_letter": is_letter,
        "fields": [(name, value, isinstance(value, str)) for name, value in fields],
        "names": list_accounts(actor, operation="arrival.assign")[:NAMES],
        "tabs": imports_page.tabs(actor, "arrivals"),
    }
    wrong = 422 if form.errors or dismiss.errors else 200
    allowed = rights(actor, "arrival.assign", "arrival.correct", "arrival.dismiss", "arrival.retry")
    return answer(request, "arrivals/page.html", context | allowed, status=wrong)


@require_POST
def assign(request: SignedIn, arrival_id: str) -> HttpResponse:
    """Say whose it is; it is taken in."""
    arrival, actor = _access(request, arrival_id, "arrival.assign")
    form = AssignForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            account = one_account(actor, given["account"], "arrival.assign")
        except Refused as refusal:
            form.add_error("account", refusal.message)
        else:
            whose = {"whose": "new_contact", "name": given["name"]} if given["is_contact"] else {}
            attempt(form, assign_arrival, arrival, account=account.pk, actor=actor, **whose)
            if not form.errors:
                return done(request, f"It belongs to {account.name} and is taken in", to=reverse("arrivals"))
    return _page(request, arrival, actor, form, DismissForm())


@require_POST
def dismiss(request: SignedIn, arrival_id: str) -> HttpResponse:
    """Make nothing of it, with the reason."""
    arrival, actor = _access(request, arrival_id, "arrival.dismiss")
    form = DismissForm(request.POST)
    if form.is_valid():
        attempt(form, dismiss_arrival, arrival, actor=actor, **form.cleaned_data)
        if not form.errors:
            return done(request, "Dismissed", to=reverse("arrivals"))
    return _page(request, arrival, actor, AssignForm(), form)


@require_POST
def correct(request: SignedIn, arrival_id: str) -> HttpResponse:
    """Correct values and try it again."""
    arrival, actor = _access(request, arrival_id, "arrival.correct")
    values = {
        name.removeprefix("value."): str(text) for name, text in request.POST.items() if name.startswith("value.")
    }
    return _tried(request, correct_arrival(arrival, values=values, actor=actor))


@require_POST
def retry(request: SignedIn, arrival_id: str) -> HttpResponse:
    """Try it again as it is."""
    arrival, actor = _access(request, arrival_id, "arrival.retry")
    return _tried(request, retry_arrival(arrival, actor=actor))


def _tried(request: SignedIn, arrival: Arrival) -> HttpResponse:
    if arrival.is_open:
        return done(request, f"It still waits: {arrival.reason}", to=reverse("arrival", args=[arrival.pk]))
    return done(request, "It is taken in", to=reverse("arrivals"))


urlpatterns = [
    path("data/arrivals/", index, name="arrivals"),
    path("data/arrivals/<str:arrival_id>/", one, name="arrival"),
    path("data/arrivals/<str:arrival_id>/assign/", assign, name="arrival_assign"),
    path("data/arrivals/<str:arrival_id>/dismiss/", dismiss, name="arrival_dismiss"),
    path("data/arrivals/<str:arrival_id>/correct/", correct, name="arrival_correct"),
    path("data/arrivals/<str:arrival_id>/retry/", retry, name="arrival_retry"),
]

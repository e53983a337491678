"""Events of applications: the keys by which they are let in, and users whose events wait for an account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from tenure.base.errors import Refused
from tenure.identity import access
from tenure.identity.access import may
from tenure.identity.actor import Actor
from tenure.records.account import Account
from tenure.records.lookup import list_accounts
from tenure.sources.keys import WriteKey, create_key, revoke_key
from tenure.sources.quality import inbox
from tenure.sources.users import SourceUser, match_user
from tenure.web import imports_page as page_of
from tenure.web.actors import SignedIn, actor_of
from tenure.web.answers import answer, attempt, done
from tenure.web.imports_page import rights
from tenure.web.listing import Column, Listing
from tenure.web.subjects import fetch

COLUMNS = (
    Column("user", "User", "imports/cell_user.html", ("key",), head=True),
    Column("held", "Events", "imports/cell_held.html", ("held",), "num", phone_label="Events"),
    Column("known", "Known of them", "imports/cell_known.html", (), "fold-away lean-1"),
    Column("match", "Account", "imports/cell_match.html", (), "full mend"),
)
NAMES = 200  # accounts that the field of a match offers; any other can be typed


class KeyForm(forms.Form):
    """Which application sends, and what its events are called here."""

    label = forms.CharField(label="What sends", max_length=80, help_text="Such as: the web application.")
    source = forms.RegexField(
        "^[a-z][a-z0-9_]{0,59}$",
        label="Source",
        help_text="What its events are filed under. Keys of one source are read as one stream.",
        error_messages={"invalid": "Write small letters, figures and underscores, a letter first: web_app."},
        widget=forms.TextInput({"list": "sources-known"}),
    )


def index(request: SignedIn) -> HttpResponse:
    """Keys, what the inbox holds, and the users that it waits for; makes a key, and shows it this once."""
    actor = actor_of(request)
    access.require(actor, "quality.view")
    form = KeyForm(request.POST if request.method == "POST" else None)
    made = attempt(form, create_key, actor=actor, **form.cleaned_data) if form.is_valid() else None
    context = _context(request, actor) | {"form": KeyForm() if made else form, "made": made}
    response = answer(request, "imports/events.html", context)
    if made:
        response["Cache-Control"] = "no-store"
    return response


def _context(request: SignedIn, actor: Actor) -> dict[str, Any]:
    waiting = inbox(actor)
    listing: Listing[SourceUser] = Listing(request, COLUMNS, sort="-held")
    keys = list(WriteKey.objects.select_related("created_by").order_by("revoked_at", "-id"))
    may_match = bool(may(actor, "source.match"))
    return {
        "tabs": page_of.tabs(actor, "keys_of_sources"),
        "inbox": waiting,
        "listing": listing,
        "page": listing.page(waiting.users),
        "keys": keys,
        "sources": sorted({key.source for key in keys}),
        "address": request.build_absolute_uri("/v1/track"),
        "names": list_accounts(actor, operation="source.match")[:NAMES] if may_match else (),
    } | rights(actor, "source.create_key", "source.revoke_key", "source.match")


@require_POST
def revoke(request: SignedIn, key_id: str) -> HttpResponse:
    """Turn an application away from now on."""
    actor = actor_of(request)
    access.require(actor, "source.revoke_key")
    key = revoke_key(fetch(WriteKey, actor, key_id, "source.revoke_key"), actor=actor)
    return done(request, f"{key.label} is turned away from now on", to=reverse("keys_of_sources"))


@require_POST
def match(request: SignedIn, user_id: str) -> HttpResponse:
    """Say to which account a user belongs; what they did is taken in."""
    actor = actor_of(request)
    access.require(actor, "source.match")
    account = one_account(actor, request.POST.get("account", ""), "source.match")
    user = match_user(fetch(SourceUser, actor, user_id, "source.match"), account=account.pk, actor=actor)
    return done(request, f"{user} belongs to {account.name}; their events are taken in", to=reverse("keys_of_sources"))


def one_account(actor: Actor, typed: str, operation: str) -> Account:
    """The one account within reach that has the typed name. Raises Refused where there is none, or several."""
    near = list(list_accounts(actor, typed, operation)[:9]) if typed.strip() else []
    exact = [account for account in near if account.name.lower() == typed.strip().lower()] or near
    if len(exact) == 1:
        return exact[0]
    named = ", ".join(account.name for account in exact[:4])
    words = f"Which one: {named}?" if exact else "No account within your reach has this name."
    raise Refused("which_account", words, field="account")


urlpatterns = [
    path("data/events/", index, name="keys_of_sources"),
    path("data/events/keys/<str:key_id>/revoke/", revoke, name="key_revoke"),
    path("data/events/users/<str:user_id>/match/", match, name="user_match"),
]

"""Messages: what clients wrote and what we answered, what still waits, and one conversation on a page."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.urls import path

from tenure.base import clock
from tenure.records.doubles import doubtful, letters_near, near
from tenure.records.lookup import access_message, list_messages
from tenure.records.message import Message
from tenure.web.actors import SignedIn, actor_of, may
from tenure.web.answers import answer
from tenure.web.listing import Column, Listing
from tenure.web.places import Place
from tenure.web.portfolio import Tab

PLACE = Place("Messages", "mail", "messages", "account.list", key="i")
COLUMNS = (
    Column("subject", "Message", "messages/cell_subject.html", ("subject",), head=True),
    Column("account", "Account", "messages/cell_account.html", ("account__name",), "full"),
    Column("who", "With", "messages/cell_who.html", ("contact__name",), "fold-away lean-2"),
    Column("when", "When", "messages/cell_when.html", ("at",)),
    Column("state", "State", "messages/cell_state.html", (), "right"),
)
WAITS = Q(direction="in", answered_at=None, settled_at=None, is_automatic=False)
VIEWS: dict[str, tuple[str, Q]] = {
    "": ("Unanswered", WAITS),
    "in": ("Received", Q(direction="in", is_automatic=False)),
    "out": ("Sent", Q(direction="out", is_automatic=False)),
    "automatic": ("Automatic", Q(is_automatic=True)),
    "twice": ("Logged twice?", Q(is_automatic=False)),
}


def index(request: SignedIn) -> HttpResponse:
    """What waits for an answer, the longest waiting first; or all of it, the newest first."""
    actor, shown = actor_of(request), request.GET.get("show", "")
    shown = shown if shown in VIEWS else ""
    rows = list_messages(actor).filter(VIEWS[shown][1]).select_related("account", "contact", "person")
    rows = doubtful(rows) if shown == "twice" else rows
    listing: Listing[Message] = Listing(request, COLUMNS, sort="-when" if shown else "when")
    tabs = [Tab(label, f"?show={key}" if key else "?", None, key == shown) for key, (label, _) in VIEWS.items()]
    return answer(
        request,
        "messages/list.html",
        {"tabs": tabs, "listing": listing, "page": listing.page(rows), "shown": shown, "now": clock.now()},
    )


def one(request: SignedIn, message_id: str) -> HttpResponse:
    """The whole conversation of a message, in the order in which it was written, with the acts on what waits."""
    actor = actor_of(request)
    found = access_message(actor, message_id)
    thread = list_messages(actor, found.account).filter(thread=found.thread).select_related("contact", "person")
    context: dict[str, Any] = {
        "message": found,
        "thread": sorted(thread, key=lambda each: (each.at, each.pk)),
        "twins": near(found)[:3],
        "letters": letters_near(found)[:3],
        "logged": found.logged.select_related("person").order_by("at"),
        "may_merge": bool(may(actor, "message.merge")),
        "may_settle": bool(may(actor, "message.settle")),
        "may_log": bool(may(actor, "message.log")),
        "may_send": bool(may(actor, "message.send")),
    }
    return answer(request, "messages/thread.html", context)


urlpatterns = [
    path("messages/", index, name="messages"),
    path("messages/<str:message_id>/", one, name="message"),
]

"""Calls to tools in the outbox: what waits, what was made, what failed and what mends it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from tenure.facts.contract import KINDS
from tenure.identity.access import require
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.outlets.calling import as_sent
from tenure.sources.tools.call import VIEW, Call, access_call, list_calls, stop_call, why_kept
from tenure.sources.tools.queueing import retry_call
from tenure.web.actors import SignedIn, actor_of, may
from tenure.web.answers import answer, done
from tenure.web.listing import Column, Listing
from tenure.web.portfolio import Tab
from tenure.web.undoing import undo_address

COLUMNS = (
    Column("what", "Asks for", "outbox/cell_what.html", ("label",), head=True),
    Column("tool", "Tool", "outbox/cell_tool.html", ("connector__label",)),
    Column("account", "Account", "outbox/cell_account.html", ("account__name",), "full"),
    Column("when", "When", "outbox/cell_queued.html", ("queued_at",)),
    Column("status", "State", "outbox/cell_call.html", ("status",)),
    Column("acts", "", "outbox/cell_call_acts.html", (), "right"),
)
TABS = {
    "": ("Waits", (Call.Status.WAITING, Call.Status.SENDING)),
    "failed": ("Failed", (Call.Status.FAILED,)),
    "done": ("Made", (Call.Status.DONE,)),
    "stopped": ("Stopped", (Call.Status.STOPPED,)),
}


def index(request: SignedIn) -> HttpResponse:
    """Calls about accounts within reach, by how far they have come."""
    actor, shown = actor_of(request), request.GET.get("show", "")
    require(actor, VIEW)
    within = list_calls(actor)
    listing: Listing[Call] = Listing(request, COLUMNS, sort="-when")
    rows = within.filter(status__in=TABS.get(shown, TABS[""])[1]).select_related("account", "connector", "asked_by")
    tabs = [
        Tab(label, f"?show={key}" if key else "?", within.filter(status__in=states).count(), key == shown)
        for key, (label, states) in TABS.items()
    ]
    context = {"tabs": tabs, "listing": listing, "page": listing.page(rows), "shown": shown, "kept": why_kept()}
    return answer(request, "outbox/calls.html", context | _acts(actor))


def _acts(actor: Actor) -> dict[str, Any]:
    return {"may_stop": bool(may(actor, "tool_call.stop")), "may_retry": bool(may(actor, "tool_call.retry"))}


def call(request: SignedIn, call_id: str) -> HttpResponse:
    """One call: what it says, who or what asked for it, how far it has come."""
    actor = actor_of(request)
    found = access_call(actor, call_id)
    cause = LedgerEntry.objects.filter(pk=found.cause).first() if found.cause else None
    label = KINDS[cause.kind].label if cause and cause.kind in KINDS else ""
    context = {"call": found, "says": as_sent(found), "cause": cause, "cause_label": label, "kept": why_kept()}
    return answer(request, "outbox/call.html", context | _acts(actor))


@require_POST
def stop(request: SignedIn, call_id: str) -> HttpResponse:
    """Keep a call from being made."""
    actor = actor_of(request)
    found = stop_call(access_call(actor, call_id, "tool_call.stop"), actor=actor)
    undo = undo_address("tool_call.stop", found)
    return done(request, "Stopped", to=reverse("call", args=[found.pk]), undo=undo)


@require_POST
def retry(request: SignedIn, call_id: str) -> HttpResponse:
    """Let a call be made again, as recipe and settings now say."""
    actor = actor_of(request)
    found = retry_call(access_call(actor, call_id, "tool_call.retry"), actor=actor)
    return done(request, "It is made again", to=reverse("call", args=[found.pk]))


urlpatterns = [
    path("outbox/calls/", index, name="calls"),
    path("outbox/calls/<str:call_id>/", call, name="call"),
    path("outbox/calls/<str:call_id>/stop/", stop, name="call_stop"),
    path("outbox/calls/<str:call_id>/retry/", retry, name="call_retry"),
]

"""Calls to tools in the outbox: what waits, what was made, what failed and what mends it."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import path

from tenure.facts.contract import KINDS
from tenure.identity.ledger import LedgerEntry
from tenure.outlets.calling import as_sent
from tenure.sources.tools.call import VIEW, Call, access_call, list_calls, stop_call, why_kept
from tenure.sources.tools.queueing import retry_call
from tenure.web.actors import SignedIn, actor_of
from tenure.web.answers import answer
from tenure.web.listing import Column
from tenure.web.outgoing import Outgoing

COLUMNS = (
    Column("what", "Asks for", "outbox/cell_what.html", ("label",), head=True),
    Column("tool", "Tool", "outbox/cell_tool.html", ("connector__label",)),
    Column("account", "Account", "outbox/cell_account.html", ("account__name",), "full"),
    Column("when", "When", "outbox/cell_queued.html", ("queued_at",)),
    Column("status", "State", "outbox/cell_call.html", ("status",)),
    Column("acts", "", "outbox/cell_acts.html", (), "right"),
)
TABS = {
    "": ("Waits", (Call.Status.WAITING, Call.Status.SENDING)),
    "failed": ("Failed", (Call.Status.FAILED,)),
    "done": ("Made", (Call.Status.DONE,)),
    "stopped": ("Stopped", (Call.Status.STOPPED,)),
}
CALLS = Outgoing(
    name="call",
    template="outbox/calls.html",
    view=VIEW,
    columns=COLUMNS,
    tabs=TABS,
    rows=lambda actor: list_calls(actor).select_related("account", "connector", "asked_by"),
    access=access_call,
    stopping=stop_call,
    retrying=retry_call,  # as recipe and settings now say
    why_kept=why_kept,
    again="Try again",
    tried="It is made again",
)


def call(request: SignedIn, call_id: str) -> HttpResponse:
    """One call: what it says, who or what asked for it, how far it has come."""
    actor = actor_of(request)
    found = access_call(actor, call_id)
    cause = LedgerEntry.objects.filter(pk=found.cause).first() if found.cause else None
    label = KINDS[cause.kind].label if cause and cause.kind in KINDS else ""
    context = {"call": found, "says": as_sent(found), "cause": cause, "cause_label": label}
    return answer(request, "outbox/call.html", context | CALLS.acts(actor))


urlpatterns = [
    path("outbox/calls/", CALLS.index, name="calls"),
    path("outbox/calls/<str:call_id>/", call, name="call"),
    *CALLS.urls("outbox/calls/"),
]

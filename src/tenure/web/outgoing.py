"""What goes out, mails and calls to tools: a list by how far each has come, with the acts on one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from tenure.identity.access import require
from tenure.identity.actor import Actor
from tenure.web.actors import SignedIn, actor_of, may
from tenure.web.answers import answer, done
from tenure.web.listing import Column, Listing
from tenure.web.portfolio import Tab
from tenure.web.undoing import undo_address

R = TypeVar("R", bound=Model)


@dataclass(frozen=True)
class Outgoing(Generic[R]):
    """One queue: what it shows and to whom, its operations, and its words.

    `name` is the page of one of its rows; with ``_stop`` and ``_retry`` behind it, that of the acts. `tabs` say which
    states stand under which label, those that wait first. `again` labels trying once more, `tried` is said after it.
    """

    name: str
    template: str
    view: str
    columns: Sequence[Column]
    tabs: Mapping[str, tuple[str, Sequence[str]]]
    rows: Callable[[Actor], QuerySet[R]]
    access: Callable[[Actor, str, str], R]
    stopping: Any
    retrying: Any
    why_kept: Callable[[], str]
    again: str
    tried: str

    def index(self, request: SignedIn) -> HttpResponse:
        """What is within reach, by how far it has come."""
        actor, shown = actor_of(request), request.GET.get("show", "")
        require(actor, self.view)
        within = self.rows(actor)
        listing: Listing[R] = Listing(request, self.columns, sort="-when")
        rows = within.filter(status__in=self.tabs.get(shown, self.tabs[""])[1])
        tabs = [
            Tab(label, f"?show={key}" if key else "?", within.filter(status__in=states).count(), key == shown)
            for key, (label, states) in self.tabs.items()
        ]
        context = {"tabs": tabs, "listing": listing, "page": listing.page(rows), "shown": shown}
        return answer(request, self.template, context | self.acts(actor))

    def acts(self, actor: Actor) -> dict[str, Any]:
        """What a page of the queue says of its acts, and why nothing goes out where that is so."""
        return {
            "may_stop": bool(may(actor, self.stopping.name)),
            "may_retry": bool(may(actor, self.retrying.name)),
            "may_calls": bool(may(actor, "tool_call.view")),
            "may_drafts": bool(may(actor, "draft.send")),
            "stop_at": f"{self.name}_stop",
            "retry_at": f"{self.name}_retry",
            "again": self.again,
            "kept": self.why_kept(),
        }

    def stop(self, request: SignedIn, pk: str) -> HttpResponse:
        """Keep one from going out."""
        actor = actor_of(request)
        found = self.stopping(self.access(actor, pk, self.stopping.name), actor=actor)
        return done(request, "Stopped", to=reverse(self.name, args=[pk]), undo=undo_address(self.stopping.name, found))

    def retry(self, request: SignedIn, pk: str) -> HttpResponse:
        """Let one go out again."""
        actor = actor_of(request)
        self.retrying(self.access(actor, pk, self.retrying.name), actor=actor)
        return done(request, self.tried, to=reverse(self.name, args=[pk]))

    def urls(self, under: str) -> list[URLPattern]:
        """The addresses of both acts, below the list's own."""
        return [
            path(f"{under}<str:pk>/stop/", require_POST(self.stop), name=f"{self.name}_stop"),
            path(f"{under}<str:pk>/retry/", require_POST(self.retry), name=f"{self.name}_retry"),
        ]

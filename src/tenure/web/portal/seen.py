"""An account as its client sees it: the client themselves, or one of us who looks at what the client sees.

Rows come through `Portal.rows` alone, which keeps to what each noun lets a client read, whoever asks. So nothing
internal can slip in by somebody's rights, and what one of us is shown is what the client is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, wraps
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from tenure.base import clock
from tenure.base.errors import Forbidden
from tenure.records.account import Account
from tenure.records.contact import Contact, own_contact
from tenure.records.lookup import access_account, list_accounts
from tenure.records.portal import PortalAccess, enter_portal, seen_again, standing_access
from tenure.records.row import AccountRow
from tenure.records.visibility import is_client
from tenure.web.actors import Reader, actor_of, may
from tenure.web.clients import open_to_clients

A = TypeVar("A", bound=AccountRow)
SAFE = ("GET", "HEAD", "OPTIONS")
SEEN_AGAIN = timedelta(hours=1)
TABS = (
    ("portal_home", "Home", "today"),
    ("portal_plan", "Plan", "flag"),
    ("portal_results", "Results", "report"),
    ("portal_work", "Work", "content"),
    ("portal_meetings", "Meetings", "meeting"),
    ("portal_messages", "Messages", "mail"),
)
# The place under which a page stands that has none of its own.
UNDER = {
    "portal_report": "portal_results",
    "portal_goal": "portal_plan",
    "portal_piece": "portal_work",
    "portal_meeting": "portal_meetings",
    "portal_thread": "portal_messages",
}


@dataclass(frozen=True)
class Tab:
    """A place of the portal, as its menu shows it."""

    label: str
    icon: str
    href: str
    current: bool


@dataclass(frozen=True)
class Portal:
    """One account's portal, open for a reader."""

    account: Account
    actor: Reader
    is_preview: bool
    at: str

    def rows(self, model: type[A]) -> QuerySet[A]:
        """The rows of a noun on the account that its client may read."""
        allowed = model.client_sees
        rows = model._default_manager.filter(account_id=self.account.pk)
        return rows.none() if allowed is None else rows.filter(allowed)

    def one(self, model: type[A], pk: str) -> A:
        """One of those rows. Raises Forbidden, hidden, where it is absent, another account's or internal."""
        found = self.rows(model).filter(pk=pk).first()
        if found is None:
            raise Forbidden("account.view", "There is no such thing here.", hidden=True)
        return found

    @cached_property
    def accounts(self) -> Sequence[Account]:
        """The accounts between which the reader can switch."""
        return () if self.is_preview else list(list_accounts(self.actor)[:20])

    @cached_property
    def contact(self) -> Contact | None:
        return None if self.is_preview else own_contact(self.actor, self.account.pk)

    @cached_property
    def access(self) -> PortalAccess | None:
        return standing_access(self.account.pk, self.actor.id or "")

    @property
    def tabs(self) -> list[Tab]:
        here = UNDER.get(self.at, self.at)
        return [Tab(label, icon, reverse(name, args=[self.account.pk]), here == name) for name, label, icon in TABS]

    def word(self, noun: str, otherwise: str) -> str:
        """What the company calls several of a noun."""
        words = self.actor.model.words.get(noun)
        return words.many if words else otherwise


def open_portal(request: HttpRequest, account_id: str) -> Portal:
    """The portal of an account within reach. Raises Forbidden, hidden where it is not; one of us only looks."""
    actor = actor_of(request)
    account = access_account(actor, account_id)
    is_preview = not is_client(actor)
    if is_preview and request.method not in SAFE:
        raise Forbidden("portal.enter", "This is for the client to do; you see what they see.")
    match = request.resolver_match
    found = Portal(account, actor, is_preview, (match.url_name or "") if match else "")
    if not is_preview:
        _note(found)
    return found


def _note(portal: Portal) -> None:
    """Keep when somebody was last here, to the hour; the first time is a fact."""
    held, now = portal.access, clock.now()
    if (held is None or held.entered_at is None) and may(portal.actor, "portal.enter"):
        enter_portal(portal.account, actor=portal.actor)
        portal.__dict__.pop("access", None)
    elif held is not None and (held.seen_at is None or held.seen_at < now - SEEN_AGAIN):
        seen_again(held.account_id, held.person_id)


def of_portal(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A page of the portal: the view is given the open portal in place of the account's id."""

    @open_to_clients
    @wraps(view)
    def opened(request: HttpRequest, account_id: str, *args: Any, **more: Any) -> HttpResponseBase:
        return view(request, open_portal(request, account_id), *args, **more)

    return opened

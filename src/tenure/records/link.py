"""The link: where something of an account lives in another tool, with what its address tells of it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

from django.db import models
from django.db.models import Q

from tenure.base.errors import Refused
from tenure.facts.contract import declare
from tenure.identity.actor import Actor
from tenure.identity.operations import operation
from tenure.identity.people import Person
from tenure.records.account import Account
from tenure.records.checks import Short, check_address
from tenure.records.deliverable import Deliverable
from tenure.records.meeting import Meeting
from tenure.records.row import UNSET, AccountRow, fact, related, set_fields, when
from tenure.records.withdrawal import undo

FIELDS = {"tool": "text", "kind": "text", "meeting": "id", "deliverable": "id", "client_visible": "boolean"}
declare("link.added", "Link added", internal=True, **FIELDS)
declare("link.changed", "Link changed", internal=True, **FIELDS, changed="list")
declare("link.removed", "Link removed", internal=True, **FIELDS)
declare("link.withdrawn", "Link taken back", internal=True, **FIELDS, fact="text")

TOOLS = Path(__file__).with_name("tools.toml")


class Link(AccountRow):
    """One page of another tool that belongs to an account, or to one of its meetings or deliverables."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="links")
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, null=True, related_name="links")
    deliverable = models.ForeignKey(Deliverable, on_delete=models.CASCADE, null=True, related_name="links")
    url = models.CharField(max_length=500)
    tool = models.CharField(max_length=60)
    kind = models.CharField(max_length=60, blank=True)
    title = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=60, blank=True)
    client_visible = models.BooleanField(default=False)
    added_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField()

    noun: ClassVar[str] = "link"
    ledger_fields: ClassVar[tuple[str, ...]] = ("tool", "kind", "client_visible")
    client_sees: ClassVar[Q | None] = Q(client_visible=True)

    class Meta:
        indexes = [models.Index(fields=["account", "-added_at"])]
        constraints = [models.UniqueConstraint(fields=["account", "url"], name="one_link_per_account_and_address")]

    def __str__(self) -> str:
        return self.title or f"{self.tool_label} {self.kind}".strip()

    @property
    def tool_label(self) -> str:
        """What the tool is called; its host where the table does not know it."""
        known = tools().get(self.tool)
        return known.label if known else urlsplit(self.url).hostname or self.tool

    @property
    def icon(self) -> str:
        known = tools().get(self.tool)
        return known.icon if known else "link"


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as the table knows it: its hosts, and what the paths of its pages tell."""

    label: str
    icon: str
    hosts: tuple[str, ...]
    pages: tuple[tuple[re.Pattern[str], str, str], ...]  # path, kind of page, state


@dataclass(frozen=True, slots=True)
class Told:
    """What an address tells by itself: the tool's key, the kind of page, its title and state."""

    tool: str
    kind: str = ""
    title: str = ""
    state: str = ""


@cache
def tools() -> Mapping[str, Tool]:
    """The tools of the table, by key."""
    found = {}
    for key, given in tomllib.loads(TOOLS.read_text(encoding="utf-8")).items():
        pages = tuple(
            (re.compile(page["path"]), page.get("kind", ""), page.get("state", "")) for page in given["pages"]
        )
        found[key] = Tool(given["label"], given.get("icon", "link"), tuple(given["hosts"]), pages)
    return found


def tell(url: str) -> Told:
    """What an address tells without being visited. A tool that the table does not know is named ``other``."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    for key, tool in tools().items():
        if any(host == each or host.endswith(f".{each}") for each in tool.hosts):
            return _page(key, tool, parts.path + (f"?{parts.query}" if parts.query else ""))
    return Told("other", title=_as_title(parts.path.rstrip("/").rpartition("/")[2]))


def _page(key: str, tool: Tool, path: str) -> Told:
    for pattern, kind, state in tool.pages:
        found = pattern.search(path)
        if found:
            held = found.groupdict()
            title = _as_title(held.get("title") or "") or (f"{kind} {held['id']}" if held.get("id") else "")
            return Told(key, kind, title[:200], state)
    return Told(key)


def _as_title(slug: str) -> str:
    """The words of a part of an address: ``Autumn-plan_v2`` reads “Autumn plan v2”. What has no words tells nothing."""
    text = re.sub(r"[-_+\s]+", " ", unquote(slug)).strip()
    return text[:200] if re.search(r"[^\W\d_]{3}", text) and "." not in text else ""


def _check_url(url: str) -> str:
    checked = check_address(url, "url")
    if not checked:
        raise Refused("no_address", "Paste the link first.", field="url")
    if "@" in urlsplit(checked).netloc:
        raise Refused("with_password", "This link carries a name or a password; leave it out.", field="url")
    return checked


@operation("link.add", label="Add a link", undo="link.withdraw")
def add_link(
    account: Account,
    *,
    url: str,
    title: Short = "",
    state: Short = "",
    meeting: str | None = None,
    deliverable: str | None = None,
    client_visible: bool = False,
    actor: Actor,
) -> Link:
    """Put a page of another tool beside an account, one of its meetings or deliverables. Nothing is fetched: title and
    state are what is given, else what the address itself tells.
    """
    checked = _check_url(url)
    if Link.objects.filter(account=account, url=checked).exists():
        raise Refused("taken", "This account has the same link already.", field="url")
    told = tell(checked)
    link = Link.objects.create(
        account=account,
        meeting=related(Meeting, meeting, account.pk, "meeting"),
        deliverable=related(Deliverable, deliverable, account.pk, "deliverable"),
        url=checked,
        tool=told.tool,
        kind=told.kind,
        title=title.strip() or told.title,
        state=(state.strip() or told.state)[:60],
        client_visible=client_visible,
        added_by=actor.person,
        added_at=when(actor, None).moment,
    )
    _record("link.added", link)
    return link


@operation("link.change", label="Change a link")
def change_link(
    link: Link,
    *,
    url: str = UNSET,
    title: Short = UNSET,
    state: Short = UNSET,
    meeting: str | None = UNSET,
    deliverable: str | None = UNSET,
    client_visible: bool = UNSET,
    actor: Actor,
) -> Link:
    """Change what is given and leave the rest. Another address is told apart anew."""
    values: dict[str, Any] = {
        "title": title if title is UNSET else title.strip(),
        "state": state if state is UNSET else state.strip()[:60],
        "client_visible": client_visible,
        "meeting": meeting if meeting is UNSET else related(Meeting, meeting, link.account_id, "meeting"),
        "deliverable": deliverable
        if deliverable is UNSET
        else related(Deliverable, deliverable, link.account_id, "deliverable"),
    }
    if url is not UNSET and _check_url(url) != link.url:
        told = tell(_check_url(url))
        if Link.objects.filter(account_id=link.account_id, url=_check_url(url)).exists():
            raise Refused("taken", "This account has the same link already.", field="url")
        values |= {"url": _check_url(url), "tool": told.tool, "kind": told.kind}
    changed = set_fields(link, **values)
    if changed:
        link.save(update_fields=changed)
        _record("link.changed", link, changed=changed)
    return link


@operation("link.remove", label="Remove a link")
def remove_link(link: Link, *, actor: Actor) -> None:
    """Take a link off the account; the page itself stays where it is."""
    _record("link.removed", link)
    link.delete()


@operation("link.withdraw", label="Undo a link")
def withdraw_link(link: Link, *, actor: Actor) -> None:
    """Take back a link that was just added."""
    undo(link, actor)


def _record(kind: str, link: Link, **data: Any) -> None:
    fact(kind, link, meeting=link.meeting_id, deliverable=link.deliverable_id, **data)

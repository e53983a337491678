"""The issue: what a client raised, how grave it is, and how it went until it was resolved."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal

from django.db import models
from django.db.models import Q

from tenure.base.errors import Refused
from tenure.base.ids import ID_LENGTH, new_id
from tenure.facts.contract import declare
from tenure.identity.actor import Actor
from tenure.identity.operations import operation
from tenure.identity.people import Person
from tenure.records.account import Account
from tenure.records.checks import Code, Degree, Short, Text, check_address, check_custom
from tenure.records.contact import Contact
from tenure.records.row import NOW, UNSET, AccountRow, Moment, When, colleague, fact, related, said, set_fields, when
from tenure.records.visibility import is_client
from tenure.records.withdrawal import can_undo, undo, undo_fact

Severity = Literal["low", "normal", "high", "urgent"]
FIELDS = {
    "type": "text",
    "severity": "text",
    "status": "text",
    "satisfaction": "number",
    "escalated": "boolean",
    "channel": "text",
    "owner": "id",
}
declare("issue.opened", "Issue opened", internal=False, **FIELDS)
declare("issue.changed", "Issue changed", internal=True, **FIELDS, changed="list")
declare("issue.responded", "Issue answered", internal=False, **FIELDS)
declare("issue.escalated", "Issue escalated", internal=True, **FIELDS, to="id", reason="text")
declare("issue.logged", "Entry in the issue's log", internal=True, **FIELDS, client_told="boolean")
declare("issue.resolved", "Issue resolved", internal=False, **FIELDS)
declare("issue.rated", "Issue's handling rated", internal=True, **FIELDS)
declare("issue.reopened", "Issue reopened", internal=False, **FIELDS)
declare("issue.withdrawn", "Issue taken back", internal=True, **FIELDS, fact="text")


class Issue(AccountRow):
    """Something a client raised. What the client reads is `title`, `body` and `resolution`; the log is ours."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        WAITING = "waiting", "Waits for the client"
        RESOLVED = "resolved", "Resolved"

    class Severity(models.TextChoices):
        LOW = "low", "Low"
        NORMAL = "normal", "Normal"
        HIGH = "high", "High"
        URGENT = "urgent", "Urgent"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="issues")
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    type = models.CharField(max_length=60)
    severity = models.CharField(max_length=10, choices=Severity.choices, default=Severity.NORMAL)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    channel = models.CharField(max_length=60, blank=True)
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, related_name="issues")
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="issues")
    url = models.CharField(max_length=500, blank=True)  # where it lives in another system
    opened_at = models.DateTimeField()
    responded_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    resolution = models.TextField(blank=True)
    satisfaction = models.PositiveSmallIntegerField(null=True, blank=True)  # 1 to 5, by the client
    client_visible = models.BooleanField(default=False)
    custom = models.JSONField(default=dict)

    noun: ClassVar[str] = "issue"
    ledger_fields: ClassVar[tuple[str, ...]] = ("type", "severity", "status", "satisfaction", "escalated", "channel")
    client_sees: ClassVar[Q | None] = Q(client_visible=True)

    class Meta:
        indexes = [
            models.Index(fields=["account", "status", "opened_at"]),
            models.Index(fields=["owner", "status", "opened_at"]),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def escalated(self) -> bool:
        return self.escalated_at is not None

    @property
    def is_resolved(self) -> bool:
        return self.status == Issue.Status.RESOLVED


class IssueEntry(models.Model):
    """A line of an issue's log: what was done to contain it, and what the client was told. Ours alone to read."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="log")
    at = models.DateTimeField()
    author = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    text = models.TextField(blank=True)
    client_told = models.TextField(blank=True)

    anchor_path: ClassVar[str] = "issue__account"

    class Meta:
        ordering = ["at", "id"]


def _record(kind: str, issue: Issue, times: When = NOW, **data: Any) -> None:
    fact(kind, issue, times, owner=issue.owner_id, **data)


def _check_unresolved(issue: Issue) -> None:
    if issue.is_resolved:
        raise Refused("resolved", "This issue is resolved; reopen it first.")


def _check_after_opening(issue: Issue, moment: datetime) -> None:
    if moment < issue.opened_at:
        raise Refused("too_early", "This lies before the issue was opened.", field="at")


@operation("issue.open", label="Open an issue", undo="issue.withdraw")
def open_issue(
    account: Account,
    *,
    title: Short,
    type: Code = "question",
    severity: Severity = "normal",
    body: Text = "",
    channel: Code | None = None,
    contact: str | None = None,
    owner: str | None = None,
    url: str = "",
    client_visible: bool | None = None,
    custom: dict[str, Any] | None = None,
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Issue:
    """Open an issue. The client sees those that they or one of their contacts raised, unless it is said otherwise."""
    times = when(actor, at, known_at)
    theirs = is_client(actor)
    issue = Issue(
        account=account,
        title=said(title, "title", "what it is about"),
        body=body,
        type=type,
        severity=severity,
        channel=channel or ("portal" if theirs else ""),
        contact=related(Contact, contact, account.pk, "contact"),
        owner=None if theirs else colleague(owner) or actor.person,
        url=check_address(url, "url"),
        opened_at=times.moment,
        custom=check_custom(actor.model, "issue", custom or {}, {}),
    )
    issue.client_visible = theirs or (contact is not None if client_visible is None else client_visible)
    issue.save(force_insert=True)
    _record("issue.opened", issue, times)
    return issue


@operation("issue.change", label="Change an issue")
def change_issue(
    issue: Issue,
    *,
    title: Short = UNSET,
    body: Text = UNSET,
    type: Code = UNSET,
    severity: Severity = UNSET,
    status: Literal["open", "waiting"] = UNSET,
    owner: str | None = UNSET,
    contact: str | None = UNSET,
    url: str = UNSET,
    client_visible: bool = UNSET,
    custom: dict[str, Any] = UNSET,
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Issue:
    """Change what is given, and say with `status` whether it waits for the client."""
    times = when(actor, at, known_at)
    if status is not UNSET:
        _check_unresolved(issue)
    changed = set_fields(
        issue,
        title=title if title is UNSET else said(title, "title", "what it is about"),
        body=body,
        type=type,
        severity=severity,
        status=status,
        owner=owner if owner is UNSET else colleague(owner),
        contact=contact if contact is UNSET else related(Contact, contact, issue.account_id, "contact"),
        url=url if url is UNSET else check_address(url, "url"),
        client_visible=client_visible,
        custom=custom if custom is UNSET else check_custom(actor.model, "issue", custom, issue.custom),
    )
    if changed:
        issue.save(update_fields=changed)
        _record("issue.changed", issue, times, changed=changed)
    return issue


@operation("issue.respond", label="Log the first answer to an issue")
def respond_to_issue(issue: Issue, *, at: Moment | None = None, known_at: Moment | None = None, actor: Actor) -> Issue:
    """Record that the client was answered. The first answer counts; later ones are facts too."""
    times = when(actor, at, known_at)
    _check_after_opening(issue, times.moment)
    if issue.responded_at is None or times.moment < issue.responded_at:
        issue.responded_at = times.moment
        issue.save(update_fields=["responded_at"])
    _record("issue.responded", issue, times)
    return issue


@operation("issue.escalate", label="Escalate an issue")
def escalate_issue(
    issue: Issue,
    *,
    reason: Code | None = None,
    to: str | None = None,
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Issue:
    """Take an issue up, to somebody where it is known to whom: they own it from then on."""
    _check_unresolved(issue)
    times = when(actor, at, known_at)
    _check_after_opening(issue, times.moment)
    if issue.escalated and not to:
        raise Refused("escalated", "This issue is escalated already; name whom it goes to next.", field="to")
    receiver = colleague(to, "to")
    issue.owner = receiver or issue.owner
    issue.escalated_at = issue.escalated_at or times.moment
    issue.save(update_fields=["owner", "escalated_at"])
    _record("issue.escalated", issue, times, to=receiver.pk if receiver else None, reason=reason)
    return issue


@operation("issue.log", label="Write in an issue's log")
def log_in_issue(
    issue: Issue,
    *,
    text: Text = "",
    client_told: Text = "",
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> IssueEntry:
    """Keep what was done to contain an issue, and what the client was told, as two different texts."""
    if not text.strip() and not client_told.strip():
        raise Refused("empty", "Write what was done, or what the client was told.", field="text")
    times = when(actor, at, known_at)
    entry = IssueEntry.objects.create(
        issue=issue, at=times.moment, author=actor.person, text=text.strip(), client_told=client_told.strip()
    )
    _record("issue.logged", issue, times, client_told=bool(entry.client_told))
    return entry


@operation("issue.resolve", label="Resolve an issue", undo="issue.reopen")
def resolve_issue(
    issue: Issue,
    *,
    resolution: Text = "",
    satisfaction: Degree | None = None,
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Issue:
    """Say that an issue is resolved, and how, in words that the client may read."""
    _check_unresolved(issue)
    times = when(actor, at, known_at)
    _check_after_opening(issue, times.moment)
    issue.status, issue.resolved_at = Issue.Status.RESOLVED, times.moment
    issue.resolution = resolution.strip()
    issue.satisfaction = satisfaction
    issue.save(update_fields=["status", "resolved_at", "resolution", "satisfaction"])
    _record("issue.resolved", issue, times)
    return issue


@operation("issue.rate", label="Rate how an issue was handled")
def rate_issue(
    issue: Issue, *, satisfaction: Degree, at: Moment | None = None, known_at: Moment | None = None, actor: Actor
) -> Issue:
    """Keep how satisfied the client is with a resolved issue, from 1 to 5."""
    if not issue.is_resolved:
        raise Refused("unresolved", "This issue is not resolved yet.")
    issue.satisfaction = satisfaction
    issue.save(update_fields=["satisfaction"])
    _record("issue.rated", issue, when(actor, at, known_at))
    return issue


@operation("issue.reopen", label="Reopen an issue")
def reopen_issue(issue: Issue, *, at: Moment | None = None, known_at: Moment | None = None, actor: Actor) -> Issue:
    """Open a resolved issue again; at once after resolving it, this takes the resolving back."""
    if not issue.is_resolved:
        raise Refused("open", "This issue is open.")
    times = when(actor, at, known_at)
    issue.status, issue.resolved_at, issue.satisfaction = Issue.Status.OPEN, None, None
    issue.save(update_fields=["status", "resolved_at", "satisfaction"])
    if at is None and can_undo(issue, "issue.resolved", actor):
        undo_fact(issue, "issue.resolved", actor)
    else:
        _record("issue.reopened", issue, times)
    return issue


@operation("issue.withdraw", label="Undo an issue")
def withdraw_issue(issue: Issue, *, actor: Actor) -> None:
    """Take back an issue that was just opened."""
    undo(issue, actor)

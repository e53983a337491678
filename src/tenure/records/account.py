"""The account: a customer, its place in the hierarchy, its stage, its next step, and the company's own fields."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar, Literal

from django.db import models
from django.db.models import Q

from tenure.base.errors import Refused
from tenure.blueprint.model import Model
from tenure.facts.contract import declare
from tenure.identity import access
from tenure.identity.accounts import AccountAnchor
from tenure.identity.actor import Actor
from tenure.identity.hours import check_zone, hours_for
from tenure.identity.operations import operation, record
from tenure.identity.people import Person, Pod
from tenure.records.checks import (
    Amount,
    Code,
    Short,
    Slot,
    Text,
    check_address,
    check_amount,
    check_custom,
    check_slot,
    check_word,
    custom_facts,
)
from tenure.records.ownership import give_owner
from tenure.records.row import NOW, UNSET, Moment, When, colleague, day_in, said, set_fields, when

FIELDS = {
    "tier": "text",
    "industry": "text",
    "country": "text",
    "status": "text",
    "seats": "integer",
    "stage": "text",
    "pod": "id",
    "parent": "id",
    "zone": "text",
    "trial": "boolean",
    "source": "text",
    "custom": "object",
}
declare("account.created", "Account created", internal=False, **FIELDS)
declare("account.changed", "Account changed", internal=True, **FIELDS, changed="list", stage_before="text")
declare("account.closed", "Account closed", internal=True, **FIELDS, reason="text")
declare("account.reopened", "Account reopened", internal=True, **FIELDS)
declare("account.next_step_planned", "Next step planned", internal=True, **FIELDS, owner="id", on="day")
declare(
    "account.churned",
    "Churn reported",
    internal=True,
    **FIELDS,
    reason_code="text",
    refund="number",
    reactivation="boolean",
)
declare("account.withdrawn", "Account taken back", internal=True, **FIELDS, fact="text")


class Account(AccountAnchor):
    """A customer. Where it stands in the hierarchy and which pod serves it are its anchor's."""

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        PROSPECT = "prospect", "Prospect"
        CLOSED = "closed", "Closed"

    name = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    tier = models.CharField(max_length=60, blank=True)
    industry = models.CharField(max_length=200, blank=True)
    country = models.CharField(max_length=200, blank=True)
    website = models.CharField(max_length=500, blank=True)
    source = models.CharField(max_length=200, blank=True)
    trial = models.BooleanField(default=False)
    seats = models.PositiveIntegerField(null=True, blank=True)
    zone = models.CharField(max_length=60, blank=True)
    calendar = models.CharField(max_length=60, blank=True)
    preferred_slot = models.JSONField(null=True, blank=True)  # the fields of `checks.Slot`
    stage = models.CharField(max_length=60, blank=True)
    stage_since = models.DateTimeField(null=True, blank=True)
    started_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    close_reason = models.CharField(max_length=60, blank=True)
    summary = models.TextField(blank=True)  # internal
    next_step = models.CharField(max_length=200, blank=True)  # internal
    next_step_owner = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    next_step_on = models.DateField(null=True, blank=True)
    custom = models.JSONField(default=dict)

    noun: ClassVar[str] = "account"
    ledger_fields: ClassVar[tuple[str, ...]] = (
        "tier",
        "industry",
        "country",
        "status",
        "seats",
        "stage",
        "zone",
        "trial",
        "source",
    )
    client_sees: ClassVar[Q | None] = Q()

    class Meta:
        indexes = [models.Index(fields=["name"]), models.Index(fields=["status", "name"])]

    def __str__(self) -> str:
        return self.name

    @property
    def account_id(self) -> str:
        """Its own id, as every other row names its account."""
        return self.pk

    @property
    def is_closed(self) -> bool:
        return self.status == Account.Status.CLOSED

    def zone_in(self, model: Model) -> str:
        """The zone in which the client counts: its own, else that of the pod that serves it, else the company's."""
        return hours_for(self.pod, self.zone, self.calendar)[0] or model.company.zone


def stages(model: Model) -> dict[str, str]:
    """Every stage of every journey, with its label."""
    return {key: stage.label for journey in model.journeys.values() for key, stage in journey.stages.items()}


_CHECKS: dict[str, Callable[[Model, Any], Any]] = {
    "name": lambda _, name: said(name, "name", "the account's name"),
    "tier": lambda model, tier: check_word("tier", tier, model.tiers, "tier"),
    "stage": lambda model, stage: check_word("stage", stage, stages(model), "stage"),
    "calendar": lambda model, calendar: check_word("calendar", calendar, model.calendars, "calendar"),
    "zone": lambda _, zone: check_zone(zone),
    "website": lambda _, website: check_address(website, "website"),
    "preferred_slot": lambda _, slot: check_slot(slot) if slot else None,
}


def _checked(model: Model, values: dict[str, Any]) -> dict[str, Any]:
    """Values as they are stored; those that were not given stay so."""
    return {
        name: value if value is UNSET or name not in _CHECKS else _CHECKS[name](model, value)
        for name, value in values.items()
    }


def _record(kind: str, account: Account, actor: Actor, times: When = NOW, **data: Any) -> None:
    record(
        kind,
        account,
        happened_at=times.happened_at,
        known_at=times.known_at,
        pod=account.pod_id,
        parent=account.parent_id,
        custom=custom_facts(actor.model, "account", account.custom),
        **data,
    )


def _check_parent(account: Account, parent: str | None, actor: Actor) -> str | None:
    """The id of the parent. Raises Refused where it is out of reach or lies below the account itself."""
    if not parent:
        return None
    anchor = AccountAnchor.objects.filter(pk=parent).first()
    if anchor is None or not access.reaches(actor, "account.view", anchor):
        raise Refused("unknown_account", "There is no such account within your reach.", field="parent")
    above: str | None = parent
    while above:
        if above == account.pk:
            raise Refused("circle", "An account cannot stand below itself; choose another parent.", field="parent")
        above = AccountAnchor.objects.filter(pk=above).values_list("parent_id", flat=True).first()
    return parent


def _check_pod(pod: str | None) -> str | None:
    if pod and not Pod.objects.filter(pk=pod).exists():
        raise Refused("unknown_pod", "There is no such pod.", field="pod")
    return pod or None


@operation("account.create", label="Create an account")
def create_account(
    *,
    name: Short,
    tier: str = "",
    industry: Short = "",
    country: Short = "",
    website: str = "",
    source: Short = "",
    status: Literal["active", "prospect", "closed"] = "active",
    trial: bool = False,
    seats: int | None = None,
    zone: str = "",
    calendar: str = "",
    preferred_slot: Slot | None = None,
    stage: str = "",
    started_on: date | None = None,
    summary: Text = "",
    custom: dict[str, Any] | None = None,
    parent: str | None = None,
    pod: str | None = None,
    owner: str | None = None,
    role: str | None = None,
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Account:
    """Take a customer on. Its owner is `owner` in `role`, else whoever creates it, where they carry a book."""
    times = when(actor, at, known_at)
    given: dict[str, Any] = {"name": name, "tier": tier, "industry": industry, "country": country, "website": website}
    given |= {"source": source, "status": status, "trial": trial, "zone": zone, "calendar": calendar, "stage": stage}
    given |= {"seats": _check_seats(seats), "started_on": started_on, "summary": summary}
    account = Account(
        **_checked(actor.model, given | {"preferred_slot": preferred_slot}),
        custom=check_custom(actor.model, "account", custom or {}, {}),
        pod_id=_check_pod(pod),
        stage_since=times.moment if stage else None,
    )
    account.parent_id = _check_parent(account, parent, actor)
    if account.is_closed:
        account.closed_on = day_in(times.moment, actor.model.company.zone)
    account.save(force_insert=True)
    _record("account.created", account, actor, times)
    give_owner(account, owner, role, actor)
    return account


def _check_seats(seats: Any) -> Any:
    if seats is not UNSET and seats is not None and seats < 0:
        raise Refused("no_seats", "Seats are zero or more.", field="seats")
    return seats


@operation("account.change", label="Change an account")
def change_account(
    account: Account,
    *,
    name: Short = UNSET,
    tier: str = UNSET,
    industry: Short = UNSET,
    country: Short = UNSET,
    website: str = UNSET,
    source: Short = UNSET,
    status: Literal["active", "prospect"] = UNSET,
    trial: bool = UNSET,
    seats: int | None = UNSET,
    zone: str = UNSET,
    calendar: str = UNSET,
    preferred_slot: Slot | None = UNSET,
    started_on: date | None = UNSET,
    summary: Text = UNSET,
    custom: dict[str, Any] = UNSET,
    parent: str | None = UNSET,
    pod: str | None = UNSET,
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Account:
    """Change what is given and leave the rest; nothing new records nothing. None clears a value."""
    times = when(actor, at, known_at)
    if status is not UNSET and account.is_closed:
        raise Refused("closed", "This account is closed; reopen it first.", field="status")
    given: dict[str, Any] = {"name": name, "tier": tier, "industry": industry, "country": country, "website": website}
    given |= {"source": source, "status": status, "trial": trial, "zone": zone, "calendar": calendar}
    given |= {"seats": _check_seats(seats), "started_on": started_on, "summary": summary}
    given |= {"preferred_slot": preferred_slot}
    checked = _checked(actor.model, given)
    checked["custom"] = UNSET if custom is UNSET else check_custom(actor.model, "account", custom, account.custom)
    checked["parent_id"] = UNSET if parent is UNSET else _check_parent(account, parent, actor)
    checked["pod_id"] = UNSET if pod is UNSET else _check_pod(pod)
    changed = set_fields(account, **checked)
    if changed:
        account.save(update_fields=changed)
        names = [each.removesuffix("_id") for each in changed]
        _record("account.changed", account, actor, times, changed=names)
    return account


@operation("account.set_stage", label="Move an account to a stage")
def set_stage(
    account: Account, *, stage: str, at: Moment | None = None, known_at: Moment | None = None, actor: Actor
) -> Account:
    """Move an account along its journey. A move told late is recorded, and the row keeps the later stage."""
    times = when(actor, at, known_at)
    check_word("stage", stage, stages(actor.model), "stage")
    if stage == account.stage:
        return account
    before = account.stage
    if account.stage_since is None or times.moment >= account.stage_since:
        account.stage, account.stage_since = stage, times.moment
        account.save(update_fields=["stage", "stage_since"])
    _record("account.changed", account, actor, times, stage=stage, changed=["stage"], stage_before=before)
    return account


@operation("account.plan_next_step", label="Say what comes next for an account")
def plan_next_step(
    account: Account, *, text: Short, owner: str | None = None, on: date | None = None, actor: Actor
) -> Account:
    """Say what happens next, who does it and on which day; an empty text takes the step away."""
    person = colleague(owner) or (actor.person if text.strip() else None)
    given = {"next_step": text.strip(), "next_step_owner": person, "next_step_on": on if text.strip() else None}
    changed = set_fields(account, **given)
    if changed:
        account.save(update_fields=changed)
        owner_id = person.pk if person else None
        _record("account.next_step_planned", account, actor, owner=owner_id, on=account.next_step_on)
    return account


@operation("account.close", label="Close an account", undo="account.reopen")
def close_account(
    account: Account,
    *,
    reason: Code,
    on: date | None = None,
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Account:
    """Close an account for a reason. Its history stays, and it leaves the lists of open work."""
    if account.is_closed:
        raise Refused("closed", "This account is closed already.")
    times = when(actor, at, known_at)
    account.status, account.close_reason = Account.Status.CLOSED, reason
    account.closed_on = on or day_in(times.moment, actor.model.company.zone)
    account.save(update_fields=["status", "close_reason", "closed_on"])
    _record("account.closed", account, actor, times, reason=reason)
    return account


@operation("account.reopen", label="Reopen an account")
def reopen_account(
    account: Account, *, at: Moment | None = None, known_at: Moment | None = None, actor: Actor
) -> Account:
    """Make a closed account active again."""
    if not account.is_closed:
        raise Refused("open", "This account is open.")
    account.status, account.close_reason, account.closed_on = Account.Status.ACTIVE, "", None
    account.save(update_fields=["status", "close_reason", "closed_on"])
    _record("account.reopened", account, actor, when(actor, at, known_at))
    return account


@operation("account.report_churn", label="Report that an account churned")
def report_churn(
    account: Account,
    *,
    reason_code: Code,
    refund: Amount | None = None,
    reactivation: bool = False,
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Account:
    """Record a churn as another system tells it. The account stays as it is; closing it is an act of its own."""
    amount = None if refund is None else check_amount(refund, actor.model.company.currency, "refund")
    data = {"reason_code": reason_code, "refund": amount, "reactivation": reactivation}
    _record("account.churned", account, actor, when(actor, at, known_at), **data)
    return account

"""Bringing the standing of accounts up to date from the records and from what is open: a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Min, Q

from tenure.base import clock
from tenure.base.errors import Forbidden
from tenure.blueprint.model import Model
from tenure.identity import access
from tenure.identity.actor import Actor
from tenure.identity.people import Person, Pod
from tenure.records.account import Account
from tenure.records.activity import Activity
from tenure.records.contract import Contract, running
from tenure.records.lookup import access_account
from tenure.records.meeting import Meeting
from tenure.records.message import Message
from tenure.records.visibility import is_client
from tenure.work.commitments import Opening
from tenure.work.names import names_of, segments_of
from tenure.work.owners import Staffing, main_role
from tenure.work.promises import fields_of
from tenure.work.signals import OpenSignal
from tenure.work.standing import Standing
from tenure.work.tasks import Task

SEVERITIES = ("red", "yellow", "green")
MISSED_FOR = timedelta(days=14)  # how long a miss without a cause counts as overdue
AT_ONCE = 500
COLUMNS = [
    "name",
    "status",
    "tier",
    "industry",
    "stage",
    "owner",
    "owner_name",
    "pod_id",
    "pod_name",
    "segments",
    "next_step",
    "next_step_owner",
    "next_step_on",
    "next_touch_at",
    "last_touch_at",
    "renewal_on",
    "amount",
    "currency",
    "signals_open",
    "signals_snoozed",
    "worst_signal",
    "signals_rank",
    "commitments_open",
    "commitments_overdue",
    "refreshed_at",
    "fields",
]


@dataclass(slots=True)
class Around:
    """What surrounds some accounts: everything that their standing shows beside the score."""

    now: datetime
    day: date
    next_meeting: Mapping[str, datetime]
    last_touch: Mapping[str, datetime]
    contracts: Mapping[str, list[Contract]]
    signals: Mapping[str, Mapping[str, Any]]
    openings: Mapping[str, Mapping[str, Any]]
    steps: Mapping[str, Task]
    people: Mapping[str, str]
    pods: Mapping[str, str]


def refresh_standing(account_ids: Iterable[str], actor: Actor) -> int:
    """Bring the standing of some accounts up to date; returns how many there are. Their scores stay as they are.

    Around fifteen queries per five hundred accounts, whatever hangs on them. Called in a transaction.
    """
    wanted = sorted(set(account_ids))
    for start in range(0, len(wanted), AT_ONCE):
        _refresh(wanted[start : start + AT_ONCE], actor)
    return len(wanted)


def access_standing(actor: Actor, account_id: str) -> Standing:
    """The standing of one account within reach. Raises Forbidden, hidden, where it is absent or out of reach.

    An account that was made a moment ago has none until the pipeline comes by: what would be written is shown, unsaved,
    so that whoever made it can open it at once.
    """
    if is_client(actor):  # how an account stands is ours alone
        raise Forbidden("account.view", "There is no such account within your reach.", hidden=True)
    row = access.reach(Standing.objects.all(), actor, "account.view").filter(pk=account_id).first()
    return row or _rows([access_account(actor, account_id).pk], actor)[0]


def _refresh(ids: Sequence[str], actor: Actor) -> None:
    Standing.objects.bulk_create(
        _rows(ids, actor), update_conflicts=True, unique_fields=["account"], update_fields=COLUMNS, batch_size=100
    )


def _rows(ids: Sequence[str], actor: Actor) -> list[Standing]:
    """The rows as they should stand now, new or kept; not saved."""
    accounts = list(Account.objects.filter(pk__in=ids).select_related("next_step_owner"))
    kept = {row.account_id: row for row in Standing.objects.filter(account_id__in=ids)}
    staffing = Staffing(actor.model, actor.day, ids)
    around = _around(ids, accounts, staffing, actor)
    role = main_role(actor.model)
    names = names_of(actor.model)
    rows = []
    for account in accounts:
        row = kept.get(account.pk) or Standing(account_id=account.pk)
        owner = staffing.holder(account.pk, role) if role else None
        _describe(row, account, owner, around)
        _count(row, around)
        _plan(row, account, around, actor.model)
        row.segments = segments_of(names, actor.model, row.values | {"day": around.day} | row.score_values(around.day))
        rows.append(row)
    return rows


def _around(ids: Sequence[str], accounts: Sequence[Account], staffing: Staffing, actor: Actor) -> Around:
    now, day = clock.now(), actor.day
    ahead = Meeting.objects.filter(account_id__in=ids, status=Meeting.Status.SCHEDULED, starts_at__gte=now)
    contracts: dict[str, list[Contract]] = defaultdict(list)
    live = Contract.objects.filter(account_id__in=ids).select_related("renewal")
    for contract in running(live, day).order_by("ends_on", "pk"):
        contracts[contract.account_id].append(contract)
    steps: dict[str, Task] = {}
    tasks = Task.objects.filter(account_id__in=ids, status=Task.Status.OPEN, due_at__isnull=False)
    for task in tasks.select_related("owner").order_by("due_at", "pk").defer("detail"):
        steps.setdefault(str(task.account_id), task)
    return Around(
        now=now,
        day=day,
        next_meeting=dict(ahead.values_list("account_id").annotate(Min("starts_at"))),
        last_touch=_last_touch(ids, now),
        contracts=contracts,
        signals={row["account_id"]: row for row in _signals(ids, now)},
        openings={row["account_id"]: row for row in _openings(ids, now)},
        steps=steps,
        people=dict(Person.objects.filter(pk__in=staffing.everyone()).values_list("pk", "name")),
        pods=dict(Pod.objects.filter(pk__in={a.pod_id for a in accounts if a.pod_id}).values_list("pk", "name")),
    )


def _last_touch(ids: Sequence[str], now: datetime) -> dict[str, datetime]:
    """When we last met, called or wrote; what a client wrote to us is no touch of ours."""
    latest: dict[str, datetime] = {}
    held = Meeting.objects.filter(account_id__in=ids, status=Meeting.Status.HELD, starts_at__lte=now)
    done = Activity.objects.filter(account_id__in=ids).exclude(type="time")
    sent = Message.objects.filter(account_id__in=ids, direction=Message.Direction.OUT)
    for rows, moment in ((held, "starts_at"), (done, "at"), (sent, "at")):
        for account, at in rows.values_list("account_id").annotate(Max(moment)):
            latest[account] = max(at, latest.get(account, at))
    return latest


def _signals(ids: Sequence[str], now: datetime) -> Iterable[Mapping[str, Any]]:
    snoozed = Q(snoozed_until__gt=now)
    rows = OpenSignal.objects.filter(account_id__in=ids, state=OpenSignal.State.FIRING, is_inhibited=False)
    counts = {severity: Count("pk", filter=Q(severity=severity) & ~snoozed) for severity in SEVERITIES}
    return rows.values("account_id").annotate(snoozed=Count("pk", filter=snoozed), **counts)


def _openings(ids: Sequence[str], now: datetime) -> Iterable[Mapping[str, Any]]:
    is_open = Q(status__in=Opening.OPEN)
    late = (is_open & Q(due_at__lt=now)) | Q(status="missed", cause="", due_at__gte=now - MISSED_FOR)
    rows = Opening.objects.filter(is_open | late, account_id__in=ids)
    return rows.values("account_id").annotate(running=Count("pk", filter=is_open), late=Count("pk", filter=late))


def _describe(row: Standing, account: Account, owner: str | None, around: Around) -> None:
    row.name, row.status, row.tier = account.name, account.status, account.tier
    row.industry, row.stage = account.industry[:80], account.stage
    row.owner_id, row.owner_name = owner, around.people.get(owner or "", "")
    row.pod_id, row.pod_name = account.pod_id or "", around.pods.get(account.pod_id or "", "")
    fields = fields_of(account)
    row.fields = {**fields.pop("custom", {}), **{name: value for name, value in fields.items() if name != "name"}}
    contracts = around.contracts.get(account.pk, [])
    row.currency = contracts[0].currency if contracts else ""
    amounts = [contract.amount for contract in contracts if contract.currency == row.currency]
    row.amount = sum(amounts, Decimal(0)).quantize(Decimal("0.01")) if amounts else None
    row.renewal_on = next((ends for contract in contracts if (ends := _renewal(contract, around.day))), None)
    row.refreshed_at = around.now


def _renewal(contract: Contract, day: date) -> date | None:
    """The last day of a running contract that nobody has renewed or ended yet."""
    is_open = contract.status == Contract.Status.ACTIVE and not hasattr(contract, "renewal")
    return contract.ends_on if is_open and contract.ends_on and contract.ends_on >= day else None


def _count(row: Standing, around: Around) -> None:
    signals = around.signals.get(row.account_id, {})
    counts = [signals.get(severity, 0) for severity in SEVERITIES]
    row.signals_open, row.signals_snoozed = sum(counts), signals.get("snoozed", 0)
    row.worst_signal = next((s for s, count in zip(SEVERITIES, counts, strict=True) if count), "")
    # Red before yellow before green, then by how many.
    weight = {"red": 3, "yellow": 2, "green": 1}.get(row.worst_signal, 0)
    row.signals_rank = weight * 1000 + min(sum(counts), 999)
    openings = around.openings.get(row.account_id, {})
    row.commitments_open, row.commitments_overdue = openings.get("running", 0), openings.get("late", 0)
    row.next_touch_at, row.last_touch_at = (
        around.next_meeting.get(row.account_id),
        around.last_touch.get(row.account_id),
    )


def _plan(row: Standing, account: Account, around: Around, model: Model) -> None:
    """What comes next: what somebody planned, else the open task that is due first, else the next meeting."""
    zone = ZoneInfo(model.company.zone)
    task = around.steps.get(account.pk)
    if account.next_step:
        owner = account.next_step_owner.name if account.next_step_owner else ""
        row.next_step, row.next_step_owner = account.next_step, owner
        end_of_day = datetime.combine(account.next_step_on, time(17), zone) if account.next_step_on else None
        row.next_step_on = end_of_day
    elif task is not None:
        row.next_step, row.next_step_owner, row.next_step_on = task.title, task.owner.name, task.due_at
    elif row.next_touch_at is not None:
        row.next_step, row.next_step_owner, row.next_step_on = "Next meeting", row.owner_name, row.next_touch_at
    else:
        row.next_step, row.next_step_owner, row.next_step_on = "", "", None

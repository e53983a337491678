"""The contract: what the client pays, for how long, and how it goes on. A renewal is a contract of its own."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Literal

from django.db import models
from django.db.models import Q, QuerySet
from pydantic import BaseModel, ConfigDict, Field

from tenure.base.errors import Refused
from tenure.facts.contract import declare
from tenure.identity.actor import Actor
from tenure.identity.operations import operation
from tenure.records.account import Account
from tenure.records.checks import Amount, Code, check_amount, check_custom, check_word
from tenure.records.row import NOW, UNSET, AccountRow, Moment, When, fact, set_fields, when
from tenure.records.withdrawal import undo

Billing = Literal["", "monthly", "quarterly", "yearly", "once"]
Period = Literal["month", "quarter", "year", "once"]
A_YEAR = {"month": 12, "quarter": 4, "year": 1, "once": 0}  # how often a line's amount falls due in a year

FIELDS = {
    "amount": "number",
    "amount_monthly": "number",
    "currency": "text",
    "seats": "integer",
    "starts_on": "day",
    "ends_on": "day",
    "auto_renew": "boolean",
    "notice_days": "integer",
    "billing": "text",
    "status": "text",
    "tier": "text",
    "trial": "boolean",
    "renews": "id",
}
declare("contract.started", "Contract started", internal=True, **FIELDS)
declare("contract.changed", "Contract changed", internal=True, **FIELDS, amount_before="number", changed="list")
declare("contract.renewed", "Contract renewed", internal=True, **FIELDS, amount_before="number")
declare(
    "contract.ended",
    "Contract ended",
    internal=True,
    **FIELDS,
    amount_before="number",
    reason="text",
    churned="boolean",
)
declare("contract.withdrawn", "Contract taken back", internal=True, **FIELDS, fact="text")


class Line(BaseModel):
    """A line of a contract as it is agreed: what, how many, at which amount each, how often."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    product: str = Field(min_length=1, max_length=200)
    quantity: Decimal = Field(default=Decimal(1), ge=0, max_digits=14, decimal_places=2)
    unit_amount: Decimal = Field(ge=0, max_digits=16)
    period: Period = "year"


class Contract(AccountRow):
    """One term of an agreement, from its first day to its last. `amount` is what it brings in a year."""

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        ENDED = "ended", "Ended"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="contracts")
    amount = models.DecimalField(max_digits=16, decimal_places=4)
    currency = models.CharField(max_length=3)
    seats = models.PositiveIntegerField(null=True, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)  # the last day of the term; None runs on
    auto_renew = models.BooleanField(default=False)
    notice_days = models.PositiveSmallIntegerField(null=True, blank=True)
    billing = models.CharField(max_length=10, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    tier = models.CharField(max_length=60, blank=True)
    trial = models.BooleanField(default=False)
    renews = models.OneToOneField("self", on_delete=models.SET_NULL, null=True, related_name="renewal")
    end_reason = models.CharField(max_length=60, blank=True)
    churned = models.BooleanField(null=True)  # whether the ending lost the client
    custom = models.JSONField(default=dict)

    noun: ClassVar[str] = "contract"
    ledger_fields: ClassVar[tuple[str, ...]] = tuple(name for name in FIELDS if name != "renews")

    class Meta:
        indexes = [models.Index(fields=["account", "starts_on"]), models.Index(fields=["status", "ends_on"])]

    def __str__(self) -> str:
        return f"{self.amount:,.2f} {self.currency} from {self.starts_on.isoformat()}"

    @property
    def amount_monthly(self) -> Decimal:
        """A twelfth of the yearly amount, to the cent."""
        return check_amount(self.amount / 12, self.currency)

    @property
    def notice_by(self) -> date | None:
        """The last day on which notice can be given; None where the contract states no end or no notice."""
        if self.ends_on is None or self.notice_days is None:
            return None
        return self.ends_on - timedelta(days=self.notice_days)


class ContractLine(models.Model):
    """One line of a contract."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="lines")
    product = models.CharField(max_length=200)
    quantity = models.DecimalField(max_digits=14, decimal_places=2, default=1)
    unit_amount = models.DecimalField(max_digits=16, decimal_places=4)
    period = models.CharField(max_length=10)

    anchor_path: ClassVar[str] = "contract__account"

    @property
    def amount(self) -> Decimal:
        """What the line comes to each time it falls due."""
        return self.quantity * self.unit_amount

    @property
    def amount_yearly(self) -> Decimal:
        return self.amount * A_YEAR[self.period]


def running(contracts: QuerySet[Contract], day: date) -> QuerySet[Contract]:
    """Those that run on a day: begun, and not past their last day unless they renew by themselves."""
    goes_on = Q(ends_on=None) | Q(ends_on__gte=day)
    by_itself = Q(auto_renew=True, status=Contract.Status.ACTIVE) & (Q(renewal=None) | Q(renewal__starts_on__gt=day))
    return contracts.filter(Q(starts_on__lte=day) & (goes_on | by_itself))


def yearly_amounts(account: Account, day: date) -> dict[str, Decimal]:
    """What the account's running contracts bring in a year, by currency."""
    found: dict[str, Decimal] = {}
    for contract in running(account.contracts.all(), day):
        found[contract.currency] = found.get(contract.currency, Decimal(0)) + contract.amount
    return found


def renewal_day(account: Account, day: date) -> date | None:
    """The next last day of a running contract that nobody has renewed or ended yet; None where none ends."""
    ahead = running(account.contracts.all(), day).filter(ends_on__gte=day, renewal=None, status=Contract.Status.ACTIVE)
    return ahead.order_by("ends_on").values_list("ends_on", flat=True).first()


def last_day(starts_on: date, months: int) -> date:
    """The last day of a term of so many months: twelve from 1 March 2026 end on 28 February 2027."""
    year, month = divmod(starts_on.month - 1 + months, 12)
    year, month = starts_on.year + year, month + 1
    after = date(year, month, min(starts_on.day, calendar.monthrange(year, month)[1]))
    return after - timedelta(days=1)


def _end_of(starts_on: date, ends_on: date | None, term_months: int | None) -> date | None:
    if ends_on is None and term_months is not None:
        ends_on = last_day(starts_on, term_months)
    if ends_on is not None and ends_on < starts_on:
        raise Refused("backwards", "The contract ends before it starts.", field="ends_on")
    return ends_on


def _amount(amount: Decimal | None, lines: list[Line] | None, currency: str) -> Decimal:
    """The yearly amount as given, else what the lines come to."""
    if amount is None and not lines:
        raise Refused("no_amount", "Give the yearly amount, or lines.", field="amount")
    total = sum((line.quantity * line.unit_amount * A_YEAR[line.period] for line in lines or ()), Decimal(0))
    return check_amount(total if amount is None else amount, currency)


def _set_lines(contract: Contract, lines: list[Line]) -> None:
    contract.lines.all().delete()
    ContractLine.objects.bulk_create(ContractLine(contract=contract, **line.model_dump()) for line in lines)


def _record(kind: str, contract: Contract, times: When = NOW, **data: Any) -> None:
    fact(kind, contract, times, renews=contract.renews_id, **data)


@operation("contract.start", label="Start a contract", undo="contract.withdraw")
def start_contract(
    account: Account,
    *,
    starts_on: date,
    amount: Amount | None = None,
    currency: str = "",
    lines: list[Line] | None = None,
    ends_on: date | None = None,
    term_months: int | None = None,
    seats: int | None = None,
    auto_renew: bool = False,
    notice_days: int | None = None,
    billing: Billing = "",
    tier: str = "",
    trial: bool = False,
    custom: dict[str, Any] | None = None,
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Contract:
    """Enter an agreement: its yearly amount or its lines, its first day, and how long it runs."""
    times = when(actor, at, known_at)
    currency = currency or actor.model.company.currency
    contract = Contract(
        account=account,
        amount=_amount(amount, lines, currency),
        currency=currency,
        seats=_check_count(seats, "seats"),
        starts_on=starts_on,
        ends_on=_end_of(starts_on, ends_on, term_months),
        auto_renew=auto_renew,
        notice_days=_check_count(notice_days, "notice_days"),
        billing=billing,
        tier=check_word("tier", tier, actor.model.tiers, "tier"),
        trial=trial,
        custom=check_custom(actor.model, "contract", custom or {}, {}),
    )
    contract.save(force_insert=True)
    if lines:
        _set_lines(contract, lines)
    _record("contract.started", contract, times)
    return contract


def _check_count(value: Any, field: str) -> Any:
    if value is not UNSET and value is not None and not 0 <= value <= 30_000_000:
        raise Refused("no_count", "Give a number of zero or more.", field=field)
    return value


@operation("contract.change", label="Change a contract")
def change_contract(
    contract: Contract,
    *,
    amount: Amount = UNSET,
    lines: list[Line] = UNSET,
    starts_on: date = UNSET,
    ends_on: date | None = UNSET,
    seats: int | None = UNSET,
    auto_renew: bool = UNSET,
    notice_days: int | None = UNSET,
    billing: Billing = UNSET,
    tier: str = UNSET,
    trial: bool = UNSET,
    custom: dict[str, Any] = UNSET,
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Contract:
    """Amend a running contract; the fact tells the yearly amount before and after."""
    times = when(actor, at, known_at)
    _check_running(contract)
    before = contract.amount
    if lines is not UNSET:
        _set_lines(contract, lines)
        amount = _amount(None if amount is UNSET else amount, lines, contract.currency)
    first = contract.starts_on if starts_on is UNSET else starts_on
    changed = set_fields(
        contract,
        amount=amount if amount is UNSET else check_amount(amount, contract.currency),
        starts_on=starts_on,
        ends_on=ends_on if ends_on is UNSET else _end_of(first, ends_on, None),
        seats=_check_count(seats, "seats"),
        auto_renew=auto_renew,
        notice_days=_check_count(notice_days, "notice_days"),
        billing=billing,
        tier=tier if tier is UNSET else check_word("tier", tier, actor.model.tiers, "tier"),
        trial=trial,
        custom=custom if custom is UNSET else check_custom(actor.model, "contract", custom, contract.custom),
    )
    _end_of(contract.starts_on, contract.ends_on, None)
    if changed or lines is not UNSET:
        contract.save(update_fields=changed)
        _record("contract.changed", contract, times, amount_before=before, changed=changed)
    return contract


def _check_running(contract: Contract) -> None:
    if contract.status == Contract.Status.ENDED:
        raise Refused("ended", "This contract has ended; start a new one.")


@operation("contract.renew", label="Renew a contract", undo="contract.withdraw")
def renew_contract(
    contract: Contract,
    *,
    amount: Amount | None = None,
    lines: list[Line] | None = None,
    starts_on: date | None = None,
    ends_on: date | None = None,
    term_months: int | None = None,
    seats: int | None = None,
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Contract:
    """Agree on a further term: a contract of its own that follows this one, on the same terms but for these."""
    times = when(actor, at, known_at)
    _check_running(contract)
    if Contract.objects.filter(renews=contract).exists():
        raise Refused("renewed", "This contract is renewed already; change the one that follows it.")
    first = starts_on or (contract.ends_on + timedelta(days=1) if contract.ends_on else None)
    if first is None:
        raise Refused("no_end", "This contract states no end; say when the new term starts.", field="starts_on")
    if first <= contract.starts_on:
        raise Refused("backwards", "The new term starts after the one that it renews.", field="starts_on")
    if contract.ends_on is None or contract.ends_on >= first:
        contract.ends_on = first - timedelta(days=1)
        contract.save(update_fields=["ends_on"])
        _record("contract.changed", contract, times, amount_before=contract.amount, changed=["ends_on"])
    same = ("account", "currency", "auto_renew", "notice_days", "billing", "tier", "custom")
    renewed = Contract(
        **{name: getattr(contract, name) for name in same},
        renews=contract,
        amount=_amount(contract.amount if amount is None and not lines else amount, lines, contract.currency),
        starts_on=first,
        ends_on=_end_of(first, ends_on, term_months),
        seats=contract.seats if seats is None else _check_count(seats, "seats"),
    )
    renewed.save(force_insert=True)
    if lines:
        _set_lines(renewed, lines)
    _record("contract.renewed", renewed, times, amount_before=contract.amount)
    return renewed


@operation("contract.end", label="End a contract")
def end_contract(
    contract: Contract,
    *,
    on: date,
    reason: Code,
    churned: bool = True,
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Contract:
    """End a contract on its last day, for a reason; `churned` says whether the client was lost by it."""
    times = when(actor, at, known_at)
    _check_running(contract)
    if on < contract.starts_on - timedelta(days=1):
        raise Refused("backwards", "The contract ends before it starts.", field="on")
    contract.status, contract.ends_on = Contract.Status.ENDED, on
    contract.end_reason, contract.churned, contract.auto_renew = reason, churned, False
    contract.save(update_fields=["status", "ends_on", "end_reason", "churned", "auto_renew"])
    _record("contract.ended", contract, times, amount_before=contract.amount, reason=reason, churned=churned)
    return contract


@operation("contract.withdraw", label="Undo a contract")
def withdraw_contract(contract: Contract, *, actor: Actor) -> None:
    """Take back a contract that was just entered."""
    undo(contract, actor)

"""Commercial measures: contracts, their renewal, and whether the client was lost, from the ledger.

The examples ask `tenure.measures.trial.trial` on 31 March 2026.
"""

import ibis
import ibis.expr.types as ir

from tenure.blueprint.expressions import Column
from tenure.measures.registry import Window, derived, measure, share_change
from tenure.measures.relations import CUT, FACTS, in_turn, noun, relation, since, with_fields

CONTRACT = ("contract.started", "contract.changed", "contract.renewed", "contract.ended")
FIELDS = {
    "amount": "number",
    "amount_before": "number",
    "currency": "text",
    "seats": "number",
    "starts_on": "day",
    "ends_on": "day",
    "auto_renew": "boolean",
    "status": "text",
    "churned": "boolean",
}
LIFE = ("account.created", "account.churned", "account.closed", "account.reopened", "contract.started")
ACCOUNT = ("account.created", "account.changed", "account.closed", "account.reopened")
STAY = ("contract.started", "account.closed", "account.reopened")


@relation("contracts", kinds=CONTRACT)
def contracts(span: int) -> ir.Table:
    """Contracts as they stand, and which of them run on the day: begun, and not past their last day unless they renew
    by themselves and nothing else has renewed them."""
    rows = noun(CONTRACT, span, FIELDS, also=_with_start).left_join(_renewals(), "subject_id")
    renewed = (rows.renewed_on <= rows.day).fill_null(False)
    by_itself = rows.auto_renew.fill_null(False) & (rows.kind != "contract.ended") & ~renewed
    goes_on = rows.ends_on.isnull() | (rows.ends_on >= rows.day) | by_itself
    runs = rows.current & (rows.starts_on.isnull() | (rows.starts_on <= rows.day)) & goes_on
    return rows.mutate(runs=runs, renewed=renewed)


def _with_start(rows: ir.Table) -> ir.Table:
    return rows.mutate(
        first_day=rows.fact_day.min().over(in_turn("subject_id", so_far=True)),
        amount_last=rows.amount.lag().over(in_turn("subject_id")),
    )


def _renewals() -> ir.Table:
    """When each renewed contract was followed by another: agreed on, and begun."""
    rows = FACTS.filter(FACTS.kind == "contract.renewed")
    rows = with_fields(rows, {"renews": "text", "begins": "day"}, {"begins": "starts_on"})
    rows = rows.filter(rows.renews.notnull())
    renewed_on = ibis.greatest(rows.fact_day, rows.begins.fill_null(rows.fact_day))
    return rows.group_by(subject_id=rows.renews).aggregate(renewed_on=renewed_on.min())


@relation("life", kinds=LIFE)
def life(span: int) -> ir.Table:
    """The last word on whether an account is a client."""
    return noun(LIFE, None, per=("account_id",))


@relation("stays", kinds=STAY)
def stays(span: int) -> ir.Table:
    """Since when each account has been a client, from its first contract on, and until when: until it is closed."""
    rows = noun(STAY, None, {"starts_on": "day"}, per=("account_id",), also=_with_first_contract)
    ended = rows.day.delta(rows.fact_day, unit="day")
    began = rows.day.delta(rows.began_on, unit="day")
    return rows.mutate(began_days=began, stayed_days=began - ibis.ifelse(rows.kind == "account.closed", ended, 0))


def _with_first_contract(rows: ir.Table) -> ir.Table:
    began = ibis.ifelse(
        rows.kind == "contract.started", ibis.coalesce(rows.starts_on, rows.fact_day), ibis.null("date")
    )
    return rows.mutate(began_on=began.min().over(in_turn("account_id", so_far=True)))


@relation("account_terms", kinds=ACCOUNT)
def account_terms(span: int) -> ir.Table:
    """What accounts say of themselves."""
    return noun(ACCOUNT, None, {"seats": "number"}, per=("account_id",))


@relation("bands", kinds=("score.banded",))
def bands(span: int) -> ir.Table:
    """The band that each account is in on the primary scorecard, and since when."""
    fields = {"card": "text", "band": "text", "score": "number"}
    return noun(("score.banded",), None, fields, per=("account_id",), also=_of_card)


def _of_card(rows: ir.Table) -> ir.Table:
    card = CUT.card.as_scalar()
    return since(rows.filter(card.isnull() | (rows.card == card)), "band", "account_id")


@measure("amount", over="contracts", unit="money", window=None, empty=None)
def amount(contracts: ir.Table, window: Window) -> ir.Value:
    """What the running contracts bring in a year.

    Per account and day, as of the day; yearly value in the contracts' currency. 0 where none runs any more. Null where
    there never was a contract, where an amount is not stated, and where currencies are mixed. Source: the field's ARR.

    >>> trial("amount", "01-01 contract.started amount=1200", "02-01 contract.started amount=600")
    1800.0
    """
    running = contracts.count(where=contracts.runs)
    unclear = (contracts.count(where=contracts.runs & contracts.amount.isnull()) > 0) | (
        contracts.currency.nunique(where=contracts.runs) > 1
    )
    total = ibis.ifelse(unclear, ibis.null(), contracts.amount.sum(where=contracts.runs))
    return ibis.ifelse(running == 0, 0.0, total)


@derived(
    "amount_change",
    lambda days: {"now": Column("amount"), "before": Column("amount", None, days)},
    unit="share",
    window=90,
)
def amount_change(now: ir.NumericValue, before: ir.NumericValue) -> ir.Value:
    """The change of the yearly value, as a share of what it was.

    Per account and day, against the day that lies the window's days back; a share. Null where there was no value then,
    and where either is unknown. Source: ours.

    >>> started, changed = "03-01 contract.started subject=k amount=4", "03-30 contract.changed subject=k amount=5"
    >>> trial("amount_change/9", started, changed)
    0.25
    """
    return share_change(now, before)


@measure("seats_contracted", over="contracts", unit="seats", window=None, empty=None)
def seats_contracted(contracts: ir.Table, window: Window) -> ir.Value:
    """Seats of the running contracts.

    Per account and day, as of the day; seats. Null where no running contract states any. Source: ours.

    >>> trial("seats_contracted", "01-01 contract.started seats=10", "02-01 contract.started seats=5")
    15.0
    """
    return contracts.seats.sum(where=contracts.runs)


@measure("seats_of_account", over="account_terms", unit="seats", window=None, empty=None)
def seats_of_account(account_terms: ir.Table, window: Window) -> ir.Value:
    """Seats as the account itself states them.

    Per account and day, as of the day; seats. Null where it states none. Source: ours.

    >>> trial("seats_of_account", "03-01 account.changed seats=12")
    12.0
    """
    return account_terms.seats.max()


@derived(
    "seats",
    lambda _days: {"contracted": Column("seats_contracted"), "of_account": Column("seats_of_account")},
    unit="seats",
)
def seats(contracted: ir.NumericValue, of_account: ir.NumericValue) -> ir.Value:
    """Seats that the account pays for: those of its running contracts, else what the account states.

    Per account and day, as of the day; seats. Null where neither says. Source: ours.

    >>> trial("seats", "03-01 account.changed seats=12", "03-02 contract.started seats=10")
    10.0
    """
    return ibis.coalesce(contracted, of_account)


@measure("days_to_renewal", over="contracts", unit="days", window=None, empty=None)
def days_to_renewal(contracts: ir.Table, window: Window) -> ir.Value:
    """Days until the next running contract ends that nobody has renewed or ended.

    Per account and day, as of the day; days, 0 on its last day. Null where none ends. Source: ours.

    >>> trial("days_to_renewal", "01-01 contract.started starts_on=2026-01-01 ends_on=2026-04-30")
    30.0
    """
    ends = contracts.runs & (contracts.ends_on >= contracts.day) & (contracts.kind != "contract.ended")
    return contracts.ends_on.delta(contracts.day, unit="day").min(where=ends & ~contracts.renewed)


@measure("contract_age_days", over="contracts", unit="days", window=None, empty=None)
def contract_age_days(contracts: ir.Table, window: Window) -> ir.Value:
    """Days since the oldest running contract began.

    Per account and day, as of the day; days. Null where none runs. Source: ours.

    >>> trial("contract_age_days", "03-10 contract.started starts_on=2026-03-01")
    30.0
    """
    began = ibis.coalesce(contracts.starts_on, contracts.first_day)
    return contracts.day.delta(began, unit="day").max(where=contracts.runs)


@measure("client_age_days", over="stays", unit="days", window=None, empty=None)
def client_age_days(stays: ir.Table, window: Window) -> ir.Value:
    """Days since the account's first contract began, whether it is still a client or not.

    Per account and day, as of the day; days. Null where there never was a contract. Source: ours.

    >>> trial("client_age_days", "03-01 contract.started starts_on=2026-03-01", "03-21 account.closed")
    30.0
    """
    return stays.began_days.max(where=stays.current)


@measure("client_days", over="stays", unit="days", window=None, empty=None)
def client_days(stays: ir.Table, window: Window) -> ir.Value:
    """Days that the account has been a client: since its first contract began, until it was closed.

    Per account and day, as of the day; days. Null where there never was a contract. An account that came back has been
    a client throughout. Source: ours.

    >>> trial("client_days", "03-01 contract.started starts_on=2026-03-01", "03-21 account.closed")
    20.0
    """
    return stays.stayed_days.max(where=stays.current)


@measure("downgrades", over="contracts", unit="downgrades", window=180, empty=None, better="down")
def downgrades(contracts: ir.Table, window: Window) -> ir.Value:
    """How often a contract was changed or renewed to a smaller amount.

    Per account and day, over the window's days; downgrades. Null where there never was a contract. Source: ours.

    >>> trial("downgrades", "01-01 contract.started subject=k amount=5", "03-01 contract.changed subject=k amount=4")
    1.0
    """
    before = ibis.coalesce(contracts.amount_before, contracts.amount_last)
    smaller = contracts.kind.isin(["contract.changed", "contract.renewed"]) & (contracts.amount < before)
    return contracts.count(where=window.both(smaller))


@measure("account_lost", over="life", unit="yes", window=None, better="down")
def account_lost(life: ir.Table, window: Window) -> ir.Value:
    """1 where the account was reported as churned or closed, and has neither been reopened nor signed again.

    Per account and day, as of the day; 0 or 1. Never null. Source: ours.

    >>> trial("account_lost", "03-01 account.churned reason_code=price")
    1.0
    """
    return life.kind.isin(["account.churned", "account.closed"]).cast("int64").max()


@measure("contracts_lost", over="contracts", unit="yes", window=None, empty=None, better="down")
def contracts_lost(contracts: ir.Table, window: Window) -> ir.Value:
    """1 where the client left with its last contract: none runs, and one ended with the client lost.

    Per account and day, as of the day; 0 or 1. Null where there never was a contract. Source: ours.

    >>> trial("contracts_lost", "03-01 contract.ended ends_on=2026-03-15 churned=true")
    1.0
    """
    lost = contracts.current & contracts.churned.fill_null(False) & (contracts.kind == "contract.ended")
    return ((contracts.count(where=contracts.runs) == 0) & (contracts.count(where=lost) > 0)).cast("int64")


@derived(
    "churned",
    lambda _days: {"account": Column("account_lost"), "contracts": Column("contracts_lost")},
    unit="yes",
    better="down",
)
def churned(account: ir.NumericValue, contracts: ir.NumericValue) -> ir.Value:
    """1 where the client is lost: the account was reported churned or closed, or left with its last contract.

    Per account and day, as of the day; 0 or 1. Never null. Source: the field's logo churn.

    >>> trial("churned", "02-01 account.churned", "03-01 contract.started")
    0.0
    """
    return ibis.greatest(account, contracts.fill_null(0.0))


@measure("score", over="bands", unit="points", window=None, empty=None)
def score(bands: ir.Table, window: Window) -> ir.Value:
    """The account's score on the primary scorecard when its band last changed.

    Per account and day, as of the day; in the scorecard's points. Null where it was never scored or became unknown.
    Source: the blueprint's scorecard.

    >>> trial("score", "03-01 score.banded band=green score=82", "03-20 score.banded band=red score=31")
    31.0
    """
    return bands.score.max()


@measure("score_days_in_band", over="bands", unit="days", window=None, empty=None)
def score_days_in_band(bands: ir.Table, window: Window) -> ir.Value:
    """Days for which the account has been in the band that it is in.

    Per account and day, as of the day; days. Null where it was never scored. Source: the blueprint's scorecard.

    >>> trial("score_days_in_band", "03-01 score.banded band=green score=82", "03-20 score.banded band=red score=31")
    11.0
    """
    return bands.day.delta(bands.since_day, unit="day").max()

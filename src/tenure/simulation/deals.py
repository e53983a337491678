"""Contracts on their way: renewed, grown, made smaller, or ended; and an account that leaves."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from tenure.records.contract import last_day
from tenure.simulation import letters
from tenure.simulation.office import Case, Office

DECIDED_BEFORE = timedelta(days=24)  # the end of a term: by then people know whether it goes on


def see_to_contract(office: Office, case: Case) -> None:
    """Once a day: decide a term that ends, let an account go whose day has come, and now and then change the size."""
    if case.contract is None or case.ends_on is None or not case.is_active:
        return
    if case.leaves_on is not None and not case.client.is_kept(office.day):
        if office.day >= case.leaves_on:
            _leave(office, case)
        return
    chance = office.draw("deal", case.client.key, office.day)
    decided_on = case.ends_on - timedelta(
        days=office.draw("decided", case.client.key, case.ends_on).whole(6, DECIDED_BEFORE.days)
    )
    if office.day >= decided_on:
        _decide(office, case)
    elif office.day.weekday() == 1 and chance.happens(
        0.012 if case.life.mood > 0.82 else 0.008 if case.life.mood < 0.3 else 0.0
    ):
        _resize(office, case, grows=case.life.mood > 0.5)


def want_out(office: Office, case: Case) -> None:
    """The client says that they leave: at the end of their term, or in a month where that is far."""
    letters.receive(office, case, "bad")
    soonest = office.day + timedelta(days=30)
    case.leaves_on = min(case.ends_on or soonest, soonest) if case.ends_on and case.ends_on > office.day else soonest
    owner = office.carrier(case)
    office.remember(owner, office.now + timedelta(hours=3), partial(_write_down, office, case))


def _write_down(office: Office, case: Case) -> None:
    if case.is_active:
        office.do(
            office.carrier(case), "note.log", case, text=office.say("notes_worried", case), type="risk", pinned=True
        )


def _seller(office: Office, case: Case) -> str:
    return next(
        (case.carriers[role] for role in office.doors.doers("contract.renew") if role in case.carriers),
        office.carrier(case),
    )


def _decide(office: Office, case: Case) -> None:
    assert case.ends_on is not None
    chance = office.draw("renewal", case.client.key, case.ends_on)
    kept = case.client.is_kept(office.day)
    if not kept and (case.life.wants_out or chance.happens(0.75 * max(0.0, 0.34 - case.life.mood) / 0.34)):
        case.leaves_on = case.ends_on
        return
    starts, share = case.ends_on + timedelta(days=1), chance.between(0.97, 1.0 + 0.16 * case.life.mood)
    amount = round(case.client.amount * share / 50) * 50
    renewed = office.do(
        _seller(office, case),
        "contract.renew",
        case,
        case.contract,
        amount=amount,
        starts_on=starts,
        term_months=case.client.months,
    )
    case.ends_on = last_day(starts, case.client.months)
    if renewed is not None:
        case.contract = renewed
        case.life.cared(0.2)


def _resize(office: Office, case: Case, *, grows: bool) -> None:
    chance = office.draw("resize", case.client.key, office.day)
    factor = chance.between(1.1, 1.4) if grows else chance.between(0.6, 0.85)
    amount = round(case.client.amount * factor / 50) * 50
    seats = round(case.client.seats * factor) if case.client.seats else None
    changed = {"amount": amount} if seats is None else {"amount": amount, "seats": seats}
    office.do("", "contract.change", case, case.contract, **changed)


def _leave(office: Office, case: Case) -> None:
    chance = office.draw("leaves", case.client.key)
    reason = chance.one(office.scene.leaving_reasons)
    office.do("", "contract.end", case, case.contract, on=_on(case, office.day), reason=reason, churned=True)
    office.do("", "account.report_churn", case, reason_code=reason)
    office.do("", "account.close", case, reason=reason)
    case.life.is_gone = True
    case.meetings.clear()


def _on(case: Case, day: date) -> date:
    return min(case.ends_on or day, day)

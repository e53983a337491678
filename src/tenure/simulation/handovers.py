"""Hand-overs as simulated people do them: written by who sold, taken or sent back by who carries the account."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from tenure.records.handover import Handover
from tenure.simulation.office import Case, Office

SENT_BACK = 0.15  # of those that are given for the first time
ANSWERED_WITHIN = timedelta(days=1)


def give(office: Office, case: Case, form: str) -> bool:
    """Write a hand-over, or go on with the one that was begun, and give it; False where nobody knows the form."""
    terms = office.model.handovers.get(form)
    if terms is None:
        return False
    giver = office.carrier(case, terms.giver)
    rows = Handover.objects.filter(account_id=case.id, form=form)
    found = next((row for row in rows if row.is_with_giver), None)
    if found is None and rows.exists():
        return True  # it is with the taker already
    chance = office.draw("handover", case.client.key, form, found.round if found else 0)
    texts = {
        key: office.say("handover", case, key)
        for key, field in terms.fields.items()
        if field.needed or chance.happens(0.7)
    }
    if found is None:
        found = office.do(giver, "handover.begin", case, form=form, answers=texts)
    else:
        office.do(giver, "handover.write", case, found, answers=texts)
    if found is not None:
        office.do(giver, "handover.give", case, found)
    return True


def receive(office: Office, case: Case, handover_id: str) -> None:
    """Let the taker find what was handed over; what came back goes to its giver again."""
    found = Handover.objects.get(pk=handover_id)
    terms = office.model.handovers[found.form]
    if found.is_with_giver:
        giver = office.carrier(case, terms.giver)
        at = office.ready_by(giver, office.now, office.now + ANSWERED_WITHIN, "again", found.form, case.client.key)
        office.remember(giver, at, partial(_give_again, office, case, found.form))
    else:
        taker = office.carrier(case, terms.taker)
        at = office.ready_by(taker, office.now, office.now + ANSWERED_WITHIN, "take", found.round, case.client.key)
        office.remember(taker, at, partial(_answer, office, case, found, taker))


def _give_again(office: Office, case: Case, form: str) -> None:
    if case.is_active:
        give(office, case, form)


def _answer(office: Office, case: Case, found: Handover, taker: str) -> None:
    if not case.is_active:
        return
    chance = office.draw("answer", case.client.key, found.form, found.round)
    if found.round == 1 and chance.happens(SENT_BACK):
        office.do(taker, "handover.return", case, found, reason=office.say("sent_back", case))
    else:
        office.do(taker, "handover.accept", case, found)

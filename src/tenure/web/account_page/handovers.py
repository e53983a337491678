"""The hand-overs of an account, and those that the reader may begin."""

from __future__ import annotations

from dataclasses import dataclass

from tenure.blueprint.model import HandoverForm
from tenure.identity.actor import Actor
from tenure.records.account import Account
from tenure.records.handover import Handover, acts_for
from tenure.records.lookup import list_handovers
from tenure.web.actors import may

MOST = 6


@dataclass(frozen=True)
class Handovers:
    """What was written, with its form, and the forms that can be begun: their keys and labels."""

    rows: list[tuple[Handover, HandoverForm]]
    to_begin: list[tuple[str, str]]


def handovers(account: Account, actor: Actor) -> Handovers:
    """The latest hand-overs of an account, those that are open first. One query."""
    forms = actor.model.handovers
    every = list(list_handovers(actor, account).filter(form__in=forms)[:60])
    found = sorted(every, key=lambda each: not each.is_open)[:MOST]
    busy = {each.form for each in every if each.is_open}
    begun = {each.form for each in every}
    to_begin = [
        (key, form.label)
        for key, form in forms.items()
        if may(actor, "handover.begin") and acts_for(form.giver, actor) and (form.many or key not in busy | begun)
    ]
    return Handovers([(each, forms[each.form]) for each in found], to_begin)

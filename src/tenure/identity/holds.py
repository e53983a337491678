"""A hold: somebody is named in a matter that runs, such as a complaint, so nothing of theirs is erased before its end.

Only its last day goes to the ledger. The reason may name a matter, so it stands in the row and goes with it.
"""

from __future__ import annotations

from datetime import date, timedelta

from tenure.base.errors import Refused
from tenure.identity.access import who_may
from tenure.identity.actor import Actor
from tenure.identity.people import Held

LONGEST = timedelta(days=366)  # a year, whichever it is


def is_held(row: Held, day: date) -> bool:
    """Whether a hold is on somebody on a day; its last day counts."""
    return row.held_until is not None and row.held_until >= day


def begin_hold(row: Held, *, reason: str, until_day: date, actor: Actor) -> None:
    """Put a hold on somebody, or give the one that is there another reason and day."""
    if row.erased_at:
        raise Refused("erased", "This is somebody who was erased; there is nothing left to hold.")
    if not reason.strip():
        raise Refused("reasonless", "Say which matter keeps them from being erased.", field="reason")
    if until_day < actor.day:
        raise Refused("over", "The last day of the hold is over already.", field="until_day")
    if until_day > actor.day + LONGEST:
        raise Refused("too_long", "A hold lasts a year at most; when it ends, it can be renewed.", field="until_day")
    row.held_until, row.held_because = until_day, reason.strip()[:200]
    row.save(update_fields=["held_until", "held_because"])


def end_hold(row: Held, *, actor: Actor) -> None:
    """Lift the hold that is on somebody."""
    if not is_held(row, actor.day):
        raise Refused("not_held", "There is no hold on them.")
    row.held_until, row.held_because = None, ""
    row.save(update_fields=["held_until", "held_because"])


def check_unheld(row: Held, actor: Actor) -> None:
    """Raises Refused while a hold is on somebody, with its day and who may lift it."""
    if not is_held(row, actor.day):
        return
    assert row.held_until is not None
    day = f"{row.held_until.day} {row.held_until:%B %Y}"
    who = " or ".join(who_may(actor.model, f"{row._meta.model_name}.release"))
    raise Refused("held", f"A hold is on this until {day}, so nothing of theirs is erased: {who} may lift it.")

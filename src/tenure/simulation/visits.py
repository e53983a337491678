"""What clients do in the portal: they come in, confirm, approve, hand material in, and answer, as themselves."""

from __future__ import annotations

import base64
from typing import Any

from django.db.models import Model as Row

from tenure.records.goal import to_agree
from tenure.records.message import Message
from tenure.records.portal import seen_again
from tenure.records.upload import take_in
from tenure.simulation.office import Case, Office
from tenure.work.journeys import ChecklistItem

# The smallest picture there is: what counts is that a file comes, not what is on it.
PICTURE = base64.b64decode(
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
CONFIRMS = 0.75  # the share of what clients may tick themselves that they do


def step_in(office: Office, case: Case) -> bool:
    """Let the client come into the portal; whether they have one. The first time is a fact, later ones are noted."""
    if case.portal is None or office.plan.client_role not in office.doors.doers("portal.enter"):
        return False
    if case.seen_on is None:
        office.doors.do_as_client(case.client, "portal.enter", case.account, office.day)
    elif case.seen_on != office.day:
        seen_again(case.id, case.portal.pk)
    case.seen_on = office.day
    return True


def act(office: Office, case: Case, name: str, subject: Row | None, /, **arguments: Any) -> Any:
    """Let the client do something that is theirs to do, in the portal where they have one."""
    step_in(office, case)
    return office.doors.do_as_client(case.client, name, subject, office.day, **arguments)


def agree(office: Office, case: Case) -> bool:
    """Let the client confirm the plan; True also where there is nothing to confirm yet, so that one looks again."""
    if step_in(office, case) and to_agree(case.id).exists():
        office.doors.do_as_client(case.client, "goal.agree", case.account, office.day)
    return True


def confirm(office: Office, case: Case, item: ChecklistItem) -> bool:
    """Let the client say that an item of theirs is done; whether they did."""
    if not office.draw("confirms", item.pk).happens(CONFIRMS) or not step_in(office, case):
        return False
    return office.doors.do_as_client(case.client, "journey.confirm", item, office.day) is not None


def write(office: Office, case: Case, text: str) -> Message | None:
    """Let the client write a message in the portal; None where they have none."""
    if not step_in(office, case):
        return None
    message: Message | None = office.doors.do_as_client(
        case.client, "message.write", case.account, office.day, body=text
    )
    return message


def hand_in(office: Office, case: Case, piece: Row) -> bool:
    """Let the client upload material for a thing; whether it came."""
    if not step_in(office, case) or case.portal is None:
        return False
    office.doors.flush()  # a file is looked at before anything is written down about it
    taken = take_in([PICTURE], f"{piece.pk[-4:]}.png", office.doors.actor(f"client:{case.client.key}", office.day))
    made = office.doors.do_as_client(
        case.client, "upload.receive", case.account, office.day, file=taken.token, deliverable=piece.pk
    )
    return made is not None

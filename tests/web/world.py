"""An account of Alice's with one of everything on it, for tests that open every page."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest

from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.identity.operations import batch
from tenure.identity.requests import ActRequest
from tenure.records.account import Account
from tenure.records.contact import add_contact
from tenure.records.contract import start_contract
from tenure.records.delivery import File, queue_mail
from tenure.records.draft import make_draft
from tenure.records.goal import set_goal
from tenure.records.meeting import schedule_meeting
from tenure.records.note import log_note
from tenure.records.report import Content, Outcome, Piece, Series, Step, prepare_report
from tenure.web.undoing import undo_address
from tenure.work.commitments import Opening
from tenure.work.plays import start_play
from tenure.work.refresh import refresh_standing
from tenure.work.signals import OpenSignal
from tenure.work.tasks import create_task
from tests.book import Book
from tests.cast import Cast, blueprint


def lived_in() -> Model:
    """The operating model of a company with a promise, a playbook and two kinds of meeting."""
    playbooks = {
        "rescue": {
            "label": "Rescue",
            "steps": {"call": {"label": "Call them", "owner": "csm"}},
        }
    }
    promise = {
        "label": "Reply",
        "promise": "Whoever writes has an answer within a day.",
        "kind": "clock",
        "opens": {"on": "message.received"},
        "met_by": [{"on": "message.sent"}],
        "within": "24 hours",
        "owner": "csm",
    }
    return blueprint(
        playbooks=playbooks,
        commitments={"reply": promise},
        reports={"monthly": {"label": "Monthly report"}},
        templates={"welcome": {"label": "Welcome", "subject": "Welcome", "body": "Hello {contact_name}, we begin."}},
        meetings={"sync": {"label": "Sync"}, "inner": {"label": "Inner", "client_visible": False}},
    )


@dataclass
class World:
    """The account with one of everything on it."""

    cast: Cast
    account: Account
    rows: dict[str, list[str]]


@pytest.fixture
def world(cast: Cast, book: Book) -> World:
    account, alice = book.alices, cast.actor("alice")
    now = clock.now()
    contact = add_contact(account, name="Elise", email="elise@acme.example", actor=alice)
    start_contract(account, starts_on=alice.day, amount=9600, actor=cast.actor("olive"))
    set_goal(account, title="60 orders", baseline=12, target=60, actor=alice)
    meeting = schedule_meeting(
        account, type="sync", starts_at=now + timedelta(hours=1), attendees=[contact.pk], actor=alice
    )
    task = create_task(title="Send the draft", account=account.pk, actor=alice)
    signal = OpenSignal.objects.create(
        account_id=account.pk, rule="quiet", state="firing", severity="red", kind="risk", owner_role="csm",
        since=now, fired_at=now,
    )  # fmt: skip
    play = start_play(account, playbook="rescue", actor=alice)
    play.steps.update(status="open")
    Opening.objects.create(
        rule="reply", account_id=account.pk, opening="reply:1", opened_at=now, due_at=now, owner_role="csm"
    )
    asked = ActRequest.objects.create(
        account_id=account.pk, operation="task.create", consulted="task.create", roles=["lead"],
        arguments={"title": "Write to the press"}, asked_by=cast.alice, asked_at=now, due_at=now + timedelta(days=1),
        on_silence="lapse",
    )  # fmt: skip
    note = log_note(account, text="They ask about the oven", actor=alice)
    with batch(alice):
        mail = queue_mail(
            contact, key="welcome", purpose="welcome", subject="Welcome", text="We begin on Monday.", actor=alice,
            attachments=[File("plan.pdf", "application/pdf", b"%PDF-1.7")], about=meeting,
        )  # fmt: skip
    last = alice.day.replace(day=1) - timedelta(days=1)
    weeks = [(last - timedelta(days=7 * n), 10.0 + n) for n in (3, 2, 1, 0)]
    content = Content(
        outcomes=[
            Outcome(
                goal="1", title="60 orders", baseline=Decimal(12), target=Decimal(60), now=Decimal(30), home_run=True
            )
        ],
        series=[Series(metric="orders", label="Orders", weeks=weeks, now=46, before=40)],
        published=[Piece(id="1", title="Film of the oven", day=last)],
        theirs=[Step(id="2", text="Send the photographs", who="Elise")],
    )
    report = prepare_report(
        account, type="monthly", first=last.replace(day=1), last=last, sentence="It went well.", content=content,
        reason="We filmed.", next_step="We meet on Monday.", actor=alice,
    )  # fmt: skip
    every = [each.pk for each in (book.alices, book.bobs, book.mallorys, book.nobodys)]
    refresh_standing(every, cast.actor("olive"))
    rows = {
        "account": [account.pk],
        "cell": [account.pk, "tier"],
        "promise": [account.pk, "reply"],
        "signal": [signal.pk],
        "play": [play.pk],
        "step": [play.steps.get().pk],
        "task": [task.pk],
        "act": ["note.log", account.pk],
        "act_plain": ["person.invite"],
        "meeting": [meeting.pk],
        "request": [asked.pk],
        "mail": [mail.pk],
        "report": [report.pk],
        "draft": [make_draft(account, template="welcome", body="We begin on Monday.", actor=alice).pk],
        "mail_file": [mail.pk, mail.attachments.get().pk],
        "role": ["csm"],
        "person": [cast.bob.pk],
        "undo": [undo_address("note.log", note).split("/")[2]],
        "reset": ["0", "set-password"],
        "provider": ["oidc"],
        "": [],
    }
    return World(cast, account, rows)

"""An account of Alice's with one of everything on it, for tests that open every page."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.identity.operations import batch
from tenure.identity.requests import ActRequest
from tenure.records.account import Account
from tenure.records.contact import add_contact
from tenure.records.contract import start_contract
from tenure.records.deliverable import plan_deliverable
from tenure.records.delivery import File, queue_mail
from tenure.records.draft import make_draft
from tenure.records.goal import set_goal
from tenure.records.handover import begin_handover, give_handover
from tenure.records.meeting import schedule_meeting
from tenure.records.message import log_message
from tenure.records.note import log_note
from tenure.records.report import Content, Outcome, Piece, Series, Step, prepare_report
from tenure.records.upload import Upload
from tenure.records.workflow import move_deliverable
from tenure.sources.connectors.connector import add_connector
from tenure.sources.tools.queueing import ask_tool
from tenure.web.undoing import undo_address
from tenure.work.checklists import deploy_journey
from tenure.work.commitments import Opening
from tenure.work.plays import start_play
from tenure.work.refresh import refresh_standing
from tenure.work.signals import OpenSignal
from tenure.work.tasks import create_task
from tests.book import Book
from tests.cast import Cast, blueprint

ONBOARDING = {
    "label": "Onboarding",
    "stages": {
        "welcome": {
            "label": "Welcome",
            "client_label": "Your start",
            "within": "3 days",
            "items": {
                "folder": {"label": "Set up the folder", "owner": "csm"},
                "access": {
                    "label": "Access to their pages",
                    "client_label": "Let us in",
                    "owner": "csm",
                    "waits_for": "client",
                },
                "share": {"label": "Share the folder", "owner": "specialist", "after": ["folder"]},
            },
        },
        "live": {"label": "Live", "items": {"first": {"label": "First piece", "owner": "specialist"}}},
    },
}
WORK = {
    "label": "Finished work",
    "about": "What comes back, ready for the client.",
    "giver": "specialist",
    "taker": "csm",
    "fields": {
        "what": {"label": "What was made", "needed": True},
        "open": {"label": "What is still open", "help": "Leave empty where nothing is."},
    },
}

DESK = {
    "label": "Desk",
    "about": "A folder of each client.",
    "settings": {"key": {"label": "Key", "secret": True}, "space": {"label": "Space"}},
    "headers": {"Authorization": "{secret.key}"},
    "provisions": {
        "folder": {
            "label": "Folder of the client",
            "on": [{"on": "journey.deployed"}],
            "path": "/spaces/{setting.space}/folders",
            "body": {"name": "{account_name}"},
            "keep": {"id": "id"},
            "link": {"title": "{account_name}: folder", "url": "https://desk.example/f/{kept.folder.id}"},
        }
    },
}

EVERYBODYS_NUMBERS = {
    "kpi.view": {"accountable": "csm", "responsible": ["lead", "ops", "executive", "specialist"]},
    "kpi.team": {"accountable": "lead", "responsible": ["ops", "executive"]},
}


def measured_roles() -> dict[str, Any]:
    """The cast's roles, success managers measured by a number and expected to write notes."""
    roles = blueprint().model_dump(mode="json")["roles"]
    notes = {"label": "Notes written", "counts": {"on": "note.logged"}, "target": 1}
    ramp = {"first": {"label": "First month", "by": "30 days", "expects": {"notes": notes}}}
    return {**roles, "csm": {**roles["csm"], "measured_by": ["answers"], "ramp": ramp}}


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
    piece = {
        "label": "Piece",
        "per_week": 2,
        "weeks_ahead": 3,
        "results": ["views"],
        "states": {
            "idea": {"label": "Idea", "means": "idea"},
            "planned": {"label": "Planned", "means": "planned", "client_label": "To film"},
            "captured": {"label": "Captured", "means": "received"},
            "production": {"label": "In production", "means": "making"},
            "review": {"label": "With the client", "means": "review", "required": True},
            "scheduled": {"label": "Scheduled", "means": "ready"},
            "out": {"label": "Published", "means": "done"},
        },
        "formats": {"reel": {"label": "Reel", "guide": "Hold it upright."}},
    }
    plans = {"deliverable": "piece", "at_least": 6, "at_most": 8}
    return blueprint(
        playbooks=playbooks,
        journeys={"onboarding": ONBOARDING, "growth": {"label": "Growth", "stages": {"wider": {"label": "Wider"}}}},
        handovers={"work": WORK},
        roles=measured_roles(),
        raci=blueprint().model_dump(mode="json")["raci"] | EVERYBODYS_NUMBERS,
        kpis={
            "answers": {
                "label": "Answers in time",
                "kind": "lead",
                "why": "They wait",
                "commitment": "reply",
                "of": "share",
            }
        },
        commitments={"reply": promise},
        reports={"monthly": {"label": "Monthly report"}},
        tools={"desk": DESK},
        templates={"welcome": {"label": "Welcome", "subject": "Welcome", "body": "Hello {contact_name}, we begin."}},
        deliverables={"piece": piece},
        metrics={"views": {"label": "Views", "unit": "views"}},
        meetings={"sync": {"label": "Sync", "plans": plans}, "inner": {"label": "Inner", "client_visible": False}},
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
    goal = set_goal(account, title="60 orders", baseline=12, target=60, actor=alice)
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
    piece = plan_deliverable(
        account,
        type="piece",
        title="The autumn rye",
        format="reel",
        material_on=alice.day,
        due_on=alice.day + timedelta(days=9),
        internal_note="They dislike music",
        actor=alice,
    )
    reviewed = plan_deliverable(account, type="piece", title="Hands at work", actor=alice)
    reviewed = move_deliverable(reviewed, to="review", actor=alice)
    upload = Upload.objects.create(
        account=account, deliverable=piece, name="crust.jpg", type="image/jpeg", size=3, received_at=now,
        by=cast.carl, by_client=True,
    )  # fmt: skip
    upload.path.parent.mkdir(parents=True, exist_ok=True)
    upload.path.write_bytes(b"abc")
    run = deploy_journey(account, journey="onboarding", actor=alice)
    sam = cast.actor("sam")
    handover = begin_handover(account, form="work", answers={"what": "The autumn reel"}, actor=sam)
    give_handover(handover, actor=sam)
    message = log_message(
        account, direction="in", contact=contact.pk, subject="The oven", body="Which oven do we take?", actor=alice
    )
    note = log_note(account, text="They ask about the oven", actor=alice)
    with batch(alice):
        mail = queue_mail(
            contact, key="welcome", purpose="welcome", subject="Welcome", text="We begin on Monday.", actor=alice,
            attachments=[File("plan.pdf", "application/pdf", b"%PDF-1.7")], about=meeting,
        )  # fmt: skip
    add_connector(
        kind="tool-desk", label="Our desk", source="desk", settings={"address": "https://desk.example", "space": "7"},
        secrets={"key": "k-1"}, actor=cast.actor("olive"),
    )  # fmt: skip
    call = ask_tool(account, call="desk.folder", actor=alice)
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
        "contact": [contact.pk],
        "meeting": [meeting.pk],
        "piece": [piece.pk],
        "reviewed": [reviewed.pk],
        "upload": [upload.pk],
        "journey": ["onboarding"],
        "item": [run.items.get(key="folder").pk],
        "handover": [handover.pk],
        "handover_new": [account.pk, "work"],
        "message": [message.pk],
        "request": [asked.pk],
        "mail": [mail.pk],
        "report": [report.pk],
        "draft": [make_draft(account, template="welcome", body="We begin on Monday.", actor=alice).pk],
        "call": [call.pk],
        "mail_file": [mail.pk, mail.attachments.get().pk],
        "made_up": ["made-up"],
        "made_up_twice": ["made-up", "made-up"],
        "portal_piece": [account.pk, piece.pk],
        "portal_reviewed": [account.pk, reviewed.pk],
        "portal_meeting": [account.pk, meeting.pk],
        "portal_upload": [account.pk, upload.pk],
        "goal": [goal.pk],
        "portal_draft": [account.pk, report.pk],
        "portal_goal": [account.pk, goal.pk],
        "role": ["csm"],
        "person": [cast.bob.pk],
        "kpi": ["answers"],
        "facts": [cast.bob.pk, "first", "notes"],
        "undo": [undo_address("note.log", note).split("/")[2]],
        "reset": ["0", "set-password"],
        "provider": ["oidc"],
        "": [],
    }
    return World(cast, account, rows)

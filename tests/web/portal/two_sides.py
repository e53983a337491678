"""Two accounts with one of everything that a portal shows: Alice's with Carl as its client, Bob's with Berta."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.identity.accounts import Assignment
from tenure.identity.actor import Actor
from tenure.identity.people import Person
from tenure.records.account import Account
from tenure.records.action import add_action
from tenure.records.agenda import AgendaLine
from tenure.records.contact import add_contact, change_contact
from tenure.records.deliverable import deliver_deliverable, plan_deliverable
from tenure.records.goal import judge_goal, set_goal
from tenure.records.meeting import hold_meeting, schedule_meeting
from tenure.records.message import write_message
from tenure.records.minutes import decide, send_notes, write_notes
from tenure.records.portal import PortalAccess, enter_portal
from tenure.records.report import Content, Outcome, Report
from tenure.records.upload import Upload
from tenure.records.workflow import move_deliverable
from tenure.work.checklists import deploy_journey
from tenure.work.journeys import ChecklistItem
from tests.book import Book
from tests.cast import FIRST_DAY, Cast, blueprint, join


def with_a_portal() -> Model:
    """A company with a journey, work in states, a review that asks how it was, and a figure for clients."""
    states = {
        "planned": {"label": "Planned", "means": "planned", "client_label": "To film"},
        "making": {"label": "Being made", "means": "making"},
        "review": {"label": "With the client", "means": "review", "client_label": "For you to approve"},
        "ready": {"label": "Ready", "means": "ready", "client_label": "Goes out soon"},
        "out": {"label": "Out", "means": "done", "client_label": "Live"},
    }
    items = {
        "access": {
            "label": "Access received",
            "client_label": "Give us access to your pages",
            "owner": "csm",
            "waits_for": "client",
            "client_ticks": True,
        },
        "plan": {
            "label": "Plan agreed",
            "client_label": "Confirm what we agreed",
            "owner": "csm",
            "waits_for": "client",
            "done_by": {"on": "goal.agreed"},
        },
        "inner": {"label": "Check their credit", "owner": "csm"},
    }
    theirs = {"accountable": "client", "responsible": ["csm"]}
    rules = {key: rule.model_dump() for key, rule in blueprint().raci.items()}
    return blueprint(
        raci=rules | {"deliverable.accept": theirs, "survey.answer": theirs},
        journeys={"begin": {"label": "Begin", "stages": {"first": {"label": "First", "items": items}}}},
        deliverables={
            "piece": {"label": "Piece", "states": states, "per_week": 1},
            "pillars": {"label": "Brand pillars"},
        },
        metrics={"orders": {"label": "Orders", "unit": "orders", "client_visible": True}},
        surveys={
            "how": {
                "label": "How it was",
                "questions": {
                    "satisfied": {
                        "text": "How satisfied are you",
                        "scale": "csat",
                        "low": "Not at all",
                        "high": "Fully",
                    },
                    "why": {"text": "Why is that", "scale": "text"},
                },
            }
        },
        meetings={"review": {"label": "Review", "survey": "how"}, "inner": {"label": "Inner", "client_visible": False}},
    )


@dataclass(frozen=True)
class Side:
    """One account, its client, and the ids of what their portal shows."""

    account: Account
    client: Person
    rows: dict[str, str]
    access: PortalAccess

    def args(self, *names: str) -> list[str]:
        return [self.account.pk, *(self.rows[name] for name in names)]


def furnish(account: Account, client: Person, owner: Actor, system: Actor) -> Side:
    """One of everything on an account, for its client."""
    contact = add_contact(account, name=client.name, email=client.email or "", actor=owner)
    change_contact(contact, person=client.pk, actor=owner)
    deploy_journey(account, journey="begin", actor=system)
    items = {item.key: item.pk for item in ChecklistItem.objects.filter(run__account_id=account.pk)}
    set_goal(account, title="60 orders", baseline=12, target=60, home_run=True, actor=owner)
    reached = set_goal(account, title="Ten reviews", baseline=0, target=10, actor=owner)
    judge_goal(reached, attained=True, evidence="Eleven stand there", current=11, actor=owner)
    now = clock.now()
    line = AgendaLine(text="The winter")
    ahead = schedule_meeting(account, type="review", starts_at=now + timedelta(days=1), agenda=[line], actor=owner)
    held = schedule_meeting(account, type="review", starts_at=now - timedelta(hours=2), actor=owner)
    held = hold_meeting(held, attended=[contact.pk], actor=owner)
    write_notes(held, client="We looked at the autumn.", internal="They pay late", actor=owner)
    held.refresh_from_db()
    send_notes(held, actor=owner)
    decide(held, text="Winter begins in week 48", actor=owner)
    add_action(
        account, text="Send the price list", meeting=held.pk, client_owned=True, client_visible=True, actor=owner
    )
    piece = plan_deliverable(
        account, type="piece", title="Hands at work", internal_note="They dislike music", actor=owner
    )
    move_deliverable(piece, to="review", url="https://example.com/cut", actor=owner)
    pillars = plan_deliverable(account, type="pillars", title="Your pillars", actor=owner)
    deliver_deliverable(pillars, actor=owner)
    upload = Upload.objects.create(
        account=account, name="crust.jpg", type="image/jpeg", size=3, received_at=now, by=client, by_client=True
    )
    upload.path.parent.mkdir(parents=True, exist_ok=True)
    upload.path.write_bytes(b"abc")
    content = Content(outcomes=[Outcome(goal=reached.pk, title="60 orders", baseline=12, target=60, now=30)])
    report = Report.objects.create(
        account=account,
        type="month",
        first=owner.day,
        last=owner.day,
        status="approved",
        sentence="It went well",
        content=content.model_dump(mode="json"),
        prepared_at=now,
        approved_at=now,
    )  # fmt: skip
    me = Actor.of(client)
    access = enter_portal(account, actor=me)
    message = write_message(account, subject="Thursday", body="Can we move it?", actor=me)
    rows = {
        "goal": reached.pk,
        "ahead": ahead.pk,
        "held": held.pk,
        "piece": piece.pk,
        "pillars": pillars.pk,
        "upload": upload.pk,
        "report": report.pk,
        "thread": message.thread,
        "item": items["access"],
        "inner_item": items["inner"],
    }
    return Side(account, client, rows, access)


@dataclass(frozen=True)
class Sides:
    """Carl's side and Berta's."""

    cast: Cast
    own: Side
    other: Side


@pytest.fixture
def model() -> Model:
    return with_a_portal()


@pytest.fixture
def sides(cast: Cast, book: Book, system: Actor) -> Sides:
    berta = join("Berta", "client")
    Assignment.objects.create(account_id=book.bobs.pk, person=berta, role="client", from_day=FIRST_DAY)
    return Sides(
        cast,
        furnish(book.alices, cast.carl, cast.actor("alice"), system),
        furnish(book.bobs, berta, cast.actor("bob"), system),
    )

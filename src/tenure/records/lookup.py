"""Reading the records: one row fetched and authorised in one call, lists within the actor's reach.

A row that is absent and one that is out of reach look alike, and a client reads only what its row lets them see.
"""

from __future__ import annotations

from typing import TypeVar

from django.db.models import DateTimeField, F, OuterRef, QuerySet, Subquery
from django.db.models import Model as Row
from django.db.models.functions import Coalesce, Greatest

from tenure.base.errors import Forbidden
from tenure.identity import access
from tenure.identity.accounts import AccountAnchor
from tenure.identity.actor import Actor
from tenure.records.account import Account
from tenure.records.action import ActionItem
from tenure.records.activity import Activity
from tenure.records.advocacy import Advocacy
from tenure.records.contact import Contact
from tenure.records.contract import Contract
from tenure.records.deliverable import Deliverable
from tenure.records.delivery import Mail
from tenure.records.goal import Goal
from tenure.records.handover import Handover
from tenure.records.issue import Issue
from tenure.records.link import Link
from tenure.records.meeting import Meeting
from tenure.records.message import Message, unanswered
from tenure.records.minutes import Decision
from tenure.records.note import Note
from tenure.records.point import MetricPoint
from tenure.records.rating import Rating
from tenure.records.row import AccountRow
from tenure.records.survey import SurveyAnswer
from tenure.records.upload import Upload
from tenure.records.visibility import seen_by

VIEW = "account.view"
_BY_DUE_DAY = F("due_on").asc(nulls_last=True)  # databases differ on where nothing stands

R = TypeVar("R", bound=Row)
A = TypeVar("A", bound=AccountRow)


def access_record(model: type[R], actor: Actor, pk: str, operation: str = VIEW) -> R:
    """A row of any noun that the actor may do `operation` on, its account read along.

    Raises Forbidden: hidden where the row is absent, out of reach or not a client's to see, else with the rule.
    """
    rows = model._default_manager.all()
    if issubclass(model, AccountRow):
        rows = rows.select_related("account")
    row = seen_by(rows.filter(pk=pk), actor).first()
    if row is None:
        raise Forbidden(operation, "There is no such account within your reach.", hidden=True)
    access.require(actor, operation, row)
    return row


def list_records(
    model: type[A], actor: Actor, account: AccountAnchor | None = None, operation: str = VIEW
) -> QuerySet[A]:
    """Rows of one noun on the accounts within reach, or on one of them; a client's are those that they may see."""
    rows = seen_by(access.reach(model._default_manager.all(), actor, operation), actor)
    return rows if account is None else rows.filter(account_id=account.pk)


def access_account(actor: Actor, pk: str, operation: str = VIEW) -> Account:
    return access_record(Account, actor, pk, operation)


def list_accounts(actor: Actor, search: str = "", operation: str = VIEW) -> QuerySet[Account]:
    """Accounts within reach by name; `search` is a part of the name."""
    accounts = access.reach(Account.objects.order_by("name", "pk"), actor, operation)
    return accounts.filter(name__icontains=search.strip()) if search.strip() else accounts


def access_contact(actor: Actor, pk: str, operation: str = VIEW) -> Contact:
    return access_record(Contact, actor, pk, operation)


def list_contacts(actor: Actor, account: AccountAnchor | None = None, operation: str = VIEW) -> QuerySet[Contact]:
    """Contacts, those who are still there first, the primary one at the top."""
    return list_records(Contact, actor, account, operation).order_by(
        F("left_on").asc(nulls_first=True), "-is_primary", "name"
    )


def with_last_touch(contacts: QuerySet[Contact]) -> QuerySet[Contact]:
    """Contacts with `last_touch`: when one of their messages, or a mail that went to them, came or went last."""
    said = Message.objects.filter(contact=OuterRef("pk")).order_by("-at").values("at")[:1]
    written = Mail.objects.filter(contact=OuterRef("pk"), sent_at__isnull=False).order_by("-sent_at")
    found = contacts.annotate(said_at=Subquery(said), written_at=Subquery(written.values("sent_at")[:1]))
    # The later of two is nothing on some databases where one of them is.
    return found.annotate(
        last_touch=Coalesce(Greatest("said_at", "written_at"), "said_at", "written_at", output_field=DateTimeField())
    )


def access_contract(actor: Actor, pk: str, operation: str = VIEW) -> Contract:
    return access_record(Contract, actor, pk, operation)


def list_contracts(actor: Actor, account: AccountAnchor | None = None, operation: str = VIEW) -> QuerySet[Contract]:
    return list_records(Contract, actor, account, operation).order_by("-starts_on", "-pk")


def access_meeting(actor: Actor, pk: str, operation: str = VIEW) -> Meeting:
    return access_record(Meeting, actor, pk, operation)


def list_meetings(actor: Actor, account: AccountAnchor | None = None, operation: str = VIEW) -> QuerySet[Meeting]:
    return list_records(Meeting, actor, account, operation).select_related("facilitator").order_by("-starts_at", "-pk")


def access_issue(actor: Actor, pk: str, operation: str = VIEW) -> Issue:
    return access_record(Issue, actor, pk, operation)


def list_issues(actor: Actor, account: AccountAnchor | None = None, operation: str = VIEW) -> QuerySet[Issue]:
    return list_records(Issue, actor, account, operation).select_related("owner").order_by("-opened_at", "-pk")


def access_note(actor: Actor, pk: str, operation: str = VIEW) -> Note:
    return access_record(Note, actor, pk, operation)


def list_notes(actor: Actor, account: AccountAnchor | None = None, operation: str = VIEW) -> QuerySet[Note]:
    """Notes, the pinned ones at the top."""
    return list_records(Note, actor, account, operation).select_related("author").order_by("-pinned", "-at", "-pk")


def access_activity(actor: Actor, pk: str, operation: str = VIEW) -> Activity:
    return access_record(Activity, actor, pk, operation)


def list_activities(actor: Actor, account: AccountAnchor | None = None, operation: str = VIEW) -> QuerySet[Activity]:
    return list_records(Activity, actor, account, operation).select_related("person").order_by("-at", "-pk")


def access_message(actor: Actor, pk: str, operation: str = VIEW) -> Message:
    return access_record(Message, actor, pk, operation)


def list_messages(actor: Actor, account: AccountAnchor | None = None, operation: str = VIEW) -> QuerySet[Message]:
    return (
        list_records(Message, actor, account, operation)
        .filter(same_as=None)
        .select_related("contact")
        .order_by("-at", "-pk")
    )


def list_unanswered(actor: Actor, account: AccountAnchor | None = None, operation: str = VIEW) -> QuerySet[Message]:
    """Messages that wait for an answer, the longest waiting first."""
    return unanswered(list_records(Message, actor, account, operation)).select_related("contact", "account")


def access_decision(actor: Actor, pk: str, operation: str = VIEW) -> Decision:
    return access_record(Decision, actor, pk, operation)


def list_decisions(actor: Actor, account: AccountAnchor | None = None, operation: str = VIEW) -> QuerySet[Decision]:
    return list_records(Decision, actor, account, operation).order_by("-made_at", "-pk")


def access_action(actor: Actor, pk: str, operation: str = VIEW) -> ActionItem:
    return access_record(ActionItem, actor, pk, operation)


def list_actions(actor: Actor, account: AccountAnchor | None = None, operation: str = VIEW) -> QuerySet[ActionItem]:
    """Action items by the day on which they are due."""
    rows = list_records(ActionItem, actor, account, operation).select_related("owner", "contact")
    return rows.order_by(_BY_DUE_DAY, "noted_at", "pk")


def access_goal(actor: Actor, pk: str, operation: str = VIEW) -> Goal:
    return access_record(Goal, actor, pk, operation)


def list_goals(actor: Actor, account: AccountAnchor | None = None, operation: str = VIEW) -> QuerySet[Goal]:
    return list_records(Goal, actor, account, operation).select_related("owner").order_by(_BY_DUE_DAY, "set_at", "pk")


def access_deliverable(actor: Actor, pk: str, operation: str = VIEW) -> Deliverable:
    return access_record(Deliverable, actor, pk, operation)


def list_deliverables(
    actor: Actor, account: AccountAnchor | None = None, operation: str = VIEW
) -> QuerySet[Deliverable]:
    rows = list_records(Deliverable, actor, account, operation).select_related("owner")
    return rows.order_by(_BY_DUE_DAY, "planned_at", "pk")


def list_work(actor: Actor, account: AccountAnchor | None = None, operation: str = VIEW) -> QuerySet[Deliverable]:
    """Deliverables that go through states and are under way, by the day on which they go out."""
    rows = list_records(Deliverable, actor, account, operation).exclude(state="")
    rows = rows.filter(status=Deliverable.Status.PLANNED).select_related("owner", "maker")
    return rows.order_by(_BY_DUE_DAY, "planned_at", "pk")


def access_upload(actor: Actor, pk: str, operation: str = VIEW) -> Upload:
    """A file that is kept; what is held back or removed is there for nobody."""
    upload = access_record(Upload, actor, pk, operation)
    if upload.status != Upload.Status.KEPT:
        raise Forbidden(operation, "There is no such file within your reach.", hidden=True)
    return upload


def list_uploads(actor: Actor, account: AccountAnchor | None = None, operation: str = VIEW) -> QuerySet[Upload]:
    """Files as they came, the latest first."""
    return list_records(Upload, actor, account, operation).select_related("by").order_by("-received_at", "pk")


def access_advocacy(actor: Actor, pk: str, operation: str = VIEW) -> Advocacy:
    return access_record(Advocacy, actor, pk, operation)


def list_advocacy(actor: Actor, account: AccountAnchor | None = None, operation: str = VIEW) -> QuerySet[Advocacy]:
    rows = list_records(Advocacy, actor, account, operation).select_related("contact", "owner")
    return rows.order_by("-begun_at", "pk")


def access_link(actor: Actor, pk: str, operation: str = VIEW) -> Link:
    return access_record(Link, actor, pk, operation)


def list_links(actor: Actor, account: AccountAnchor | None = None, operation: str = VIEW) -> QuerySet[Link]:
    """Links to other tools, the newest first."""
    rows = list_records(Link, actor, account, operation).select_related("meeting", "deliverable")
    return rows.order_by("-added_at", "-pk")


def access_rating(actor: Actor, pk: str, operation: str = VIEW) -> Rating:
    return access_record(Rating, actor, pk, operation)


def list_ratings(actor: Actor, account: AccountAnchor | None = None, operation: str = VIEW) -> QuerySet[Rating]:
    return list_records(Rating, actor, account, operation).select_related("meeting").order_by("-given_at", "part")


def list_survey_answers(
    actor: Actor, account: AccountAnchor | None = None, operation: str = VIEW
) -> QuerySet[SurveyAnswer]:
    rows = list_records(SurveyAnswer, actor, account, operation).select_related("contact")
    return rows.order_by("-answered_at", "pk")


def access_point(actor: Actor, pk: str, operation: str = VIEW) -> MetricPoint:
    return access_record(MetricPoint, actor, pk, operation)


def list_points(actor: Actor, account: AccountAnchor | None = None, operation: str = VIEW) -> QuerySet[MetricPoint]:
    return list_records(MetricPoint, actor, account, operation).order_by("metric", "-day")


def access_handover(actor: Actor, pk: str, operation: str = VIEW) -> Handover:
    return access_record(Handover, actor, pk, operation)


def list_handovers(actor: Actor, account: AccountAnchor | None = None, operation: str = VIEW) -> QuerySet[Handover]:
    rows = list_records(Handover, actor, account, operation).select_related("giver", "taker")
    return rows.order_by("-begun_at", "-pk")

"""The client report: how the results stand as of a day, in figures that a client may see, approved by a person.

The figures are taken once, when the report is prepared, and kept with it, so that what was sent can be shown for ever.
Sentence, reason and next step are drafted from them and changed by hand until the report is approved.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from django.db import models
from django.db.models import Q, QuerySet
from pydantic import BaseModel, ConfigDict, Field

from tenure.base import clock
from tenure.base.errors import Refused
from tenure.facts.contract import declare
from tenure.identity import access
from tenure.identity.actor import Actor
from tenure.identity.operations import operation
from tenure.identity.people import Person
from tenure.records.account import Account
from tenure.records.checks import Short, Text, check_word
from tenure.records.contact import Contact
from tenure.records.delivery import Delivery, check_delivery, queue_mail, reachable, recall_mails
from tenure.records.row import UNSET, AccountRow, fact, said, set_fields
from tenure.records.withdrawal import undo_fact

FIELDS = {"type": "text", "first": "day", "last": "day", "status": "text", "by": "id"}
declare("report.prepared", "Report prepared", internal=True, **FIELDS)
declare("report.changed", "Report changed", internal=True, **FIELDS, changed="list")
declare("report.approved", "Report approved", internal=False, **FIELDS, delivery="text", receivers="integer")
declare("report.held", "Report held back", internal=True, **FIELDS)
declare("report.withdrawn", "Report taken back", internal=True, **FIELDS, fact="text")
MAIL = "report"
MOST = 400  # characters of the result in a sentence, or in a few
LARGE = 120  # and of what of it stands large
ENDS = re.compile(r"(\S+)[.!?]\s+(?=[^a-z\s])")  # where a sentence ends and another begins
SHORT = 3  # letters of what is rather an abbreviation, such as "St."
Sentence = Annotated[str, Field(max_length=MOST)]


class Outcome(BaseModel):
    """An outcome of the plan as of the report's day."""

    goal: str
    title: str
    unit: str = ""
    home_run: bool = False
    status: str = "open"
    baseline: Decimal | None = None
    target: Decimal | None = None
    now: Decimal | None = None
    due_on: date | None = None
    evidence: str = ""
    confirmed: bool = False
    since: date | None = None  # the first of the days that its figure is of, where it was read from points
    through: date | None = None  # to which day the points reach that it was read from; None where it was typed
    told_on: date | None = None  # when it was typed
    rule: str = ""  # how it is read from them, such as "sum of 28 days"
    metric: str = ""
    is_news: bool = True  # open, or judged on the days that the report covers

    @property
    def progress(self) -> float | None:
        """The way from baseline to target that is done, below 0 and beyond 1; None where a figure is missing."""
        if self.baseline is None or self.target is None or self.now is None or self.target == self.baseline:
            return None
        return float((self.now - self.baseline) / (self.target - self.baseline))

    @property
    def share(self) -> float | None:
        """The same, never below 0: as far as a bar is filled."""
        return None if self.progress is None else max(0.0, self.progress)

    @property
    def rises(self) -> bool:
        """Whether more of it is better."""
        return self.baseline is None or self.target is None or self.target >= self.baseline


class Series(BaseModel):
    """A metric by week, and its figure of the days that are compared beside that of as many days before them.

    What is not known of all of those days is None: a source that came later makes no rise.
    """

    metric: str
    label: str
    unit: str = ""
    aggregate: str = "sum"
    weeks: list[tuple[date, float | None]] = []
    brought: list[tuple[str, float]] = []  # what brought how much of it, the most first; what nobody knows of last
    now: float | None = None
    before: float | None = None
    since: date | None = None  # where its points begin later than the days that are compared
    through: date | None = None  # where they end before these do

    @property
    def change(self) -> float | None:
        """The change against the time before, as a share; None where either is unknown or there was nothing."""
        return None if self.now is None or not self.before else self.now / self.before - 1


class Piece(BaseModel):
    """Something made for the client: delivered, or planned for a day, and where it stands in the client's words."""

    id: str
    title: str
    day: date | None = None
    url: str = ""
    state: str = ""
    waits: str = ""  # for what of the client: "approve", "accept" or "material"
    who: str = ""  # of ours, who brings it out


class Step(BaseModel):
    """Something that one of both sides does next."""

    id: str
    text: str
    who: str = ""
    by: date | None = None
    is_late: bool = False
    is_old: bool = False  # so long past its day that one asks whether it still counts
    is_meeting: bool = False  # on its day, and not by it
    is_noted: bool = False  # in the words of whoever noted it in a meeting
    about: str = ""  # what belongs to it, such as the titles of the pieces


class Mark(BaseModel):
    """A day on which the rules behind some metrics changed."""

    day: date
    words: str
    metrics: list[str] = []


class Content(BaseModel):
    """Everything that a report shows, as of its last day."""

    model_config = ConfigDict(extra="forbid")

    version: int = 0  # of the blueprint in force
    outcomes: list[Outcome] = []
    series: list[Series] = []
    marks: list[Mark] = []
    wins: list[Piece] = []
    published: list[Piece] = []
    published_before: int | None = None  # how many pieces on as many days before; None where nothing ran then
    went: int = 0  # of these, how many are of a kind with a rhythm
    agreed: int | None = None  # and how many of such kinds were agreed for these days
    asked: int = 0  # pieces whose material was due from the client on these days
    came: int = 0  # and of how many it had come when they were over
    meetings: int = 0  # that were to be on these days
    missed: int = 0  # and of them, how many did not take place
    planned: list[Piece] = []
    planned_more: int = 0
    late: list[Piece] = []  # planned for a day that is over, and not out yet
    late_more: int = 0
    ours: list[Step] = []
    theirs: list[Step] = []
    next_meeting: str = ""
    why_unknown: str = ""  # what is said where the headline is bad and nobody says why
    period: str = ""  # of what days the figures are: "in October 2026"
    beside: str = ""  # and with which they are compared: "the 31 days before"
    figures_from: date | None = None  # the first of those days
    figures_to: date | None = None  # and the last


class Report(AccountRow):
    """A report on one account over some days. One of a type and a last day; prepared again it is taken anew."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        HELD = "held", "Held back"
        APPROVED = "approved", "Approved"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="reports")
    type = models.CharField(max_length=60)
    first = models.DateField()
    last = models.DateField()
    sentence = models.CharField(max_length=MOST, blank=True)
    reason = models.TextField(blank=True)
    next_step = models.TextField(blank=True)
    content = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    prepared_at = models.DateTimeField()
    prepared_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    held_because = models.CharField(max_length=200, blank=True)
    held_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    noun: ClassVar[str] = "report"
    ledger_fields: ClassVar[tuple[str, ...]] = ("type", "first", "last", "status")
    client_sees: ClassVar[Q | None] = Q(status="approved")

    class Meta:
        indexes = [models.Index(fields=["status", "last"])]
        constraints = [models.UniqueConstraint(fields=["account", "type", "last"], name="one_report_of_a_type_and_day")]

    def __str__(self) -> str:
        return self.sentence[:80]

    @property
    def shows(self) -> Content:
        """What it shows, typed."""
        return Content.model_validate(self.content)

    @property
    def headline(self) -> str:
        """The result as it stands large: all of it where it is short, else its first sentence."""
        return self._headline_and_more[0]

    @property
    def more(self) -> str:
        """What of the result follows its headline."""
        return self._headline_and_more[1]

    @property
    def _headline_and_more(self) -> tuple[str, str]:
        said = self.sentence.strip()
        if len(said) <= LARGE:
            return said, ""
        ends = (at for at in ENDS.finditer(said) if not (at[1].isalpha() and len(at[1]) <= SHORT))
        end = next((at.end() for at in ends), len(said))
        return said[:end].strip(), said[end:]

    @property
    def why(self) -> str:
        """Why, as the client reads it: what somebody wrote or the figures know, else that it is not known yet."""
        return self.reason.strip() or str(self.content.get("why_unknown", ""))


def list_reports(actor: Actor, name: str = "account.view") -> QuerySet[Report]:
    """Reports on accounts within reach, the newest first."""
    return access.reach(Report.objects.order_by("-last", "account__name", "pk"), actor, name)


def _check_draft(report: Report) -> None:
    if report.status == Report.Status.APPROVED:
        raise Refused("approved", "This report was approved already; prepare another one.")


def _record(kind: str, report: Report, **data: Any) -> None:
    by = {Report.Status.APPROVED: report.approved_by_id, Report.Status.HELD: report.held_by_id}.get(
        Report.Status(report.status), report.prepared_by_id
    )
    fact(kind, report, by=by, **data)


@operation("report.prepare", label="Prepare a report")
def prepare_report(
    account: Account,
    *,
    type: str,
    first: date,
    last: date,
    sentence: Sentence,
    content: Content,
    reason: Text = "",
    next_step: Text = "",
    actor: Actor,
) -> Report:
    """Keep what a report shows, for somebody to read. While it is a draft it may be prepared again."""
    check_word("report", type, actor.model.reports, "type")
    if not first <= last <= actor.day:
        raise Refused("no_time", "A report covers days that are over, from the first to the last.", field="last")
    report = Report.objects.filter(account=account, type=type, last=last).first() or Report(
        account=account, type=type, last=last
    )
    _check_draft(report)
    report.first, report.content = first, content.model_dump(mode="json")
    report.sentence, report.reason, report.next_step = sentence.strip(), reason.strip(), next_step.strip()
    report.prepared_at, report.prepared_by = clock.now(), actor.person
    report.status, report.held_because, report.held_by = Report.Status.DRAFT, "", None
    report.save()
    _record("report.prepared", report)
    return report


@operation("report.change", label="Change a report")
def change_report(
    report: Report, *, sentence: Text = UNSET, reason: Text = UNSET, next_step: Text = UNSET, actor: Actor
) -> Report:
    """Change the words of a report. Its figures stay as they were taken."""
    _check_draft(report)
    changed = set_fields(
        report,
        sentence=sentence if sentence is UNSET else said(sentence, "sentence", "the result in one sentence")[:MOST],
        reason=reason if reason is UNSET else reason.strip(),
        next_step=next_step if next_step is UNSET else next_step.strip(),
    )
    if changed:
        report.save(update_fields=changed)
        _record("report.changed", report, changed=changed)
    return report


@operation("report.hold", label="Hold a report back")
def hold_report(report: Report, *, reason: Short, actor: Actor) -> Report:
    """Keep a report from going out until what is wrong with it is mended; whoever carries the account reads why.

    Taken anew it waits to be read again; it may be changed and approved as it stands, too.
    """
    _check_draft(report)
    report.held_because = said(reason, "reason", "what is to be mended")[:200]
    report.status, report.held_by = Report.Status.HELD, actor.person
    report.save(update_fields=["status", "held_because", "held_by"])
    _record("report.held", report)
    return report


@operation("report.approve", label="Approve a report", undo="report.recall")
def approve_report(report: Report, *, delivery: Delivery | None = None, actor: Actor) -> Report:
    """Let the client see it: in the portal, and by mail where `delivery` says so. Only a person does."""
    if actor.person is None:
        raise Refused("nobody", "A person reads a report before it goes out.")
    _check_draft(report)
    said(report.sentence, "sentence", "the result in one sentence")
    check_delivery(delivery or "")
    report.status, report.approved_at, report.approved_by = Report.Status.APPROVED, clock.now(), actor.person
    report.save(update_fields=["status", "approved_at", "approved_by"])
    to = receivers(report) if delivery == "mail" else []
    if delivery == "mail" and not to:
        raise Refused(
            "no_email", "Nobody at this client has an e-mail address; add one to a contact.", field="delivery"
        )
    _mail(report, to, actor)
    _record("report.approved", report, delivery=delivery or "portal", receivers=len(to))
    return report


def receivers(report: Report) -> Sequence[Contact]:
    """Whom a report goes to: the primary contact, else everybody who can be written to."""
    every = reachable(Contact.objects.filter(account_id=report.account_id).order_by("-is_primary", "name", "pk"))
    return [each for each in every if each.is_primary] or every


def _mail(report: Report, to: Sequence[Contact], actor: Actor) -> None:
    """Queue the mails by which it goes out. The report itself is attached when they are sent, as it was approved."""
    label = actor.model.reports[report.type].label if report.type in actor.model.reports else "Report"
    company, writer = actor.model.company.name, actor.person.name if actor.person else ""
    parts = [report.sentence, report.reason, report.next_step, f"The whole report is attached.\n\n{writer}"]
    for contact in to:
        text = "\n\n".join([f"Hello {contact.name.partition(' ')[0]},", *(part for part in parts if part)])
        queue_mail(
            contact,
            key=f"report:{report.pk}:{contact.pk}",
            purpose=MAIL,
            subject=f"{report.account.name}: {label} from {company}",
            text=text,
            about=report,
            actor=actor,
        )


@operation("report.recall", label="Undo approving a report")
def recall_report(report: Report, *, actor: Actor) -> Report:
    """Take back, at once, that a report was approved: the client sees it no longer, its mails stay here."""
    if report.status != Report.Status.APPROVED:
        raise Refused("not_approved", "This report was not approved.")
    recall_mails(report, MAIL)
    undo_fact(report, "report.approved", actor)
    report.status, report.approved_at, report.approved_by = Report.Status.DRAFT, None, None
    report.save(update_fields=["status", "approved_at", "approved_by"])
    return report

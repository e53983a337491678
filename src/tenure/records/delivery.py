"""Mail on its way out: queued by an operation, sent by the pipeline once undo has expired, kept until it is erased.

Nothing here reaches the network. `queue_mail` is called inside an operation, so that a mail exists exactly where its
cause does; `tenure.outlets.mail` sends what is due.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet

from tenure.base import clock
from tenure.base.errors import Forbidden, Refused
from tenure.base.ids import ID_LENGTH, new_id
from tenure.facts.contract import declare
from tenure.identity import access
from tenure.identity.actor import Actor
from tenure.identity.operations import operation, view
from tenure.identity.people import Person
from tenure.records.account import Account
from tenure.records.checks import check_email
from tenure.records.contact import Contact
from tenure.records.row import AccountRow, fact
from tenure.records.withdrawal import ON_THE_WAY, UNDO_FOR

FIELDS = {
    "purpose": "text",
    "status": "text",
    "about": "text",
    "about_id": "id",
    "contact": "id",
    "person": "id",
    "by": "id",
    "tries": "integer",
}
declare("mail.queued", "Mail queued", internal=True, **FIELDS)
declare("mail.sent", "Mail sent", internal=True, **FIELDS)
declare("mail.failed", "Mail not delivered", internal=True, **FIELDS)
declare("mail.stopped", "Mail stopped", internal=True, **FIELDS)
declare("mail.retried", "Mail tried again", internal=True, **FIELDS)

VIEW = view("mail.view", "See what goes out by mail")
Delivery = Literal["by_hand", "mail"]
AFTER_UNDO = UNDO_FOR + ON_THE_WAY
LONGEST_SUBJECT = 200
LARGEST = 10_000_000  # bytes of all attachments of a mail; many a mailbox takes no more


class Mail(AccountRow):
    """One mail to one person. Whom it reaches and what it says live in this row alone, so that they can be erased."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waits"
        SENDING = "sending", "Is being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Not delivered"
        STOPPED = "stopped", "Stopped"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, related_name="mails")
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, related_name="mails")
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="mails")
    to = models.CharField(max_length=254, blank=True)
    to_name = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=LONGEST_SUBJECT, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)  # empty: made of the text when it goes out
    purpose = models.CharField(max_length=60)
    about = models.CharField(max_length=60, blank=True)  # the noun and the id of the row that it is about
    about_id = models.CharField(max_length=ID_LENGTH, blank=True)
    key = models.CharField(max_length=200, unique=True)
    queued_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    queued_at = models.DateTimeField()
    not_before = models.DateTimeField()
    next_try_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    doubts = models.PositiveSmallIntegerField(default=0)  # how often sending was cut off, so that it may have arrived
    last_error = models.CharField(max_length=400, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    noun: ClassVar[str] = "mail"
    ledger_fields: ClassVar[tuple[str, ...]] = ("purpose", "status", "tries")

    class Meta:
        indexes = [
            models.Index(fields=["status", "-queued_at"]),
            models.Index(fields=["next_try_at"], condition=Q(status="waiting"), name="mail_due"),
            models.Index(fields=["about", "about_id"]),
        ]

    def __str__(self) -> str:
        return self.subject or self.purpose

    @property
    def is_open(self) -> bool:
        return self.status in (Mail.Status.WAITING, Mail.Status.SENDING)


class Attachment(models.Model):
    """A file that goes with a mail. Its bytes lie in the row, so that they come and go with it in one transaction."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    mail = models.ForeignKey(Mail, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    content = models.BinaryField()

    anchor_path: ClassVar[str] = "mail__account"


@dataclass(frozen=True, slots=True)
class File:
    """A file to attach: its name, its media type and its bytes."""

    name: str
    content_type: str
    content: bytes


def why_kept() -> str:
    """Why this home sends no mail, as a sentence; empty where it does."""
    if settings.PRACTICE:
        return "Practice keeps its mails: nobody in it is real."
    if settings.KEEPS_MAIL:
        return "A demonstration keeps its mails: nobody in it has a real address."
    if not settings.MAIL_FROM:
        return "This home sends no mail yet: set TENURE_MAIL_URL and TENURE_MAIL_FROM. Until then mails wait here."
    return ""


def check_delivery(delivery: str) -> None:
    """Raises Refused where something is to go out by mail and this home has no mail server."""
    if delivery == "mail" and not settings.MAIL_FROM and not settings.KEEPS_MAIL:
        raise Refused("no_mail", why_kept(), field="delivery")


def record_mail(kind: str, mail: Mail) -> None:
    """Record a fact about a mail in the running transaction."""
    fact(
        kind,
        mail,
        about=mail.about or None,
        about_id=mail.about_id or None,
        contact=mail.contact_id,
        person=mail.person_id,
        by=mail.queued_by_id,
    )


def one_line(text: str, longest: int) -> str:
    """A text that can stand in a header: no line break and no control character, cut where it is too long."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]", " ", text).split())[:longest]


def queue_mail(
    to: Contact | Person,
    *,
    key: str,
    purpose: str,
    subject: str,
    text: str,
    actor: Actor,
    about: AccountRow | None = None,
    html: str = "",
    attachments: Sequence[File] = (),
    not_before: datetime | None = None,
) -> Mail:
    """Put a mail into the outbox; called inside an operation. The same key queues once and returns what stands there.

    It goes out at `not_before`, without one as soon as the act that queued it can no longer be undone. Raises Refused
    where nobody can be reached.
    """
    standing = Mail.objects.filter(key=key).first()
    if standing is not None:
        return standing
    if sum(len(file.content) for file in attachments) > LARGEST:
        raise Refused("too_large", "A mail carries at most 10 MB of files; send a link.")
    contact, person = (to, None) if isinstance(to, Contact) else (None, to)
    address = check_email(to.email or "")
    if not address:
        raise Refused("no_email", f"{to.name} has no e-mail address; add one first.", field="contact")
    now = clock.now()
    due = not_before or now + AFTER_UNDO
    mail = Mail(
        account_id=contact.account_id if contact else about.account_id if about else None,
        contact=contact,
        person=person,
        to=address,
        to_name=one_line(to.name, 200),
        subject=one_line(subject, LONGEST_SUBJECT),
        text=text,
        html=html,
        purpose=purpose,
        about=about.noun if about else "",
        about_id=about.pk if about else "",
        key=key,
        queued_by=actor.person,
        queued_at=now,
        not_before=due,
        next_try_at=due,
    )
    mail.save(force_insert=True)
    Attachment.objects.bulk_create(
        Attachment(mail=mail, name=one_line(f.name, 200), content_type=f.content_type, content=f.content)
        for f in attachments
    )
    record_mail("mail.queued", mail)
    return mail


def reachable(contacts: Iterable[Contact]) -> list[Contact]:
    """Of some contacts those to whom one can write: still there, not erased, with an address."""
    return [each for each in contacts if each.email and each.left_on is None and each.erased_at is None]


def recall_mails(row: AccountRow, purpose: str) -> None:
    """Stop what waits to go out about a row, as the undoing of its cause does; called inside an operation.

    Raises Refused where one of them has gone already.
    """
    mails = list(Mail.objects.select_for_update().filter(about=row.noun, about_id=row.pk, purpose=purpose))
    if any(mail.status in (Mail.Status.SENDING, Mail.Status.SENT) for mail in mails):
        raise Refused("gone_out", "This has gone out already; write again where something is wrong with it.")
    for mail in mails:
        if mail.status == Mail.Status.WAITING:
            _stop(mail)
            # The same act may be done again; its mail is then another one.
            mail.key = f"{mail.key}:{mail.pk}"
            mail.save(update_fields=["key"])


def list_mails(actor: Actor, name: str = VIEW) -> QuerySet[Mail]:
    """The mails of accounts within reach, one's own, and for those who see every account those of the company too."""
    if actor.is_system:
        return Mail.objects.all()
    anchors = access.reachable(actor, name)
    if anchors is None:
        return Mail.objects.all()
    return Mail.objects.filter(Q(account__in=anchors.values("pk")) | Q(queued_by__in=actor.people))


def access_mail(actor: Actor, pk: str, name: str = VIEW) -> Mail:
    """A mail that the actor may do something with. Raises Forbidden, hidden where it is absent or out of reach."""
    found = list_mails(actor, "account.view").filter(pk=pk).select_related("account", "queued_by").first()
    if found is None:
        raise Forbidden(name, "There is no such mail within your reach.", hidden=True)
    access.require(actor, name, found)
    return found


def _check_own(mail: Mail, actor: Actor, name: str) -> None:
    """A mail of no account belongs to whoever queued it and to those who see everything."""
    if not actor.is_system and not list_mails(actor, name).filter(pk=mail.pk).exists():
        raise Forbidden(name, "There is no such mail within your reach.", hidden=True)


def _stop(mail: Mail) -> None:
    mail.status = Mail.Status.STOPPED
    mail.save(update_fields=["status"])
    record_mail("mail.stopped", mail)


@operation("mail.stop", label="Stop a mail", undo="mail.retry")
def stop_mail(mail: Mail, *, actor: Actor) -> Mail:
    """Keep a mail from going out that waits or was not delivered."""
    _check_own(mail, actor, "mail.stop")
    if mail.status not in (Mail.Status.WAITING, Mail.Status.FAILED):
        raise Refused("not_waiting", f"This mail {mail.get_status_display().lower()} already.")
    _stop(mail)
    return mail


@operation("mail.retry", label="Send a mail again")
def retry_mail(mail: Mail, *, actor: Actor) -> Mail:
    """Let a mail go out that was not delivered or was stopped, to the address that its receiver has now."""
    _check_own(mail, actor, "mail.retry")
    if mail.status not in (Mail.Status.FAILED, Mail.Status.STOPPED):
        raise Refused("not_failed", "Only what was not delivered, or was stopped, is sent again.")
    receiver = mail.contact or mail.person
    mail.to = check_email((receiver.email if receiver else "") or "")
    if not mail.to:
        raise Refused("no_email", "Whoever this went to has no e-mail address any more.")
    mail.status, mail.tries, mail.last_error = Mail.Status.WAITING, 0, ""
    mail.not_before = mail.next_try_at = max(mail.not_before, clock.now())
    mail.save(update_fields=["to", "status", "tries", "last_error", "not_before", "next_try_at"])
    record_mail("mail.retried", mail)
    return mail


def export_mails(mails: QuerySet[Mail]) -> list[dict[str, Any]]:
    """What was written to somebody by mail, as plain data."""
    rows = mails.order_by("queued_at").values("queued_at", "sent_at", "status", "to", "subject", "text")
    return [dict(row) for row in rows]


ERASED: Mapping[str, Any] = {"to": "", "to_name": "", "subject": "", "text": "", "html": "", "last_error": ""}


def erase_mails(mails: QuerySet[Mail]) -> None:
    """Remove what mails to somebody say and where they went; what still waits is stopped. Called in an operation."""
    for mail in mails.filter(status__in=(Mail.Status.WAITING, Mail.Status.FAILED)):
        _stop(mail)
    Attachment.objects.filter(mail__in=mails.values("pk")).delete()
    mails.update(**ERASED)

"""The message: what came in and what went out, in threads, and which of them still waits for an answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.urls import reverse

from tenure.base.errors import Refused
from tenure.base.ids import ID_LENGTH
from tenure.facts.contract import declare
from tenure.identity.actor import Actor
from tenure.identity.operations import operation
from tenure.identity.people import Person
from tenure.records.account import Account
from tenure.records.checks import Code, Short, Text
from tenure.records.contact import Contact, own_contact
from tenure.records.delivery import Delivery, check_delivery, queue_mail, recall_mails
from tenure.records.row import NOW, AccountRow, Moment, When, fact, related, said, teller, when
from tenure.records.withdrawal import undo, undo_fact

Direction = Literal["in", "out"]
PORTAL = "portal"  # the channel of what a client writes in the portal, and of our answers there
TOLD = "message_told"  # the purpose of the mail that says that an answer waits in the portal
MAIL = "message"  # the purpose of the mail by which a message goes out
How = Literal["answered_elsewhere", "no_reply_needed"]
FIELDS = {"channel": "text", "direction": "text", "thread": "id", "contact": "id", "by": "id", "answers": "id"}
declare("message.received", "Message received", internal=False, **FIELDS)
declare("message.sent", "Message sent", internal=False, **FIELDS)
# What a machine wrote, such as an absence note: no promise opens on it, and it answers nothing.
declare("message.noticed", "Automatic message noticed", internal=True, **FIELDS)
declare("message.settled", "Message settled", internal=True, **FIELDS, how="text")
declare("message.merged", "Message found to be logged twice", internal=True, **FIELDS, same_as="id")
declare("message.parted", "Message found to be another one", internal=True, **FIELDS)
declare("message.withdrawn", "Message taken back", internal=True, **FIELDS, fact="text")


class Message(AccountRow):
    """One message between a client and us. A thread is named by its first message."""

    class Direction(models.TextChoices):
        IN = "in", "Received"
        OUT = "out", "Sent"

    class How(models.TextChoices):
        ANSWERED_ELSEWHERE = "answered_elsewhere", "Answered elsewhere"
        NO_REPLY_NEEDED = "no_reply_needed", "No reply needed"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="messages")
    thread = models.CharField(max_length=ID_LENGTH)
    direction = models.CharField(max_length=3, choices=Direction.choices)
    channel = models.CharField(max_length=60)
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, related_name="messages")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="messages")
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    at = models.DateTimeField()
    is_automatic = models.BooleanField(default=False)  # a machine wrote it: it waits for nobody and answers nothing
    delivery = models.CharField(max_length=10, blank=True)  # by_hand: sent elsewhere and logged here; mail: from here
    answers = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="replies")
    answered_at = models.DateTimeField(null=True, blank=True)  # the first of ours in the thread that came after it
    read_from = models.CharField(max_length=60, blank=True)  # the source that brought it; empty: somebody logged it
    same_as = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="logged")  # as it was read
    is_apart = models.BooleanField(default=False)  # somebody said that it is none of those that were read
    settled_how = models.CharField(max_length=20, choices=How.choices, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    noun: ClassVar[str] = "message"
    ledger_fields: ClassVar[tuple[str, ...]] = ("channel", "direction", "thread")
    client_sees: ClassVar[Q | None] = Q(channel=PORTAL)

    class Meta:
        indexes = [
            models.Index(fields=["account", "-at"]),
            models.Index(fields=["thread", "at"]),
            models.Index(
                fields=["account", "at"],
                condition=Q(direction="in", answered_at=None, settled_at=None),
                name="message_unanswered",
            ),
        ]

    def __str__(self) -> str:
        return self.subject or self.get_direction_display()


def unanswered(messages: QuerySet[Message]) -> QuerySet[Message]:
    """Those received that nobody has answered or settled, the longest waiting first."""
    waiting = messages.filter(direction=Message.Direction.IN, answered_at=None, settled_at=None, is_automatic=False)
    return waiting.filter(same_as=None).order_by("at", "id")


def record_message(kind: str, message: Message, times: When = NOW, **data: Any) -> None:
    """Record a fact about a message, with whom it was, whose, and what it answers."""
    held: dict[str, Any] = {"contact": message.contact_id, "by": message.person_id, "answers": message.answers_id}
    fact(kind, message, times, **held, **data)


def tell_answered(thread: str) -> None:
    """Write down for each received message of a thread when it was answered, whatever the order of their logging."""
    standing = Message.objects.filter(thread=thread, is_automatic=False, same_as=None)
    messages = list(standing.order_by("at", "id"))
    changed = []
    answer = None
    for message in reversed(messages):
        if message.direction == Message.Direction.OUT:
            answer = message.at
        elif message.answered_at != answer:
            message.answered_at = answer
            changed.append(message)
    Message.objects.bulk_update(changed, ["answered_at"])


def _waiting(thread: str, message: Message) -> Message | None:
    """The message of the thread that has waited longest when `message` goes out."""
    held = unanswered(Message.objects.filter(thread=thread, at__lte=message.at))
    return held.first()


def _keep(message: Message, answers: str | None, thread: str | None, times: When) -> Message:
    """Put a message into its thread, store it and record it."""
    earlier = related(Message, answers or thread, message.account_id, "answers" if answers else "thread")
    message.thread = earlier.thread if earlier else message.pk
    if message.direction == Message.Direction.OUT and not message.is_automatic:
        message.delivery = message.delivery or "by_hand"
        message.answers = earlier if answers else _waiting(message.thread, message) if earlier else None
    elif answers:
        message.answers = earlier
    message.save(force_insert=True)
    if earlier:
        tell_answered(message.thread)
        message.refresh_from_db(fields=["answered_at"])
    record_message(kind_of(message), message, times)
    return message


def kind_of(message: Message) -> str:
    """The kind of fact that a message is."""
    if message.is_automatic:
        return "message.noticed"
    return "message.received" if message.direction == Message.Direction.IN else "message.sent"


@operation("message.log", label="Log a message", undo="message.withdraw")
def log_message(
    account: Account,
    *,
    direction: Direction,
    channel: Code = "email",
    contact: str | None = None,
    subject: Short = "",
    body: Text = "",
    answers: str | None = None,
    thread: str | None = None,
    by: str | None = None,
    is_automatic: bool = False,
    read_from: str = "",
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Message:
    """Log a message that came in, or that was sent elsewhere.

    `answers` is the message that it replies to, `thread` any message of the thread it belongs to; without either it
    begins one. A message of ours answers what waits in its thread. One that is automatic, such as an absence note,
    waits for nobody and answers nothing. Only the system says that it was `read_from` a source.
    """
    if read_from and not actor.is_system:
        raise Refused("not_read", "What a person logs was read by no source.", field="read_from")
    times = when(actor, at, known_at)
    message = Message(
        account=account,
        direction=direction,
        channel=channel,
        contact=related(Contact, contact, account.pk, "contact"),
        person=teller(actor, by) if direction == "out" or by else None,
        subject=subject.strip(),
        body=body,
        is_automatic=is_automatic,
        read_from=read_from[:60],
        at=times.moment,
    )
    return _keep(message, answers, thread, times)


@operation("message.send", label="Write a message", undo="message.withdraw")
def send_message(
    account: Account,
    *,
    contact: str,
    body: Text,
    subject: Short = "",
    channel: Code = "email",
    answers: str | None = None,
    thread: str | None = None,
    delivery: Delivery = "by_hand",
    actor: Actor,
) -> Message:
    """Send a message by mail, or keep one that its writer sends by hand from their own, and record it as sent.

    What answers a message of the portal stands there too; its receiver is told so by mail.
    """
    receiver = related(Contact, contact, account.pk, "contact")
    if receiver is None:
        raise Refused("no_contact", "Choose whom it goes to.", field="contact")
    if channel == "email" and not receiver.email:
        raise Refused("no_email", "This contact has no e-mail address; add one first.", field="contact")
    check_delivery(delivery)
    earlier = related(Message, answers or thread, account.pk, "answers" if answers else "thread")
    channel = PORTAL if earlier and earlier.channel == PORTAL else channel
    message = Message(
        account=account,
        direction=Message.Direction.OUT,
        channel=channel,
        contact=receiver,
        person=actor.person,
        subject=subject.strip(),
        body=said(body, "body", "the message"),
        at=NOW.moment,
        delivery=delivery,
    )
    kept = _keep(message, answers, thread, NOW)
    if delivery == "mail":
        said_of = kept.subject or f"From {actor.model.company.name}"
        queue_mail(
            receiver, key=f"message:{kept.pk}", purpose=MAIL, subject=said_of, text=kept.body, about=kept, actor=actor
        )
    elif channel == PORTAL:
        _tell(kept, receiver, actor)
    return kept


def _tell(message: Message, receiver: Contact, actor: Actor) -> None:
    """Tell a contact by mail that something waits for them in the portal, where they have an address."""
    if not receiver.email:
        return
    company = actor.model.company.name
    address = settings.PUBLIC_URL + reverse("portal_messages", args=[message.account_id])
    text = f"Hello {receiver.name},\n\n{company} has answered you. Read it here:\n\n{address}\n"
    queue_mail(
        receiver,
        key=f"message-told:{message.pk}",
        purpose=TOLD,
        subject=f"An answer from {company}",
        text=text,
        about=message,
        actor=actor,
    )


@operation("message.write", label="Write to us")
def write_message(
    account: Account, *, body: Text, subject: Short = "", thread: str | None = None, actor: Actor
) -> Message:
    """Write, as the client, a message in the portal; in a thread of the portal it goes on with that."""
    earlier = related(Message, thread, account.pk, "thread")
    if earlier is not None and earlier.channel != PORTAL:
        raise Refused("unknown_message", "There is no such message here.", field="thread")
    message = Message(
        account=account,
        direction=Message.Direction.IN,
        channel=PORTAL,
        contact=own_contact(actor, account.pk),
        person=actor.person,
        subject=subject.strip(),
        body=said(body, "body", "the message"),
        at=NOW.moment,
    )
    return _keep(message, None, thread, NOW)


@operation("message.settle", label="Settle a message", undo="message.unsettle")
def settle_message(
    message: Message, *, how: How, at: Moment | None = None, known_at: Moment | None = None, actor: Actor
) -> Message:
    """Say in one act that a message was answered elsewhere, as by phone, or needs no reply."""
    if message.direction != Message.Direction.IN:
        raise Refused("ours", "This is a message of ours; it waits for nobody here.")
    if message.answered_at or message.settled_at or message.is_automatic:
        raise Refused("settled", "This message is answered or settled already.")
    times = when(actor, at, known_at)
    if times.moment < message.at:
        raise Refused("too_early", "This lies before the message came.", field="at")
    message.settled_how, message.settled_at = how, times.moment
    message.save(update_fields=["settled_how", "settled_at"])
    record_message("message.settled", message, times, how=how)
    return message


@operation("message.unsettle", label="Undo settling a message")
def unsettle_message(message: Message, *, actor: Actor) -> Message:
    """Take back, at once, that a message was settled: it waits again."""
    if message.settled_at is None:
        raise Refused("unsettled", "This message is not settled.")
    undo_fact(message, "message.settled", actor)
    message.settled_how, message.settled_at = "", None
    message.save(update_fields=["settled_how", "settled_at"])
    return message


@operation("message.withdraw", label="Undo a message")
def withdraw_message(message: Message, *, actor: Actor) -> None:
    """Take back a message that was just logged; what it answered waits again."""
    recall_mails(message, MAIL)
    recall_mails(message, TOLD)
    thread, first = message.thread, message.thread == message.pk
    undo(message, actor)
    if not first:
        tell_answered(thread)


def threads(messages: Iterable[Message]) -> dict[str, list[Message]]:
    """Messages by their thread, each in the order in which they were written."""
    found: dict[str, list[Message]] = {}
    for message in sorted(messages, key=lambda each: (each.at, each.pk)):
        found.setdefault(message.thread, []).append(message)
    return found

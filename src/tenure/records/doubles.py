"""Messages that stand twice: logged by hand, and read from a mailbox later. The one that was read is kept.

Same contact, same direction, the same subject and within two hours: that is one message, by rule. Within a day under
another subject it may be; then a person says. The double keeps its words and its row, and loses its facts.
"""

from __future__ import annotations

import re
from datetime import timedelta

from django.db.models import Exists, OuterRef, QuerySet

from tenure.base.errors import Refused
from tenure.identity.actor import Actor
from tenure.identity.operations import operation
from tenure.records.message import PORTAL, Message, kind_of, record_message, tell_answered
from tenure.records.row import When, related
from tenure.records.withdrawal import entries_of, retract

SURE, MAYBE = timedelta(hours=2), timedelta(hours=24)
_PREFIX = re.compile(r"^(?:\s*(?:re|aw|fw|fwd|wg)\s*:\s*)+", re.IGNORECASE)


def plain_subject(subject: str) -> str:
    """A subject without what answering puts in front of it, in small letters."""
    return " ".join(_PREFIX.sub("", subject).lower().split())


def _by_hand() -> QuerySet[Message]:
    """Messages that somebody logged, or that went out from here, and that no reading has claimed."""
    return Message.objects.filter(read_from="", same_as=None, is_automatic=False).exclude(channel=PORTAL)


def near(letter: Message, within: timedelta = MAYBE) -> QuerySet[Message]:
    """Messages logged by hand that may be the one that was read."""
    rows = _by_hand().filter(account_id=letter.account_id, direction=letter.direction, contact=letter.contact_id)
    rows = rows.filter(at__range=(letter.at - within, letter.at + within), is_apart=False).exclude(pk=letter.pk)
    is_letter = letter.contact_id and letter.read_from and not letter.is_automatic
    return rows.order_by("at", "pk") if is_letter else rows.none()


def letters_near(message: Message) -> QuerySet[Message]:
    """The other way round: messages that were read, each of which may be the one that somebody logged."""
    rows = Message.objects.exclude(read_from="").filter(is_automatic=False)
    rows = rows.filter(account_id=message.account_id, direction=message.direction, contact=message.contact_id)
    rows = rows.filter(at__range=(message.at - MAYBE, message.at + MAYBE)).order_by("at", "pk")
    may_be = message.contact_id and not message.is_apart and _by_hand().filter(pk=message.pk).exists()
    return rows if may_be else rows.none()


def double_of(letter: Message) -> Message | None:
    """The one logged message that is this one for sure; None where none is, or several might be."""
    subject = plain_subject(letter.subject)
    found = [each for each in near(letter, SURE) if subject and plain_subject(each.subject) == subject]
    return found[0] if len(found) == 1 else None


def doubtful(messages: QuerySet[Message]) -> QuerySet[Message]:
    """Of messages that were read, those beside which one stands that somebody logged and that may be the same."""
    logged = _by_hand().filter(
        account_id=OuterRef("account_id"),
        direction=OuterRef("direction"),
        contact_id=OuterRef("contact_id"),
        is_apart=False,
        at__gte=OuterRef("at") - MAYBE,
        at__lte=OuterRef("at") + MAYBE,
    )
    read = messages.exclude(read_from="").exclude(contact=None).filter(is_automatic=False)
    return read.filter(Exists(logged), same_as=None)


@operation("message.merge", label="Say that both are one message", undo="message.part")
def merge_message(message: Message, *, into: str, actor: Actor) -> Message:
    """Say that a message that was logged is one that was read: that one counts, with its times; undo parts them."""
    kept = related(Message, into, message.account_id, "into")
    if kept is None or message.read_from or not kept.read_from or kept.direction != message.direction:
        raise Refused("no_double", "One that was logged is merged into one that was read.", field="into")
    if message.same_as_id:
        raise Refused("merged", "This message is merged already.")
    entries = entries_of(message.noun, [message.pk])[message.pk]
    Message.objects.filter(answers=message).update(answers=kept)
    Message.objects.filter(thread=message.thread).exclude(pk=message.pk).update(thread=kept.thread)
    retract(message, entries)
    message.same_as, message.is_apart = kept, False
    message.save(update_fields=["same_as", "is_apart"])
    if message.settled_at and kept.settled_at is None and kept.answered_at is None:
        kept.settled_how, kept.settled_at = message.settled_how, message.settled_at
        kept.save(update_fields=["settled_how", "settled_at"])
        record_message("message.settled", kept, When(kept.settled_at), how=kept.settled_how)
    tell_answered(kept.thread)
    record_message("message.merged", message, same_as=kept.pk)
    return message


@operation("message.part", label="Say that they are two messages")
def part_message(message: Message, *, actor: Actor) -> Message:
    """Say that a message that was logged is another one than those that were read: it counts again, by its own time."""
    was_merged = message.same_as_id is not None
    if message.read_from or message.is_apart:
        raise Refused("apart", "This message stands by itself already.")
    message.same_as, message.is_apart = None, True
    message.save(update_fields=["same_as", "is_apart"])
    if was_merged:
        # What was taken back is told anew, at the time at which it happened.
        record_message(kind_of(message), message, When(message.at))
    else:
        record_message("message.parted", message)
    tell_answered(message.thread)
    return message

"""Sending what is due in the outbox: one mail at a time, marked before it is handed over and after.

A process that is killed leaves at most one mail marked as being sent. Whether the server had taken it nobody can know,
since SMTP confirms a mail only after it has it: the next process sends it again, under the same Message-ID. That one
copy, from a kill between the server's yes and our own note of it, is what cannot be avoided.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import Q

from tenure.base import clock, fault
from tenure.identity.actor import Actor
from tenure.identity.operations import batch
from tenure.outlets.letter import compose
from tenure.records.delivery import Mail, one_line, record_mail, why_kept
from tenure.records.portal import SIGN_IN

logger = logging.getLogger(__name__)
Guard = Callable[[], None]
AT_ONCE_PURPOSES = (SIGN_IN,)  # mails that a page tries by itself, since somebody sits and waits
AT_ONCE_SECONDS = 4
CLAIMED_FOR = timedelta(minutes=1)  # so long a page may be sending one of these
AT_ONCE = 20  # mails between looks at what else there is to do
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 480))  # before the second try, the third …
SERVER_AWAY = timedelta(minutes=5)
STALE = timedelta(days=3)  # what waited for longer is not sent without somebody saying so


def send_due(guard: Guard | None = None) -> int:
    """Send the mails that are due; returns how many were tried. Nothing where this home keeps its mails.

    `guard` is called inside each transaction and raises where this process may no longer write.
    """
    if why_kept():
        return 0
    actor = Actor.machine("outbox")
    _take_up(actor, guard)
    now = clock.now()
    waiting = Mail.objects.filter(status=Mail.Status.WAITING, next_try_at__lte=now)
    due = list(waiting.order_by("next_try_at", "pk").values_list("pk", flat=True)[:AT_ONCE])
    if not due:
        return 0
    connection = get_connection()
    try:
        connection.open()
    except (OSError, SMTPException) as error:
        _put_off(error, guard, actor)
        return 0
    try:
        return sum(_send(pk, connection, actor, guard) for pk in due)
    finally:
        _close(connection)


def send_now(purpose: str, person: str) -> bool:
    """Try at once the newest mail of a purpose to somebody who waits for it, such as their link to sign in.

    It is claimed like any other, so that it goes out once whoever is first: what does not work within a few seconds
    waits in the outbox for the pipeline, which tries it again. Returns whether it was handed over.
    """
    if why_kept():
        return False
    waiting = Mail.objects.filter(status=Mail.Status.WAITING, purpose=purpose, person_id=person)
    mail = waiting.filter(next_try_at__lte=clock.now()).order_by("-queued_at").first()
    if mail is None:
        return False
    connection = get_connection(timeout=AT_ONCE_SECONDS)
    try:
        connection.open()
    except (OSError, SMTPException) as error:
        logger.warning("the mail server did not answer at once: %s", error)
        return False
    try:
        _send(mail.pk, connection, Actor.machine("outbox"), None)
    finally:
        _close(connection)
    return Mail.objects.filter(pk=mail.pk, status=Mail.Status.SENT).exists()


def _take_up(actor: Actor, guard: Guard | None) -> None:
    """Let what a process that is no more was sending go out again."""
    # One that a page is sending just now is not cut off: it takes a few seconds at most.
    cut_off = Mail.objects.filter(status=Mail.Status.SENDING)
    recent = Q(purpose__in=AT_ONCE_PURPOSES, next_try_at__gt=clock.now() - CLAIMED_FOR)
    for mail in cut_off.exclude(recent):
        with batch(actor):
            if guard:
                guard()
            mail.status, mail.doubts = Mail.Status.WAITING, mail.doubts + 1
            mail.last_error = "Sending was cut off; it may have arrived before and go out twice."
            mail.save(update_fields=["status", "doubts", "last_error"])


def _put_off(error: Exception, guard: Guard | None, actor: Actor) -> None:
    """The server cannot be reached, which is no mail's fault: all that is due waits, for as long as it takes."""
    logger.warning("the mail server did not answer: %s", error)
    with batch(actor):
        if guard:
            guard()
        due = Mail.objects.filter(status=Mail.Status.WAITING, next_try_at__lte=clock.now())
        due.update(
            next_try_at=clock.now() + SERVER_AWAY, last_error=one_line(f"The mail server did not answer: {error}", 400)
        )


def _send(pk: str, connection: BaseEmailBackend, actor: Actor, guard: Guard | None) -> int:
    """Send one mail, unless somebody has stopped it meanwhile; returns 1 where it was tried."""
    with batch(actor):
        if guard:
            guard()
        mail = Mail.objects.select_for_update(of=("self",)).get(pk=pk)
        if mail.status != Mail.Status.WAITING:
            return 0
        mail.tries += 1
        if clock.now() - mail.not_before > STALE and mail.tries == 1:
            _fail(mail, "It waited for more than three days; send it again where it still says something.")
            return 1
        mail.status, mail.next_try_at = Mail.Status.SENDING, clock.now()
        mail.save(update_fields=["status", "tries", "next_try_at"])
    fault.point("mail.marked")
    try:
        # Composed before the connection is used: whatever cannot be written is this mail's fault.
        compose(mail, actor.model, connection).send()
    except Exception as error:
        logger.warning("mail %s was not taken: %s", mail.pk, type(error).__name__)
        with batch(actor):
            _after_failure(mail, error)
        _close(connection)
        return 1
    fault.point("mail.handed_over")
    with batch(actor):
        mail.status, mail.sent_at, mail.last_error = Mail.Status.SENT, clock.now(), ""
        mail.save(update_fields=["status", "sent_at", "last_error"])
        record_mail("mail.sent", mail)
    fault.point("mail.noted")
    return 1


def _after_failure(mail: Mail, error: Exception) -> None:
    """Try again later what may pass; what the server refuses for good, or has refused too often, has failed."""
    says = told_by(error)
    if is_final(error) or mail.tries > len(WAITS):
        _fail(mail, says)
        return
    mail.status, mail.last_error = Mail.Status.WAITING, one_line(says, 400)
    mail.next_try_at = clock.now() + WAITS[mail.tries - 1]
    mail.save(update_fields=["status", "last_error", "next_try_at"])


def _fail(mail: Mail, says: str) -> None:
    mail.status, mail.last_error = Mail.Status.FAILED, one_line(says, 400)
    mail.save(update_fields=["status", "last_error", "tries"])
    record_mail("mail.failed", mail)


def told_by(error: Exception) -> str:
    """What the server said, as people read it: ``550 5.1.1 no such mailbox``."""
    code: int
    said: bytes | str
    if isinstance(error, SMTPRecipientsRefused) and error.recipients:
        code, said = next(iter(error.recipients.values()))
    elif isinstance(error, SMTPResponseException):
        code, said = error.smtp_code, error.smtp_error
    else:
        return str(error) or type(error).__name__
    return f"{code} {said.decode(errors='replace') if isinstance(said, bytes) else said}"


def is_final(error: Exception) -> bool:
    """Whether a second try would meet the same answer: no such address, or a mail that cannot be written."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    if isinstance(error, SMTPResponseException):
        return error.smtp_code >= 500
    return not isinstance(error, OSError | SMTPException)


def _close(connection: BaseEmailBackend) -> None:
    try:
        connection.close()
    except (OSError, SMTPException):
        logger.info("the mail server had hung up already")

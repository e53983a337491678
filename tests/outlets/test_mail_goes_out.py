"""Mail on its way: through a real server, once, to whom it was meant, when nobody can take it back any more."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tenure.base.clock import SetClock
from tenure.base.errors import Refused
from tenure.identity.operations import batch
from tenure.identity.staff import invite_person
from tenure.outlets.mail import send_due
from tenure.records.account import Account
from tenure.records.contact import Contact, change_contact
from tenure.records.delivery import File, Mail, queue_mail, retry_mail, stop_mail
from tenure.records.meeting import Meeting, schedule_meeting
from tenure.records.minutes import recall_notes, send_notes, write_notes
from tests.cast import Cast, at
from tests.outlets.conftest import Mailbox, free_port
from tests.records.facts import last_fact

Later = Callable[..., int]


def write(to: Contact, cast: Cast, **changes: Any) -> Mail:
    given = {"key": "one", "purpose": "update", "subject": "First piece", "text": "It is live."} | changes
    with batch(cast.actor("alice")):
        return queue_mail(to, **given, actor=cast.actor("alice"))


@pytest.fixture
def sync(acme: Account, dana: Contact, cast: Cast) -> Meeting:
    alice = cast.actor("alice")
    made = schedule_meeting(
        acme, type="sync", starts_at=at("2026-03-02 14:00"), attendees=[dana.pk, cast.sam.pk], actor=alice
    )
    return write_notes(made, client="We agreed:\n\n- Start with video", actor=alice)


@pytest.mark.requirement("T-06")
def test_notes_reach_the_client_once_undo_has_expired(
    sync: Meeting, cast: Cast, mailbox: Mailbox, later: Later
) -> None:
    send_notes(sync, delivery="mail", actor=cast.actor("alice"))
    assert later(seconds=14) == 0, "undo is open for 15 seconds, its way to us included"
    assert later(seconds=1) == 1
    (mail,) = mailbox.received
    assert mail["To"] == "Dana Whitfield <dana@acme.example>"
    assert mail["From"] == '"Alice, Cast and Company" <hello@cast.example>'
    assert mail["Reply-To"] == "alice@example.com"
    assert mail["Subject"] == "Results sync, 2 March 2026: notes"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().split("\r\n") == ["We agreed:", "", "- Start with video"]
    assert "<ul><li>Start with video</li></ul>" in html.get_content()
    assert later(days=1) == 0
    assert len(mailbox.received) == 1
    fact = last_fact("mail.sent")
    assert (fact.data["purpose"], fact.data["about"], fact.data["about_id"]) == ("meeting_notes", "meeting", sync.pk)
    assert last_fact("meeting.notes_sent").data["delivery"] == "mail"


def test_notes_that_are_taken_back_do_not_go_out(
    sync: Meeting, cast: Cast, mailbox: Mailbox, later: Later, now: SetClock
) -> None:
    alice = cast.actor("alice")
    send_notes(sync, delivery="mail", actor=alice)
    now.advance(timedelta(seconds=8))
    meeting = recall_notes(sync, actor=alice)
    assert meeting.notes_sent_at is None
    assert later(days=1) == 0
    assert mailbox.received == []
    send_notes(meeting, delivery="mail", actor=alice)
    assert later(minutes=1) == 1
    with pytest.raises(Refused) as refusal:
        recall_notes(meeting, actor=alice)
    assert refusal.value.code == "gone_out"


def test_somebody_invited_sets_a_password_by_a_link_that_only_the_mail_holds(
    cast: Cast, mailbox: Mailbox, later: Later, client: Any
) -> None:
    invite_person(name="Nora", email="nora@cast.example", role="csm", actor=cast.actor("olive"))
    assert later(minutes=1) == 1
    assert "{password_link}" in Mail.objects.get().text
    body = mailbox.received[0].get_body(("plain",))
    assert body is not None
    words = body.get_content().split()
    link = next(word for word in words if word.startswith("https://tenure.cast.example/"))
    # A link that holds is answered by the form for a new password; any other by a page that says so.
    page = client.get(link.removeprefix("https://tenure.cast.example"))
    assert (page.status_code, page["Location"].endswith("set-password/")) == (302, True)


def test_whoever_the_machine_lets_in_gets_no_mail(cast: Cast, system: Any) -> None:
    invite_person(name="Nora", email="nora@cast.example", role="csm", actor=system)
    assert not Mail.objects.exists()


def test_the_same_key_queues_once(dana: Contact, cast: Cast, mailbox: Mailbox, later: Later) -> None:
    first = write(dana, cast)
    assert write(dana, cast, text="Said again").pk == first.pk
    assert later(minutes=1) == 1
    assert len(mailbox.received) == 1


def test_no_header_can_be_smuggled_in(dana: Contact, cast: Cast, mailbox: Mailbox, later: Later) -> None:
    change_contact(dana, name="Dana\r\nBcc: all@example.com", actor=cast.actor("alice"))
    dana.refresh_from_db()
    write(dana, cast, subject="Hello\nBcc: everybody@example.com\r\nX-More: 1")
    assert later(minutes=1) == 1
    mail = mailbox.received[0]
    assert (mail["Bcc"], mail["X-More"]) == (None, None)
    assert mail["Subject"] == "Hello Bcc: everybody@example.com X-More: 1"


def test_files_go_with_it(dana: Contact, cast: Cast, mailbox: Mailbox, later: Later) -> None:
    write(dana, cast, attachments=[File("Report.pdf", "application/pdf", b"%PDF-1.7 x")])
    later(minutes=1)
    (file,) = mailbox.received[0].iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == ("Report.pdf", "application/pdf")
    assert file.get_content() == b"%PDF-1.7 x"


def test_what_passes_is_tried_again_and_what_is_final_is_not(
    dana: Contact, cast: Cast, mailbox: Mailbox, later: Later
) -> None:
    mailbox.answers["dana@acme.example"] = "451 mailbox is busy"
    mail = write(dana, cast)
    assert later(seconds=15) == 1
    mail.refresh_from_db()
    assert (mail.status, mail.tries) == ("waiting", 1)
    assert mail.last_error == "451 mailbox is busy"
    assert later(seconds=59) == 0, "the second try is a minute after the first"
    mailbox.answers["dana@acme.example"] = "550 no such mailbox"
    assert later(seconds=1) == 1
    mail.refresh_from_db()
    assert (mail.status, mail.tries) == ("failed", 2)
    assert last_fact("mail.failed").data["tries"] == 2
    assert later(days=2) == 0
    mailbox.answers.clear()
    change_contact(dana, email="dana@new.example", actor=cast.actor("alice"))
    retry_mail(mail, actor=cast.actor("alice"))
    assert later(seconds=1) == 1
    assert mailbox.received[0]["To"] == "Dana Whitfield <dana@new.example>"


def test_after_the_sixth_try_it_has_failed(dana: Contact, cast: Cast, mailbox: Mailbox, later: Later) -> None:
    mailbox.answers["dana@acme.example"] = "451 mailbox is busy"
    mail = write(dana, cast)
    # 15 s until undo has expired, then after 1, 5, 30, 120 and 480 minutes.
    tried = [later(seconds=15), *(later(minutes=minutes) for minutes in (1, 5, 30, 120, 480))]
    mail.refresh_from_db()
    assert (tried, mail.status, mail.tries) == ([1] * 6, "failed", 6)


def test_a_server_that_is_away_is_no_mails_fault(
    dana: Contact, cast: Cast, mailbox: Mailbox, later: Later, settings: Any
) -> None:
    there, settings.EMAIL_PORT = settings.EMAIL_PORT, free_port()
    mail = write(dana, cast)
    assert later(minutes=1) == 0
    mail.refresh_from_db()
    assert (mail.status, mail.tries) == ("waiting", 0)
    assert mail.last_error.startswith("The mail server did not answer")
    settings.EMAIL_PORT = there
    assert later(minutes=4) == 0
    assert later(minutes=1) == 1
    assert len(mailbox.received) == 1


def test_a_mail_that_is_stopped_stays(dana: Contact, cast: Cast, mailbox: Mailbox, later: Later) -> None:
    mail = write(dana, cast)
    stop_mail(mail, actor=cast.actor("alice"))
    assert later(days=1) == 0
    assert mailbox.received == []
    with pytest.raises(Refused) as refusal:
        stop_mail(mail, actor=cast.actor("alice"))
    assert refusal.value.code == "not_waiting"


def test_what_waited_for_days_is_not_sent_by_itself(dana: Contact, cast: Cast, mailbox: Mailbox, later: Later) -> None:
    mail = write(dana, cast)
    later(days=4)
    mail.refresh_from_db()
    assert (mail.status, mailbox.received) == ("failed", [])
    retry_mail(mail, actor=cast.actor("alice"))
    assert later(seconds=1) == 1
    assert len(mailbox.received) == 1


@pytest.mark.parametrize("setting", ["KEEPS_MAIL", "MAIL_FROM"])
def test_a_demo_and_a_home_without_a_server_keep_their_mails(
    dana: Contact, cast: Cast, mailbox: Mailbox, later: Later, settings: Any, setting: str
) -> None:
    setattr(settings, setting, setting == "KEEPS_MAIL" or "")
    write(dana, cast)
    assert later(minutes=1) == 0
    assert mailbox.received == []
    assert Mail.objects.get().status == "waiting"


def test_notes_are_not_said_to_be_mailed_where_nothing_goes_out(sync: Meeting, cast: Cast, settings: Any) -> None:
    settings.MAIL_FROM, settings.KEEPS_MAIL = "", False
    with pytest.raises(Refused) as refusal:
        send_notes(sync, delivery="mail", actor=cast.actor("alice"))
    assert refusal.value.code == "no_mail"


def test_nobody_is_written_to_without_an_address(dana: Contact, sync: Meeting, cast: Cast, mailbox: Mailbox) -> None:
    change_contact(dana, email="", actor=cast.actor("alice"))
    with pytest.raises(Refused) as refusal:
        send_notes(sync, delivery="mail", actor=cast.actor("alice"))
    assert (refusal.value.code, refusal.value.field) == ("nobody", "to")
    assert send_due() == 0

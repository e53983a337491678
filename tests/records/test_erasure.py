"""Personal data: exported whole, erased from every row, while the ledger stays as it is."""

import pytest
from django.db import connection

from tenure.base.errors import Forbidden, Refused
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.identity.operations import batch
from tenure.identity.staff import erase_person, export_person
from tenure.records.account import Account, change_account
from tenure.records.activity import log_activity
from tenure.records.contact import Contact, add_contact, change_contact
from tenure.records.delivery import File, queue_mail
from tenure.records.export import everything_about
from tenure.records.issue import open_issue
from tenure.records.meeting import schedule_meeting
from tenure.records.message import log_message, send_message
from tenure.records.minutes import write_notes
from tenure.records.note import log_note
from tenure.records.personal import Mention, clear_mention, erase_contact, export_contact
from tenure.records.survey import answer_survey
from tests.book import Book
from tests.cast import Cast, at
from tests.records.facts import data_of, facts_of, last_fact

pytestmark = pytest.mark.requirement("P-15")


@pytest.fixture
def known(acme: Account, dana: Contact, cast: Cast) -> Contact:
    """Dana, of whom much is kept."""
    alice = cast.actor("alice")
    change_contact(dana, phone="+1 212 555 0100", title="Head of growth", person=cast.carl.pk, actor=alice)
    log_message(acme, direction="in", contact=dana.pk, subject="Hello", body="I am Dana", actor=alice)
    send_message(acme, contact=dana.pk, subject="Re: Hello", body="Dear Dana", actor=alice)
    open_issue(acme, title="Dana's report is late", body="Since Monday", contact=dana.pk, actor=alice)
    answer_survey(acme, survey="nps", answers={"recommend": 9, "why": "I like it"}, contact=dana.pk, actor=alice)
    log_activity(acme, type="call", contact=dana.pk, text="She asked about the plan", actor=alice)
    schedule_meeting(
        acme, type="sync", starts_at=at("2026-03-03 16:00"), attendees=[dana.pk], title="With DANA", actor=alice
    )
    return dana


def everything_stored() -> str:
    """Every value of every table, as the database file holds it."""
    texts = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # the names are the database's own
            texts += [str(row) for row in cursor.fetchall()]
    return "\n".join(texts)


def test_an_export_holds_all_that_is_kept(known: Contact, cast: Cast) -> None:
    kept = export_contact(known, actor=cast.actor("alice"))
    assert (kept["contact"]["name"], kept["contact"]["email"]) == ("Dana Whitfield", "dana@acme.example")
    assert [message["body"] for message in kept["messages"]] == ["I am Dana", "Dear Dana"]
    assert [issue["title"] for issue in kept["issues"]] == ["Dana's report is late"]
    assert [answer["score"] for answer in kept["answers"]] == [9, None]
    assert [activity["text"] for activity in kept["activities"]] == ["She asked about the plan"]
    assert len(kept["meetings"]) == 1
    assert last_fact("contact.exported").actor_id == cast.alice.pk


def test_erasing_takes_who_they_are_from_every_row_and_leaves_the_facts(known: Contact, cast: Cast) -> None:
    before = list(LedgerEntry.objects.order_by("id").values())
    erased = erase_contact(known, actor=cast.actor("alice"))
    assert (erased.name, erased.email, erased.phone, erased.title, erased.person_id) == (
        "Erased contact",
        "",
        "",
        "",
        None,
    )
    stored = everything_stored()
    traces = ("Whitfield", "dana@acme.example", "555 0100", "Head of growth")
    for trace in (*traces, "I am Dana", "Dear Dana", "Since Monday", "I like it"):
        assert trace not in stored, trace
    assert list(LedgerEntry.objects.order_by("id").values())[: len(before)] == before
    assert facts_of(known.pk)[-1].kind == "contact.erased"
    assert (erased.role, erased.survey_answers.get(question="recommend").score) == ("champion", 9)


def test_texts_that_still_name_them_are_flagged_until_somebody_read_them(
    known: Contact, acme: Account, book: Book, cast: Cast, system: Actor
) -> None:
    alice = cast.actor("alice")
    named = log_note(acme, text="Met Dana at the fair", actor=alice)
    log_note(acme, text="The bandana campaign works", actor=alice)
    log_note(book.bobs, text="Another Dana altogether", actor=cast.actor("bob"))
    change_account(acme, summary="Ask Whitfield first", actor=alice)
    write_notes(acme.meetings.get(), internal="dana@acme.example is best", actor=alice)
    erase_contact(known, actor=alice)
    flagged = {(mention.table, mention.row_id) for mention in Mention.objects.all()}
    assert flagged == {
        ("note", named.pk),
        ("account", acme.pk),
        ("meeting", acme.meetings.get().pk),
        ("issue", acme.issues.get().pk),
    }
    assert data_of("contact.erased", "mentions") == {"mentions": 4}
    cleared = clear_mention(Mention.objects.get(table="note"), actor=system)
    assert cleared.cleared_at == at("2026-03-02 15:00")
    clear_mention(cleared, actor=system)
    assert len(facts_of(cleared.pk)) == 1


def test_the_erased_are_neither_erased_again_nor_changed(known: Contact, acme: Account, cast: Cast) -> None:
    alice = cast.actor("alice")
    erase_contact(known, actor=alice)
    with pytest.raises(Refused):
        erase_contact(known, actor=alice)
    with pytest.raises(Refused):
        change_contact(known, name="Dana Whitfield", actor=alice)
    assert add_contact(acme, name="Dana Whitfield", email="dana@acme.example", actor=alice).pk != known.pk


def test_a_portal_user_s_erasure_reaches_their_contact(known: Contact, cast: Cast, system: Actor) -> None:
    exported = export_person(cast.carl, actor=system)
    assert exported["records"]["contacts"] == [
        {
            "name": "Dana Whitfield",
            "email": "dana@acme.example",
            "phone": "+1 212 555 0100",
            "title": "Head of growth",
        }
    ]
    erase_person(cast.carl, actor=system)
    known.refresh_from_db()
    assert (known.name, known.email) == ("Erased contact", "")


def test_a_colleague_s_name_is_flagged_wherever_it_is_written(acme: Account, book: Book, cast: Cast) -> None:
    note = log_note(book.bobs, text="Alice knows them well", actor=cast.actor("bob"))
    log_note(acme, text="A note of hers", actor=cast.actor("alice"))
    system = Actor.machine("test")
    assert export_person(cast.alice, actor=system)["records"]["notes"][0]["text"] == "A note of hers"
    erase_person(cast.alice, actor=system)
    assert [mention.row_id for mention in Mention.objects.all()] == [note.pk]


def test_an_account_is_exported_with_everything_about_it(known: Contact, acme: Account, cast: Cast) -> None:
    found = everything_about(acme, cast.actor("alice"))
    assert found["account"]["name"] == "Acme Ltd"
    assert [row["name"] for row in found["contact"]] == ["Dana Whitfield"]
    assert len(found["message"]) == 2
    assert len(found["meetingitem"]) == 2
    assert found["facts"][0]["kind"] == "account.created"


@pytest.mark.requirement("P-14")
def test_no_client_takes_our_notes_along(known: Contact, acme: Account, cast: Cast) -> None:
    with pytest.raises(Forbidden):
        everything_about(acme, cast.actor("carl"))


def test_what_was_mailed_goes_too_and_what_waits_stays_here(known: Contact, cast: Cast) -> None:
    alice = cast.actor("alice")
    with batch(alice):
        mail = queue_mail(
            known, key="one", purpose="update", subject="Dear Dana", text="You asked", actor=alice,
            attachments=[File("Dana.pdf", "application/pdf", b"%PDF")],
        )  # fmt: skip
    assert [each["text"] for each in export_contact(known, actor=alice)["mails"]] == ["You asked"]
    erase_contact(known, actor=alice)
    mail.refresh_from_db()
    assert (mail.status, mail.to, mail.to_name, mail.subject, mail.text) == ("stopped", "", "", "", "")
    assert mail.attachments.count() == 0
    assert last_fact("mail.stopped").subject_id == mail.pk

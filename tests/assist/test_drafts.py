"""Drafts: made when something worth telling happens, sent by a person, met as a promise, always with their sources."""

from datetime import timedelta

import pytest
from django.conf import settings as project
from django.test import Client

from tenure.base import clock
from tenure.base.errors import Refused
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.records.account import Account
from tenure.records.contact import Contact, add_contact
from tenure.records.deliverable import deliver_deliverable, plan_deliverable
from tenure.records.delivery import Mail
from tenure.records.draft import Draft, change_draft, recall_draft, send_draft
from tenure.records.goal import judge_goal, set_goal
from tenure.records.meeting import schedule_meeting
from tenure.records.message import Message
from tenure.records.win import record_win
from tenure.work.commitments import Opening
from tenure.work.plays import start_play
from tenure.work.tasks import Task
from tenure.work.today import today
from tests.book import Book
from tests.cast import Cast
from tests.days import Days
from tests.records.facts import last_fact


@pytest.fixture
def acme(days: Days, book: Book) -> Account:
    return book.alices


@pytest.fixture
def dana(acme: Account, cast: Cast) -> Contact:
    return add_contact(acme, name="Dana Whitfield", email="dana@acme.example", actor=cast.actor("alice"))


def hand_over(acme: Account, cast: Cast, days: Days, title: str = "Your pillars", type: str = "plan") -> None:
    alice = cast.actor("alice")
    made = plan_deliverable(acme, type=type, title=title, actor=alice)
    deliver_deliverable(made, url="https://files.example/pillars", actor=alice)
    days.run()


@pytest.mark.requirement("R-10", "P-11")
def test_a_milestone_is_drafted_for_whoever_carries_the_account(
    acme: Account, dana: Contact, cast: Cast, days: Days
) -> None:
    alice = cast.actor("alice")
    schedule_meeting(acme, type="sync", starts_at=clock.now() + timedelta(days=2), actor=alice)
    hand_over(acme, cast, days)
    draft = Draft.objects.get()
    # Two days after Monday, 2 March 2026.
    assert draft.subject == "Acme Ltd: your pillars"
    assert draft.body == (
        "Hello Dana,\n\nhere they are: https://files.example/pillars\nWe meet on Wednesday 4 March.\n\nAlice"
    )
    assert (draft.owner, draft.contact, draft.status) == (cast.alice, dana, "waiting")
    assert [noun for noun, _ in draft.sources] == ["deliverable", "meeting"]
    assert [(item.noun, item.title) for item in today(alice).due if item.noun == "draft"] == [
        ("draft", "Pillars are there")
    ]
    assert not Message.objects.exists(), "nothing goes out without a person"


@pytest.mark.requirement("R-10")
def test_only_the_first_and_only_the_kind_that_the_template_names(
    acme: Account, dana: Contact, cast: Cast, days: Days
) -> None:
    hand_over(acme, cast, days, type="audit")
    assert not Draft.objects.exists()
    hand_over(acme, cast, days)
    hand_over(acme, cast, days, "More pillars")
    assert Draft.objects.count() == 1


@pytest.mark.requirement("R-10")
def test_a_sent_draft_keeps_the_promise_to_tell(acme: Account, dana: Contact, cast: Cast, days: Days) -> None:
    alice = cast.actor("alice")
    hand_over(acme, cast, days)
    change_draft(Draft.objects.get(), body="Hello Dana, they are there.", actor=alice)
    days.later(hours=3)
    sent = send_draft(Draft.objects.get(), delivery="by_hand", actor=cast.actor("alice"))
    days.run()
    assert (sent.status, Message.objects.get().body) == ("sent", "Hello Dana, they are there.")
    assert last_fact("message.sent").subject_id == sent.message_id
    assert Opening.objects.get(rule="milestone_update").status == "met"


@pytest.mark.requirement("P-11")
def test_nothing_is_sent_with_a_gap_and_nothing_without_a_person(
    acme: Account, dana: Contact, cast: Cast, days: Days
) -> None:
    hand_over(acme, cast, days)
    draft = Draft.objects.get()
    assert draft.gaps == ["[next meeting date]"]
    with pytest.raises(Refused) as unfilled:
        send_draft(draft, delivery="by_hand", actor=cast.actor("alice"))
    assert (unfilled.value.code, unfilled.value.field) == ("unfilled", "body")
    change_draft(draft, body="They are there.", actor=cast.actor("alice"))
    with pytest.raises(Refused) as alone:
        send_draft(draft, delivery="by_hand", actor=Actor.machine("pipeline"))
    assert alone.value.code == "nobody"


@pytest.mark.requirement("R-10")
def test_by_mail_it_waits_in_the_outbox_and_can_be_taken_back(
    acme: Account, dana: Contact, cast: Cast, days: Days, settings: pytest.FixtureRequest
) -> None:
    settings.MAIL_FROM = "hello@cast.example"  # type: ignore[attr-defined]
    alice = cast.actor("alice")
    hand_over(acme, cast, days)
    draft = change_draft(Draft.objects.get(), body="They are there.", actor=alice)
    sent = send_draft(draft, actor=alice)
    mail = Mail.objects.get()
    assert (mail.to, mail.about, mail.about_id) == ("dana@acme.example", "message", sent.message_id)
    back = recall_draft(sent, actor=alice)
    mail.refresh_from_db()
    assert (back.status, mail.status, Message.objects.count()) == ("waiting", "stopped", 0)
    days.run()
    assert Opening.objects.get(rule="milestone_update").status == "running"


@pytest.mark.requirement("R-10")
def test_a_win_wants_evidence(acme: Account, dana: Contact, cast: Cast, days: Days) -> None:
    alice = cast.actor("alice")
    with pytest.raises(Refused) as refusal:
        record_win(acme, text="Twice as many inquiries", actor=alice)
    assert (refusal.value.code, refusal.value.field) == ("no_evidence", "evidence")
    record_win(acme, text="Twice as many inquiries.", evidence="24 in March, 12 in February", actor=alice)
    days.run()
    assert Draft.objects.get().body == "Twice as many inquiries.\nIt shows in: 24 in March, 12 in February"


@pytest.mark.requirement("R-10")
def test_an_outcome_that_is_reached_is_a_win(acme: Account, dana: Contact, cast: Cast, days: Days) -> None:
    alice = cast.actor("alice")
    goal = set_goal(acme, title="60 orders a week", baseline=12, target=60, actor=alice)
    judge_goal(goal, attained=True, current=66, evidence="The till, week 9", actor=alice)
    days.run()
    assert Draft.objects.get().body == "60 orders a week: from 12 to 66.\nIt shows in: The till, week 9"


def test_what_happened_long_ago_is_no_news(acme: Account, dana: Contact, cast: Cast, days: Days) -> None:
    alice = cast.actor("alice")
    made = plan_deliverable(acme, type="plan", title="Old pillars", at=clock.now() - timedelta(days=60), actor=alice)
    deliver_deliverable(made, at=clock.now() - timedelta(days=30), actor=alice)
    days.run()
    assert LedgerEntry.objects.filter(kind="deliverable.delivered").exists()
    assert not Draft.objects.exists()


@pytest.mark.requirement("P-11")
def test_a_play_that_asks_for_a_message_brings_its_draft(acme: Account, dana: Contact, cast: Cast, days: Days) -> None:
    start_play(acme, playbook="rescue", actor=cast.actor("alice"))
    days.run()
    draft = Draft.objects.get()
    assert (draft.template, draft.body) == ("check_in", "Hello Dana, how is it going?")
    send_draft(draft, delivery="by_hand", actor=cast.actor("alice"))
    days.run()
    assert Task.objects.get().status == "done"


@pytest.mark.requirement("P-11")
def test_the_page_shows_the_sources_sends_and_discards(
    acme: Account, dana: Contact, cast: Cast, days: Days, client: Client, settings: pytest.FixtureRequest
) -> None:
    settings.STORAGES = project.STORAGES | {  # type: ignore[attr-defined]
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    client.force_login(cast.alice, backend=project.AUTHENTICATION_BACKENDS[0])
    hand_over(acme, cast, days)
    draft = Draft.objects.get()
    page = client.get(f"/drafts/{draft.pk}/").content.decode()
    assert "Where this comes from" in page
    assert "Your pillars" in page
    assert "[next meeting date]" in page
    kept = {"contact": dana.pk, "subject": "Pillars", "body": "We meet on [day]."}
    answer = client.post(f"/drafts/{draft.pk}/", kept | {"then": "by_hand"})
    assert answer.status_code == 422
    assert "We meet on [day]." in answer.content.decode(), "what was typed stays"
    assert client.post(f"/drafts/{draft.pk}/", kept | {"body": "There.", "then": "by_hand"}).status_code == 303
    draft.refresh_from_db()
    assert draft.status == "sent"
    made = client.post(f"/accounts/{acme.pk}/drafts/", {"template": "check_in"})
    (other,) = Draft.objects.filter(template="check_in")
    assert made["Location"] == f"/drafts/{other.pk}/"
    client.post(f"/drafts/{other.pk}/discard/", {"reason": "Known already"})
    other.refresh_from_db()
    assert (other.status, other.reason) == ("discarded", "known_already")

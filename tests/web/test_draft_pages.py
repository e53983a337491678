"""Drafts by the pages: what R7's blueprint drafts at milestones, wins and plans, read and sent by a person."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as project
from django.test import Client
from django.urls import reverse

from tenure.base import clock
from tenure.blueprint.loader import load
from tenure.blueprint.model import Model
from tenure.records.contact import add_contact
from tenure.records.deliverable import deliver_deliverable, plan_deliverable
from tenure.records.draft import Draft
from tenure.records.meeting import hold_meeting, schedule_meeting
from tenure.records.message import Message
from tenure.records.minutes import send_notes, write_notes
from tenure.work.checklists import deploy_journey
from tenure.work.commitments import Opening
from tenure.work.refresh import refresh_standing
from tests.book import Book
from tests.cast import Cast, blueprint
from tests.days import Days, days  # noqa: F401 - a fixture

R7 = Path(__file__).resolve().parents[2] / "blueprints" / "r7-creative"

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R-10")]


@pytest.fixture(scope="module")
def r7() -> Model:
    return load(R7).model_copy(update={"tiers": blueprint().tiers})  # the cast's accounts have tiers of their own


@pytest.fixture
def model(r7: Model) -> Model:
    return r7


@pytest.fixture
def alice(days: Days, client: Client, cast: Cast, book: Book) -> Client:
    add_contact(book.alices, name="Dana Whitfield", email="dana@acme.example", actor=cast.actor("alice"))
    refresh_standing([book.alices.pk], cast.actor("olive"))
    client.force_login(cast.alice, backend=project.AUTHENTICATION_BACKENDS[0])
    return client


def act(client: Client, name: str, book: Book, **given: str) -> int:
    return client.post(reverse("act", args=[name, book.alices.pk]), given).status_code


def waiting(client: Client) -> list[str]:
    page = client.get(reverse("drafts")).content.decode()
    return [draft.template for draft in Draft.objects.order_by("pk") if reverse("draft", args=[draft.pk]) in page]


def read(client: Client, draft: Draft) -> str:
    return client.get(reverse("draft", args=[draft.pk])).content.decode()


def goes_out(book: Book, cast: Cast, type: str) -> None:
    """A piece is delivered, and was approved before where its kind wants that."""
    actor = cast.actor("alice")
    piece = plan_deliverable(book.alices, type=type, title="The oven", material_by="us", actor=actor)
    if piece.state:
        piece.approved_at = clock.now()
        piece.save()
    deliver_deliverable(piece, url="https://files.example/first", actor=actor)


@pytest.mark.parametrize(
    ("type", "template", "subject"),
    [
        ("brand_pillars", "tfr1", "Acme Ltd: your brand pillars"),
        ("published_piece", "tfr2", "Acme Ltd: your first piece is live"),
    ],
)
def test_a_first_result_is_drafted_waits_for_a_person_and_is_sent(
    days: Days, alice: Client, cast: Cast, book: Book, type: str, template: str, subject: str
) -> None:
    goes_out(book, cast, type)
    days.run()
    assert waiting(alice) == [template]
    draft = Draft.objects.get()
    shown = read(alice, draft)
    assert subject in shown
    assert "https://files.example/first" in shown
    assert not Message.objects.exists()
    # With no meeting planned a gap is left, and nothing goes out with it.
    form = {"contact": draft.contact_id, "subject": draft.subject, "body": draft.body, "then": "by_hand"}
    refused = alice.post(reverse("draft", args=[draft.pk]), form)
    assert refused.status_code == 422
    assert "[next meeting date]" in refused.content.decode()
    sent = alice.post(reverse("draft", args=[draft.pk]), form | {"body": "Here they are, Dana."})
    assert sent.status_code == 303
    assert (Message.objects.get().body, waiting(alice)) == ("Here they are, Dana.", [])
    days.run()
    assert Opening.objects.get(rule="milestone_update").status == "met"
    # The second of its kind is no first result.
    goes_out(book, cast, type)
    days.run()
    assert waiting(alice) == []


def test_a_win_wants_evidence_and_is_drafted_with_it(days: Days, alice: Client, book: Book) -> None:
    assert act(alice, "win.record", book, text="Twice the calls on Tuesdays") == 422
    assert act(alice, "win.record", book, text="Twice the calls on Tuesdays", evidence="Their telephone bill") == 303
    days.run()
    assert waiting(alice) == ["win"]
    shown = read(alice, Draft.objects.get())
    assert "Twice the calls on Tuesdays" in shown
    assert "Where this comes from: Their telephone bill" in shown


@pytest.mark.requirement("R-01", "R-05")
def test_guides_for_what_the_client_films_are_drafted_after_the_strategy_meeting(
    days: Days, alice: Client, cast: Cast, book: Book
) -> None:
    actor = cast.actor("alice")
    deploy_journey(book.alices, journey="new_client", actor=actor)
    meeting = schedule_meeting(book.alices, type="content_strategy", starts_at=clock.now(), actor=actor)
    hold_meeting(meeting, actor=actor)
    for title, day, form, by in (
        ("Bread at five", 9, "reel", "client"),
        ("The oven", 4, "reel", "client"),
        ("Ours alone", 3, "reel", "us"),
        ("Before the paint", 6, "before_after", "client"),
    ):
        plan_deliverable(
            book.alices, type="published_piece", title=title, format=form, material_by=by,
            material_on=actor.day + timedelta(days=day), actor=actor,
        )  # fmt: skip
    write_notes(meeting, client="We planned three pieces.", version=0, actor=actor)
    meeting.refresh_from_db()
    send_notes(meeting, delivery="by_hand", actor=actor)
    days.run()
    draft = Draft.objects.get(template="capture_guides")
    body = draft.body
    # Monday is 2 March; the pieces stand by their format, the one that is due first at the top, each guide once.
    reels, photos = body.partition("Reel:")[2].split("Before and after:")
    assert reels.strip().startswith(
        "- The oven, by Friday 6 March\n- Bread at five, by Wednesday 11 March\nHow: Hold the"
    )
    assert photos.strip().startswith("- Before the paint, by Sunday 8 March\nHow: Two photographs")
    assert body.count("How:") == 2
    assert "Ours alone" not in body

    # Sent, they are ticked off on the client's checklist; taken back at once, they are to be sent again.
    form = {"contact": draft.contact_id, "subject": draft.subject, "body": body, "then": "by_hand"}
    assert waits_to_be_ticked(days, alice, book)
    shown = alice.post(reverse("draft", args=[draft.pk]), form, follow=True).content.decode()
    assert not waits_to_be_ticked(days, alice, book)
    undo = shown.partition("/undo/")[2].partition('"')[0]
    assert alice.post(f"/undo/{undo}").status_code == 303
    assert waits_to_be_ticked(days, alice, book)


def waits_to_be_ticked(days: Days, alice: Client, book: Book) -> bool:
    """Whether the guides stand open on the account's checklist, once the facts have been read."""
    days.run()
    page = alice.get(reverse("account", args=[book.alices.pk])).content.decode()
    return 'Done<span class="sr">: Send a capture guide for each planned piece' in page


@pytest.mark.requirement("P-11")
def test_any_template_is_drafted_by_hand_from_the_account(alice: Client, book: Book) -> None:
    page = alice.get(reverse("account", args=[book.alices.pk])).content.decode()
    make = reverse("draft_make", args=[book.alices.pk])
    assert make in page
    assert "Asking for a testimonial" in alice.get(make).content.decode()
    assert alice.post(make, {"template": "testimonial"}).status_code == 303
    assert waiting(alice) == ["testimonial"]
    assert alice.post(make, {"template": "made up"}).status_code == 422

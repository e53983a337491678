"""Handing in and downloading raw material, and the client's side of work in states: theirs alone, nothing internal."""

from dataclasses import asdict

import pytest
from django.conf import settings as project
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tenure.blueprint.model import Model
from tenure.records.account import Account
from tenure.records.deliverable import Deliverable, plan_deliverable
from tenure.records.upload import Upload
from tenure.records.workflow import move_deliverable
from tenure.web.content_page.client import awaiting_approval, awaiting_material, on_its_way
from tests.book import Book
from tests.web.world import World, lived_in

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R-05", "P-14")]

JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 200


@pytest.fixture
def model() -> Model:
    return lived_in()


@pytest.fixture
def carl(world: World, client: Client) -> Client:
    client.force_login(world.cast.carl, backend=project.AUTHENTICATION_BACKENDS[0])
    return client


def photo(name: str = "IMG 1.jpg", content: bytes = JPEG) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="text/html")


def test_the_client_hands_in_what_a_piece_waits_for(world: World, carl: Client) -> None:
    (piece,) = world.rows["piece"]
    answer = carl.post(
        reverse("content_hand_in", args=[world.account.pk]),
        {"file": [photo(), photo("IMG 2.jpg")], "piece": piece, "next": "/portal/"},
    )
    assert (answer.status_code, answer["Location"]) == (303, "/portal/")
    assert Deliverable.objects.get(pk=piece).state == "captured"
    made = Upload.objects.filter(deliverable=piece, size=204)
    assert {(each.name, each.by_client) for each in made} == {("IMG 1.jpg", True), ("IMG 2.jpg", True)}


def test_what_is_not_taken_is_told_and_nothing_is_kept(world: World, carl: Client) -> None:
    answer = carl.post(
        reverse("content_hand_in", args=[world.account.pk]),
        {"file": photo("nice.jpg", b"#!/bin/sh\necho hello"), "piece": world.rows["piece"][0]},
    )
    assert answer.status_code == 422
    assert "Scripts, programs and web pages are not taken." in answer.content.decode()
    assert not Upload.objects.filter(name="nice.jpg").exists()


def test_too_much_at_once_is_turned_away_before_it_is_read(world: World, carl: Client) -> None:
    answer = carl.post(
        reverse("content_hand_in", args=[world.account.pk]), {"file": photo()}, CONTENT_LENGTH=str(10**10)
    )
    assert answer.status_code == 413


def test_a_file_comes_as_an_attachment_and_is_never_shown(world: World, carl: Client) -> None:
    answer = carl.get(reverse("content_download", args=world.rows["upload"]))
    assert b"".join(answer.streaming_content) == b"abc"  # type: ignore[attr-defined]
    answer.close()
    assert answer["Content-Disposition"] == 'attachment; filename="crust.jpg"'
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_a_file_that_is_held_back_is_there_for_nobody(world: World, carl: Client) -> None:
    Upload.objects.filter(pk=world.rows["upload"][0]).update(status="quarantined")
    assert carl.get(reverse("content_download", args=world.rows["upload"])).status_code == 404


def test_ours_is_not_the_clients_to_download(world: World, carl: Client) -> None:
    Upload.objects.filter(pk=world.rows["upload"][0]).update(by_client=False)
    assert carl.get(reverse("content_download", args=world.rows["upload"])).status_code == 404


def theirs(book: Book, world: World) -> tuple[Account, Deliverable, Upload]:
    """Bob's client: not Carl's."""
    bob = world.cast.actor("bob")
    piece = plan_deliverable(book.bobs, type="piece", title="Their secret", actor=bob)
    move_deliverable(piece, to="review", actor=bob)
    upload = Upload.objects.create(
        account=book.bobs, deliverable=piece, name="s.jpg", type="image/jpeg", size=1, received_at=piece.planned_at,
        by_client=True,
    )  # fmt: skip
    return book.bobs, piece, upload


def test_another_clients_things_are_not_there(world: World, book: Book, carl: Client) -> None:
    account, piece, upload = theirs(book, world)
    answers = {
        "download": carl.get(reverse("content_download", args=[upload.pk])).status_code,
        "approve": carl.post(reverse("content_approve", args=[piece.pk])).status_code,
        "changes": carl.post(reverse("content_ask_changes", args=[piece.pk]), {"text": "x"}).status_code,
        "hand in": carl.post(reverse("content_hand_in", args=[account.pk]), {"file": photo()}).status_code,
        "page": carl.get(reverse("deliverable", args=[piece.pk])).status_code,
    }
    assert set(answers.values()) == {404}
    # A piece of another client cannot be named on one's own account either.
    answer = carl.post(reverse("content_hand_in", args=[world.account.pk]), {"file": photo(), "piece": piece.pk})
    assert answer.status_code == 422
    assert not Upload.objects.filter(name="IMG 1.jpg").exists()


def test_the_client_approves_and_asks_for_changes(world: World, carl: Client) -> None:
    (piece,) = world.rows["reviewed"]
    carl.post(reverse("content_ask_changes", args=[piece]), {"text": "Warmer, please", "next": "/portal/"})
    row = Deliverable.objects.get(pk=piece)
    assert (row.state, row.changes_asked) == ("production", "Warmer, please")
    move_deliverable(row, to="review", actor=world.cast.actor("alice"))
    carl.post(reverse("content_approve", args=[piece]), {"next": "/portal/"})
    row.refresh_from_db()
    assert (row.state, row.approved_at is not None) == ("scheduled", True)


def test_what_waits_for_the_client_says_nothing_internal(world: World, book: Book) -> None:
    theirs(book, world)
    carl = world.cast.actor("carl")
    Deliverable.objects.filter(pk=world.rows["piece"][0]).update(brief="Film the crust")
    (waits,) = awaiting_material(carl)
    assert (waits.title, waits.guide, waits.brief, waits.state, waits.files) == (
        "The autumn rye",
        "Hold it upright.",
        "Film the crust",
        "To film",
        1,
    )
    (decides,) = awaiting_approval(carl, world.account)
    assert (decides.title, decides.state) == ("Hands at work", "With the client")
    assert [each.title for each in on_its_way(carl)] == ["The autumn rye", "Hands at work"]
    told = str([asdict(each) for each in (waits, decides, *on_its_way(carl))])
    for words in ("They dislike music", "Their secret", world.cast.alice.pk, "Alice"):
        assert words not in told


def test_an_idea_and_what_is_ours_alone_wait_for_nobody(world: World) -> None:
    alice, carl = world.cast.actor("alice"), world.cast.actor("carl")
    plan_deliverable(world.account, type="piece", title="A thought", state="idea", actor=alice)
    plan_deliverable(world.account, type="piece", title="We film", material_by="us", actor=alice)
    hidden = plan_deliverable(world.account, type="piece", title="Ours", actor=alice)
    Deliverable.objects.filter(pk=hidden.pk).update(client_visible=False)
    assert [each.title for each in awaiting_material(carl)] == ["The autumn rye"]
    assert "A thought" not in {each.title for each in on_its_way(carl)}

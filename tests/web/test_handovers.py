"""Hand-overs as both sides use them: written, handed over, sent back with a reason, accepted."""

import pytest
from django.conf import settings as project
from django.test import Client
from django.urls import reverse

from tenure.base.errors import Refused
from tenure.blueprint.model import Model
from tenure.identity.ledger import LedgerEntry
from tenure.identity.people import Person
from tenure.identity.staff import take_leave
from tenure.records.handover import Handover, accept_handover, begin_handover, give_handover, return_handover, written
from tenure.records.personal import Mention
from tenure.records.timeline import timeline
from tenure.work.refresh import refresh_standing
from tenure.work.today import today
from tests.book import Book
from tests.cast import Cast, blueprint
from tests.web.world import WORK

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R-15")]


@pytest.fixture
def model() -> Model:
    return blueprint(handovers={"work": WORK, "batch": WORK | {"label": "Batch", "many": True}})


def step_in(client: Client, person: Person) -> Client:
    client.force_login(person, backend=project.AUTHENTICATION_BACKENDS[0])
    return client


def test_the_giver_writes_and_hands_over_and_the_taker_accepts(cast: Cast, book: Book, client: Client) -> None:
    refresh_standing([book.alices.pk], cast.actor("olive"))
    account = reverse("account", args=[book.alices.pk])
    assert "Finished work" in step_in(client, cast.sam).get(account).content.decode()
    new = reverse("handover_new", args=[book.alices.pk, "work"])
    asked = client.get(new).content.decode()
    assert "What was made" in asked
    assert "Leave empty where nothing is." in asked
    assert asked.count("optional") == 1  # what is still open; what was made is needed
    assert client.post(new, {"what": "", "open": "Music", "then": "save"}).status_code == 303
    draft = Handover.objects.get()
    page = reverse("handover", args=[draft.pk])
    # What is needed is asked for when it is given, and what was typed stays.
    refused = client.post(page, {"what": " ", "open": "Music and subtitles", "then": "give"})
    assert refused.status_code == 422
    assert "Write “What was made” before you hand over." in refused.content.decode()
    assert "Music and subtitles" in refused.content.decode()
    assert client.post(page, {"what": "The autumn reel", "open": "", "then": "give"}).status_code == 303
    draft.refresh_from_db()
    assert (draft.status, draft.giver, draft.taker, draft.round) == ("given", cast.sam, cast.alice, 1)
    due = [(each.noun, each.title, each.why) for each in today(cast.actor("alice")).due]
    assert due == [("handover", "Finished work", "Sam hands over")]
    read = step_in(client, cast.alice).get(page).content.decode()
    assert "The autumn reel" in read
    assert "nothing is written" in read
    assert client.post(reverse("handover_accept", args=[draft.pk])).status_code == 303
    draft.refresh_from_db()
    assert (draft.status, draft.taker) == ("accepted", cast.alice)
    assert today(cast.actor("alice")).due == []


def test_the_taker_sends_it_back_with_a_reason_and_the_giver_gives_it_again(
    cast: Cast, book: Book, client: Client
) -> None:
    sam, alice = cast.actor("sam"), cast.actor("alice")
    found = begin_handover(book.alices, form="work", answers={"what": "The reel"}, actor=sam)
    give_handover(found, actor=sam)
    back = reverse("act", args=["handover.return", found.pk])
    assert step_in(client, cast.alice).post(back, {"reason": " "}).status_code == 422
    assert client.post(back, {"reason": "Which reel?"}).status_code == 303
    due = [(each.title, each.why) for each in today(cast.actor("sam")).due]
    assert due == [("Finished work", "Alice sent it back")]
    page = step_in(client, cast.sam).get(reverse("handover", args=[found.pk])).content.decode()
    assert "Which reel?" in page
    found.refresh_from_db()
    with pytest.raises(Refused, match="sent back"):
        accept_handover(found, actor=alice)
    client.post(reverse("handover", args=[found.pk]), {"what": "The autumn reel", "open": "", "then": "give"})
    found.refresh_from_db()
    assert (found.status, found.round) == ("given", 2)
    told = LedgerEntry.objects.filter(kind__startswith="handover.").order_by("id").values_list("kind", flat=True)
    assert list(told) == [
        "handover.written", "handover.given", "handover.returned", "handover.written", "handover.given",
    ]  # fmt: skip


def test_each_side_acts_for_itself(cast: Cast, book: Book) -> None:
    sam, alice = cast.actor("sam"), cast.actor("alice")
    with pytest.raises(Refused, match="for the specialist to do"):
        begin_handover(book.alices, form="work", actor=alice)
    found = begin_handover(book.alices, form="work", answers={"what": "The reel"}, actor=sam)
    give_handover(found, actor=sam)
    with pytest.raises(Refused, match="for the success manager to do"):
        return_handover(found, reason="No", actor=sam)
    with pytest.raises(Refused, match="handed over already"):
        give_handover(found, actor=sam)
    assert accept_handover(found, actor=cast.actor("lena")).taker == cast.lena


def test_whoever_covers_stands_on_the_side_of_who_is_away(cast: Cast, book: Book) -> None:
    lena = cast.actor("lena")
    take_leave(cast.sam, from_day=lena.day, until_day=lena.day, cover=cast.alice.pk, actor=lena)
    found = begin_handover(book.alices, form="work", answers={"what": "The reel"}, actor=cast.actor("alice"))
    assert found.giver == cast.alice


def test_one_is_under_way_at_a_time_unless_the_form_says_many(cast: Cast, book: Book) -> None:
    sam = cast.actor("sam")
    begin_handover(book.alices, form="work", actor=sam)
    with pytest.raises(Refused, match="under way already"):
        begin_handover(book.alices, form="work", actor=sam)
    begin_handover(book.alices, form="batch", actor=sam)
    begin_handover(book.alices, form="batch", actor=sam)
    assert Handover.objects.filter(form="batch").count() == 2
    with pytest.raises(Refused, match="no field “mood”"):
        begin_handover(book.alices, form="batch", answers={"mood": "fine"}, actor=sam)
    with pytest.raises(Refused, match="no hand-over “sales”"):
        begin_handover(book.alices, form="sales", actor=sam)


@pytest.mark.requirement("P-15")
def test_its_words_stay_out_of_the_ledger_and_are_found_when_somebody_is_erased(
    cast: Cast, book: Book, model: Model
) -> None:
    from tenure.records.contact import add_contact
    from tenure.records.personal import erase_contact

    sam = cast.actor("sam")
    contact = add_contact(book.alices, name="Elise Brandt", actor=cast.actor("alice"))
    found = begin_handover(book.alices, form="work", answers={"what": "Reel with Elise"}, actor=sam)
    give_handover(found, actor=sam)
    assert written(found, model.handovers["work"]) == {"what": "Reel with Elise", "open": ""}
    assert "Elise" not in str(list(LedgerEntry.objects.filter(subject="handover").values_list("data", flat=True)))
    erase_contact(contact, actor=cast.actor("olive"))
    assert list(Mention.objects.values_list("table", flat=True)) == ["handoveranswer"]


@pytest.mark.requirement("P-14")
def test_a_client_sees_nothing_of_it(cast: Cast, book: Book, client: Client) -> None:
    sam = cast.actor("sam")
    found = begin_handover(book.alices, form="work", answers={"what": "The reel"}, actor=sam)
    give_handover(found, actor=sam)
    assert step_in(client, cast.carl).get(reverse("handover", args=[found.pk])).status_code == 404
    assert [each.kind for each in timeline(book.alices, cast.actor("carl")).entries if "handover" in each.kind] == []

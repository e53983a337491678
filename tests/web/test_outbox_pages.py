"""The outbox: what waits, what went, what failed; stopped and sent again by whoever may."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as project
from django.test import Client

from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.identity.actor import Actor
from tenure.identity.operations import batch
from tenure.records.delivery import Mail, queue_mail
from tenure.records.meeting import Meeting
from tenure.records.minutes import write_notes
from tests.web.world import World, lived_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def model() -> Model:
    return lived_in()


@pytest.fixture
def alice(client: Client, world: World) -> Client:
    client.force_login(world.cast.alice, backend=project.AUTHENTICATION_BACKENDS[0])
    return client


def test_a_mail_is_read_stopped_and_sent_again(alice: Client, world: World) -> None:
    (mail,) = world.rows["mail"]
    page = alice.get("/outbox/").content.decode()
    assert ("Elise" in page, "Welcome" in page) == (True, True)
    assert "This home sends no mail yet" in page
    shown = alice.get(f"/outbox/{mail}/").content.decode()
    assert "We begin on Monday." in shown
    assert "plan.pdf" in shown
    answer = alice.post(f"/outbox/{mail}/stop/")
    assert (answer.status_code, Mail.objects.get().status) == (303, "stopped")
    assert alice.post(f"/outbox/{mail}/stop/").status_code == 422
    alice.post(f"/outbox/{mail}/retry/")
    assert Mail.objects.get().status == "waiting"


def test_a_file_comes_as_it_goes_out(alice: Client, world: World) -> None:
    answer = alice.get("/outbox/{}/files/{}/".format(*world.rows["mail_file"]))
    assert (answer["Content-Type"], answer.content) == ("application/pdf", b"%PDF-1.7")
    assert answer["Content-Disposition"].endswith('.pdf"')


@pytest.mark.requirement("P-05")
def test_a_mail_of_the_company_is_seen_by_those_who_see_everything(alice: Client, world: World) -> None:
    olive = world.cast.actor("olive")
    with batch(olive):
        mail = queue_mail(
            world.cast.bob,
            key="hello",
            purpose="invitation",
            subject="Your access",
            text="Here: {password_link}",
            actor=olive,
        )
    assert alice.get(f"/outbox/{mail.pk}/").status_code == 404
    assert alice.post(f"/outbox/{mail.pk}/stop/").status_code == 404
    assert "Your access" not in alice.get("/outbox/").content.decode()
    alice.force_login(world.cast.olive, backend=project.AUTHENTICATION_BACKENDS[0])
    assert "Your access" in alice.get("/outbox/").content.decode()
    assert "Here: (a link, made when the mail goes out)" in alice.get(f"/outbox/{mail.pk}/").content.decode()


@pytest.mark.requirement("T-06")
def test_notes_are_sent_from_the_page_where_mail_goes_out(alice: Client, world: World, settings: Any) -> None:
    (pk,) = world.rows["meeting"]
    meeting = Meeting.objects.get(pk=pk)
    write_notes(meeting, client="We begin", actor=Actor.of(world.cast.alice))
    page = alice.get(f"/meetings/{pk}/notes/").content.decode()
    assert "Send to the client" not in page
    assert "I sent them myself" in page
    settings.MAIL_FROM = "hello@cast.example"
    page = alice.get(f"/meetings/{pk}/notes/").content.decode()
    assert "To Elise at elise@acme.example." in page
    answer = alice.post(f"/meetings/{pk}/notes/", {"client": "We begin on Monday", "version": 1, "then": "mail"})
    assert answer.status_code == 303
    mail = Mail.objects.get(purpose="meeting_notes")
    assert (mail.to, mail.text) == ("elise@acme.example", "We begin on Monday")
    assert mail.not_before - clock.now() > timedelta(seconds=10)

"""Calls to tools by their pages: a tool is connected by a form, a call is read, stopped and tried again."""

import pytest
from django.conf import settings as project
from django.test import Client

from tenure.blueprint.model import Model
from tenure.sources.connectors.connector import Connector
from tenure.sources.tools.call import Call
from tests.web.world import World, lived_in

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R-12")]


@pytest.fixture
def model() -> Model:
    return lived_in()


def signed_in(world: World, name: str) -> Client:
    client = Client()
    client.force_login(getattr(world.cast, name), backend=project.AUTHENTICATION_BACKENDS[0])
    return client


def test_a_tool_is_connected_by_a_form_and_its_secret_is_never_shown(world: World) -> None:
    olive = signed_in(world, "olive")
    assert "A folder of each client." in olive.get("/data/sources/").content.decode()
    form = {"label": "Second desk", "source": "second", "address": "https://two.example", "space": "9", "key": "k-2"}
    assert olive.post("/data/sources/add/tool-desk/", form | {"space": ""}).status_code == 422
    assert olive.post("/data/sources/add/tool-desk/", form).status_code == 303
    made = Connector.objects.get(source="second")
    assert (made.secrets, made.settings) == ({"key": "k-2"}, {"address": "https://two.example", "space": "9"})
    page = olive.get(f"/data/sources/{made.pk}/").content.decode()
    assert "k-2" not in page
    assert "It is asked for: Folder of the client." in page
    assert (
        olive.post(f"/data/sources/{made.pk}/", form | {"key": "", "address": "https://evil.example"}).status_code
        == 422
    )


def test_a_call_is_read_stopped_and_tried_again(world: World) -> None:
    alice, (pk,) = signed_in(world, "alice"), world.rows["call"]
    assert "Folder of the client" in alice.get("/outbox/calls/").content.decode()
    page = alice.get(f"/outbox/calls/{pk}/").content.decode()
    assert "POST https://desk.example/spaces/7/folders" in page
    assert "&quot;name&quot;: &quot;Acme Ltd&quot;" in page
    assert "asked for by Alice" in page
    assert "k-1" not in page
    assert alice.post(f"/outbox/calls/{pk}/stop/").status_code == 303
    assert alice.post(f"/outbox/calls/{pk}/stop/").status_code == 422
    assert alice.post(f"/outbox/calls/{pk}/retry/").status_code == 303
    assert Call.objects.get().status == "waiting"


def test_an_account_shows_what_was_asked_for_and_why_it_failed(world: World) -> None:
    alice = signed_in(world, "alice")
    address = f"/accounts/{world.account.pk}/"
    assert "asked for" in alice.get(address).content.decode()
    Call.objects.update(status="failed", last_error="The tool refuses: 404 Space not found.")
    assert "The tool refuses: 404 Space not found." in alice.get(address).content.decode()
    assert "Folder of the client (Our desk)" in alice.get(f"/do/tool_call.ask/{world.account.pk}/").content.decode()

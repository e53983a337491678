"""R7's own tools: what deploying a client sets up in each, what then stands on the account, what goes back."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings as project
from django.test import Client
from django.urls import reverse

from tenure.blueprint.model import Model
from tenure.identity.actor import Actor
from tenure.identity.operations import batch
from tenure.outlets.calling import call_due
from tenure.records.account import Account
from tenure.sources.connectors.connector import add_connector, pause_connector
from tenure.sources.tools.call import Call
from tenure.sources.tools.queueing import tell_nightly
from tenure.work.checklists import deploy_journey
from tenure.work.journeys import ChecklistItem
from tenure.work.refresh import refresh_standing
from tenure.work.standing import Standing
from tests.book import take_on
from tests.cast import Cast
from tests.days import Days, days
from tests.outlets.desk import Desk, running
from tests.web.r7 import r7

__all__ = ["days"]
pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R-12", "R-01")]

# What is known of a client before anything was made, and what each tool answers once it has made it.
ANSWERS: dict[tuple[str, str], Any] = {
    ("GET", "/api/v2/space/5/folder"): {"folders": []},
    ("POST", "/api/v2/space/5/folder_template/t-1"): {"id": "f9"},
    ("GET", "/api/v2/list/8/task"): {"tasks": []},
    ("POST", "/api/v2/list/8/task"): {"id": "c9", "url": "https://app.clickup.com/t/c9"},
    ("GET", "/user/forms"): {"responseCode": 200, "content": []},
    ("POST", "/form/77/clone"): {"responseCode": 200, "content": {"id": "j9"}},
    ("POST", "/form/j9/properties"): {"responseCode": 200},
    ("POST", "/crm/v3/objects/companies/search"): {"results": []},
    ("POST", "/crm/v3/objects/companies"): {"id": "h9"},
}


@pytest.fixture
def model() -> Model:
    return r7()


@pytest.fixture
def desk(settings: Any) -> Iterator[Desk]:
    """All tools at one address of the loopback, each answering as its makers say that it does."""
    settings.PRIVATE_HOSTS, settings.KEEPS_MAIL = ("127.0.0.0/8",), False
    with running() as found:

        def answered(method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
            found.asked.append((method, path, body, headers))
            return 200, ANSWERS.get((method, path), {}), {}

        found.answer = answered  # type: ignore[method-assign]
        yield found


@pytest.fixture
def deployed(desk: Desk, days: Days, cast: Cast, system: Actor) -> Account:
    """A new client, whose journey was deployed after all four tools had been connected."""
    account = take_on("Acme Ltd", cast.alice, system)
    for tool, settings, secrets in (
        ("clickup", {"workspace": "3", "space": "5", "template": "t-1", "clients": "8", "field_rvs": "r"}, ["token"]),
        ("jotform", {"form": "77"}, ["key"]),
        ("crm", {}, ["token"]),
        ("frame_io", {"account": "a1", "parent": "p1", "client": "c1"}, ["client_secret", "refresh"]),
    ):
        made = add_connector(
            kind=f"tool-{tool}", label=tool, source=tool, settings={"address": desk.address} | settings,
            secrets=dict.fromkeys(secrets, "correct-horse"), actor=cast.actor("olive"),
        )  # fmt: skip
    deploy_journey(account, journey="new_client", actor=cast.actor("alice"))
    days.run()
    pause_connector(made, actor=cast.actor("olive"))  # Frame.io renews its secret at an address of Adobe's
    return account


def due(days: Days) -> None:
    """A minute goes by: what is due is asked for, and the pipeline reads how that went."""
    days.hands.advance(timedelta(minutes=1))
    while call_due():
        days.run()
        days.hands.advance(timedelta(minutes=1))
    days.run()


def test_deploying_a_client_sets_up_what_each_tool_needs(
    deployed: Account, desk: Desk, days: Days, cast: Cast, client: Client
) -> None:
    asked = {call.call: (call.path, call.body) for call in Call.objects.all()}
    page = f"{project.PUBLIC_URL}{reverse('account', args=[deployed.pk])}"
    assert asked == {
        "client_folder": (
            "/api/v2/space/5/folder_template/t-1", {"name": "Acme Ltd", "options": {"return_immediately": True}},
        ),
        "client_card": ("/api/v2/list/8/task", {"name": "Acme Ltd", "description": page}),
        "upload_form": ("/form/77/clone", {}),
        "review_folder": ("/v4/accounts/a1/folders/p1/folders", {"data": {"name": "Acme Ltd"}}),
        "company": ("/crm/v3/objects/companies", {"properties": {"name": "Acme Ltd"}}),
    }  # fmt: skip
    due(days)
    # What was made ends its item, and stands on the account as a link; Frame.io rests, so that its item stays open.
    items = dict(ChecklistItem.objects.values_list("key", "status"))
    assert [items[key] for key in ("client_folder", "upload_form", "review_folder")] == ["done", "done", "open"]
    assert ("/form/j9/properties", "properties%5Btitle%5D=Acme+Ltd+uploads") in desk.written
    refresh_standing([deployed.pk], cast.actor("olive"))
    client.force_login(cast.alice, backend=project.AUTHENTICATION_BACKENDS[0])
    shown = client.get(reverse("account", args=[deployed.pk])).content.decode()
    for address in (
        "https://app.clickup.com/3/v/o/f/f9",
        "https://app.clickup.com/t/c9",
        "https://form.jotform.com/j9",
    ):
        assert f'href="{address}"' in shown


def test_clickup_and_the_crm_are_told_the_clients_figures(
    deployed: Account, desk: Desk, days: Days, cast: Cast
) -> None:
    due(days)
    refresh_standing([deployed.pk], cast.actor("olive"))
    Standing.objects.filter(pk=deployed.pk).update(score=Decimal("3.67"), band="yellow")
    with batch(Actor.machine("pipeline")):
        tell_nightly([deployed.pk], Actor.machine("pipeline"))
    desk.asked.clear()
    due(days)
    assert ("/api/v2/task/c9/field/r", {"value": 3.67}) in desk.written
    (told,) = [body["properties"] for method, path, body, _ in desk.asked if method == "PATCH" and path.endswith("/h9")]
    assert (told["rvs"], told["rvs_band"]) == (3.67, "Yellow")
    # What is not known yet is emptied there, and is not nought.
    assert (told["rvs_ease"], told["tfr_1"], told["home_run_progress"]) == ("", "", "")
    assert set(told) == {
        "rvs", "rvs_band", "rvs_ease", "rvs_pace", "rvs_result_quality", "tfr_1", "tfr_2", "home_run",
        "home_run_progress", "next_sync", "weeks_of_content",
    }  # fmt: skip

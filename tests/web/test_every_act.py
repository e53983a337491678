"""Every act can be done by its form: what it needs has a field, or the act stands here with the page that does it."""

import pytest
from django.conf import settings as project
from django.test import Client
from django.urls import reverse

from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.identity.operations import OPERATIONS
from tenure.records.activity import Activity
from tenure.records.meeting import Meeting
from tenure.web.acts import NAMED_BY_ADDRESS, ActForm
from tenure.work.commitments import Opening
from tenure.work.journeys import ChecklistItem
from tenure.work.signals import OpenSignal
from tests.cast import Cast, at
from tests.web.world import World, lived_in

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("P-08")]

# Arguments that are needed and that no field can hold, by act; a page with a hand of its own gives them.
BY_HAND = {
    "blueprint.apply": {"model", "files"},  # Blueprint, Change
    "rating.give": {"values"},  # a meeting's page
    "report.prepare": {"content"},  # Reports
    "segment.save": {"query"},  # Portfolio
    "deliverable.plan_several": {"planned"},  # a meeting's page
    "import.prepare": {"files", "preview"},  # Import
    "import.correct_row": {"values"},  # a row that was set aside
    "arrival.correct": {"values"},  # an arrival
    "meeting.prepare": {"agenda"},  # a meeting's page adds and ticks lines one by one
}


@pytest.fixture
def model() -> Model:
    return lived_in()


def test_what_an_act_needs_has_a_field(cast: Cast) -> None:
    actor, missing = cast.actor("olive"), {}
    for name in OPERATIONS:
        operation = OPERATIONS[name]
        fields = set(ActForm(operation, None, actor).fields) | NAMED_BY_ADDRESS
        needed = {key for key, info in operation.arguments.model_fields.items() if info.is_required()}
        if needed - fields:
            missing[name] = needed - fields
    assert missing == BY_HAND


def signed_in(client: Client, cast: Cast) -> Client:
    client.force_login(cast.alice, backend=project.AUTHENTICATION_BACKENDS[0])
    return client


def test_an_act_names_what_it_is_done_to_in_words(client: Client, world: World) -> None:
    opening = Opening.objects.get(rule="reply")
    item = ChecklistItem.objects.exclude(status="done").order_by("pk").first()
    assert item is not None
    named = {
        ("signal.snooze", world.rows["signal"][0]): "Quiet",
        ("play.stop", world.rows["play"][0]): "Rescue",
        ("commitment.pause", opening.pk): "Reply",
        ("journey.skip", item.pk): item.label,
        ("account.change", world.account.pk): "Acme Ltd",
    }
    signed_in(client, world.cast)
    for args, words in named.items():
        address = reverse("act", args=args)
        page = client.get(address).content.decode()
        assert f">{words}</a>" in page and "object (" not in page, args
        label = OPERATIONS[args[0]].label
        dialog = client.get(address, headers={"HX-Request": "true"}).content.decode()
        assert dialog.startswith(f'<h2 id="act-title" hx-swap-oob="true">{label}</h2>'), args
        assert f'<p class="muted">{words}</p>' in dialog


def test_a_moment_is_typed_in_the_zone_of_whoever_types_it(client: Client, world: World) -> None:
    address = reverse("act", args=["meeting.schedule", world.account.pk])
    assert 'type="datetime-local"' in signed_in(client, world.cast).get(address).content.decode()
    answer = client.post(address, {"type": "sync", "starts_at": "2027-07-05T09:30", "minutes": "30"})
    assert answer.status_code == 303
    # Half past nine in New York in summer, four hours behind UTC.
    assert Meeting.objects.filter(starts_at=at("2027-07-05 13:30"), minutes=30).count() == 1


def test_a_moment_that_is_missing_or_none_is_asked_for_at_its_field(client: Client, world: World) -> None:
    address = reverse("act", args=["meeting.schedule", world.account.pk])
    for given in ("", "tomorrow"):
        answer = signed_in(client, world.cast).post(address, {"type": "sync", "starts_at": given})
        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == ["starts_at"]


def test_a_signal_is_snoozed_until_a_moment(world: World) -> None:
    signal = OpenSignal.objects.get(pk=world.rows["signal"][0])
    given = {"until": "2027-01-04T08:00", "reason": "Back then"}
    form = ActForm(OPERATIONS["signal.snooze"], signal, world.cast.actor("alice"), given)
    assert form.is_valid()
    assert form.given() == {"until": at("2027-01-04 13:00"), "reason": "Back then"}


@pytest.mark.requirement("P-13")
def test_what_is_told_late_keeps_when_it_happened(client: Client, world: World) -> None:
    address = reverse("act", args=["activity.log", world.account.pk])
    told = {"type": "call", "at": "2026-01-05T10:00"}
    assert signed_in(client, world.cast).post(address, told).status_code == 303
    assert Activity.objects.get().at == at("2026-01-05 15:00")
    # What lies ahead has not happened.
    ahead = {"type": "call", "at": f"{clock.now().year + 1}-01-05T10:00"}
    answer = client.post(address, ahead)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["at"]

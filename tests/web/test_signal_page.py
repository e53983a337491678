"""The page of one signal: why it fires, what happened to it, and the play that answers it one key away."""

import re
from datetime import timedelta

import pytest
from django.conf import settings as project
from django.test import Client
from django.urls import reverse

from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.watch.signals import State, to_json
from tenure.work.plays import Play, complete_step
from tenure.work.signals import OpenSignal, acknowledge_signal, resolve_signal, snooze_signal, wake_signal
from tests.web.world import World, lived_in

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("O-05", "P-08")]


@pytest.fixture
def model() -> Model:
    return lived_in()


@pytest.fixture
def alice(world: World, client: Client) -> Client:
    client.force_login(world.cast.alice, backend=project.AUTHENTICATION_BACKENDS[0])
    return client


@pytest.fixture
def signal(world: World) -> OpenSignal:
    """Alice's signal, as the watch has read it."""
    found = OpenSignal.objects.get(pk=world.rows["signal"][0])
    now = clock.now()
    found.fold = to_json(State("firing", episode=1, read_at=now, last=True, since=now, fired_at=now))
    found.save(update_fields=["fold"])
    return found


def page(client: Client, name: str, pk: str) -> str:
    answered = client.get(reverse(name, args=[pk]))
    assert answered.status_code == 200
    return answered.content.decode()


def history(shown: str) -> list[str]:
    """Each line of a history without its markup: what happened, and by whom."""
    lines = shown.split('id="history"')[1].split("<li>")[1:]
    return [" ".join(re.sub("<[^>]*>", " ", line.split("<div>")[1].split("</div>")[0]).split()) for line in lines]


def test_the_history_of_a_signal_says_what_happened(alice: Client, signal: OpenSignal, world: World) -> None:
    actor = world.cast.actor("alice")
    acknowledge_signal(signal, actor=actor)
    snooze_signal(signal, until=clock.now() + timedelta(days=3), reason="They are away", actor=actor)
    wake_signal(signal, actor=actor)
    resolve_signal(signal, reason="They rang.", actor=actor)
    seen, snoozed, woken, over = history(page(alice, "signal", signal.pk))
    assert (seen, woken) == ("Signal taken note of Alice", "Signal back from snooze Alice")
    assert re.fullmatch(r"Signal snoozed until .+ Alice", snoozed)
    assert over == "Signal is over : They rang. Alice"


def test_what_the_rule_read_stands_beside_it(alice: Client, signal: OpenSignal) -> None:
    signal.evidence = {"when": "score < 3", "values": {"score": 2.6667, "weeks": None}}
    signal.save(update_fields=["evidence"])
    shown = page(alice, "signal", signal.pk)
    assert "<dt>Score</dt><dd>2.67</dd><dt>Weeks</dt><dd>unknown</dd>" in shown


def test_e_opens_the_play_that_runs_else_starts_one_for_this_signal(
    alice: Client, signal: OpenSignal, world: World
) -> None:
    play = Play.objects.get(pk=world.rows["play"][0])
    starts = f'href="{reverse("act", args=["play.start", world.account.pk])}?signal={signal.pk}"'
    shown = page(alice, "signal", signal.pk)
    assert f'{starts} data-dialog="act" data-key="e"' in shown and "Open the play" not in shown
    play.signal = signal
    play.save(update_fields=["signal"])
    shown = page(alice, "signal", signal.pk)
    opens = f'<a class="btn primary" href="{reverse("play", args=[play.pk])}" data-key="e">Open the play'
    assert opens in shown and shown.count('data-key="e"') == 1


def test_the_history_of_a_play_names_its_steps(alice: Client, world: World) -> None:
    play = Play.objects.get(pk=world.rows["play"][0])
    step = play.steps.get()
    complete_step(play, step=step.key, actor=world.cast.actor("alice"))
    assert f"Step of a play done : {step.label} Alice" in history(page(alice, "play", play.pk))

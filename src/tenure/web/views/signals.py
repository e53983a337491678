"""Signals: what fires within reach, the gravest first, and the evidence behind each; the plays that answer them."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.http import HttpResponse
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.identity import access
from tenure.identity.actor import Actor
from tenure.records.lookup import access_account
from tenure.web import wording
from tenure.web.account_page.signals import history_of_play, history_of_signal, playbook_label, what_it_read
from tenure.web.actors import SignedIn, actor_of, may
from tenure.web.answers import answer, done
from tenure.web.conditions import Speaker
from tenure.web.listing import Column, Listing
from tenure.web.places import Place
from tenure.web.portfolio import Tab
from tenure.web.subjects import fetch
from tenure.work.plays import Play, PlayStep, complete_step
from tenure.work.signals import OpenSignal, loud

SEVERITY = Case(
    When(severity="red", then=Value(0)),
    When(severity="yellow", then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)
COLUMNS = (
    Column("signal", "Signal", "signals/cell_signal.html", ("rank", "since"), head=True),
    Column("account", "Account", "signals/cell_account.html", ("account__standing__name",)),
    Column("since", "Firing for", "signals/cell_since.html", ("since",), "whole"),
    Column("owner", "Owner", "signals/cell_owner.html", ("owner__name",), "fold-away lean-2 whole"),
    Column("play", "Play", "signals/cell_play.html", (), "fold-away lean-2"),
    Column("acts", "", "signals/cell_acts.html", (), "right fold-away"),
)


def _mine(actor: Actor) -> QuerySet[OpenSignal]:
    rows = access.reach(OpenSignal.objects.all(), actor, "signal.view")
    return rows.select_related("account__standing", "owner").prefetch_related("plays").annotate(rank=SEVERITY)


PLACE = Place(
    "Signals",
    "signal",
    "signals",
    "signal.view",
    key="s",
    phone=True,
    count=lambda actor: access.reach(OpenSignal.objects.filter(loud(clock.now())), actor, "signal.view").count(),
)


def _views(rows: QuerySet[OpenSignal], actor: Actor) -> dict[str, tuple[str, Q]]:
    """The tabs of the page: key, label and which signals stand under it."""
    now = clock.now()
    firing = Q(state=OpenSignal.State.FIRING)
    return {
        "": ("Firing", loud(now)),
        "mine": ("Mine", loud(now) & Q(owner__in=actor.people)),
        "snoozed": ("Snoozed", firing & Q(snoozed_until__gt=now)),
        "behind": ("Behind another", firing & Q(is_inhibited=True)),
        "over": ("Over", Q(state=OpenSignal.State.RESOLVED)),
    }


def index(request: SignedIn) -> HttpResponse:
    """What fires, narrowed by tab."""
    actor = actor_of(request)
    access.require(actor, "signal.view")
    rows, shown = _mine(actor), request.GET.get("show", "")
    views = _views(rows, actor)
    label, wanted = views.get(shown, views[""])
    tabs = [Tab(name, f"?show={key}" if key else "?", None, key == shown) for key, (name, _) in views.items()]
    listing: Listing[OpenSignal] = Listing(request, COLUMNS, sort="-since" if shown == "over" else "signal")
    page = listing.page(rows.filter(wanted))
    context = {
        "tabs": tabs,
        "listing": listing,
        "page": page,
        "label": label,
        "shown": shown,
        "labels": _labels(actor.model),
    }
    return answer(request, "signals/page.html", context | _open(actor))


def _labels(model: Model) -> dict[str, str]:
    return {key: rule.label for key, rule in model.signals.items()}


def _open(actor: Actor) -> dict[str, bool]:
    return {
        "may_snooze": bool(may(actor, "signal.snooze")),
        "may_play": bool(may(actor, "play.start")) and bool(actor.model.playbooks),
    }


def signal(request: SignedIn, signal_id: str) -> HttpResponse:
    """One signal: the rule, the measures that it read, what was done about it."""
    actor = actor_of(request)
    found = fetch(OpenSignal, actor, signal_id, "signal.view")
    plays, speaker = list(found.plays.order_by("-started_at")), Speaker(actor.model)
    rule = actor.model.signals.get(found.rule)
    context: dict[str, Any] = {
        "signal": found,
        "rule": rule,
        "condition": wording.capital(speaker.condition(rule.when)) if rule else "",
        "account": access_account(actor, found.account_id),
        "read": what_it_read(found, speaker),
        "history": history_of_signal(found, actor),
        "plays": [(play, playbook_label(play, actor.model)) for play in plays],
        "running": next((play for play in plays if play.status == Play.Status.RUNNING), None),
        "now": clock.now(),
    }
    return answer(request, "signals/signal.html", context | _open(actor))


def play(request: SignedIn, play_id: str) -> HttpResponse:
    """One run of a playbook: its steps, who holds each, what came of it."""
    actor = actor_of(request)
    found = fetch(Play, actor, play_id, "account.view")
    steps = list(found.steps.select_related("owner"))
    context = {
        "play": found,
        "label": playbook_label(found, actor.model),
        "steps": steps,
        "account": access_account(actor, found.account_id),
        "history": history_of_play(found, steps, actor),
        "may_complete": bool(may(actor, "play.complete_step")),
    }
    return answer(request, "plays/page.html", context)


@require_POST
def step(request: SignedIn, step_id: str) -> HttpResponse:
    """Mark one step as done."""
    actor = actor_of(request)
    found = fetch(PlayStep, actor, step_id, "play.complete_step")
    complete_step(found.play, step=found.key, actor=actor)
    return done(request, f"{found.label}: done", to=reverse("play", args=[found.play_id]))


urlpatterns = [
    path("signals/", index, name="signals"),
    path("signals/<str:signal_id>/", signal, name="signal"),
    path("plays/<str:play_id>/", play, name="play"),
    path("plays/steps/<str:step_id>/done/", step, name="play_step"),
]

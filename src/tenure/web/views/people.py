"""People and access: who is here, what each may do, who is away, and what waits for somebody's word."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Count, Q
from django.http import HttpResponse
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from tenure.base.calendar import WorkCalendar
from tenure.blueprint.model import Model
from tenure.blueprint.role_card import role_card
from tenure.identity import access
from tenure.identity.actor import Actor
from tenure.identity.holds import is_held
from tenure.identity.hours import calendar_of, hours_of, hours_words
from tenure.identity.operations import OPERATIONS, VIEWS
from tenure.identity.people import Leave, Person, Pod, Team, current
from tenure.identity.requests import ActRequest, approve_request, deciders
from tenure.identity.staff import export_person
from tenure.web.actors import SignedIn, actor_of, may
from tenure.web.answers import answer, done
from tenure.web.finding import Found
from tenure.web.places import Place
from tenure.web.subjects import fetch

PLACE = Place("People", "team", "people", "person.view", key="o", group=2)


def find_people(actor: Actor, words: str) -> list[Found]:
    """Colleagues by name, for the command palette."""
    if not may(actor, "person.view"):
        return []
    rows = Person.objects.filter(name__icontains=words, is_active=True).exclude(kind=Person.Kind.CLIENT)[:6]
    return [Found(row.name, reverse("person", args=[row.pk]), row.email or "", face=row.name) for row in rows]


FINDERS = (("People", find_people),)


def index(request: SignedIn) -> HttpResponse:
    """Everybody with a role today, by team."""
    actor = actor_of(request)
    access.require(actor, "person.view")
    held = Count("assignments", filter=current_assignments(actor), distinct=True)
    people = Person.objects.filter(is_active=True, kind=Person.Kind.STAFF).annotate(accounts=held).order_by("name")
    away = dict(Leave.objects.filter(current(actor.day)).values_list("person_id", "cover__name"))
    rows = [(person, _roles(person, actor), away.get(person.pk)) for person in people.prefetch_related("memberships")]
    gone = Person.objects.filter(is_active=False, erased_at=None).order_by("name")
    size = Count("memberships__person", filter=_within("memberships", actor), distinct=True)
    teams = Team.objects.annotate(size=size).order_by("name")
    pods = [
        (pod, hours_words(pod.zone, pod.calendar, actor.model))
        for pod in Pod.objects.annotate(size=size).order_by("name")
    ]
    context = {"rows": rows, "gone": gone, "teams": teams, "pods": pods}
    return answer(request, "people/page.html", context | _acts(actor))


def current_assignments(actor: Actor) -> Q:
    return _within("assignments", actor)


def _within(rows: str, actor: Actor) -> Q:
    """What holds on the actor's day, of the dated rows behind a relation."""
    begun, open_ended = Q((f"{rows}__from_day__lte", actor.day)), Q((f"{rows}__until_day__isnull", True))
    return begun & (open_ended | Q((f"{rows}__until_day__gte", actor.day)))


def _roles(person: Person, actor: Actor) -> str:
    """The roles and levels that somebody holds today, in the company's words."""
    found = []
    for held in person.memberships.all():
        if held.from_day <= actor.day and (held.until_day is None or held.until_day >= actor.day):
            role = actor.model.roles.get(held.role)
            level = role.levels.get(held.level) if role else None
            found.append(f"{role.label if role else held.role}{f', {level.label}' if level else ''}")
    return "; ".join(found)


def _acts(actor: Actor) -> dict[str, bool]:
    names = ("person.invite", "person.change", "person.deactivate", "person.export", "leave.take")
    more = ("team.create", "team.change", "pod.create", "pod.change", "access.view")
    return {f"may_{name.replace('.', '_')}": bool(may(actor, name)) for name in (*names, *more)}


def person(request: SignedIn, person_id: str) -> HttpResponse:
    """One person: roles over time, leave, book."""
    actor = actor_of(request)
    found = fetch(Person, actor, person_id, "person.view")
    context = {
        "person": found,
        "is_held": is_held(found, actor.day),
        "roles": _roles(found, actor),
        "hours": hours_words(*hours_of(found, actor.model), actor.model),
        "holidays": holidays(calendar_of(found, actor.model), actor),
        "memberships": found.memberships.select_related("team", "pod").order_by("-from_day"),
        "today": actor.day,
        "leaves": found.leaves.select_related("cover").order_by("-from_day")[:10],
        "assignments": found.assignments.filter(current(actor.day))
        .select_related("account__standing")
        .order_by("role"),
        "labels": {key: role.label for key, role in actor.model.roles.items()},
    }
    context |= {f"may_{name}": bool(may(actor, f"person.{name}")) for name in ("hold", "release", "erase")}
    return answer(request, "people/person.html", context | _acts(actor))


def holidays(calendar: WorkCalendar, actor: Actor) -> list[date]:
    """The next days on which somebody does not work although it is a working day for others."""
    return sorted(day for day in calendar.holidays if day >= actor.day)[:4]


@require_POST
def export(request: SignedIn, person_id: str) -> HttpResponse:
    """Everything that is kept about somebody, as a file."""
    actor = actor_of(request)
    data = export_person(fetch(Person, actor, person_id, "person.export"), actor=actor)
    response = HttpResponse(json.dumps(data, cls=DjangoJSONEncoder, indent=1), content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="person.json"'
    return response


def rights(request: SignedIn) -> HttpResponse:
    """Who may do what: every act against every role, from the rules of the blueprint."""
    actor = actor_of(request)
    access.require(actor, "access.view")
    return answer(request, "people/rights.html", {"matrix": matrix(actor.model), "roles": actor.model.roles.items()})


def matrix(model: Model) -> list[dict[str, Any]]:
    """A row per act: its rule, and per role A, R, C, I or nothing, with the level that it asks for."""
    rows = []
    for name in sorted([*OPERATIONS, *VIEWS]):
        found = access.rule_for(model, name)
        cells = []
        for role in model.roles:
            mark, level = "", ""
            if found is not None:
                rule = found[1]
                marks = (
                    ("A", (rule.accountable,)),
                    ("R", rule.responsible),
                    ("C", rule.consulted),
                    ("I", rule.informed),
                )
                mark = next((letter for letter, held in marks if role in held), "")
                least = rule.limits.get(role, "")
                level = model.roles[role].levels[least].label if least else ""
            cells.append((mark, level))
        label = OPERATIONS[name].label if name in OPERATIONS else VIEWS[name]
        rule_name = found[0] if found else ""
        rows.append({"name": name, "label": label, "rule": rule_name, "cells": cells, "who": _who(model, cells)})
    return rows


def _who(model: Model, cells: Sequence[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """The same cells for a screen without room for columns: each letter with the roles that have it."""
    roles = [role.label for role in model.roles.values()]
    named = {
        letter: [role for role, (mark, _) in zip(roles, cells, strict=True) if mark == letter] for letter in "ARCI"
    }
    return [(letter, held) for letter, held in named.items() if held]


def card(request: SignedIn, role: str) -> HttpResponse:
    """A role on one page: what it owns, its primary numbers, its week."""
    actor = actor_of(request)
    if role not in actor.model.roles:
        return answer(request, "404.html", status=404)
    return answer(request, "people/card.html", {"card": role_card(actor.model, role), "is_mine": role in actor.roles})


def requests(request: SignedIn) -> HttpResponse:
    """Acts that wait for somebody's word: mine to give, and those that I asked for."""
    actor = actor_of(request)
    open_ = ActRequest.objects.filter(status__in=("pending", "escalated")).select_related(
        "asked_by", "account__standing"
    )
    waiting = [each for each in open_.order_by("due_at")[:200] if actor.id in deciders(each, actor)]
    mine = ActRequest.objects.filter(asked_by_id=actor.id).order_by("-asked_at")[:20]
    labels = {name: OPERATIONS[name].label for name in OPERATIONS}
    return answer(request, "people/requests.html", {"waiting": waiting, "mine": mine, "labels": labels})


@require_POST
def approve(request: SignedIn, request_id: str) -> HttpResponse:
    """Agree, and have it done."""
    actor = actor_of(request)
    approve_request(fetch(ActRequest, actor, request_id, "request.approve"), actor=actor)
    return done(request, "Agreed and done", to=reverse("requests"))


urlpatterns = [
    path("people/", index, name="people"),
    path("people/rights/", rights, name="rights"),
    path("people/requests/", requests, name="requests"),
    path("people/requests/<str:request_id>/approve/", approve, name="request_approve"),
    path("people/roles/<slug:role>/", card, name="role"),
    path("people/<str:person_id>/", person, name="person"),
    path("people/<str:person_id>/export/", export, name="person_export"),
]

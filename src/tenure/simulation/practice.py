"""A home to practise in: beside the real one, with its own database and lake, and a mark that says what it is."""

from __future__ import annotations

import secrets

from django.conf import settings

from tenure.base.errors import Refused
from tenure.blueprint.model import Model
from tenure.identity import access
from tenure.identity.actor import Actor
from tenure.identity.blueprints import BlueprintVersion
from tenure.identity.company import install
from tenure.identity.people import Person, Team
from tenure.identity.staff import create_team, invite_person
from tenure.pipeline.home import migrate, read_folder
from tenure.records.practice import TEAM


def make_ready(company: str) -> bool:
    """Make the tables and put the blueprint in force, where that was not done before; returns whether it is new.

    Raises Refused for a blueprint that has nothing to practise on.
    """
    if not settings.PRACTICE:
        raise Refused("in_earnest", f"{settings.HOME} is not a practice ground.")
    migrate()
    if BlueprintVersion.objects.exists():
        return False
    read = read_folder(company)
    if not read.model.practice:
        raise Refused("no_scenario", f"The blueprint “{read.name}” has no practice section, so nothing to practise on.")
    install(read.model, files=read.files, folder=read.name)
    create_team(name=TEAM, actor=Actor.machine("practice"))
    return True


def let_assessor_in(name: str, email: str) -> tuple[Person, str]:
    """Let somebody in who invites and judges; returns them with a password, empty where they were here before."""
    actor = Actor.machine("practice")
    found = Person.objects.filter(email=email.strip().lower()).first()
    if found is not None:
        return found, ""
    team = Team.objects.get(name=TEAM)
    person = invite_person(name=name, email=email, role=_assessing(actor.model), team=team.pk, actor=actor)
    password = secrets.token_urlsafe(12)
    person.set_password(password)
    person.save(update_fields=["password"])
    return person, password


def _assessing(model: Model) -> str:
    rule = access.rule_for(model, "attempt.invite")
    if rule is None:
        raise Refused(
            "nobody_assesses", "No rule of the blueprint lets anyone invite to practise (raci.attempt.invite)."
        )
    return rule[1].accountable


def has_assessor() -> bool:
    """Whether anybody can sign in at all."""
    return Person.objects.filter(is_active=True, memberships__isnull=False).exists()

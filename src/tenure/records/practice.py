"""The practice ground: somebody's attempt at a scenario, on a copy of its made-up client that is theirs alone.

All of it stands in a home of its own. In any other home nothing here can be done, and nothing of it is shown.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.core import signing
from django.db import models

from tenure.base import clock
from tenure.base.errors import Refused
from tenure.blueprint.model import Scenario
from tenure.facts.contract import declare
from tenure.identity import access
from tenure.identity.actor import Actor
from tenure.identity.blueprints import in_force
from tenure.identity.operations import operation, view
from tenure.identity.people import Person, Team, current
from tenure.identity.staff import assign, create_team, invite_person
from tenure.records.account import Account
from tenure.records.checks import Short, check_email
from tenure.records.practice_client import lay_out
from tenure.records.row import AccountRow, fact, said

FIELDS = {"scenario": "text", "number": "integer", "status": "text", "person": "id"}
declare("attempt.invited", "Invited to practise", internal=True, **FIELDS)
declare("attempt.begun", "Practice begun", internal=True, **FIELDS)
declare("attempt.handed_in", "Practice handed in", internal=True, **FIELDS)
declare("attempt.withdrawn", "Practice ended", internal=True, **FIELDS)
declare("attempt.link_renewed", "Practice link renewed", internal=True, **FIELDS)

VIEW = view("practice.view", "See the practice ground")
TEAM = "Practice ground"
LINK_LASTS = timedelta(days=14)
SALT = "tenure.practice"


class Attempt(AccountRow):
    """One go of one person at a scenario; `number` counts their goes at it. The account is their copy of the client."""

    class Status(models.TextChoices):
        INVITED = "invited", "Not begun"
        RUNNING = "running", "Under way"
        HANDED_IN = "handed_in", "Handed in"
        CONCLUDED = "concluded", "Assessed"
        WITHDRAWN = "withdrawn", "Ended"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="attempts")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="attempts")
    scenario = models.CharField(max_length=60)
    number = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.INVITED)
    invited_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True, blank=True)
    handed_in_at = models.DateTimeField(null=True, blank=True)
    link_number = models.PositiveSmallIntegerField(default=1)
    link_made_at = models.DateTimeField()

    noun: ClassVar[str] = "attempt"
    ledger_fields: ClassVar[tuple[str, ...]] = ("scenario", "number", "status")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "scenario", "number"], name="one_attempt_of_a_number"),
            models.UniqueConstraint(fields=["account"], name="one_attempt_on_a_copy"),
        ]

    @property
    def is_open(self) -> bool:
        """Whether its candidate may still come in by the link."""
        return self.status in (self.Status.INVITED, self.Status.RUNNING, self.Status.HANDED_IN)

    @property
    def link_ends_at(self) -> datetime:
        return self.link_made_at + LINK_LASTS


def check_practice() -> None:
    """Raises Refused where this home is a company's own: a candidate never acts beside real clients."""
    if not settings.PRACTICE:
        raise Refused("not_practice", "This home is in earnest; `tenure practice` makes one to practise in.")


def scenario_of(attempt: Attempt, actor: Actor) -> Scenario:
    """The scenario of an attempt. Raises Refused where the blueprint has it no longer."""
    found = actor.model.practice.get(attempt.scenario)
    if found is None:
        raise Refused("unknown_scenario", f"The blueprint has no scenario “{attempt.scenario}” any more.")
    return found


def check_own(attempt: Attempt, actor: Actor, *statuses: str) -> None:
    """Raises Refused unless the attempt is the actor's own and stands where the act belongs."""
    check_practice()
    if attempt.person_id != actor.id:
        raise Refused("not_yours", "Only the person who practises does this.")
    if attempt.status not in statuses:
        raise Refused("wrong_state", f"This attempt is {attempt.get_status_display().lower()}.")


def tell(kind: str, attempt: Attempt) -> None:
    fact(kind, attempt, person=attempt.person_id)


def is_candidate(actor: Actor) -> bool:
    """Whether somebody is here to practise: they have an attempt, and may not invite anybody to one."""
    if not settings.PRACTICE or actor.is_system or access.may(actor, "attempt.invite"):
        return False
    return Attempt.objects.filter(person_id=actor.id).exists()


def list_attempts(actor: Actor) -> models.QuerySet[Attempt]:
    """Of a candidate their own, of anybody else those within reach; the newest first."""
    rows = access.reach(Attempt.objects.select_related("account", "person"), actor, VIEW)
    if not access.may(actor, "attempt.invite"):
        rows = rows.filter(person_id=actor.id)
    return rows.order_by("-invited_at", "-pk")


def _team(actor: Actor) -> str:
    found = Team.objects.filter(name=TEAM).first() or create_team(name=TEAM, actor=actor)
    return found.pk


@operation("attempt.invite", label="Invite somebody to practise")
def invite_to_practice(*, scenario: str, name: Short, email: str, actor: Actor) -> Attempt:
    """Let somebody in to practise, with a client of their own. No mail is sent: the link is yours to hand over."""
    check_practice()
    if scenario not in actor.model.practice:
        raise Refused("unknown_scenario", f"The blueprint has no scenario “{scenario}”.", field="scenario")
    terms = actor.model.practice[scenario]
    machine = Actor.machine("practice")
    email = check_email(email).lower()
    person = Person.objects.filter(email=email).first()
    if person is None:
        name = said(name, "name", "their name")
        person = invite_person(name=name, email=email, role=terms.role, team=_team(machine), actor=machine)
    elif not person.memberships.filter(current(actor.day), role=terms.role).exists():
        label = actor.model.roles[terms.role].label
        raise Refused("other_role", f"{person.name} is here already, and not as {label}.", field="email")
    elif Attempt.objects.filter(person=person, scenario=scenario).exclude(status=Attempt.Status.WITHDRAWN).exists():
        raise Refused(
            "invited", f"{person.name} has been invited to this already; start it again there.", field="email"
        )
    return _open(person, scenario, terms, machine)


def _open(person: Person, key: str, terms: Scenario, machine: Actor) -> Attempt:
    last = Attempt.objects.filter(person=person, scenario=key).order_by("-number").first()
    account = lay_out(key, terms, person, machine)
    now = clock.now()
    attempt = Attempt.objects.create(
        account=account,
        person=person,
        scenario=key,
        number=last.number + 1 if last else 1,
        invited_at=now,
        link_made_at=now,
    )
    tell("attempt.invited", attempt)
    return attempt


@operation("attempt.withdraw", label="End an attempt")
def withdraw_attempt(attempt: Attempt, *, actor: Actor) -> Attempt:
    """End an attempt: its candidate comes in no longer, the client goes to whoever ends it, and all of it is kept."""
    check_practice()
    if attempt.status == Attempt.Status.WITHDRAWN:
        raise Refused("withdrawn", "This attempt has ended already.")
    attempt.status = Attempt.Status.WITHDRAWN
    attempt.save(update_fields=["status"])
    if actor.person is not None:
        role = scenario_of(attempt, actor).role
        assign(attempt.account, person=actor.person.pk, role=role, actor=Actor.machine("practice"))
    tell("attempt.withdrawn", attempt)
    return attempt


@operation("attempt.restart", label="Start again")
def restart_attempt(attempt: Attempt, *, actor: Actor) -> Attempt:
    """Give the same person a fresh copy of the client; what they did before is kept beside it."""
    check_practice()
    terms = scenario_of(attempt, actor)
    if attempt.is_open:
        withdraw_attempt(attempt, actor=actor)
    return _open(attempt.person, attempt.scenario, terms, Actor.machine("practice"))


@operation("attempt.renew_link", label="Make a new link")
def renew_link(attempt: Attempt, *, actor: Actor) -> Attempt:
    """Make another link; the one before lets nobody in any more."""
    check_practice()
    if not attempt.is_open:
        raise Refused("wrong_state", f"This attempt is {attempt.get_status_display().lower()}.")
    attempt.link_number, attempt.link_made_at = attempt.link_number + 1, clock.now()
    attempt.save(update_fields=["link_number", "link_made_at"])
    tell("attempt.link_renewed", attempt)
    return attempt


@operation("attempt.begin", label="Begin")
def begin_attempt(attempt: Attempt, *, actor: Actor) -> Attempt:
    """Begin: from now on the time is taken, and what is done counts."""
    check_own(attempt, actor, Attempt.Status.INVITED)
    attempt.status, attempt.begun_at = Attempt.Status.RUNNING, clock.now()
    attempt.save(update_fields=["status", "begun_at"])
    tell("attempt.begun", attempt)
    return attempt


@operation("attempt.hand_in", label="Hand in")
def hand_in(attempt: Attempt, *, actor: Actor) -> Attempt:
    """Say that it can be looked at. What is changed on the client afterwards is shown as later."""
    check_own(attempt, actor, Attempt.Status.RUNNING)
    attempt.status, attempt.handed_in_at = Attempt.Status.HANDED_IN, clock.now()
    attempt.save(update_fields=["status", "handed_in_at"])
    tell("attempt.handed_in", attempt)
    return attempt


def link_key(attempt: Attempt) -> str:
    """The secret part of the link by which a candidate comes in, again and again, until it ends or is replaced."""
    return signing.dumps([attempt.pk, attempt.link_number], salt=SALT)


def attempt_by_link(key: str) -> Attempt | None:
    """Whose link it is; None where it is made up, replaced or over, and in a home that is nobody's to practise in."""
    if not settings.PRACTICE:
        return None
    try:
        pk, number = signing.loads(key, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    found = Attempt.objects.select_related("person").filter(pk=pk, link_number=number).first()
    if found is None or not found.is_open or not found.person.is_active or found.scenario not in in_force().practice:
        return None
    return found if clock.now() < found.link_made_at + LINK_LASTS else None

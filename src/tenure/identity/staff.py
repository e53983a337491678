"""Acts on people: invite, change, assign, send on leave, export and erase."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from tenure.base import clock
from tenure.base.errors import Forbidden, Refused
from tenure.base.registry import Registry
from tenure.facts.contract import declare
from tenure.identity.accounts import AccountAnchor, Assignment
from tenure.identity.actor import Actor
from tenure.identity.holds import begin_hold, check_unheld, end_hold
from tenure.identity.hours import check_calendar, check_zone
from tenure.identity.operations import operation, record, view
from tenure.identity.people import Leave, Membership, Person, Pod, Team, current

declare("person.invited", "Joined the system", internal=True, role="text", level="text", team="id", pod="id")
declare("person.changed", "Person changed", internal=True, role="text", level="text", team="id", pod="id")
declare("person.deactivated", "Person left", internal=True)
declare("person.exported", "Person's data exported", internal=True)
declare("person.held", "Person held from erasure", internal=True, until="day")
declare("person.released", "Hold on a person lifted", internal=True)
declare("person.erased", "Person erased", internal=True)
declare("team.created", "Team created", internal=True)
declare("team.changed", "Team changed", internal=True)
declare("pod.created", "Pod created", internal=True, zone="text", calendar="text")
declare("pod.changed", "Pod changed", internal=True, zone="text", calendar="text")
declare("leave.taken", "Leave taken", internal=True)
declare("leave.cancelled", "Leave cancelled", internal=True)
declare("assignment.started", "Assigned", internal=True)
declare("assignment.ended", "Assignment ended", internal=True)

view("person.view", "See the people")
view("access.view", "See who may do what")
view("ledger.view", "See the whole ledger")
view("account.view", "See an account")
view("account.list", "See the portfolio")

PersonalData = Callable[[Person], dict[str, Any]]
EXPORTS: Registry[PersonalData] = Registry("exports of personal data")
ERASURES: Registry[Callable[[Person], None]] = Registry("erasures of personal data")
INVITATIONS: Registry[Callable[[Person, Actor], None]] = Registry("what follows an invitation")


def _check_role(actor: Actor, role: str, level: str) -> None:
    if role not in actor.model.roles:
        raise Refused("unknown_role", f"The blueprint has no role “{role}”.", field="role")
    if level and level not in actor.model.roles[role].levels:
        raise Refused("unknown_level", f"{actor.model.roles[role].label} has no level “{level}”.", field="level")


REACHES = ("own", "book", "pod", "team", "all")  # from the narrowest to the widest


def _check_not_wider(actor: Actor, operation_name: str, roles: Iterable[str]) -> None:
    """Nobody gives, changes or takes away a role that reaches further than their own."""
    if actor.is_system:
        return
    known = actor.model.roles
    widest = max((REACHES.index(known[role].reach) for role in actor.roles), default=-1)
    for role in roles:
        if role in known and REACHES.index(known[role].reach) > widest:
            rule = f"{known[role].label} reaches further than you do; somebody who reaches as far decides on that role."
            raise Forbidden(
                operation_name, rule, tuple(r.label for r in known.values() if r.reach == known[role].reach)
            )


def _roles_today(person: Person, actor: Actor) -> list[str]:
    return list(person.memberships.filter(current(actor.day)).values_list("role", flat=True))


@operation("person.invite", label="Invite somebody")
def invite_person(
    *,
    name: str,
    email: str,
    role: str,
    level: str = "",
    team: str | None = None,
    pod: str | None = None,
    zone: str = "",
    calendar: str = "",
    joined_on: date | None = None,
    is_demo: bool = False,
    actor: Actor,
) -> Person:
    """Let somebody in, with a role from today (or from the day they joined). They get a mail to set their password."""
    email = email.strip().lower()
    _check_role(actor, role, level)
    _check_not_wider(actor, "person.invite", [role])
    if Person.objects.filter(email=email).exists():
        raise Refused("taken", f"{email} is in use already.", field="email")
    kind = Person.Kind.CLIENT if actor.model.roles[role].portal else Person.Kind.STAFF
    person = Person.objects.create_user(
        email,
        name=name.strip(),
        kind=kind,
        zone=check_zone(zone),
        calendar=check_calendar(calendar, actor.model),
        joined_on=joined_on or actor.day,
        is_demo=is_demo,
    )
    person.memberships.create(role=role, level=level, team_id=team, pod_id=pod, from_day=joined_on or actor.day)
    record("person.invited", person, role=role, level=level, team=team, pod=pod)
    # Whoever the machine lets in, as in a new home or a demonstration, hears of it from whoever runs it.
    if not actor.is_system:
        for name in INVITATIONS:
            INVITATIONS[name](person, actor)
    return person


@operation("person.change", label="Change somebody's role")
def change_person(
    person: Person,
    *,
    name: str | None = None,
    role: str | None = None,
    level: str = "",
    team: str | None = None,
    pod: str | None = None,
    zone: str | None = None,
    calendar: str | None = None,
    actor: Actor,
) -> Person:
    """Change a person. A new role, level, team or pod ends the membership of yesterday and begins one today."""
    _check_not_wider(actor, "person.change", [*_roles_today(person, actor), *([role] if role else [])])
    if role is not None and person.pk == actor.id:
        raise Refused("yourself", "Somebody else must change your own role.", field="role")
    check_zone(zone or "")
    check_calendar(calendar or "", actor.model)
    for field, value in (("name", name), ("zone", zone), ("calendar", calendar)):
        if value is not None:
            setattr(person, field, value)
    person.save()
    if role is not None:
        _check_role(actor, role, level)
        person.memberships.filter(from_day=actor.day).delete()
        for held in person.memberships.filter(current(actor.day)):
            held.until_day = date.fromordinal(actor.day.toordinal() - 1)
            held.save(update_fields=["until_day"])
        person.memberships.create(role=role, level=level, team_id=team, pod_id=pod, from_day=actor.day)
    record("person.changed", person, role=role or "", level=level, team=team, pod=pod)
    return person


@operation("person.deactivate", label="End somebody's access")
def deactivate_person(person: Person, *, actor: Actor) -> Person:
    """End a person's access; what they did stays. Their book must have gone to others first."""
    _check_not_wider(actor, "person.deactivate", _roles_today(person, actor))
    if Assignment.objects.filter(current(actor.day), person=person).exclude(role="client").exists():
        raise Refused("has_accounts", f"{person.name} still has accounts; hand them over first.")
    person.is_active = False
    person.save(update_fields=["is_active"])
    record("person.deactivated", person)
    return person


@operation("person.export", label="Export somebody's data")
def export_person(person: Person, *, actor: Actor) -> dict[str, Any]:
    """Everything that is kept about a person, as plain data by room."""
    record("person.exported", person)
    memberships = person.memberships.order_by("from_day").values("role", "level", "from_day", "until_day")
    own = {
        "name": person.name,
        "email": person.email,
        "zone": person.zone,
        "joined_on": person.joined_on,
        "held_until": person.held_until,
        "held_because": person.held_because,
        "memberships": list(memberships),
    }
    return {"person": own} | {name: EXPORTS[name](person) for name in EXPORTS}


@operation("person.hold", label="Hold somebody from being erased")
def hold_person(person: Person, *, reason: str, until_day: date, actor: Actor) -> Person:
    """Keep somebody named in a matter that runs from being erased, up to a day at most a year ahead."""
    begin_hold(person, reason=reason, until_day=until_day, actor=actor)
    record("person.held", person, until=until_day)
    return person


@operation("person.release", label="Lift the hold on somebody")
def release_person(person: Person, *, actor: Actor) -> Person:
    """Say that the matter is over: retention and whoever may erase them count again."""
    end_hold(person, actor=actor)
    record("person.released", person)
    return person


@operation("person.erase", label="Erase somebody's data")
def erase_person(person: Person, *, actor: Actor) -> Person:
    """Remove what identifies a person from every room. Their acts stay in the ledger under an id without a name."""
    if person.id == actor.id:
        raise Refused("yourself", "Somebody else must erase you.")
    check_unheld(person, actor)
    for name in ERASURES:
        ERASURES[name](person)
    person.name, person.email, person.zone = "Erased person", None, ""
    person.held_until, person.held_because = None, ""
    person.is_active, person.erased_at = False, clock.now()
    person.set_unusable_password()
    person.save()
    record("person.erased", person)
    return person


@operation("team.create", label="Create a team")
def create_team(*, name: str, actor: Actor) -> Team:
    """Create a team."""
    _check_free(Team, name)
    team = Team.objects.create(name=name.strip())
    record("team.created", team)
    return team


@operation("team.change", label="Rename a team")
def change_team(team: Team, *, name: str, actor: Actor) -> Team:
    """Rename a team."""
    _check_free(Team, name)
    team.name = name.strip()
    team.save(update_fields=["name"])
    record("team.changed", team)
    return team


@operation("pod.create", label="Create a pod")
def create_pod(*, name: str, zone: str = "", calendar: str = "", actor: Actor) -> Pod:
    """Create a pod; its people and the clients it serves count in its hours where they have none of their own."""
    _check_free(Pod, name)
    pod = Pod(name=name.strip(), zone=check_zone(zone), calendar=check_calendar(calendar, actor.model))
    pod.save()
    record("pod.created", pod)
    return pod


@operation("pod.change", label="Change a pod")
def change_pod(
    pod: Pod, *, name: str | None = None, zone: str | None = None, calendar: str | None = None, actor: Actor
) -> Pod:
    """Rename a pod or give it other hours; promises that run already keep the hours under which they were made."""
    if name is not None and name.strip() != pod.name:
        _check_free(Pod, name)
        pod.name = name.strip()
    pod.zone = pod.zone if zone is None else check_zone(zone)
    pod.calendar = pod.calendar if calendar is None else check_calendar(calendar, actor.model)
    pod.save()
    record("pod.changed", pod)
    return pod


def _check_free(noun: type[Team] | type[Pod], name: str) -> None:
    if not name.strip():
        raise Refused("nameless", "Give it a name.", field="name")
    if noun.objects.filter(name=name.strip()).exists():
        raise Refused("taken", f"There is a “{name.strip()}” already.", field="name")


def _check_own_leave(actor: Actor, operation_name: str, person_id: str) -> None:
    """Leave is one's own; that of others is entered by whoever leads a team or sees everything."""
    if actor.is_system or person_id == actor.id:
        return
    if not any(actor.model.roles[role].reach in ("team", "all") for role in actor.roles):
        raise Forbidden(operation_name, "Leave of somebody else is entered by whoever leads them.")


@operation("leave.take", label="Take leave")
def take_leave(person: Person, *, cover: str, from_day: date, until_day: date, reason: str = "", actor: Actor) -> Leave:
    """Be away from one day to another; clocks, Today, credit and reach follow the cover."""
    _check_own_leave(actor, "leave.take", person.pk)
    if until_day < from_day:
        raise Refused("backwards", "The last day lies before the first.", field="until_day")
    covering = Person.objects.filter(pk=cover, is_active=True).first()
    if covering is None or covering.pk == person.pk:
        raise Refused("no_cover", "Name a colleague who covers.", field="cover")
    if person.leaves.filter(from_day__lte=until_day, until_day__gte=from_day).exists():
        raise Refused("overlaps", f"{person.name} is away on some of these days already.", field="from_day")
    leave = Leave.objects.create(
        person=person, cover=covering, from_day=from_day, until_day=until_day, reason=reason[:60]
    )
    record("leave.taken", leave)
    return leave


@operation("leave.cancel", label="Cancel leave")
def cancel_leave(leave: Leave, *, actor: Actor) -> None:
    """Call off leave, or end it today where it runs: the book is handed back."""
    _check_own_leave(actor, "leave.cancel", leave.person_id)
    if leave.until_day < actor.day:
        raise Refused("over", "This leave is over: nothing is left to call off.")
    record("leave.cancelled", leave)
    if leave.from_day < actor.day:
        leave.until_day = date.fromordinal(actor.day.toordinal() - 1)
        leave.save(update_fields=["until_day"])
    else:
        leave.delete()


@operation("account.assign", label="Assign somebody to an account")
def assign(account: AccountAnchor, *, person: str, role: str, from_day: date | None = None, actor: Actor) -> Assignment:
    """Give a role on the account to a person from a day; whoever held it until then ends the day before."""
    _check_role(actor, role, "")
    found = Person.objects.filter(pk=person, is_active=True).first()
    if found is None:
        raise Refused("unknown_person", "There is no such person.", field="person")
    start = from_day or actor.day
    single = not actor.model.roles[role].portal
    for held in Assignment.objects.filter(current(start), account=account, role=role) if single else ():
        if held.person_id == found.pk:
            return held
        _end(held, start)
    made = Assignment.objects.create(account_id=account.pk, person=found, role=role, from_day=start)
    record("assignment.started", made, account_id=account.pk)
    return made


@operation("account.unassign", label="Take somebody off an account")
def unassign(account: AccountAnchor, *, person: str, role: str, actor: Actor) -> None:
    """End a person's role on the account as of today."""
    held = Assignment.objects.filter(current(actor.day), account=account, person_id=person, role=role).first()
    if held is None:
        raise Refused("not_assigned", "This person does not hold the role on this account.")
    _end(held, actor.day)


def _end(held: Assignment, day: date) -> None:
    if held.from_day >= day:
        record("assignment.ended", held, account_id=held.account_id)
        held.delete()
        return
    held.until_day = date.fromordinal(day.toordinal() - 1)
    held.save(update_fields=["until_day"])
    record("assignment.ended", held, account_id=held.account_id)


def leads(actor: Actor) -> list[Membership]:
    """Memberships of today whose role reaches a team: whom an escalation or an absent role passes to."""
    roles = [role for role, definition in actor.model.roles.items() if definition.reach == "team"]
    return list(
        Membership.objects.filter(current(actor.day), role__in=roles, person__is_active=True).select_related("person")
    )

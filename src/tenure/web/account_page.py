"""What the page of an account tells, top to bottom: its state in a sentence, its way, its promises, its people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Max

from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.identity.access import may
from tenure.identity.accounts import Assignment
from tenure.identity.actor import Actor
from tenure.identity.people import current
from tenure.records.account import Account
from tenure.records.contact import Contact
from tenure.records.goal import Goal
from tenure.records.lookup import (
    list_actions,
    list_contacts,
    list_contracts,
    list_deliverables,
    list_goals,
    list_issues,
    list_meetings,
    list_unanswered,
)
from tenure.web import drawing, wording
from tenure.web.portfolio import primary_card
from tenure.web.portfolio_rows import Drawn, scale_of
from tenure.work.commitments import Opening
from tenure.work.plays import Play
from tenure.work.signals import OpenSignal
from tenure.work.standing import Standing
from tenure.work.tasks import Task

DAY = timedelta(days=1)


@dataclass(frozen=True)
class StageShown:
    """A stage as the journey draws it."""

    label: str
    when: str
    place: str
    verdict: str = ""
    words: str = ""


def journey(account: Account, actor: Actor) -> list[StageShown]:
    """The stages of the journey that the account is on; none where it is on none."""
    found = next((each for each in actor.model.journeys.values() if account.stage in each.stages), None)
    if found is None:
        return []
    keys = list(found.stages)
    now = keys.index(account.stage)
    shown = []
    for index, key in enumerate(keys):
        stage = found.stages[key]
        if index == now:
            days = (clock.now() - account.stage_since).days if account.stage_since else None
            since = wording.day(account.stage_since.date(), actor.day) if account.stage_since else ""
            shown.append(StageShown(stage.label, f"since {since}" if since else "", "now", "running", _for(days)))
        else:
            shown.append(StageShown(stage.label, "", "behind" if index < now else "ahead"))
    return shown


def _for(days: int | None) -> str:
    return "now" if days is None else f"day {days}"


@dataclass(frozen=True)
class Promise:
    """A rule of the blueprint as it went for this account: what runs now and what came of the earlier ones."""

    key: str
    label: str
    promise: str
    kind: str
    current: Opening | None
    drawing: str
    verdict: str
    words: str
    met: int
    judged: int


def promises(account: Account, model: Model, now: datetime) -> list[Promise]:
    """Every promise that was ever opened for the account, what runs first; two queries whatever their number."""
    by_rule: dict[str, list[Opening]] = defaultdict(list)
    for opening in Opening.objects.filter(account_id=account.pk).order_by("-opened_at")[:400]:
        by_rule[opening.rule].append(opening)
    made = [_promise(key, model, openings, now) for key, openings in by_rule.items() if key in model.commitments]
    return sorted(made, key=lambda p: (p.current is None, p.current.due_at if p.current and p.current.due_at else now))


def _promise(key: str, model: Model, openings: list[Opening], now: datetime) -> Promise:
    terms = model.commitments[key]
    running = [each for each in openings if each.is_open]
    current = min(running, key=lambda each: each.due_at or now) if running else None
    judged = [each for each in openings if each.status in (Opening.Status.MET, Opening.Status.MISSED)]
    met = sum(each.status == Opening.Status.MET for each in judged)
    said = f"{met} of {len(judged)} kept" if judged else "none judged yet"
    shown = [str(each.status) for each in reversed(judged[:8])] + ["running"] * bool(current)
    if terms.kind == "clock" and current is not None and len(judged) < 2:
        image = drawing.used(spent(current, now), label=used_words(current, now), state=current.status, width=120)
    else:
        image = drawing.verdicts(shown, label=said)
    state, words = verdict_words(current or openings[0], now)
    promise = terms.promise or terms.label
    return Promise(key, terms.label, promise, terms.kind, current, image, state, words, met, len(judged))


def spent(opening: Opening, now: datetime) -> float:
    """How much of a clock is used, in per cent of the time from its opening to its due moment."""
    if opening.due_at is None or opening.due_at <= opening.opened_at:
        return 0.0
    end = opening.paused_since or now
    return min(100.0, max(0.0, (end - opening.opened_at) / (opening.due_at - opening.opened_at) * 100))


def used_words(opening: Opening, now: datetime) -> str:
    return f"{spent(opening, now):.0f} % of the time used"


def verdict_words(opening: Opening, now: datetime) -> tuple[str, str]:
    """The state of a promise and what a tag says of it, such as ``5 h 50 left`` or ``1 d late``."""
    status = opening.status
    if status == Opening.Status.MET:
        took = opening.met_at - opening.opened_at if opening.met_at else None
        return "met", f"in {wording.span(took)}" if took is not None and took > timedelta(0) else "kept"
    if status == Opening.Status.MISSED:
        return "missed", "missed, the client’s" if opening.whose == Opening.Whose.CLIENT else "missed"
    if status == Opening.Status.PAUSED:
        return "paused", "paused"
    if status == Opening.Status.CANCELLED or opening.due_at is None:
        return "unknown", opening.get_status_display().lower()
    left = opening.due_at - now
    if left < timedelta(0):
        return "missed", f"{wording.span(-left)} over"
    return str(status), f"{wording.span(left)} left"


@dataclass(frozen=True)
class GoalShown:
    """A goal with its drawing and its share attained."""

    goal: Goal
    drawing: str
    share: str
    why: str


def goals(account: Account, actor: Actor) -> list[GoalShown]:
    """The outcomes of the results plan, the home run first."""
    rows = list_goals(actor, account).exclude(status=Goal.Status.DROPPED)
    return [_goal(goal, actor) for goal in sorted(rows, key=lambda g: (not g.home_run, g.due_on or actor.day))]


def _goal(goal: Goal, actor: Actor) -> GoalShown:
    metric = actor.model.metrics.get(goal.metric)
    unit = goal.unit or (metric.unit if metric else "")
    about = [metric.label if metric else "", f"by {wording.day(goal.due_on, actor.day)}" if goal.due_on else ""]
    if goal.client_confirmed_at:
        about.append("confirmed by the client")
    share, image = "—", ""
    if goal.baseline is not None and goal.target is not None and goal.baseline != goal.target:
        if goal.current is not None:
            done = (goal.current - goal.baseline) / (goal.target - goal.baseline)
            share = wording.percent(max(Decimal(0), done))
        words = tuple(wording.number(each) for each in (goal.baseline, goal.current, goal.target))
        label = f"From {words[0]} to {words[1]}; target {words[2]} {unit}".strip()
        image = drawing.goal(
            goal.current, label=label, baseline=goal.baseline, target=goal.target, pace=_pace(goal, actor), words=words
        )
    return GoalShown(goal, image, share, " · ".join(word for word in about if word))


def _pace(goal: Goal, actor: Actor) -> Decimal | None:
    """Where a goal should stand today, on a straight line from when it was set to when it is due."""
    if goal.due_on is None or goal.baseline is None or goal.target is None:
        return None
    whole = (goal.due_on - goal.set_at.date()).days
    gone = (actor.day - goal.set_at.date()).days
    if whole <= 0 or not 0 <= gone <= whole:
        return None
    return goal.baseline + (goal.target - goal.baseline) * Decimal(gone) / Decimal(whole)


@dataclass(frozen=True)
class PersonShown:
    """A contact with what one wants to know before calling."""

    contact: Contact
    why: str
    silent_days: int | None


def people(account: Account, actor: Actor) -> list[PersonShown]:
    """The contacts who are still there, with how long ago each was last in touch; two queries."""
    rows = list_contacts(actor, account).filter(left_on=None, erased_at=None).annotate(last=Max("messages__at"))
    shown = []
    for contact in rows[:30]:
        days = (clock.now() - contact.last).days if contact.last else None
        words = [contact.title or contact.get_role_display()]
        if contact.strength:
            words.append({1: "hardly known", 2: "weak", 3: "fair", 4: "good", 5: "strong"}[contact.strength])
        words.append("never written to" if days is None else "wrote today" if days == 0 else f"{days} d ago")
        shown.append(PersonShown(contact, " · ".join(words), days))
    return shown


def terms(account: Account, standing: Standing, actor: Actor) -> list[tuple[str, str]]:
    """The facts one looks up: contract, notice, who works for the account, when they like to meet."""
    found: list[tuple[str, str]] = []
    for contract in list_contracts(actor, account).filter(status="active")[:2]:
        end = f", ends {wording.day(contract.ends_on, actor.day)}" if contract.ends_on else ", no end"
        found.append(("Contract", f"{wording.money(contract.amount, contract.currency)} a year{end}"))
        if contract.ends_on and contract.notice_days is not None:
            notice = contract.ends_on - contract.notice_days * DAY
            by_itself = ", renews by itself" if contract.auto_renew else ""
            found.append(("Notice by", f"{wording.day(notice, actor.day)}{by_itself}"))
    labels = {key: role.label for key, role in actor.model.roles.items()}
    held = Assignment.objects.filter(current(actor.day), account_id=account.pk).select_related("person")
    for assignment in held.order_by("role", "from_day"):
        if not actor.model.roles[assignment.role].portal if assignment.role in actor.model.roles else False:
            since = wording.day(assignment.from_day, actor.day)
            found.append((labels[assignment.role], f"{assignment.person.name}, since {since}"))
    if account.preferred_slot:
        slot = account.preferred_slot
        found.append(
            ("Preferred slot", f"{slot['weekday'].capitalize()} {slot['time']} {slot.get('zone', '')}".strip())
        )
    found += [
        (actor.model.fields[key].label, str(value))
        for key, value in account.custom.items()
        if key in actor.model.fields
    ]
    if standing.coverage is not None:
        found.append(("Score covers", f"{wording.percent(standing.coverage)} of its weight"))
    if standing.fresh_at:
        found.append(("Data to", wording.moment(standing.fresh_at, actor.day)))
    return found


@dataclass(frozen=True)
class PartShown:
    """A part of the score beside the scale."""

    label: str
    steps: float | None
    said: str
    low: bool
    value: str | None
    href: str


def parts(standing: Standing, href: str) -> list[PartShown]:
    """The parts of the score as five steps each, as the standing keeps them."""
    shown = []
    for part in standing.parts:
        level = part.get("level")
        said = f"{part['label']} {'unknown' if level is None else f'{level} of 5'}"
        shown.append(
            PartShown(
                part["label"],
                level,
                said,
                level is not None and level <= 2,
                None if level is None else str(level),
                href,
            )
        )
    return shown


def context(account: Account, standing: Standing, actor: Actor, evidence: str) -> dict[str, Any]:
    """Everything that the page shows; about twenty queries, whatever the account has lived through."""
    now = clock.now()
    card = primary_card(actor.model)
    signals = OpenSignal.objects.filter(account_id=account.pk, state=OpenSignal.State.FIRING).select_related("owner")
    plays = list(Play.objects.filter(account_id=account.pk, status=Play.Status.RUNNING).prefetch_related("steps"))
    return {
        "account": account,
        "row": Drawn(standing, actor),
        "card": card,
        "scale": scale_of(actor.model),
        "parts": parts(standing, evidence),
        "evidence": evidence,
        "journey": journey(account, actor),
        "promises": promises(account, actor.model, now),
        "goals": goals(account, actor),
        "signals": signal_rows(signals, plays, actor.model, now),
        "plays": [(play, playbook_label(play, actor.model), list(play.steps.all())) for play in plays],
        "waits": list_actions(actor, account).filter(client_owned=True, status="open")[:6],
        "tasks": Task.objects.filter(account_id=account.pk, status=Task.Status.OPEN).select_related("owner")[:8],
        "unanswered": list_unanswered(actor, account)[:5],
        "meetings": list_meetings(actor, account)[:6],
        "deliverables": list_deliverables(actor, account)[:6],
        "issues": list_issues(actor, account).exclude(status="resolved")[:6],
        "people": people(account, actor),
        "terms": terms(account, standing, actor),
        "meeting_labels": {key: kind.label for key, kind in actor.model.meetings.items()},
        "acts": open_acts(actor),
        "playbooks": list(actor.model.playbooks.items()),
    }


@dataclass(frozen=True)
class SignalShown:
    signal: OpenSignal
    label: str
    why: str
    play: Play | None
    is_snoozed: bool


def signal_rows(signals: Any, plays: Sequence[Play], model: Model, now: datetime) -> list[SignalShown]:
    """The firing signals, the gravest first, each with the play that runs for it."""
    order = {"red": 0, "yellow": 1, "green": 2}
    by_rule = {play.rule: play for play in plays}
    shown = []
    for signal in sorted(signals, key=lambda each: (order.get(each.severity, 3), each.since)):
        label = model.signals[signal.rule].label if signal.rule in model.signals else signal.rule
        why = f"{signal.reason} · " if signal.reason else ""
        why += f"firing for {wording.span(now - (signal.fired_at or signal.since))}"
        snoozed = signal.snoozed_until is not None and signal.snoozed_until > now
        shown.append(SignalShown(signal, label, why, by_rule.get(signal.rule), snoozed))
    return shown


def playbook_label(play: Play, model: Model) -> str:
    return model.playbooks[play.playbook].label if play.playbook in model.playbooks else play.playbook


def open_acts(actor: Actor) -> set[str]:
    """Names of the acts on an account that are open to the reader."""
    names = ("note.log", "message.log", "meeting.schedule", "task.create", "issue.open", "contact.add", "goal.set")
    more = ("account.change", "account.plan_next_step", "account.set_stage", "account.close", "contract.start")
    last = (
        "play.start",
        "deliverable.plan",
        "point.enter",
        "activity.log",
        "signal.snooze",
        "commitment.pause",
        "action.add",
    )
    return {name for name in (*names, *more, *last) if may(actor, name)}

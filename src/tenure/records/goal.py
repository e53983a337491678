"""The goal: an outcome that the client wants, from a baseline to a target by a day, with its evidence."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from django.db import models
from django.db.models import Q, QuerySet
from pydantic import Field

from tenure.base.duration import parse
from tenure.base.errors import Refused
from tenure.facts.contract import declare
from tenure.identity.actor import Actor
from tenure.identity.hours import calendar_of_company
from tenure.identity.operations import operation
from tenure.identity.people import Person
from tenure.measures.progress import Reading, expected
from tenure.records.account import Account
from tenure.records.checks import Code, Short, Text, check_word
from tenure.records.row import NOW, UNSET, AccountRow, Moment, When, colleague, fact, said, set_fields, when
from tenure.records.withdrawal import undo

Figure = Annotated[Decimal, Field(max_digits=18, decimal_places=4)]
FIELDS = {
    "type": "text",
    "metric": "text",
    "baseline": "number",
    "target": "number",
    "current": "number",
    "due_on": "day",
    "status": "text",
    "home_run": "boolean",
    "owner": "id",
}
declare("goal.set", "Goal set", internal=False, **FIELDS)
declare("goal.changed", "Goal changed", internal=False, **FIELDS, changed="list")
declare("goal.attained", "Goal attained", internal=False, **FIELDS)
declare("goal.missed", "Goal missed", internal=True, **FIELDS, cause="text")
declare("goal.dropped", "Goal dropped", internal=True, **FIELDS, reason="text")
declare("goal.agreed", "Goal agreed by the client", internal=False, **FIELDS)
declare("goal.confirmed", "Goal confirmed by the client", internal=False, **FIELDS)
declare("goal.withdrawn", "Goal taken back", internal=True, **FIELDS, fact="text")


TERMS = {"title", "metric", "unit", "baseline", "target", "due_on"}


class Goal(AccountRow):
    """One outcome of a results plan. `title` and `evidence` are for the client to read too."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        ATTAINED = "attained", "Attained"
        MISSED = "missed", "Missed"
        DROPPED = "dropped", "Dropped"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="goals")
    title = models.CharField(max_length=200)
    type = models.CharField(max_length=60, blank=True)  # the kind of goal of the blueprint that it was made from
    metric = models.CharField(max_length=60, blank=True)
    unit = models.CharField(max_length=60, blank=True)
    baseline = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    target = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    current = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    due_on = models.DateField(null=True, blank=True)
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="goals")
    home_run = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    evidence = models.TextField(blank=True)
    reading = models.JSONField(default=dict)  # the figure as the night or a look last read it from its metric's points
    client_visible = models.BooleanField(default=True)
    set_at = models.DateTimeField()
    agreed_at = models.DateTimeField(null=True, blank=True)  # when the client said yes to these terms
    judged_at = models.DateTimeField(null=True, blank=True)
    client_confirmed_at = models.DateTimeField(null=True, blank=True)

    noun: ClassVar[str] = "goal"
    ledger_fields: ClassVar[tuple[str, ...]] = tuple(name for name in FIELDS if name != "owner")
    client_sees: ClassVar[Q | None] = Q(client_visible=True)

    class Meta:
        indexes = [models.Index(fields=["account", "status", "due_on"])]

    def __str__(self) -> str:
        return self.title

    @property
    def follows_points(self) -> bool:
        """Whether its figure is read from points: it has a metric, and nobody has said yet how it ended."""
        return bool(self.metric) and self.status == self.Status.OPEN

    @property
    def read(self) -> Reading | None:
        """The figure as it was last read from points, and what it was read from; None before it was read."""
        return Reading.of(self.reading)

    @property
    def now(self) -> Decimal | None:
        """Where the figure stands: as its points say, else as somebody typed it. None where that is unknown."""
        if not self.follows_points:
            return self.current
        found = self.read
        return None if found is None or found.value is None else Decimal(str(found.value))

    @property
    def progress(self) -> Decimal | None:
        """The share of the way from baseline to target, 0 to 1 and beyond; None (unknown) where a figure is missing."""
        now = self.now
        if self.baseline is None or self.target is None or now is None or self.target == self.baseline:
            return None
        return (now - self.baseline) / (self.target - self.baseline)

    @property
    def rises(self) -> bool:
        """Whether more of it is better."""
        return self.baseline is None or self.target is None or self.target >= self.baseline

    def pace(self, day: date) -> Decimal | None:
        """Where the figure should stand on a day; None outside of its time, and where an end is unknown."""
        return expected(self.baseline, self.target, self.set_at.date(), self.due_on, day)


def _record(kind: str, goal: Goal, times: When = NOW, **data: Any) -> None:
    fact(kind, goal, times, owner=goal.owner_id, **data)


def _check_open(goal: Goal) -> None:
    if goal.status != Goal.Status.OPEN:
        raise Refused("judged", f"This goal is {goal.get_status_display().lower()} already.")


@operation("goal.set", label="Set a goal", undo="goal.withdraw")
def set_goal(
    account: Account,
    *,
    title: Short,
    type: str = "",
    metric: str = "",
    unit: Short = "",
    baseline: Figure | None = None,
    target: Figure | None = None,
    due_on: date | None = None,
    owner: str | None = None,
    home_run: bool = False,
    client_visible: bool = True,
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Goal:
    """Set a goal with its figures. A kind of goal brings its metric, and the day by which it is due."""
    times = when(actor, at, known_at)
    kind = actor.model.goals.get(check_word("goal", type, actor.model.goals, "type"))
    metric = metric or (kind.metric if kind else None) or ""
    check_word("metric", metric, actor.model.metrics, "metric")
    if due_on is None and kind is not None:
        due_on = _due(kind.within, actor, times)
    goal = Goal.objects.create(
        account=account,
        title=said(title, "title", "what is to be reached"),
        type=type,
        metric=metric,
        unit=unit.strip()[:60] or (actor.model.metrics[metric].unit if metric else ""),
        baseline=baseline,
        target=target,
        current=baseline,
        due_on=due_on,
        owner=colleague(owner) or actor.person,
        home_run=home_run or (kind is not None and kind.home_run),  # a box left empty makes no less of its kind
        client_visible=client_visible,
        set_at=times.moment,
    )
    _record("goal.set", goal, times)
    return goal


def _due(within: str, actor: Actor, times: When) -> date:
    """The day on which a kind of goal falls due, in the company's days."""
    calendar = calendar_of_company(actor.model)
    return calendar.day_of(calendar.add(times.moment, parse(within)))


@operation("goal.change", label="Change a goal")
def change_goal(
    goal: Goal,
    *,
    title: Short = UNSET,
    metric: str = UNSET,
    unit: Short = UNSET,
    baseline: Figure | None = UNSET,
    target: Figure | None = UNSET,
    current: Figure | None = UNSET,
    due_on: date | None = UNSET,
    owner: str | None = UNSET,
    home_run: bool = UNSET,
    evidence: Text = UNSET,
    client_visible: bool = UNSET,
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Goal:
    """Change what is given. The terms of a judged goal stay as they are. Where the figure stands now is typed, with
    what shows it, only where no metric says it."""
    times = when(actor, at, known_at)
    if any(term is not UNSET for term in (metric, baseline, target, due_on, home_run)):
        _check_open(goal)
    if current is not UNSET and current != goal.current:
        _check_typed(goal, metric, evidence)
    changed = set_fields(
        goal,
        title=title if title is UNSET else said(title, "title", "what is to be reached"),
        metric=metric if metric is UNSET else check_word("metric", metric, actor.model.metrics, "metric"),
        unit=unit if unit is UNSET else unit.strip()[:60],
        baseline=baseline,
        target=target,
        current=current,
        due_on=due_on,
        owner=owner if owner is UNSET else colleague(owner),
        home_run=home_run,
        evidence=evidence,
        client_visible=client_visible,
    )
    if changed:
        if TERMS & set(changed):
            goal.agreed_at = None  # the client said yes to other terms
        goal.save(update_fields=[*changed, "agreed_at"])
        _record("goal.changed", goal, times, changed=changed)
    return goal


def _check_typed(goal: Goal, metric: str, evidence: str) -> None:
    if goal.metric if metric is UNSET else metric:
        mend = "Enter a figure of the metric instead, or take the metric off this one."
        raise Refused("follows_points", f"It stands where the points of its metric say. {mend}", field="current")
    if not (goal.evidence if evidence is UNSET else evidence).strip():
        raise Refused("no_evidence", "Say what shows it: a count, a link, the client's words.", field="evidence")


@operation("goal.judge", label="Say how a goal ended")
def judge_goal(
    goal: Goal,
    *,
    attained: bool,
    evidence: Text = "",
    current: Figure | None = None,
    cause: Code | None = None,
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Goal:
    """Say that a goal was attained, with its evidence, or missed, with the cause."""
    _check_open(goal)
    times = when(actor, at, known_at)
    goal.evidence = evidence.strip() or goal.evidence
    if attained and not goal.evidence:
        raise Refused("no_evidence", "Say what shows it: a figure, a link, the client's words.", field="evidence")
    goal.current = goal.now if current is None else current
    goal.status, goal.judged_at = Goal.Status.ATTAINED if attained else Goal.Status.MISSED, times.moment
    goal.save(update_fields=["evidence", "current", "status", "judged_at"])
    if attained:
        _record("goal.attained", goal, times)
    else:
        _record("goal.missed", goal, times, cause=cause)
    return goal


@operation("goal.drop", label="Drop a goal")
def drop_goal(
    goal: Goal, *, reason: Code, at: Moment | None = None, known_at: Moment | None = None, actor: Actor
) -> Goal:
    """Give a goal up, for a reason; it counts neither as attained nor as missed."""
    _check_open(goal)
    times = when(actor, at, known_at)
    goal.status, goal.judged_at = Goal.Status.DROPPED, times.moment
    goal.save(update_fields=["status", "judged_at"])
    _record("goal.dropped", goal, times, reason=reason)
    return goal


def to_agree(account_id: str) -> QuerySet[Goal]:
    """The open outcomes that a client sees and has not said yes to as they are."""
    return Goal.objects.filter(account_id=account_id, status=Goal.Status.OPEN, client_visible=True, agreed_at=None)


@operation("goal.agree", label="Confirm the plan as the client")
def agree_goals(account: Account, *, at: Moment | None = None, actor: Actor) -> list[Goal]:
    """Say, as the client, that the plan as it stands is what was agreed: every open outcome of it."""
    times, goals = when(actor, at), list(to_agree(account.pk).order_by("set_at", "pk"))
    if not goals:
        raise Refused("agreed", "There is nothing in the plan to confirm.")
    for goal in goals:
        goal.agreed_at = times.moment
        goal.save(update_fields=["agreed_at"])
        _record("goal.agreed", goal, times)
    return goals


@operation("goal.confirm", label="Confirm a goal as the client")
def confirm_goal(goal: Goal, *, at: Moment | None = None, known_at: Moment | None = None, actor: Actor) -> Goal:
    """Say, as the client, that what was attained was worth it."""
    if goal.status != Goal.Status.ATTAINED:
        raise Refused("not_attained", "This goal is not marked as attained.")
    if goal.client_confirmed_at:
        raise Refused("confirmed", "This goal is confirmed already.")
    times = when(actor, at, known_at)
    goal.client_confirmed_at = times.moment
    goal.save(update_fields=["client_confirmed_at"])
    _record("goal.confirmed", goal, times)
    return goal


@operation("goal.withdraw", label="Undo a goal")
def withdraw_goal(goal: Goal, *, actor: Actor) -> None:
    """Take back a goal that was just set."""
    undo(goal, actor)

"""What the system asks of people, read as they read it: promises, tasks, signals, misses, escalations, requests."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import F

from tenure.blueprint.model import Trigger
from tenure.identity.requests import ActRequest
from tenure.simulation import errands, gatherings, letters
from tenure.simulation.chance import Chance
from tenure.simulation.office import Case, Office
from tenure.simulation.wishes import wish_of
from tenure.work.commitments import Opening
from tenure.work.escalations import Escalation
from tenure.work.signals import OpenSignal
from tenure.work.tasks import Task

# What people see to by themselves when it comes up, and not because a promise reminds them.
BY_THEMSELVES = frozenset(
    [
        "message.settled",
        "issue.responded",
        "issue.resolved",
        "meeting.notes_sent",
        "rating.given",
        "play.started",
        "play.step_done",
    ]
)
LOOK_AGAIN = timedelta(days=4)
MEETINGS_AHEAD = timedelta(days=20)  # further ahead nobody fixes a date
OLD_MISS = timedelta(days=6)


class Desk:
    """What was read from the system's lists, and when each row is to be looked at again."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self._looked: dict[str, datetime] = {}
        self._keys = {person.pk: key for key, person in office.doors.people.items() if not key.startswith("client:")}
        self._main = office.plan.main_role
        # What a journey brings about in its own time is not done before its turn, promise or no promise.
        stages = [stage for journey in office.model.journeys.values() for stage in journey.stages.values()]
        self._on_the_way = [item.done_by for stage in stages for item in stage.items.values() if item.done_by]

    def read(self) -> None:
        """Read the lists once for everybody, as the first pages of a morning do."""
        self._promises()
        self._misses()
        self._tasks()
        self._signals()
        self._escalations()
        self._requests()

    def leave(self, task: Task | None) -> None:
        """Nobody gets to this one."""
        if task is not None:
            self._looked[task.pk] = datetime.max.replace(tzinfo=self.office.now.tzinfo)

    def _fresh(self, row_id: str, again: timedelta | None = None) -> bool:
        """Whether a row is to be looked at now; it is then put aside for a while, or for good."""
        now = self.office.now
        if self._looked.get(row_id, now) > now:
            return False
        self._looked[row_id] = now + again if again else datetime.max.replace(tzinfo=now.tzinfo)
        return True

    def _case(self, account_id: str | None) -> Case | None:
        case = self.office.cases.get(account_id or "")
        return case if case is not None and case.is_active else None

    def _key_of(self, person_id: str | None, case: Case | None) -> str:
        """Whose list something goes on: its owner's, else that of whoever carries the account."""
        found = self._keys.get(person_id or "")
        if found is not None:
            return found
        return self.office.carrier(case) if case is not None else next(iter(self._keys.values()))

    # Promises.

    def _promises(self) -> None:
        rows = Opening.objects.filter(status__in=Opening.OPEN).order_by("due_at", "id")
        for row in rows:
            case = self._case(row.account_id)
            if case is None or row.due_at is None:
                continue
            if row.status == Opening.Status.PAUSED:
                self._resume(row, case)
            elif not self._pause(row, case, row.due_at) and self._fresh(row.pk, LOOK_AGAIN):
                self._see_to(row, case, row.due_at)

    def _see_to(self, row: Opening, case: Case, due: datetime) -> None:
        """Put on somebody's list what would keep a promise, unless people see to it without being told."""
        trigger = self._trigger(row)
        if trigger is None:
            return
        office, owner = self.office, self.office.carrier(case, row.owner_role)
        wish = wish_of(trigger)
        if wish.kind.startswith("meeting."):
            at = max(office.now, due - MEETINGS_AHEAD)
            forgets = 0.0 if case.client.is_watched(office.day) else office.habits(owner).forgets
            if office.draw("forgets", row.pk, office.day).happens(forgets):
                at = due - timedelta(hours=20)
        else:
            at = office.ready_by(owner, row.opened_at, due, row.pk)
            if wish.kind == "goal.attained":
                at = due - timedelta(days=office.draw("judge", row.pk).between(-2, 6))
        if at <= office.now + LOOK_AGAIN:
            office.remember(owner, max(at, office.now), partial(self._keep, case, owner, trigger, due))

    def _trigger(self, row: Opening) -> Trigger | None:
        """The fact by which a promise is kept, where somebody has to think of it."""
        commitment = self.office.model.commitments.get(row.rule)
        if commitment is None or row.subject in ("message", "issue"):
            return None
        kinds = [trigger for trigger in commitment.met_by if trigger.on in errands.ERRANDS]
        if commitment.kind == "clock" and any(trigger in self._on_the_way for trigger in commitment.met_by):
            return None
        if not kinds or any(trigger.on in BY_THEMSELVES - {"message.settled"} for trigger in commitment.met_by):
            return None
        if commitment.opens and commitment.opens.on == "message.received":
            return None
        return kinds[0]

    def _keep(self, case: Case, owner: str, trigger: Trigger, due: datetime) -> None:
        if case.is_active:
            errands.run(
                self.office,
                case,
                owner,
                wish_of(trigger),
                max(due - timedelta(hours=4), self.office.now + timedelta(hours=20)),
            )

    def _pause(self, row: Opening, case: Case, due: datetime) -> bool:
        """Stop a promise's time while the client is closed or holds it up, where somebody thinks of it."""
        office = self.office
        away = case.client.is_away(office.day) and due - office.now < timedelta(days=40)
        held_up = case.life.feeling.delivers_material < 0.3 and due - row.opened_at > timedelta(days=6)
        chance = office.draw("pause", row.pk, office.day.isocalendar().week)
        if not chance.happens(0.78 if away else 0.10 if held_up else 0.0):
            return False
        cause = "other" if away else "client_material"
        self._looked.pop(row.pk, None)
        owner = office.carrier(case, row.owner_role)
        office.remember(owner, office.now, partial(self._stop_time, row, case, cause))
        return True

    def _stop_time(self, row: Opening, case: Case, cause: str) -> None:
        if self.office.do(
            self.office.carrier(case),
            "commitment.pause",
            case,
            row,
            reason=self.office.say("pauses", case),
            cause=cause,
        ):
            stays = self.office.draw("stays", row.pk).whole(3, 8)
            self._looked[row.pk] = self.office.now + timedelta(days=stays)

    def _resume(self, row: Opening, case: Case) -> None:
        if case.client.is_away(self.office.day) or not self._fresh(row.pk, timedelta(days=1)):
            return
        owner = self.office.carrier(case, row.owner_role)
        self.office.remember(owner, self.office.now, partial(self.office.do, owner, "commitment.resume", case, row))

    # Misses.

    def _misses(self) -> None:
        office = self.office
        recent = Opening.objects.filter(status=Opening.Status.MISSED, judged_at__gte=office.now - OLD_MISS)
        for row in recent.order_by("judged_at", "id"):
            case = self._case(row.account_id)
            if case is None or not self._fresh("miss" + row.pk):
                continue
            chance = office.draw("miss", row.pk)
            owner = office.carrier(case, row.owner_role)
            at = office.now + timedelta(hours=chance.between(1, 30))
            if chance.happens(0.85):
                office.remember(owner, at, partial(self._explain, row, case, chance))
            if chance.happens(0.34) and not case.client.is_watched(office.day):
                judge = office.doors.able("commitment.correct", "", case.carriers) or owner
                later = at + timedelta(hours=chance.between(8, 60))
                office.remember(judge, later, partial(self._correct, row, case, judge, chance))

    def _explain(self, row: Opening, case: Case, chance: Chance) -> None:
        silent = case.life.is_silent(self.office.day) or case.life.mood < 0.35
        theirs = chance.happens(0.75 if silent else 0.25)
        causes = (
            ("client_absent", "client_material", "client_moved")
            if theirs
            else ("ours", "ours", "capacity", "supplier", "data")
        )
        self.office.do(
            self.office.carrier(case, row.owner_role),
            "commitment.explain",
            case,
            row,
            cause=chance.one(causes),
            whose="client" if theirs else "us",
            note=self.office.say("misses_theirs" if theirs else "misses_ours", case),
        )

    def _correct(self, row: Opening, case: Case, judge: str, chance: Chance) -> None:
        verdict = chance.weighted({"met": 0.7, "cancelled": 0.3})
        self.office.do(
            judge, "commitment.correct", case, row, verdict=verdict, reason=self.office.say("corrections", case)
        )

    # Tasks.

    def _tasks(self) -> None:
        office = self.office
        # What a journey asks is seen to where the journey is walked.
        open_ = Task.objects.filter(status=Task.Status.OPEN).exclude(source=Task.Source.JOURNEY)
        for task in open_.order_by("due_at", "id"):
            if not self._fresh(task.pk):
                continue
            case = self._case(task.account_id)
            owner = self._key_of(task.owner_id, case)
            due = task.due_at or task.created_at + timedelta(days=3)
            at = office.ready_by(owner, task.created_at, due, task.pk)
            office.remember(owner, max(at, office.now), partial(self._do_task, task, case, owner))

    def _do_task(self, task: Task, case: Case | None, owner: str) -> None:
        office = self.office
        if case is None:
            office.doors.do(office.acting(owner), "task.do", task, office.day)
            return
        if not case.is_active:
            return
        if task.effect == Task.Effect.MEETING:
            gatherings_type = task.meeting_type or next(iter(office.model.meetings))
            if case.ahead(gatherings_type) is None:
                gatherings.arrange(
                    office, case, owner, gatherings_type, max(task.due_at or office.now, office.now + timedelta(days=4))
                )
            case.life.cared(0.1)
            return  # the task ends when the meeting is held
        if task.effect == Task.Effect.MESSAGE:
            letters.reach_out(office, case, owner)
            return
        if str(task.effect) == "note":
            deck = "notes" if case.life.mood > 0.45 else "notes_worried"
            office.do(owner, "note.log", case, text=office.say(deck, case))
            return
        case.life.cared(0.2 if task.play_id else 0.05)
        if office.draw("how", task.pk).happens(0.3 * office.habits(owner).thorough):
            office.do(
                owner, "activity.log", case, type="call", minutes=12, direction="out", text=office.say("calls", case)
            )
        office.do(owner, "task.do", case, task)

    # Signals.

    def _signals(self) -> None:
        office = self.office
        loud = OpenSignal.objects.filter(state=OpenSignal.State.FIRING, is_inhibited=False, snoozed_until=None)
        for row in loud.order_by("fired_at", "id"):
            case = self._case(row.account_id)
            if case is None or not self._fresh("signal" + row.pk, timedelta(days=9)):
                continue
            owner = office.carrier(case, row.owner_role)
            chance = office.draw("signal", row.pk, office.day)
            at = office.now + timedelta(hours=chance.between(0, 20))
            office.remember(owner, at, partial(self._react, row, case, owner, chance))

    def _react(self, row: OpenSignal, case: Case, owner: str, chance: Chance) -> None:
        """Take note, put it aside with a reason, close it where it is nothing, or say what comes next."""
        office = self.office
        if not case.is_active:
            return
        if chance.happens(0.27 if row.acknowledged_at is None else 0.12):
            until = office.next_morning(office.now + timedelta(days=chance.whole(1, 7)))
            office.do(owner, "signal.snooze", case, row, until=until, reason=office.say("snoozes", case))
            return
        if row.kind != "lifecycle" and case.life.mood > 0.6 and chance.happens(0.06):
            office.do(owner, "signal.resolve", case, row, reason=office.say("closings", case))
            return
        if row.acknowledged_at is None:
            office.do(owner, "signal.acknowledge", case, row)
        case.life.cared(0.12)
        if chance.happens(0.4 * office.habits(owner).thorough):
            on = office.day + timedelta(days=chance.whole(1, 8))
            office.do(owner, "account.plan_next_step", case, text=office.say("next_steps", case), on=on)

    # What others ask.

    def _escalations(self) -> None:
        office = self.office
        for row in Escalation.objects.exclude(status=Escalation.Status.CLOSED).order_by("raised_at", "id"):
            case = self._case(row.account_id)
            if case is None or not self._fresh(f"{row.status}{row.rung}{row.pk}"):
                continue
            owner, chance = self._key_of(row.owner_id, case), office.draw("case", row.pk, row.rung, row.status)
            answered = row.status == Escalation.Status.ANSWERED
            at = office.now + (
                timedelta(days=chance.between(3, 12)) if answered else timedelta(hours=chance.between(1, 40))
            )
            office.remember(owner, at, partial(self._take_on, row, case, owner, answered))

    def _take_on(self, row: Escalation, case: Case, owner: str, answered: bool) -> None:
        if not case.is_active:
            return
        case.life.cared(0.2)
        if answered:
            self.office.do(owner, "escalation.close", case, row, reason=self.office.say("closings", case))
        else:
            self.office.do(owner, "escalation.answer", case, row, answer=self.office.say("next_steps", case))

    def _requests(self) -> None:
        office = self.office
        waiting = ActRequest.objects.filter(status__in=(ActRequest.Status.PENDING, ActRequest.Status.ESCALATED))
        for row in waiting.order_by(F("asked_at"), "id"):
            if not self._fresh(row.pk):
                continue
            chance = office.draw("request", row.pk)
            holders = [worker.key for worker in office.plan.workers if worker.role in row.roles]
            case = self._case(row.account_id)
            decider = next((key for key in (case.carriers.values() if case else ()) if key in holders), None)
            decider = decider or next(iter(holders), None)
            if decider is not None:
                at = office.now + timedelta(hours=chance.between(2, 60))
                office.remember(decider, at, partial(self._decide, row, decider, chance.happens(0.85)))

    def _decide(self, row: ActRequest, decider: str, agrees: bool) -> None:
        office = self.office
        name, said = (
            ("request.approve", "Fine with me.")
            if agrees
            else ("request.decline", "Not before we have spoken with them.")
        )
        arguments: dict[str, Any] = {"reason": said}
        office.doors.flush()
        office.doors.do(office.acting(decider), name, row, office.day, **arguments)

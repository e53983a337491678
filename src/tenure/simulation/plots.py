"""What was planted by name, brought about to the day: meetings on their date, ratings, messages, plans that run out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import time, timedelta
from functools import partial

from tenure.records.account import Account
from tenure.records.message import Message
from tenure.simulation import errands, gatherings, stream, visits
from tenure.simulation.office import Act, Case, Office
from tenure.simulation.plans import Planted
from tenure.simulation.watched import MEETS_AT
from tenure.simulation.wishes import wish_of

AT = time(10)
GOES_OUT_AFTER = timedelta(days=7)  # of a plan that runs dry, the first thing
DAY = timedelta(days=1)


def on_day(office: Office, case: Case) -> Iterator[Act]:
    """What is to be brought about on an account today, so that what was planted begins or ends."""
    for planted in case.client.stories:
        if not planted.is_exact:
            continue
        if planted.begins == office.day and planted.story.does in BEGIN:
            yield partial(_unless_gone, BEGIN[planted.story.does], office, case, planted)
        if planted.ends + DAY == office.day and planted.story.does in END:
            yield partial(_unless_gone, END[planted.story.does], office, case, planted)


Plot = Callable[[Office, Case, Planted], None]


def _unless_gone(plot: Plot, office: Office, case: Case, planted: Planted) -> None:
    if case.is_active:
        plot(office, case, planted)
        office.doors.flush()


# How each begins.


def _meet(office: Office, case: Case, planted: Planted) -> None:
    """Hold a meeting today: the one that the story names, else one of those that are rated."""
    type_ = planted.story.meeting or _rated(office)
    starts = office.local(office.day, MEETS_AT)
    if type_ and not any(each.starts_at == starts for each in case.meetings.values()):
        gatherings.fix(office, case, office.carrier(case), type_, starts)


def _rated(office: Office) -> str:
    return next((key for key, kind in office.model.meetings.items() if kind.ratings), "")


def _rate(office: Office, case: Case, planted: Planted) -> None:
    _meet(office, case, planted)
    if planted.story.reaches_goal:
        if not case.goals:
            errands.set_goals(office, case, office.carrier(case))
        goal = next(iter(case.goals.values()), None)
        if goal is not None:
            office.do(
                office.carrier(case), "goal.judge", case, goal, attained=True, evidence=office.say("proofs", case)
            )
            case.goals.pop(goal.pk)


def _write(office: Office, case: Case, planted: Planted) -> None:
    """A message comes, and is answered or settled after so long."""
    message = visits.write(office, case, office.say("client_actions", case) + "?")
    if message is not None:
        at = office.now + timedelta(hours=planted.story.hours)
        office.appoint(at, partial(_answer, office, case, message, planted.story.settled))


def _answer(office: Office, case: Case, message: Message, settled: bool) -> None:
    who = office.carrier(case)
    if settled:
        office.do(who, "message.settle", case, message, how="answered_elsewhere")
    else:
        office.do(
            who,
            "message.log",
            case,
            direction="out",
            channel=message.channel,
            body=office.say("updates", case),
            answers=message.pk,
        )


def _run_dry(office: Office, case: Case, planted: Planted) -> None:
    stream.set_plan(office, case, planted.story.count, office.day + GOES_OUT_AFTER)


def _go_away(office: Office, case: Case, planted: Planted) -> None:
    """They are closed: nothing is asked of them until they are back."""
    stream.ask_later(office, case, planted.ends + DAY)


# How each ends.


def _plan_again(office: Office, case: Case, planted: Planted) -> None:
    stream.plan_more(office, case)


def _go_on(office: Office, case: Case, planted: Planted) -> None:
    """The next stage of a journey that stood still begins."""
    stage = Account.objects.values_list("stage", flat=True).get(pk=case.id)
    for journey in office.model.journeys.values():
        stages = list(journey.stages.values())
        for here, following in zip(journey.stages, stages[1:], strict=False):
            if here == stage and following.enters is not None:
                by = office.now + timedelta(days=5)
                errands.run(office, case, office.carrier(case), wish_of(following.enters), by)


BEGIN: dict[str, Plot] = {
    "rated": _rate,
    "delivers": _meet,
    "writes": _write,
    "stays_away": _meet,
    "moves_meetings": _meet,
    "plan_runs_dry": _run_dry,
    "holiday": _go_away,
}
END: dict[str, Plot] = {
    "rated": _meet,
    "stays_away": _meet,
    "plan_runs_dry": _plan_again,
    "stalls": _go_on,
}

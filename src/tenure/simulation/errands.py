"""How somebody brings a wished-for fact about: for each kind of fact that may be waited for, an act."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from tenure.records.deliverable import Deliverable
from tenure.records.goal import Goal
from tenure.simulation import figures, founding, gatherings, handovers, letters, makings, stream, visits, watched
from tenure.simulation.office import Case, Office
from tenure.simulation.wishes import Wish

Errand = Callable[[Office, Case, str, Wish, datetime], bool]


def run(office: Office, case: Case, who: str, wish: Wish, by: datetime) -> bool:
    """Do what brings the wished-for fact about; False where nobody knows how."""
    errand = ERRANDS.get(wish.kind)
    return errand is not None and errand(office, case, who, wish, by)


def _meet(office: Office, case: Case, who: str, wish: Wish, by: datetime) -> bool:
    types = [each for each in wish.fields.get("type", ()) if each in office.model.meetings] or list(
        office.model.meetings
    )
    if any(case.ahead(type_) or watched.is_held_back(case, type_, office.day) for type_ in types):
        return True
    type_ = types[0] if case.client.is_new or len(types) < 3 else types[-1]
    return gatherings.arrange(office, case, who, type_, by) is not None


def _deliver(office: Office, case: Case, who: str, wish: Wish, by: datetime) -> bool:
    type_ = wish.one("type") or next(iter(office.model.deliverables), None)
    if type_ is None:
        return False
    planned = [piece for piece in case.deliverables.values() if piece.type == type_]
    piece = min(planned, key=lambda each: (each.means == "idea", each.pk), default=None) or makings.plan(
        office, case, type_, by
    )
    if piece is None:
        return False
    makings.deliver(office, case, piece.pk)
    return True


def _move_on(office: Office, case: Case, who: str, wish: Wish, by: datetime) -> bool:
    """Take what is the nearest to going out to the state that is waited for: material by the client, the rest by us."""
    type_, kind = wish.one("type", ""), office.model.deliverables.get(wish.one("type", ""))
    piece = stream.furthest(case, type_) or makings.plan(office, case, type_, by) if kind and kind.states else None
    if kind is None or piece is None:
        return False
    state = kind.states.get(wish.one("moved_to", ""))
    until = state.means if state else "ready"
    if until == "received" and piece.means == "planned":
        stream.take_material(office, case)
        return True
    stream.through_review(office, case, piece, "review" if until == "ready" else until)
    if until == "ready":
        stream.approve(office, case, piece.pk, by_client=True)
    return True


def _invite(office: Office, case: Case, who: str, wish: Wish, by: datetime) -> bool:
    return founding.let_client_in(office, case)


def _enter_portal(office: Office, case: Case, who: str, wish: Wish, by: datetime) -> bool:
    visits.step_in(office, case)
    return True


def _have_agreed(office: Office, case: Case, who: str, wish: Wish, by: datetime) -> bool:
    """The client confirms the plan in the portal, once there is one."""
    return visits.agree(office, case)


def _have_accepted(office: Office, case: Case, who: str, wish: Wish, by: datetime) -> bool:
    """The client says that a thing is as it should be, or whoever carries them writes down that they did."""
    waiting = Deliverable.objects.filter(account_id=case.id, status=Deliverable.Status.DELIVERED)
    type_ = wish.one("type")
    piece = (waiting.filter(type=type_) if type_ else waiting).order_by("delivered_at", "pk").first()
    if piece is not None:
        visits.act(office, case, "deliverable.accept", piece)
    return True


def _set_goals(office: Office, case: Case, who: str, wish: Wish, by: datetime) -> bool:
    return set_goals(office, case, who, home_run=bool(wish.one("home_run")))


def set_goals(office: Office, case: Case, who: str, *, home_run: bool = True) -> bool:
    """Set the goals that a blueprint knows, the one that is asked for first."""
    chance = office.draw("goals", case.client.key)
    kinds = sorted(office.model.goals.items(), key=lambda pair: pair[1].home_run != home_run)
    done = False
    for number, (key, kind) in enumerate(kinds):
        if number and not chance.happens(0.55):
            continue
        drawn, times, more = chance.whole(2, 14), chance.whole(2, 4), chance.whole(1, 5)
        known = _read(office, case, kind.metric)
        # What points tell grows by a share; what is counted by hand by a multiple.
        target = drawn * times + more if known is None else round(known * (1 + times / 10)) + more
        goal = office.do(
            who,
            "goal.set",
            case,
            title=office.say("goals", case, key),
            type=key,
            baseline=drawn if known is None else known,
            target=target,
        )
        if goal is not None:
            case.goals[goal.pk] = goal
            done = True
    return done


def _read(office: Office, case: Case, metric: str | None) -> float | None:
    """Where a metric stands by its points; None where nothing brings any."""
    known = office.model.metrics.get(metric or "")
    return figures.gathered_on(case.life, str(metric), known, office.day) if known else None


def judge_goals(office: Office, case: Case, home_run: bool | None = None) -> bool:
    """Say how goals ended that are due, or that are plainly reached; the client confirms most that were."""
    done = False
    for goal in list(case.goals.values()):
        if home_run is not None and goal.home_run != home_run:
            continue
        chance = office.draw("goal", goal.pk)
        reached = chance.happens(0.15 + 0.75 * case.life.mood)
        read = _read(office, case, goal.metric)
        if read is not None and goal.target is not None:
            reached = read >= goal.target
        who = office.carrier(case)
        if office.do(
            who,
            "goal.judge",
            case,
            goal,
            attained=reached,
            evidence=office.say("proofs" if read is None else "proofs_read", case),
            current=_figure(goal, reached) if read is None else read,
        ):
            done = True
            if reached and chance.happens(0.8):
                visits.act(office, case, "goal.confirm", goal)
            case.life.cared(0.25 if reached else 0.0)
        case.goals.pop(goal.pk)
    return done


def _figure(goal: Goal, reached: bool) -> int | None:
    if goal.baseline is None or goal.target is None:
        return None
    return int(goal.target) + 1 if reached else int(goal.baseline + (goal.target - goal.baseline) * 6 / 10)


def _attain(office: Office, case: Case, who: str, wish: Wish, by: datetime) -> bool:
    return judge_goals(office, case, wish.one("home_run"))


def _find_champion(office: Office, case: Case, who: str, wish: Wish, by: datetime) -> bool:
    """Win somebody else who is there for the role that stands empty."""
    role = wish.one("role", "champion")
    other = next((contact for contact in case.contacts.values() if contact.role != role), None)
    if other is None:
        return False
    case.life.cared(0.3)
    return office.do(who, "contact.change", case, other, role=role, strength=3) is not None


def _move_stage(office: Office, case: Case, who: str, wish: Wish, by: datetime) -> bool:
    return False  # stages are moved where the journey is walked


def _hand_over(office: Office, case: Case, who: str, wish: Wish, by: datetime) -> bool:
    form = wish.one("form") or next(iter(office.model.handovers), "")
    return handovers.give(office, case, form)


def _write(office: Office, case: Case, who: str, wish: Wish, by: datetime) -> bool:
    return letters.tell(office, case, who)


def _note(office: Office, case: Case, who: str, wish: Wish, by: datetime) -> bool:
    deck = "notes" if case.life.mood > 0.45 else "notes_worried"
    return office.do(who, "note.log", case, text=office.say(deck, case), type=wish.one("type", "note")) is not None


def _call(office: Office, case: Case, who: str, wish: Wish, by: datetime) -> bool:
    case.life.cared(0.1)
    minutes = office.draw("call", case.client.key, office.now).whole(4, 25)
    return (
        office.do(
            who,
            "activity.log",
            case,
            type=wish.one("type", "call"),
            minutes=minutes,
            direction="out",
            text=office.say("calls", case),
        )
        is not None
    )


def _enter(office: Office, case: Case, who: str, wish: Wish, by: datetime) -> bool:
    metric = wish.one("metric") or next(iter(office.model.metrics), None)
    if metric is None:
        return False
    value = office.draw("point", case.client.key, office.day).whole(1, 9)
    return (
        office.do(who, "point.enter", case, metric=metric, day=office.day - timedelta(days=1), value=value) is not None
    )


def _survey(office: Office, case: Case, who: str, wish: Wish, by: datetime) -> bool:
    survey = wish.one("survey") or next(iter(office.model.surveys), None)
    if survey is not None:
        gatherings.ask(office, case, survey)
    return survey is not None


ERRANDS: dict[str, Errand] = {
    "meeting.held": _meet,
    "meeting.scheduled": _meet,
    "deliverable.delivered": _deliver,
    "deliverable.accepted": _have_accepted,
    "deliverable.moved": _move_on,
    "deliverable.approved": _move_on,
    "portal.invited": _invite,
    "goal.set": _set_goals,
    "goal.attained": _attain,
    "goal.agreed": _have_agreed,
    "portal.entered": _enter_portal,
    "contact.added": _find_champion,
    "contact.changed": _find_champion,
    "account.changed": _move_stage,
    "handover.given": _hand_over,
    "handover.accepted": _hand_over,  # the taker sees to the rest
    "message.sent": _write,
    "note.logged": _note,
    "activity.logged": _call,
    "point.entered": _enter,
    "survey.answered": _survey,
}

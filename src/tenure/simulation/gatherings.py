"""Meetings: agreed in the client's slot, moved, held or missed, rated, and written up."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from tenure.records.meeting import Meeting
from tenure.records.rating import Rating
from tenure.simulation import visits, watched
from tenure.simulation.office import Case, Office
from tenure.simulation.states import Mood

REASONS_THEIRS = ("sick", "double_booked", "travelling", "staff_missing")
REASONS_OURS = ("sick", "double_booked", "another_client")
DROPPED_AFTER = (25, 45)  # days after which what nobody did is no longer asked for


def arrange(
    office: Office, case: Case, who: str, type_: str, by: datetime, *, soonest: datetime | None = None
) -> Meeting | None:
    """Put a meeting into the calendar, in the client's own slot, the last one before `by` that is still to come."""
    if watched.is_held_back(case, type_, office.day):
        return None
    return fix(office, case, who, type_, slot_before(office, case, by, soonest or office.now + timedelta(hours=20)))


def fix(office: Office, case: Case, who: str, type_: str, starts: datetime) -> Meeting | None:
    """Put a meeting into the calendar at a moment, with whom it needs."""
    invited = [case.contact.pk] if case.contact else []
    chance = office.draw("invite", case.client.key, starts)
    others = [contact.pk for contact in case.contacts.values() if contact.pk not in invited and chance.happens(0.35)]
    meeting: Meeting | None = office.do(
        who,
        "meeting.schedule",
        case,
        type=type_,
        starts_at=starts,
        attendees=[*invited, *others],
        location="https://meet.example/" + case.client.key,
    )
    if meeting is not None:
        case.meetings[meeting.pk] = meeting
        _watch_over(office, case, meeting)
    return meeting


def slot_before(office: Office, case: Case, by: datetime, soonest: datetime) -> datetime:
    """The client's slot in the week before `by`; where that is too soon, the next working day at the slot's time."""
    weekday, at = case.client.slot
    zone = ZoneInfo(case.client.zone)
    day = by.astimezone(zone).date()
    for back in range(8):
        chosen = day - timedelta(days=back)
        starts = datetime.combine(chosen, at, zone)
        if chosen.weekday() == weekday and soonest <= starts <= by and not _is_known_away(office, case, starts):
            return starts
    day = soonest.astimezone(zone).date()
    while True:
        starts = datetime.combine(day, at, zone)
        if day.weekday() < 5 and starts >= soonest and not _is_known_away(office, case, starts):
            return starts
        day += timedelta(days=1)


def _is_known_away(office: Office, case: Case, moment: datetime) -> bool:
    """Whether a client has said that they are closed; some forget to say it."""
    day = moment.astimezone(ZoneInfo(case.client.zone)).date()
    return case.client.is_away(day) and not office.draw("untold", case.client.key, day.isocalendar().week).happens(0.35)


def _watch_over(office: Office, case: Case, meeting: Meeting) -> None:
    """See to a meeting: the client may move it the day before, and somebody says afterwards whether it was held."""
    owner, chance = office.carrier(case), office.draw("fate", meeting.pk, meeting.starts_at)
    if case.client.is_watched(meeting.starts_at.astimezone(office.zone).date()):
        later = watched.moved_to(office, case, meeting.starts_at)
        if later is not None:
            office.appoint(
                max(office.now, meeting.starts_at - timedelta(hours=20)), partial(_put, office, case, meeting, later)
            )
        else:
            after = meeting.starts_at + timedelta(minutes=meeting.minutes + 1)
            office.appoint(after, partial(_tell_how_it_went, office, case, meeting))
        return
    before = meeting.starts_at - timedelta(hours=chance.between(3, 26))
    if before > office.now and chance.happens(case.life.feeling.moves_meeting) and not case.life.is_silent(office.day):
        office.remember(owner, before, partial(_move, office, case, meeting, "client"))
        return
    after = meeting.starts_at + timedelta(minutes=meeting.minutes + chance.whole(3, 14))
    if chance.happens(office.habits(owner).forgets * 0.8):
        after = office.next_morning(after)  # it took place, and was told the day after
    office.remember(owner, after, partial(_tell_how_it_went, office, case, meeting))


def _move(office: Office, case: Case, meeting: Meeting, whose: str) -> None:
    if not case.is_active or meeting.pk not in case.meetings:
        return
    chance = office.draw("move", meeting.pk, office.now)
    day = meeting.starts_at.astimezone(ZoneInfo(case.client.zone)).date() + timedelta(days=chance.whole(1, 4))
    while day.weekday() >= 5 or case.client.is_away(day):
        day += timedelta(days=1)
    starts = datetime.combine(day, time(chance.whole(9, 15), chance.one((0, 30))), ZoneInfo(case.client.zone))
    reason = chance.one(REASONS_THEIRS if whose == "client" else REASONS_OURS)
    if starts <= office.now:
        starts = office.next_morning(office.now, case.client.zone)
    _put(office, case, meeting, starts, whose, reason)


def _put(
    office: Office, case: Case, meeting: Meeting, starts: datetime, whose: str = "client", reason: str = "travelling"
) -> None:
    """Give a meeting another moment."""
    moved = office.do(
        office.carrier(case), "meeting.reschedule", case, meeting, starts_at=starts, cause=whose, reason=reason
    )
    if moved is not None:
        meeting.starts_at = starts
        _watch_over(office, case, meeting)


def _tell_how_it_went(office: Office, case: Case, meeting: Meeting) -> None:
    if not case.is_active or meeting.pk not in case.meetings:
        return
    owner = office.carrier(case)
    chance = office.draw("held", meeting.pk, meeting.starts_at)
    day = meeting.starts_at.astimezone(ZoneInfo(case.client.zone)).date()
    calm = case.client.is_watched(day)
    if not calm and owner in office.away and chance.happens(0.35):
        _move(office, case, meeting, "us")  # the cover could not take it
        return
    if not calm and chance.happens(0.012):
        _miss(office, case, meeting, "us", chance.one(REASONS_OURS))
        return
    if not chance.happens(case.life.attends(day)):
        _miss(office, case, meeting, "client", chance.one(REASONS_THEIRS) if chance.happens(0.6) else "no_show")
        return
    _hold(office, case, meeting)


def _miss(office: Office, case: Case, meeting: Meeting, whose: str, cause: str) -> None:
    office.do(office.carrier(case), "meeting.miss", case, meeting, whose=whose, cause=cause)
    case.meetings.pop(meeting.pk, None)
    if whose == "us":
        case.life.let_down(0.08)
    elif office.draw("told late", meeting.pk).happens(0.14) and not case.client.is_watched(office.day):
        at = office.next_morning(office.now)
        office.remember(office.carrier(case), at, partial(_took_place_after_all, office, case, meeting))


def _took_place_after_all(office: Office, case: Case, meeting: Meeting) -> None:
    """It did take place, somewhere else; the miss is corrected."""
    if case.is_active and office.do(office.carrier(case), "meeting.hold", case, meeting) is not None:
        case.life.cared(0.1)


def _hold(office: Office, case: Case, meeting: Meeting) -> None:
    owner, chance = office.carrier(case), office.draw("hold", meeting.pk)
    minutes = max(10, meeting.minutes + chance.whole(-8, 6))
    if office.do(owner, "meeting.hold", case, meeting, minutes=minutes) is None:
        return
    case.meetings.pop(meeting.pk, None)
    case.life.cared(0.16)
    case.life.heard["met"] = 1
    kind = office.model.meetings[meeting.type]
    habits = office.habits(owner)
    if kind.client_visible:
        written = office.ready_by(owner, office.now, office.now + timedelta(hours=22), "notes", meeting.pk)
        office.remember(owner, written, partial(_write_up, office, case, meeting))
    if kind.ratings and case.client.is_watched(office.day):
        _rate(office, case, meeting)
    elif kind.ratings:
        rated = office.ready_by(owner, office.now, office.now + timedelta(hours=22), "rating", meeting.pk)
        office.remember(owner, rated, partial(_rate, office, case, meeting))
    if kind.survey:
        office.remember(
            owner, office.now + timedelta(hours=chance.between(3, 70)), partial(ask, office, case, kind.survey, meeting)
        )
    if chance.happens(habits.thorough * 0.5):
        deck = "notes" if case.life.mood > 0.45 else "notes_worried"
        office.do(owner, "note.log", case, text=office.say(deck, case), type="meeting")


def _write_up(office: Office, case: Case, meeting: Meeting) -> None:
    """Notes for the client, what was decided, and who does what until when."""
    if not case.is_active:
        return
    owner, chance = office.carrier(case), office.draw("write", meeting.pk)
    worried = case.life.mood < 0.45
    notes = f"{office.say('client_notes', case)} {office.say('client_notes', case)}"
    inside = office.say("notes_worried" if worried else "notes", case)
    office.do(owner, "meeting.write_notes", case, meeting, client=notes, internal=inside)
    if chance.happens(0.45):
        office.do(owner, "meeting.decide", case, meeting, text=office.say("decisions", case))
    for number in range(chance.weighted({0: 0.35, 1: 0.45, 2: 0.20})):
        _agree_on_action(office, case, meeting, theirs=chance.happens(0.4), number=number)
    office.do(owner, "meeting.send_notes", case, meeting)
    if chance.happens(office.habits(owner).thorough * 0.4):
        by = office.day + timedelta(days=chance.whole(3, 14))
        office.do(owner, "account.plan_next_step", case, text=office.say("next_steps", case), on=by)


def _agree_on_action(office: Office, case: Case, meeting: Meeting, *, theirs: bool, number: int) -> None:
    owner, chance = office.carrier(case), office.draw("action", meeting.pk, number)
    due = office.day + timedelta(days=chance.whole(2, 12))
    contact = case.contact.pk if theirs and case.contact else None
    action = office.do(
        owner,
        "action.add",
        case,
        text=office.say("client_actions" if theirs else "actions", case),
        contact=contact,
        client_owned=theirs,
        due_on=due,
        meeting=meeting.pk,
    )
    if action is None:
        return
    likely = case.life.feeling.delivers_material + 0.3 if theirs else 0.93
    done = office.local(due, time(15)) - timedelta(hours=chance.between(-40, 90))
    if chance.happens(likely):
        office.remember(owner, max(done, office.now), partial(_close_action, office, case, action, "action.do"))
    else:
        later = office.now + timedelta(days=chance.whole(*DROPPED_AFTER))
        office.remember(owner, later, partial(_close_action, office, case, action, "action.cancel"))


def _close_action(office: Office, case: Case, action: object, act: str) -> None:
    if case.is_active:
        office.do(office.carrier(case), act, case, action)


def _rate(office: Office, case: Case, meeting: Meeting) -> None:
    """Judge a meeting part by part; whoever carries an account is a little kinder to themselves than the client is."""
    if not case.is_active:
        return
    owner, chance = office.carrier(case), office.draw("rate", meeting.pk)
    questions = office.model.meetings[meeting.type].ratings
    fixed = watched.ratings_of(case, office.day, len(questions))
    values = {}
    for at, part in enumerate(questions):
        kind = 0.05 if at else 0.0
        drawn = Mood(case.life.mood + kind + chance.normal(0, 0.05)).rating(1, 5, chance)
        values[part] = fixed[at] if fixed else drawn
    if not fixed and len(values) > 1 and chance.happens(office.habits(owner).forgets * 0.7):
        values.popitem()  # the last question is left for later, and then forgotten
    told = list(values)[: chance.whole(1, len(values))]
    wanted = [part for part in values if part in told or questions[part].evidence]
    evidence = {part: office.say("evidence", case) for part in wanted}
    given = office.do(owner, "rating.give", case, meeting, values=values, evidence=evidence)
    if given and not fixed and chance.happens(0.09):
        judge = office.doors.able("rating.calibrate", "", case.carriers)
        if judge is not None:
            later = office.now + timedelta(hours=chance.between(14, 70))
            office.remember(judge, later, partial(_calibrate, office, case, chance.one(given), judge))


def _calibrate(office: Office, case: Case, rating: Rating, judge: str) -> None:
    """A lead finds a rating too kind or too hard, and says why."""
    value = rating.given - 1 if rating.given > 2 else rating.given + 1
    if case.is_active:
        office.do(judge, "rating.calibrate", case, rating, value=value, reason=office.say("corrections", case))


def ask(office: Office, case: Case, survey: str, meeting: Meeting | None = None) -> None:
    """Ask a client a survey's questions; some do not answer."""
    definition = office.model.surveys.get(survey)
    chance = office.draw("survey", survey, case.client.key, office.day)
    if not case.is_active or definition is None or case.life.is_silent(office.day) or not chance.happens(0.62):
        return
    answers: dict[str, int | str] = {}
    for key, question in definition.questions.items():
        if question.scale == "text":
            answers[key] = office.say("praise" if case.life.mood > 0.6 else "feedback", case)
        else:
            low, high = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7), "rating": (1, 5)}[question.scale]
            answers[key] = case.life.feeling.rating(low, high, chance)
    contact = case.contact
    about: dict[str, Any] = {"survey": survey, "answers": answers, "contact": contact.pk if contact else None}
    if meeting is not None:
        visits.act(office, case, "survey.answer", case.account, meeting=meeting.pk, **about)
    else:  # what no meeting asks is answered by mail
        office.doors.do_by_itself("survey.answer", case.account, office.day, **about)

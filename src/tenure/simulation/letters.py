"""Messages: what clients write, how long an answer takes, and what is told of our own accord."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import partial

from tenure.records.message import Message
from tenure.simulation import visits
from tenure.simulation.office import Case, Office

CHANNELS = {"email": 0.7, "text": 0.2, "portal": 0.1}
ANSWER_WITHIN = timedelta(hours=24)
TOLD_LATE = 0.05  # the share of answers that is given in time and entered a day or two later
_SENTENCE_END = re.compile(r"(?<=[.?!])\s")
GRACE = timedelta(minutes=25)  # nobody answers in the minute in which a message comes


def receive(office: Office, case: Case, mood: str) -> None:
    """A client writes; whoever carries the account answers when they get to it."""
    chance = office.draw("message", case.client.key, office.now)
    ask, answer = office.speech.exchange(case.client, office.name(case), office.day, mood, chance)
    channel = chance.weighted(CHANNELS)
    contact = case.contact if chance.happens(0.75) else chance.one(list(case.contacts.values()) or [None])
    message = visits.write(office, case, ask) if channel == "portal" else None
    message = message or office.doors.do_by_itself(
        "message.log",
        case.account,
        office.day,
        direction="in",
        channel=channel,
        contact=contact.pk if contact else None,
        subject=_subject(ask) if channel == "email" else "",
        body=ask,
    )
    if message is None:
        return
    owner = office.carrier(case)
    at = office.ready_by(owner, office.now + GRACE, office.now + ANSWER_WITHIN, message.pk)
    if chance.happens(TOLD_LATE):
        told = at + timedelta(hours=chance.between(20, 44))
        office.remember(owner, told, partial(_log_answer, office, case, message, answer, at))
    else:
        office.remember(owner, at, partial(_answer, office, case, message, answer, mood))


def _subject(text: str) -> str:
    """What a mail is called: its first sentence, which speech keeps short."""
    return _SENTENCE_END.split(text, maxsplit=1)[0].rstrip(".")


def _log_answer(office: Office, case: Case, message: Message, answer: str, said_at: datetime) -> None:
    """It was answered in time, elsewhere, and is entered only now."""
    if case.is_active:
        owner = office.carrier(case)
        office.do(
            owner, "message.log", case, direction="out", channel="phone", body=answer, answers=message.pk, at=said_at
        )


def _answer(office: Office, case: Case, message: Message, answer: str, mood: str) -> None:
    if not case.is_active:
        return
    owner, chance = office.carrier(case), office.draw("answer", message.pk)
    late = office.now - message.at > ANSWER_WITHIN
    if chance.happens(0.07):
        office.do(
            owner, "message.settle", case, message, how="no_reply_needed" if mood == "good" else "answered_elsewhere"
        )
        if mood != "good":
            office.do(
                owner,
                "activity.log",
                case,
                type="call",
                minutes=chance.whole(4, 18),
                direction="out",
                text=office.say("calls", case),
            )
    elif message.contact_id is None:
        office.do(owner, "message.log", case, direction="out", channel=message.channel, body=answer, answers=message.pk)
    else:
        contact, subject = message.contact_id, f"Re: {message.subject}" if message.subject else ""
        office.do(
            owner,
            "message.send",
            case,
            contact=contact,
            body=answer,
            subject=subject,
            channel=message.channel,
            answers=message.pk,
        )
    if late:
        case.life.let_down(0.03 if mood != "bad" else 0.05)
    else:
        case.life.cared(0.05 if mood != "bad" else 0.12)


def tell(office: Office, case: Case, who: str, text: str = "", channel: str = "email") -> bool:
    """Write to the client of our own accord; whether it went out."""
    contact = case.contact
    if contact is None:
        return False
    body = text or office.say("updates", case)
    sent = office.do(who, "message.send", case, contact=contact.pk, body=body, subject=_subject(body), channel=channel)
    case.life.cared(0.04)
    return sent is not None


def reach_out(office: Office, case: Case, who: str) -> bool:
    """Write because a play asks for it; an account that is willing answers the next day."""
    sent = tell(office, case, who)
    chance = office.draw("reaction", case.client.key, office.now)
    if sent and not case.life.is_silent(office.day) and chance.happens(0.25 + 0.5 * case.life.mood):
        at = office.now + timedelta(hours=chance.between(2, 30))
        office.remember(who, at, partial(_hear_back, office, case))
    return sent


def _hear_back(office: Office, case: Case) -> None:
    if case.is_active:
        office.doors.flush()
        receive(office, case, "any" if case.life.mood > 0.4 else "bad")

"""What is let be while something that was planted by name runs on an account, and what is done instead."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from tenure.simulation.office import Case, Office

MEETS_AT, AFTERWARDS = time(10, 30), time(9)


def is_held_back(case: Case, type_: str, day: date) -> bool:
    """Whether a kind of meeting waits for the day on which a story holds it."""
    return any(each.is_exact and each.story.meeting == type_ and day < each.begins for each in case.client.stories)


def delivery_of(case: Case, type_: str, office: Office) -> datetime | None:
    """When a story lets something be delivered; None where none speaks of it, or where that is over."""
    for planted in case.client.stories:
        if planted.is_exact and planted.story.does == "delivers" and planted.story.deliverable == type_:
            at = office.local(planted.begins, MEETS_AT) + timedelta(hours=planted.story.hours)
            return at if at > office.now else None
    return None


def ratings_of(case: Case, day: date, parts: int) -> list[int] | None:
    """What a meeting of somebody who is watched is rated, part by part; None where nobody is."""
    if not case.client.is_watched(day):
        return None
    rated = case.client.exactly("rated", day)
    given = rated.story.ratings if rated and rated.story.ratings else (4,)
    return [given[at % len(given)] for at in range(parts)]


def moved_to(office: Office, case: Case, starts: datetime) -> datetime | None:
    """To when a meeting is moved that a story does not let be held before its last day; None for any other."""
    day = starts.astimezone(office.zone).date()
    moves = case.client.exactly("moves_meetings", day)
    return office.local(moves.ends, MEETS_AT) if moves and moves.begins < day < moves.ends else None

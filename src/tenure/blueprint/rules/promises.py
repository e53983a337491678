"""Promises and journeys: terms that fit together, checklists that can be worked through, hours that are open."""

from collections.abc import Callable, Iterator

from tenure.base.calendar import CalendarError, WorkCalendar, parse_hours
from tenure.base.duration import DurationError, parse
from tenure.blueprint.model import Calendar, Commitment, Journey, Model
from tenure.blueprint.problems import Problem, nearest
from tenure.blueprint.rules.cycles import circle
from tenure.blueprint.sources import Sources, Way
from tenure.blueprint.vocabulary import Vocabulary

WAYS_TO_MATCH = frozenset({"account", "all", "subject"})


def commitments_have_their_terms(model: Model, sources: Sources) -> Iterator[Problem]:
    """A clock opens on a fact and runs for a time; a cadence recurs every so often."""
    for key, commitment in model.commitments.items():
        way = ("commitments", key)
        if not commitment.met_by:
            yield sources.problem((*way, "met_by"), "nothing meets this commitment", expected="at least one fact")
        for field in ("opens", "within") if commitment.kind == "clock" else ("every",):
            if getattr(commitment, field) is None:
                yield sources.problem(way, f"a {commitment.kind} lacks “{field}”", at_key=True)
        if commitment.kind == "clock" and commitment.every is not None:
            yield sources.problem((*way, "every"), "a clock has no “every”", expected="kind: cadence", at_key=True)
        for field in ("within", "every"):
            if _is_nothing(getattr(commitment, field)):
                yield sources.problem(
                    (*way, field), "this is no time to keep a promise in", expected="more than nothing"
                )


def _is_nothing(text: str | None) -> bool:
    try:
        return text is not None and parse(text).amount == 0
    except DurationError:
        return False  # told as a duration already


def match_fields(model: Model, sources: Sources, vocabulary: Vocabulary) -> Iterator[Problem]:
    """What `match` names is carried by the facts that open and by all that meet."""
    for key, commitment in model.commitments.items():
        kinds = _kinds(commitment)
        carried = [set(vocabulary.facts[kind]) for kind in kinds if kind in vocabulary.facts]
        if commitment.match in WAYS_TO_MATCH or not carried:
            continue
        if not all(commitment.match in fields for fields in carried):
            message = f"“{commitment.match}” is not carried by all of {', '.join(kinds)}"
            shared = set.intersection(*carried) | WAYS_TO_MATCH
            near = nearest(commitment.match.removeprefix("data."), shared)
            expected = "account, all, subject or a field of their data"
            yield sources.problem(("commitments", key, "match"), message, expected=expected, nearest=near)


def _kinds(commitment: Commitment) -> list[str]:
    opening = [] if commitment.opens is None else [commitment.opens.on]
    return list(dict.fromkeys([*opening, *(each.on for each in commitment.met_by)]))


def journeys_can_be_gone(model: Model, sources: Sources) -> Iterator[Problem]:
    for key, journey in model.journeys.items():
        if not sources.written(("journeys", key, "stages"), journey.stages):
            yield sources.problem(("journeys", key, "stages"), "a journey has at least one stage")
        yield from _items(key, journey, sources)


def _items(key: str, journey: Journey, sources: Sources) -> Iterator[Problem]:
    """Items stand once in a journey, wait for items that exist, and not for each other in a circle."""
    stages = ("journeys", key, "stages")
    written = {stage: sources.written((*stages, stage, "items"), part.items) for stage, part in journey.stages.items()}
    known = frozenset[str]().union(*written.values())
    home: dict[str, str] = {}
    waits: dict[str, tuple[str, ...]] = {}
    for stage, part in journey.stages.items():
        for item, line in part.items.items():
            if item in home:
                way: Way = (*stages, stage, "items", item)
                yield sources.problem(way, f"“{item}” stands in the stage “{home[item]}” too", at_key=True)
            home.setdefault(item, stage)
            waits.setdefault(item, line.after)
    for item, after in waits.items():
        for index, other in enumerate(after):
            if other not in known:
                way = (*stages, home[item], "items", item, "after", index)
                yield sources.problem(way, f"there is no item “{other}” in this journey", nearest=nearest(other, known))
    found = circle(waits)
    if found:
        way = (*stages, home[found[0]], "items", found[0], "after")
        yield sources.problem(way, f"these items wait for each other: {' → '.join(found)}")


def handovers_have_two_sides(model: Model, sources: Sources) -> Iterator[Problem]:
    for key, form in model.handovers.items():
        if form.giver == form.taker:
            message = f"the role “{form.giver}” hands over to itself"
            yield sources.problem(("handovers", key, "taker"), message, expected="another role")


def calendars_are_open(model: Model, sources: Sources) -> Iterator[Problem]:
    for key, calendar in model.calendars.items():
        error = _closed(calendar)
        if error:
            yield sources.problem(("calendars", key, "hours"), error, at_key=True)


def _closed(calendar: Calendar) -> str:
    try:
        hours = parse_hours({str(day): spans for day, spans in calendar.hours.items()})
    except CalendarError:
        return ""  # the span has been told already
    try:
        WorkCalendar("UTC", hours, frozenset(calendar.holidays))
    except CalendarError as error:
        return str(error)
    return ""


def choices_are_given(model: Model, sources: Sources) -> Iterator[Problem]:
    for key, field in model.fields.items():
        if (field.type == "choice") != bool(field.choices):
            wanted = "at least one choice" if field.type == "choice" else "choices only where the type is choice"
            yield sources.problem(("fields", key), "the choices do not fit the type", expected=wanted, at_key=True)


MEANINGS = ("idea", "planned", "received", "making", "review", "ready", "done")


def work_goes_from_state_to_state(model: Model, sources: Sources) -> Iterator[Problem]:
    """The states of a workflow stand in the order of what they mean, and the last one, alone, is that it went out."""
    for key, kind in model.deliverables.items():
        way: Way = ("deliverables", key)
        if not kind.states:
            for field in ("per_week", "weeks_ahead", "formats", "results"):
                if getattr(kind, field):
                    message = f"“{field}” says something of work that goes through states; this kind has none"
                    yield sources.problem((*way, field), message, at_key=True)
            continue
        ranks = [MEANINGS.index(state.means) for state in kind.states.values()]
        names = list(kind.states)
        for at, name in enumerate(names[1:], 1):
            if ranks[at] < ranks[at - 1]:
                message = f"“{name}” means an earlier step than “{names[at - 1]}” before it"
                yield sources.problem((*way, "states", name, "means"), message, expected=" → ".join(MEANINGS))
        done = [name for name, state in kind.states.items() if state.means == "done"]
        if done != names[-1:] or len(names) < 2:
            message = "the last state, and no other, means that the work went out"
            yield sources.problem((*way, "states"), message, expected="means: done", at_key=True)
        for name, state in kind.states.items():
            if state.required and state.means != "review":
                yield sources.problem((*way, "states", name, "required"), "only a review can be required", at_key=True)


def meetings_plan_what_exists(model: Model, sources: Sources) -> Iterator[Problem]:
    for key, meeting in model.meetings.items():
        plans = meeting.plans
        if plans is not None and plans.at_least > plans.at_most:
            yield sources.problem(("meetings", key, "plans", "at_most"), "fewer are the most than are the least")


RULES: tuple[Callable[[Model, Sources], Iterator[Problem]], ...] = (
    commitments_have_their_terms,
    journeys_can_be_gone,
    handovers_have_two_sides,
    calendars_are_open,
    choices_are_given,
    work_goes_from_state_to_state,
    meetings_plan_what_exists,
)

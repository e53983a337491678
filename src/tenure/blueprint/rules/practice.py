"""Scenarios of the practice ground: scripts that can be played, tasks that can be proven, rubrics that can be used."""

from collections.abc import Callable, Iterator, Mapping

from tenure.blueprint.model import Model, PracticeCall, Scenario
from tenure.blueprint.problems import Problem, listed, nearest
from tenure.blueprint.sources import Sources, Way

LEVELS = 5
OWN_NAMES = ("turn", "words", "question")  # what every condition of a call may use


def _unknown(
    sources: Sources, way: Way, key: str, known: frozenset[str], what: str, *, at_key: bool = False
) -> Problem:
    expected, near = listed(sorted(known)), nearest(key, known)
    return sources.problem(way, f"there is no {what} “{key}” here", expected=expected, nearest=near, at_key=at_key)


def tasks_can_be_done(model: Model, sources: Sources) -> Iterator[Problem]:
    for name, scenario in model.practice.items():
        calls = sources.written(("practice", name, "calls"), scenario.calls)
        for key, task in scenario.tasks.items():
            way: Way = ("practice", name, "tasks", key)
            if task.call is not None and task.call not in calls:
                yield _unknown(sources, (*way, "call"), task.call, calls, "call")
            if task.call is None and not sources.written((*way, "done_by"), task.done_by):
                yield sources.problem(way, "nothing proves this task", expected="call or done_by", at_key=True)
        played = {task.call for task in scenario.tasks.values()}
        for key in scenario.calls:
            if key not in played:
                way = ("practice", name, "calls", key)
                yield sources.problem(way, f"no task plays the call “{key}”", expected="call in a task", at_key=True)


def clients_are_whole(model: Model, sources: Sources) -> Iterator[Problem]:
    for name, scenario in model.practice.items():
        client, way = scenario.client, ("practice", name, "client")
        people = sources.written((*way, "people"), client.people)
        if not people:
            yield sources.problem((*way, "people"), "a client has at least one person")
        if client.tier and client.tier not in model.tiers:
            yield _unknown(sources, (*way, "tier"), client.tier, frozenset(model.tiers), "tier")
        for index, message in enumerate(client.messages):
            if message.by is not None and message.by not in people:
                yield _unknown(sources, (*way, "messages", index, "by"), message.by, people, "person")
        longest = max((len(weeks) for weeks in client.figures.values()), default=0)
        for metric, weeks in client.figures.items():
            if len(weeks) != longest:
                message_ = f"these are {len(weeks)} weeks, and another metric has {longest}"
                yield sources.problem((*way, "figures", metric), message_, expected="a figure for each week")
        for index, event in enumerate(client.befalls):
            if event.week > longest:
                where = (*way, "befalls", index, "week")
                yield sources.problem(where, f"the figures have {longest} weeks", expected=f"at most {longest}")


def calls_can_be_played(model: Model, sources: Sources) -> Iterator[Problem]:
    for name, scenario in model.practice.items():
        people = sources.written(("practice", name, "client", "people"), scenario.client.people)
        for key, call in scenario.calls.items():
            way: Way = ("practice", name, "calls", key)
            if call.with_ not in people:
                yield _unknown(sources, (*way, "with"), call.with_, people, "person")
            yield from _names(call, way, sources)
            yield from _words(call, way, sources)
            yield from _moves(call, way, sources)
            yield from _told(call, way, sources)
            if not call.otherwise:
                where = (*way, "otherwise")
                yield sources.problem(where, "the client has an answer to what they do not understand")
            if not any(end.parting and end.if_ is None for end in call.ends.values()):
                where = (*way, "ends")
                expected = "parting: true, without if"
                yield sources.problem(where, "no end holds whenever one hangs up", expected=expected, at_key=True)
            for end_key, end in call.ends.items():
                if not end.parting and end.if_ is None:
                    where = (*way, "ends", end_key)
                    yield sources.problem(where, "this end comes at once", expected="if, or parting: true", at_key=True)


def _names(call: PracticeCall, way: Way, sources: Sources) -> Iterator[Problem]:
    for fact in call.facts:
        if fact in call.state:
            yield sources.problem((*way, "facts", fact), f"“{fact}” is a level of this call already", at_key=True)
    for section, held in (("state", call.state), ("facts", call.facts)):
        for key in held:
            if key in OWN_NAMES:
                message = f"“{key}” is a name that every condition has already"
                yield sources.problem((*way, section, key), message, at_key=True)


def _words(call: PracticeCall, way: Way, sources: Sources) -> Iterator[Problem]:
    topics = sources.written((*way, "topics"), call.topics)
    for key, words in call.topics.items():
        if not any(any(sign.isalnum() for sign in word) for word in words):
            yield sources.problem((*way, "topics", key), "nothing is recognised as this topic", expected="words")
    for section, parts in (("answers", call.answers), ("reactions", call.reactions)):
        for key, part in parts.items():
            for index, topic in enumerate(part.hears):
                if topic not in topics:
                    yield _unknown(sources, (*way, section, key, "hears", index), topic, topics, "topic")
            if not part.hears and (section == "answers" or part.if_ is None):
                yield sources.problem((*way, section, key), "nothing brings this about", expected="hears", at_key=True)


def _moves(call: PracticeCall, way: Way, sources: Sources) -> Iterator[Problem]:
    levels = sources.written((*way, "state"), call.state)
    moves: list[tuple[Way, Mapping[str, int]]] = [
        *(((*way, "answers", key, "then"), answer.then) for key, answer in call.answers.items()),
        *(((*way, "reactions", key, "then"), reaction.then) for key, reaction in call.reactions.items()),
        *(((*way, "otherwise", index, "then"), saying.then) for index, saying in enumerate(call.otherwise)),
    ]
    if call.repeated is not None:
        moves.append(((*way, "repeated", "then"), call.repeated.then))
    for where, then in moves:
        for level in then:
            if level not in levels:
                yield _unknown(sources, (*where, level), level, levels, "level", at_key=True)


def _told(call: PracticeCall, way: Way, sources: Sources) -> Iterator[Problem]:
    facts = sources.written((*way, "facts"), call.facts)
    told: set[str] = set()
    for key, answer in call.answers.items():
        for index, fact in enumerate(answer.reveals):
            told.add(fact)
            if fact not in facts:
                yield _unknown(sources, (*way, "answers", key, "reveals", index), fact, facts, "fact")
    for fact in call.facts:
        if fact not in told:
            yield sources.problem((*way, "facts", fact), f"no answer tells “{fact}”", expected="reveals", at_key=True)


def rubrics_can_be_used(model: Model, sources: Sources) -> Iterator[Problem]:
    for name, scenario in model.practice.items():
        tasks = sources.written(("practice", name, "tasks"), scenario.tasks)
        if not scenario.rubric.criteria:
            yield sources.problem(("practice", name, "rubric", "criteria"), "a rubric has at least one criterion")
        yield from _criteria(scenario, name, tasks, sources)


def _criteria(scenario: Scenario, name: str, tasks: frozenset[str], sources: Sources) -> Iterator[Problem]:
    for key, criterion in scenario.rubric.criteria.items():
        way: Way = ("practice", name, "rubric", "criteria", key)
        if len(criterion.levels) != LEVELS:
            message = f"these are {len(criterion.levels)} levels"
            yield sources.problem((*way, "levels"), message, expected="five texts, from level 1 to level 5")
        for index, task in enumerate(criterion.looks_at):
            if task not in tasks:
                yield _unknown(sources, (*way, "looks_at", index), task, tasks, "task")


RULES: tuple[Callable[[Model, Sources], Iterator[Problem]], ...] = (
    tasks_can_be_done,
    clients_are_whole,
    calls_can_be_played,
    rubrics_can_be_used,
)

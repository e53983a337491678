"""Playbooks and signals: steps that can be taken one after another, and signals that do not silence each other."""

from collections.abc import Callable, Iterator

from tenure.blueprint.model import Model
from tenure.blueprint.problems import Problem, nearest
from tenure.blueprint.rules.cycles import circle
from tenure.blueprint.sources import Sources, Way


def steps_can_be_taken(model: Model, sources: Sources) -> Iterator[Problem]:
    for key, playbook in model.playbooks.items():
        known = sources.written(("playbooks", key, "steps"), playbook.steps)
        if not known:
            yield sources.problem(("playbooks", key, "steps"), "a playbook has at least one step")
        for name, step in playbook.steps.items():
            way: Way = ("playbooks", key, "steps", name)
            for index, other in enumerate(step.after):
                if other not in known:
                    near = nearest(other, known)
                    yield sources.problem((*way, "after", index), f"there is no step “{other}” here", nearest=near)
            if step.does == "escalate" and step.to is None and step.escalation is None:
                yield sources.problem(way, "an escalation goes to somebody", expected="to or escalation", at_key=True)
        found = circle({name: step.after for name, step in playbook.steps.items()})
        if found:
            way = ("playbooks", key, "steps", found[0], "after")
            yield sources.problem(way, f"these steps wait for each other: {' → '.join(found)}")


def signals_are_heard(model: Model, sources: Sources) -> Iterator[Problem]:
    found = circle({key: signal.inhibited_by for key, signal in model.signals.items()})
    if found:
        way = ("signals", found[0], "inhibited_by")
        yield sources.problem(way, f"these signals silence each other: {' → '.join(found)}")


def questions_are_asked(model: Model, sources: Sources) -> Iterator[Problem]:
    for key, survey in model.surveys.items():
        if not sources.written(("surveys", key, "questions"), survey.questions):
            yield sources.problem(("surveys", key, "questions"), "a survey asks at least one question")


RULES: tuple[Callable[[Model, Sources], Iterator[Problem]], ...] = (
    steps_can_be_taken,
    signals_are_heard,
    questions_are_asked,
)

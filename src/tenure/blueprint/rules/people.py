"""Who does what: every act has somebody, limits name real levels, ramps and KPIs can be computed."""

from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from tenure.blueprint.model import Model
from tenure.blueprint.problems import Problem, listed, nearest
from tenure.blueprint.sources import Sources, Way
from tenure.blueprint.vocabulary import Vocabulary


def uncovered_operations(data: Mapping[str, Any], sources: Sources, vocabulary: Vocabulary) -> Iterator[Problem]:
    """Operations that no rule lets anybody do."""
    rules = data.get("raci")
    patterns = tuple(rules) if isinstance(rules, Mapping) else ()
    for name in sorted(vocabulary.operations):
        if not any(fnmatchcase(name, pattern) for pattern in patterns):
            yield sources.problem(("raci",), f"no rule says who may do “{name}”", at_key=True)


def limits_name_levels(model: Model, sources: Sources) -> Iterator[Problem]:
    for name, rule in model.raci.items():
        for role, level in rule.limits.items():
            if role not in model.roles:
                continue  # told as a reference already
            levels = sources.written(("roles", role, "levels"), model.roles[role].levels)
            way = ("raci", name, "limits", role)
            if level not in levels:
                message = f"the role “{role}” has no level “{level}”"
                yield sources.problem(way, message, expected=listed(sorted(levels)), nearest=nearest(level, levels))
            elif role not in (rule.accountable, *rule.responsible):
                yield sources.problem(way, f"the role “{role}” may not do this at all", at_key=True)


def nobody_consults_themselves(model: Model, sources: Sources) -> Iterator[Problem]:
    for name, rule in model.raci.items():
        for index, role in enumerate(rule.consulted):
            if role in (rule.accountable, *rule.responsible):
                message = f"the role “{role}” does this itself and need not be asked"
                yield sources.problem(("raci", name, "consulted", index), message)


def roles_are_sound(model: Model, sources: Sources) -> Iterator[Problem]:
    for key, role in model.roles.items():
        ranks: dict[int, str] = {}
        for level, part in role.levels.items():
            if part.rank in ranks:
                message = f"the level “{ranks[part.rank]}” has the rank {part.rank} too"
                yield sources.problem(("roles", key, "levels", level, "rank"), message)
            ranks.setdefault(part.rank, level)
            yield from _spread(("roles", key, "levels", level), part.accounts_from, part.accounts_to, sources)
            if part.people_from is not None and part.people_to is not None and part.people_from > part.people_to:
                message = f"the team ends at {part.people_to} people and begins at {part.people_from}"
                yield sources.problem(("roles", key, "levels", level, "people_to"), message)
        for stage, ramp in role.ramp.items():
            yield from _spread(("roles", key, "ramp", stage), ramp.accounts_from, ramp.accounts_to, sources)
            for name, expected in ramp.expects.items():
                if (expected.kpi is None) == (expected.counts is None):
                    way: Way = ("roles", key, "ramp", stage, "expects", name)
                    yield sources.problem(way, "an expectation is computed in one way", expected="either kpi or counts")
        if role.portal != (role.reach == "own"):
            way = ("roles", key, "reach" if role.portal else "portal")
            yield sources.problem(way, "a role of the portal reaches its own account, and no other role does")


def _spread(way: Way, least: int | None, most: int | None, sources: Sources) -> Iterator[Problem]:
    if least is not None and most is not None and least > most:
        yield sources.problem((*way, "accounts_to"), f"the book ends at {most} accounts and begins at {least}")


def company_calendar_exists(model: Model, sources: Sources) -> Iterator[Problem]:
    """Where calendars are declared, the one that a company without a word about it counts by is among them."""
    known = sources.written(("calendars",), model.calendars)
    if known and "calendar" not in model.company.model_fields_set and model.company.calendar not in known:
        message = f"the company counts by the calendar “{model.company.calendar}”, which is not declared"
        yield sources.problem(("company",), message, expected=listed(sorted(known)), at_key=True)


RULES: tuple[Callable[[Model, Sources], Iterator[Problem]], ...] = (
    limits_name_levels,
    nobody_consults_themselves,
    roles_are_sound,
    company_calendar_exists,
)

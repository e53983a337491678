"""One page about a role: what it owns, the figures it is measured by, its week."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from tenure.blueprint.model import Level, Model, Ramp
from tenure.blueprint.problems import listed, nearest


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that the role is measured by. `target` is None where the company set none."""

    key: str
    label: str
    kind: Literal["lead", "lag"]
    why: str
    target: Decimal | None
    better: Literal["up", "down"]
    unit: str

    @property
    def goal(self) -> str:
        """The target as one reads it: ``at least 95 %``, ``at most 21 days``, or nothing."""
        if self.target is None:
            return ""
        number = f"{self.target.normalize():f}"
        return f"at {'least' if self.better == 'up' else 'most'} {number}{f' {self.unit}' if self.unit else ''}"


@dataclass(frozen=True, slots=True)
class Promise:
    """A commitment that the role keeps."""

    key: str
    label: str
    promise: str
    time: str
    target: Decimal | None


@dataclass(frozen=True, slots=True)
class RoleCard:
    """What a role is, on one page.

    Attributes
    ----------
    accountable : the one thing that it answers for.
    owns, week : sentences of the blueprint.
    figures : its primary numbers, in the blueprint's order.
    promises : commitments it owns.
    decides : acts of which it alone is accountable, as the RACI names them; `does` are those it may do besides.
    asked : acts before which it is asked.
    book : the accounts that the first level with a size looks after, such as ``10 to 15``.
    """

    key: str
    label: str
    accountable: str
    owns: tuple[str, ...]
    figures: tuple[Figure, ...]
    week: tuple[str, ...]
    promises: tuple[Promise, ...]
    decides: tuple[str, ...]
    does: tuple[str, ...]
    asked: tuple[str, ...]
    levels: tuple[Level, ...]
    ramp: tuple[Ramp, ...]
    book: str


def role_card(model: Model, role: str) -> RoleCard:
    """The card of one role. Raises KeyError, with the nearest name, where the model has no such role."""
    if role not in model.roles:
        hint = nearest(role, model.roles) or listed(model.roles)
        raise KeyError(f"there is no role “{role}”; did you mean {hint}?")
    part = model.roles[role]
    levels = tuple(sorted(part.levels.values(), key=lambda level: level.rank))
    return RoleCard(
        key=role,
        label=part.label,
        accountable=part.accountable,
        owns=part.owns,
        figures=tuple(_figure(model, key) for key in part.measured_by if key in model.kpis),
        week=part.week,
        promises=tuple(
            Promise(key, each.label, each.promise, each.within or each.every or "", each.target)
            for key, each in model.commitments.items()
            if each.owner == role
        ),
        decides=tuple(name for name, rule in model.raci.items() if rule.accountable == role),
        does=tuple(name for name, rule in model.raci.items() if role in rule.responsible),
        asked=tuple(name for name, rule in model.raci.items() if role in rule.consulted),
        levels=levels,
        ramp=tuple(part.ramp.values()),
        book=next((_spread(each) for each in levels if _spread(each)), ""),
    )


def _figure(model: Model, key: str) -> Figure:
    kpi = model.kpis[key]
    return Figure(key, kpi.label, kpi.kind, kpi.why, kpi.target, kpi.better, kpi.unit)


def _spread(level: Level) -> str:
    match level.accounts_from, level.accounts_to:
        case None, None:
            return ""
        case None, most:
            return f"up to {most}"
        case least, None:
            return f"{least} or more"
        case least, most:
            return f"{least} to {most}"

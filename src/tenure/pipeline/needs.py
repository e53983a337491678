"""Which measures a blueprint needs taken each night: every one that some expression of it reads."""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tenure.blueprint.expressions import Column, ExpressionError
from tenure.blueprint.model import Model
from tenure.work.names import Names, names_of
from tenure.work.plays import Play

FROM_THE_SCORE = frozenset({"score", "score_days_in_band"})  # known once the day is scored, not before


def columns_needed(model: Model, plays: Iterable[Mapping[str, Any]] = ()) -> list[Column]:
    """The columns of all expressions of a blueprint, and of the terms under which plays still run, by key."""
    names = names_of(model)
    found: dict[str, Column] = {}
    for text in [*_texts(model), *_texts_of_plays(plays)]:
        for column in _columns(names, text):
            found[column.key] = column
    return [found[key] for key in sorted(found) if found[key].name not in FROM_THE_SCORE or found[key].ago]


def _columns(names: Names, text: str) -> frozenset[Column]:
    try:
        return names.columns(text)
    except ExpressionError:
        return frozenset()  # terms of long ago may name what the language no longer has


def _texts(model: Model) -> Iterator[str]:
    for card in model.scorecards.values():
        yield from _present(card.applies)
        for component in card.components.values():
            yield component.measure
        for override in card.overrides.values():
            yield override.when
    for signal in model.signals.values():
        yield signal.when
        for _, name, _, _ in string.Formatter().parse(signal.reason):
            yield from _present(name)
    for segment in model.segments.values():
        yield segment.where
    for playbook in model.playbooks.values():
        yield from _present(playbook.outcome, playbook.stops, *(step.when for step in playbook.steps.values()))
    for commitment in model.commitments.values():
        yield from _present(commitment.applies)
    for journey in model.journeys.values():
        yield from _present(journey.applies)
    for kpi in model.kpis.values():
        yield from _present(kpi.measure, kpi.where)
    for tool in model.tools.values():
        for call in tool.calls.values():
            yield from _present(call.applies, *call.values.values())
    yield from model.measures


def _texts_of_plays(plays: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for terms in plays:
        steps = terms.get("steps", {}).values()
        yield from _present(terms.get("outcome"), terms.get("stops"), *(step.get("when") for step in steps))


def _present(*texts: str | None) -> Iterator[str]:
    yield from (text for text in texts if text)


def terms_of_plays() -> list[dict[str, Any]]:
    """The terms of every play that still runs or waits for its judgement."""
    rows = Play.objects.filter(judged_at=None).values_list("playbook", "terms")
    return [terms for _, terms in rows]

"""How a model judges, in words and small drawings: scorecards with their curves, measures, metrics, figures."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from tenure.blueprint.model import Band, Component, Kpi, Model, Scorecard
from tenure.web import drawing, wording
from tenure.web.blueprint_words import Curve, Entry, Step
from tenure.web.conditions import Speaker

WIDTH, HEIGHT = 176, 84
LEFT, RIGHT, TOP, BOTTOM = 22.0, 168.0, 6.0, 64.0
MISSING = {
    "unknown": "Where it is unknown, the whole score is.",
    "leave_out": "Where it is unknown, the others count without it.",
}
OF = {
    "mean": "The mean of {} over the accounts.",
    "median": "The median of {} over the accounts.",
    "sum": "The sum of {} over the accounts.",
    "share": "The share of accounts where {}.",
}
TOGETHER = {"sum": "added up", "mean": "as a mean", "last": "the last one counts", "max": "the largest one counts"}


def scorecards(model: Model, speak: Speaker) -> Iterator[Entry]:
    """Each card: what it adds up, with a curve per component, its bands and what overrides them."""
    for key, card in model.scorecards.items():
        entry = Entry(
            "scorecards", key, card.label, _card(card, speak), tag=f"version {card.version}", is_ordered=False
        )
        if model.primary_scorecard == key:
            entry.tag += ", says how an account stands"
        entry.scale = _scale(card)
        entry.facts = [("Bands", _named(card))]
        total = sum((each.weight for each in card.components.values()), Decimal())
        entry.curves = [_curve(each, card, total, speak) for each in card.components.values()]
        entry.steps = [
            Step(each.label, f"{_band(card, each.band)} where {speak.condition(each.when)}")
            for each in card.overrides.values()
        ]
        yield entry


def _card(card: Scorecard, speak: Speaker) -> list[str]:
    said = [card.why] if card.why else []
    places = "whole points" if card.decimals == 0 else f"{card.decimals} decimal{'' if card.decimals == 1 else 's'}"
    said.append(f"From {wording.number(card.low)} to {wording.number(card.high)}, rounded to {places}.")
    if card.least_coverage < 1:
        said.append(f"It is unknown where less than {wording.percent(card.least_coverage)} of its weight is known.")
    if card.applies:
        said.append(f"It is for accounts where {speak.condition(card.applies)}.")
    if card.written_on:
        said.append(f"Written on {card.written_on.day} {card.written_on:%b %Y}; days before that are in-sample.")
    return said


def _bands(card: Scorecard) -> list[Band]:
    return sorted(card.bands.values(), key=lambda band: band.from_)


def _band(card: Scorecard, key: str) -> str:
    return card.bands[key].label if key in card.bands else key


def _scale(card: Scorecard) -> SafeString:
    """The bands on the card's scale."""
    bands = [(band.tone, band.from_) for band in _bands(card)]
    return drawing.scale(None, label=f"Bands: {_named(card)}", low=card.low, high=card.high, bands=bands)


def _named(card: Scorecard) -> str:
    return ", ".join(f"{band.label} from {wording.number(band.from_)}" for band in _bands(card))


def _curve(part: Component, card: Scorecard, total: Decimal, speak: Speaker) -> Curve:
    share = wording.percent(part.weight / total)
    missing = MISSING.get(part.missing, f"Where it is unknown, it earns {wording.number(part.missing_points)}.")
    said = f"{share} of the score, by {speak.condition(part.measure)}. {missing}"
    return Curve(part.label, said, curve(part.points, card.low, card.high, label=_told(part)), part.why)


def _told(part: Component) -> str:
    pairs = (f"{wording.number(value)} earns {wording.number(points)}" for value, points in part.points)
    return f"{part.label}: {', '.join(pairs)}"


def curve(points: tuple[tuple[Decimal, Decimal], ...], low: Decimal, high: Decimal, *, label: str) -> SafeString:
    """The points that a measure's values earn: a line between the given ones, level beyond its ends."""
    first, last = points[0][0], points[-1][0]
    margin = (last - first) / 8 if last != first else Decimal(1)
    start, end = first - margin, last + margin

    def x(value: Decimal) -> float:
        return LEFT + (RIGHT - LEFT) * drawing.share(value, start, end) / 100

    def y(earned: Decimal) -> float:
        return BOTTOM - (BOTTOM - TOP) * drawing.share(earned, low, high) / 100

    shown = [(start, points[0][1]), *points, (end, points[-1][1])]
    path = "".join(
        f"{'L' if at else 'M'}{drawing.number(x(value))} {drawing.number(y(earned))}"
        for at, (value, earned) in enumerate(shown)
    )
    body = [
        format_html('<path class="base" d="M{} {}H{}M{} {}V{}"/>', LEFT, BOTTOM, RIGHT, LEFT, TOP, BOTTOM),
        format_html('<path class="series" d="{}"/>', path),
        *(
            format_html('<circle class="dot" cx="{}" cy="{}" r="2"/>', drawing.number(x(v)), drawing.number(y(e)))
            for v, e in points
        ),
        drawing.text(wording.number(high), str(LEFT - 4), TOP + 4, anchor="end"),
        drawing.text(wording.number(low), str(LEFT - 4), BOTTOM, anchor="end"),
        *_marks([(value, x(value)) for value, _ in points]),
    ]
    return format_html(
        '<svg width="{0}" height="{1}" viewBox="0 0 {0} {1}" role="img" aria-label="{2}">{3}</svg>',
        WIDTH,
        HEIGHT,
        label,
        mark_safe("".join(body)),  # noqa: S308
    )


def _marks(values: list[tuple[Decimal, float]]) -> Iterator[SafeString]:
    """The measure's values under the line; those that would stand in each other give way, the last one stays."""
    taken, last = -100.0, values[-1]
    for value, at in values:
        is_free = at - taken > 30 and (last[1] - at > 30 or value == last[0])
        if is_free or (value, at) == last:
            taken = at
            yield drawing.text(wording.number(value), drawing.number(at), BOTTOM + 14, anchor="middle")


def measures(model: Model, speak: Speaker) -> Iterator[Entry]:
    for key, each in model.measures.items():
        asks = "true where" if speak.is_condition(each.is_) else ""
        said = [f"It is {asks} {speak.condition(each.is_)}.".replace("  ", " ")]
        said += [each.about] if each.about else []
        facts = [("Unit", each.unit)] if each.unit else []
        yield Entry("measures", key, each.label, said, [*facts, ("Better", f"when it goes {each.better}")])


def metrics(model: Model, _: Speaker) -> Iterator[Entry]:
    for key, each in model.metrics.items():
        facts = [("Unit", each.unit)] if each.unit else []
        facts += [("Points of a span", TOGETHER[each.aggregate]), ("Better", f"when it goes {each.better}")]
        facts.append(("A goal reads", f"its points of {each.goal_days} days"))
        if each.attribution:
            facts.append(("Told apart by", wording.listed(each.attribution.values())))
        if each.client_visible:
            facts.append(("The client", "sees it"))
        yield Entry("metrics", key, each.label, [each.about] if each.about else [], facts)


def kpis(model: Model, speak: Speaker) -> Iterator[Entry]:
    for key, kpi in model.kpis.items():
        said = [kpi.why, *_measured(kpi, speak)]
        target = ""
        if kpi.target is not None:
            least = "at least" if kpi.better == "up" else "at most"
            target = f"{least} {wording.number(kpi.target)}{f' {kpi.unit}' if kpi.unit else ''}"
        facts = [("Target", target)] if target else []
        yield Entry("kpis", key, kpi.label, said, facts, tag="leads" if kpi.kind == "lead" else "lags")


def _measured(kpi: Kpi, speak: Speaker) -> Iterator[str]:
    if kpi.commitment:
        known = speak.model.commitments
        label = known[kpi.commitment].label if kpi.commitment in known else kpi.commitment
        yield {
            "share": f"The share of “{label}” that is met.",
            "mean": f"The mean of days until “{label}” is met.",
            "median": f"The median of days until “{label}” is met.",
        }.get(kpi.of, f"How often “{label}” is met.")
    elif kpi.measure and kpi.of == "sum" and speak.is_condition(kpi.measure):
        yield f"The number of accounts where {speak.condition(kpi.measure)}."
    elif kpi.measure:
        yield OF[kpi.of].format(speak.condition(kpi.measure))
    if kpi.where:
        yield f"Only accounts where {speak.condition(kpi.where)}."

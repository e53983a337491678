"""Scorecards and KPIs: bands that cover the scale, curves that rise along it, one way to compute each number."""

from collections.abc import Callable, Iterable, Iterator

from tenure.blueprint.model import Component, Model, Scorecard
from tenure.blueprint.problems import Problem, listed, nearest
from tenure.blueprint.sources import Sources, Way


def one_card_is_primary(model: Model, sources: Sources) -> Iterator[Problem]:
    marked = [key for key, card in model.scorecards.items() if card.primary]
    for key in marked[1:]:
        message = f"the card “{marked[0]}” is primary already"
        yield sources.problem(("scorecards", key, "primary"), message, at_key=True)


def cards_are_sound(model: Model, sources: Sources) -> Iterator[Problem]:
    for key, card in model.scorecards.items():
        way = ("scorecards", key)
        if card.low >= card.high:
            yield sources.problem((*way, "high"), f"the scale ends at {card.high} and begins at {card.low}")
        if not sources.written((*way, "components"), card.components):
            yield sources.problem((*way, "components"), "a card has at least one component")
        yield from _bands(way, card, sources)
        for name, component in card.components.items():
            yield from _curve((*way, "components", name), component, card, sources)
        for name, override in card.overrides.items():
            bands = sources.written((*way, "bands"), card.bands)
            if override.band not in bands:
                yield sources.problem(
                    (*way, "overrides", name, "band"),
                    f"the card has no band “{override.band}”",
                    expected=listed(sorted(bands)),
                    nearest=nearest(override.band, bands),
                )


def _bands(way: Way, card: Scorecard, sources: Sources) -> Iterator[Problem]:
    """Bands begin at different values, all on the scale, and the lowest at its low end."""
    written = sources.written((*way, "bands"), card.bands)
    if not written:
        yield sources.problem((*way, "bands"), "a card has at least one band")
    starts: dict[object, str] = {}
    for key, band in card.bands.items():
        place = (*way, "bands", key, "from")
        if band.from_ in starts:
            yield sources.problem(
                place, f"the bands “{starts[band.from_]}” and “{key}” overlap: both begin at {band.from_}"
            )
        starts.setdefault(band.from_, key)
        if not card.low <= band.from_ <= card.high:
            yield sources.problem(place, f"{band.from_} lies outside the scale", expected=f"{card.low} to {card.high}")
    if len(written) > len(card.bands) or not card.bands:
        return  # the lowest may be one that could not be read
    lowest = min(card.bands, key=lambda key: card.bands[key].from_)
    if card.low < card.bands[lowest].from_ <= card.high:
        message = f"scores under {card.bands[lowest].from_} fall into no band"
        yield sources.problem(
            (*way, "bands", lowest, "from"), message, expected=f"the lowest band to begin at {card.low}"
        )


def _curve(way: Way, component: Component, card: Scorecard, sources: Sources) -> Iterator[Problem]:
    points = component.points
    if not points:
        yield sources.problem(
            (*way, "points"), "the curve has no points", expected="pairs of [measure's value, points]"
        )
    for index, (value, earned) in enumerate(points):
        if index and value <= points[index - 1][0]:
            before = points[index - 1][0]
            yield sources.problem((*way, "points", index), f"the curve does not ascend: {value} stands after {before}")
        if not card.low <= earned <= card.high:
            message = f"{earned} points lie outside the card's scale"
            yield sources.problem((*way, "points", index, 1), message, expected=f"{card.low} to {card.high}")
    if (component.missing == "points") != (component.missing_points is not None):
        field = "missing" if component.missing == "points" else "missing_points"
        yield sources.problem((*way, field), "missing: points and missing_points belong together", at_key=True)
    earned_unknown = component.missing_points
    if earned_unknown is not None and not card.low <= earned_unknown <= card.high:
        message = f"{earned_unknown} points lie outside the card's scale"
        yield sources.problem((*way, "missing_points"), message, expected=f"{card.low} to {card.high}")


def kpis_are_computed_one_way(model: Model, sources: Sources) -> Iterator[Problem]:
    for key, kpi in model.kpis.items():
        if (kpi.commitment is None) == (kpi.measure is None):
            yield sources.problem(
                ("kpis", key), "a KPI is computed in one way", expected="either commitment or measure", at_key=True
            )
        elif kpi.commitment is not None and kpi.of == "sum" and "of" in kpi.model_fields_set:
            yield sources.problem(
                ("kpis", key, "of"),
                "verdicts have no sum",
                expected="share of them met, or mean or median of their days",
            )


def kpis_look_back_one_way(model: Model, sources: Sources) -> Iterator[Problem]:
    """A KPI over verdicts says how far back it looks; the windows of a measure say so themselves."""
    for key, kpi in model.kpis.items():
        if kpi.commitment is None and "over" in kpi.model_fields_set:
            message = "a measure says itself how far back it looks"
            yield sources.problem(("kpis", key, "over"), message, expected="over with a commitment only", at_key=True)


def bonuses_have_targets(model: Model, sources: Sources) -> Iterator[Problem]:
    """What a bonus rests on has a target to be reached."""
    for name, role in model.roles.items():
        ways: list[tuple[Way, Iterable[str]]] = [(("roles", name, "bonus"), role.bonus)]
        ways += [(("roles", name, "levels", key, "bonus"), level.bonus) for key, level in role.levels.items()]
        for way, keys in ways:
            for key in keys:
                if key in model.kpis and model.kpis[key].target is None:
                    yield sources.problem((*way, key), f"the KPI “{key}” has no target to be reached", at_key=True)


RULES: tuple[Callable[[Model, Sources], Iterator[Problem]], ...] = (
    one_card_is_primary,
    cards_are_sound,
    kpis_are_computed_one_way,
    kpis_look_back_one_way,
    bonuses_have_targets,
)

"""Charts of a series over time, drawn on the server as SVG: for pages, for reports on paper, for slides.

Every function takes plain numbers and days and returns the text of one SVG element. One specification serves all
outlets: `PAGE` names the tokens of our stylesheet, so that a chart follows the reader's theme; `PAPER` has colours of
its own. What is unknown is a gap and never zero. A drawing is kept by its content: asked for again, it is not redrawn.
The library that draws takes most of a second to load, so it is imported where something is drawn.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import altair as alt

Point = tuple[date, float | None]
Side = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class Inks:
    """What a chart is drawn with: colours as SVG takes them. `gap` fills the days of which nothing is known."""

    ink: str
    soft: str
    label: str
    axis: str
    accent: str
    gap: str
    green: str
    yellow: str
    red: str


PAGE = Inks(
    ink="var(--ink)",
    soft="var(--edge)",
    label="var(--ink-3)",
    axis="var(--line)",
    accent="var(--accent)",
    gap="url(#hatch)",
    green="var(--green)",
    yellow="var(--yellow)",
    red="var(--red)",
)
PAPER = Inks(
    ink="#2b2522",
    soft="#8f8780",
    label="#6b635d",
    axis="#e6e2dd",
    accent="#7b2a63",
    gap="#efece8",
    green="#1f7a55",
    yellow="#96690d",
    red="#b73a2a",
)
FONT = "DejaVu Sans"  # what widths are reckoned with; a page sets its own, which is no wider
SIZE = 10.5
_PARTS = re.compile(r' (?:role="graphics-[a-z]+"|aria-roledescription="[^"]*")')
_DAYS = re.compile(r"(?<=[> ])\d{1,2} [A-Z][a-z]{2}(?=</text>)")
LINE = 13  # from one line of words to the next


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of the scale that has a verdict: its tone (green, yellow or red), from where, up to where."""

    tone: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Change:
    """A day on which the rules behind a series changed, and the words at its flag."""

    day: date
    words: str


@dataclass(frozen=True, slots=True)
class Frame:
    """Between what a series is drawn, and what lies behind it.

    Attributes
    ----------
    first, last : the first and the last day shown, both included.
    low, high : the ends of the scale in the series' unit; without them from zero to the greatest value.
    ticks : the values that are written on the scale; without them a few round ones.
    bands : stretches of the scale with a verdict.
    target : a value that should be reached, and the words beside its line.
    changes : days on which the rules changed; each gets a flag and a dashed line.
    width, height : the drawing's own pixels; it scales with whatever holds it, and its words with it.
    """

    first: date
    last: date
    low: float | None = None
    high: float | None = None
    ticks: tuple[float, ...] = ()
    bands: tuple[Band, ...] = ()
    target: tuple[float, str] | None = None
    changes: tuple[Change, ...] = ()
    width: int = 380
    height: int = 150

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def at(self, day: date) -> float:
        """Where a day lies, in days from the first: its middle, so that the first and the last are drawn whole."""
        return (day - self.first).days + 0.5


def line(points: Sequence[Point], frame: Frame, *, label: str, ending: str = "", inks: Inks = PAGE) -> str:
    """A series as a line with a dot on its newest point; a point without a value breaks it.

    `label` says the content for those who do not see it, `ending` stands beside the dot.
    """
    return _line(tuple(points), frame, label, ending, inks)


def columns(
    points: Sequence[Point],
    frame: Frame,
    *,
    label: str,
    ending: str = "",
    days: int = 7,
    inked: date | None = None,
    inks: Inks = PAGE,
) -> str:
    """A series as columns, one per span of `days`, each point dated by the last day of its span.

    The newest is in ink; with `inked` all are that have half of their span on or after that day.
    """
    return _columns(tuple(points), frame, label, ending, days, inked, inks)


@lru_cache(maxsize=512)
def _line(points: tuple[Point, ...], frame: Frame, label: str, ending: str, inks: Inks) -> str:
    axes = _Axes.of(points, frame, inks)
    rows = [{"at": frame.at(day), "value": value} for day, value in points]
    known = [row for row in rows if row["value"] is not None]
    series = _layer(rows).mark_line(
        color=inks.ink, strokeWidth=1.6, strokeJoin="round", invalid="break-paths-filter-domains"
    )
    layers = [*_behind(points, frame, inks, axes), series.encode(x=axes.x, y=axes.y)]
    if known:
        dots = [*_alone(rows), known[-1]]
        layers.append(_layer(dots).mark_circle(color=inks.ink, size=26, opacity=1).encode(x=axes.x, y=axes.y))
        layers.append(_beside(known[-1], ending, frame, inks, axes))
    return _svg(layers, frame, label)


@lru_cache(maxsize=512)
def _columns(
    points: tuple[Point, ...], frame: Frame, label: str, ending: str, days: int, inked: date | None, inks: Inks
) -> str:
    axes = _Axes.of(points, frame, inks)
    rows = [
        {"at": frame.at(day) + 0.5 - 0.85 * days, "until": frame.at(day) + 0.5 - 0.15 * days, "value": value, "foot": 0}
        for day, value in points
        if value is not None
    ]
    layers = _behind(points, frame, inks, axes)
    dark = sum(value is not None and is_inked(day, inked, days) for day, value in points) if inked else 1
    quiet = len(rows) - dark
    for colour, some in ((inks.soft, rows[:quiet]), (inks.ink, rows[quiet:])):
        column = _layer(some).mark_rect(color=colour)
        layers.append(column.encode(x=axes.x, x2="until", y=axes.y, y2="foot"))
    if rows:
        layers.append(_ending(rows[-1] | {"at": (rows[-1]["at"] + rows[-1]["until"]) / 2}, ending, inks, axes))
    return _svg(layers, frame, label)


def is_inked(day: date, inked: date, days: int = 7) -> bool:
    """Whether at least half of the span that ends on a day lies on or after the day from which columns are in ink."""
    return day - timedelta(days=days // 2) >= inked


@dataclass(frozen=True)
class _Axes:
    """Both axes of a chart. Days are reckoned from the first, so that no zone or locale of a machine has a say."""

    x: alt.X
    y: alt.Y
    low: float
    high: float
    days: int

    @classmethod
    def of(cls, points: Sequence[Point], frame: Frame, inks: Inks) -> _Axes:
        import altair as alt

        values = [value for _, value in points if value is not None]
        shown = [*values, frame.target[0] if frame.target else 0.0, 0.0]
        ends = (min(shown) if frame.low is None else frame.low, max(shown) if frame.high is None else frame.high)
        whole = all(float(value).is_integer() for value in shown)
        ticks = frame.ticks or _round_ticks(*ends, whole=whole)
        low, high = min(*ticks, ends[0]), max(*ticks, ends[1])
        written = {frame.at(day) - 0.5: _short(day) for day in _day_ticks(frame)}
        figures = {tick: _figure(tick, high) for tick in ticks}
        common: dict[str, Any] = {
            "title": None, "domain": False, "ticks": False, "labelColor": inks.label, "labelFontSize": SIZE,
        }  # fmt: skip
        x = alt.X(
            "at:Q",
            scale=alt.Scale(domain=[0, frame.days], nice=False),
            axis=alt.Axis(
                values=list(written), labelExpr=_said(written), grid=False, labelPadding=6, labelBound=False,
                labelOverlap=False, labelFlush=8, **common,
            ),
        )  # fmt: skip
        y = alt.Y(
            "value:Q",
            scale=alt.Scale(domain=[low, high], nice=False, zero=False),
            axis=alt.Axis(
                values=list(ticks),
                labelExpr=_said(figures),
                gridColor=inks.axis,
                labelPadding=6,
                minExtent=22,
                **common,
            ),
        )
        return cls(x, y, low, high, frame.days)


def _said(words: Mapping[float, str]) -> str:
    """The words of an axis by the values at which they stand, as an expression of Vega."""
    return " : ".join([*(f"abs(datum.value - {at}) < 1e-9 ? {json.dumps(said)}" for at, said in words.items()), "''"])


def _figure(value: float, most: float) -> str:
    """A value on a scale that reaches to `most`, short enough to stand beside it: ``1.5``, ``40k``, ``1.2M``."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if most >= 10 * size or (most >= size and size > 1_000):
            return f"{value / size:,.4g}{letter if value else ''}"
    return f"{value:,.6g}"


def _layer(rows: Sequence[dict[str, Any]]) -> alt.Chart:
    import altair as alt

    return alt.Chart(alt.InlineData(values=list(rows)))


def _behind(points: Sequence[Point], frame: Frame, inks: Inks, axes: _Axes) -> list[alt.Chart]:
    """What lies behind a series: bands, days of which nothing is known yet, the target, changes of the rules."""
    layers = []
    for band in frame.bands:
        row = {"at": 0, "until": frame.days, "value": max(band.low, axes.low), "top": min(band.high, axes.high)}
        zone = _layer([row]).mark_rect(color=getattr(inks, band.tone, inks.soft), opacity=0.07)
        layers.append(zone.encode(x=axes.x, x2="until", y=axes.y, y2="top"))
    known = [day for day, value in points if value is not None]
    silent = (frame.last - max(known)).days if known else 0
    if silent > 0:
        row = {"at": frame.days - silent, "until": frame.days, "value": axes.low, "top": axes.high}
        layers.append(_layer([row]).mark_rect(color=inks.gap).encode(x=axes.x, x2="until", y=axes.y, y2="top"))
    if frame.target:
        at = [{"at": frame.days, "value": frame.target[0], "words": frame.target[1]}]
        layers.append(_layer(at).mark_rule(color=inks.accent, strokeDash=[5, 3]).encode(y=axes.y))
        words = _layer(at).mark_text(color=inks.accent, align="left", dx=7, fontSize=SIZE)
        layers.append(words.encode(x=axes.x, y=axes.y, text="words:N"))
    return layers + _flags(frame, inks, axes)


def _flags(frame: Frame, inks: Inks, axes: _Axes) -> list[alt.Chart]:
    """The days on which the rules changed: a dashed line each, with a flag and its words above the scale."""
    rows: list[dict[str, Any]] = [
        {"at": frame.at(change.day), "words": change.words}
        for change in frame.changes
        if frame.first <= change.day <= frame.last
    ]
    if not rows:
        return []
    import altair as alt

    layers = [
        _layer(rows).mark_rule(color=inks.soft, strokeDash=[2, 2]).encode(x=axes.x),
        _layer(rows).mark_point(shape="diamond", filled=True, size=34, opacity=1, color=inks.label)
        .encode(x=axes.x, y=alt.value(-7)),
    ]  # fmt: skip
    for side, some in _told(rows, frame):
        words = _layer(some).mark_text(color=inks.label, align=side, dx=8 if side == "left" else -8, fontSize=SIZE)
        layers.append(words.encode(x=axes.x, y=alt.value(-7), text="words:N"))
    return layers


def _told(rows: Sequence[dict[str, Any]], frame: Frame) -> list[tuple[Side, list[dict[str, Any]]]]:
    """The flags that have room for their words, by how these are aligned; the others keep the flag alone.

    The newest is heard first: words stand after the flag, or before it where the drawing ends.
    """
    letter = frame.days / frame.width * SIZE * 0.66
    told: dict[Side, list[dict[str, Any]]] = {"left": [], "right": []}
    ahead = float(frame.days)
    for row in sorted(rows, key=lambda row: -float(row["at"])):
        wide = (len(row["words"]) + 2) * letter
        before = max([other["at"] for other in rows if other["at"] < row["at"]], default=0)
        if row["at"] + wide <= ahead:
            told["left"].append(row)
            ahead = row["at"]
        elif row["at"] <= ahead and row["at"] - wide >= before:
            told["right"].append(row)
            ahead = row["at"] - wide
        else:
            ahead = min(ahead, row["at"])
    return [(side, some) for side, some in told.items() if some]


def _alone(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The known points that have no known neighbour: a line alone would not show them."""
    padded = [None, *(row["value"] for row in rows), None]
    return [
        row
        for before, row, after in zip(padded, rows, padded[2:], strict=False)
        if row["value"] is not None and before is None and after is None
    ]


def _ending(row: dict[str, Any], words: str, inks: Inks, axes: _Axes) -> alt.Chart:
    """Words above the newest column."""
    text: alt.Chart = _layer([row | {"words": words}]).mark_text(color=inks.ink, fontWeight=600, fontSize=SIZE, dy=-8)
    return text.encode(x=axes.x, y=axes.y, text="words:N")


def _beside(row: dict[str, Any], words: str, frame: Frame, inks: Inks, axes: _Axes) -> alt.Chart:
    """Words beside the newest point of a line, moved out of the way of the target's where the two are close."""
    aside = 0
    if frame.target:
        apart = (row["value"] - frame.target[0]) / (axes.high - axes.low) * frame.height
        aside = 0 if abs(apart) > LINE else round(abs(apart) - LINE) if apart >= 0 else round(LINE - abs(apart))
    text: alt.Chart = _layer([row | {"words": words}]).mark_text(
        color=inks.ink, fontWeight=600, fontSize=SIZE, align="left", dx=7, dy=aside
    )
    return text.encode(x=axes.x, y=axes.y, text="words:N")


def _day_ticks(frame: Frame) -> list[date]:
    """Days to write under a chart: whole weeks apart, as many as have room."""
    room = max(2, frame.width // 80)
    weeks = max(1, -(-frame.days // (7 * room)))
    return [frame.first + timedelta(days=7 * weeks * n) for n in range((frame.days - 1) // (7 * weeks) + 1)]


def _short(day: date) -> str:
    """``4 Oct``: as days stand on paper. A page has them rewritten in its reader's order."""
    return f"{day.day} {day:%b}"


def _dated(body: str, frame: Frame) -> str:
    """The drawing with its days marked, wherever one ends a text: under the axis and at a flag."""
    days = {_short(day): day for day in (*_day_ticks(frame), *(change.day for change in frame.changes))}

    def marked(found: re.Match[str]) -> str:
        day = days.get(found[0])
        return f'<tspan data-day="{day.isoformat()}">{found[0]}</tspan>' if day else found[0]

    return _DAYS.sub(marked, body)


def _round_ticks(low: float, high: float, *, whole: bool) -> tuple[float, ...]:
    """Three to seven round values that reach from `low` to `high`: steps of 1, 2 or 5 times a power of ten.

    What is counted in `whole` things has no figure between two of them.
    """
    span = (high - low) or 1.0
    power = 10.0 ** math.floor(math.log10(span / 4))
    step = next(power * each for each in (1, 2, 5, 10) if power * each * 4 >= span)
    step = max(1.0, step) if whole else step
    first, last = math.floor(round(low / step, 6)), math.ceil(round((low + span) / step, 6))
    return tuple(step * n for n in range(first, last + 1))


def _svg(layers: Sequence[alt.Chart], frame: Frame, label: str) -> str:
    """The drawing as text: of a fixed shape, named for those who do not see it, without a background of its own."""
    import altair as alt
    import vl_convert

    room = {"left": 1, "right": 4, "top": 16 if frame.changes else 8, "bottom": 1}
    drawn = (
        alt.layer(*layers)
        .properties(width=frame.width, height=frame.height, autosize=alt.AutoSizeParams(type="fit", contains="padding"))
        .configure(aria=False, font=FONT, padding=room)
        .configure_view(stroke=None)
    )
    svg = vl_convert.vegalite_to_svg(drawn.to_dict())
    ground = f'<rect width="{frame.width}" height="{frame.height}" fill="white"/>'
    body = svg[svg.index(">") + 1 :].replace(ground, "", 1)
    # The whole is one image with a name; its parts have none and are no images of their own.
    body = _dated(_PARTS.sub("", body), frame)
    size = f'viewBox="0 0 {frame.width} {frame.height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" class="plot" {size} role="img" aria-label="{escape(label)}">{body}'

"""A report as slides: native charts and tables that can be edited, in the company's name and colour."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches, Pt

from tenure.blueprint.model import Model
from tenure.outlets.charts import is_inked
from tenure.outlets.paper import brand, change_of, figure_of, kind_of, report_data, title_of, told_of, tone_of
from tenure.records.report import Content, Report, Series

WIDE, HIGH = Inches(13.333), Inches(7.5)
EDGE = Inches(0.7)
INK, SOFT, LINE = RGBColor(0x24, 0x20, 0x1D), RGBColor(0x6F, 0x68, 0x62), RGBColor(0xDD, 0xD8, 0xD2)
WHITE, GREY = RGBColor(0xFF, 0xFF, 0xFF), RGBColor(0xA8, 0xA1, 0x9A)
GREEN, RED = RGBColor(0x1F, 0x7A, 0x55), RGBColor(0xB7, 0x3A, 0x2A)
FONT = "Arial"  # known to every program that shows slides
PER_SLIDE = 6
# A text over lists, of two lines at most, else smaller: its points, letters to a line, inches of a line.
SAID = ((18, 96, 0.32), (14, 124, 0.26))
ON_A_SLIDE = 9


def report_deck(report: Report, model: Model) -> bytes:
    """The report as a presentation: the result, the plan, the figures, the work and what comes next."""
    data, deck = report_data(report, model), _Deck(model)
    deck.opening(data)
    if data["outcomes"]:
        deck.plan(data)
    series = report.shows.series
    for at in range(0, len(series), PER_SLIDE):
        deck.figures(series[at : at + PER_SLIDE], report.shows, f"{data['figures']}, {data['compared']}", data["foot"])
    made, coming = _lines(data, "published"), [*_lines(data, "late"), *_lines(data, "planned")]
    if made or coming:
        deck.lists("The work", data["foot"], ("Delivered", made), ("Coming", coming))
    asked, ours = _lines(data, "old"), _lines(data, "ours")
    theirs = [*_lines(data, "theirs"), *({**each, "title": f"Does it still count? {each['title']}"} for each in asked)]
    if theirs or ours or data["next"]:
        deck.lists("What comes next", data["foot"], ("From you", theirs), ("From us", ours), data["next"])
    deck.properties(f"{kind_of(report, model)}: {report.account.name}")
    return deck.saved()


def _lines(data: dict[str, Any], part: str) -> list[dict[str, str]]:
    """A list of the report, with a line for those that it does not name."""
    more = data[f"{part}_more"]
    return [*data[part], {"title": more, "when": "", "about": "", "url": ""}] if more else data[part]


class _Deck:
    """Slides of one company: every shape is placed here, so that pages share their margins and type."""

    def __init__(self, model: Model) -> None:
        self.brand = brand(model)
        self.accent = RGBColor.from_string(self.brand["accent"].lstrip("#").upper())
        self.deck = Presentation()
        self.deck.slide_width, self.deck.slide_height = WIDE, HIGH

    def saved(self) -> bytes:
        out = io.BytesIO()
        self.deck.save(out)
        return out.getvalue()

    def properties(self, title: str) -> None:
        core = self.deck.core_properties
        core.title, core.author = title, self.brand["company"]

    def _slide(self, title: str = "", foot: str = "") -> Any:
        slide = self.deck.slides.add_slide(self.deck.slide_layouts[5 if title else 6])
        if title:
            # The layout's own title, so that the outline and a screen reader know the slide by name.
            box = slide.shapes.title
            box.left, box.top, box.width, box.height = EDGE, Inches(0.45), WIDE - 2 * EDGE, Inches(0.7)
            size = 28 if len(title) < 56 else 22
            _write(box.text_frame, [(title, size, True, INK)], anchor=MSO_ANCHOR.MIDDLE)
            self._bar(slide, EDGE, Inches(1.18), Inches(0.6), Pt(4), self.accent)
        if foot:
            count = len(self.deck.slides)
            _text(slide, EDGE, Inches(7.02), Inches(9), Inches(0.3), [(foot, 10, False, SOFT)])
            right = (WIDE - EDGE - Inches(1), Inches(7.02), Inches(1), Inches(0.3))
            _text(slide, *right, [(str(count), 10, False, SOFT)], align=PP_ALIGN.RIGHT)
        return slide

    def _bar(self, slide: Any, left: int, top: int, width: int, height: int, colour: RGBColor) -> None:
        shape = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, left, top, width, height)
        shape.fill.solid()
        shape.fill.fore_color.rgb = colour
        shape.line.fill.background()
        shape.shadow.inherit = False

    def opening(self, data: dict[str, Any]) -> None:
        """The result in one sentence, and the reason."""
        slide = self.deck.slides.add_slide(self.deck.slide_layouts[5])
        self._bar(slide, Emu(0), Emu(0), Inches(0.28), HIGH, self.accent)
        left, width = Inches(1.0), Inches(11.3)
        if self.brand["logo"]:
            import vl_convert

            sign = io.BytesIO(vl_convert.svg_to_png(self.brand["logo"], scale=4))
            slide.shapes.add_picture(sign, left, Inches(0.6), height=Inches(0.5))
        else:
            _text(slide, left, Inches(0.6), width, Inches(0.5), [(self.brand["company"], 18, True, self.accent)])
        said = f"{data['kind']}, {data['span']}"
        _text(
            slide, left, Inches(1.75), width, Inches(0.8), [(data["account"], 18, False, SOFT), (said, 14, False, SOFT)]
        )
        box = slide.shapes.title
        box.left, box.top, box.width, box.height = left, Inches(2.6), width, Inches(2.0)
        size = 36 if len(data["sentence"]) < 110 else 30
        _write(box.text_frame, [(data["sentence"], size, True, INK)], anchor=MSO_ANCHOR.TOP)
        rows = [(data["more"], 18, False, INK)] if data["more"] else []
        rows += [(data["reason"], 16, False, INK)] if data["reason"] else []
        rows += [(f"What went well: {each}", 14, False, INK) for each in data["wins"][:2]]
        _text(slide, left, Inches(4.8), width, Inches(1.5), rows)
        _text(slide, left, Inches(6.8), width, Inches(0.4), [(data["note"], 11, False, SOFT)])

    def plan(self, data: dict[str, Any]) -> None:
        """Each outcome with its way from baseline to target, its figure now and its evidence."""
        slide = self._slide(f"{data['plan']}, as of {data['as_of']}", data["foot"])
        lines = data["outcomes"]
        step = min(1.35, 5.4 / len(lines))
        for at, each in enumerate(lines):
            top = Inches(1.5 + at * step)
            over = f"{each['home_label']}: " if each["home_run"] else ""
            small = f"Evidence: {each['evidence']}" if each["evidence"] else each["about"]
            rows = [(f"{over}{each['title']}", 16, True, INK), (small, 11, False, SOFT)]
            _text(slide, EDGE, top, Inches(8.6), Inches(0.7), rows)
            if each["share"] is not None:
                width, at_top = Inches(7.2), top + Inches(0.72)
                self._bar(slide, EDGE, at_top, width, Pt(7), LINE)
                colour = GREEN if each["reached"] else self.accent
                self._bar(slide, EDGE, at_top, Emu(int(width * max(0.01, each["bar"]))), Pt(7), colour)
                ends = f"from {each['baseline']}, target {each['target']}"
                _text(slide, Inches(8.0), top + Inches(0.6), Inches(1.9), Inches(0.3), [(ends, 10, False, SOFT)])
            tail = [(each["now"], 24, True, INK)]
            tail += [(said, 11, False, SOFT) for said in (each["days"], each["state"]) if said]
            _text(slide, Inches(9.9), top, Inches(2.75), Inches(0.9), tail, align=PP_ALIGN.RIGHT)

    def figures(self, series: Sequence[Series], shows: Content, title: str, foot: str) -> None:
        """Up to six native charts, each with its figure, its change, and the days on which its rules changed."""
        slide = self._slide(title, foot)
        across = 3 if len(series) > 4 else 2
        wide, high = (WIDE - 2 * EDGE - (across - 1) * Inches(0.43)) // across, Inches(2.65)
        for at, each in enumerate(series):
            left = EDGE + (at % across) * (wide + Inches(0.43))
            top = Inches(1.4) + (at // across) * (high + Inches(0.1))
            tone = {"up": GREEN, "down": RED}.get(tone_of(each), SOFT)
            marks = [mark.words for mark in shows.marks if each.metric in mark.metrics]
            _text(slide, left, top, wide * 2 // 3, Inches(0.3), [(title_of(each), 13, True, INK)])
            below = told_of(each, shows, most=3) or next(iter(marks[-1:]), "")
            _text(slide, left, top + Inches(0.3), wide, Inches(0.35), [(below, 9, False, SOFT)])
            figure = (left + wide // 2, top, wide - wide // 2, Inches(0.35))
            runs = [(figure_of(each), 16, True, INK), (change_of(each), 12, True, tone)]
            _text(slide, *figure, runs, align=PP_ALIGN.RIGHT, one_line=True)
            self._chart(slide, each, shows.figures_from, left, top + Inches(0.62), wide, high - Inches(0.67))

    def _chart(self, slide: Any, series: Series, since: date | None, left: int, top: int, wide: int, high: int) -> None:
        data = CategoryChartData()
        data.categories = [f"{day.day} {day:%b}" for day, _ in series.weeks]
        data.add_series(series.label, [value for _, value in series.weeks])
        is_sum = series.aggregate == "sum"
        kind = XL_CHART_TYPE.COLUMN_CLUSTERED if is_sum else XL_CHART_TYPE.LINE
        frame = slide.shapes.add_chart(kind, left, top, wide, high, data)
        frame.name = f"{series.label} by week"
        chart, plot = frame.chart, frame.chart.plots[0]
        chart.has_legend, chart.has_title = False, False
        chart.font.size, chart.font.name, chart.font.color.rgb = Pt(10), FONT, SOFT
        chart.value_axis.major_gridlines.format.line.color.rgb = LINE
        chart.value_axis.format.line.fill.background()
        chart.value_axis.minimum_scale = 0
        chart.value_axis.tick_labels.number_format = "#,##0.##" if not is_sum else "#,##0"
        chart.value_axis.tick_labels.number_format_is_linked = False
        chart.category_axis.format.line.color.rgb = LINE
        chart.category_axis.has_major_gridlines = False
        # A label for each week would stand on its head.
        axis, every = chart.category_axis._element, max(1, len(series.weeks) // 3)
        chart.category_axis.tick_labels.font.size = Pt(9)
        axis.find(qn("c:noMultiLvlLbl")).addprevious(axis.makeelement(qn("c:tickLblSkip"), {"val": str(every)}))
        drawn = plot.series[0]
        if is_sum:
            plot.gap_width = 45
            drawn.format.fill.solid()
            drawn.format.fill.fore_color.rgb = GREY
        else:
            drawn.format.line.color.rgb, drawn.format.line.width, drawn.smooth = self.accent, Pt(2.25), False
        since = since or series.weeks[-1][0]
        for at, (on, _) in enumerate(series.weeks):
            # The weeks of the figure stand in the company's colour.
            if is_sum and is_inked(on, since):
                fill = drawn.points[at].format.fill
                fill.solid()
                fill.fore_color.rgb = self.accent

    def lists(
        self, title: str, foot: str, one: tuple[str, list[dict[str, str]]], other: tuple[str, list[dict[str, str]]],
        said: str = "",
    ) -> None:  # fmt: skip
        """Two lists side by side, under a sentence where there is one."""
        slide = self._slide(title, foot)
        top: int = Inches(1.5)
        if said:
            size, line, high = SAID[len(said) > 2 * SAID[0][1]]
            height = Inches(high * -(-len(said) // line))
            _text(slide, EDGE, top, WIDE - 2 * EDGE, height, [(said, size, False, INK)])
            top += height + Inches(0.3)
        for at, (head, items) in enumerate([each for each in (one, other) if each[1]]):
            left = EDGE + at * Inches(6.18)
            rows: list[tuple[str, int, bool, RGBColor]] = [(head, 14, True, self.accent)]
            for item in items[:ON_A_SLIDE]:
                rows.append((item["title"], 16 if len(items) < 7 else 14, False, INK))
                below = ", ".join(said for said in (item["when"], item["about"]) if said)
                if below:
                    rows.append((below, 11, False, RED if item["when"] == "late" else SOFT))
            _text(slide, left, top, Inches(5.75), Inches(4.2), rows)


def _text(
    slide: Any, left: int, top: int, width: int, height: int, rows: Iterable[tuple[str, int, bool, RGBColor]], *,
    align: Any = PP_ALIGN.LEFT, one_line: bool = False,
) -> None:  # fmt: skip
    _write(slide.shapes.add_textbox(left, top, width, height).text_frame, rows, align=align, one_line=one_line)


def _write(
    frame: Any, rows: Iterable[tuple[str, int, bool, RGBColor]], *, align: Any = PP_ALIGN.LEFT,
    anchor: Any = MSO_ANCHOR.TOP, one_line: bool = False,
) -> None:  # fmt: skip
    """Lines of text, each with its size, weight and colour; on one line they stand beside each other."""
    frame.word_wrap, frame.vertical_anchor = True, anchor
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = Emu(0)
    paragraph = frame.paragraphs[0]
    for at, (words_, size, bold, colour) in enumerate(rows):
        if at and not one_line:
            paragraph = frame.add_paragraph()
        paragraph.alignment = align
        paragraph.space_before = Pt(7) if at and not one_line and size >= 14 else Pt(0)
        run = paragraph.add_run()
        run.text = f"  {words_}" if at and one_line else words_
        run.font.size, run.font.bold, run.font.name = Pt(size), bold, FONT
        run.font.color.rgb = colour

"""A chart puts every mark where its number says, leaves a gap where nothing is known, and flags changed rules."""

import re
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest

from tenure.outlets import charts
from tenure.outlets.charts import PAPER, Band, Change, Frame

pytestmark = pytest.mark.requirement("P-08")

FIRST = date(2026, 9, 1)
TEN_WEEKS = Frame(FIRST, FIRST + timedelta(days=69), low=1, high=5, ticks=(1, 2, 3, 4, 5))
SVG = "{http://www.w3.org/2000/svg}"


def weekly(*values: float | None) -> list[charts.Point]:
    """A value at the end of each week from the first day on: on days 6, 13, 20 and so on."""
    return [(FIRST + timedelta(days=7 * index + 6), value) for index, value in enumerate(values)]


def drawn(svg: str, mark: str, role: str = "") -> list[ElementTree.Element]:
    """The marks of one kind in the order of drawing, without those of the axes."""
    groups = ElementTree.fromstring(svg).iter(f"{SVG}g")
    wanted = f"mark-{mark} role-mark"
    return [node for group in groups if wanted in group.get("class", "") for node in group if role in node.tag]


def words(svg: str) -> list[str]:
    texts = ElementTree.fromstring(svg).iter(f"{SVG}text")
    return ["".join(node.itertext()) for node in texts if node.get("opacity") != "0"]


def heights(svg: str, css: str) -> list[float]:
    """How high the rectangles of a colour are, in pixels."""
    paths = [node.get("d", "") for node in drawn(svg, "rect") if node.get("fill") == css]
    return [float(found[1]) for path in paths if (found := re.search(r"v(-?[\d.]+)", path))]


def test_a_line_breaks_where_nothing_is_known() -> None:
    svg = charts.line(weekly(1, 2, None, 4, 5), TEN_WEEKS, label="Health")
    (line,) = drawn(svg, "line")
    assert line.get("d", "").count("M") == 2  # before the gap and after it


def test_a_point_that_stands_alone_is_a_dot() -> None:
    svg = charts.line(weekly(1, 2, None, 4, None, 5), TEN_WEEKS, label="Health")
    assert len(drawn(svg, "symbol")) == 3  # the lonely 4, the 5 as lonely, and the newest, which is the 5 again


def test_columns_are_as_high_as_their_values_and_the_newest_is_in_ink() -> None:
    svg = charts.columns(weekly(10, 20, 40), Frame(FIRST, FIRST + timedelta(days=20)), label="Views", inks=PAPER)
    first, second = heights(svg, PAPER.soft)
    (newest,) = heights(svg, PAPER.ink)
    assert second / first == pytest.approx(2, rel=0.01)
    assert newest / first == pytest.approx(4, rel=0.01)


def test_a_week_without_a_figure_has_no_column() -> None:
    svg = charts.columns(weekly(10, None, 40), Frame(FIRST, FIRST + timedelta(days=20)), label="Views", inks=PAPER)
    assert len(heights(svg, PAPER.soft)) == 1


def test_days_after_the_newest_figure_are_hatched() -> None:
    frame = Frame(FIRST, FIRST + timedelta(days=27))  # the last figure is of day 20: a week is silent
    assert len(heights(charts.columns(weekly(1, 2, 3), frame, label="Views", inks=PAPER), PAPER.gap)) == 1
    assert heights(charts.columns(weekly(1, 2, 3, 4), frame, label="Views", inks=PAPER), PAPER.gap) == []


def test_a_changed_rule_has_a_flag_a_line_and_its_words() -> None:
    frame = Frame(FIRST, FIRST + timedelta(days=69), changes=(Change(FIRST + timedelta(days=20), "version 2, 21 Sep"),))
    svg = charts.line(weekly(1, 2, 3), frame, label="Health")
    assert len(drawn(svg, "rule")) == 1
    assert "version 2, 21 Sep" in words(svg)


def test_changes_outside_the_days_shown_are_left_out() -> None:
    frame = Frame(FIRST, FIRST + timedelta(days=69), changes=(Change(FIRST - timedelta(days=1), "version 1"),))
    assert drawn(charts.line(weekly(1, 2, 3), frame, label="Health"), "rule") == []


def test_flags_that_stand_close_do_not_write_over_each_other() -> None:
    near = tuple(Change(FIRST + timedelta(days=day), f"version {day}, with long words") for day in (30, 31, 32))
    svg = charts.line(weekly(1, 2, 3), Frame(FIRST, FIRST + timedelta(days=69), changes=near), label="Health")
    assert len(drawn(svg, "rule")) == 3
    assert [each for each in words(svg) if each.startswith("version")] == ["version 32, with long words"]


def test_bands_take_their_share_of_the_scale() -> None:
    frame = Frame(FIRST, TEN_WEEKS.last, low=1, high=5, ticks=(1, 3, 5), bands=(Band("red", 1, 3), Band("green", 4, 5)))
    svg = charts.line(weekly(2), frame, label="Health", inks=PAPER)
    (red,), (green,) = heights(svg, PAPER.red), heights(svg, PAPER.green)
    assert red / green == pytest.approx(2, rel=0.01)  # 1 to 3 is two of the four steps, 4 to 5 is one


def test_a_target_has_a_line_and_its_words() -> None:
    svg = charts.line(weekly(2, 3), Frame(FIRST, FIRST + timedelta(days=13), target=(30, "plan 30")), label="Inquiries")
    assert "plan 30" in words(svg)
    assert "30" in words(svg)  # the scale reaches up to the target


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ((40,), ["0", "10", "20", "30", "40"]),
        ((0.3,), ["0", "0.1", "0.2", "0.3"]),
        ((41_000,), ["0", "20k", "40k", "60k"]),
        ((-3, 5), ["-4", "-2", "0", "2", "4", "6"]),
    ],
)
def test_the_scale_has_round_figures(values: tuple[float, ...], ticks: list[str]) -> None:
    svg = charts.line(weekly(*values), Frame(FIRST, FIRST + timedelta(days=13)), label="Views")
    assert [each for each in words(svg) if re.fullmatch(r"-?[\d.]+k?", each)] == ticks


def test_days_are_written_as_our_pages_write_them() -> None:
    # Ten weeks on 380 pixels have room for four days, three weeks apart.
    assert words(charts.line([], TEN_WEEKS, label="Health"))[:4] == ["1 Sep", "22 Sep", "13 Oct", "3 Nov"]


def test_days_are_marked_so_that_a_page_writes_them_as_its_reader_does() -> None:
    frame = Frame(FIRST, TEN_WEEKS.last, changes=(Change(date(2026, 9, 21), "version 2, 21 Sep"),))
    found = re.findall(r'<tspan data-day="([\d-]+)">([^<]+)</tspan>', charts.line(weekly(2), frame, label="Health"))
    assert sorted(found) == [
        ("2026-09-01", "1 Sep"), ("2026-09-21", "21 Sep"), ("2026-09-22", "22 Sep"),
        ("2026-10-13", "13 Oct"), ("2026-11-03", "3 Nov"),
    ]  # fmt: skip


def test_a_chart_says_its_content_and_writes_no_markup_of_others() -> None:
    svg = charts.line(weekly(2), TEN_WEEKS, label='Rose <b>"2"</b>', ending="<script>")
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    assert root.get("aria-label") == 'Rose <b>"2"</b>'
    assert root.get("viewBox") == "0 0 380 150"
    assert "<script" not in svg
    assert "style=" not in svg  # the pages' policy refuses inline style


def test_nothing_known_is_an_empty_frame() -> None:
    svg = charts.line([], TEN_WEEKS, label="Nothing is known")
    assert [line.get("d", "") for line in drawn(svg, "line") if line.get("d")] == []
    assert drawn(svg, "symbol") == []


def test_a_page_has_the_colours_of_its_theme_and_paper_its_own() -> None:
    assert "var(--ink)" in charts.line(weekly(2, 3), TEN_WEEKS, label="Health")
    assert "var(" not in charts.line(weekly(2, 3), TEN_WEEKS, label="Health", inks=PAPER)


def test_a_drawing_is_kept_by_its_content() -> None:
    first = charts.line(weekly(2, 3), TEN_WEEKS, label="Kept")
    assert charts.line(weekly(2, 3), TEN_WEEKS, label="Kept") is first
    assert charts.line(weekly(2, 4), TEN_WEEKS, label="Kept") is not first

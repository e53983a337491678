"""Drawings put every mark where the number says, and leave a gap where there is none."""

import re
from xml.etree import ElementTree

import pytest

from tenure.web import drawing


def marks(svg: str, css: str) -> list[dict[str, str]]:
    """The attributes of every mark of a class."""
    return [dict(node.attrib) for node in ElementTree.fromstring(svg).iter() if node.get("class") == css]


def test_share_is_held_within_its_ends() -> None:
    assert [drawing.share(value, 1, 5) for value in (1, 2, 5, 0, 9)] == [0, 25, 100, 0, 100]
    assert drawing.share(12, 60, 12) == 100  # a target may lie below its baseline
    assert drawing.share(3, 3, 3) == 0


def test_a_spark_breaks_where_nothing_is_known() -> None:
    # Four values on 84 lie at x 2, 28, 54, 80. On a height of 28 from 1 to 5, value 5 lies at y 3, 3 at 14, 1 at 25.
    svg = drawing.spark([5, None, 3, 1], label="Scores")
    assert 'd="M2 3h0M54 14h0L80 25"' in svg
    assert marks(svg, "dot") == [{"class": "dot", "cx": "80", "cy": "25", "r": "2.2"}]


def test_a_spark_has_no_dot_when_the_newest_is_unknown() -> None:
    assert marks(drawing.spark([5, None], label="Scores"), "dot") == []
    assert "path" not in drawing.spark([None, None], label="Scores")


def test_levels_show_the_unknown_as_dashed_and_the_low_as_low() -> None:
    svg = drawing.levels([2, 3, None, 5], label="Ease 2, pace 3, results unknown, reach 5")
    assert re.findall(r'href="#(\w+)" x="(\d+)" width="8" height="19"( class="\w+")?', svg) == [
        ("l2", "0", ' class="low"'),
        ("l3", "12", ' class="mid"'),
        ("lx", "24", ""),
        ("l5", "36", ""),
    ]
    assert 'aria-label="Ease 2, pace 3, results unknown, reach 5"' in svg


@pytest.mark.parametrize(("state", "css"), [("running", "fill"), ("warned", "y"), ("missed", "r"), ("met", "fill")])
def test_a_clock_is_filled_by_its_share(state: str, css: str) -> None:
    assert [mark["width"] for mark in marks(drawing.used(50, label="half", state=state), css)] == ["36"]


def test_a_clock_never_leaves_its_rule() -> None:
    assert [mark["width"] for mark in marks(drawing.used(140, label="over", state="missed"), "r")] == ["72"]


def test_blocks_are_filled_in_part_and_yellow_below_the_need() -> None:
    # 1.5 of blocks 11 wide: one whole, one half.
    assert [mark["width"] for mark in marks(drawing.blocks(1.5, label="", need=3), "y")] == ["11", "5.5"]
    assert [mark["width"] for mark in marks(drawing.blocks(3, label="", need=3), "fill")] == ["11", "11", "11"]
    assert marks(drawing.blocks(None, label="", need=3), "y") == []


def test_a_goal_lies_between_baseline_and_target() -> None:
    # From 12 to 60, now 38: 26 of 48 is 54.2 %; the target stands at the end.
    svg = drawing.goal(38, label="", baseline=12, target=60, pace=36)
    assert [mark["width"] for mark in marks(svg, "fill")] == ["54.2%"]
    assert [mark["x1"] for mark in marks(svg, "goal")] == ["100%"]
    assert [mark["x1"] for mark in marks(svg, "pace")] == ["50%"]


def test_a_goal_passed_moves_its_target_inward() -> None:
    # From 0 to 25, now 50: the rule ends at 50 and the target stands in the middle.
    svg = drawing.goal(50, label="", baseline=0, target=25)
    assert [mark["width"] for mark in marks(svg, "fill")] == ["100%"]
    assert [mark["x1"] for mark in marks(svg, "goal")] == ["50%"]


def test_a_goal_downwards_reads_the_same_way() -> None:
    # A cost from 60 down to 40, now 45: 15 of 20 is 75 %.
    assert [mark["width"] for mark in marks(drawing.goal(45, label="", baseline=60, target=40), "fill")] == ["75%"]


def test_an_unmeasured_goal_is_hatched() -> None:
    svg = drawing.goal(None, label="Not measured", baseline=0, target=150)
    assert len(marks(svg, "hatched")) == 1 and marks(svg, "fill") == []


def test_bands_meet_on_the_scale() -> None:
    # 1 to 5 with yellow from 3 and green from 4: red is half, yellow and green a quarter each.
    svg = drawing.scale(None, label="", low=1, high=5, bands=[("red", 1), ("yellow", 3), ("green", 4)])
    spans = {css: (marks(svg, css)[0]["x"], marks(svg, css)[0]["width"]) for css in ("r", "y", "g")}
    assert spans == {"r": ("0%", "50%"), "y": ("50%", "25%"), "g": ("75%", "25%")}
    assert "needle" not in svg


def test_an_agenda_marks_what_lies_behind_and_what_is_on() -> None:
    svg = drawing.agenda([("Results", 10), ("Plan", 30)], label="", minute=15)
    assert [mark["width"] for mark in marks(svg, "fill")] == ["24.7%"]  # a quarter, less the gap
    assert [mark["x"] for mark in marks(svg, "block")] == ["25%"]
    assert [mark["x1"] for mark in marks(svg, "now")] == ["37.5%"]


def test_a_drawing_without_words_is_for_the_eye_alone() -> None:
    assert 'aria-hidden="true"' in drawing.used(10, label="")
    assert 'role="img" aria-label="10 %"' in drawing.used(10, label="10 %")

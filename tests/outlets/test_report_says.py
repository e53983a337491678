"""What a report says of late work, of what the client is asked for, and of days that cannot be compared."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import typst

from tenure.base.errors import Refused
from tenure.blueprint.model import Model
from tenure.facts.lake import Lake
from tenure.outlets import paper
from tenure.outlets.paper import report_data, report_pdf
from tenure.pipeline.reporting import days_covered, prepare
from tenure.records.account import Account
from tenure.records.action import add_action
from tenure.records.contact import add_contact
from tenure.records.contract import start_contract
from tenure.records.deliverable import plan_deliverable
from tenure.records.point import enter_point
from tenure.records.report import Content, Outcome, Piece, Series, Step, prepare_report
from tests.cast import Cast, blueprint
from tests.records.conftest import SECTIONS

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R-07", "R-08")]


@pytest.fixture
def model() -> Model:
    metrics = {
        "inquiries": {"label": "Inquiries", "unit": "inquiries", "client_visible": True},
        "rate": {"label": "Engagement rate", "unit": "%", "aggregate": "mean", "client_visible": True},
    }
    reports = {"monthly": {"label": "Monthly report"}, "review": {"label": "First review", "covers": "start"}}
    film = {
        "label": "Film",
        "client_visible": True,
        "states": {
            "idea": {"label": "Idea", "means": "idea"},
            "planned": {"label": "Planned", "client_label": "To film", "means": "planned"},
            "cut": {"label": "Cutting", "client_label": "We are making it", "means": "making"},
            "shown": {"label": "Shown", "client_label": "For you to approve", "means": "review"},
            "out": {"label": "Out", "client_label": "Live", "means": "done"},
        },
    }
    sections = SECTIONS | {"metrics": metrics, "reports": reports}
    return blueprint(**sections | {"deliverables": SECTIONS["deliverables"] | {"film": film}})


def test_what_should_be_out_and_is_not_stands_there_as_late(
    acme: Account, cast: Cast, lake: Lake, model: Model
) -> None:
    alice = cast.actor("alice")
    for title, due, capture in (("Film of the oven", 20, 13), ("Film of the yard", 27, 20)):
        plan_deliverable(
            acme, type="film", title=title, due_on=date(2026, 2, due), material_on=date(2026, 2, capture),
            material_by="client", actor=alice,
        )  # fmt: skip
    report = prepare(acme, "monthly", alice, lake)
    shows = report.shows
    assert [(each.title, each.day, each.waits) for each in shows.late] == [
        ("Film of the oven", date(2026, 2, 20), "material"),
        ("Film of the yard", date(2026, 2, 27), "material"),
    ]
    assert shows.planned == []
    assert [(each.text, each.by, each.is_late) for each in shows.theirs] == [
        ("Material for “Film of the oven” and 1 more piece", date(2026, 2, 13), True)
    ]
    assert report.next_step == (
        "Our Alice brings out “Film of the oven” next, which was planned for 20 February. "
        "2 pieces are late, waiting for your material. "
        "From you we need: Material for “Film of the oven” and 1 more piece, due since 13 February."
    )
    first, *_ = report_data(report, model)["late"]
    assert first["about"] == "planned for 20 February, waits for your material"


def test_what_is_asked_and_late_comes_before_what_has_time(acme: Account, cast: Cast, lake: Lake) -> None:
    alice = cast.actor("alice")
    dana = add_contact(acme, name="Dana Whitfield", actor=alice)
    for text, due in (("Send the menu", date(2026, 3, 9)), ("Choose a colour", date(2026, 2, 26))):
        add_action(acme, text=text, contact=dana.pk, due_on=due, actor=alice)
    add_action(acme, text="Look at the till ourselves", due_on=date(2026, 2, 27), client_visible=True, actor=alice)
    shows = prepare(acme, "monthly", alice, lake).shows
    assert [(each.text, each.who, each.is_late) for each in shows.theirs] == [
        ("Choose a colour", "Dana Whitfield", True),
        ("Send the menu", "Dana Whitfield", False),
    ]
    assert [(each.text, each.who, each.is_late) for each in shows.ours] == [
        ("Look at the till ourselves", "Alice", True)
    ]


def _points(acme: Account, cast: Cast, metric: str, *points: tuple[date, int]) -> None:
    for on, value in points:
        enter_point(acme, metric=metric, day=on, value=Decimal(value), actor=cast.actor("alice"))


def test_a_source_that_came_later_makes_no_rise(acme: Account, cast: Cast, lake: Lake) -> None:
    # January begins to be counted on its 25th: 3 of a week against 12 of February is no growth by 300 %.
    _points(acme, cast, "inquiries", (date(2026, 1, 25), 3), (date(2026, 2, 3), 4), (date(2026, 2, 27), 8))
    report = prepare(acme, "monthly", cast.actor("alice"), lake)
    (series,) = report.shows.series
    assert (series.now, series.before, series.change) == (12.0, None, None)
    assert report.sentence == "There were 12 inquiries in February 2026."


def test_points_that_end_early_are_said_to_end_and_make_no_fall(acme: Account, cast: Cast, lake: Lake) -> None:
    _points(acme, cast, "inquiries", (date(2026, 1, 5), 20), (date(2026, 1, 30), 20), (date(2026, 2, 9), 4))
    shows = prepare(acme, "monthly", cast.actor("alice"), lake).shows
    (series,) = shows.series
    assert (series.now, series.change, series.through) == (4.0, None, date(2026, 2, 9))
    assert paper.told_of(series, shows) == "figures to 9 February"


def test_a_first_review_holds_its_last_four_weeks_against_the_four_before_it_began(
    acme: Account, cast: Cast, lake: Lake, model: Model
) -> None:
    # The contract begins on 1 December; yesterday is 1 March, so the last four weeks begin on 2 February.
    start_contract(acme, starts_on=date(2025, 12, 1), amount=9600, actor=cast.actor("olive"))
    before = ((date(2025, 11, 5), 4), (date(2025, 11, 28), 6))
    after = ((date(2025, 12, 20), 50), (date(2026, 2, 5), 7), (date(2026, 2, 27), 8))
    _points(acme, cast, "inquiries", *before, *after)
    report = prepare(acme, "review", cast.actor("alice"), lake)
    (series,) = report.shows.series
    assert (series.now, series.before) == (15.0, 10.0)
    assert report.sentence == "Inquiries rose by 50 % to 15 in the last four weeks."
    data = report_data(report, model)
    assert data["figures"] == "The figures in the last four weeks (2 February to 1 March)"
    assert data["compared"] == "beside the four weeks before we began"
    assert [mark.words for mark in report.shows.marks] == ["we began on 1 December"]


def test_a_share_changes_by_points(acme: Account, cast: Cast, lake: Lake) -> None:
    _points(acme, cast, "rate", (date(2026, 1, 5), 4), (date(2026, 1, 30), 4), (date(2026, 2, 3), 5))
    _points(acme, cast, "rate", (date(2026, 2, 27), 5))
    (series,) = prepare(acme, "monthly", cast.actor("alice"), lake).shows.series
    assert (paper.title_of(series), paper.figure_of(series), paper.change_of(series)) == (
        "Engagement rate", "5 %", "+1 points",
    )  # fmt: skip


def test_there_is_no_report_on_a_time_before_the_contract(acme: Account, cast: Cast, model: Model) -> None:
    start_contract(acme, starts_on=date(2026, 3, 2), amount=9600, actor=cast.actor("olive"))
    with pytest.raises(Refused) as refusal:
        days_covered(model.reports["monthly"], acme, date(2026, 3, 2))
    assert refusal.value.message == "Nothing to report on: the contract began on 2 March 2026."


def _full(long: str) -> Content:
    """As much as a report ever holds."""
    day = date(2026, 2, 28)
    weeks = [(day - timedelta(days=7 * n), float(n + 1)) for n in range(12, -1, -1)]
    outcomes = [
        Outcome(goal=str(n), title=long, unit="views", home_run=not n, baseline=1, target=9, now=10, due_on=day)
        for n in range(6)
    ]
    series = [Series(metric=str(n), label=f"Figure {n}", unit="views", weeks=weeks, now=9, before=5) for n in range(6)]
    series[5].brought = [(f"source number {n}", 3.0) for n in range(7)]
    pieces = [Piece(id=str(n), title=long, day=day, state="We have it", waits="material") for n in range(12)]
    steps = [Step(id=str(n), text=long, who="Dana Whitfield", by=day, is_late=True) for n in range(8)]
    return Content(
        outcomes=outcomes, series=series, published=pieces, planned=pieces[:6], planned_more=4, late=pieces[:6],
        late_more=3, ours=steps[:6], theirs=steps, period="in February 2026", beside="the 28 days before",
        figures_from=date(2026, 2, 1),
    )  # fmt: skip


@pytest.mark.parametrize("long", ["Film of the oven", "Answers to all that they hear daily " * 2])
def test_a_full_report_takes_two_pages_and_begins_none_for_a_few_lines(
    long: str, acme: Account, cast: Cast, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = prepare_report(
        acme, type="monthly", first=date(2026, 2, 1), last=date(2026, 2, 28), sentence="Inquiries rose by 50 %.",
        reason="We filmed. " * 12, next_step="We meet. " * 12, content=_full(long), actor=cast.actor("alice"),
    )  # fmt: skip
    made: list[Any] = []

    def compiled(page: str, data: str) -> bytes:
        found = typst.compile(paper.PAGES / page, root=paper.PAGES, sys_inputs={"data": data}, format="svg")
        made.extend(found if isinstance(found, list) else [found])
        return b""

    monkeypatch.setattr(paper, "_compiled", compiled)
    report_pdf(report, model)
    assert len(made) == 2

"""Why a headline is as it is: causes that are known, and nothing where none is."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tenure.assist.report_reason import is_unexplained, why_unknown
from tenure.assist.report_words import words_of
from tenure.blueprint.model import Model
from tenure.facts.lake import Lake
from tenure.outlets.paper import figures_title, outcome_line, report_data, told_of
from tenure.pipeline.reporting import prepare
from tenure.records.account import Account
from tenure.records.action import add_action
from tenure.records.contact import add_contact
from tenure.records.deliverable import Deliverable, plan_deliverable
from tenure.records.goal import change_goal, set_goal
from tenure.records.meeting import hold_meeting, miss_meeting, schedule_meeting
from tenure.records.pace import set_pace
from tenure.records.point import enter_point
from tenure.records.report import Content, Outcome, Piece, Report, Series, Step, change_report
from tests.cast import Cast, at, blueprint
from tests.records.conftest import SECTIONS

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R-07")]


@pytest.fixture
def model() -> Model:
    metrics = {"inquiries": {"label": "Inquiries", "unit": "inquiries", "client_visible": True}}
    film = {
        "label": "Film",
        "client_visible": True,
        "states": {
            "planned": {"label": "Planned", "client_label": "To film", "means": "planned"},
            "cut": {"label": "Cutting", "client_label": "We are making it", "means": "making"},
            "out": {"label": "Out", "client_label": "Live", "means": "done"},
        },
    }
    sections = SECTIONS | {"metrics": metrics, "reports": {"monthly": {"label": "Monthly report"}}}
    return blueprint(**sections | {"deliverables": SECTIONS["deliverables"] | {"film": film}})


def figure(label: str, now: float, before: float, **more: Any) -> Series:
    return Series(metric=label.lower(), label=label, unit=label.lower(), now=now, before=before, **more)


STILL = Outcome(goal="1", title="Calls", home_run=True, baseline=2, target=9, now=2)
FELL, ROSE = [figure("Orders", 50, 100)], [figure("Orders", 100, 50)]
BROUGHT: list[tuple[str, float]] = [("Search", 60.0), ("unattributed", 40.0)]
HOME_RUN = Outcome(goal="1", title="Calls", home_run=True, baseline=2, target=9, now=5, metric="calls")
PIECES = [Piece(id=str(n), title="Film") for n in range(9)]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (Content(series=FELL), ""),
        # Where the inquiries came from says nothing of why there were fewer, nor of another figure.
        (Content(series=[figure("Orders", 50, 100, brought=BROUGHT)]), ""),
        (Content(series=[*ROSE, figure("Views", 100, 90, brought=BROUGHT)]), ""),
        (
            Content(outcomes=[HOME_RUN], series=[figure("Orders", 100, 50, brought=BROUGHT), figure("Calls", 5, 4)]),
            "",
        ),
        (Content(series=[figure("Orders", 100, 50, brought=BROUGHT)]), "Of the 100 orders, 60 came from Search."),
        (
            Content(series=FELL, asked=9, came=4, published=PIECES, went=9, agreed=12, meetings=3, missed=1),
            "What was missing: the material for 5 of the 9 pieces that waited for it, 3 of the 12 pieces agreed and "
            "1 of our 3 meetings.",
        ),
        # Everything was there and went out: that is why it rose, and no reason for a fall.
        (
            Content(series=ROSE, asked=9, came=9, published=PIECES, went=9, agreed=8, meetings=3, missed=1),
            "Material came for all 9 pieces that waited for it. 9 pieces went out, 1 more than agreed.",
        ),
        # Nor is it of an outcome that stands where it began, beside a figure that fell.
        (Content(outcomes=[STILL], series=FELL, asked=9, came=9), ""),
        (Content(outcomes=[STILL], asked=9, came=9), ""),
        (Content(series=FELL, asked=9, came=9, published=PIECES, went=9, agreed=8), ""),
        # What was not done is one, though, of a figure that only held.
        (
            Content(series=[figure("Orders", 100, 100)], went=2, agreed=8, published=PIECES[:2]),
            "What was missing: 6 of the 8 pieces agreed.",
        ),
        # Without a rhythm the time before is what pieces are held against.
        (
            Content(series=FELL, published=PIECES[:1], published_before=3, beside="the 28 days before"),
            "1 piece went out, after 3 in the 28 days before.",
        ),
    ],
)
def test_a_reason_is_a_known_cause_or_nothing(content: Content, reason: str) -> None:
    assert words_of(content)[1] == reason


def test_of_a_fall_without_a_reason_a_person_is_asked_for_one(acme: Account, cast: Cast, lake: Lake) -> None:
    alice = cast.actor("alice")
    for on, value in ((date(2026, 1, 5), 20), (date(2026, 1, 30), 20), (date(2026, 2, 3), 5), (date(2026, 2, 27), 5)):
        enter_point(acme, metric="inquiries", day=on, value=Decimal(value), actor=alice)
    report = prepare(acme, "monthly", alice, lake)
    assert (report.sentence, report.reason) == ("Inquiries fell by 75 % to 10 in February 2026.", "")
    assert is_unexplained(report)
    assert report.why == "Why inquiries fell, we do not know yet, and are looking into it."
    assert not is_unexplained(change_report(report, reason="The oven was broken.", actor=alice))
    assert not is_unexplained(Report(content={"series": [ROSE[0].model_dump(mode="json")]}, status="draft"))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"asked": 1}, "What was missing: the material for the 1 piece that waited for it."),
        ({"asked": 3}, "What was missing: the material for all of the 3 pieces that waited for it."),
        ({"agreed": 4, "meetings": 1, "missed": 1}, "What was missing: all of the 4 pieces agreed and our 1 meeting."),
    ],
)
def test_what_was_missing_is_counted_in_words(content: dict[str, int], reason: str) -> None:
    assert words_of(Content.model_validate({"series": FELL, **content}))[1] == reason


def test_what_a_client_reads_where_nobody_knows_why() -> None:
    # All was done, so that it does not lie there; when it is told is the next meeting, which is to settle the rest.
    fell = Content(
        series=FELL, asked=9, came=9, published=PIECES, went=9, agreed=9,
        next_meeting="Monday 9 March at 10:00, Alice with Dana Whitfield",
    )  # fmt: skip
    assert why_unknown(fell) == (
        "All 9 pieces agreed went out. Material came for all 9 pieces that waited for it. "
        "Why orders fell, we do not know yet, and will tell you when we meet."
    )
    assert words_of(fell)[2] == (
        "We meet on Monday 9 March at 10:00, Alice with Dana Whitfield, to settle what we change."
    )
    # Where something was not done, that is not said to be all of it.
    assert why_unknown(fell.model_copy(update={"went": 4})) == (
        "Why orders fell, we do not know yet, and will tell you when we meet."
    )
    assert why_unknown(Content(series=ROSE)) == ""


def test_an_outcome_counted_before_the_time_of_the_report_does_not_lead_it() -> None:
    old = Outcome(
        goal="1", title="Calls", baseline=3, target=11, now=3, home_run=True, told_on=date(2026, 1, 22), metric=""
    )
    views = Outcome(goal="2", title="Seen by more", baseline=100, target=200, now=125, metric="orders", unit="orders")
    shows = Content(
        outcomes=[old, views], series=FELL, period="in February 2026", beside="the 28 days before",
        figures_from=date(2026, 2, 1), figures_to=date(2026, 2, 28),
    )  # fmt: skip
    # The month is held against the month before, the outcome against where it began: both are said. 25 of 100 is 25 %.
    assert words_of(shows)[0] == (
        "Orders fell by 50 % to 50 in February 2026, against 100 in the 28 days before. "
        "“Seen by more” stands at 125 of 200 orders, 25 % of the way from 100. "
        "“Calls” was last counted on 22 January, at 3 of 11."
    )
    assert words_of(shows)[2] == "We count “Calls” with you."
    # Read from points, it says over how many days, which are not the month's.
    read = views.model_copy(update={"rule": "sum of 28 days", "since": date(2026, 2, 1), "through": date(2026, 2, 28)})
    said = words_of(shows.model_copy(update={"outcomes": [old, read]}))[0]
    assert "“Seen by more” stands at 125 of 200 orders (sum of 28 days), 25 % of the way from 100." in said


def test_an_outcome_beyond_its_target_leads_and_is_good_though_its_figure_fell() -> None:
    there = Outcome(goal="1", title="Seen by more", baseline=100, target=200, now=230, metric="orders", unit="orders")
    shows = Content(outcomes=[there], series=FELL, went=9, agreed=9, published=PIECES)
    assert words_of(shows)[0] == (
        "“Seen by more” is past its target of 200 orders, with 230. Orders fell by 50 % to 50."
    )
    assert words_of(shows)[1] == "All 9 pieces agreed went out. Why orders fell, we do not know yet."
    assert why_unknown(shows) == ""


@pytest.mark.parametrize(
    ("said", "headline", "more"),
    [
        ("Views rose by 8 %. The plan has ended.", "Views rose by 8 %. The plan has ended.", ""),
        (
            f"St. Mary rose by 8.5 %. “Seen” {'x' * 100}. It ended.",
            "St. Mary rose by 8.5 %.",
            f"“Seen” {'x' * 100}. It ended.",
        ),
        (f"Views {'x' * 120}", f"Views {'x' * 120}", ""),
    ],
)
def test_of_a_long_result_the_first_sentence_stands_large(said: str, headline: str, more: str) -> None:
    report = Report(sentence=said)
    assert (report.headline, report.more) == (headline, more)


def test_where_less_is_better_a_rise_is_to_be_explained_and_a_fall_is_not() -> None:
    waits = Outcome(goal="1", title="Short waits", baseline=50, target=20, now=40, metric="orders")
    rose = Content(outcomes=[waits], series=[figure("Orders", 60, 50)])
    assert why_unknown(rose) == "Why orders rose, we do not know yet, and are looking into it."
    fell = Content(outcomes=[waits], series=[figure("Orders", 40, 50)], published=PIECES[:1])
    assert (why_unknown(fell), words_of(fell)[1]) == ("", "1 piece went out.")


def test_what_we_owe_is_said_once() -> None:
    owed = Step(id="1", text="Send the dates", who="Alice", by=date(2026, 2, 2), is_late=True, is_noted=True)
    assert words_of(Content(ours=[owed]))[2] == "Our Alice owes you: “Send the dates”, due since 2 February."


def test_causes_are_counted_on_the_days_of_the_report(acme: Account, cast: Cast, lake: Lake) -> None:
    alice = cast.actor("alice")
    # From 9 to 28 February are 20 days: at 3.5 a week 10 pieces; what was due in March is not of this time.
    set_pace(acme, type="film", per_week=Decimal("3.5"), actor=alice)
    for title, due, material in (("One", (2, 9), (2, 2)), ("Two", (2, 16), (2, 12)), ("Three", (3, 20), (3, 9))):
        plan_deliverable(
            acme, type="film", title=title, due_on=date(2026, *due), material_on=date(2026, *material),
            material_by="client", actor=alice,
        )  # fmt: skip
    Deliverable.objects.filter(title="One").update(received_on=date(2026, 2, 4))
    Deliverable.objects.filter(title="Two").update(received_on=date(2026, 3, 1))
    for day, end in (("2026-02-10 15:00", hold_meeting), ("2026-02-20 15:00", None), ("2026-01-20 15:00", None)):
        meeting = schedule_meeting(acme, type="sync", starts_at=at(day), actor=alice)
        if end:
            end(meeting, actor=alice)
        else:
            miss_meeting(meeting, whose="client", actor=alice)
    shows = prepare(acme, "monthly", alice, lake).shows
    assert (shows.asked, shows.came, shows.went, shows.agreed) == (2, 1, 0, 10)
    assert (shows.meetings, shows.missed) == (2, 1)


def test_from_us_names_who_does_what_and_when(acme: Account, cast: Cast, lake: Lake) -> None:
    alice = cast.actor("alice")
    dana = add_contact(acme, name="Dana Whitfield", actor=alice)
    schedule_meeting(acme, type="sync", starts_at=at("2026-03-11 14:00"), attendees=[dana.pk], actor=alice)
    plan_deliverable(
        acme, type="plan", title="Film of the yard", due_on=date(2026, 3, 9), owner=cast.bob.pk, actor=alice
    )
    report = prepare(acme, "monthly", alice, lake)
    assert [(each.text, each.who, each.by, each.about) for each in report.shows.ours] == [
        ("“Film of the yard” goes out", "Bob", date(2026, 3, 9), ""),
        ("Results sync at 10:00", "Alice", date(2026, 3, 11), "with Dana Whitfield"),
    ]
    assert report.next_step == (
        "Our Bob brings out “Film of the yard” next, planned for 9 March. "
        "We meet on Wednesday 11 March at 10:00, Alice with Dana Whitfield."
    )


def test_what_was_asked_long_ago_stands_below_and_all_pieces_are_named(
    acme: Account, cast: Cast, lake: Lake, model: Model
) -> None:
    alice = cast.actor("alice")
    dana = add_contact(acme, name="Dana Whitfield", actor=alice)
    # 60 days before 2 March is 1 January.
    for text, due in (("Old menu", date(2025, 12, 31)), ("Menu", date(2026, 1, 1))):
        add_action(acme, text=text, contact=dana.pk, due_on=due, actor=alice)
    for title, material in (("A", date(2025, 11, 3)), ("B", date(2026, 2, 20)), ("C", date(2026, 2, 23))):
        plan_deliverable(
            acme, type="film", title=title, due_on=date(2026, 4, 1), material_on=material, material_by="client",
            actor=alice,
        )  # fmt: skip
    report = prepare(acme, "monthly", alice, lake)
    data = report_data(report, model)
    assert [(each["title"], each["about"]) for each in data["theirs"]] == [
        ("Material for “B” and 1 more piece", "“B” and “C”"),
        ("Menu", "Dana Whitfield"),
    ]
    assert [each["title"] for each in data["old"]] == ["Old menu", "Material for “A”"]


@pytest.mark.parametrize(
    ("now", "status", "state"),
    [
        (92, "attained", "reached: 180 % of the way"),  # (92 - 20) / (60 - 20) = 1.8
        (10, "missed", "not reached: below where it began"),
        (20, "open", "where it began"),
        (40, "open", "50 % of the way"),
    ],
)
def test_an_outcome_says_how_far_it_is(now: int, status: str, state: str) -> None:
    assert outcome_line(Outcome(goal="1", title="Orders", baseline=20, target=60, now=now, status=status))["state"] == (
        state
    )


def test_where_less_is_better_worse_is_above() -> None:
    assert outcome_line(Outcome(goal="1", title="Waits", baseline=8, target=2, now=9))["state"] == (
        "above where it began"
    )


def test_an_outcome_says_of_which_day_its_number_is(acme: Account, cast: Cast, lake: Lake) -> None:
    alice = cast.actor("alice")
    goal = set_goal(acme, title="Orders", baseline=20, target=60, at=at("2026-02-02 12:00"), actor=alice)
    change_goal(goal, current=30, evidence="The till", at=at("2026-02-16 12:00"), actor=alice)
    change_goal(goal, title="Orders a week", at=at("2026-02-20 12:00"), actor=alice)
    (outcome,) = prepare(acme, "monthly", alice, lake).shows.outcomes
    assert outcome_line(outcome)["days"] == "counted on 16 February"
    read = Outcome(
        goal="1", title="Orders", now=27, rule="sum of 28 days", since=date(2025, 10, 9), through=date(2025, 11, 5)
    )
    assert outcome_line(read)["days"] == "sum of 28 days, 9 October to 5 November"


def test_a_figure_that_the_plan_reads_over_other_days_says_that_it_is_another_number() -> None:
    views = Series(metric="views", label="Views", now=19142)
    plan = Outcome(goal="1", title="Seen by more", metric="views", now=17905, rule="sum of 28 days")
    read = plan.model_copy(update={"since": date(2026, 10, 4), "through": date(2026, 10, 31)})
    month = {"period": "in October 2026", "figures_from": date(2026, 10, 1), "figures_to": date(2026, 10, 31)}
    shows = Content(outcomes=[read], series=[views], beside="the 31 days before", **month)
    assert figures_title(shows) == "The figures in October 2026"
    assert told_of(views, shows) == "not the plan’s 17,905, which is the sum of 28 days, 4 to 31 October"
    # Of the same days, typed, of another metric, or the same number: there is nothing to take for something else.
    same = read.model_copy(update={"since": date(2026, 10, 1)})
    for other in (same, plan, read.model_copy(update={"metric": "clicks"}), read.model_copy(update={"now": 19142})):
        assert told_of(views, shows.model_copy(update={"outcomes": [other]})) == ""

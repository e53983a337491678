"""An outcome through the user's door: where its points put it, on account, agenda, report and portal."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings as project
from django.test import Client
from django.urls import reverse

from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.facts.lake import Lake
from tenure.identity.blueprints import in_force
from tenure.identity.ledger import LedgerEntry
from tenure.identity.people import Person
from tenure.pipeline import as_of, goal_figures
from tenure.pipeline.lake import open_lake
from tenure.pipeline.reporting import content_of
from tenure.records.account import Account
from tenure.records.goal import Goal, set_goal
from tenure.records.meeting import schedule_meeting
from tenure.records.point import enter_point
from tenure.work.refresh import refresh_standing
from tenure.work.today import today
from tests.book import Book
from tests.cast import Cast, at, blueprint

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R-03", "P-04")]

INQUIRIES = {
    "label": "Inquiries",
    "unit": "inquiries",
    "client_visible": True,
    "attribution": {"profile": "Google profile", "insta": "Instagram"},
}


@pytest.fixture
def model() -> Model:
    return blueprint(
        metrics={"inquiries": INQUIRIES},
        goals={"inquiries": {"label": "More inquiries", "metric": "inquiries"}},
        meetings={"sync": {"label": "Sync"}},
        reports={"monthly": {"label": "Monthly report"}},
    )


@pytest.fixture
def now() -> Iterator[clock.SetClock]:
    """Monday, 2 March 2026, ten in the morning in New York."""
    with clock.use(clock.SetClock(at("2026-03-02 15:00"))) as hands:
        assert isinstance(hands, clock.SetClock)
        yield hands


@pytest.fixture
def lake(now: clock.SetClock, cast: Cast) -> Iterator[Lake]:
    opened = open_lake()
    yield opened
    opened.close()


@pytest.fixture
def goal(lake: Lake, book: Book, cast: Cast) -> Goal:
    """20 inquiries in 28 days, from 8. To 1 March there are 14: 9 from the profile, 2 from Instagram, 3 of unknown."""
    alice = cast.actor("alice")
    told: tuple[tuple[str, int, str], ...] = (
        ("2026-02-02", 1, "profile"), ("2026-02-20", 8, "profile"), ("2026-02-20", 2, "insta"), ("2026-03-01", 3, ""),
        ("2026-01-15", 50, ""),
    )  # fmt: skip
    for day, value, attribution in told:
        enter_point(
            book.alices,
            metric="inquiries",
            day=date.fromisoformat(day),
            value=Decimal(value),
            attribution=attribution,
            actor=alice,
        )
    made = set_goal(book.alices, title="20 inquiries a month", type="inquiries", baseline=8, target=20, actor=alice)
    read(lake)
    refresh_standing([book.alices.pk, book.bobs.pk], alice)
    return Goal.objects.get(pk=made.pk)


def read(lake: Lake, day: date | None = None) -> None:
    """What every night and look does for goals."""
    goal_figures.keep_readings(lake, in_force(), day or clock.now().date(), lambda: None)


def page(person: Person, name: str, *args: str, query: str = "") -> str:
    client = Client()
    client.force_login(person, backend=project.AUTHENTICATION_BACKENDS[0])
    answer = client.get(reverse(name, args=args) + query)
    assert answer.status_code == 200, (name, answer.status_code)
    return answer.content.decode()


def test_the_account_tells_where_it_stands_and_from_what(goal: Goal, cast: Cast) -> None:
    # From 8 to 20 there are 12 to go; 14 is half the way.
    shown = page(cast.alice, "account", goal.account_id)
    assert "50 %" in shown
    assert 'from points to <time datetime="2026-03-01" data-style="short">1 Mar</time>' in shown
    assert f'href="{reverse("goal", args=[goal.pk])}"' in shown


def test_its_page_opens_the_rule_and_every_point(goal: Goal, cast: Cast) -> None:
    shown = page(cast.alice, "goal", goal.pk)
    assert "<b>14 inquiries</b>: sum of 28 days" in shown
    assert "from 4 points" in shown
    assert "9 from Google profile, 2 from Instagram, 3 of unknown origin" in shown
    assert shown.count("entered by hand") == 4
    assert "target 20" in shown
    assert ">50<" not in shown, "what lies before the 28 days is not among the rows"


def test_it_is_read_no_fact_and_changes_with_the_points(goal: Goal, cast: Cast, lake: Lake) -> None:
    before = LedgerEntry.objects.count()
    read(lake)
    assert goal_figures.keep_readings(lake, in_force(), date(2026, 3, 2), lambda: None) == 0, (
        "read again, nothing moves"
    )
    assert LedgerEntry.objects.count() == before
    enter_point(goal.account, metric="inquiries", day=date(2026, 3, 2), value=Decimal(6), actor=cast.actor("alice"))
    read(lake)
    goal.refresh_from_db()
    # 3 February to 2 March: 8 + 2 + 3 + 6; the one of 2 February has left.
    assert (goal.now, goal.read.points if goal.read else 0) == (19, 4)


def test_where_points_stop_it_is_unknown_and_says_so(goal: Goal, cast: Cast, lake: Lake, now: clock.SetClock) -> None:
    now.set(at("2026-03-29 15:00"))
    read(lake)
    goal.refresh_from_db()
    assert (goal.now, goal.progress) == (None, None)
    assert "no point since 2026-03-01" in page(cast.alice, "account", goal.account_id)
    assert "No point since 2026-03-01." in page(cast.carl, "portal_plan", goal.account_id)


@pytest.mark.requirement("P-14")
def test_the_client_opens_the_same_rows_and_sees_no_pace(goal: Goal, cast: Cast) -> None:
    assert "From your figures as of" in page(cast.carl, "portal_plan", goal.account_id)
    shown = page(cast.carl, "portal_goal", goal.account_id, goal.pk)
    assert "<b>14 inquiries</b>: sum of 28 days" in shown
    assert "9 from Google profile, 2 from Instagram, 3 of unknown origin" in shown
    assert "expected" not in shown
    results = page(cast.carl, "portal_results", goal.account_id)
    assert (
        "8 from Google profile, 2 from Instagram, 3 of unknown origin" in results or "9 from Google profile" in results
    )


@pytest.mark.requirement("P-03")
def test_an_earlier_day_is_read_from_what_was_known_then(
    goal: Goal, cast: Cast, lake: Lake, now: clock.SetClock
) -> None:
    now.set(at("2026-03-06 15:00"))
    enter_point(goal.account, metric="inquiries", day=date(2026, 3, 5), value=Decimal(7), actor=cast.actor("alice"))
    read(lake)
    goal.refresh_from_db()
    # 6 February to 5 March: 8 + 2 + 3 + 7.
    assert goal.now == 20
    cut = as_of.cut(date(2026, 3, 2))
    (then,) = goal_figures.as_of(lake, cut.model, as_of.goals(cut, goal.account_id), cut)
    assert (then.now, then.read.through if then.read else None) == (14, date(2026, 3, 1))
    client = Client()
    client.force_login(cast.alice, backend=project.AUTHENTICATION_BACKENDS[0])
    client.post(reverse("as_of"), {"day": "2026-03-02", "next": "/today/"})
    assert (
        'from points to <time datetime="2026-03-01" data-style="short">1 Mar</time>'
        in client.get(reverse("account", args=[goal.account_id])).content.decode()
    )
    assert "<b>14 inquiries</b>" in client.get(reverse("goal", args=[goal.pk])).content.decode()


def test_at_its_day_today_asks_with_figure_and_evidence_and_nothing_is_judged_by_itself(
    goal: Goal, cast: Cast, lake: Lake, now: clock.SetClock
) -> None:
    alice = cast.actor("alice")
    Goal.objects.filter(pk=goal.pk).update(due_on=date(2026, 3, 3))
    now.set(at("2026-03-03 15:00"))
    read(lake)
    assert [item.title for item in today(cast.actor("alice")).due] == ["Judge: 20 inquiries a month"]
    assert "It stands at 14 of 20, sum of 28 days to 1 Mar: attained or missed?" in page(cast.alice, "today")
    shown = page(cast.alice, "act", "goal.judge", goal.pk)
    assert 'value="14"' in shown
    assert "Inquiries: 14, sum of 28 days, 2 Feb to 1 Mar 2026, from 4 points (entered)." in shown
    goal.refresh_from_db()
    assert goal.status == "open", "a person says how it ended"
    client = Client()
    client.force_login(cast.alice, backend=project.AUTHENTICATION_BACKENDS[0])
    client.post(
        reverse("act", args=["goal.judge", goal.pk]), {"current": "14", "evidence": "As read", "cause": "season"}
    )
    goal.refresh_from_db()
    assert (goal.status, goal.current, goal.evidence) == ("missed", 14, "As read")
    assert today(alice).due == []


def test_a_baseline_is_proposed_from_the_points(goal: Goal, cast: Cast) -> None:
    shown = page(cast.alice, "act", "goal.set", goal.account_id, query="?type=inquiries")
    assert "From the points now: Inquiries 14." in shown
    assert 'value="14"' in shown


def test_other_terms_are_asked_about_again(goal: Goal, cast: Cast) -> None:
    """What the client said yes to is what stood there: a new target wants a new yes, new evidence does not."""
    carl, alice = Client(), Client()
    for client, person in ((carl, cast.carl), (alice, cast.alice)):
        client.force_login(person, backend=project.AUTHENTICATION_BACKENDS[0])
    asks, change = "Yes, this is the plan", reverse("act", args=["goal.change", goal.pk])
    assert asks in page(cast.carl, "portal_plan", goal.account_id)
    assert carl.post(reverse("portal_agree", args=[goal.account_id])).status_code == 303
    assert asks not in page(cast.carl, "portal_plan", goal.account_id)
    form = {"title": goal.title, "metric": "inquiries", "unit": "inquiries", "baseline": "8", "current": "8"}
    form |= {"target": "20", "due_on": f"{goal.due_on}", "evidence": "The till", "client_visible": "on"}
    assert alice.post(change, form).status_code == 303
    assert asks not in page(cast.carl, "portal_plan", goal.account_id)
    assert alice.post(change, form | {"target": "25"}).status_code == 303
    assert asks in page(cast.carl, "portal_plan", goal.account_id)


@pytest.mark.requirement("R-04")
def test_every_agenda_and_report_quotes_it(goal: Goal, cast: Cast, lake: Lake, book: Book) -> None:
    alice, account = cast.actor("alice"), Account.objects.get(pk=goal.account_id)
    meeting = schedule_meeting(account, type="sync", starts_at=clock.now() + timedelta(hours=1), actor=alice)
    for name, person in (("meeting", cast.alice), ("meeting_shown", cast.carl)):
        shown = page(person, name, meeting.pk)
        assert "20 inquiries a month" in shown and "50 %" in shown and "target 20" in shown, name
    outcome: Any
    (outcome,) = content_of(lake, account, in_force(), date(2026, 2, 1), date(2026, 3, 2)).outcomes
    assert (outcome.now, outcome.share, outcome.through) == (14, 0.5, date(2026, 3, 1))
    (series,) = content_of(lake, account, in_force(), date(2026, 2, 1), date(2026, 3, 2)).series
    assert series.brought == [("Google profile", 9.0), ("Instagram", 2.0), ("unattributed", 3.0)]

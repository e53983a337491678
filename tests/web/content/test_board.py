"""Content as pages: board, list, queue, calendar, one piece, planning in a meeting."""

from calendar import monthrange
from datetime import date, timedelta

import pytest
from django.conf import settings as project
from django.test import Client
from django.urls import reverse

from tenure.base import clock
from tenure.base.clock import SetClock
from tenure.blueprint.model import Model
from tenure.records.deliverable import Deliverable, deliver_deliverable, plan_deliverable
from tenure.records.meeting import Meeting
from tenure.records.result import add_result
from tenure.records.workflow import approve_deliverable, hand_over, move_deliverable
from tests.web.world import World, lived_in

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R-05")]


@pytest.fixture
def model() -> Model:
    return lived_in()


@pytest.fixture
def alice(world: World, client: Client) -> Client:
    return signed_in(world, client, "alice")


def signed_in(world: World, client: Client, name: str) -> Client:
    client.force_login(getattr(world.cast, name), backend=project.AUTHENTICATION_BACKENDS[0])
    return client


def read(client: Client, name: str, *args: str, **query: str) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def piece_of(world: World) -> Deliverable:
    return Deliverable.objects.get(pk=world.rows["piece"][0])


def out(world: World, title: str) -> Deliverable:
    """A piece that went out just now."""
    actor = world.cast.actor("alice")
    made = plan_deliverable(world.account, type="piece", title=title, format="reel", actor=actor)
    approve_deliverable(move_deliverable(made, to="review", actor=actor), actor=actor)
    return deliver_deliverable(made, actor=actor)


def test_the_board_shows_each_state_with_what_stands_in_it(world: World, alice: Client) -> None:
    page = read(alice, "content")
    columns = page.split("<section")[1:]
    named = {part.split("</h2>")[0].rpartition(">")[2]: part for part in columns}
    assert list(named) == [
        "Idea", "Planned", "Captured", "In production", "With the client", "Scheduled", "Published",
    ]  # fmt: skip
    assert "The autumn rye" in named["Planned"]
    assert "Hands at work" in named["With the client"]
    assert "on to Captured" in named["Planned"]
    assert "on to" not in named["With the client"]  # the client decides


def test_a_long_column_shows_a_dozen_and_counts_them_all(world: World, alice: Client) -> None:
    for number in range(14):
        out(world, f"Reel {number}")
    published = read(alice, "content").split('id="state-out"')[1]
    assert '<span class="n">14</span>' in published
    assert published.count("<li ") == 12
    assert "All 14" in published


def test_a_board_without_work_says_where_work_comes_from(world: World, alice: Client) -> None:
    assert "Nothing is planned" not in read(alice, "content")
    assert "Nothing is planned" in read(alice, "content", state="idea")


def test_a_piece_is_moved_by_a_button_and_back(world: World, alice: Client) -> None:
    address = reverse("content_move", args=world.rows["piece"])
    answer = alice.post(address, {"to": "captured"})
    assert answer.status_code == 303
    assert piece_of(world).state == "captured"
    # With a script the board itself comes back, with the piece in its new column.
    board = alice.post(address, {"to": "planned"}, headers={"HX-Request": "true"}).content.decode()
    assert board.startswith("<form")
    assert "Planned: The autumn rye" in board
    assert piece_of(world).state == "planned"


def test_a_move_can_be_undone(world: World, alice: Client) -> None:
    alice.post(reverse("content_move", args=world.rows["piece"]), {"to": "captured", "next": "/content/"})
    page = read(alice, "content")
    undo = page.split('action="/undo/')[1].split('"')[0]
    assert alice.post(f"/undo/{undo}").status_code == 303
    assert piece_of(world).state == "planned"


def test_a_refused_move_says_why(world: World, alice: Client) -> None:
    answer = alice.post(reverse("content_move", args=world.rows["reviewed"]), {"to": "out"})
    assert answer.status_code == 422
    assert "The client decides first" in answer.content.decode()


def test_many_are_moved_at_once_and_one_refusal_stops_no_other(world: World, alice: Client) -> None:
    piece, reviewed = world.rows["piece"][0], world.rows["reviewed"][0]
    page = read(alice, "content", show="list")
    assert 'name="selected"' in page
    alice.post(reverse("content_move_all"), {"selected": [piece, reviewed, "nobody’s"], "to": "scheduled"})
    said = read(alice, "content", show="list")
    # Both would pass the client by, and the third is not there.
    assert "Moved 0; not 3." in said
    alice.post(reverse("content_move_all"), {"selected": [piece, reviewed], "to": "production"})
    assert set(Deliverable.objects.values_list("state", flat=True)) == {"production"}
    assert alice.post(reverse("content_move_all"), {"to": "idea"}).status_code == 422


def test_the_list_is_narrowed_to_a_state_and_to_ones_own(world: World, alice: Client) -> None:
    page = read(alice, "content", show="list", state="review")
    assert "Hands at work" in page
    assert "The autumn rye" not in page
    plan_deliverable(world.account, type="piece", title="Lena’s own", actor=world.cast.actor("lena"))
    assert "Lena’s own" in read(alice, "content", show="list")
    assert "Lena’s own" not in read(alice, "content", show="list", whose="mine")


@pytest.mark.requirement("R-15")
def test_production_sees_what_is_theirs_and_nobodys_the_oldest_due_first(world: World, client: Client) -> None:
    actor, day = world.cast.actor("alice"), world.cast.actor("alice").day
    titles = (("Second", 5), ("First", 2), ("Bob’s", 1))
    for title, days in titles:
        made = plan_deliverable(
            world.account, type="piece", title=title, due_on=day + timedelta(days=days), actor=actor
        )
        hand_over(made, maker=(world.cast.bob if title == "Bob’s" else world.cast.sam).pk, actor=actor)
    free = plan_deliverable(world.account, type="piece", title="Nobody’s", due_on=day + timedelta(days=3), actor=actor)
    move_deliverable(free, to="captured", actor=actor)
    page = read(signed_in(world, client, "sam"), "content", show="production")
    found = [title for title in ("First", "Nobody’s", "Second") if title in page]
    assert sorted(found, key=page.index) == ["First", "Nobody’s", "Second"]
    assert "Bob’s" not in page
    assert "Bob’s" in read(client, "content", show="production", whose="all")


def test_the_calendar_shows_days_of_material_and_of_publishing(world: World, alice: Client) -> None:
    day = world.cast.actor("alice").day
    page = read(alice, "content_calendar", by="week", **{"from": day.isoformat()})
    assert "Material: </span>The autumn rye" in page
    assert "Out: </span>The autumn rye" not in page  # nine days later
    later = read(alice, "content_calendar", by="week", **{"from": (day + timedelta(days=9)).isoformat()})
    assert "Out: </span>The autumn rye" in later
    assert "No day is taken" in read(alice, "content_calendar", by="week", **{"from": "2031-01-01"})
    assert read(alice, "content_calendar", **{"from": "no day"})


def test_the_calendar_of_a_month_is_whole_weeks(world: World, alice: Client) -> None:
    page = read(alice, "content_calendar", **{"from": "2026-03-11"})
    # March 2026 begins on a Sunday and ends on a Tuesday: Monday 23 February to Sunday 5 April, 42 days.
    days = page.split('<ol class="days wide-only')[1]
    assert days.count("<h3>") == 42
    assert "March 2026" in page
    assert "2026-02-23" in days
    assert "2026-04-05" in days


def test_on_a_phone_a_month_says_how_much_each_day_holds_and_lists_the_next_ones(world: World, alice: Client) -> None:
    actor = world.cast.actor("alice")
    day = actor.day
    move_deliverable(out_of_hand := piece_of(world), to="captured", actor=actor)
    for number in range(8):
        due_on = day + timedelta(days=number)
        plan_deliverable(world.account, type="piece", title=f"Number {number}", due_on=due_on, actor=actor)
    page = read(alice, "content_calendar")
    grid, ahead = page.split('class="month-at-hand')[1].split("</ol>", 2)[:2]
    # Today: the material that came, which is done, and the first of the eight.
    link = f'?by=week&amp;from={day.isoformat()}#d-{day.isoformat()}"><b>{day.day}</b>'
    assert f'{link}<small>2<span class="sr">, 1 open</span></small>' in grid
    assert ahead.count("<h3>") == len({min(day + timedelta(days=n), last_shown(day)) for n in range(7)})
    assert ahead.index(out_of_hand.title) < ahead.index("Number 1") and "Number 7" not in ahead


def last_shown(day: date) -> date:
    """The Sunday after the month's end."""
    last = day.replace(day=monthrange(day.year, day.month)[1])
    return last + timedelta(days=6 - last.weekday())


def test_how_far_it_is_planned(world: World, alice: Client) -> None:
    # One piece goes out in nine days, one has no day: 2 of 2 a week are 1 week; 3 are wanted.
    page = read(alice, "content", show="ahead")
    assert "1.0 weeks planned" in page
    assert 'data-band="yellow"' in page


def test_a_page_of_one_piece_tells_its_story(world: World, alice: Client) -> None:
    page = read(alice, "deliverable", *world.rows["piece"])
    for words in ("The autumn rye", "Hold it upright.", "They dislike music", "crust.jpg", "It is not out yet"):
        assert words in page
    assert 'aria-current="step"' in page
    made = out(world, "Out at last")
    add_result(made, metric="views", value=240, evidence="Profile page", actor=world.cast.actor("alice"))  # type: ignore[arg-type]
    page = read(alice, "deliverable", made.pk)
    assert "240" in page
    assert "Profile page" in page


def test_the_client_side_of_a_piece_is_said_in_the_account(world: World, alice: Client) -> None:
    page = read(alice, "account", world.account.pk)
    content = page.split('id="content"')[1].split("</section>")[0]
    assert "1.0" in content
    assert "3 wanted" in content
    assert "The autumn rye" in content
    assert "waits for the client" in content


def plan_lines(page: str) -> int:
    return page.count('-title"')


def test_a_meeting_plans_the_next_pieces_beside_what_past_ones_did(world: World, alice: Client) -> None:
    made = out(world, "The crust, close up")
    add_result(made, metric="views", value=910, actor=world.cast.actor("alice"))  # type: ignore[arg-type]
    page = read(alice, "meeting", *world.rows["meeting"])
    assert "Plan the next 6 to 8" in page
    assert "The crust, close up" in page
    assert "910" in page
    # Days stand there already: two a week, after the last one that is planned, nine days out.
    day = world.cast.actor("alice").day
    assert f'value="{(day + timedelta(days=9 + 4)).isoformat()}"' in page  # 3.5 days on, rounded to the even day
    fields = {"p0-title": "Morning bake", "p1-title": "The queue", "p2-title": "  "}
    for number in range(8):
        fields |= {
            f"p{number}-material_on": (day + timedelta(days=3)).isoformat(),
            f"p{number}-due_on": (day + timedelta(days=12 + number)).isoformat(),
            f"p{number}-material_by": "client",
            f"p{number}-format": "reel" if number == 0 else "",
            f"p{number}-owner": world.cast.bob.pk if number == 1 else world.cast.alice.pk,
        }
    answer = alice.post(reverse("content_plan", args=world.rows["meeting"]), fields)
    assert answer.status_code == 303
    planned = Deliverable.objects.filter(meeting=Meeting.objects.get(pk=world.rows["meeting"][0])).order_by("due_on")
    assert [(each.title, each.format, each.owner_id) for each in planned] == [
        ("Morning bake", "reel", world.cast.alice.pk),
        ("The queue", "", world.cast.bob.pk),
    ]
    assert planned[0].material_on == day + timedelta(days=3)
    page = read(alice, "meeting", *world.rows["meeting"])
    assert "Planned 2" in page
    undo = page.split('action="/undo/')[1].split('"')[0]
    alice.post(f"/undo/{undo}")
    assert not planned.all().exists()


def test_a_plan_that_does_not_fit_keeps_what_was_typed(world: World, alice: Client) -> None:
    fields = {"p0-title": "Morning bake", "p0-material_on": "2026-04-20", "p0-due_on": "2026-04-10"}
    answer = alice.post(reverse("content_plan", args=world.rows["meeting"]), fields)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="Morning bake"' in page
    assert "after the day on which it goes out" in page
    assert not Deliverable.objects.filter(title="Morning bake").exists()
    empty = alice.post(reverse("content_plan", args=world.rows["meeting"]), {"p0-title": ""})
    assert "Write at least one title" in empty.content.decode()


def test_a_company_without_such_work_is_told_what_to_do(
    world: World, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenure.web.content_page.board.kinds_with_states", lambda model: {})
    monkeypatch.setattr("tenure.web.views.content.kinds_with_states", lambda model: {})
    page = read(alice, "content")
    assert "give a kind its states" in page


def test_late_days_are_marked(world: World, alice: Client) -> None:
    with clock.use(SetClock(clock.now() + timedelta(days=20))):
        page = read(signed_in(world, alice, "alice"), "content")
    assert 'class="over"' in page

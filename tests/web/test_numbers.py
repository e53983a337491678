"""Team and My numbers: figures against targets, the rows that each opens, and whose are shown to whom."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.pipeline.cursors import Run
from tenure.pipeline.kpis import last_closed
from tenure.pipeline.lake import open_lake
from tenure.pipeline.night import run_night
from tenure.records.contact import add_contact
from tenure.records.meeting import hold_meeting, schedule_meeting
from tenure.records.rating import calibrate_rating, give_ratings
from tenure.work.commitments import Opening, Verdict
from tests.web.world import World, lived_in

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def model() -> Model:
    found = lived_in()
    data = found.model_dump(mode="json", by_alias=True)
    csm = data["roles"]["csm"]
    data["roles"]["csm"] = {**csm, "bonus": {"answers": 1}}
    data["kpis"]["answers"] |= {"target": 75, "unit": "%"}
    data["meetings"]["sync"]["ratings"] = {"ease": {"text": "Ease"}}
    return Model.model_validate(data)


@pytest.fixture
def closed(world: World) -> World:
    """Yesterday was closed by its night: Alice answered two of three in time, Bob one of one."""
    now, cast = clock.now(), world.cast
    Opening.objects.all().delete()
    told = (("1", cast.alice, "met"), ("2", cast.alice, "met"), ("3", cast.alice, "missed"), ("4", cast.bob, "met"))
    for name, person, verdict in told:
        moment = now - timedelta(days=3)
        opening = Opening.objects.create(
            rule="reply", account_id=world.account.pk, opening=name, opened_at=moment - timedelta(days=1),
            due_at=moment, status=verdict, owner=person, owner_role="csm", met_at=moment if verdict == "met" else None,
            cause="capacity" if verdict == "missed" else "", whose="us" if verdict == "missed" else "",
        )  # fmt: skip
        Verdict.objects.create(
            opening=opening, verdict=verdict, happened_at=moment - timedelta(hours=verdict == "met"), known_at=moment,
            owner=person, cause=opening.cause, whose=opening.whose,
        )  # fmt: skip
    lake = open_lake()
    run_night(lake, cast.actor("alice").day - timedelta(days=1))
    lake.close()
    return world


def seen(client: Client, person: Any, name: str, *args: str, **query: str) -> str:
    client.force_login(person)
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200, answer.status_code
    return " ".join(answer.content.decode().split())


@pytest.mark.requirement("R-02", "O-12")
def test_the_lead_sees_every_number_of_the_team_and_of_each(client: Client, closed: World) -> None:
    page = seen(client, closed.cast.lena, "team")
    # Three of four: 75 %, which is the target. Alice has 2 of 3, Bob 1 of 1; Mallory is of another team.
    assert "1 of 1 targets met" in page
    assert ">75 %</a>" in page and ">66.67 %</a>" in page and ">100 %</a>" in page
    assert "Mallory" not in page
    assert "4 promises" in page


@pytest.mark.requirement("P-04", "R-02")
def test_a_number_opens_its_rows_and_they_make_it_again(client: Client, closed: World) -> None:
    cast = closed.cast
    page = seen(client, cast.lena, "kpi", "answers", scope=f"team:{cast.team.pk}")
    assert "3 of 4 promises kept: 100 × 3 / 4 = 75 %." in page
    assert "Counted again from these rows just now, it is what the night kept." in page
    assert page.count('role="rowheader"') == 4
    assert "We had nobody free, ours" in page and ">Alice<" in page
    own = seen(client, cast.alice, "kpi", "answers")
    assert "2 of 3 promises kept" in own and own.count('role="rowheader"') == 3
    month = seen(client, cast.lena, "kpi", "answers", scope=f"team:{cast.team.pk}", span="quarter")
    assert "Promises due" in month


@pytest.mark.requirement("P-05", "R-13")
def test_a_colleagues_numbers_are_not_there(client: Client, closed: World) -> None:
    cast = closed.cast
    for name, args in (("person_numbers", [cast.bob.pk]), ("person_record", [cast.bob.pk])):
        client.force_login(cast.alice)
        assert client.get(reverse(name, args=args)).status_code == 404
        client.force_login(cast.mallory)
        assert client.get(reverse(name, args=args)).status_code == 404
    for scope in (f"person:{cast.bob.pk}", f"team:{cast.team.pk}", "company", "person:nobody"):
        client.force_login(cast.alice)
        assert client.get(reverse("kpi", args=["answers"]), {"scope": scope}).status_code == 404
    assert "Bob" in seen(client, cast.lena, "person_numbers", cast.bob.pk)
    client.force_login(cast.lena)
    assert client.get(reverse("person_numbers", args=[cast.mallory.pk])).status_code == 404
    assert "Mallory" in seen(client, cast.erin, "person_numbers", cast.mallory.pk)
    assert "75 %" in seen(client, cast.erin, "kpi", "answers", scope="company")


@pytest.mark.requirement("R-13", "R-14")
def test_my_numbers_hold_figures_ramp_bonus_basis_and_record(client: Client, closed: World) -> None:
    cast = closed.cast
    page = seen(client, cast.alice, "numbers")
    assert "0 of 1 targets met" in page and "66.67 %" in page
    # 66.67 of 75 are 88.89 % of the target, and the only part of the basis.
    assert "88.9 %" in page
    assert "Senior" in page and "held" in page
    assert "2 kept" in page and "1 missed" in page and "1 × We had nobody free, ours" in page
    assert "Notes written" in page
    record = seen(client, cast.alice, "person_record", cast.alice.pk)
    assert "2 of 3 promises kept" in record and "We had nobody free, ours" in record
    assert "Nothing was judged" in seen(client, cast.alice, "person_record", cast.alice.pk, year="2019")


def test_a_long_record_is_read_in_pages(client: Client, closed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenure.web.my_numbers.AT_ONCE", 2)
    alice = closed.cast.alice
    first, second = (seen(client, alice, "person_record", alice.pk, page=number) for number in ("1", "2"))
    assert ("1 to 2 of 3" in first, "3 to 3 of 3" in second) == (True, True)
    assert "2 of 3 promises kept" in second


@pytest.mark.requirement("R-13")
def test_an_expectation_opens_the_facts_that_it_counts(client: Client, closed: World) -> None:
    cast = closed.cast
    page = seen(client, cast.alice, "person_facts", cast.alice.pk, "first", "notes")
    assert "Notes written" in page and ("Acme" in page or "None yet" in page)
    client.force_login(cast.alice)
    assert client.get(reverse("person_facts", args=[cast.alice.pk, "first", "nothing"])).status_code == 404


def test_before_the_first_night_the_pages_say_what_is_missing(client: Client, world: World) -> None:
    assert last_closed() is None and not Run.objects.exists()
    for name in ("team", "numbers"):
        assert "No day has been closed yet" in seen(client, world.cast.lena, name)
    assert "No day has been closed yet" in seen(client, world.cast.alice, "kpi", "answers")


@pytest.mark.requirement("P-03")
def test_turned_back_the_pages_show_the_day(client: Client, closed: World) -> None:
    day = closed.cast.actor("lena").day - timedelta(days=30)
    client.force_login(closed.cast.lena)
    client.post("/as-of/", {"day": day.isoformat(), "next": "/team/"})
    page = " ".join(client.get("/team/").content.decode().split())
    assert "No night closed this day" in page and "nothing to count yet" in page
    assert "Not known: no night had closed yet." in page and "Nobody is red" not in page  # unknown is not green
    assert 'id="load"' not in page


@pytest.mark.requirement("R-17")
def test_the_role_card_leads_to_ones_own_numbers(client: Client, closed: World) -> None:
    assert 'href="/numbers/#kpi-answers"' in seen(client, closed.cast.alice, "role", "csm")
    assert "/numbers/#kpi-answers" not in seen(client, closed.cast.lena, "role", "csm")


@pytest.mark.requirement("R-06")
def test_an_account_shows_its_ratings_with_evidence_and_calibration(client: Client, world: World) -> None:
    alice, lena = world.cast.actor("alice"), world.cast.actor("lena")
    sync = schedule_meeting(world.account, type="sync", starts_at=clock.now() - timedelta(hours=1), actor=alice)
    held = hold_meeting(sync, actor=alice)
    (ease,) = give_ratings(held, values={"ease": 5}, evidence={"ease": "Quick answers"}, actor=alice)
    before = seen(client, world.cast.lena, "account_ratings", world.account.pk)
    assert "Ease 5" in before and "Quick answers" in before and f"/rating.calibrate/{ease.pk}" in before
    assert "rating.calibrate" not in seen(client, world.cast.alice, "account_ratings", world.account.pk)
    calibrate_rating(ease, value=3, reason="Two had to be chased", actor=lena)
    after = seen(client, world.cast.alice, "account_ratings", world.account.pk)
    assert "Ease 5, calibrated to 3" in after and "Lena: Two had to be chased" in after


@pytest.mark.requirement("R-11")
def test_a_testimonial_is_logged_and_moved_on_from_the_account(client: Client, world: World) -> None:
    contact = add_contact(world.account, name="Dana", actor=world.cast.actor("alice"))
    client.force_login(world.cast.alice)
    form = {"type": "testimonial", "stage": "agreed", "contact": contact.pk, "consented_on": "2026-01-05"}
    assert client.post(reverse("act", args=["advocacy.log", world.account.pk]), form).status_code in (204, 303)
    page = seen(client, world.cast.alice, "account", world.account.pk)
    assert "Testimonial" in page and "agreed" in page and "consent of" in page
    row = world.account.advocacies.get()
    refused = client.post(reverse("act", args=["advocacy.move", row.pk]), {"stage": "given"})
    assert refused.status_code == 422 and "Say what they said" in refused.content.decode()


@pytest.mark.requirement("R-03")
def test_an_outcome_is_judged_from_today(client: Client, world: World) -> None:
    goal, alice = world.account.goals.get(), world.cast.actor("alice")
    goal.due_on = alice.day
    goal.save(update_fields=["due_on"])
    page = seen(client, world.cast.alice, "today")
    assert "Judge: 60 orders" in page and reverse("act", args=["goal.judge", goal.pk]) in page

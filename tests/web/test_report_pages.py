"""The pages of reports: a book gone through by its owner, one after the other; the client's own page; files."""

import re
from datetime import date, timedelta

import pytest
from django.conf import settings as project
from django.test import Client

from tenure.base import clock
from tenure.base.clock import SetClock
from tenure.blueprint.model import Model
from tenure.facts.lake import Lake
from tenure.outlets.paper import report_data
from tenure.pipeline.lake import open_lake
from tenure.records.goal import Goal, change_goal
from tenure.records.report import Content, Report, Series, approve_report, prepare_report
from tests.book import take_on
from tests.web.world import World, lived_in

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R-07")]


@pytest.fixture
def model() -> Model:
    return lived_in()


@pytest.fixture
def _lake(company: object) -> None:
    opened: Lake
    with open_lake() as opened:  # makes it, as the pipeline's first night does
        assert opened is not None


@pytest.fixture
def alice(client: Client, world: World, _lake: None) -> Client:
    client.force_login(world.cast.alice, backend=project.AUTHENTICATION_BACKENDS[0])
    return client


def test_a_book_is_prepared_and_gone_through_without_a_detour(alice: Client, world: World) -> None:
    take_on("Zephyr", world.cast.alice, world.cast.actor("olive"))
    page = alice.get("/reports/").content.decode()
    assert "Go through 1" in page
    assert "Prepare 1" in page
    answer = alice.post("/reports/prepare/", {"type": "monthly"})
    assert answer["Location"] == "/reports/?type=monthly"
    first, second = Report.objects.order_by("account__name")
    page = alice.get(f"/reports/{first.pk}/").content.decode()
    assert f'href="/reports/{second.pk}/" data-key="f"' in page
    assert 'data-key="e"' in page
    given = {"sentence": "Sixty orders a week.", "reason": "", "next_step": "", "then": "portal"}
    onward = alice.post(f"/reports/{first.pk}/", given)
    assert (onward.status_code, onward["Location"]) == (303, f"/reports/{second.pk}/")
    last = alice.post(f"/reports/{second.pk}/", given)
    assert last["Location"] == "/reports/?type=monthly"
    assert set(Report.objects.values_list("status", "sentence")) == {("approved", "Sixty orders a week.")}


def test_what_is_wrong_keeps_what_was_typed(alice: Client, world: World) -> None:
    (pk,) = world.rows["report"]
    answer = alice.post(f"/reports/{pk}/", {"sentence": "", "reason": "Because we filmed", "then": "portal"})
    assert answer.status_code == 422
    assert "Because we filmed" in answer.content.decode()
    assert Report.objects.get().status == "draft"


def test_of_a_fall_that_nobody_explained_the_house_is_asked_why_and_its_client_reads_that_it_is_not_known(
    alice: Client, world: World
) -> None:
    (pk,) = world.rows["report"]
    fell = Series(metric="orders", label="Orders", now=20, before=40, weeks=[(date(2026, 2, 1), 20.0)])
    unknown = "Why it was so, we do not know yet."
    Report.objects.update(content=Content(series=[fell], why_unknown=unknown).model_dump(mode="json"), reason="")
    asks = "Nobody of us has said why yet"
    page = alice.get(f"/reports/{pk}/").content.decode()
    assert asks in page
    # It opens at its head, which is what is to be explained; a link there and E lead to the field.
    assert "autofocus" not in page
    assert '<a href="#id_reason">Say why</a>' in page
    (field,) = re.findall(r'<textarea[^>]* data-first="e"[^>]*>', page)
    assert 'id="id_reason"' in field
    read = alice.get(f"/reports/{pk}/shown/").content.decode()
    assert asks not in read
    assert unknown in read
    Report.objects.update(reason="The oven was broken.")
    page = alice.get(f"/reports/{pk}/").content.decode()
    assert asks not in page
    assert unknown not in page
    assert "data-first" not in page


@pytest.mark.requirement("P-05", "P-14")
def test_the_client_reads_it_once_it_is_approved_and_nobody_elses(world: World, client: Client) -> None:
    (pk,) = world.rows["report"]
    carl, alice = world.cast.carl, world.cast.actor("alice")
    client.force_login(carl, backend=project.AUTHENTICATION_BACKENDS[0])
    assert client.get(f"/reports/{pk}/shown/").status_code == 404
    approve_report(Report.objects.get(), actor=alice)
    page = client.get(f"/reports/{pk}/shown/").content.decode()
    assert "It went well." in page
    assert "/accounts/" not in page
    assert (
        f"/portal/{world.account.pk}/results/{pk}/"
        in client.get(f"/portal/{world.account.pk}/results/").content.decode()
    )
    assert client.get(f"/reports/{pk}/pdf/").content[:5] == b"%PDF-"
    assert client.get(f"/reports/{pk}/slides/")["Content-Disposition"].endswith('.pptx"')
    day = alice.day - timedelta(days=1)
    other = take_on("Zephyr", world.cast.alice, world.cast.actor("olive"))
    theirs = prepare_report(
        other, type="monthly", first=day, last=day, sentence="Theirs", content=Content(), actor=alice
    )
    approve_report(theirs, actor=alice)
    assert client.get(f"/reports/{theirs.pk}/shown/").status_code == 404


@pytest.mark.requirement("R-17")
def test_a_role_is_taken_along_on_paper(alice: Client) -> None:
    assert "/people/roles/csm/pdf/" in alice.get("/people/roles/csm/").content.decode()
    answer = alice.get("/people/roles/csm/pdf/")
    assert (answer["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")


@pytest.mark.requirement("R-03", "P-05")
def test_report_portal_and_account_page_say_the_same(alice: Client, world: World) -> None:
    """The same share, also beyond the target; the same asks. 62 of 60 from 12 are 50 of 48: 104 per cent."""
    actor = world.cast.actor("alice")
    change_goal(Goal.objects.get(account=world.account), current=62, evidence="The till", actor=actor)
    with clock.use(SetClock(clock.now() + timedelta(days=70))):  # a whole month since the contract began is over
        alice.post(f"/accounts/{world.account.pk}/reports/", {"type": "monthly"})
        report = Report.objects.order_by("-last")[0]
        page = alice.get(f"/reports/{report.pk}/").content.decode()
        portal = alice.get(f"/portal/{world.account.pk}/")
        for told in (page, portal.content.decode(), alice.get(f"/accounts/{world.account.pk}/").content.decode()):
            assert "104 %" in told
        data = report_data(report, actor.model)
        assert [each["state"] for each in data["outcomes"]] == ["104 % of the way"]
        # How satisfied they are is asked in the portal alone; what is to approve says so on paper.
        needs = [*portal.context["needs"], *portal.context["old"]]
        asked = {each.ask.text for each in needs if each.ask.kind != "rating"}
        told_of = {re.sub(r"^Your (?:approval of|answer to) “(.*)”$", r"\1", each.text) for each in report.shows.theirs}
        assert (told_of, bool(asked)) == (asked, True)

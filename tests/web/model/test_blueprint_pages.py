"""Reading the blueprint: every chapter in plain words, search, one part as it is written, versions and differences."""

import re
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.identity.blueprints import BlueprintVersion
from tenure.identity.company import apply_blueprint
from tests.cast import Cast, blueprint
from tests.live import Site
from tests.web.conftest import WIDTHS, PageAt, assert_accessible, assert_looks_right
from tests.web.model.conftest import FILES, Read, rules, sections

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("P-01")]


def words(html: str) -> str:
    """A page as it is read: without tags, with single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split()).replace("&#x27;", "'")


@pytest.fixture
def first(cast: Cast) -> int:
    """The number of the first version: databases do not count from one in every test."""
    return int(BlueprintVersion.objects.get().pk)


def apply(cast: Cast, note: str = "Health from 70", **changes: object) -> BlueprintVersion:
    """Put a changed blueprint in force, by Olive."""
    model = blueprint(raci=rules(), **sections(**changes))
    data = model.model_dump(mode="json", by_alias=True)
    return apply_blueprint(model=data, files=FILES, folder="cast", note=note, actor=cast.actor("olive"))


def stricter() -> dict[str, object]:
    """The scorecards with a higher bar."""
    card = sections()["scorecards"]["health"]
    bands = card["bands"] | {"good": {"label": "Good", "tone": "green", "from": 70}}
    return {"health": card | {"bands": bands}}


class TestChapters:
    def test_a_commitment_is_a_few_sentences(self, read: Read) -> None:
        assert (
            "Whoever writes has an answer within a day. It opens with message received, and is met by message sent or "
            "message settled within 24 hours. Time is counted in our working hours. It is cancelled by account closed."
        ) in words(read("/blueprint/", chapter="commitments"))

    def test_a_scorecard_shows_its_bands_and_a_curve_for_each_part(self, read: Read) -> None:
        shown = read("/blueprint/", chapter="health")
        assert 'aria-label="Bands: Bad from 0, Good from 60"' in shown
        assert 'aria-label="Ease: 1 earns 0, 3 earns 40, 5 earns 100"' in shown
        # Weights 3 and 1: three quarters and one quarter.
        told = words(shown)
        assert "75 % of the score, by the rating of ease. Where it is unknown, the whole score is." in told
        assert "25 % of the score, by active users. Where it is unknown, the others count without it." in told
        assert "Something burns Bad where urgent issues open is above 0" in told

    def test_a_signal_says_when_it_fires_and_what_follows(self, read: Read) -> None:
        assert (
            "Fires where Health is below 40, for 2 days together. Team lead is told. It starts the playbook “Rescue”."
        ) in words(read("/blueprint/", chapter="signals"))

    def test_a_playbook_says_who_does_what_after_what(self, read: Read) -> None:
        told = words(read("/blueprint/", chapter="playbooks"))
        assert "Nobody leaves by surprise. It has worked where, within 30 days, Health is at least 60." in told
        assert "Meet them a meeting for Team lead, within 1 business day after “Ask what is wrong”; Weekly sync" in told

    def test_a_journey_stands_stage_by_stage(self, read: Read) -> None:
        told = words(read("/blueprint/", chapter="journeys"))
        assert "It begins with contract started." in told and "First week lasts 7 days at most" in told
        assert "Call them Success manager, within 2 business days; waits for the client" in told

    def test_a_figure_says_whether_it_leads_its_target_and_why(self, read: Read) -> None:
        told = words(read("/blueprint/", chapter="kpis"))
        assert "Waiting is what they complain of. The share of “Reply” that is met. Target at least 95 %" in told
        assert "The number of accounts where Health is below 40. Target at most 0" in told
        assert "leads" in told and "lags" in told

    def test_people_lead_to_their_cards_and_their_rights(self, read: Read) -> None:
        shown = read("/blueprint/", chapter="people")
        assert "Sees the accounts of their own book." in shown
        assert f'href="{reverse("role", args=["csm"])}"' in shown and f'href="{reverse("rights")}"' in shown

    def test_the_first_chapter_is_the_company(self, read: Read) -> None:
        assert "Who we are" in read("/blueprint/", chapter="nonsense")
        assert "Days are counted in America/New_York, money in USD." in read("/blueprint/")
        assert "Open Mon 09:00-17:00, Tue" in read("/blueprint/")

    def test_a_chapter_of_which_nothing_is_said_says_so(self, read: Read, cast: Cast) -> None:
        apply(cast, signals={}, note="No signals")
        assert "The blueprint says nothing about signals" in read("/blueprint/", chapter="signals")


class TestSearch:
    def test_it_finds_parts_of_every_section_by_what_they_say(self, read: Read) -> None:
        told = words(read("/blueprint/", q="message sent"))
        assert "Reply" in told and "Low health" not in told
        assert "Rescue" in words(read("/blueprint/", q="SURPRISE"))

    def test_it_finds_the_rules_of_acts_too(self, read: Read) -> None:
        assert "Team lead answers for it. Operations may do it too. Books are the lead's to give." in words(
            read("/blueprint/", q="books lead")
        )

    def test_where_nothing_answers_it_says_how_it_looks(self, read: Read) -> None:
        assert "Nothing in the blueprint answers “zebra”" in read("/blueprint/", q="zebra")

    def test_the_palette_finds_parts(self, olive: Client) -> None:
        found = olive.get("/find/", {"q": "low hea"}, headers={"HX-Request": "true"}).content.decode()
        assert f'href="{reverse("blueprint_part", args=["signals", "low"])}"' in found


class TestOnePart:
    def test_it_shows_how_it_is_written_where_and_since_when(self, olive: Client, cast: Cast, first: int) -> None:
        apply(cast, commitments={"reply": sections()["commitments"]["reply"] | {"within": "12 hours"}}, note="Faster")
        shown = olive.get("/blueprint/commitments/reply/", headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in shown and "within: 12 hours" in shown
        told = words(shown)
        assert "Stands in cast/promises.yaml , line 2" in told
        assert re.search(rf"Changed .* version {first + 1} by Olive Faster Came .* version {first}", told)

    def test_it_has_a_page(self, read: Read) -> None:
        shown = read("/blueprint/commitments/reply/")
        assert "<html" in shown and "within: 24 hours" in shown
        assert "zone: America/New_York" in read("/blueprint/company/")

    @pytest.mark.parametrize("address", ["commitments/none/", "nonsense/reply/", "nonsense/", "commitments/"])
    def test_what_is_not_there_is_not_found(self, olive: Client, address: str) -> None:
        assert olive.get(f"/blueprint/{address}").status_code == 404


class TestVersions:
    def test_who_when_and_why(self, read: Read, cast: Cast, first: int) -> None:
        apply(cast, scorecards=stricter())
        told = words(read("/blueprint/versions/"))
        assert re.search(rf"Version {first + 1} cast · in force .* Olive Health from 70", told)
        assert re.search(rf"Version {first} cast .* the command line", told)

    def test_an_earlier_one_can_be_read(self, read: Read, cast: Cast, first: int) -> None:
        apply(cast, scorecards=stricter())
        assert "Good from 70" in read("/blueprint/", chapter="health")
        shown = read("/blueprint/", chapter="health", version=str(first))
        assert "Good from 60" in shown and f"This is version {first}, not what is in force." in shown

    @pytest.mark.requirement("P-03")
    def test_turned_back_the_one_of_that_day_is_read(
        self, olive: Client, read: Read, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = clock.today("America/New_York")
        later = clock.now() + timedelta(days=3)
        monkeypatch.setattr(clock, "now", lambda: later)
        apply(cast, scorecards=stricter())
        olive.post("/as-of/", {"day": before.isoformat()})
        assert "Good from 60" in read("/blueprint/", chapter="health")

    def test_two_are_compared(self, read: Read, cast: Cast, first: int) -> None:
        apply(cast, scorecards=stricter(), signals={})
        told = words(read("/blueprint/compare/", **{"from": str(first), "to": str(first + 1)}))
        assert "2 differences" in told
        assert "Health · bands · good · from was 60 → is now 70 moves bands changes" in told
        assert "Low health resolves signals goes" in told
        assert "They mean the same" in read("/blueprint/compare/", **{"from": str(first), "to": str(first)})

    @pytest.mark.parametrize("asked", [{"from": "{first}", "to": "99999"}, {"from": "x", "to": "{first}"}, {}])
    def test_only_versions_that_exist(self, olive: Client, first: int, asked: dict[str, str]) -> None:
        told = {key: text.format(first=first) for key, text in asked.items()}
        assert olive.get("/blueprint/compare/", told).status_code == 404

    def test_the_files_are_kept_as_they_were(self, olive: Client, read: Read, cast: Cast) -> None:
        number = BlueprintVersion.objects.get().pk
        shown = read(f"/blueprint/versions/{number}/")
        assert "cast/company.yaml" in shown and "name: Cast and Company" in shown
        saved = olive.get(f"/blueprint/versions/{number}/archive/")
        with ZipFile(BytesIO(saved.content)) as archive:
            assert {name: archive.read(name).decode() for name in archive.namelist()} == FILES
        assert olive.get(f"/blueprint/versions/{number + 99}/").status_code == 404


COSTED = (
    "/blueprint/",
    "/blueprint/?chapter=commitments",
    "/blueprint/?q=a",
    "/blueprint/versions/",
    "/blueprint/compare/?from={first}&to={second}",
    "/blueprint/commitments/reply/",
    "/blueprint/versions/{first}/",
)


@pytest.mark.requirement("P-08")
def test_what_a_page_costs_does_not_grow_with_versions_and_parts(olive: Client, cast: Cast, first: int) -> None:
    def costs() -> dict[str, int]:
        found = {}
        for url in (each.format(first=first, second=first + 1) for each in COSTED):
            olive.get(url)
            with CaptureQueriesContext(connection) as seen:
                assert olive.get(url).status_code == 200
            found[url] = len(seen)
        return found

    apply(cast, scorecards=stricter())
    few = costs()
    one = sections()["commitments"]["reply"]
    for number in range(2, 14):
        apply(cast, commitments={f"reply{each}": one for each in range(number)} | {"reply": one}, note=str(number))
    assert costs() == few
    assert max(few.values()) <= 18, few


@pytest.mark.browser
@pytest.mark.django_db
@pytest.mark.requirement("P-08")
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_accessible(page_at: PageAt, site: Site, cast: Cast, model: Model, width: int) -> None:
    apply(cast, scorecards=stricter())
    newest = BlueprintVersion.objects.order_by("-id")[0].pk
    chapters = ("company", "people", "journeys", "health", "kpis")
    pages = {f"chapter-{each}": f"/blueprint/?chapter={each}" for each in chapters} | {
        "search": "/blueprint/?q=reply",
        "versions": "/blueprint/versions/",
        "compare": f"/blueprint/compare/?from={newest - 1}&to={newest}",
        "files": f"/blueprint/versions/{newest}/",
        "part": "/blueprint/commitments/reply/",
        "change": "/blueprint/change/",
    }
    opened = page_at("/blueprint/", width, person=cast.olive)
    for name, address in pages.items():
        opened.goto(site.url + address)
        assert_looks_right(opened, f"blueprint-{name}-{width}")


@pytest.mark.browser
@pytest.mark.django_db
def test_a_part_opens_beside_its_key(page_at: PageAt, cast: Cast) -> None:
    opened = page_at("/blueprint/?chapter=commitments", person=cast.olive)
    opened.get_by_role("link", name="Reply as it is written").click()
    opened.locator("#evidence").get_by_text("within: 24 hours").wait_for()
    assert_accessible(opened)

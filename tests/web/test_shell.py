"""The frame around every page: places by role, the day shown, light or dark."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tenure.base import clock
from tenure.pipeline.cursors import Run
from tenure.web import places
from tenure.web.places import Place, places_of
from tests.cast import Cast, blueprint

pytestmark = pytest.mark.django_db

OPEN = Place("Today", "today", "more", key="t", count=lambda actor: 6)
LEDGER = Place("Ledger", "ledger", "keys", permission="ledger.view", key="l", group=2)


@pytest.fixture
def two_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "every_place", lambda: (OPEN, LEDGER))


def test_a_place_is_shown_to_those_whom_the_blueprint_lets_in(cast: Cast, two_places: None) -> None:
    # The cast's rule for what is not named is the operations' and the leads' alone.
    assert places_of(cast.actor("alice")) == (OPEN,)
    assert places_of(cast.actor("olive")) == (OPEN, LEDGER)


def test_the_side_bar_marks_where_one_is_and_counts_what_waits(client: Client, cast: Cast, two_places: None) -> None:
    client.force_login(cast.olive)
    page = client.get("/more/").content.decode()
    assert '<a href="/more/" aria-current="page" data-go="t">' in page
    assert '<span class="n">6</span>' in page
    assert '<a href="/keys/" data-go="l">' in page


def test_two_places_cannot_share_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    from tenure.web import urls
    from tenure.web.views import personal, shell

    places.every_place.cache_clear()
    monkeypatch.setattr(urls, "PAGES", (personal.__name__, shell.__name__))
    monkeypatch.setattr(personal, "PLACE", OPEN, raising=False)
    monkeypatch.setattr(shell, "PLACE", replace(LEDGER, key="t"), raising=False)
    with pytest.raises(RuntimeError, match="share a key: t"):
        places.every_place()
    places.every_place.cache_clear()


def test_the_palette_finds_places_and_acts(client: Client, cast: Cast, two_places: None) -> None:
    client.force_login(cast.olive)
    found = client.get("/find/", {"q": "led"}, headers={"HX-Request": "true"}).content.decode()
    assert 'role="option"' in found and 'href="/keys/"' in found and "<html" not in found
    assert "Today" not in found
    assert "Nothing answers “zzz”" in client.get("/find/", {"q": "zzz"}).content.decode()


class TestTurnedBack:
    def test_every_page_says_so_until_one_returns(self, client: Client, cast: Cast) -> None:
        client.force_login(cast.alice)
        assert client.post("/as-of/", {"day": "2026-01-05", "next": "/more/"})["Location"] == "/more/"
        page = client.get("/more/").content.decode()
        assert "This page shows today." in page and "Monday 5 January" in page and 'data-is="past"' in page
        assert "<b>As of " in client.get("/portfolio/").content.decode()
        client.post("/as-of/", {})
        assert 'data-is="past"' not in client.get("/more/").content.decode()

    def test_a_typed_day_is_taken_and_nonsense_refused(self, client: Client, cast: Cast) -> None:
        client.force_login(cast.alice)
        client.post("/as-of/", {"day": "typed", "typed": "2026-01-05"})
        assert client.session["as_of"] == "2026-01-05"
        refused = client.post("/as-of/", {"day": "typed", "typed": "31 Nov"})
        assert refused.status_code == 422
        assert "“31 Nov” is not a day." in refused.content.decode()

    def test_today_and_later_days_are_today(self, client: Client, cast: Cast) -> None:
        client.force_login(cast.alice)
        for day in (cast.actor("alice").day.isoformat(), "2999-01-01"):
            client.post("/as-of/", {"day": day})
            assert "as_of" not in client.session

    @pytest.mark.urls("tests.web.refusing")
    @pytest.mark.requirement("P-03")
    def test_nothing_can_be_changed(self, client: Client, cast: Cast) -> None:
        client.force_login(cast.alice)
        client.post("/as-of/", {"day": "2026-01-05"})
        refused = client.post("/snoozed/")
        assert refused.status_code == 422
        assert "Return to today first." in refused.content.decode()

    def test_what_is_ones_own_can(self, client: Client, cast: Cast) -> None:
        client.force_login(cast.alice)
        client.post("/as-of/", {"day": "2026-01-05"})
        assert client.post("/theme/", {"theme": "dark"}).status_code == 303


@pytest.mark.parametrize(("chosen", "kept"), [("dark", "dark"), ("light", "light"), ("", None), ("<script>", None)])
def test_the_theme_is_kept_in_the_browser(client: Client, cast: Cast, chosen: str, kept: str | None) -> None:
    client.force_login(cast.alice)
    client.post("/theme/", {"theme": chosen})
    page = client.get("/more/").content.decode()
    assert (f'data-theme="{kept}"' in page) if kept else ("data-theme=" not in page)


def test_single_keys_are_switched_off_for_a_person(client: Client, cast: Cast) -> None:
    client.force_login(cast.alice)
    assert 'data-keys="off"' not in client.get("/more/").content.decode()
    client.post("/keys/", {})
    assert 'data-keys="off"' in client.get("/more/").content.decode()
    client.post("/keys/", {"single_keys": "on"})
    assert 'data-keys="off"' not in client.get("/more/").content.decode()


class TestHome:
    @pytest.fixture
    def model(self) -> Any:
        roles = blueprint().model_dump(mode="json")["roles"]
        return blueprint(roles={**roles, "csm": {**roles["csm"], "home": "team"}})

    def test_it_is_the_roles_own_else_the_first_place(self, client: Client, cast: Cast, two_places: None) -> None:
        client.force_login(cast.alice)
        assert client.get("/")["Location"] == "/more/"


@pytest.mark.parametrize(("hours", "stale"), [(1, False), (40, True)])
def test_the_bar_says_how_fresh_the_figures_are(client: Client, cast: Cast, hours: int, stale: bool) -> None:
    client.force_login(cast.alice)
    assert 'class="fresh"' not in client.get("/more/").content.decode(), "before the first run there is nothing to say"
    through = clock.now() - timedelta(hours=hours)
    Run.objects.create(
        id="night:1",
        day=through.date(),
        known_through=through,
        started_at=through,
        blueprint_version=1,
        status=Run.Status.DONE,
    )
    page = client.get("/more/").content.decode()
    assert ('<span class="fresh" data-stale>' in page) is stale
    assert "Data to <time" in page

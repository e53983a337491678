"""Whoever opens a demonstration before it is filled sees how far it is, and comes in by themselves when it is ready."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import expect

from tenure.simulation.mark import Mark, read_mark
from tests.cast import Cast
from tests.web.conftest import THEMES, WIDTHS, PageAt, assert_accessible, assert_fits

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("P-10", "P-08")]

HALF_WAY = Mark("filling", "r7-creative", date(2026, 8, 29), 91, 182)


@pytest.fixture
def home(settings: Any, tmp_path: Path) -> Path:
    """The home of a demonstration."""
    settings.DEMO, settings.HOME = True, tmp_path
    return tmp_path


def test_every_page_tells_how_far_the_company_has_lived(client: Client, home: Path) -> None:
    HALF_WAY.write(home)
    for path in ("/", "/sign-in/", "/portfolio/"):
        answer = client.get(path)
        assert (answer.status_code, answer["Retry-After"]) == (503, "2")
        assert "It is 29 August 2026, day 91 of 182" in answer.content.decode()
        assert 'hx-trigger="every 2s"' in answer.content.decode()
        assert "script-src 'self'" in answer["Content-Security-Policy"]


def test_before_the_first_day_people_are_drawn(client: Client, home: Path) -> None:
    Mark("filling", "r7-creative", days=182).write(home)
    assert "Its people and clients are being drawn." in client.get("/").content.decode()


def test_the_same_visitor_comes_in_when_it_is_ready(client: Client, home: Path, cast: Cast) -> None:
    waits: dict[str, Any] = {"HX-Request": "true", "HX-Target": "life"}
    HALF_WAY.write(home)
    assert client.get("/sign-in/").status_code == 503
    again = client.get("/sign-in/", headers=waits)
    assert (again.status_code, "day 91 of 182" in again.content.decode()) == (200, True)
    Mark("ready", "r7-creative", seed=20, until=date(2026, 11, 27)).write(home)
    assert client.get("/sign-in/", headers=waits)["HX-Refresh"] == "true"
    assert client.get("/sign-in/").status_code == 200


def test_outside_a_demonstration_no_mark_keeps_anybody_out(client: Client, settings: Any, tmp_path: Path) -> None:
    settings.HOME = tmp_path
    HALF_WAY.write(tmp_path)
    assert client.get("/sign-in/").status_code == 200


def test_a_mark_says_the_same_to_whoever_reads_it(tmp_path: Path) -> None:
    assert read_mark(tmp_path) is None
    HALF_WAY.write(tmp_path)
    assert read_mark(tmp_path) == HALF_WAY


@pytest.mark.django_db
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_it_is_fit_to_be_seen(page_at: PageAt, client: Client, home: Path, width: int, theme: str) -> None:
    page = page_at("/sign-in/", width, theme)  # of a server that stood before this was a demonstration
    HALF_WAY.write(home)
    waiting = client.get("/sign-in/").content.decode()
    page.route("**/sign-in/", lambda route: route.fulfill(status=503, content_type="text/html", body=waiting))
    page.reload()
    expect(page.get_by_role("progressbar", name="Days lived")).to_be_visible()
    assert_fits(page)
    assert_accessible(page)

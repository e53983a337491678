"""A real browser against a live server: Debian's Chromium, axe, and pictures kept under ``artefacts/``."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as project
from django.test import Client
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tenure.identity.people import Person
from tests.live import Site
from tests.web.world import world  # noqa: F401 - a fixture

CHROMIUM = Path(os.environ.get("TENURE_CHROMIUM", "/usr/bin/chromium"))
ARTEFACTS = Path(__file__).parents[2] / "artefacts"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
]
WIDTHS = (1440, 390)
THEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
PATIENCE = 20_000  # milliseconds: how long a busy machine may take until a page shows what is expected
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
COLOURS = ("color-contrast", "link-in-text-block")  # the rules that read colours


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    """Static files as they lie in the sources: a test does not collect them first."""
    settings.STORAGES = project.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture(scope="session")
def browser_of_debian() -> Iterator[Browser]:
    """Chromium. Without one the tests of pages are skipped by name, and fail where CI is set."""
    if not CHROMIUM.exists():
        message = f"no Chromium at {CHROMIUM}: pages were not looked at (set TENURE_CHROMIUM)"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    # Playwright's own loop must not make Django believe that it runs in an asynchronous context.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE)
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


PageAt = Callable[..., Page]


@pytest.fixture
def page_at(browser_of_debian: Browser, site: Site) -> Iterator[PageAt]:
    """Open a path at a width and in a theme, signed in as a person or not. Errors of the page fail the test."""
    contexts, errors = [], []

    def opened(
        path: str,
        width: int = 1440,
        theme: str = "light",
        person: Person | None = None,
        script: bool = True,
        locale: str = "en-GB",
    ) -> Page:
        context = browser_of_debian.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=theme,  # type: ignore[arg-type]
            has_touch=width < 600,
            locale=locale,
            timezone_id="America/New_York",
            reduced_motion="reduce",
            java_script_enabled=script,
        )
        contexts.append(context)
        if person is not None:
            context.add_cookies([{"name": project.SESSION_COOKIE_NAME, "value": session_of(person), "url": site.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if _is_wrong(message) else None)
        page.goto(site.url + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


def _is_wrong(message: Any) -> bool:
    """Whether the console tells of a fault of ours, such as a refused script; an answer of 4xx is none."""
    return message.type == "error" and "Failed to load resource" not in message.text


def session_of(person: Person) -> str:
    """The key of a session in which somebody is signed in."""
    client = Client()
    client.force_login(person, backend=project.AUTHENTICATION_BACKENDS[0])
    return client.cookies[project.SESSION_COOKIE_NAME].value


def assert_accessible(page: Page, rules: tuple[str, ...] = RULES) -> None:
    """No finding of axe, by WCAG 2.2 AA and its best practices."""
    # What passes is not told in full: that would take axe as long as the looking.
    results = Axe().run(page, options={"runOnly": list(rules), "resultTypes": ["violations"]})
    found = [
        f"{rule['id']}: {node['html'][:160]} ({node['failureSummary'][:200]})"
        for rule in results.response["violations"]
        for node in rule["nodes"]
    ]
    assert not found, "\n".join(found)


def assert_fits(page: Page) -> None:
    """Nothing makes the page scroll sideways."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{wide} px too wide"


def assert_looks_right(page: Page, name: str) -> None:
    """Light and dark: nothing sideways, a picture kept, no finding of axe.

    The stylesheet alone knows the theme, so a dark page is the same page in other colours: it is not opened again, and
    of axe's rules those of colours are asked.
    """
    assert_fits(page)
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        screenshot(page, f"{name}-{theme}")
        assert_accessible(page, RULES if theme == "light" else COLOURS)
    page.emulate_media(color_scheme="light")


def screenshot(page: Page, name: str) -> Path:
    """Keep a picture of the whole page under ``artefacts/``."""
    ARTEFACTS.mkdir(exist_ok=True)
    path = ARTEFACTS / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    return path

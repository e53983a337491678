"""Every page of the shell and of signing in, looked at: axe, width, and a picture kept."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tenure.identity.people import Person
from tenure.outlets.links import password_link
from tests.cast import Cast
from tests.web.conftest import WIDTHS, PageAt, assert_looks_right

pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.requirement("P-08")]

PASSWORD = "correct horse battery staple"


def enter(page: Page, person: Person) -> None:
    page.get_by_label("Email").fill(person.email or "")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def confirm(page: Page) -> None:
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Authenticator code").wait_for()


def wrong(page: Page) -> None:
    page.get_by_label("Email").fill("alice@example.com")
    page.get_by_label("Password").fill("no")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("That did not match").wait_for()


ANONYMOUS: dict[str, tuple[str, Callable[[Page], None] | None]] = {
    "sign-in": ("/sign-in/", None),
    "sign-in-wrong": ("/sign-in/", wrong),
    "sign-in-closed": ("/sign-in/closed/", None),
    "reset": ("/password/reset/", None),
    "reset-sent": ("/password/reset/sent/", None),
    "nothing-anonymous": ("/nothing/", None),
}
SIGNED_IN: dict[str, tuple[str, Callable[[Page], None] | None]] = {
    "more": ("/more/", None),
    "keys": ("/keys/", None),
    "find": ("/find/?q=o", None),
    "password": ("/password/", None),
    "second-step": ("/second-step/", None),
    "second-step-set-up": ("/second-step/totp/activate/", confirm),
    "sessions": ("/sessions/", None),
    "sign-out": ("/sign-out/", None),
    "nothing": ("/nothing/", None),
    "log": ("/log/", None),
    "refused": ("/refused/", None),
    "forbidden": ("/forbidden/", None),
}


@pytest.fixture
def alice(cast: Cast, settings: Any) -> Person:
    settings.ROOT_URLCONF = "tests.web.refusing"
    settings.DEMO = True
    Person.objects.update(is_demo=True)
    cast.alice.refresh_from_db()
    cast.alice.set_password(PASSWORD)
    cast.alice.save()
    return cast.alice


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ANONYMOUS)
def test_before_signing_in(page_at: PageAt, alice: Person, name: str, width: int) -> None:
    path, act = ANONYMOUS[name]
    page = page_at(path, width)
    if act:
        act(page)
    assert_looks_right(page, f"{name}-{width}")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", SIGNED_IN)
def test_signed_in(page_at: PageAt, alice: Person, name: str, width: int) -> None:
    path, act = SIGNED_IN[name]
    page = page_at(path, width, person=alice)
    if act:
        act(page)
    assert_looks_right(page, f"{name}-{width}")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_new_password(page_at: PageAt, alice: Person, width: int) -> None:
    page = page_at(password_link(alice), width)
    page.get_by_label("New password").fill("short")
    page.get_by_label("The same again").fill("short")
    page.get_by_role("button", name="Keep this password").click()
    page.locator(".wrong").first.wait_for()
    assert_looks_right(page, f"new-password-{width}")


def test_one_click_steps_into_the_demo(page_at: PageAt, alice: Person) -> None:
    page = page_at("/sign-in/")
    page.get_by_role("button", name="Alice").click()
    expect(page.locator(".who > summary")).to_contain_text("Alice")

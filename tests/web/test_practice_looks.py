"""The pages of the practice ground in a browser: no finding of axe, nothing sideways, played with the keyboard."""

from typing import Any

import pytest
from django.urls import reverse

from tenure.blueprint.model import Model
from tenure.identity.actor import Actor
from tenure.records.practice import begin_attempt
from tenure.records.practice_call import PracticeCall, begin_call, say
from tests.cast import Cast
from tests.web.conftest import WIDTHS, PageAt, assert_accessible, assert_fits, screenshot
from tests.web.ground import make_ground, practising

pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.requirement("R-16", "P-08")]


@pytest.fixture
def model() -> Model:
    return practising()


def test_a_call_is_played_with_the_keyboard_and_every_page_is_accessible(
    cast: Cast, settings: Any, page_at: PageAt
) -> None:
    settings.PRACTICE = True
    ground = make_ground(cast)
    cass = Actor.of(ground.cass)
    begin_attempt(ground.casss, actor=cass)
    call = begin_call(ground.casss, call="first", actor=cass)
    say(call, line="I like your bread", actor=cass)
    address = reverse("practice_call", args=[call.pk])
    for width in WIDTHS:
        page = page_at(address, width, "dark" if width < 600 else "light", ground.cass)
        # The line has the focus: one types and presses Enter, the answer stands there, and one goes on typing.
        page.keyboard.type("What do you want?")
        page.keyboard.press("Enter")
        page.get_by_text("Ten more a day." if width > 600 else "That depends.").wait_for()
        page.keyboard.type("And the oven?")
        page.keyboard.press("Enter")
        page.get_by_text("Pardon?").nth(0 if width > 600 else 1).wait_for()
        assert_accessible(page)
        assert_fits(page)
        screenshot(page, f"practice-call-{width}")
    assert PracticeCall.objects.get().turns == 5
    pages = (
        (reverse("attempt", args=[ground.casss.pk]), ground.cass),
        (reverse("practice"), cast.olive),
        (reverse("practice_assess", args=[ground.casss.pk]), cast.olive),
        (reverse("practice_compare", args=["bakery"]), cast.olive),
    )
    for path, person in pages:
        for width in WIDTHS:
            page = page_at(path, width, "light" if width < 600 else "dark", person)
            assert_accessible(page)
            assert_fits(page)

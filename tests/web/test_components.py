"""Every component, at both widths and in both themes, has no finding of axe and does not overflow."""

from typing import Any

import pytest

from tests.cast import Cast
from tests.web.conftest import WIDTHS, PageAt, assert_looks_right

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


@pytest.mark.requirement("P-08")
@pytest.mark.parametrize("width", WIDTHS)
def test_every_state_is_accessible(page_at: PageAt, cast: Cast, settings: Any, width: int) -> None:
    settings.DEBUG = True
    page = page_at("/states/", width, person=cast.alice)
    assert page.title() == "States · Tenure"
    assert_looks_right(page, f"states-{width}")


def test_the_reference_is_absent_outside_debugging(client: Any, cast: Cast) -> None:
    client.force_login(cast.alice)
    assert client.get("/states/").status_code == 404

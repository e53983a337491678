"""Every page of daily work at both widths, light and dark: no finding of axe, no sideways scroll, a picture kept."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from tenure.blueprint.model import Model
from tests.live import Site
from tests.web.conftest import WIDTHS, PageAt, assert_looks_right
from tests.web.world import World, lived_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.requirement("P-08")]

# Which of the cast looks, and what the page's address names.
PAGES = {
    "today": ("alice", ""),
    "portfolio": ("alice", ""),
    "signals": ("alice", ""),
    "meetings": ("alice", ""),
    "tasks": ("alice", ""),
    "journeys": ("alice", ""),
    "handover": ("alice", "handover"),
    "handover_new": ("sam", "handover_new"),
    "promises": ("alice", ""),
    "account": ("alice", "account"),
    "account_timeline": ("alice", "account"),
    "account_score": ("alice", "account"),
    "account_movement": ("alice", "account"),
    "promise": ("alice", "promise"),
    "signal": ("alice", "signal"),
    "play": ("alice", "play"),
    "meeting": ("alice", "meeting"),
    "meeting_shown": ("alice", "meeting"),
    "meeting_notes": ("alice", "meeting"),
    "content": ("alice", ""),
    "content_calendar": ("alice", ""),
    "deliverable": ("alice", "piece"),
    "content_plan": ("alice", "meeting"),
    "act": ("alice", "act"),
    "account_create": ("alice", ""),
    "segment_save": ("alice", ""),
    "portfolio_edit": ("alice", "cell"),
    "role": ("alice", "role"),
    "team": ("lena", ""),
    "numbers": ("alice", ""),
    "kpi": ("alice", "kpi"),
    "person_record": ("olive", "person"),
    "person_facts": ("olive", "facts"),
    "account_ratings": ("alice", "account"),
    "people": ("olive", ""),
    "person": ("olive", "person"),
    "contact": ("alice", "contact"),
    "rights": ("olive", ""),
    "requests": ("lena", ""),
    "ledger": ("olive", ""),
    "act_plain": ("olive", "act_plain"),
    "outbox": ("alice", ""),
    "mail": ("alice", "mail"),
    "calls": ("alice", ""),
    "call": ("alice", "call"),
    "drafts": ("alice", ""),
    "draft": ("alice", "draft"),
    "reports": ("alice", ""),
    "report": ("alice", "report"),
    "report_shown": ("alice", "report"),
    "portal_home": ("carl", "account"),
    "portal_plan": ("carl", "account"),
    "portal_results": ("carl", "account"),
    "portal_work": ("carl", "account"),
    "portal_piece": ("carl", "portal_reviewed"),
    "portal_meetings": ("carl", "account"),
    "portal_meeting": ("carl", "portal_meeting"),
    "portal_messages": ("carl", "account"),
    "portal_access": ("alice", "account"),
}
CONTENT = {
    f"content-{name or 'none'}": ("alice", f"/content/?{query}")
    for name, query in (
        ("list", "show=list"),
        ("production", "show=production&whose=all"),
        ("ahead", "show=ahead"),
        ("none", "whose=mine&state=idea&show=list"),
    )
}
MORE = {"heat": ("alice", "/portfolio/?view=heat"), "every-column": ("alice", "/portfolio/?col=owner&col=next_step")}


@pytest.fixture
def model() -> Model:
    return lived_in()


def looked_at(page: Page, name: str) -> str:
    """What is wrong with a page that is open; empty where nothing is."""
    try:
        assert_looks_right(page, name)
    except AssertionError as wrong:
        return f"{name}: {wrong}"
    return ""


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_fit_to_be_seen(page_at: PageAt, site: Site, world: World, width: int) -> None:
    addresses = {name: (who, reverse(name, args=world.rows[of])) for name, (who, of) in PAGES.items()} | MORE | CONTENT
    found, open_pages = [], {}
    for name, (who, address) in addresses.items():
        if who not in open_pages:
            open_pages[who] = page_at(address, width, person=getattr(world.cast, who))
        else:
            open_pages[who].goto(site.url + address)
        found.append(looked_at(open_pages[who], f"page-{name}-{width}"))
    wrong = [each for each in found if each]
    assert not wrong, "\n".join(wrong)

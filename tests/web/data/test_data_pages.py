"""Every page about data: who may do what there, what it costs, how it looks, what it says while it is empty."""

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tenure.sources.importing import start_import
from tenure.sources.imports import ImportRow
from tenure.sources.keys import WriteKey
from tenure.sources.users import SourceUser
from tests.cast import Cast
from tests.live import Site
from tests.web.conftest import WIDTHS, PageAt, assert_fits, assert_looks_right, screenshot
from tests.web.data.conftest import Importing, hold, page, set_aside

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("P-09", "O-11")]

# Each address, with the codes that Olive (operations), Lena (lead: may look), Alice (success manager), Erin
# (executive), Mallory (another team), Carl (a client) and nobody get. A client does not learn that the page exists.
LOOK = (200, 200, 403, 403, 403, 404, 302)
ACT = (303, 403, 403, 403, 403, 404, 302)
TABLE: dict[str, tuple[str, tuple[int, ...], dict[str, str] | None]] = {
    "imports": ("", LOOK, None),
    "import_new": ("", (200, 403, 403, 403, 403, 404, 302), None),
    "import": ("import", LOOK, None),
    "import_progress": ("import", (303, 303, 403, 403, 403, 404, 302), None),
    "import_run": ("looked_at", ACT, {}),
    "import_go_on": ("import", ACT, {}),
    "import_undo": ("import", (200, 403, 403, 403, 403, 404, 302), None),
    "import_mapping": ("import", LOOK, None),
    "import_rows": ("import", LOOK, None),
    "import_rows_file": ("file", LOOK, None),
    "rows_aside": ("", LOOK, None),
    "import_row": ("row", LOOK, None),
    "import_row_mend": ("row", ACT, {"cell.Account Name": "Cedar"}),
    "import_row_dismiss": ("row", ACT, {"reason": "Ours"}),
    "quality": ("", LOOK, None),
    "keys_of_sources": ("", LOOK, None),
    "key_revoke": ("key", ACT, {}),
    "sources": ("", LOOK, None),
    "connector_add": ("kind", (200, 403, 403, 403, 403, 404, 302), None),
    "connector": ("connector", LOOK, None),
    "connector_pause": ("connector", ACT, {}),
    "connector_resume": ("connector", ACT, {}),
    "connector_read": ("connector", ACT, {}),
    "connector_remove": ("connector", ACT, {}),
    "connector_readdress": ("connector", (200, 403, 403, 403, 403, 404, 302), {}),
    "arrivals": ("", LOOK, None),
    "arrival": ("arrival", LOOK, None),
    "arrival_assign": ("arrival", ACT, {"account": "Ashdown"}),
    "arrival_dismiss": ("arrival", ACT, {"reason": "Ours"}),
    "arrival_correct": ("arrival", ACT, {"value.q3_code": "Ashdown"}),
    "arrival_retry": ("arrival", ACT, {}),
    "user_match": ("user", (303, 422, 403, 403, 403, 404, 302), {"account": "Ashdown"}),  # out of Lena's reach
}


@pytest.mark.requirement("P-05")
@pytest.mark.parametrize("name", TABLE)
def test_who_may_do_what(name: str, cast: Cast, looked_at: Importing, imported: Importing) -> None:
    made, waiting = imported(), looked_at()
    hold(cast, "u1", 1)
    aside = set_aside(cast)
    rows = {
        "": [],
        "import": [made.pk],
        "looked_at": [waiting.pk],
        "file": [made.pk, "accounts"],
        "row": [ImportRow.objects.get(line=4).pk],
        "key": [WriteKey.objects.get().pk],
        "user": [SourceUser.objects.get().pk],
        "kind": ["mailbox"],
        "connector": [aside.connector_id],
        "arrival": [aside.pk],
    }
    of, expected, sent = TABLE[name]
    found = []
    for who in ("olive", "lena", "alice", "erin", "mallory", "carl", ""):
        visitor = Client()
        with transaction.atomic():
            if who:
                visitor.force_login(getattr(cast, who))
            url = reverse(name, args=rows[of])
            found.append((visitor.get(url) if sent is None else visitor.post(url, sent)).status_code)
            transaction.set_rollback(True)
    assert tuple(found) == expected


@pytest.mark.parametrize("name", ["import", "import_undo", "import_row"])
def test_what_is_not_there_is_not_found(olive: Client, name: str) -> None:
    assert olive.get(reverse(name, args=["01m80nothing0000000000000a"])).status_code == 404


def test_the_lead_is_offered_nothing_that_she_may_not_do(client: Client, cast: Cast, imported: Importing) -> None:
    made = imported()
    client.force_login(cast.lena)
    shown = [
        page(client, url)
        for url in ("/data/", f"/data/imports/{made.pk}/", f"/data/imports/{made.pk}/rows/", "/data/events/")
    ]
    for words in ("Import files", "Take it back", 'name="cell.', "Dismiss", "Make a key", "Revoke"):
        assert not any(words in each for each in shown), words


def test_empty_pages_say_what_to_do(olive: Client) -> None:
    assert "Nothing was imported yet" in page(olive, "/data/")
    assert "Nothing odd was found" in page(olive, "/data/quality/")
    assert "Nothing is set aside" in page(olive, "/data/rows/")
    assert "Nothing is connected yet" in page(olive, "/data/sources/")
    assert "Everything that came found its account" in page(olive, "/data/arrivals/")
    assert "Nothing waits" in page(olive, "/data/events/") and "No key yet" in page(olive, "/data/events/")


@pytest.mark.requirement("P-08")
def test_what_a_page_costs_does_not_grow_with_its_rows(
    olive: Client, cast: Cast, imported: Importing, looked_at: Importing
) -> None:
    def many(number: int, start: int) -> str:
        rows = "".join(f"X{each},,1,01-01-2026\n" for each in range(start, start + number))
        return f"id,Account Name,seats,signed\n{rows}"

    def costs() -> dict[str, int]:
        found = {}
        for url in (
            "/data/",
            f"/data/imports/{made.pk}/",
            f"/data/imports/{made.pk}/rows/",
            "/data/rows/",
            "/data/quality/",
            "/data/events/",
            "/data/sources/",
            "/data/arrivals/",
        ):
            olive.get(url)
            with CaptureQueriesContext(connection) as seen:
                assert olive.get(url).status_code == 200
            found[url.replace(made.pk, "")] = len(seen)
        return found

    made = imported(many(2, 0))
    hold(cast, "u0", 1)
    set_aside(cast)
    few = costs()
    made = imported(many(30, 100))
    looked_at(many(3, 200))
    for number in range(1, 12):
        hold(cast, f"u{number}", 1)
        set_aside(cast, number)
    assert costs() == few
    assert max(few.values()) <= 24, few


@pytest.fixture
def everything(cast: Cast, looked_at: Importing, imported: Importing) -> dict[str, str]:
    """A company whose data pages have something on them; the addresses by name."""
    made = imported()
    running = start_import(looked_at(), actor=cast.actor("olive"))
    hold(cast, "u1", 2)
    aside = set_aside(cast)
    return {
        "imports": "/data/",
        "import-new": "/data/imports/new/",
        "import-looked-at": f"/data/imports/{looked_at().pk}/",
        "import-done": f"/data/imports/{made.pk}/",
        "import-running": f"/data/imports/{running.pk}/",
        "import-rows": f"/data/imports/{made.pk}/rows/?check=not_a_day",
        "import-row": f"/data/rows/{ImportRow.objects.get(line=5).pk}/",
        "import-undo": f"/data/imports/{made.pk}/undo/",
        "quality": "/data/quality/",
        "events": "/data/events/",
        "sources": "/data/sources/",
        "source-add": "/data/sources/add/mailbox/",
        "source": f"/data/sources/{aside.connector_id}/",
        "arrivals": "/data/arrivals/",
        "arrival": f"/data/arrivals/{aside.pk}/",
    }


@pytest.mark.browser
@pytest.mark.django_db
@pytest.mark.requirement("P-08")
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_accessible(
    page_at: PageAt, site: Site, cast: Cast, everything: dict[str, str], width: int
) -> None:
    # A page that runs an import changes under the eye; without its script it stands still, and axe is one.
    still = page_at(everything.pop("import-running"), width, person=cast.olive, script=False)
    assert_fits(still)
    screenshot(still, f"data-import-running-{width}")
    opened = page_at("/data/", width, person=cast.olive)
    for name, address in everything.items():
        opened.goto(site.url + address)
        assert_looks_right(opened, f"data-{name}-{width}")

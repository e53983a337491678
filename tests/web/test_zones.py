"""All times of a page stand in one zone, the reader's own, wherever their browser believes to be."""

import pytest
from playwright.sync_api import expect

from tenure.records.note import log_note
from tenure.work.refresh import refresh_standing
from tests.book import Book
from tests.cast import Cast, at
from tests.web.conftest import PageAt

pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.requirement("P-08", "P-12")]


@pytest.mark.parametrize(
    ("zone", "written"), [("Asia/Tokyo", "Saturday, 11 July 2026, 0:30"), ("", "Friday, 10 July 2026, 11:30")]
)
def test_a_moment_stands_in_the_readers_zone(page_at: PageAt, cast: Cast, book: Book, zone: str, written: str) -> None:
    # 15:30 in UTC is half past midnight of the next day in Tokyo, nine hours ahead, and half past eleven in the
    # company's New York under summer time, four hours behind. The browser is set to New York both times.
    cast.alice.zone = zone
    cast.alice.save(update_fields=["zone"])
    log_note(book.alices, text="Asked about the oven", at=at("2026-07-10 15:30"), actor=cast.actor("alice"))
    refresh_standing([book.alices.pk], cast.actor("olive"))
    page = page_at(f"/accounts/{book.alices.pk}/", person=cast.alice)
    moment = page.locator('time[datetime="2026-07-10T15:30Z"]').first
    expect(moment).to_have_attribute("title", written)

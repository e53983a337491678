"""Pages by keyset show every row once, in order, forwards and backwards, and in one query each."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from django.test import RequestFactory
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tenure.identity.people import Person
from tenure.web.listing import Column, Listing, Page

COLUMNS = (
    Column("name", "Name", "cell.html", order=("name",), head=True),
    Column("joined", "Joined", "cell.html", order=("joined_on", "-name")),
    Column("kind", "Kind", "cell.html"),
    Column("zone", "Zone", "cell.html", order=("zone",), chosen=False),
)


def listing(size: int = 2, **asked: Any) -> Listing[Person]:
    return Listing(RequestFactory().get("/", asked), COLUMNS, sort="name", size=size)


def walk(sort: str, size: int, towards: str = "next", **start: Any) -> list[list[str]]:
    """The names of page after page."""
    pages, asked = [], dict(start)
    while True:
        page: Page[Person] = listing(size, sort=sort, **asked).page(Person.objects.all())
        pages.append([person.name for person in page.rows])
        cursor = getattr(page, towards)
        if cursor is None or not page.rows:
            return pages
        asked = {"after" if towards == "next" else "before": cursor}


def people(*joined: tuple[str, date | None]) -> None:
    for index, (name, day) in enumerate(joined):
        Person.objects.create(name=name, joined_on=day, email=f"{index}@example.com")


DAYS = (date(2026, 1, 1), date(2026, 1, 2), None)


class TestAnyRows(TestCase):
    @settings(max_examples=40, deadline=None)
    @given(
        st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(DAYS)), max_size=12),
        st.integers(1, 5),
        st.booleans(),
    )
    def test_every_row_is_shown_once_in_order_either_way(
        self, rows: Sequence[tuple[str, date | None]], size: int, backwards: bool
    ) -> None:
        people(*rows)
        # By joined day, then name the other way round; without a day last, whichever way the list is sorted.
        known = sorted({d for _, d in rows if d}, reverse=backwards)
        expected = [n for day in [*known, None] for n in named(rows, day, descending=not backwards)]
        pages = walk("-joined" if backwards else "joined", size)
        assert [name for page in pages for name in page] == expected

    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(DAYS)), min_size=3, max_size=12))
    def test_going_back_shows_what_was_shown(self, rows: Sequence[tuple[str, date | None]]) -> None:
        people(*rows)
        first = listing(2, sort="joined").page(Person.objects.all())
        second = listing(2, sort="joined", after=first.next).page(Person.objects.all())
        again = listing(2, sort="joined", before=second.previous).page(Person.objects.all())
        assert [p.pk for p in again.rows] == [p.pk for p in first.rows]
        assert again.previous is None


def named(rows: Sequence[tuple[str, date | None]], day: date | None, *, descending: bool) -> list[str]:
    return sorted((name for name, joined in rows if joined == day), reverse=descending)


@pytest.mark.django_db
def test_the_neighbours_are_known() -> None:
    people(("a", None), ("b", None), ("c", None))
    first = listing(2).page(Person.objects.all())
    assert (first.previous is None, first.next is None) == (True, False)
    last = listing(2, after=first.next).page(Person.objects.all())
    assert [person.name for person in last.rows] == ["c"]
    assert (last.previous is None, last.next is None) == (False, True)


@pytest.mark.django_db
def test_a_page_is_one_query(django_assert_num_queries: Any) -> None:
    people(("a", None), ("b", None), ("c", None))
    cursor = listing(1).page(Person.objects.all()).next
    with django_assert_num_queries(1):
        listing(1, after=cursor).page(Person.objects.all())


@pytest.mark.django_db
@pytest.mark.parametrize("cursor", ["", "zz", "bnVsbA", "WzFd", "eyJhIjogMX0"])
def test_a_cursor_that_cannot_be_read_gives_the_first_page(cursor: str) -> None:
    people(("a", None), ("b", None))
    assert [p.name for p in listing(2, after=cursor).page(Person.objects.all()).rows] == ["a", "b"]


def test_only_columns_that_sort_are_sorted_by() -> None:
    assert listing(sort="-joined").order == ["-joined_on", "name"]
    for nonsense in ("kind", "password", "-", "name; drop"):
        assert (listing(sort=nonsense).sort, listing(sort=nonsense).order) == ("name", ["name"])


def test_a_heading_turns_the_order_it_is_sorted_by() -> None:
    drawn = {head.column.key: (head.sort, head.sorted) for head in listing(sort="joined").headings}
    assert drawn == {"name": ("name", ""), "joined": ("-joined", "ascending"), "kind": ("", "")}
    turned = {head.column.key: (head.sort, head.sorted) for head in listing(sort="-joined").headings}
    assert turned["joined"] == ("joined", "descending")


def test_the_reader_chooses_columns_and_the_head_stays() -> None:
    assert [column.key for column in listing().columns] == ["name", "joined", "kind"]
    assert [column.key for column in listing(col=["zone"]).columns] == ["name", "zone"]

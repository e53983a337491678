"""Turned back: showing everything as it stood on an earlier day, while nothing can be changed."""

from collections.abc import Callable
from datetime import date
from typing import TypeVar

from django.http import HttpRequest

KEY = "as_of"

View = TypeVar("View", bound=Callable[..., object])


def day_of(request: HttpRequest) -> date | None:
    """The day that a request is turned back to; None for today."""
    session = getattr(request, "session", None)
    kept = session.get(KEY) if session is not None else None
    return date.fromisoformat(kept) if kept else None


def turn(request: HttpRequest, day: date | None) -> None:
    """Show a day from now on, in this session; None returns to today."""
    if day is None:
        request.session.pop(KEY, None)
    else:
        request.session[KEY] = day.isoformat()


def shows_the_past(view: View) -> View:
    """Mark a view that shows an earlier day as it stood; the others say that they show today."""
    view.shows_the_past = True  # type: ignore[attr-defined]
    return view


def wants_today(view: View) -> View:
    """Mark a view that is a form for a change: while turned back there is nothing to fill in."""
    view.wants_today = True  # type: ignore[attr-defined]
    return view


def works_in_the_past(view: View) -> View:
    """Mark a view whose POST changes nothing of the company's, so that it is allowed while turned back."""
    view.works_in_the_past = True  # type: ignore[attr-defined]
    return view

"""How a view answers: a page or its fragment, a form that keeps what was typed, a word said after an act."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

from tenure.base.errors import Refused

T = TypeVar("T")

UNDO = "undo "  # an extra tag of a message: this word and the address that takes the act back


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a piece of a page."""
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def answer(
    request: HttpRequest, page: str, context: dict[str, Any] | None = None, *, fragment: str = "", status: int = 0
) -> HttpResponse:
    """Render the page, or the fragment of it that htmx swaps. A form in `context` with errors answers 422."""
    given = context or {}
    form = given.get("form")
    refused = isinstance(form, BaseForm) and form.is_bound and bool(form.errors)
    template = fragment if fragment and is_fragment(request) else page
    return render(request, template, given, status=status or (422 if refused else 200))


def attempt(form: BaseForm, act: Callable[..., T], *subject: Any, **arguments: Any) -> T | None:
    """Run an operation for a checked form; what it refuses becomes an error of the form; then None comes back."""
    try:
        return act(*subject, **arguments)
    except Refused as refusal:
        field = refusal.field if refusal.field in form.fields else None
        form.add_error(field, refusal.message)
        return None


def way_back(request: HttpRequest, otherwise: str = "home") -> str:
    """Where somebody came from: the form's ``next`` or the referring page, if it is ours; else a named page."""
    for wanted in (request.POST.get("next"), request.headers.get("Referer")):
        if wanted and url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
            return wanted
    return resolve_url(otherwise)


def done(request: HttpRequest, words: str = "", *, to: Any = None, undo: str = "") -> HttpResponse:
    """Say what was done and go on: to `to`, or back. `undo` is the address that takes it back within ten seconds."""
    if words:
        say(request, words, undo=undo)
    where = resolve_url(to) if to is not None else way_back(request)
    if is_fragment(request):
        return HttpResponse(status=204, headers={"HX-Redirect": where})
    return HttpResponseRedirect(where, status=303)


def say(request: HttpRequest, words: str, *, undo: str = "") -> None:
    """Say a sentence in the next answer, with a way to undo where there is one."""
    if undo:
        messages.add_message(request, messages.INFO, words, extra_tags=UNDO + undo)
    else:
        messages.info(request, words)

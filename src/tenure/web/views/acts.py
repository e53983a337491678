"""Any act on any row, as a page and as a dialog."""

from __future__ import annotations

from typing import Any

from django.db.models import Model as Row
from django.http import HttpResponse
from django.urls import path

from tenure.base.errors import Forbidden
from tenure.identity.access import require
from tenure.identity.actor import Actor
from tenure.identity.operations import OPERATIONS, Operation, perform
from tenure.web.actors import SignedIn, actor_of
from tenure.web.acts import ActForm
from tenure.web.answers import answer, attempt, done
from tenure.web.freshness import catch_up
from tenure.web.subjects import address_of, fetch, name_of
from tenure.web.turned_back import wants_today
from tenure.web.undoing import undo_address


def _operation(name: str) -> Operation[Any, Any]:
    if name not in OPERATIONS:
        raise Forbidden(name, "There is no such act.", hidden=True)
    return OPERATIONS[name]


def _subject(operation: Operation[Any, Any], actor: Actor, subject_id: str) -> Any:
    """The row that the act is about, within reach."""
    if operation.subject_model is None:
        require(actor, operation.name)
        return None
    return fetch(operation.subject_model, actor, subject_id, operation.name)


@wants_today
def act(request: SignedIn, name: str, subject_id: str = "") -> HttpResponse:
    """Show an operation's form, or do it and offer to undo."""
    actor, operation = actor_of(request), _operation(name)
    subject = _subject(operation, actor, subject_id)
    form = ActForm(operation, subject, actor, request.POST if request.method == "POST" else None, request.GET.dict())
    if form.is_valid():
        made = attempt(form, perform, name, subject, form.given(), actor)
        if not form.errors:
            catch_up(subject)
            return done(request, operation.label, undo=undo_address(name, made) if isinstance(made, Row) else "")
    named = name_of(subject, name, actor.model)
    context = {"form": form, "label": operation.label, "subject": named, "back": address_of(subject)}
    return answer(request, "acts/page.html", context, fragment="acts/form.html")


urlpatterns = [
    path("do/<str:name>/", act, name="act_plain"),
    path("do/<str:name>/<str:subject_id>/", act, name="act"),
]

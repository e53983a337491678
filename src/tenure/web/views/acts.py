"""Any act on any row, as a page and as a dialog; and taking back what was just done."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from tenure.base.errors import Forbidden, Refused
from tenure.identity.access import may, require
from tenure.identity.actor import Actor
from tenure.identity.operations import OPERATIONS, Operation, perform
from tenure.web.actors import SignedIn, actor_of
from tenure.web.acts import ActForm
from tenure.web.answers import answer, attempt, done
from tenure.web.subjects import address_of, fetch


def _operation(name: str) -> Operation[Any, Any]:
    if name not in OPERATIONS:
        raise Forbidden(name, "There is no such act.", hidden=True)
    return OPERATIONS[name]


def _subject(operation: Operation[Any, Any], actor: Actor, subject_id: str) -> Any:
    """The row that the act is about, within reach."""
    if operation.subject_model is None:
        if not may(actor, operation.name):
            require(actor, operation.name)
        return None
    return fetch(operation.subject_model, actor, subject_id, operation.name)


def act(request: SignedIn, name: str, subject_id: str = "") -> HttpResponse:
    """Show an operation's form, or do it and offer to undo."""
    actor, operation = actor_of(request), _operation(name)
    subject = _subject(operation, actor, subject_id)
    form = ActForm(operation, subject, actor, request.POST if request.method == "POST" else None)
    if form.is_valid():
        made = attempt(form, perform, name, subject, form.given(), actor)
        if not form.errors:
            return done(request, operation.label, undo=undo_address(operation, made if made is not None else subject))
    context = {"form": form, "operation": operation, "subject": subject, "back": address_of(subject)}
    return answer(request, "acts/page.html", context, fragment="acts/form.html")


def undo_address(operation: Operation[Any, Any], made: Any) -> str:
    """Where the act is taken back; empty where it cannot be."""
    if not operation.undo or operation.undo not in OPERATIONS or not hasattr(made, "pk"):
        return ""
    wanted = OPERATIONS[operation.undo].subject_model
    return reverse("undo", args=[operation.undo, made.pk]) if wanted and isinstance(made, wanted) else ""


@require_POST
def undo(request: SignedIn, name: str, subject_id: str) -> HttpResponse:
    """Take back an act by the operation that undoes it."""
    actor, operation = actor_of(request), _operation(name)
    if name not in {each.undo for each in OPERATIONS.values()}:
        raise Refused("no_undo", "This cannot be undone here.")
    perform(name, _subject(operation, actor, subject_id), {}, actor)
    return done(request, "Taken back")


urlpatterns = [
    path("do/<str:name>/", act, name="act_plain"),
    path("do/<str:name>/<str:subject_id>/", act, name="act"),
    path("undo/<str:name>/<str:subject_id>/", undo, name="undo"),
]

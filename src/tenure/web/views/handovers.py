"""Hand-overs: writing one, handing it over, and taking it or sending it back."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from tenure.blueprint.model import HandoverForm
from tenure.identity import access
from tenure.identity.actor import Actor
from tenure.records.account import Account
from tenure.records.handover import (
    Handover,
    accept_handover,
    acts_for,
    begin_handover,
    give_handover,
    write_handover,
    written,
)
from tenure.records.timeline import history_of
from tenure.web.actors import SignedIn, actor_of, may
from tenure.web.answers import answer, attempt, done
from tenure.web.subjects import fetch
from tenure.web.turned_back import wants_today


class Answer(forms.CharField):
    """A field of a hand-over. It may stay empty while it is written; `needed` says that it may not when it is given."""

    def __init__(self, *, needed: bool, **rest: Any) -> None:
        super().__init__(required=False, widget=forms.Textarea({"rows": 3}), max_length=20_000, **rest)
        self.needed = needed


class AnswersForm(forms.Form):
    """The fields of a hand-over, as the blueprint declares them. What is needed is asked for when it is given."""

    def __init__(self, terms: HandoverForm, data: Any = None, begun: dict[str, str] | None = None) -> None:
        super().__init__(data, initial=begun)
        for key, each in terms.fields.items():
            self.fields[key] = Answer(needed=each.needed, label=each.label, help_text=each.help)


@wants_today
def new(request: SignedIn, account_id: str, form: str) -> HttpResponse:
    """Begin a hand-over on an account, and hand it over where that was pressed."""
    actor = actor_of(request)
    account, terms = fetch(Account, actor, account_id, "handover.begin"), actor.model.handovers.get(form)
    if terms is None:
        raise Http404
    filled = AnswersForm(terms, request.POST or None)
    if filled.is_valid():
        made = attempt(filled, partial(begin_handover, form=form), account, answers=filled.cleaned_data, actor=actor)
        if made is not None:
            return _saved(request, made, actor, filled)
    return answer(request, "handovers/write.html", {"form": filled, "account": account, "terms": terms})


def _saved(request: SignedIn, found: Handover, actor: Actor, filled: AnswersForm) -> HttpResponse:
    """Go on to the hand-over: given, where that was pressed and nothing that is needed is missing."""
    page = reverse("handover", args=[found.pk])
    if request.POST.get("then") != "give":
        return done(request, "Saved", to=page)
    if attempt(filled, give_handover, found, actor=actor) is not None:
        return done(request, "Handed over", to=page)
    context = {"form": filled, "account": found.account, "terms": actor.model.handovers[found.form], "handover": found}
    return answer(request, "handovers/write.html", context)


def handover(request: SignedIn, handover_id: str) -> HttpResponse:
    """A hand-over: to be written by its giver, to be read by everybody else."""
    actor = actor_of(request)
    found = fetch(Handover, actor, handover_id, "account.view")
    terms = actor.model.handovers.get(found.form)
    if terms is None:
        raise Http404
    access.require(actor, "account.view", found)
    if found.is_with_giver and may(actor, "handover.write") and acts_for(terms.giver, actor) and not actor.as_of:
        return _write(request, found, terms, actor)
    return answer(request, "handovers/page.html", _shown(found, terms, actor))


def _write(request: SignedIn, found: Handover, terms: HandoverForm, actor: Actor) -> HttpResponse:
    filled = AnswersForm(terms, request.POST or None, written(found, terms))
    if filled.is_valid():
        access.require(actor, "handover.write", found)
        if attempt(filled, write_handover, found, answers=filled.cleaned_data, actor=actor) is not None:
            return _saved(request, found, actor, filled)
    context = {"form": filled, "account": found.account, "terms": terms, "handover": found}
    return answer(request, "handovers/write.html", context)


def _shown(found: Handover, terms: HandoverForm, actor: Actor) -> dict[str, Any]:
    texts = written(found, terms)
    answers_may = may(actor, "handover.accept") and acts_for(terms.taker, actor) and found.status == found.Status.GIVEN
    return {
        "handover": found,
        "terms": terms,
        "account": found.account,
        "lines": [(each.label, texts[key], each.needed) for key, each in terms.fields.items()],
        "giver": actor.model.roles[terms.giver].label,
        "taker": actor.model.roles[terms.taker].label,
        "may_answer": bool(answers_may),
        "history": history_of("handover", found.pk, actor),
    }


@require_POST
def accept(request: SignedIn, handover_id: str) -> HttpResponse:
    """Take over."""
    actor = actor_of(request)
    found = fetch(Handover, actor, handover_id, "handover.accept")
    accept_handover(found, actor=actor)
    return done(request, "Accepted", to=reverse("handover", args=[found.pk]))


urlpatterns = [
    path("accounts/<str:account_id>/handovers/<slug:form>/", new, name="handover_new"),
    path("handovers/<str:handover_id>/", handover, name="handover"),
    path("handovers/<str:handover_id>/accept/", accept, name="handover_accept"),
]

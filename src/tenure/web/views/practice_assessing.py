"""Assessing: what was done beside each criterion, the levels that it earns, the result, and people side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.urls import path, reverse

from tenure.blueprint.model import Rubric
from tenure.identity import access
from tenure.identity.actor import Actor
from tenure.records.lookup import access_record
from tenure.records.practice import VIEW, Attempt, list_attempts, scenario_of
from tenure.records.practice_assessment import Assessment, conclude_attempt, score_attempt
from tenure.web import practice_page
from tenure.web.actors import SignedIn, actor_of, may
from tenure.web.answers import answer, attempt, done
from tenure.web.practising import in_practice
from tenure.web.turned_back import wants_today
from tenure.web.views.practice import link_of

LEVELS = [(level, str(level)) for level in range(1, 6)]


class ScoresForm(forms.Form):
    """A level and a note for each criterion, and what is said at the end."""

    closing = forms.CharField(label="In a sentence or two", required=False, widget=forms.Textarea({"rows": 3}))
    share = forms.BooleanField(label="Let the candidate read levels and notes", required=False)

    def __init__(self, rubric: Rubric, held: Assessment | None, data: Any) -> None:
        scores = {each.criterion: each for each in held.scores.all()} if held else {}
        begun = {f"level_{key}": each.level for key, each in scores.items()}
        super().__init__(data, initial=begun | {f"note_{key}": each.note for key, each in scores.items()})
        for key, criterion in rubric.criteria.items():
            self.fields[f"level_{key}"] = forms.TypedChoiceField(
                label=criterion.label, choices=LEVELS, coerce=int, required=False, empty_value=None
            )
            self.fields[f"note_{key}"] = forms.CharField(required=False, max_length=20_000)

    def given(self, rubric: Rubric) -> Sequence[tuple[str, int, str]]:
        """What was judged now, or differs from what was given before."""
        said = self.cleaned_data
        return [
            (key, said[f"level_{key}"], said[f"note_{key}"])
            for key in rubric.criteria
            if said[f"level_{key}"] and {f"level_{key}", f"note_{key}"} & set(self.changed_data)
        ]


def _fetch(request: SignedIn, attempt_id: str) -> tuple[Attempt, Actor]:
    actor = actor_of(request)
    access.require(actor, "attempt.score")
    return access_record(Attempt, actor, attempt_id, "attempt.score"), actor


@in_practice
@wants_today
def assess(request: SignedIn, attempt_id: str) -> HttpResponse:
    """Judge an attempt: what was done stands beside each criterion, and what was hidden in the calls below."""
    found, actor = _fetch(request, attempt_id)
    rubric = scenario_of(found, actor).rubric
    held = Assessment.objects.filter(attempt=found).first()
    form = ScoresForm(rubric, held, request.POST if request.method == "POST" else None)
    if form.is_valid() and _keep(form, found, rubric, actor, conclude=request.POST.get("then") == "conclude"):
        found.refresh_from_db()
        to = "practice_result" if found.status == Attempt.Status.CONCLUDED else "practice_assess"
        return done(request, "Kept", to=reverse(to, args=[found.pk]))
    context = {"form": form, "link": link_of(request, found)} | practice_page.assessor_context(found, actor)
    return answer(request, "practice/assess.html", context)


def _keep(form: ScoresForm, found: Attempt, rubric: Rubric, actor: Actor, *, conclude: bool) -> bool:
    for criterion, level, note in form.given(rubric):
        if attempt(form, score_attempt, found, criterion=criterion, level=level, note=note, actor=actor) is None:
            return False
    if not conclude:
        return True
    said = form.cleaned_data
    return attempt(form, conclude_attempt, found, note=said["closing"], share=said["share"], actor=actor) is not None


@in_practice
def result(request: SignedIn, attempt_id: str) -> HttpResponse:
    """The result, to be read and printed: by whoever assesses, and by the candidate where it is shared."""
    actor = actor_of(request)
    found = access_record(Attempt, actor, attempt_id, VIEW)
    held = Assessment.objects.filter(attempt=found).exclude(concluded_at=None).first()
    if held is None or not (may(actor, "attempt.score") or (held.is_shared and found.person_id == actor.id)):
        raise Http404
    return answer(request, "practice/result.html", practice_page.result_context(found, actor))


@in_practice
def compare(request: SignedIn, scenario: str) -> HttpResponse:
    """Everybody who worked on a scenario, side by side."""
    actor = actor_of(request)
    access.require(actor, "attempt.score")
    terms = actor.model.practice.get(scenario)
    if terms is None:
        raise Http404
    rows = list_attempts(actor).filter(scenario=scenario).exclude(status__in=("invited", "withdrawn"))
    context = practice_page.compared(list(rows.order_by("person__name", "number")[:12]), terms, actor)
    return answer(request, "practice/compare.html", context)


urlpatterns = [
    path("practice/<str:attempt_id>/assess/", assess, name="practice_assess"),
    path("practice/<str:attempt_id>/result/", result, name="practice_result"),
    path("practice/compare/<slug:scenario>/", compare, name="practice_compare"),
]

"""A call that is played: what the client says, and what one says to it."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from tenure.records.lookup import access_record
from tenure.records.practice import VIEW, Attempt
from tenure.records.practice_call import LONGEST, PracticeCall, begin_call, end_call, note_call, say, script_of
from tenure.web import practice_page
from tenure.web.actors import SignedIn, actor_of
from tenure.web.answers import answer, attempt, done
from tenure.web.practising import in_practice
from tenure.web.turned_back import wants_today

LINE = "id_line"  # a browser puts the focus where an address points, so that one goes on typing


class SayForm(forms.Form):
    """A line, typed or chosen, and the notes that are taken beside it."""

    line = forms.CharField(
        label="What you say",
        required=False,
        max_length=LONGEST,
        widget=forms.TextInput({"autocomplete": "off", "autofocus": True}),
    )
    notes = forms.CharField(label="Your notes", required=False, max_length=20_000, widget=forms.Textarea({"rows": 8}))


@in_practice
@require_POST
def begin(request: SignedIn, attempt_id: str, key: str) -> HttpResponse:
    """Pick up the telephone."""
    actor = actor_of(request)
    found = access_record(Attempt, actor, attempt_id, VIEW)
    made = begin_call(found, call=key, actor=actor)
    return done(request, to=reverse("practice_call", args=[made.pk]))


@in_practice
@wants_today
def call(request: SignedIn, call_id: str) -> HttpResponse:
    """Play a call, or read one that was played."""
    actor = actor_of(request)
    found = access_record(PracticeCall, actor, call_id, VIEW)
    if found.attempt.person_id != actor.id:
        return done(request, to=reverse("practice_assess", args=[found.attempt_id]))
    form = SayForm(request.POST if request.method == "POST" else None, initial={"notes": found.notes})
    if form.is_valid() and _do(form, found, request):
        return done(request, to=f"{reverse('practice_call', args=[found.pk])}#{LINE}")
    found.refresh_from_db()
    context = {"form": form} | practice_page.call_context(found, script_of(found, actor), actor)
    return answer(request, "practice/call.html", context)


def _do(form: SayForm, found: PracticeCall, request: SignedIn) -> bool:
    """Keep the notes, then say the line that was chosen or typed, or hang up."""
    actor, then = actor_of(request), request.POST.get("then", "say")
    if attempt(form, note_call, found, notes=form.cleaned_data["notes"], actor=actor) is None:
        return False
    if then == "note":
        return True
    if then == "end":
        return attempt(form, end_call, found, actor=actor) is not None
    line = request.POST.get("chosen") or form.cleaned_data["line"]
    return attempt(form, say, found, line=line, actor=actor) is not None


urlpatterns = [
    path("practice/<str:attempt_id>/calls/<slug:key>/", begin, name="practice_call_begin"),
    path("practice-calls/<str:call_id>/", call, name="practice_call"),
]

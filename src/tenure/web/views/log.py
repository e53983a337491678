"""Logging from anywhere: a note, or time and what it went into, and taking it back."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST

from tenure.identity.access import require
from tenure.identity.actor import Actor
from tenure.identity.operations import perform
from tenure.records.account import Account
from tenure.records.activity import Activity, log_activity
from tenure.records.lookup import list_accounts
from tenure.records.note import log_note
from tenure.web.actors import SignedIn, actor_of
from tenure.web.answers import answer, attempt, done
from tenure.web.finding import Act
from tenure.web.freshness import catch_up
from tenure.web.turned_back import wants_today
from tenure.web.undoing import read_undo, undo_address

ACTS = (Act("Log a note or time", "plus", "log", "note.log", key="l", dialog="log"),)

NOTE = "note"
KINDS = [(NOTE, "Note"), *Activity.Type.choices]


class LogForm(forms.Form):
    """What happened, in one breath. The account is named as it is written in the portfolio."""

    account = forms.CharField(label="Account", max_length=200, widget=forms.TextInput({"list": "log-accounts"}))
    kind = forms.ChoiceField(label="What", choices=KINDS, widget=forms.RadioSelect, initial=NOTE)
    text = forms.CharField(label="Words", widget=forms.Textarea({"rows": 3}), required=False)
    minutes = forms.IntegerField(label="Minutes", min_value=1, max_value=1440, required=False)

    def __init__(self, data: Any, actor: Actor, **more: Any) -> None:
        super().__init__(data, **more)
        self.actor = actor

    def clean_account(self) -> Account:
        """The one account within reach that has the typed name."""
        typed = self.cleaned_data["account"].strip()
        near = list(list_accounts(self.actor, typed, "note.log")[:9])
        exact = [account for account in near if account.name.lower() == typed.lower()] or near
        if len(exact) == 1:
            return exact[0]
        named = ", ".join(account.name for account in exact[:4])
        raise forms.ValidationError(f"Which one: {named}?" if exact else "No account within your reach has this name.")


def _log(form: LogForm, actor: Actor) -> tuple[str, Any] | None:
    """Log what the form says; the name of the operation and the row, or None where it was refused."""
    said = form.cleaned_data
    if said["kind"] == NOTE:
        note = attempt(form, log_note, said["account"], text=said["text"], actor=actor)
        return ("note.log", note) if note else None
    given = {"type": said["kind"], "minutes": said["minutes"], "text": said["text"]}
    activity = attempt(form, log_activity, said["account"], **given, actor=actor)
    return ("activity.log", activity) if activity else None


@wants_today
def log(request: SignedIn) -> HttpResponse:
    """The form, filled from the address (``?account=name&kind=time``), and what is sent with it."""
    actor = actor_of(request)
    require(actor, "note.log")
    asked = {name: request.GET[name] for name in ("account", "kind") if name in request.GET}
    form = LogForm(request.POST or None, actor, initial=asked)
    if "account" in asked:
        form.fields["text"].widget.attrs["autofocus"] = True  # the account is named: the words are what is missing
    if form.is_valid() and (logged := _log(form, actor)):
        return done(request, f"Logged for {form.cleaned_data['account']}", undo=undo_address(*logged))
    context = {"form": form, "names": [] if "account" in asked else list_accounts(actor, operation="note.log")[:200]}
    return answer(request, "log/page.html", context, fragment="log/form.html")


@require_POST
def undo(request: SignedIn, token: str) -> HttpResponse:
    """Take back what was just done."""
    actor = actor_of(request)
    name, subject, arguments = read_undo(token)
    perform(name, subject, arguments, actor)
    catch_up(subject)
    return done(request, "Taken back")


urlpatterns = [
    path("log/", log, name="log"),
    path("undo/<str:token>/", undo, name="undo"),
]

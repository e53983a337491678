"""Sources: the connectors of this home, how each fares, its settings, and the way to add one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from tenure.identity import access
from tenure.identity.actor import Actor
from tenure.sources.connectors.arrival import Arrival
from tenure.sources.connectors.connector import (
    Connector,
    add_connector,
    change_connector,
    pause_connector,
    readdress_connector,
    remove_connector,
    resume_connector,
)
from tenure.sources.connectors.manifest import Manifest, Setting, manifests
from tenure.sources.tools.call import Call
from tenure.web import imports_page
from tenure.web.actors import SignedIn, actor_of
from tenure.web.answers import answer, attempt, done
from tenure.web.imports_page import rights
from tenure.web.subjects import fetch
from tenure.web.turned_back import wants_today

VIEW = "connector.view"
RIGHTS = ("connector.add", "connector.change", "connector.pause", "connector.remove", "connector.readdress")


def _field(setting: Setting, *, is_kept: bool) -> forms.Field:
    """The field of one setting; a secret that is kept stays where nothing is typed."""
    more: dict[str, Any] = {"label": setting.label, "help_text": setting.hint, "required": setting.required}
    match setting.type:
        case "integer":
            return forms.IntegerField(**more, min_value=setting.least, max_value=setting.most)
        case "choice":
            return forms.ChoiceField(**more, choices=list(setting.choices.items()))
        case "long":
            return forms.CharField(**more, widget=forms.Textarea({"rows": 6, "spellcheck": "false"}))
        case "secret":
            more["required"] = setting.required and not is_kept
            more["help_text"] = "Kept. Type another one to change it." if is_kept else setting.hint
            return forms.CharField(**more, widget=forms.PasswordInput({"autocomplete": "off"}))
        case _:
            return forms.CharField(**more)


class ConnectorForm(forms.Form):
    """What a connector is called, and the settings that its manifest asks for."""

    label = forms.CharField(label="Name", max_length=80)
    source = forms.RegexField(
        "^[a-z][a-z0-9_]{0,59}$",
        label="Source",
        help_text="What commitments and external keys call it; it stays.",
        error_messages={"invalid": "Write small letters, figures and underscores, a letter first: team_mail."},
    )

    def __init__(self, manifest: Manifest, data: Any = None, connector: Connector | None = None) -> None:
        held = connector.settings if connector else {}
        given = {name: held.get(name, setting.default) for name, setting in manifest.settings.items()}
        super().__init__(data, initial=given | ({"label": connector.label} if connector else {}))
        self.manifest = manifest
        self.fields["label"].help_text = f"Such as: {manifest.named or manifest.label}."
        if connector:
            del self.fields["source"]
        for name, setting in manifest.settings.items():
            self.fields[name] = _field(setting, is_kept=bool(connector and connector.sealed))

    def arguments(self) -> dict[str, Any]:
        """What the form's operation takes."""
        settings, secrets = {}, {}
        for name, setting in self.manifest.settings.items():
            value = self.cleaned_data[name]
            if setting.type == "secret":
                secrets[name] = value
            else:
                settings[name] = value
        named = {name: self.cleaned_data[name] for name in ("label", "source") if name in self.cleaned_data}
        return named | {"settings": settings, "secrets": secrets}


def _waiting() -> dict[str, int]:
    """How much of each connector waits for somebody."""
    rows = Arrival.objects.filter(status=Arrival.Status.ASIDE).values_list("connector_id")
    return dict(rows.annotate(count=Count("pk")))


def _counts(connector: Connector) -> dict[str, int]:
    """How much it brought, or how often it was called, by how that stands."""
    rows, status = (connector.calls, Call.Status) if connector.is_sending else (connector.arrivals, Arrival.Status)
    counts = dict(rows.values_list("status").annotate(count=Count("pk")))
    return {str(label): counts.get(key, 0) for key, label in status.choices}


def _context(actor: Actor) -> dict[str, Any]:
    return {"tabs": imports_page.tabs(actor, "sources")} | rights(actor, *RIGHTS)


def index(request: SignedIn) -> HttpResponse:
    """Every connector and how it fares; what could be connected besides."""
    actor = actor_of(request)
    access.require(actor, VIEW)
    rows = Connector.objects.exclude(status=Connector.Status.REMOVED).order_by("label", "pk")
    waiting = _waiting()
    context = {"connectors": [(row, waiting.get(row.pk, 0)) for row in rows], "kinds": manifests(actor.model).items()}
    return answer(request, "connectors/list.html", _context(actor) | context)


@wants_today
def add(request: SignedIn, kind: str) -> HttpResponse:
    """Connect a source; where others send to it, its address is shown this once."""
    actor = actor_of(request)
    access.require(actor, "connector.add")
    manifest = manifests(actor.model).get(kind)
    if manifest is None:
        raise Http404
    form = ConnectorForm(manifest, request.POST if request.method == "POST" else None)
    made = attempt(form, add_connector, kind=kind, actor=actor, **form.arguments()) if form.is_valid() else None
    if made is None:
        return answer(request, "connectors/add.html", _context(actor) | {"form": form, "manifest": manifest})
    return _shown_once(request, actor, made) if made.secret else done(request, to=reverse("connector", args=[made.pk]))


def _shown_once(request: SignedIn, actor: Actor, made: Connector) -> HttpResponse:
    address = request.build_absolute_uri(reverse("hook", args=[made.secret]))
    response = answer(request, "connectors/address.html", _context(actor) | {"connector": made, "address": address})
    response["Cache-Control"] = "no-store"
    return response


def one(request: SignedIn, connector_id: str) -> HttpResponse:
    """One connector: how it fares, what it brought, its settings."""
    actor = actor_of(request)
    access.require(actor, VIEW)
    connector = fetch(Connector, actor, connector_id, VIEW)
    form = ConnectorForm(connector.manifest, request.POST if request.method == "POST" else None, connector)
    if form.is_valid():
        attempt(form, change_connector, connector, actor=actor, **form.arguments())
        if not form.errors:
            return done(request, f"{connector.label} is changed", to=reverse("connector", args=[connector.pk]))
    shown = _counts(connector)
    aside = shown.get(str(Arrival.Status.ASIDE.label), 0)
    context = {"connector": connector, "form": form, "counts": shown.items(), "aside": aside}
    return answer(request, "connectors/page.html", _context(actor) | context)


@require_POST
def act(request: SignedIn, connector_id: str, what: str) -> HttpResponse:
    """Pause it, resume it, read it at once, remove it."""
    actor = actor_of(request)
    operation, words, to = WHATS[what]
    access.require(actor, operation.name)
    connector = fetch(Connector, actor, connector_id, operation.name)
    operation(connector, actor=actor)
    where = reverse(to, args=[connector.pk] if to == "connector" else [])
    return done(request, f"{connector.label} {words}", to=where)


@require_POST
def readdress(request: SignedIn, connector_id: str) -> HttpResponse:
    """A new address, shown this once; the old one answers no more."""
    actor = actor_of(request)
    access.require(actor, "connector.readdress")
    made = readdress_connector(fetch(Connector, actor, connector_id, "connector.readdress"), actor=actor)
    return _shown_once(request, actor, made)


WHATS: dict[str, tuple[Any, str, str]] = {
    "pause": (pause_connector, "is paused", "connector"),
    "resume": (resume_connector, "goes on", "connector"),
    "read": (resume_connector, "is read at once", "connector"),
    "remove": (remove_connector, "is removed", "sources"),
}
urlpatterns = [
    path("data/sources/", index, name="sources"),
    path("data/sources/add/<slug:kind>/", add, name="connector_add"),
    path("data/sources/<str:connector_id>/", one, name="connector"),
    path("data/sources/<str:connector_id>/address/", readdress, name="connector_readdress"),
    *(
        path(f"data/sources/<str:connector_id>/{what}/", act, {"what": what}, name=f"connector_{what}")
        for what in WHATS
    ),
]

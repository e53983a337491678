"""Drafts: messages that wait for a person. Read, changed, sent or discarded, with what they say taken from in sight."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.http import HttpResponse
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from tenure.assist.drafting import write
from tenure.identity.access import require
from tenure.identity.actor import Actor
from tenure.records.contact import Contact
from tenure.records.delivery import reachable
from tenure.records.draft import Draft, change_draft, discard_draft, list_drafts, send_draft
from tenure.records.draft import waiting as waiting_drafts
from tenure.records.lookup import access_account, access_record
from tenure.records.timeline import WORDINGS
from tenure.web.actors import SignedIn, actor_of, may
from tenure.web.answers import answer, attempt, done
from tenure.web.meeting_page import mail_state
from tenure.web.portfolio import Tab
from tenure.web.subjects import address_of, address_of_noun
from tenure.web.turned_back import wants_today
from tenure.web.undoing import undo_address

VIEWS = {"": "Waits", "sent": "Sent", "discarded": "Discarded"}


def index(request: SignedIn) -> HttpResponse:
    """The drafts within reach that wait, or what became of them."""
    actor, shown = actor_of(request), request.GET.get("show", "")
    require(actor, "draft.send")
    rows = list_drafts(actor, "draft.send")
    rows = rows.filter(status=shown).order_by("-ended_at") if shown in VIEWS and shown else waiting_drafts(rows)
    tabs = [Tab(label, f"?show={key}" if key else "?", None, key == shown) for key, label in VIEWS.items()]
    labels = {key: template.label for key, template in actor.model.templates.items()}
    drafts = rows.select_related("account", "contact", "owner")[:100]
    return answer(request, "drafts/page.html", {"tabs": tabs, "drafts": drafts, "labels": labels, "shown": shown})


class DraftForm(forms.Form):
    """A message as it will go out."""

    contact = forms.ChoiceField(label="To", required=False)
    subject = forms.CharField(max_length=200, required=False)
    body = forms.CharField(label="Message", widget=forms.Textarea({"rows": 14}))

    def __init__(self, draft: Draft, data: object = None) -> None:
        begun = {"contact": draft.contact_id, "subject": draft.subject, "body": draft.body}
        super().__init__(data, initial=begun)  # type: ignore[arg-type]
        rows = reachable(Contact.objects.filter(account_id=draft.account_id).order_by("-is_primary", "name"))
        self.fields["contact"].choices = [("", "—"), *((row.pk, f"{row.name}, {row.email}") for row in rows)]  # type: ignore[attr-defined]


@wants_today
def draft(request: SignedIn, draft_id: str) -> HttpResponse:
    """Read a draft beside its sources, change it, and send it or say that it was sent elsewhere."""
    actor = actor_of(request)
    found = access_record(Draft, actor, draft_id, "draft.send")
    form = DraftForm(found, request.POST or None)
    if form.is_valid() and attempt(form, change_draft, found, **form.cleaned_data, actor=actor) is not None:
        found.refresh_from_db()
        delivery = {"mail": "mail", "by_hand": "by_hand"}.get(request.POST.get("then", ""))
        if delivery is None:
            return done(request, "Draft kept", to=reverse("draft", args=[found.pk]))
        if attempt(form, send_draft, found, delivery=delivery, actor=actor) is not None:
            words = "It goes out" if delivery == "mail" else "Logged as sent"
            return done(request, words, to=reverse("drafts"), undo=undo_address("draft.send", found))
    return answer(request, "drafts/draft.html", {"form": form, "draft": found} | _about(found, actor))


@dataclass(frozen=True)
class Source:
    """A row that a draft says something of, as people read it, and the page on which it stands."""

    label: str
    text: str
    href: str


def _about(found: Draft, actor: Actor) -> dict[str, object]:
    template = actor.model.templates.get(found.template)
    label = template.label if template else found.template
    about = {"account": found.account, "label": label, "sources": sources(found, actor)}
    return about | {"may_discard": bool(may(actor, "draft.discard"))} | mail_state()


def sources(found: Draft, actor: Actor) -> list[Source]:
    """What a draft was made from, in the words of the rows as they are now."""
    shown = []
    for noun, pk in found.sources:
        wording = WORDINGS.get(noun)
        line = wording.lines([pk], actor.model).get(pk) if wording and wording.lines else None
        if line is not None:
            shown.append(Source(noun.capitalize(), line.text, address_of_noun(noun, pk, found.account_id)))
    return shown


@require_POST
def discard(request: SignedIn, draft_id: str) -> HttpResponse:
    """Say why nothing is sent."""
    actor = actor_of(request)
    found = access_record(Draft, actor, draft_id, "draft.discard")
    discard_draft(found, reason=request.POST.get("reason", "") or "not_needed", actor=actor)
    return done(request, "Discarded", to=reverse("drafts"))


class TemplateForm(forms.Form):
    """Which of the company's templates to begin with."""

    template = forms.ChoiceField()

    def __init__(self, actor: Actor, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        templates = actor.model.templates.items()
        self.fields["template"].choices = [(key, each.label) for key, each in templates]  # type: ignore[attr-defined]


@wants_today
def make(request: SignedIn, account_id: str) -> HttpResponse:
    """Draft one of the templates for an account by hand."""
    actor = actor_of(request)
    account = access_account(actor, account_id, "draft.make")
    form = TemplateForm(actor, request.POST or None)
    if form.is_valid():
        made = write(account, form.cleaned_data["template"], actor)
        return done(request, "Drafted", to=reverse("draft", args=[made.pk]))
    context = {"form": form, "label": "Draft a message", "subject": account, "back": address_of(account)}
    return answer(request, "acts/page.html", context, fragment="acts/form.html")


urlpatterns = [
    path("drafts/", index, name="drafts"),
    path("drafts/<str:draft_id>/", draft, name="draft"),
    path("drafts/<str:draft_id>/discard/", discard, name="draft_discard"),
    path("accounts/<str:account_id>/drafts/", make, name="draft_make"),
]

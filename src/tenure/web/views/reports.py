"""Client reports: prepared for a book, checked and approved one after the other, read and taken along by the client."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from tenure.assist.report_reason import is_unexplained
from tenure.base.errors import Refused
from tenure.blueprint.role_card import role_card
from tenure.identity.access import require
from tenure.outlets.paper import card_pdf, file_name, report_pdf
from tenure.pipeline.reporting import prepare
from tenure.records.lookup import access_account, access_record
from tenure.records.report import Report, approve_report, change_report, hold_report
from tenure.web import reports_page
from tenure.web.actors import SignedIn, actor_of
from tenure.web.answers import answer, attempt, done
from tenure.web.clients import open_to_clients
from tenure.web.finding import Act
from tenure.web.meeting_page import mail_state
from tenure.web.places import Place
from tenure.web.reading import lake
from tenure.web.turned_back import wants_today
from tenure.web.undoing import undo_address

PLACE = Place("Reports", "report", "reports", "report.prepare", key="r")
ACTS = (Act("Go through the reports of the month", "report", "reports", "report.approve"),)
DECK = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


def index(request: SignedIn) -> HttpResponse:
    """The reports of a book for one time: what is missing, what waits to be read, what is approved."""
    actor = actor_of(request)
    require(actor, "report.prepare")
    return answer(request, "reports/page.html", reports_page.book(actor, request.GET))


@require_POST
def prepare_all(request: SignedIn) -> HttpResponse:
    """Prepare what is missing of a book, and open the first."""
    actor = actor_of(request)
    require(actor, "report.prepare")
    type, missing = reports_page.missing(actor, request.POST)
    refused = []
    with lake() as opened:
        for account in missing:
            try:
                prepare(account, type, actor, opened)
            except Refused as refusal:
                refused.append(refusal.message)
    words = f"{len(missing) - len(refused)} prepared"
    return done(request, f"{words}. {refused[0]}" if refused else words, to=f"{reverse('reports')}?type={type}")


@require_POST
def prepare_one(request: SignedIn, account_id: str) -> HttpResponse:
    """Prepare a report on one account, or take its figures anew."""
    actor = actor_of(request)
    account = access_account(actor, account_id, "report.prepare")
    with lake() as opened:
        made = prepare(account, request.POST.get("type", ""), actor, opened)
    # From the page of a meeting one goes back there: its slides and its PDF stand on it now.
    return done(request, "Prepared", to=None if "next" in request.POST else reverse("report", args=[made.pk]))


class WordsForm(forms.Form):
    """What a report says beside its figures."""

    sentence = forms.CharField(
        label="The result in one sentence", max_length=400, widget=forms.Textarea({"rows": 3, "data-key": "w"})
    )
    reason = forms.CharField(label="Why", required=False, widget=forms.Textarea({"rows": 6, "data-key": "y"}))
    next_step = forms.CharField(label="What comes next", required=False, widget=forms.Textarea({"rows": 6}))


@wants_today
def report(request: SignedIn, report_id: str) -> HttpResponse:
    """Read a report as the client will, change its words, approve it, and go on to the next."""
    actor = actor_of(request)
    found = access_record(Report, actor, report_id, "report.change")
    begun = {name: getattr(found, name) for name in ("sentence", "reason", "next_step")}
    form = WordsForm(request.POST or None, initial=begun)
    if is_unexplained(found):
        form.fields["reason"].widget.attrs["data-first"] = "e"  # figures fell: why is what is missing
    if form.is_valid() and attempt(form, change_report, found, **form.cleaned_data, actor=actor) is not None:
        then = {"mail": "mail", "portal": None}
        if request.POST.get("then") not in then:
            return done(request, "Kept", to=reverse("report", args=[found.pk]))
        if attempt(form, approve_report, found, delivery=then[request.POST["then"]], actor=actor) is not None:
            onward = reports_page.onward(found, actor)
            return done(request, "Approved", to=onward, undo=undo_address("report.approve", found))
    context = {"form": form} | reports_page.context(found, actor) | mail_state()
    return answer(request, "reports/report.html", context)


@require_POST
def hold(request: SignedIn, report_id: str) -> HttpResponse:
    """Hold a report back with what is to be mended, and go on to the next."""
    actor = actor_of(request)
    found = access_record(Report, actor, report_id, "report.hold")
    hold_report(found, reason=request.POST.get("reason", ""), actor=actor)
    return done(request, "Held back", to=reports_page.onward(found, actor))


@open_to_clients
def shown(request: SignedIn, report_id: str) -> HttpResponse:
    """The report as its client reads it."""
    actor = actor_of(request)
    found = access_record(Report, actor, report_id)
    return answer(request, "reports/shown.html", reports_page.shown(found, actor))


@open_to_clients
def as_pdf(request: SignedIn, report_id: str) -> HttpResponse:
    """The report on paper."""
    actor = actor_of(request)
    found = access_record(Report, actor, report_id)
    return _file(report_pdf(found, actor.model), "application/pdf", f"{file_name(found, actor.model)}.pdf")


@open_to_clients
def as_deck(request: SignedIn, report_id: str) -> HttpResponse:
    """The report as slides."""
    from tenure.outlets.deck import report_deck  # slides are asked for seldom, and their library is large

    actor = actor_of(request)
    found = access_record(Report, actor, report_id)
    return _file(report_deck(found, actor.model), DECK, f"{file_name(found, actor.model)}.pptx")


def card(request: SignedIn, role: str) -> HttpResponse:
    """A role on one page of paper."""
    actor = actor_of(request)
    if role not in actor.model.roles:
        return answer(request, "404.html", status=404)
    made = card_pdf(role_card(actor.model, role), actor.model, actor.day)
    return _file(made, "application/pdf", f"role-{role.replace('_', '-')}.pdf")


def _file(content: bytes, content_type: str, name: str) -> HttpResponse:
    return HttpResponse(
        content, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


urlpatterns = [
    path("reports/", index, name="reports"),
    path("reports/prepare/", prepare_all, name="reports_prepare"),
    path("reports/<str:report_id>/", report, name="report"),
    path("reports/<str:report_id>/hold/", hold, name="report_hold"),
    path("reports/<str:report_id>/shown/", shown, name="report_shown"),
    path("reports/<str:report_id>/pdf/", as_pdf, name="report_pdf"),
    path("reports/<str:report_id>/slides/", as_deck, name="report_deck"),
    path("accounts/<str:account_id>/reports/", prepare_one, name="report_prepare"),
    path("people/roles/<slug:role>/pdf/", card, name="role_pdf"),
]

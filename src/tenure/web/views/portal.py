"""The pages of the client's portal. Each shows what the client may see, whoever opens it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_GET, require_safe

from tenure.base.errors import Forbidden
from tenure.records.deliverable import Deliverable
from tenure.records.goal import Goal
from tenure.records.lookup import list_accounts
from tenure.records.meeting import Meeting
from tenure.records.message import write_message
from tenure.records.report import Report
from tenure.records.upload import Upload
from tenure.records.visibility import is_client
from tenure.web import goal_page, reports_page, wording
from tenure.web.actors import SignedIn, actor_of, may
from tenure.web.answers import answer, attempt, done
from tenure.web.clients import open_to_clients
from tenure.web.portal import home, meetings, messages, plan, work
from tenure.web.portal.results import results
from tenure.web.portal.seen import Portal, of_portal
from tenure.web.uploads import attachment


@open_to_clients
@require_safe
def portal(request: SignedIn) -> HttpResponse:
    """Into the one account that somebody of the client's has, or to choose among several."""
    actor = actor_of(request)
    if not is_client(actor):
        raise Forbidden("portal.view", "The portal is the client's.", hidden=True)
    accounts = list(list_accounts(actor)[:50])
    if len(accounts) == 1:
        return redirect("portal_home", accounts[0].pk)
    return answer(request, "portal/choose.html", {"accounts": accounts})


def shown(request: HttpRequest, portal: Portal, template: str, context: dict[str, Any]) -> HttpResponse:
    return answer(request, f"portal/{template}.html", {"portal": portal, "account": portal.account} | context)


@of_portal
@require_safe
def first_page(request: SignedIn, portal: Portal) -> HttpResponse:
    """How the plan stands, what we wait for, what comes next."""
    return shown(request, portal, "home", home.context(portal))


@of_portal
@require_safe
def plan_page(request: SignedIn, portal: Portal) -> HttpResponse:
    """The outcomes of the plan, one by one."""
    found = plan.outcomes(portal)
    context = {"outcomes": found, "to_agree": plan.to_agree(found), "words": plan.in_words(found)}
    return shown(request, portal, "plan", context)


@of_portal
@require_safe
def goal_shown(request: SignedIn, portal: Portal, goal_id: str) -> HttpResponse:
    """One outcome, and the figures that it was read from."""
    goal = portal.one(Goal, goal_id)
    return shown(request, portal, "goal", goal_page.context(goal, portal.actor.model, portal.actor.day))


@of_portal
@require_safe
def results_page(request: SignedIn, portal: Portal) -> HttpResponse:
    """The client's figures as charts."""
    reports = portal.rows(Report).order_by("-last", "-approved_at", "pk")[:24]
    return shown(request, portal, "results", {"results": results(portal), "reports": reports})


@of_portal
@require_safe
def report_page(request: SignedIn, portal: Portal, report_id: str) -> HttpResponse:
    """One report, inside the portal, with the way back to the results."""
    report = portal.one(Report, report_id)
    return shown(request, portal, "report", reports_page.shown(report, portal.actor))


@of_portal
@require_safe
def work_page(request: SignedIn, portal: Portal) -> HttpResponse:
    """What is made for the client, and the files that they handed in."""
    return shown(request, portal, "work", {"work": work.pieces(portal), "files": work.handed_in(portal), **_limits()})


def _limits() -> dict[str, Any]:
    return {"most": settings.UPLOAD_MOST // (1024 * 1024)}


class ChangesForm(forms.Form):
    text = forms.CharField(label="What should be different?", widget=forms.Textarea({"rows": 4}), max_length=20_000)


@of_portal
@require_safe
def piece_page(request: SignedIn, portal: Portal, piece_id: str) -> HttpResponse:
    """One piece of work: what it is, and what it wants of the client."""
    return piece_shown(request, portal, portal.one(Deliverable, piece_id), ChangesForm())


def piece_shown(request: HttpRequest, portal: Portal, row: Deliverable, form: ChangesForm) -> HttpResponse:
    files = work.handed_in(portal, row.pk)
    return shown(
        request, portal, "piece", {"piece": work.piece_of(row, portal), "form": form, "files": files, **_limits()}
    )


@of_portal
@require_safe
def meetings_page(request: SignedIn, portal: Portal) -> HttpResponse:
    """Meetings ahead and behind, and the link for a calendar."""
    context = {
        "ahead": meetings.ahead(portal)[: meetings.LATEST],
        "behind": meetings.behind(portal)[: meetings.LATEST],
        "labels": {key: kind.label for key, kind in portal.actor.model.meetings.items()},
        "calendar": _calendar(request, portal),
        **_slot(portal),
    }
    return shown(request, portal, "meetings", context)


def _slot(portal: Portal) -> dict[str, Any]:
    """When the client likes to meet, and whether the reader may say so."""
    slot = portal.account.preferred_slot or {}
    return {
        "slot": slot,
        "slot_words": wording.slot(slot) if slot else "",
        "slot_zone": slot.get("zone") or portal.account.zone_in(portal.actor.model),
        "weekdays": wording.DAYS.items(),
        "may_set_slot": bool(may(portal.actor, "account.set_slot")) and not portal.is_preview,
    }


def _calendar(request: HttpRequest, portal: Portal) -> str:
    if portal.is_preview or portal.access is None:
        return ""
    return request.build_absolute_uri(reverse("portal_calendar", args=[portal.access.calendar_key]))


@of_portal
@require_safe
def meeting_page(request: SignedIn, portal: Portal, meeting_id: str) -> HttpResponse:
    """The agenda of a meeting before it; after it what came of it, and what is asked about it."""
    return shown(request, portal, "meeting", meetings.told(portal.one(Meeting, meeting_id), portal))


class MessageForm(forms.Form):
    subject = forms.CharField(label="What is it about?", required=False, max_length=200)
    body = forms.CharField(label="Your message", widget=forms.Textarea({"rows": 6}), max_length=20_000)


class ReplyForm(forms.Form):
    body = forms.CharField(label="Write back", widget=forms.Textarea({"rows": 4}), max_length=20_000)


@of_portal
def messages_page(request: SignedIn, portal: Portal) -> HttpResponse:
    """Every conversation, and a new one."""
    form = MessageForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        written = attempt(form, write_message, portal.account, actor=portal.actor, **form.cleaned_data)
        if written is not None:
            return done(
                request, "Sent. You see the answer here.", to=reverse("portal_messages", args=[portal.account.pk])
            )
    context = {"threads": messages.conversations(portal), "form": form}
    return shown(request, portal, "messages", context)


@of_portal
def thread_page(request: SignedIn, portal: Portal, thread_id: str) -> HttpResponse:
    """One conversation, and an answer to it."""
    thread = messages.conversation(portal, thread_id)
    form = ReplyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        written = attempt(
            form, write_message, portal.account, thread=thread.pk, actor=portal.actor, **form.cleaned_data
        )
        if written is not None:
            return done(request, "Sent", to=reverse("portal_thread", args=[portal.account.pk, thread.pk]))
    return shown(request, portal, "thread", {"thread": thread, "form": form})


@of_portal
@require_GET
def download(request: SignedIn, portal: Portal, upload_id: str) -> HttpResponseBase:
    """A file that the client handed in, as an attachment, never shown by the browser."""
    return attachment(portal.one(Upload, upload_id))


HERE = "portal/<str:account_id>/"
urlpatterns = [
    path("portal/", portal, name="portal"),
    path(HERE, first_page, name="portal_home"),
    path(f"{HERE}plan/", plan_page, name="portal_plan"),
    path(f"{HERE}plan/<str:goal_id>/", goal_shown, name="portal_goal"),
    path(f"{HERE}results/", results_page, name="portal_results"),
    path(f"{HERE}results/<str:report_id>/", report_page, name="portal_report"),
    path(f"{HERE}work/", work_page, name="portal_work"),
    path(f"{HERE}work/<str:piece_id>/", piece_page, name="portal_piece"),
    path(f"{HERE}meetings/", meetings_page, name="portal_meetings"),
    path(f"{HERE}meetings/<str:meeting_id>/", meeting_page, name="portal_meeting"),
    path(f"{HERE}messages/", messages_page, name="portal_messages"),
    path(f"{HERE}messages/<str:thread_id>/", thread_page, name="portal_thread"),
    path(f"{HERE}files/<str:upload_id>/", download, name="portal_file"),
]

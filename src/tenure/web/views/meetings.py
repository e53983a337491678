"""Meetings: what is planned, one meeting prepared, run and noted on one page, and the page shown to the client."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpResponse
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from tenure.base import clock
from tenure.base.errors import Forbidden
from tenure.identity.actor import Actor
from tenure.records.action import add_action
from tenure.records.draft import GAP
from tenure.records.lookup import access_account, access_meeting, list_meetings
from tenure.records.meeting import Meeting, hold_meeting
from tenure.records.minutes import decide, send_notes, write_notes
from tenure.records.preparation import add_item, discuss_item
from tenure.records.rating import give_ratings
from tenure.web import meeting_page
from tenure.web.actors import SignedIn, actor_of
from tenure.web.answers import answer, attempt, done, is_fragment, say
from tenure.web.clients import open_to_clients
from tenure.web.listing import Column, Listing
from tenure.web.meeting_next import schedule_next
from tenure.web.places import Place
from tenure.web.portfolio import Tab
from tenure.web.turned_back import wants_today
from tenure.web.undoing import undo_address

PLACE = Place("Meetings", "meeting", "meetings", "account.list", key="m", phone=True)
COLUMNS = (
    Column("when", "When", "meetings/cell_when.html", ("starts_at",), head=True),
    Column("account", "Account", "meetings/cell_account.html", ("account__name",), "full"),
    Column("type", "Kind", "meetings/cell_type.html", ("type",)),
    Column("facilitator", "With", "meetings/cell_facilitator.html", ("facilitator__name",), "fold-away lean-2"),
    Column("status", "State", "meetings/cell_status.html", ("status",), "right"),
)
VIEWS = {"": "Ahead", "mine": "Mine ahead", "notes": "Notes to write", "past": "Behind"}


def index(request: SignedIn) -> HttpResponse:
    """Meetings within reach by time."""
    actor, shown = actor_of(request), request.GET.get("show", "")
    start = clock.now() - timedelta(hours=2)
    ahead = Q(starts_at__gte=start, status=Meeting.Status.SCHEDULED)
    wanted = {
        "mine": ahead & Q(facilitator__in=actor.people),
        "notes": Q(status=Meeting.Status.HELD, notes_sent_at=None, client_visible=True),
        "past": Q(starts_at__lt=start),
    }
    rows = list_meetings(actor).filter(wanted.get(shown, ahead)).select_related("account", "facilitator")
    listing: Listing[Meeting] = Listing(request, COLUMNS, sort="-when" if shown in ("past", "notes") else "when")
    tabs = [Tab(label, f"?show={key}" if key else "?", None, key == shown) for key, label in VIEWS.items()]
    labels = {key: kind.label for key, kind in actor.model.meetings.items()}
    context = {"tabs": tabs, "listing": listing, "page": listing.page(rows), "labels": labels}
    return answer(request, "meetings/list.html", context)


def meeting(request: SignedIn, meeting_id: str) -> HttpResponse:
    """Prepare it, run it, note it: one page for all three."""
    actor = actor_of(request)
    return answer(request, "meetings/page.html", meeting_page.context(access_meeting(actor, meeting_id), actor))


@open_to_clients
def shown(request: SignedIn, meeting_id: str) -> HttpResponse:
    """The page that is shown to the client: nothing internal stands on it."""
    actor = actor_of(request)
    return answer(request, "meetings/shown.html", meeting_page.shown(_shared(actor, meeting_id), actor))


@open_to_clients
def so_far(request: SignedIn, meeting_id: str) -> HttpResponse:
    """What the client's page has to show by now; nothing at all where it shows that already."""
    actor = actor_of(request)
    now = meeting_page.meeting_so_far(_shared(actor, meeting_id), actor)
    if request.GET.get("seen") == now["mark"]:
        return HttpResponse(status=204)
    return answer(request, "meetings/so_far.html", now)


def _shared(actor: Actor, meeting_id: str) -> Meeting:
    found = access_meeting(actor, meeting_id)
    if not found.client_visible:
        raise Forbidden("account.view", "This meeting is ours alone.", hidden=True)
    return found


@require_POST
def line(request: SignedIn, meeting_id: str) -> HttpResponse:
    """One line of notes: ``a `` in front makes an action of ours, ``c `` one of the client's, ``d `` a decision."""
    actor = actor_of(request)
    found = access_meeting(actor, meeting_id, "meeting.write_notes")
    text = request.POST.get("line", "").strip()
    kind, words = text[:2].lower(), text[2:].strip()
    if kind in ("a ", "c "):
        whose: dict[str, Any] = {"owner": actor.id} if kind == "a " else {"client_owned": True}
        made = add_action(found.account, text=words, meeting=found.pk, client_visible=True, **whose, actor=actor)
        return _noted(request, found, "Action noted", undo=undo_address("action.add", made))
    if kind == "d ":
        decision = decide(found, text=words, actor=actor)
        return _noted(request, found, "Decision noted", undo=undo_address("meeting.decide", decision))
    if text:
        longer = f"{found.notes_internal}\n{text}".strip()
        found = write_notes(found, internal=longer, version=found.notes_version, actor=actor)
    return _noted(request, found)


def _noted(request: SignedIn, found: Meeting, words: str = "", *, undo: str = "") -> HttpResponse:
    """The pad with its new line in place of the old one; without scripts the page again."""
    if not is_fragment(request):
        return done(request, words, to=_page(found), undo=undo)
    if words:
        say(request, words, undo=undo)
    return answer(request, "meetings/lines.html", meeting_page.notes_context(found, actor_of(request)))


def _page(found: Meeting) -> str:
    return reverse("meeting", args=[found.pk])


@require_POST
def item(request: SignedIn, meeting_id: str) -> HttpResponse:
    """Put a line on the agenda, or tick one that was talked about."""
    actor = actor_of(request)
    found = access_meeting(actor, meeting_id, "meeting.prepare")
    if "item" in request.POST:
        discuss_item(found, item=request.POST["item"], is_done=request.POST.get("done") == "1", actor=actor)
    else:
        add_item(found, text=request.POST.get("text", ""), actor=actor)
    if not is_fragment(request):
        return done(request, to=_page(found))
    return answer(request, "meetings/agenda.html", meeting_page.agenda_context(found, actor))


@require_POST
def rate(request: SignedIn, meeting_id: str) -> HttpResponse:
    """Answer the questions at the end; a part left empty stays unknown."""
    actor = actor_of(request)
    found = access_meeting(actor, meeting_id, "rating.give")
    values, evidence = meeting_page.rated(request.POST)
    give_ratings(found, values=values, evidence=evidence, actor=actor)
    return done(request, "Rated", to=_page(found))


@require_POST
def hold(request: SignedIn, meeting_id: str) -> HttpResponse:
    """Say that it was held, with whoever of those invited was there."""
    actor = actor_of(request)
    found = access_meeting(actor, meeting_id, "meeting.hold")
    hold_meeting(found, attended=request.POST.getlist("attended"), actor=actor)
    return done(request, "Held", to=_page(found))


class NotesForm(forms.Form):
    """The notes for the client. They are read before they go out."""

    subject = forms.CharField(label="Subject of the mail", max_length=200, required=False)
    client = forms.CharField(label="Notes for the client", widget=forms.Textarea({"rows": 18, "data-key": "n"}))
    version = forms.IntegerField(widget=forms.HiddenInput)

    def written(self) -> dict[str, Any]:
        """What is kept with the meeting."""
        return {name: self.cleaned_data[name] for name in ("client", "version")}

    def clean(self) -> None:
        """What the draft could not fill in is filled in, or taken out, before anything goes out."""
        left = [gap for gap in GAP.findall(self.initial["drafted"]) if gap in self.cleaned_data.get("client", "")]
        if left and self.data.get("then") in SENT_AS:
            self.add_error("client", f"Fill in what is in brackets first, or take it out: {', '.join(left)}.")


SENT_AS = {"mail": ("mail", "Notes go out"), "send": ("by_hand", "Notes logged as sent")}


@wants_today
def notes(request: SignedIn, meeting_id: str) -> HttpResponse:
    """Review the drafted notes, change them, and send them, or say that they were sent elsewhere."""
    actor = actor_of(request)
    found = access_meeting(actor, meeting_id, "meeting.write_notes")
    subject, drafted = meeting_page.draft(found, actor)
    begun = {"subject": subject, "client": found.notes_client or drafted, "version": found.notes_version}
    form = NotesForm(request.POST or None, initial=begun | {"drafted": drafted})
    if form.is_valid() and attempt(form, write_notes, found, **form.written(), actor=actor) is not None:
        then, about = request.POST.get("then", ""), form.cleaned_data["subject"]
        if then not in SENT_AS:
            return done(request, "Notes saved", to=_page(found))
        delivery, words = SENT_AS[then]
        if attempt(form, send_notes, found, delivery=delivery, subject=about, actor=actor) is not None:
            return done(request, words, to=_page(found), undo=undo_address("meeting.send_notes", found))
    return answer(request, "meetings/notes.html", {"form": form} | meeting_page.sending(found))


@require_POST
def follow(request: SignedIn, account_id: str) -> HttpResponse:
    """Schedule the next meeting at the time that was proposed."""
    actor = actor_of(request)
    account = access_account(actor, account_id, "meeting.schedule")
    made = schedule_next(account, request.POST, actor)
    return done(request, "Scheduled", undo=undo_address("meeting.schedule", made))


urlpatterns = [
    path("meetings/", index, name="meetings"),
    path("meetings/<str:meeting_id>/", meeting, name="meeting"),
    path("meetings/<str:meeting_id>/shown/", shown, name="meeting_shown"),
    path("meetings/<str:meeting_id>/so-far/", so_far, name="meeting_so_far"),
    path("meetings/<str:meeting_id>/line/", line, name="meeting_line"),
    path("meetings/<str:meeting_id>/item/", item, name="meeting_item"),
    path("meetings/<str:meeting_id>/rate/", rate, name="meeting_rate"),
    path("meetings/<str:meeting_id>/hold/", hold, name="meeting_hold"),
    path("meetings/<str:meeting_id>/notes/", notes, name="meeting_notes"),
    path("accounts/<str:account_id>/meetings/", follow, name="meeting_next"),
]

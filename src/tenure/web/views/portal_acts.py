"""What a client does in their portal: confirm, approve, ask for changes, hand in, answer, mark as done."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from tenure.base.errors import Forbidden, Refused
from tenure.records.deliverable import Deliverable, accept_deliverable
from tenure.records.goal import Goal, agree_goals, confirm_goal
from tenure.records.meeting import Meeting
from tenure.records.portal import renew_calendar
from tenure.records.slots import set_slot
from tenure.records.survey import answer_survey
from tenure.records.upload import Upload, receive_upload, take_in
from tenure.records.workflow import approve_deliverable, ask_for_changes
from tenure.web.actors import SignedIn
from tenure.web.answers import attempt, done
from tenure.web.portal import meetings
from tenure.web.portal.seen import Portal, of_portal
from tenure.web.uploads import bounded
from tenure.web.views.portal import HERE, ChangesForm, piece_shown
from tenure.work.checklists import confirm_item
from tenure.work.journeys import ChecklistItem


@of_portal
@require_POST
def agree(request: SignedIn, portal: Portal) -> HttpResponse:
    """Confirm the plan as it stands."""
    agree_goals(portal.account, actor=portal.actor)
    return done(request, "Confirmed. This is the plan.", to=reverse("portal_plan", args=[portal.account.pk]))


@of_portal
@require_POST
def confirm(request: SignedIn, portal: Portal, goal_id: str) -> HttpResponse:
    """Confirm that an outcome was reached and worth it."""
    confirm_goal(portal.one(Goal, goal_id), actor=portal.actor)
    return done(request, "Confirmed. Thank you.", to=reverse("portal_plan", args=[portal.account.pk]))


@of_portal
@require_POST
def approve(request: SignedIn, portal: Portal, piece_id: str) -> HttpResponse:
    """Approve a piece that waits for the client's word."""
    approve_deliverable(portal.one(Deliverable, piece_id), actor=portal.actor)
    return done(request, "Approved", to=reverse("portal_work", args=[portal.account.pk]))


@of_portal
@require_POST
def accept(request: SignedIn, portal: Portal, piece_id: str) -> HttpResponse:
    """Accept what was delivered as it is."""
    accept_deliverable(portal.one(Deliverable, piece_id), actor=portal.actor)
    return done(request, "Accepted", to=reverse("portal_work", args=[portal.account.pk]))


@of_portal
@require_POST
def ask_changes(request: SignedIn, portal: Portal, piece_id: str) -> HttpResponse:
    """Say what is to be different about a piece."""
    piece, form = portal.one(Deliverable, piece_id), ChangesForm(request.POST)
    if form.is_valid():
        asked = attempt(form, ask_for_changes, piece, actor=portal.actor, **form.cleaned_data)
        if asked is not None:
            return done(request, "We make it again", to=reverse("portal_work", args=[portal.account.pk]))
    return piece_shown(request, portal, piece, form)


@of_portal
@bounded(settings.UPLOAD_MOST, "Send them one after the other, or send a link in a message.")
@require_POST
def hand_in(request: SignedIn, portal: Portal) -> HttpResponse:
    """Hand files in, for one piece or for the account."""
    files, piece = request.FILES.getlist("file"), request.POST.get("piece") or None
    if not files:
        raise Refused("no_file", "Choose at least one file.", field="file")
    if piece is not None:
        portal.one(Deliverable, piece)
    made = []
    for file in files:
        taken = take_in(file.chunks(), str(file.name), portal.actor)
        made.append(receive_upload(portal.account, file=taken.token, deliverable=piece, actor=portal.actor))
    held = sum(each.status == Upload.Status.QUARANTINED for each in made)
    said = f"Received {len(made) - held} file{'' if len(made) - held == 1 else 's'}"
    return done(request, f"{said}; {held} held back by the scanner" if held else said)


@of_portal
@require_POST
def answer_review(request: SignedIn, portal: Portal, meeting_id: str) -> HttpResponse:
    """Answer what a review asks."""
    meeting = portal.one(Meeting, meeting_id)
    asked = meetings.survey_of(meeting, portal)
    if asked is None:
        raise Refused("answered", "This was answered already, or nobody asks it.")
    answers: dict[str, int | str] = {
        key: str(request.POST[f"answer-{key}"]) for key in asked[1].questions if f"answer-{key}" in request.POST
    }
    answer_survey(portal.account, survey=asked[0], answers=answers, meeting=meeting.pk, actor=portal.actor)
    return done(request, "Thank you", to=reverse("portal_meeting", args=[portal.account.pk, meeting.pk]))


@of_portal
@require_POST
def tick(request: SignedIn, portal: Portal, item_id: str) -> HttpResponse:
    """Say that something we waited for is done."""
    rows = ChecklistItem.objects.filter(run__account_id=portal.account.pk, pk=item_id, waits_for="client")
    item = rows.select_related("run").first()
    if item is None or not item.terms.client_label:
        raise Forbidden("journey.confirm", "There is no such thing here.", hidden=True)
    confirm_item(item, actor=portal.actor)
    return done(request, "Done. Thank you.", to=reverse("portal_home", args=[portal.account.pk]))


@of_portal
@require_POST
def renew(request: SignedIn, portal: Portal) -> HttpResponse:
    """Give the calendar another address."""
    renew_calendar(portal.account, actor=portal.actor)
    words = "The calendar has a new address; the old one opens nothing any more"
    return done(request, words, to=reverse("portal_meetings", args=[portal.account.pk]))


@of_portal
@require_POST
def slot(request: SignedIn, portal: Portal) -> HttpResponse:
    """Say when they like to meet."""
    weekday, time = request.POST.get("weekday", ""), request.POST.get("time", "")
    zone = (portal.account.preferred_slot or {}).get("zone", "")
    set_slot(portal.account, weekday=weekday, time=time, zone=zone, actor=portal.actor)
    words = "Thank you. We look for times then."
    return done(request, words, to=reverse("portal_meetings", args=[portal.account.pk]))


urlpatterns = [
    path(f"{HERE}plan/confirm/", agree, name="portal_agree"),
    path(f"{HERE}plan/<str:goal_id>/confirm/", confirm, name="portal_confirm"),
    path(f"{HERE}work/<str:piece_id>/approve/", approve, name="portal_approve"),
    path(f"{HERE}work/<str:piece_id>/accept/", accept, name="portal_accept"),
    path(f"{HERE}work/<str:piece_id>/changes/", ask_changes, name="portal_ask_changes"),
    path(f"{HERE}files/", hand_in, name="portal_hand_in"),
    path(f"{HERE}meetings/<str:meeting_id>/answer/", answer_review, name="portal_answer"),
    path(f"{HERE}asked/<str:item_id>/done/", tick, name="portal_tick"),
    path(f"{HERE}meetings/slot/", slot, name="portal_slot"),
    path(f"{HERE}calendar/renew/", renew, name="portal_renew_calendar"),
]

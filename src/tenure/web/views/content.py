"""Content: work in states on a board, in a list, in a queue and on a calendar; one piece; several planned at once."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpResponse
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from tenure.base.errors import Refused
from tenure.identity.access import require
from tenure.records.deliverable import Deliverable
from tenure.records.lookup import access_deliverable, access_meeting, list_work
from tenure.records.workflow import approve_deliverable, ask_for_changes, move_deliverable
from tenure.web.actors import SignedIn, actor_of, may
from tenure.web.answers import answer, done, is_fragment, say
from tenure.web.clients import open_to_clients
from tenure.web.content_page import board, calendar, piece, planning
from tenure.web.content_page.shown import kinds_with_states, shown, word
from tenure.web.listing import Column, Listing
from tenure.web.places import Place
from tenure.web.subjects import fetch
from tenure.web.turned_back import wants_today
from tenure.web.undoing import undo_address

PLACE = Place("Content", "content", "content", "account.list", key="c")
COLUMNS = (
    Column("title", "Title", "content/cell_title.html", ("title",), head=True),
    Column("account", "Account", "content/cell_account.html", ("account__name",), "full"),
    Column("state", "State", "content/cell_state.html", ("state",)),
    Column("material", "Material", "content/cell_material.html", ("material_on",), phone_label="Material"),
    Column("due", "Out", "content/cell_due.html", ("due_on",), phone_label="Out"),
    Column("maker", "Made by", "content/cell_maker.html", ("maker__name",), "fold-away lean-2 whole"),
)


def index(request: SignedIn) -> HttpResponse:
    """Work within reach: by state, as a list, what is to be made, or how far it is planned."""
    actor, show = actor_of(request), request.GET.get("show", "")
    require(actor, "account.list")
    key, kind = board.chosen_kind(request.GET.get("type", ""), actor)
    about = {"type": key, "kind": kind, "kinds": kinds_with_states(actor.model), "show": show}
    about |= {"tabs": board.tabs(request.GET, actor, show), "may_move": bool(may(actor, "deliverable.move"))}
    about |= {"material": word(actor.model, "material"), "states": kind.states}
    match show:
        case "list":
            return answer(request, "content/list.html", about | _listed(request))
        case "production":
            return answer(request, "content/queue.html", about | {"rows": board.queue(request.GET, actor)})
        case "ahead":
            return answer(request, "content/ahead.html", about | {"rows": board.reaches(request.GET, actor)})
    return answer(request, "content/board.html", about | board.board(request.GET, actor))


def _listed(request: SignedIn) -> dict[str, object]:
    actor = actor_of(request)
    material = word(actor.model, "material")
    columns = [
        replace(each, label=material, phone_label=material) if each.key == "material" else each for each in COLUMNS
    ]
    listing: Listing[Deliverable] = Listing(request, columns, sort="due")
    page = listing.page(board.narrowed(list_work(actor), request.GET, actor))
    return {"listing": listing, "page": page.with_rows(shown(page.rows, actor))}


def month(request: SignedIn) -> HttpResponse:
    """The days on which material is due and on which things go out."""
    actor = actor_of(request)
    require(actor, "account.list")
    about = {"tabs": board.tabs(request.GET, actor, "calendar"), "material": word(actor.model, "material")}
    return answer(request, "content/calendar.html", about | calendar.calendar(request.GET, actor))


def one(request: SignedIn, piece_id: str) -> HttpResponse:
    """One piece, from its brief to what it did."""
    actor = actor_of(request)
    return answer(request, "content/piece.html", piece.context(access_deliverable(actor, piece_id), actor))


@require_POST
def move(request: SignedIn, piece_id: str) -> HttpResponse:
    """Move one along or back; the board shows it at once where a script asks for it."""
    actor = actor_of(request)
    row = fetch(Deliverable, actor, piece_id, "deliverable.move")
    row = move_deliverable(row, to=request.POST.get("to", ""), actor=actor)
    words, undo = f"{shown([row], actor)[0].state}: {row.title[:60]}", undo_address("deliverable.move", row)
    if not is_fragment(request):
        return done(request, words, undo=undo)
    say(request, words, undo=undo)
    context = board.board(request.GET, actor) | {"may_move": True, "material": word(actor.model, "material")}
    return answer(request, "content/columns.html", context)


@require_POST
def move_all(request: SignedIn) -> HttpResponse:
    """Move all that are selected."""
    return done(request, board.move_all(request.POST, actor_of(request)))


@open_to_clients
@require_POST
def approve(request: SignedIn, piece_id: str) -> HttpResponse:
    """The client says that it may go out."""
    actor = actor_of(request)
    row = approve_deliverable(fetch(Deliverable, actor, piece_id, "deliverable.approve"), actor=actor)
    return done(request, f"Approved: {row.title[:60]}", undo=undo_address("deliverable.approve", row))


@open_to_clients
@require_POST
def ask_changes(request: SignedIn, piece_id: str) -> HttpResponse:
    """The client says what is to be different."""
    actor = actor_of(request)
    row = fetch(Deliverable, actor, piece_id, "deliverable.ask_changes")
    row = ask_for_changes(row, text=request.POST.get("text", ""), actor=actor)
    return done(request, f"Sent back: {row.title[:60]}", undo=undo_address("deliverable.ask_changes", row))


@wants_today
def plan(request: SignedIn, meeting_id: str) -> HttpResponse:
    """Plan the next pieces in a meeting, beside what past ones did."""
    actor = actor_of(request)
    meeting = access_meeting(actor, meeting_id, "deliverable.plan_several")
    plans = getattr(actor.model.meetings.get(meeting.type), "plans", None)
    if plans is None:
        raise Refused("nothing_to_plan", "Nothing is planned in this kind of meeting.")
    form = planning.PlanForm(meeting.account, plans, actor, request.POST if request.method == "POST" else None)
    if form.is_asked_for and (made := form.save(meeting)):
        undo = undo_address("deliverable.plan_several", made[0])
        return done(request, f"Planned {len(made)}", to=reverse("meeting", args=[meeting.pk]), undo=undo)
    context = planning.context(meeting.account, meeting, plans, actor, form)
    context |= {"meeting": meeting, "account": meeting.account}
    return answer(request, "content/plan.html", context, status=422 if form.is_asked_for else 200)


urlpatterns = [
    path("content/", index, name="content"),
    path("content/calendar/", month, name="content_calendar"),
    path("content/move/", move_all, name="content_move_all"),
    path("content/<str:piece_id>/", one, name="deliverable"),
    path("content/<str:piece_id>/move/", move, name="content_move"),
    path("content/<str:piece_id>/approve/", approve, name="content_approve"),
    path("content/<str:piece_id>/changes/", ask_changes, name="content_ask_changes"),
    path("meetings/<str:meeting_id>/plan/", plan, name="content_plan"),
]

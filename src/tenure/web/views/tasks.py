"""Tasks: one's own, those of whom one covers for, and the team's; done with one key."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST

from tenure.identity.access import require
from tenure.identity.actor import Actor
from tenure.web.actors import SignedIn, actor_of, may
from tenure.web.answers import answer, done
from tenure.web.finding import Act
from tenure.web.listing import Column, Listing
from tenure.web.places import Place
from tenure.web.portfolio import Tab
from tenure.web.subjects import fetch
from tenure.web.turned_back import wants_today
from tenure.web.undoing import undo_address
from tenure.work.tasks import Task, do_task, list_tasks

COLUMNS = (
    Column("title", "Task", "tasks/cell_title.html", ("title",), head=True),
    Column("account", "Account", "tasks/cell_account.html", ("account__standing__name",), "full"),
    Column("due", "Due", "tasks/cell_due.html", ("due_at",)),
    Column("owner", "Owner", "tasks/cell_owner.html", ("owner__name",), "fold-away lean-2"),
    Column("source", "From", "tasks/cell_source.html", ("source",), "fold-away lean-2"),
    Column("acts", "", "tasks/cell_acts.html", (), "right"),
)
VIEWS = {"": "Mine", "team": "Everybody’s", "done": "Done"}


def _mine(actor: Actor) -> Q:
    return Q(owner__in=actor.people, status=Task.Status.OPEN)


PLACE = Place(
    "Tasks", "check", "tasks", "task.create", key="k", count=lambda actor: Task.objects.filter(_mine(actor)).count()
)
ACTS = (Act("Add a task", "check", "task_add", "task.create"),)


def index(request: SignedIn) -> HttpResponse:
    """Open tasks by due time, narrowed by tab."""
    actor, shown = actor_of(request), request.GET.get("show", "")
    require(actor, "task.create")
    wanted = {"team": Q(status=Task.Status.OPEN), "done": Q(status=Task.Status.DONE, owner__in=actor.people)}
    rows = list_tasks(actor, "task.create").filter(wanted.get(shown, _mine(actor)))
    listing: Listing[Task] = Listing(request, COLUMNS, sort="-due" if shown == "done" else "due")
    tabs = [Tab(label, f"?show={key}" if key else "?", None, key == shown) for key, label in VIEWS.items()]
    page = listing.page(rows.select_related("owner", "account__standing"))
    context = {"tabs": tabs, "listing": listing, "page": page, "may_do": bool(may(actor, "task.do")), "shown": shown}
    return answer(request, "tasks/page.html", context)


@require_POST
def do(request: SignedIn, task_id: str) -> HttpResponse:
    """Mark a task as done, with ten seconds to take it back."""
    actor = actor_of(request)
    task = do_task(fetch(Task, actor, task_id, "task.do"), actor=actor)
    return done(request, f"Done: {task.title[:60]}", undo=undo_address("task.do", task))


@wants_today
def add(request: SignedIn) -> HttpResponse:
    """A new task, by the form of its operation."""
    from tenure.web.views.acts import act

    return act(request, "task.create")


urlpatterns = [
    path("tasks/", index, name="tasks"),
    path("tasks/add/", add, name="task_add"),
    path("tasks/<str:task_id>/done/", do, name="task_done"),
]

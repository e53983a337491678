"""Rows that were set aside or marked, one by one and many at once; what is odd in the data as a whole."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from tenure.base.errors import Refused
from tenure.identity import access
from tenure.identity.actor import Actor
from tenure.sources.exports import rows_as_csv
from tenure.sources.importing import dismiss_row, dismiss_rows, retry_rows
from tenure.sources.imports import Finding, Import, ImportRow
from tenure.sources.quality import findings, list_rows
from tenure.web import imports_page as page_of
from tenure.web.actors import SignedIn, actor_of
from tenure.web.answers import answer, done, way_back
from tenure.web.import_rows import dismiss_all, draw, mend, mend_all, try_some
from tenure.web.imports_page import access_import, rights
from tenure.web.listing import Column, Listing
from tenure.web.portfolio import Tab
from tenure.web.subjects import fetch

COLUMNS = (
    Column("row", "Row", "imports/cell_row.html", ("file", "line"), head=True),
    Column("why", "Why", "imports/cell_why.html", (), "full"),
    Column("mend", "Correct", "imports/cell_mend.html", (), "full mend"),
    Column("settled", "State", "imports/cell_settled.html", (), "right"),
)
ROW_ACTS = ("import.correct_row", "import.dismiss_row", "import.dismiss_rows", "import.retry_rows")
SHOWN = {
    "": ("Set aside", {"severity": "quarantine", "status": ImportRow.Status.OPEN}),
    "marked": ("Marked", {"severity": "flag", "status": ImportRow.Status.OPEN}),
    "settled": ("Settled", {"status": ""}),
}
NARROWED = ("source", "file", "check")


def _rows(request: SignedIn, actor: Actor, imported: Import | None) -> QuerySet[ImportRow]:
    """The rows that the address asks for."""
    shown = request.GET.get("show", "")
    narrowed: dict[str, str] = {name: request.GET.get(name, "") for name in NARROWED}
    rows = list_rows(actor, imported, **narrowed, **SHOWN.get(shown, SHOWN[""])[1])
    return rows.exclude(status=ImportRow.Status.OPEN) if shown == "settled" else rows


def index(request: SignedIn, import_id: str = "") -> HttpResponse:
    """Rows set aside or marked: of one import, or of all that still hold."""
    actor = actor_of(request)
    imported = access_import(actor, import_id) if import_id else None
    if request.method == "POST":
        return _bulk(request, actor, imported)
    listing: Listing[ImportRow] = Listing(request, COLUMNS, sort="row")
    page = listing.page(_rows(request, actor, imported).select_related("made_by", "settled_by"))
    context: dict[str, Any] = {"listing": listing, "page": page.with_rows(draw(page.rows)), "imported": imported}
    context |= _frame(request, imported) | rights(actor, *ROW_ACTS)
    if context["may_import_correct_row"] or context["may_import_dismiss_row"]:
        context["bulk"] = "imports/bulk.html" if request.GET.get("show") != "settled" else ""
    return answer(request, "imports/rows.html", context)


def _frame(request: SignedIn, imported: Import | None) -> dict[str, Any]:
    """The tabs, the checks that one can narrow by, and the filters that are on."""
    shown, check = request.GET.get("show", ""), request.GET.get("check", "")
    known = Finding.objects.filter(made_by=imported) if imported else Finding.objects.filter(made_by__status="done")
    labels = dict(known.order_by("code").values_list("code", "label"))
    tabs = [Tab(label, _with(request, show=key or None), None, key == shown) for key, (label, _) in SHOWN.items()]
    chips = [
        (name, labels.get(value, value), _with(request, **{name: None}))
        for name in NARROWED
        if (value := request.GET.get(name, ""))
    ]
    return {"tabs": tabs, "shown": shown, "check": check, "label": labels.get(check, check), "chips": chips} | {
        "checks": labels.items()
    }


def _with(request: SignedIn, **changed: str | None) -> str:
    query = request.GET.copy()
    for name in ("after", "before"):
        query.pop(name, None)
    for name, value in changed.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"?{query.urlencode()}"


def _bulk(request: SignedIn, actor: Actor, imported: Import | None) -> HttpResponse:
    """One act on the selected rows, or on every row that one check found."""
    chosen = request.POST.getlist("selected")
    rows = list(list_rows(actor, imported, status="").filter(pk__in=chosen)[:200])
    match request.POST.get("act"):
        case "retry":
            words = mend_all(rows, actor)
        case "dismiss":
            words = dismiss_all(rows, request.POST.get("reason", ""), actor)
        case "retry_all" if imported is not None:
            words = _retry_all(imported, request.POST.get("check", ""), actor)
        case "dismiss_all" if imported is not None:
            check, reason = request.POST.get("check", ""), request.POST.get("reason_all", "")
            words = f"{dismiss_rows(imported, check=check, reason=reason, actor=actor)} rows dismissed."
        case _:
            raise Refused("unknown_act", "Choose what to do with the rows.")
    return done(request, words, to=request.get_full_path())


def _retry_all(imported: Import, check: str, actor: Actor) -> str:
    """Have every row of a check tried again: those that one request has time for at once, the rest by the pipeline."""
    asked = retry_rows(imported, check=check, actor=actor)
    tried, left = try_some(imported)
    more = f"; {left} follow" if left else ""
    return f"{tried} of {asked} rows tried again{more}."


def one(request: SignedIn, row_id: str) -> HttpResponse:
    """One row with all its cells: correct and try it, or see what became of it."""
    actor = actor_of(request)
    row = _row(actor, row_id, "import.view")
    if request.method == "POST":
        words, loaded = mend(row, request.POST, actor)
        if loaded:
            return done(request, words, to=reverse("import_rows", args=[row.made_by_id]))
        row.refresh_from_db()
        drawn = {"row": draw([row])[0], "still": words}
        return answer(request, "imports/row.html", drawn | rights(actor, *ROW_ACTS), status=422)
    return answer(request, "imports/row.html", {"row": draw([row])[0]} | rights(actor, *ROW_ACTS))


def _row(actor: Actor, row_id: str, operation: str) -> ImportRow:
    access.require(actor, operation)
    return fetch(ImportRow, actor, row_id, operation)


@require_POST
def mend_one(request: SignedIn, row_id: str) -> HttpResponse:
    """Correct a row where it stands in the list. What was typed is kept with the row, loaded or not."""
    actor = actor_of(request)
    words, loaded = mend(_row(actor, row_id, "import.correct_row"), request.POST, actor)
    if loaded:
        return done(request, words)
    messages.error(request, words)
    return done(request, to=way_back(request, "imports"))


@require_POST
def dismiss(request: SignedIn, row_id: str) -> HttpResponse:
    """Leave one row out, for a reason."""
    actor = actor_of(request)
    row = dismiss_row(_row(actor, row_id, "import.dismiss_row"), reason=request.POST.get("reason", ""), actor=actor)
    return done(request, f"Line {row.line} of {row.file} dismissed", to=reverse("import_rows", args=[row.made_by_id]))


def as_file(request: SignedIn, import_id: str, file: str) -> HttpResponse | StreamingHttpResponse:
    """The open rows of one file with their reasons, as CSV that can be corrected and imported again."""
    actor = actor_of(request)
    rows = list_rows(actor, access_import(actor, import_id), file=file, severity=request.GET.get("severity", ""))
    response = StreamingHttpResponse(rows_as_csv(rows.iterator()), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="rows.csv"'
    return response


def quality(request: SignedIn) -> HttpResponse:
    """What every check has found, over all imports that still hold."""
    actor = actor_of(request)
    source = request.GET.get("source", "")
    odd = findings(actor, source)
    labels = dict(Import.objects.order_by("id").values_list("source", "label"))
    groups = [
        (label, note, page_of.oddities(odd, severity))
        for severity, label, note in (
            ("quarantine", "Set aside", "not loaded until somebody corrects or dismisses them"),
            ("flag", "Marked", "loaded, and worth a look"),
        )
    ]
    context = {"groups": groups, "odd": odd, "labels": labels, "source": source, "tabs": page_of.tabs(actor, "quality")}
    return answer(request, "imports/quality.html", context | rights(actor, "import.view", "import.prepare"))


urlpatterns = [
    path("data/quality/", quality, name="quality"),
    path("data/rows/", index, name="rows_aside"),
    path("data/imports/<str:import_id>/rows/", index, name="import_rows"),
    path("data/imports/<str:import_id>/rows/<slug:file>.csv", as_file, name="import_rows_file"),
    path("data/rows/<str:row_id>/", one, name="import_row"),
    path("data/rows/<str:row_id>/mend/", mend_one, name="import_row_mend"),
    path("data/rows/<str:row_id>/dismiss/", dismiss, name="import_row_dismiss"),
]

"""Imports: what was read from files, how far it is, what became of the rows; begin one, run it, take it back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from tenure.identity import access
from tenure.identity.actor import Actor
from tenure.sources.engine.taking_back import obstacles
from tenure.sources.importing import GivenFile, load, prepare, start_import, undo_import
from tenure.sources.imports import Import
from tenure.sources.mapping.loading import MappingRefused
from tenure.sources.quality import list_imports
from tenure.web import imports_page as page_of
from tenure.web.actors import SignedIn, actor_of
from tenure.web.answers import answer, attempt, done, is_fragment
from tenure.web.finding import Act
from tenure.web.imports_page import access_import, rights
from tenure.web.listing import Column, Listing
from tenure.web.places import Place
from tenure.web.uploads import MEGABYTE, Files, Stage, bounded

PLACE = Place("Data", "upload", "imports", "import.view", key="d", group=2)
ACTS = (Act("Import files", "upload", "import_new", "import.prepare"),)
COLUMNS = (
    Column("import", "Import", "imports/cell_import.html", ("pk",), head=True),
    Column("status", "Status", "imports/cell_status.html", ("status",)),
    Column("rows", "Rows", "imports/cell_rows.html", (), "num", phone_label="Rows"),
    Column("made", "New or changed", "imports/cell_made.html", (), "num fold-away lean-2"),
    Column("aside", "Set aside", "imports/cell_aside.html", (), "num", phone_label="Set aside"),
    Column("who", "Who", "imports/cell_who.html", ("created_by__name",), "fold-away lean-2"),
    Column("when", "When", "imports/cell_when.html", ("created_at",)),
)
LARGEST_UPLOAD = 16 * MEGABYTE  # some 250,000 rows, which are looked at in half a minute
LARGEST_MAPPING = MEGABYTE // 4
INSTEAD = "Larger ones are imported on the server: tenure import MAPPING FILE."


class Drawn:
    """An import as a line of the list."""

    def __init__(self, imported: Import, aside: int) -> None:
        self.imported, self.aside = imported, aside
        self.state = page_of.STATES[Import.Status(imported.status)]
        self.words = imported.get_status_display()
        self.totals = imported.totals

    def __getattr__(self, name: str) -> Any:
        return getattr(self.imported, name)


def index(request: SignedIn) -> HttpResponse:
    """Every import, the newest first."""
    actor = actor_of(request)
    listing: Listing[Import] = Listing(request, COLUMNS, sort="-import")
    page = listing.page(list_imports(actor))
    aside = page_of.set_aside(page.rows)
    drawn = page.with_rows([Drawn(row, aside.get(row.pk, 0)) for row in page.rows])
    context = {"listing": listing, "page": drawn, "tabs": page_of.tabs(actor, "imports")}
    return answer(request, "imports/page.html", context | rights(actor, "import.prepare"))


class StartForm(forms.Form):
    """Files, and the mapping that says what they mean: one that is known, one that is handed in, or typed."""

    mapping = forms.ChoiceField(label="Mapping", required=False)
    mapping_file = forms.FileField(label="Or a mapping of your own", required=False, help_text="A file of YAML.")
    text = forms.CharField(label="Or write it here", required=False, strip=False, widget=forms.Textarea({"rows": 12}))
    text_name = forms.CharField(widget=forms.HiddenInput, required=False)
    kept = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, files: Any = None, **more: Any) -> None:
        super().__init__(data, files, **more)
        several = "CSV or Excel; several where the mapping speaks of several."
        self.fields["files"] = Files(label="Files", required=False, help_text=several)
        known = [(each.value, each.label) for each in page_of.known_mappings()]
        self.fields["mapping"].choices = [("", "None of these"), *known]  # type: ignore[attr-defined]


def _typed(request: SignedIn) -> Any:
    """What was sent, with the text of the mapping where it was handed in as a file, so that it stays on the page."""
    data = request.POST.copy()
    file = request.FILES.get("mapping_file")
    if file is not None and (file.size or 0) <= LARGEST_MAPPING:
        data["text"] = file.read().decode("utf-8-sig", "replace")
        data["text_name"] = str(file.name)
    elif not data.get("text", "").strip():
        data["text"], data["text_name"] = page_of.mapping_text(data.get("mapping", ""))
    data["text"] = str(data["text"]).replace("\r\n", "\n")  # as a browser sends what stands in a field of several lines
    return data


def _prepare(form: StartForm, stage: Stage, actor: Actor) -> Import | None:
    """Look at the staged files by the form's mapping and keep what was seen; None where something is refused."""
    given = form.cleaned_data
    name = given["text_name"] or "mapping.yaml"
    if not given["text"].strip():
        form.add_error("mapping", "Choose a mapping, or hand one in: it says what the columns mean.")
        return None
    try:
        loaded = load(given["text"], name)
    except MappingRefused as refused:
        form.problems = page_of.problem_rows(refused.problems, name)  # type: ignore[attr-defined]
        form.add_error("text", f"{len(form.problems)} things in this mapping do not fit; see above.")  # type: ignore[attr-defined]
        return None
    files = [GivenFile(file.name, file.path) for file in stage.files()]
    return attempt(form, prepare, loaded, files, actor, mapping_name=name)


def _stage(request: SignedIn, actor: Actor, data: Any) -> Stage:
    """Where the files lie: those of an earlier try that are still wanted, and those that came with this one."""
    stage = Stage.resume(data.get("kept", ""), actor.id or "")
    if stage is None:
        stage = Stage.begin(actor.id or "")
    else:
        stage.keep_only(request.POST.getlist("keep"))
    stage.add(request.FILES.getlist("files"))
    data["kept"] = stage.token
    return stage


@bounded(LARGEST_UPLOAD, INSTEAD)
def new(request: SignedIn) -> HttpResponse:
    """Begin an import: look at files by a mapping. Nothing of them is imported yet."""
    actor = actor_of(request)
    access.require(actor, "import.prepare")
    if request.method != "POST":
        return answer(request, "imports/new.html", {"form": StartForm(initial={"mapping": request.GET.get("mapping")})})
    data = _typed(request)
    stage = _stage(request, actor, data)
    form = StartForm(data, request.FILES)
    if form.is_valid() and (made := _prepare(form, stage, actor)) is not None:
        stage.forget()
        return done(request, to=reverse("import", args=[made.pk]))
    return answer(request, "imports/new.html", {"form": form, "staged": stage.files()})


def one(request: SignedIn, import_id: str) -> HttpResponse:
    """One import: what it would do, how far it is, or what it did."""
    actor = actor_of(request)
    imported = access_import(actor, import_id)
    context = rights(actor, "import.run", "import.undo", "import.prepare") | {
        "imported": imported,
        "state": page_of.STATES[Import.Status(imported.status)],
        "figures": page_of.figures(imported.totals if imported.started_at else imported.preview.get("totals", {})),
        "files": page_of.file_blocks(imported),
        "nouns": sorted(imported.by_noun.items()),
        "waiting": page_of.waiting_rows(imported),
        "progress": page_of.progress_of(imported),
        "undone": imported.progress.get("undo") if imported.status == Import.Status.UNDONE else None,
        "kept": len(set(imported.progress.get("kept", ()))),
    }
    return answer(
        request, "imports/import.html", context | rights(actor, "import.run", "import.undo", "import.prepare")
    )


def progress(request: SignedIn, import_id: str) -> HttpResponse:
    """How far an import is: a fragment that asks again by itself, until the page as a whole has news."""
    return _progress(request, access_import(actor_of(request), import_id))


def _progress(request: SignedIn, imported: Import) -> HttpResponse:
    if not is_fragment(request):
        return done(request, to=reverse("import", args=[imported.pk]))
    found = page_of.progress_of(imported)
    if found is None:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return answer(request, "imports/progress.html", {"imported": imported, "progress": found})


@require_POST
def run(request: SignedIn, import_id: str) -> HttpResponse:
    """Let an import run as it was seen."""
    actor = actor_of(request)
    start_import(access_import(actor, import_id, "import.run"), actor=actor)
    return done(request, to=reverse("import", args=[import_id]))


@require_POST
def go_on(request: SignedIn, import_id: str) -> HttpResponse:
    """Do the next piece of an import here, where no pipeline does."""
    imported = access_import(actor_of(request), import_id, "import.run")
    page_of.go_on(imported)
    return _progress(request, imported)


class UndoForm(forms.Form):
    """Whether rows on which people have built stay."""

    keep = forms.BooleanField(label="Keep the rows on which somebody has built, and undo the rest", required=False)


def undo(request: SignedIn, import_id: str) -> HttpResponse:
    """What taking back an import would take, what stands in the way, and the act itself."""
    actor = actor_of(request)
    imported = access_import(actor, import_id, "import.undo")
    form = UndoForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and attempt(form, undo_import, imported, actor=actor, **form.cleaned_data) is not None:
        return done(request, to=reverse("import", args=[import_id]))
    built = list(obstacles(imported).values()) if imported.started_at else []
    context = {"form": form, "imported": imported, "nouns": sorted(imported.by_noun.items()), "built": built[:50]}
    return answer(request, "imports/undo.html", context | {"more": max(0, len(built) - 50), "count": len(built)})


def mapping(request: SignedIn, import_id: str) -> HttpResponse:
    """The mapping of an import, as a file."""
    imported = access_import(actor_of(request), import_id)
    response = HttpResponse(imported.mapping, content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="mapping.yaml"'
    return response


urlpatterns = [
    path("data/", index, name="imports"),
    path("data/imports/new/", new, name="import_new"),
    path("data/imports/<str:import_id>/", one, name="import"),
    path("data/imports/<str:import_id>/progress/", progress, name="import_progress"),
    path("data/imports/<str:import_id>/run/", run, name="import_run"),
    path("data/imports/<str:import_id>/go-on/", go_on, name="import_go_on"),
    path("data/imports/<str:import_id>/undo/", undo, name="import_undo"),
    path("data/imports/<str:import_id>/mapping/", mapping, name="import_mapping"),
]

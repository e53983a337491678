"""The blueprint: read in plain words, its history, and the way to change it: hand in, look, apply, go back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import path, reverse

from tenure.base.errors import Refused
from tenure.blueprint.diff import diff
from tenure.blueprint.problems import BlueprintErrors
from tenure.identity import access, blueprints
from tenure.identity.access import may
from tenure.identity.actor import Actor
from tenure.identity.blueprints import BlueprintVersion
from tenure.pipeline.home import shipped
from tenure.web import blueprint_page as page_of
from tenure.web import blueprint_plan as drafts
from tenure.web import turned_back
from tenure.web.actors import SignedIn, actor_of
from tenure.web.answers import answer, attempt, done
from tenure.web.archives import unpack
from tenure.web.finding import Act, Found
from tenure.web.imports_page import rights
from tenure.web.listing import Column, Listing
from tenure.web.places import Place
from tenure.web.uploads import MEGABYTE, Stage, bounded

PLACE = Place("Blueprint", "studio", "blueprint", "blueprint.view", key="b", group=2)
ACTS = (Act("Change the blueprint", "studio", "blueprint_change", "blueprint.plan"),)
COLUMNS = (
    Column("version", "Version", "blueprint/cell_version.html", ("pk",), head=True),
    Column("applied", "In force since", "blueprint/cell_applied.html", ("applied_at",)),
    Column("who", "Who", "blueprint/cell_who.html", (), "fold-away"),
    Column("note", "Why", "blueprint/cell_note.html", (), "full"),
    Column("acts", "Look", "blueprint/cell_acts.html", (), "right full"),
)
LARGEST_ARCHIVE = 4 * MEGABYTE
FOUND = 6


def find_parts(actor: Actor, words: str) -> list[Found]:
    """Parts of the blueprint by their names, for the command palette."""
    if not may(actor, "blueprint.view"):
        return []
    found: list[Found] = []
    for section in page_of.SECTIONS.values():
        held = getattr(actor.model, section.key)
        for key, part in held.items() if isinstance(held, dict) else ():
            label = str(getattr(part, "label", ""))
            if words.lower() in label.lower() and len(found) < FOUND:
                found.append(Found(label, page_of.address_of_part(section.key, key), section.label, icon="studio"))
    return found


FINDERS = (("Blueprint", find_parts),)


def _version(request: SignedIn) -> BlueprintVersion:
    """The version that the address names, or the one of the day that the pages show."""
    return page_of.version_of(request.GET.get("version", ""), turned_back.day_of(request))


@turned_back.shows_the_past
def index(request: SignedIn) -> HttpResponse:
    """A chapter of the operating model in force, or what a search finds in all of it."""
    actor = actor_of(request)
    access.require(actor, "blueprint.view")
    version, asked, words = _version(request), request.GET.get("version", ""), request.GET.get("q", "").strip()[:80]
    model, chapter = blueprints.at(version.pk), page_of.chapter_of(request.GET.get("chapter", ""))
    context = {
        "version": version,
        "asked": asked,
        "applied_by": page_of.names_of([version]).get(version.applied_by_id or "", ""),
        "is_newest": version.pk == page_of.version_of("", None).pk,
        "company": model.company.name,
        "q": words,
        "tabs": page_of.chapter_tabs("" if words else chapter.key, asked),
        "chapter": chapter,
        "sections": page_of.search(model, words) if words else page_of.read(model, chapter),
        "rules": len(model.raci),
    }
    return answer(request, "blueprint/page.html", context | rights(actor, "blueprint.plan", "access.view"))


def part(request: SignedIn, section: str, key: str = "") -> HttpResponse:
    """One part: in words, as it is written, where it stands, and when it changed."""
    actor = actor_of(request)
    access.require(actor, "blueprint.view")
    version = _version(request)
    model = blueprints.at(version.pk)
    entry = page_of.entry_of(model, section, key)
    if entry is None:
        return answer(request, "404.html", status=404)
    history = list(page_of.history_of(section, key))
    context = {
        "entry": entry,
        "version": version,
        "section": page_of.SECTIONS[section],
        "written": page_of.yaml_of(model, section, key),
        "places": page_of.places_of(page_of.files_of(version), section, key),
        "history": history,
        "people": page_of.names_of([row for row, _ in history]),
    }
    return answer(request, "blueprint/part_page.html", context, fragment="blueprint/evidence.html")


def versions(request: SignedIn) -> HttpResponse:
    """Every version, the newest first, and two to compare."""
    actor = actor_of(request)
    access.require(actor, "blueprint.view")
    listing: Listing[BlueprintVersion] = Listing(request, COLUMNS, sort="-version")
    page = listing.page(page_of.versions())
    context: dict[str, Any] = {"listing": listing, "page": page, "people": page_of.names_of(page.rows)}
    context["newest"] = page_of.versions().order_by("-id").values_list("pk", flat=True).first()
    context["tokens"] = {row.pk: drafts.token_of("version", str(row.pk)) for row in page.rows}
    return answer(request, "blueprint/versions.html", context | rights(actor, "blueprint.plan", "blueprint.rollback"))


def _access_version(actor: Actor, number: int) -> BlueprintVersion:
    access.require(actor, "blueprint.view")
    found = BlueprintVersion.objects.defer("model").filter(pk=number).first()
    if found is None:
        raise drafts.no_version(number)
    return found


def files(request: SignedIn, number: int) -> HttpResponse:
    """The files of a version as they were handed in."""
    actor = actor_of(request)
    version = _access_version(actor, number)
    files = page_of.files_of(version, whole=bool(may(actor, "blueprint.plan")))
    return answer(request, "blueprint/files.html", {"version": version, "files": files.items()})


def archive(request: SignedIn, number: int) -> HttpResponse:
    """The files of a version as a zip archive."""
    actor = actor_of(request)
    version = _access_version(actor, number)
    held = page_of.archive_of(version, whole=bool(may(actor, "blueprint.plan")))
    response = HttpResponse(held, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="blueprint-{version.pk}.zip"'
    return response


def compare(request: SignedIn) -> HttpResponse:
    """What changed from one version to another."""
    actor = actor_of(request)
    access.require(actor, "blueprint.view")
    numbers = [request.GET.get(name, "") for name in ("from", "to")]
    one, other = (_access_version(actor, int(each) if each.isdigit() else 0) for each in numbers)
    old, new = blueprints.at(one.pk), blueprints.at(other.pk)
    changes = diff(old, new)
    context = {"one": one, "other": other, "count": len(changes), "people": page_of.names_of([one, other])}
    context["sections"] = drafts.changes_by_section(changes, old, new)
    return answer(request, "blueprint/compare.html", context)


class ChangeForm(forms.Form):
    """A blueprint: a folder as a zip archive, or one that comes with Tenure."""

    archive = forms.FileField(label="Folder as a .zip archive", required=False, help_text="At most 4 MB.")
    shipped = forms.ChoiceField(label="Or one that comes with Tenure", required=False)

    def __init__(self, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files)
        self.fields["shipped"].choices = [("", "None of these"), *((name, name) for name in shipped())]  # type: ignore[attr-defined]


@bounded(LARGEST_ARCHIVE)
def change(request: SignedIn) -> HttpResponse:
    """Hand in a blueprint. Its mistakes are shown with their lines; a sound one is shown as what it would change."""
    actor = actor_of(request)
    access.require(actor, "blueprint.plan")
    form = ChangeForm(request.POST, request.FILES) if request.method == "POST" else ChangeForm()
    problems: list[drafts.ProblemLine] = []
    if form.is_valid():
        token = attempt(form, _hand_in, form, actor, problems)
        if token:
            return done(request, to=reverse("blueprint_plan", args=[token]))
    context = {"form": form, "problems": problems}
    return answer(request, "blueprint/change.html", context, status=422 if problems else 0)


def _hand_in(form: ChangeForm, actor: Actor, problems: list[drafts.ProblemLine]) -> str:
    """The token of what was handed in; its mistakes go into `problems`. Raises Refused where it cannot be read."""
    given = form.cleaned_data
    if given["archive"] is None:
        if not given["shipped"]:
            raise Refused(
                "nothing_chosen", "Choose an archive, or one of those that come with Tenure.", field="archive"
            )
        return drafts.token_of("shipped", given["shipped"])
    stage = Stage.begin(actor.id or "")
    try:
        unpack(given["archive"], given["archive"].name, stage.folder / drafts.UNPACKED)
        drafts.read_staged(stage)
    except BlueprintErrors as errors:
        problems += drafts.problem_lines(errors.problems, stage)
        stage.forget()
        return ""
    except Refused:
        stage.forget()
        raise
    return drafts.token_of("staged", stage.id)


class ApplyForm(forms.Form):
    """Why, and whether what runs takes the new terms."""

    note = forms.CharField(label="Why", max_length=400, help_text="It stands in the history of the blueprint.")
    reterm = forms.BooleanField(label="Running promises take the new terms; otherwise they keep theirs", required=False)
    seen = forms.CharField(widget=forms.HiddenInput)


def plan(request: SignedIn, token: str) -> HttpResponse:
    """What a draft would change, in definitions and, where asked, in what is live; puts it in force."""
    actor = actor_of(request)
    access.require(actor, "blueprint.plan")
    draft = drafts.access_draft(token)
    newest = page_of.version_of("", None)
    reterm = request.GET.get("reterm") == "1"
    initial = {
        "seen": newest.pk,
        "reterm": reterm,
        "note": f"Back to version {draft.name}" if draft.is_rollback else "",
    }
    form = ApplyForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid() and attempt(form, _apply, draft, newest, actor, form.cleaned_data) is not None:
        return done(request, "The blueprint is in force", to=reverse("blueprint_versions"))
    changes = diff(actor.model, draft.model)
    context = {
        "token": token, "draft": draft, "form": form, "newest": newest, "count": len(changes), "reterm": reterm,
        "sections": drafts.changes_by_section(changes, actor.model, draft.model),
        "warnings": list(drafts.warnings(draft.model, actor)),
        "effects": drafts.effects_of(draft, actor, reterm=reterm) if request.GET.get("effects") else None,
        "may_apply": bool(may(actor, "blueprint.rollback" if draft.is_rollback else "blueprint.apply")),
    }  # fmt: skip
    return answer(request, "blueprint/plan.html", context)


def _apply(draft: drafts.Draft, newest: BlueprintVersion, actor: Actor, given: dict[str, Any]) -> Any:
    """Put a draft in force, unless another one was applied since it was looked at."""
    if given["seen"] != str(newest.pk):
        words = f"Version {newest.pk} was applied meanwhile. What is shown now is what this changes in it; look again."
        raise Refused("overtaken", words)
    made = drafts.put_in_force(draft, actor, note=given["note"], reterm=given["reterm"])
    if draft.stage is not None:
        draft.stage.forget()
    return made


def effects(request: SignedIn, token: str) -> HttpResponse:
    """What a draft would do to what is live: a fragment, since it takes some seconds."""
    actor = actor_of(request)
    access.require(actor, "blueprint.plan")
    draft, reterm = drafts.access_draft(token), request.GET.get("reterm") == "1"
    found = drafts.effects_of(draft, actor, reterm=reterm)
    context = {"token": token, "effects": found, "reterm": reterm}
    return answer(request, "blueprint/effects_page.html", context, fragment="blueprint/effects.html")


urlpatterns = [
    path("blueprint/", index, name="blueprint"),
    path("blueprint/versions/", versions, name="blueprint_versions"),
    path("blueprint/versions/<int:number>/", files, name="blueprint_files"),
    path("blueprint/versions/<int:number>/archive/", archive, name="blueprint_archive"),
    path("blueprint/compare/", compare, name="blueprint_compare"),
    path("blueprint/change/", change, name="blueprint_change"),
    path("blueprint/change/<str:token>/", plan, name="blueprint_plan"),
    path("blueprint/change/<str:token>/effects/", effects, name="blueprint_effects"),
    path("blueprint/<slug:section>/", part, name="blueprint_section"),
    path("blueprint/<slug:section>/<str:key>/", part, name="blueprint_part"),
]

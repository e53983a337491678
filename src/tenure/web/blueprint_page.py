"""What the pages of the blueprint show: chapters of the model in force, search, one part with its text and history."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.urls import reverse
from ruamel.yaml import YAML

from tenure.blueprint.model import Model
from tenure.blueprint.stored import plain
from tenure.identity.actor import company_zone
from tenure.identity.blueprints import BlueprintVersion, NoBlueprint
from tenure.identity.people import Person
from tenure.web import blueprint_health as health
from tenure.web import blueprint_promises as promises
from tenure.web import blueprint_words as said
from tenure.web.blueprint_tools import tools
from tenure.web.blueprint_words import Entry, Section
from tenure.web.conditions import Speaker
from tenure.web.portfolio import Tab

HEAVY = ("model", "files")
LOOKED_AT = 50  # versions in which a part's history is looked for


@dataclass(frozen=True)
class SectionOf:
    """A section of the model: its key, what a page calls it, one line of what it is, and its function of words."""

    key: str
    label: str
    about: str
    entries: Section


@dataclass(frozen=True)
class Chapter:
    """Sections that are read together."""

    key: str
    label: str
    sections: tuple[SectionOf, ...]


CHAPTERS = (
    Chapter(
        "company",
        "Company",
        (
            SectionOf("company", "Who we are", "", said.company),
            SectionOf("words", "Our words", "What things are called on every page.", said.words),
            SectionOf("tiers", "Tiers", "What accounts of a kind get.", said.tiers),
            SectionOf("segments", "Segments", "Saved ways of looking at the book.", said.segments),
            SectionOf("calendars", "Hours", "When time counts as working time.", said.calendars),
            SectionOf("fields", "Own fields", "What records have besides what every company has.", said.fields),
            SectionOf("retention", "Retention", "How long personal data is kept.", said.retention),
            SectionOf("settings", "Settings", "Whatever else an installation needs.", said.settings),
        ),
    ),
    Chapter(
        "people", "People", (SectionOf("roles", "Roles", "Who does what, and what they are measured by.", said.roles),)
    ),
    Chapter(
        "journeys",
        "Journeys",
        (
            SectionOf("journeys", "Journeys", "The way of an account, stage by stage.", promises.journeys),
            SectionOf("handovers", "Hand-overs", "What one role writes down for another.", promises.handovers),
            SectionOf("deliverables", "Deliverables", "What is made for a client.", promises.deliverables),
            SectionOf("goals", "Goals", "What accounts set out to reach.", promises.goals),
        ),
    ),
    Chapter(
        "commitments",
        "Commitments",
        (SectionOf("commitments", "Commitments", "What is promised, and by when.", promises.commitments),),
    ),
    Chapter(
        "health",
        "Health",
        (
            SectionOf("scorecards", "Scorecards", "How an account is judged.", health.scorecards),
            SectionOf("measures", "Own measures", "Made from the measures of the catalogue.", health.measures),
            SectionOf("metrics", "Metrics", "Series of points per account.", health.metrics),
        ),
    ),
    Chapter(
        "signals",
        "Signals",
        (SectionOf("signals", "Signals", "What tells somebody, once it has held.", promises.signals),),
    ),
    Chapter(
        "playbooks",
        "Playbooks",
        (
            SectionOf("playbooks", "Playbooks", "What people do then.", promises.playbooks),
            SectionOf("escalations", "Escalations", "The way up of what nobody answers.", promises.escalations),
            SectionOf("templates", "Templates", "Drafts that a person reads before they go out.", promises.templates),
            SectionOf("tools", "Tools", "What other tools are asked to set up, and what they are told.", tools),
        ),
    ),
    Chapter(
        "meetings",
        "Meetings",
        (
            SectionOf("meetings", "Meetings", "Kinds of meeting with their agenda.", promises.meetings),
            SectionOf("reports", "Reports", "What a client is shown, and over which days.", promises.reports),
            SectionOf("surveys", "Surveys", "Questions that are asked together.", promises.surveys),
        ),
    ),
    Chapter(
        "kpis", "KPIs", (SectionOf("kpis", "KPIs", "The figures by which the team is judged, and why.", health.kpis),)
    ),
)
RULES = SectionOf(
    "raci", "Who may do what", "The rule of each act.", said.raci
)  # has a page of its own; found by search
UNREAD = frozenset({"practice"})  # scripts and rubrics: their assessors read them beside what was done
SECTIONS = {section.key: section for chapter in CHAPTERS for section in chapter.sections} | {"raci": RULES}


@dataclass(frozen=True)
class Shown:
    """A section with its entries."""

    section: SectionOf
    entries: Sequence[Entry]


def chapter_of(key: str) -> Chapter:
    """The chapter that an address names; the first where it names none."""
    return next((chapter for chapter in CHAPTERS if chapter.key == key), CHAPTERS[0])


def read(model: Model, chapter: Chapter) -> list[Shown]:
    """The sections of a chapter; those that the blueprint leaves out are left out."""
    speak = Speaker(model)
    drawn = (Shown(section, list(section.entries(model, speak))) for section in chapter.sections)
    return [each for each in drawn if each.entries]


def search(model: Model, words: str) -> list[Shown]:
    """Every part in which each of the words stands, by section."""
    speak = Speaker(model)
    drawn = (
        Shown(section, [entry for entry in section.entries(model, speak) if entry.holds(words)])
        for section in SECTIONS.values()
    )
    return [each for each in drawn if each.entries]


def entry_of(model: Model, section: str, key: str) -> Entry | None:
    """One part in words; None where there is none."""
    if section not in SECTIONS:
        return None
    return next((entry for entry in SECTIONS[section].entries(model, Speaker(model)) if entry.key == key), None)


def chapter_tabs(shown: str, version: str) -> list[Tab]:
    """The chapters, each with the address that shows it of the same version."""
    more = f"&version={version}" if version else ""
    return [Tab(each.label, f"?chapter={each.key}{more}", None, each.key == shown) for each in CHAPTERS]


def versions() -> QuerySet[BlueprintVersion]:
    """Every version without its model and its files."""
    return BlueprintVersion.objects.defer(*HEAVY)


def version_of(asked: str, as_of: date | None) -> BlueprintVersion:
    """The version that an address names, else the one in force on a day, else that in force now. Raises NoBlueprint."""
    rows = versions().order_by("-id")
    if asked.isdigit() and (found := rows.filter(pk=int(asked)).first()):
        return found
    newest: BlueprintVersion | None = None
    if as_of is not None:
        ended = datetime.combine(as_of + timedelta(days=1), time(), ZoneInfo(company_zone()))
        newest = rows.filter(applied_at__lt=ended).first() or rows.last()
    newest = newest or rows.first()
    if newest is None:
        raise NoBlueprint("No blueprint is applied yet.")
    return newest


def names_of(rows: Sequence[BlueprintVersion]) -> dict[str, str]:
    """Who applied these versions, by id."""
    ids = {row.applied_by_id for row in rows if row.applied_by_id}
    return dict(Person.objects.filter(pk__in=ids).values_list("pk", "name"))


def yaml_of(model: Model, section: str, key: str) -> str:
    """A part as YAML, with what it inherits and without what is the default."""
    held = getattr(model, section)
    part = held[key] if key else held
    value = part.model_dump(by_alias=True, exclude_defaults=True) if hasattr(part, "model_dump") else part
    writer = YAML()
    writer.default_flow_style = False
    writer.width = 100
    text = io.StringIO()
    writer.dump({section: {key: plain(value)} if key else plain(value)}, text)
    return text.getvalue()


@dataclass(frozen=True)
class Place:
    """Where a part stands in the files of its version."""

    file: str
    line: int


def places_of(files: Mapping[str, str], section: str, key: str) -> list[Place]:
    """The lines at which a part stands, the company's own file before those of what it extends."""
    return [Place(name, line) for name, text in files.items() if (line := _line_of(text, section, key))]


def _line_of(text: str, section: str, key: str) -> int:
    """The line of a key below its section, 0 where it is not there."""
    inside = False
    wanted = re.compile(rf"^ +[\"']?{re.escape(key)}[\"']?:")
    for number, line in enumerate(text.splitlines(), start=1):
        if line[:1] not in (" ", "#", ""):
            inside = line.startswith(f"{section}:")
            if inside and not key:
                return number
        elif inside and wanted.match(line):
            return number
    return 0


def history_of(section: str, key: str) -> Iterator[tuple[BlueprintVersion, str]]:
    """The versions in which a part came, changed or went, newest first."""
    rows = list(BlueprintVersion.objects.defer("files").order_by("-id")[:LOOKED_AT])
    texts = [_part(json.loads(row.model), section, key) for row in rows]
    for at, row in enumerate(rows):
        before = texts[at + 1] if at + 1 < len(rows) else None
        if texts[at] != before:
            yield row, "came" if before is None else "went" if texts[at] is None else "changed"


def _part(data: Mapping[str, Any], section: str, key: str) -> str | None:
    held = data.get(section)
    found = held.get(key) if key and isinstance(held, dict) else held
    return None if found is None else json.dumps(found)


def files_of(version: BlueprintVersion, *, whole: bool = True) -> dict[str, str]:
    """The files of a version: the company's own first, then those of the blueprints that it extends.

    What is not `whole` lacks the files that say what one practises on: they are for whoever may change a blueprint.
    """
    own = f"{version.folder}/"
    files = version.files.items() if whole else ((name, text) for name, text in version.files.items() if _is_read(text))
    return dict(sorted(files, key=lambda file: (not file[0].startswith(own), file[0])))


def _is_read(text: str) -> bool:
    return not any(line.startswith(f"{section}:") for line in text.splitlines() for section in UNREAD)


def archive_of(version: BlueprintVersion, *, whole: bool = True) -> bytes:
    """The files of a version as a zip archive, which can be handed in again."""
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, text in files_of(version, whole=whole).items():
            archive.writestr(name, text)
    return out.getvalue()


def address_of_part(section: str, key: str) -> str:
    return reverse("blueprint_part", args=[section, key]) if key else reverse("blueprint_section", args=[section])

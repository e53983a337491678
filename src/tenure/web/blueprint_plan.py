"""Changing the blueprint: drafts that are looked at, what they change in words, what they would do to live accounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db.models import Count
from django.utils.html import format_html

from tenure.base.errors import Forbidden, Refused
from tenure.blueprint.diff import Change, digest
from tenure.blueprint.model import Model
from tenure.blueprint.problems import Problem
from tenure.facts.engine import TimedOut
from tenure.identity import access, blueprints
from tenure.identity.actor import Actor
from tenure.identity.blueprints import BlueprintVersion
from tenure.identity.company import roll_back_blueprint
from tenure.identity.people import Membership, current
from tenure.pipeline.home import Folder, read_folder, shipped
from tenure.pipeline.lake import lake
from tenure.pipeline.plan import ClockMove, Plan, Rescored, SignalMove, apply, plan
from tenure.web import times, wording
from tenure.web.actors import zone_of
from tenure.web.archives import blueprint_in
from tenure.web.blueprint_page import SECTIONS, UNREAD
from tenure.web.uploads import LASTS, Stage

SALT = "tenure.draft"
UNPACKED = "blueprint"
NAMED = 50  # accounts that a list of effects names


@dataclass(frozen=True)
class Draft:
    """A blueprint that is looked at before it is applied: its model, its files, and where it came from."""

    kind: str  # shipped, staged or version
    name: str
    model: Model
    files: dict[str, str]
    stage: Stage | None = None

    @property
    def is_rollback(self) -> bool:
        return self.kind == "version"

    @property
    def changes_nothing(self) -> bool:
        return digest(self.model) == digest(blueprints.in_force())


def token_of(kind: str, name: str) -> str:
    """What an address says of a draft. It names nothing that was not chosen or handed in."""
    return signing.dumps([kind, name], salt=SALT)


def access_draft(token: str) -> Draft:
    """The draft that a token names. Raises Refused where it is too old, BlueprintErrors where it has mistakes.

    Whoever may look at plans may look at a colleague's: the address can be passed on for as long as the draft lasts.
    """
    try:
        kind, name = signing.loads(token, salt=SALT, max_age=LASTS)
    except (signing.BadSignature, ValueError):
        raise _gone() from None
    if kind == "version":
        return _of_version(name)
    if kind == "shipped" and name in shipped():
        return _of_folder(kind, read_folder(name), None)
    stage = Stage(name, "")
    if kind != "staged" or not stage.folder.is_dir():
        raise _gone()
    return read_staged(stage)


def _gone() -> Refused:
    return Refused("too_old", "What was handed in is kept for a day and is gone. Hand it in again.")


def read_staged(stage: Stage) -> Draft:
    """The blueprint that was unpacked into a stage. Raises BlueprintErrors with every mistake."""
    place = stage.folder / UNPACKED
    return _of_folder("staged", read_folder(str(blueprint_in(place)), beside=(place,)), stage)


def _of_folder(kind: str, folder: Folder, stage: Stage | None) -> Draft:
    return Draft(kind, folder.name, folder.model, folder.files, stage)


def no_version(number: int) -> Forbidden:
    """What is said of a version that there is not."""
    return Forbidden("blueprint.view", f"There is no version {number}.", hidden=True)


def _of_version(number: str) -> Draft:
    found = BlueprintVersion.objects.filter(pk=number).first()
    if found is None:
        raise _gone()
    return Draft("version", number, blueprints.at(found.pk), found.files)


def put_in_force(draft: Draft, actor: Actor, *, note: str, reterm: bool) -> Any:
    """Apply a draft; an earlier version is rolled back to."""
    if draft.is_rollback:
        return roll_back_blueprint(to=int(draft.name), reterm=reterm, actor=actor)
    return apply(draft.model, draft.files, actor, folder=draft.name, note=note, reterm=reterm)


@dataclass(frozen=True)
class ProblemLine:
    """A mistake with its place and the line of the file."""

    place: str
    where: str
    words: str
    line: str


def problem_lines(problems: Sequence[Problem], stage: Stage) -> list[ProblemLine]:
    """Mistakes as they stand in the files that were handed in."""
    texts: dict[str, list[str]] = {}
    found = []
    for each in problems:
        path = stage.folder / UNPACKED / each.file
        if each.file not in texts:
            texts[each.file] = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
        lines = texts[each.file]
        hint = f" Did you mean “{each.nearest}”?" if each.nearest else ""
        expected = f" Expected: {each.expected}." if each.expected else ""
        line = lines[each.line - 1].strip()[:160] if 0 < each.line <= len(lines) else ""
        words = f"{each.message[:1].upper()}{each.message[1:]}.{expected}{hint}"
        found.append(ProblemLine(f"{each.file}:{each.line}:{each.column}", each.path, words, line))
    return found


@dataclass(frozen=True)
class ChangeLine:
    """One difference in words."""

    where: str
    kind: str  # added, removed or changed
    before: str
    after: str
    risks: Sequence[str]


@dataclass(frozen=True)
class ChangesOf:
    """The differences of one section."""

    label: str
    lines: Sequence[ChangeLine]


def changes_by_section(changes: Iterable[Change], old: Model, new: Model) -> list[ChangesOf]:
    """Differences by section, in the order of the model."""
    grouped: dict[str, list[ChangeLine]] = {}
    for change in changes:
        grouped.setdefault(change.section, []).append(_line(change, old, new))
    return [ChangesOf(_label_of(key), lines) for key, lines in grouped.items()]


def _label_of(section: str) -> str:
    return SECTIONS[section].label if section in SECTIONS else section.capitalize()


def _line(change: Change, old: Model, new: Model) -> ChangeLine:
    label = next(filter(None, (_label(model, change.section, change.key) for model in (new, old))), change.key)
    path = "" if change.section in UNREAD else change.path
    where = " · ".join(filter(None, (label, path.replace(".", " · ").replace("_", " "))))
    # Of what one practises on pages say that it changed, and not what it says: whoever reads them may be next.
    is_whole = not change.path or change.section in UNREAD
    before = "" if is_whole or change.kind == "added" else shown(change.before)
    after = "" if is_whole or change.kind == "removed" else shown(change.after)
    return ChangeLine(where or _label_of(change.section), change.kind, before, after, change.risks)


def _label(model: Model, section: str, key: str) -> str:
    held = getattr(model, section)
    part = held.get(key) if key and isinstance(held, dict) else None
    return str(getattr(part, "label", "") or (key if part is not None else ""))


def shown(value: Any) -> str:
    """A value of a difference on one line."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case str():
            text = " ".join(value.split())
            return text if len(text) <= 160 else f"{text[:159]}…"
        case list():
            return ", ".join(shown(each) for each in value) or "none"
        case dict():
            said = (f"{name} {shown(each)}" for name, each in value.items() if each not in (None, "", [], {}))
            return "; ".join(said)
        case _:
            return str(value)


def warnings(model: Model, actor: Actor) -> Iterator[str]:
    """What people would lose by a model: roles that somebody holds and that go, and the right to change it again."""
    held = Membership.objects.filter(current(actor.day), person__is_active=True)
    for role, number in (
        held.exclude(role__in=model.roles).values_list("role").annotate(n=Count("person")).order_by("role")
    ):
        label = actor.model.roles[role].label if role in actor.model.roles else role
        holds = "1 person holds" if number == 1 else f"{number} people hold"
        yield f"{holds} the role “{label}”, which goes. They could do nothing until they are given another one."
    found = access.rule_for(model, "blueprint.apply")
    doers = {found[1].accountable, *found[1].responsible} if found else set()
    if not held.filter(role__in=doers & set(model.roles)).exists():
        yield "Nobody who is here could apply a blueprint afterwards. Only the command line could."


@dataclass(frozen=True)
class Effect:
    """One thing that would happen, on how many accounts, and the ones that the reader may know of."""

    label: str
    count: int
    lines: Sequence[tuple[str, str, str]]  # account id, its name, what happens to it
    more: int


@dataclass(frozen=True)
class Effects:
    """What a draft would do to what is live; `failed` says in words why it cannot be said."""

    plan: Plan | None = None
    effects: Sequence[Effect] = ()
    failed: str = ""


def effects_of(draft: Draft, actor: Actor, *, reterm: bool) -> Effects:
    """What putting a draft in force would do now. It reads measures, so it takes some seconds."""
    try:
        with lake(writes=False) as opened:
            found = plan(opened, draft.model, reterm=reterm)
    except TimedOut:
        return Effects(
            failed="There is too much data to work this out while a page waits. `tenure blueprint plan` says it."
        )
    anchors = access.reachable(actor, "account.view")
    known = None if anchors is None else set(anchors.values_list("pk", flat=True))
    return Effects(found, [effect for effect in _effects(found, draft.model, known, actor) if effect.count])


def _effects(found: Plan, draft: Model, known: set[str] | None, actor: Actor) -> Iterator[Effect]:
    """What would happen, each kind with its words for one account and for several."""

    def effect(one: str, many: str, rows: list[tuple[str, str, str]]) -> Effect:
        seen = [row for row in rows if known is None or row[0] in known]
        return Effect(one if len(rows) == 1 else many, len(rows), seen[:NAMED], len(rows) - len(seen[:NAMED]))

    zone = zone_of(actor)
    banded = [(each.account_id, each.account, _banded(each)) for each in found.scores]
    yield effect("changes its band", "change their band", banded)
    for kind, one, many in (
        ("opens", "promise opens", "promises open"),
        ("closes", "promise closes", "promises close"),
        ("moves", "running promise gets another time", "running promises get another time"),
        ("runs_on", "running promise keeps its old terms", "running promises keep their old terms"),
    ):
        moves = [move for move in found.clocks if move.kind == kind]
        yield effect(one, many, [(move.account_id, move.account, _clock(move, draft, zone)) for move in moves])
    for kind, one, many in (
        ("fires", "signal fires", "signals fire"),
        ("pending", "signal begins to wait", "signals begin to wait"),
        ("resolves", "signal is over", "signals are over"),
    ):
        turned = [move for move in found.signals if move.kind == kind]
        yield effect(one, many, [(move.account_id, move.account, _signal(move, draft)) for move in turned])
    books = actor.model.playbooks  # what stops may not stand in the draft any more
    stops = [(each.account_id, each.account, _named(books, each.playbook)) for each in found.plays]
    yield effect("play stops", "plays stop", stops)
    kept = [(each.account_id, each.account, _named(draft.journeys, each.journey)) for each in found.journeys]
    yield effect("journey keeps its checklist", "journeys keep their checklist", kept)
    # A number alone: whoever reads plans may not see the people whom it counts.
    for ending in found.endings:
        yield Effect(f"{ending.words}; nothing brings them back", ending.tonight, (), 0)


def _named(words: Mapping[str, Any], key: str) -> str:
    return words[key].label if key in words else key


def _banded(change: Rescored) -> str:
    before, after = _score(change.score_before), _score(change.score_after)
    if before == after:
        return f"{before}: {change.before} → {change.after}"
    return f"{before} {change.before} → {after} {change.after}"


def _score(value: Any) -> str:
    return "unknown" if value is None else wording.number(value)


def _clock(move: ClockMove, model: Model, zone: str) -> str:
    label = _named(model.commitments, move.rule)
    if move.kind != "moves":
        return label
    due = (
        format_html("due {}", times.tag(at, zone, "at")) if at else "paused" for at in (move.due_before, move.due_after)
    )
    return format_html("{}: {} → {}", label, *due)


def _signal(move: SignalMove, model: Model) -> str:
    return _named(model.signals, move.rule)

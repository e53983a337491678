"""A home is made once: its tables, the company with its first blueprint, and the first person who can let others in."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.core.management import call_command

from tenure.base.errors import Refused
from tenure.blueprint.loader import load
from tenure.blueprint.model import Model
from tenure.identity import access
from tenure.identity.actor import Actor
from tenure.identity.blueprints import BlueprintVersion
from tenure.identity.company import install
from tenure.identity.people import Person
from tenure.identity.staff import invite_person
from tenure.pipeline.vocabulary import vocabulary

PACKAGE = Path(__file__).resolve().parent.parent
SHIPPED = (PACKAGE / "blueprints", PACKAGE.parent.parent / "blueprints")  # in a wheel, in a checkout
_EXTENDS = re.compile(r"^extends:\s*([a-z0-9][a-z0-9_-]*)", re.MULTILINE)


@dataclass(frozen=True)
class Folder:
    """A blueprint as it was read: the model, and the text of its files and of those that it extends."""

    path: Path
    model: Model
    files: dict[str, str]

    @property
    def name(self) -> str:
        return self.path.name


def shipped() -> list[str]:
    """The names of the blueprints that come with Tenure."""
    return sorted({file.parent.name for place in SHIPPED for file in place.glob("*/company.yaml")})


def find_folder(given: str) -> Path:
    """The folder of a blueprint, by its path or by the name of a shipped one. Raises Refused where there is none."""
    for candidate in (Path(given), *(place / given for place in SHIPPED)):
        if (candidate / "company.yaml").is_file():
            return candidate.resolve()
    raise Refused(
        "no_blueprint", f"There is no blueprint “{given}”; a folder with company.yaml, or {', '.join(shipped())}."
    )


def read_folder(given: str, *, beside: Sequence[Path] = ()) -> Folder:
    """Read and check a blueprint against everything that the rooms know. Raises BlueprintErrors with every mistake.

    What it extends is looked for in the folders of `beside` before those that come with Tenure.
    """
    path = find_folder(given)
    search = (*beside, *SHIPPED)
    model = load(path, search=search, vocabulary=vocabulary())
    return Folder(path, model, _texts(path, search))


def _texts(folder: Path, search: Sequence[Path]) -> dict[str, str]:
    """The files of a blueprint and of those that it extends, by ``folder/file``."""
    files: dict[str, str] = {}
    current: Path | None = folder
    while current is not None and f"{current.name}/company.yaml" not in files:
        files |= {f"{current.name}/{path.name}": path.read_text() for path in sorted(current.glob("*.yaml"))}
        found = _EXTENDS.search(files[f"{current.name}/company.yaml"])
        places = [*search, current.parent]
        current = (
            next((p / found[1] for p in places if (p / found[1] / "company.yaml").is_file()), None) if found else None
        )
    return files


def migrate() -> None:
    """Bring the database's tables up to this version."""
    call_command("migrate", verbosity=0, interactive=False)


def make_home(given: str) -> BlueprintVersion:
    """Make the tables, check the blueprint, and put it in force. Raises Refused where the home has one already."""
    migrate()
    folder = read_folder(given)
    return install(folder.model, files=folder.files, folder=folder.name)


def first_person(name: str, email: str) -> tuple[Person, str]:
    """Let the first person in, in the role that answers for inviting others; returns them with a password."""
    actor = Actor.machine("init")
    rule = access.rule_for(actor.model, "person.invite")
    if rule is None:
        raise Refused("nobody_invites", "No rule of the blueprint lets anyone invite people (raci.person.invite).")
    if Person.objects.filter(memberships__isnull=False).exists():
        raise Refused("has_people", "This home has people already; whoever may invites the next.")
    person = invite_person(name=name, email=email, role=rule[1].accountable, actor=actor)
    password = secrets.token_urlsafe(12)
    person.set_password(password)
    person.save(update_fields=["password"])
    return person, password

"""The commands of a home: make it, run its pipeline, check and apply blueprints, score, and say what is wrong."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click

if TYPE_CHECKING:
    from tenure.identity.actor import Actor

P = ParamSpec("P")
T = TypeVar("T")


def with_django(function: Callable[P, T]) -> Callable[P, T]:
    """Load the rooms first, and tell what people can mend as sentences rather than as traces."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tenure.settings")
        import django

        django.setup()
        from tenure.base.errors import Forbidden, Refused
        from tenure.blueprint.problems import BlueprintErrors
        from tenure.identity.blueprints import NoBlueprint
        from tenure.pipeline.lease import LeaseTaken

        try:
            return function(*args, **kwargs)
        except BlueprintErrors as errors:
            click.echo(str(errors), err=True)
            sys.exit(1)
        except (Refused, Forbidden, NoBlueprint, LeaseTaken) as error:
            raise click.ClickException(str(error)) from error

    return run


def _actor(email: str | None) -> Actor:
    """Who acts from the command line: the named person under their own rights, else whoever runs the machine."""
    from tenure.base.errors import Refused
    from tenure.identity.actor import Actor
    from tenure.identity.people import Person

    if email is None:
        return Actor.machine("command line")
    found = Person.objects.filter(email__iexact=email, is_active=True).first()
    if found is None:
        raise Refused("unknown_person", f"Nobody here signs in as {email}.")
    return Actor.of(found)


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)


@click.command()
@click.option("--blueprint", default="saas", show_default=True, help="A folder, or the name of a shipped blueprint.")
@click.option("--name", help="The name of the first person.")
@click.option("--email", help="The address with which the first person signs in.")
@with_django
def init(blueprint: str, name: str | None, email: str | None) -> None:
    """Make a home: its tables, its blueprint, and the first person who lets others in."""
    from tenure.pipeline.home import first_person, make_home

    version = make_home(blueprint)
    click.echo(f"This home runs the blueprint “{version.folder}”.")
    if email:
        person, password = first_person(name or email.partition("@")[0].capitalize(), email)
        click.echo(f"{person.name} signs in as {email} with the password {password} and changes it there.")
    else:
        click.echo("Nobody can sign in yet; run `tenure init-person --email ADDRESS`.")


@click.command("init-person")
@click.option("--name", help="Their name.")
@click.option("--email", required=True, help="The address with which they sign in.")
@with_django
def init_person(name: str | None, email: str) -> None:
    """Let the first person in, who lets others in."""
    from tenure.pipeline.home import first_person

    person, password = first_person(name or email.partition("@")[0].capitalize(), email)
    click.echo(f"{person.name} signs in as {email} with the password {password} and changes it there.")


@click.command()
@with_django
def work() -> None:
    """Run the pipeline: intake, promises, signals, plays, and the nights. One process per home."""
    from tenure.pipeline.home import migrate
    from tenure.pipeline.process import run_forever

    migrate()
    run_forever()


@click.command()
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="A past day, scored by what was known then.")
@click.option("--blueprint", help="Score under another blueprint than the day's own; with --as-of.")
@with_django
def score(as_of: datetime | None, blueprint: str | None) -> None:
    """Score every account now, or as of a past day."""
    from tenure.pipeline import reports

    if as_of is None:
        if blueprint:
            raise click.UsageError("--blueprint goes with --as-of; `tenure blueprint plan` says what it would do now.")
        _say(reports.score_now())
    else:
        _say(reports.score_as_of(as_of.date(), blueprint))


@click.command()
@with_django
def doctor() -> None:
    """Say what is missing, late or slow in this home, and the mend."""
    from tenure.pipeline.doctor import examine

    findings = examine()
    for finding in findings:
        click.echo(f"{'ok  ' if finding.is_well else 'MEND'} {finding.name}: {finding.says}")
        if finding.mend:
            click.echo(f"       {finding.mend}")
    sys.exit(0 if all(finding.is_well for finding in findings) else 1)


@click.group()
def blueprint() -> None:
    """Check, plan and apply operating models, and go back to earlier ones."""


@blueprint.command("check")
@click.argument("folder")
@with_django
def blueprint_check(folder: str) -> None:
    """Say every mistake of a blueprint, each with its file and line."""
    from tenure.pipeline.home import read_folder

    read = read_folder(folder)
    click.echo(f"{read.model.company.name}: sound. {len(read.files)} files.")


@blueprint.command("plan")
@click.argument("folder")
@click.option("--reterm", is_flag=True, help="Running promises take the new terms.")
@with_django
def blueprint_plan(folder: str, reterm: bool) -> None:
    """Say what a blueprint would change, in definitions and in what is live. Nothing is written."""
    from tenure.pipeline.home import read_folder
    from tenure.pipeline.lake import lake
    from tenure.pipeline.plan import plan

    read = read_folder(folder)
    with lake() as opened:
        _say(plan(opened, read.model, reterm=reterm).lines())


@blueprint.command("apply")
@click.argument("folder")
@click.option("--note", default="", help="Why, for the history.")
@click.option("--reterm", is_flag=True, help="Running promises take the new terms.")
@click.option("--as", "email", help="Act as this person, under their rights.")
@with_django
def blueprint_apply(folder: str, note: str, reterm: bool, email: str | None) -> None:
    """Put a blueprint in force, in one transaction."""
    from tenure.pipeline.home import read_folder
    from tenure.pipeline.plan import apply

    read = read_folder(folder)
    version = apply(read.model, read.files, _actor(email), folder=read.name, note=note, reterm=reterm)
    click.echo(f"Version {version.pk} is in force.")


@blueprint.command("history")
@with_django
def blueprint_history() -> None:
    """List the versions, newest first."""
    from tenure.pipeline import reports

    _say(reports.blueprint_history())


@blueprint.command("rollback")
@click.argument("to", type=int)
@click.option("--reterm", is_flag=True, help="Running promises take the terms of that version.")
@click.option("--as", "email", help="Act as this person, under their rights.")
@with_django
def blueprint_rollback(to: int, reterm: bool, email: str | None) -> None:
    """Put an earlier version in force again, as a new one."""
    from tenure.identity.company import roll_back_blueprint

    version: Any = roll_back_blueprint(to=to, reterm=reterm, actor=_actor(email))
    click.echo(f"Version {version.pk} is in force: version {to} again.")


def ship_imports() -> str:
    """After an import: hand its rows on and score, or say who will."""
    from tenure.pipeline import reports
    from tenure.pipeline.lease import LeaseTaken

    try:
        return "\n".join(reports.score_now())
    except LeaseTaken:
        return "`tenure work` is running and takes it from here."


COMMANDS = (init, init_person, work, score, doctor, blueprint)

"""``tenure simulate BLUEPRINT --out DIR`` and ``tenure demo [company]``."""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from tenure.pipeline.commands import with_django

if TYPE_CHECKING:
    from tenure.simulation.filling import Filled


@click.command()
@click.argument("blueprint")
@click.option(
    "--accounts", default=30, show_default=True, type=click.IntRange(1, 100_000), help="How many customers come."
)
@click.option("--days", default=182, show_default=True, type=click.IntRange(2, 3_660), help="How many days are lived.")
@click.option("--seed", default=1, show_default=True, help="The same seed tells the same story.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day; yesterday where none is given.")
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="An empty folder: the new home."
)
@click.option(
    "--weekly-nights",
    is_flag=True,
    help="Run few nights of long ago: quicker.",
)
def simulate(
    blueprint: str, accounts: int, days: int, seed: int, until: datetime | None, out: Path, weekly_nights: bool
) -> None:
    """Make a home of its own in which a company of BLUEPRINT has lived, with the truth beside it."""
    if out.exists() and any(out.iterdir()):
        raise click.ClickException(f"{out} is not empty; name an empty folder.")
    out.mkdir(parents=True, exist_ok=True)
    os.environ["TENURE_HOME"] = str(out.resolve())
    for name in ("TENURE_DATABASE_URL", "TENURE_LAKE_URL", "TENURE_WAREHOUSE"):
        os.environ.pop(name, None)
    os.environ.setdefault("TENURE_LOG", "WARNING")
    _simulate(blueprint, accounts, days, seed, until, out, weekly_nights)


@with_django
def _simulate(
    blueprint: str, accounts: int, days: int, seed: int, until: datetime | None, out: Path, weekly_nights: bool
) -> None:
    from tenure.pipeline.home import read_folder
    from tenure.simulation.filling import Wanted, fill

    zone = read_folder(blueprint).model.company.zone
    last = until.date() if until else yesterday(zone)
    if last > yesterday(zone):
        raise click.ClickException(
            f"{last.isoformat()} is not over yet; the last day is {yesterday(zone).isoformat()}."
        )
    wanted = Wanted(blueprint, accounts, days, seed, last, daily_nights=28 if weekly_nights else None)
    began = time.monotonic()
    filled = fill(wanted, out, _progress)
    click.echo("", err=True)
    for line in told(filled, time.monotonic() - began):
        click.echo(line)
    for line in _detected(out, zone):
        click.echo(line)


def yesterday(zone: str) -> date:
    return datetime.now(UTC).astimezone(ZoneInfo(zone)).date() - timedelta(days=1)


def _progress(day: date, number: int, days: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{day.isoformat()}  day {number} of {days}", nl=False, err=True)


def told(filled: Filled, seconds: float) -> list[str]:
    """What came of a simulation, in lines."""
    facts = sum(filled.facts.values())
    lines = [
        f"{filled.accounts} accounts, {filled.acts:,} acts, {facts:,} facts, {filled.nights} nights in {seconds:.1f} s",
        "  lake: " + ", ".join(f"{count:,} {table}" for table, count in sorted(filled.rows.items())),
    ]
    lines += [f"  {count:8,}  {kind}" for kind, count in sorted(filled.facts.items())]
    if filled.refusals:
        lines.append("Refused, as happens to people:")
        lines += [f"  {count:8,}  {what}" for what, count in sorted(filled.refusals.items())]
    return lines


def _detected(out: Path, zone: str) -> list[str]:
    from tenure.simulation.detection import detect, read_lines
    from tenure.simulation.filling import LEDGER, TRUTH

    found = detect(read_lines(out / TRUTH), read_lines(out / LEDGER), zone)
    lines = ["Signal                    planted  found  fired  right  decoys  fooled  median days"]
    for rule, each in found.items():
        days = "" if each.days is None else f"{each.days:.0f}"
        lines.append(
            f"{rule:26}{each.planted:7}{each.found:7}{each.fired:7}{each.right:7}{each.decoys:8}{each.fooled:8}{days:>13}"
        )
    return lines


@click.command()
@click.argument("company", default="r7-creative")
@click.option("--port", default=8000, show_default=True, envvar="PORT", help="The port of the pages.")
@click.option("--accounts", default=28, show_default=True, type=click.IntRange(8, 500), help="How many customers.")
@click.option("--days", default=182, show_default=True, type=click.IntRange(60, 730), help="How many days have passed.")
def demo(company: str, port: int, accounts: int, days: int) -> None:
    """Fill an empty home with a simulated company, and serve it with one-click sign-in."""
    os.environ["TENURE_DEMO"] = "1"
    os.environ.setdefault("TENURE_LOG", "WARNING")
    _demo(company, port, accounts, days)


@with_django
def _demo(company: str, port: int, accounts: int, days: int) -> None:
    from tenure.simulation import demo as demonstration

    with demonstration.Processes(port) as processes:
        filled = demonstration.make_ready(company, accounts, days, _progress, processes.show)
        if filled is not None:
            facts = sum(filled.facts.values())
            click.echo(f"A company of {filled.accounts} accounts has lived {days} days: {facts:,} facts.")
        sys.exit(processes.run(lambda at: click.echo(f"Open {at} and step in as anyone. Ctrl-C stops.")))


@click.command()
@click.argument("company", default="r7-creative")
@click.option("--home", type=click.Path(file_okay=False, path_type=Path), help="Its folder; beside the real home else.")
@click.option("--port", default=8010, show_default=True, envvar="PORT", help="The port of the pages.")
@click.option("--email", help="The address of an assessor who is to be let in.")
@click.option("--name", help="Their name.")
@click.option("--prepare", is_flag=True, help="Make the home and serve nothing.")
def practice(company: str, home: Path | None, port: int, email: str | None, name: str | None, prepare: bool) -> None:
    """Make a home to practise in, apart from the real one, and serve it: candidates and new people work there."""
    from tenure.base.errors import Refused
    from tenure.simulation.ground import claim, place_beside

    real = Path(os.environ.get("TENURE_HOME", "var"))
    try:
        claim((home or place_beside(real)).expanduser().resolve())
    except Refused as refusal:
        raise click.ClickException(refusal.message) from refusal
    os.environ.setdefault("TENURE_LOG", "WARNING")
    os.environ.setdefault("TENURE_URL", f"http://127.0.0.1:{port}")
    _practice(company, port, email, name, prepare)


@with_django
def _practice(company: str, port: int, email: str | None, name: str | None, prepare: bool) -> None:
    from tenure.simulation import practice as ground
    from tenure.simulation.demo import Processes

    ground.make_ready(company)
    if email:
        person, password = ground.let_assessor_in(name or email.partition("@")[0].capitalize(), email)
        if password:
            click.echo(f"{person.name} signs in as {email} with the password {password} and changes it there.")
    elif not ground.has_assessor():
        raise click.UsageError("Nobody can sign in yet: name the first assessor with --email ADDRESS.")
    if not prepare:
        with Processes(port, step_in=False) as processes:
            sys.exit(processes.run(lambda at: click.echo(f"Practise at {at}. Ctrl-C stops.")))


COMMANDS = (simulate, demo, practice)

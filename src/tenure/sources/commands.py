"""``tenure import MAPPING FILE... [--preview]`` and ``tenure import undo ID``."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from tenure.sources.imports import Import

Ship = Callable[[], str]  # hands what waits to the lake, or says who will


class _Import(click.Group):
    """A group whose commands may be left out: whatever is no command is a mapping to import by."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        return super().resolve_command(ctx, args if args[:1] and args[0] in self.commands else ["run", *args])

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, "MAPPING FILE... [--preview]")
        formatter.write_usage(ctx.command_path, "undo ID [--keep]")


def import_group(ship: Ship) -> click.Group:
    """The commands of imports. `ship` is called once an import is through, to hand its rows to the lake."""

    @click.group("import", cls=_Import)
    def group() -> None:
        """Import files by a mapping, or undo an import."""

    @group.command("run", hidden=True)
    @click.argument("mapping", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--preview", is_flag=True, help="Show what would be imported, and write nothing.")
    def run(mapping: Path, files: tuple[Path, ...], preview: bool) -> None:
        """Import FILES by MAPPING."""
        _prepare_django()
        _run(mapping, files, preview, ship)

    @group.command("undo")
    @click.argument("import_id", metavar="ID")
    @click.option("--keep", is_flag=True, help="Leave the rows on which people have built since, and undo the rest.")
    def undo(import_id: str, keep: bool) -> None:
        """Take back everything that an import brought."""
        _prepare_django()
        _undo(import_id, keep, ship)

    return group


def _prepare_django() -> None:
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tenure.settings")
    django.setup()


def _run(path: Path, files: tuple[Path, ...], preview: bool, ship: Ship) -> None:
    from tenure.base.errors import Refused
    from tenure.identity.actor import Actor
    from tenure.sources.importing import GivenFile, load, look, prepare, running_like, start_import
    from tenure.sources.mapping.loading import MappingRefused

    actor = Actor.machine("command line")
    given = [GivenFile.at(file) for file in files]
    try:
        loaded = load(path)
        if preview:
            for line in _preview_lines(look(loaded, given)):
                click.echo(line)
            return
        imported = running_like(loaded, given)
        if imported is not None:
            click.echo(f"Going on with import {imported.pk}.")
        else:
            imported = start_import(prepare(loaded, given, actor, mapping_name=path.name), actor=actor)
    except (MappingRefused, Refused) as refusal:
        raise click.ClickException(str(refusal)) from refusal
    _to_the_end(imported)
    for line in _result_lines(imported):
        click.echo(line)
    click.echo(ship())
    if imported.error:
        raise click.ClickException(imported.error)


def _to_the_end(imported: Import) -> None:
    """Run an import, and tell how far it is; where another process runs it, wait for that one."""
    from tenure.sources.engine.running import Overtaken, run_import

    started = last = time.monotonic()
    while True:
        try:
            at_end = run_import(imported, seconds=1)
        except Overtaken:
            time.sleep(0.5)
            imported.refresh_from_db()
            at_end = imported.status != imported.Status.RUNNING
        if time.monotonic() - last > 5 and not at_end:
            last = time.monotonic()
            rows = imported.totals["read"]
            click.echo(f"{rows:,} rows, {rows / (last - started):,.0f} a second", err=True)
        if at_end:
            return


def _undo(import_id: str, keep: bool, ship: Ship) -> None:
    from tenure.base.errors import Refused
    from tenure.identity.actor import Actor
    from tenure.sources.engine.undoing import run_undo
    from tenure.sources.importing import undo_import
    from tenure.sources.imports import Import

    imported = Import.objects.filter(pk=import_id.strip().lower()).first()
    if imported is None:
        raise click.ClickException(f"There is no import {import_id}.")
    try:
        if imported.status != Import.Status.UNDOING:
            imported = undo_import(imported, keep=keep, actor=Actor.machine("command line"))
    except Refused as refusal:
        raise click.ClickException(f"{refusal} (--keep)" if refusal.field == "keep" else str(refusal)) from refusal
    run_undo(imported)
    undone = imported.progress["undo"]
    click.echo(f"Undone: {undone['rows']:,} rows gone, {undone['facts']:,} facts retracted.")
    if imported.progress["kept"]:
        click.echo(f"Kept, since people have built on them: {len(set(imported.progress['kept'])):,} rows.")
    click.echo(ship())


def _preview_lines(seen: dict[str, Any]) -> list[str]:
    lines = []
    for key, file in seen["files"].items():
        lines.append(f"{key}: {file['name']}")
        lines.append("  " + _counted(file["counts"]))
        if file["ignored"]:
            lines.append(f"  columns that nobody reads: {', '.join(file['ignored'])}")
        for finding in file["findings"].values():
            count = "not checked: its file was not given" if finding.get("is_unchecked") else f"{finding['count']:,}"
            lines.append(f"  {finding['severity']}: {finding['label']}: {count}")
            lines += [f"    line {sample['line']}: {sample['message']}" for sample in finding["samples"][:2]]
    return [*lines, "Nothing was written."]


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items() if count or name == "read")


def _result_lines(imported: Import) -> list[str]:
    from tenure.sources.imports import Finding

    lines = [f"Import {imported.pk} is {imported.get_status_display().lower()}."]
    lines += [f"{file}: {_counted(counts)}" for file, counts in imported.counts.items() if "." not in file]
    for finding in Finding.objects.filter(made_by=imported).order_by("file", "-count"):
        count = "not checked: its file was not given" if finding.is_unchecked else f"{finding.count:,}"
        lines.append(f"  {finding.severity}: {finding.file}: {finding.label}: {count}")
    return lines

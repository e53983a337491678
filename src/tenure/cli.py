"""The command line: ``tenure …``."""

import os
import sys

import click

from tenure.pipeline import commands
from tenure.simulation import commands as simulation
from tenure.sources.commands import import_group


@click.group()
@click.version_option(package_name="tenure")
def main() -> None:
    """Run a company's customer-success operating model from one folder of files."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tenure.settings")


for _command in (*commands.COMMANDS, *simulation.COMMANDS):
    main.add_command(_command)
main.add_command(import_group(commands.ship_imports))


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, envvar="PORT", help="The port to listen on.")
@click.option("--workers", default=2, show_default=True, help="Processes that answer requests.")
@commands.with_django
def serve(host: str, port: int, workers: int) -> None:
    """Serve the pages. `tenure work` runs beside it."""
    from tenure.web.serving import serve as answer

    answer(host, port, workers)


@main.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def django(arguments: tuple[str, ...]) -> None:
    """Run one of Django's own commands, such as `migrate`."""
    from django.core.management import execute_from_command_line

    execute_from_command_line(["tenure", *arguments])


if __name__ == "__main__":
    sys.exit(main())

"""The command line: ``tenure …``."""

import os
import sys

import click


@click.group()
@click.version_option(package_name="tenure")
def main() -> None:
    """Run a company's customer-success operating model from one folder of files."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tenure.settings")


@main.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def django(arguments: tuple[str, ...]) -> None:
    """Run one of Django's own commands, such as `migrate`."""
    from django.core.management import execute_from_command_line

    execute_from_command_line(["tenure", *arguments])


if __name__ == "__main__":
    sys.exit(main())

"""An empty database gets its tables at once; they are the tables that the migrations make step by step."""

import sqlite3
from pathlib import Path

import pytest
from django.core.management import BaseCommand, call_command
from django.core.management.commands import migrate as step_by_step
from django.db import connections

from tenure.pipeline.management.commands import migrate as at_once


@pytest.fixture
def in_empty(tmp_path: Path, django_db_blocker):
    """Runs a `migrate` on a database of its own that nothing was ever made in, as the default one; returns its file."""
    usual = connections["default"]

    def run(command: BaseCommand, name: str, *arguments: str) -> Path:
        path = tmp_path / f"{name}.sqlite3"
        own = connections.create_connection("default")
        own.settings_dict = {**own.settings_dict, "NAME": path}
        connections["default"] = own
        try:
            with django_db_blocker.unblock():
                call_command(command, *arguments, verbosity=0, interactive=False)
        finally:
            own.close()
            connections["default"] = usual
        return path

    return run


def schema_of(path: Path) -> dict[tuple[str, str], object]:
    """Every table with its columns in whatever order, and every index and trigger."""
    with sqlite3.connect(path) as connection:
        found: dict[tuple[str, str], object] = {}
        for kind, name, sql in connection.execute("SELECT type, name, sql FROM sqlite_master"):
            found[kind, name] = sorted(_parts(sql)) if kind == "table" else sql
        found["rows", "migrations"] = sorted(connection.execute("SELECT app, name FROM django_migrations"))
        found["rows", "types"] = sorted(connection.execute("SELECT app_label, model FROM django_content_type"))
    return found


def _parts(sql: str) -> list[str]:
    """What stands between the outer brackets of CREATE TABLE, at the commas that are in no other brackets."""
    parts, depth = [""], 0
    for character in sql[sql.index("(") + 1 : sql.rindex(")")]:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


@pytest.mark.requirement("R-01")
def test_tables_made_at_once_are_those_that_the_migrations_make(in_empty) -> None:
    quick = in_empty(at_once.Command(), "quick")
    in_empty(at_once.Command(), "quick", "--check")  # which ends the process with 1 where a step is left to be done
    made = schema_of(quick)
    assert made == schema_of(in_empty(step_by_step.Command(), "slow"))
    assert ("trigger", "ledger_refuses_update") in made


def test_a_database_with_tables_goes_through_its_steps(in_empty, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "old.sqlite3") as connection:
        connection.execute("CREATE TABLE somebody (id integer)")
    path = in_empty(at_once.Command(), "old", "contenttypes", "0001")
    with sqlite3.connect(path) as connection:
        applied = connection.execute("SELECT app, name FROM django_migrations").fetchall()
    assert applied == [("contenttypes", "0001_initial")]

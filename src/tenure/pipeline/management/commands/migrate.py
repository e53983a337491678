"""``migrate``, which makes the tables of an empty database at once, as they are now, instead of step by step.

Step by step, most of the time goes into imagining the models as they were between two steps: seconds, of which every
new home and every test's database has a share. A database that has any table at all goes through its steps as ever.
"""

from __future__ import annotations

from typing import Any, cast

from django.apps import apps
from django.core.management.commands import migrate
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations import RunPython
from django.db.migrations.state import StateApps

OURS = "tenure."
STEP_BY_STEP = ("app_label", "fake", "fake_initial", "plan", "check_unapplied", "prune")


class Command(migrate.Command):
    """Django's own, with a short way for a database without tables."""

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        if not any(options[name] for name in STEP_BY_STEP) and not connection.introspection.table_names():
            make_tables(connection)
        super().handle(*args, **options)


def make_tables(connection: BaseDatabaseWrapper) -> None:
    """Make every table as its model is now, do what migrations do besides, and note that all of them are applied.

    A migration's code that is there for rows of before (`elidable`) has none to see to; what belongs to the tables,
    such as triggers, is done.
    """
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    with connection.schema_editor() as editor:
        for model in apps.get_models():
            if model._meta.can_migrate(connection):
                editor.create_model(model)
        for migration, _ in plan:
            for step in migration.operations:
                if isinstance(step, RunPython) and not step.elidable and type(migration).__module__.startswith(OURS):
                    step.code(cast(StateApps, apps), editor)  # the models as they are now
    executor.recorder.ensure_schema()
    for migration, _ in plan:
        executor.recorder.record_applied(migration.app_label, migration.name)

"""The database itself refuses to change a verdict: another one is added beside it."""

from django.db import migrations

SQLITE = [
    """CREATE TRIGGER verdict_refuses_update BEFORE UPDATE ON work_verdict
       BEGIN SELECT RAISE(ABORT, 'a verdict is never changed'); END""",
]
POSTGRESQL = [
    """CREATE FUNCTION verdict_refuses() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'a verdict is never changed'; END $$""",
    """CREATE TRIGGER verdict_refuses_update BEFORE UPDATE ON work_verdict
       FOR EACH ROW EXECUTE FUNCTION verdict_refuses()""",
]
UNDO = {
    "sqlite": ["DROP TRIGGER verdict_refuses_update"],
    "postgresql": ["DROP TRIGGER verdict_refuses_update ON work_verdict", "DROP FUNCTION verdict_refuses()"],
}


def refuse(apps, schema_editor):
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def allow(apps, schema_editor):
    for statement in UNDO[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("work", "0001_initial")]
    operations = [migrations.RunPython(refuse, allow, elidable=False)]

"""The database itself refuses to change or remove a ledger entry."""

from django.db import migrations

SQLITE = [
    """CREATE TRIGGER ledger_refuses_update BEFORE UPDATE ON identity_ledgerentry
       BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    """CREATE TRIGGER ledger_refuses_delete BEFORE DELETE ON identity_ledgerentry
       BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
]
POSTGRESQL = [
    """CREATE FUNCTION ledger_refuses() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$""",
    """CREATE TRIGGER ledger_refuses_change BEFORE UPDATE OR DELETE ON identity_ledgerentry
       FOR EACH ROW EXECUTE FUNCTION ledger_refuses()""",
]
UNDO = {
    "sqlite": ["DROP TRIGGER ledger_refuses_update", "DROP TRIGGER ledger_refuses_delete"],
    "postgresql": ["DROP TRIGGER ledger_refuses_change ON identity_ledgerentry", "DROP FUNCTION ledger_refuses()"],
}


def refuse(apps, schema_editor):
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def allow(apps, schema_editor):
    for statement in UNDO[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("identity", "0001_initial")]
    operations = [migrations.RunPython(refuse, allow, elidable=False)]

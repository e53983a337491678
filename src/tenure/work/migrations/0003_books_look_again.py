"""Books that wait for a source are looked at once more: one that nothing in the home reads holds no verdict back."""

from typing import Any

from django.db import migrations
from django.db.models import F


def look_again(apps: Any, schema_editor: Any) -> None:
    book = apps.get_model("work", "CommitmentBook")
    book.objects.filter(awaited_at__isnull=False).update(next_tick_at=F("awaited_at"))


class Migration(migrations.Migration):
    dependencies = [("work", "0002_verdicts_stand")]
    operations = [migrations.RunPython(look_again, migrations.RunPython.noop, elidable=True)]

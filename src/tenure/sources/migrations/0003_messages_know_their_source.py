"""Messages that a mailbox brought before say so too, so that none of them is taken for one logged by hand."""

from typing import Any

from django.db import migrations


def tell(apps: Any, schema_editor: Any) -> None:
    arrival, message = apps.get_model("sources", "Arrival"), apps.get_model("records", "Message")
    for connector in apps.get_model("sources", "Connector").objects.filter(kind="mailbox"):
        made = list(arrival.objects.filter(connector=connector).exclude(made_id="").values_list("made_id", flat=True))
        for start in range(0, len(made), 400):
            message.objects.filter(pk__in=made[start : start + 400]).update(read_from=connector.source)


class Migration(migrations.Migration):
    dependencies = [("sources", "0002_attribution_and_readings"), ("records", "0002_attribution_and_readings")]
    operations = [migrations.RunPython(tell, migrations.RunPython.noop, elidable=True)]
